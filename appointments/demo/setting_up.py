"""The organisation of the demonstration world: people, mailboxes, meetings to book, and the four ways of deciding."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from appointments.demo import cast
from appointments.demo.companies import Company, Someone
from appointments.demo.ways import CHAPTERS, PLAYBOOKS, Chapter
from appointments.models import Benchmark, Cost, MeetingType
from appointments.services import starting
from appointments.services.examples import add_playbooks, lay_checklist, lay_route_of, lay_sequence
from crm.models import Account, Mailbox, Organisation, Team, User
from crm.services import filing, mailboxes, people
from crm.services.starting import ensure_roles
from prospecting.models import RouteVersion, Segment, SequenceVersion
from prospecting.services import role_templates, routes, segments

SOURCE = "Trade register"
AT_ONCE = 100  # companies put on file together


@dataclass
class World:
    """Who and what there is, by short key."""

    users: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    boxes: dict[str, Mailbox] = field(default_factory=dict)
    meeting_types: dict[str, MeetingType] = field(default_factory=dict)
    segments: dict[str, Segment] = field(default_factory=dict)
    routes: dict[str, RouteVersion] = field(default_factory=dict)
    sequences: dict[str, SequenceVersion] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)

    @property
    def admin(self) -> User:
        return self.users["edda"]


def organise(first_day: date) -> World:
    """Organisation, teams, people, mailboxes and what can be booked."""
    Organisation.objects.update_or_create(
        pk=1, defaults={"name": cast.ORGANISATION, "postal_address": cast.POSTAL_ADDRESS, "country": "GB"}
    )
    world = World(teams={name: Team.objects.get_or_create(name=name)[0] for name in cast.TEAMS})
    _people(world)
    _mailboxes(world, first_day)
    ensure_roles()
    starting.ensure_starting()
    add_playbooks(PLAYBOOKS)
    for key, value in cast.BENCHMARKS.items():
        Benchmark.objects.update_or_create(key=key, defaults={"value": value})
    for key, amount in cast.COSTS.items():
        Cost.objects.update_or_create(key=key, defaults={"amount": amount})
    return world


def _people(world: World) -> None:
    for person in cast.PEOPLE:
        user = people.create_person(
            person.email,
            person.name,
            person.job,
            world.teams.get(person.team),
            by="the demonstration world",
            zone=person.zone,
            country=person.country,
        )
        world.users[person.key] = user
    hashed = make_password(cast.PASSWORD)  # once: nine hashes of one password take as long as a month of mail
    for user in world.users.values():
        user.password = hashed
    User.objects.bulk_update(world.users.values(), ["password"])


def _mailboxes(world: World, first_day: date) -> None:
    """Everything leaves through the sandbox; the ramp-up is months behind by now."""
    server = {"smtp_host": "127.0.0.1", "smtp_port": settings.SANDBOX_SMTP_PORT, "smtp_security": "none"}
    for key in cast.SENDERS:
        owner = world.users[key]
        name = f"{owner.name}, {cast.ORGANISATION}"
        world.boxes[key] = mailboxes.create_mailbox(
            address=owner.email, owner=owner, display_name=name, by=world.admin, ramp_from=first_day, **server
        )
    for address, name, team in cast.SHARED_MAILBOXES:
        world.boxes[address] = mailboxes.create_mailbox(
            address=address, team=world.teams[team], display_name=name, by=world.admin, **server
        )
    if not Mailbox.objects.filter(internal=True).exists():
        mailboxes.create_mailbox(
            address=cast.INTERNAL_MAILBOX, internal=True, display_name="Baton", by=world.admin, **server
        )


# Ways of deciding -----------------------------------------------------------------------------------------------


def lay_ways(world: World) -> None:
    """Routes and sequences published; each segment created with the first rule it ever had."""
    for chapter in CHAPTERS:
        way = chapter.way
        world.routes[way.key] = lay_route_of(way.route, way.statement, way.stops, way.departments_out, by=world.admin)
        world.sequences[way.key] = lay_sequence(way, by=world.admin)
        segment = segments.create_segment(
            name=way.name,
            statement=way.statement,
            rule=chapter.versions[0].rule,
            when_rule=chapter.versions[0].when_rule,
            route_version=world.routes[way.key],
            by=world.admin,
        )
        world.segments[way.key] = segment
        lay_checklist(way, segment)
        publish(world, chapter, 0)
        wanted = {role.slug: 1 for role in role_templates.proposed(segment)}
        role_templates.set_template(segment, wanted, by=world.admin)
        _lay_variant(world, chapter)


def _lay_variant(world: World, chapter: Chapter) -> None:
    if chapter.variant is None:
        return
    name, condition, stops = chapter.variant
    version = lay_route_of(name, "For those who decide differently inside one segment.", stops, by=world.admin)
    routes.set_variant(world.segments[chapter.way.key], name, condition, version, by=world.admin)


def publish(world: World, chapter: Chapter, number: int) -> None:
    """Publish one rule of a segment's history, today by the world's clock."""
    segment, version = world.segments[chapter.way.key], chapter.versions[number]
    author = world.users["ruth" if chapter.team == "Team North" else "gwen"]
    draft = segments.draft(
        segment,
        rule=version.rule,
        when_rule=version.when_rule,
        route_version=world.routes[chapter.way.key],
        by=author,
    )
    segments.publish(draft, reason=version.reason or "First version.", expected=version.expected, by=author)


# Companies ------------------------------------------------------------------------------------------------------


def put_on_file(world: World, found: Sequence[Company], tell: Callable[[int], None]) -> None:
    """Companies and everyone known there, owned by the SDR who works them."""
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        rows = filing.create_accounts([_company(world, one) for one in some], by=world.admin, source=SOURCE)
        people = [
            _newcomer(account, one) for account, company in zip(rows, some, strict=True) for one in company.people
        ]
        filing.add_contacts(people, by=world.admin, source=SOURCE)
        tell(start + len(some))


def _company(world: World, company: Company) -> dict[str, Any]:
    owner = world.users.get(company.owner) if company.kind != "elsewhere" else None
    return {"name": company.name, "owner": owner, **company.fields}


def _newcomer(account: Account, one: Someone) -> filing.Newcomer:
    return filing.Newcomer(
        account,
        role=one.role,
        email=one.email,
        title=one.title,
        evidence=one.evidence,
        confidence=one.confidence,
        person={"first_name": one.first_name, "last_name": one.last_name, "language": one.language},
    )


def read_back(world: World) -> None:
    """The accounts by domain, whoever put them on file."""
    world.accounts = {account.domain: account for account in Account.objects.select_related("owner__team")}
