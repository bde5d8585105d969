"""A small world made with the product's own verbs: one segment, one route, one sequence, one account with people."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from crm.gateways.smtp import Handover
from crm.models import Mailbox
from crm.services import accounts, contacts
from prospecting.services import enrollment, routes, segments, sequences

MONDAY = datetime(2026, 6, 8, 9, 0, tzinfo=UTC)  # a Monday morning, ten in London
STAGES = [
    {"name": "Problem owner", "roles": ["problem-owner"], "max_people": 1, "gate": {"start": {}}},
    {
        "name": "Approver",
        "roles": ["approver"],
        "max_people": 1,
        "gate": {"any": [{"silence": {"touches": 2, "working_days": 3}}, {"referral": {"role": "approver"}}]},
    },
]


def mailbox_of(user: Any, **fields: Any) -> Mailbox:
    defaults = {
        "address": f"{user.name.lower()}@baton.example", "display_name": user.name, "owner": user, "team": user.team,
        "smtp_host": "127.0.0.1", "smtp_port": 2525, "smtp_security": "none", "gap_seconds": 0,
        "window_from": "00:00", "window_until": "23:59", "daily_cap": 1000, "weekly_cap": 5000, "created_at": MONDAY,
    }  # fmt: skip
    return Mailbox.objects.create(**{**defaults, **fields})


def account_named(name: str, *, owner: Any, **fields: Any) -> Any:
    slug = name.lower().replace(" ", "-")
    facts = {"industry": "Cold storage", "sites": 4, "country": "GB", "zone": "Europe/London", **fields}
    return accounts.create_account(name=name, by=owner, owner=owner, domain=f"{slug}.example", **facts)


def person_at(account: Any, name: str, role: str, **fields: Any) -> Any:
    first, _, last = name.partition(" ")
    email = f"{first.lower()}@{account.domain}"
    return contacts.add_contact(
        account, by="the test", role=role, first_name=first, last_name=last, email=email, **fields
    )


def playbook(by: Any, *, stages: Any = None, rule: str = 'industry = "Cold storage"', **route: Any) -> SimpleNamespace:
    """Segment, route and sequence in use."""
    version = routes.draft(routes.create_route("Ops-led", by=by), stages or STAGES, by=by, **route)
    routes.publish(version, by=by)
    segment = segments.create_segment(
        name="Cold-store operators", statement="Operations decides.", rule=rule, route_version=version, by=by
    )
    hello = sequences.save_template(
        "Hello",
        subject="Four sites, one logbook",
        body="Hello {{first_name}},\n\n{{company}}?\n\n{{sender_name}}",
        by=by,
    )
    again = sequences.save_template("Again", subject="", body="Still you, {{first_name}}?", by=by)
    steps = [
        {"role": role, "template": template, "wait_days": wait}
        for role in ("problem-owner", "approver")
        for template, wait in ((hello, 0), (again, 2))
    ]
    sequence = sequences.draft(sequences.create_sequence("Four sites", by=by), steps, by=by)
    sequences.publish(sequence, by=by)
    return SimpleNamespace(segment=segment, route=version, sequence=sequence, hello=hello)


def small_world(ada: Any) -> SimpleNamespace:
    """Ada's mailbox, one account with a problem owner and an approver, everything published and the list filled."""
    account = account_named("Maas Dekker", owner=ada)
    joost, willem = person_at(account, "Joost Dekker", "problem-owner"), person_at(account, "Willem Maas", "approver")
    book = playbook(ada)
    segments.publish(book.segment.versions.get(), by=ada)
    return SimpleNamespace(**vars(book), account=account, joost=joost, willem=willem, mailbox=mailbox_of(ada), ada=ada)


def enrolled(world: SimpleNamespace, account: Any = None) -> Any:
    return enrollment.enroll(
        account or world.account,
        segment=world.segment,
        sequence_version=world.sequence,
        prospector=world.ada,
        by=world.ada,
    )


class Server:
    """Plays the SMTP server: keeps what it is handed and answers as told."""

    def __init__(self, outcome: str = "accepted", response: str = "250 ok") -> None:
        self.outcome, self.response, self.kept = outcome, response, []

    def __call__(self, attempt: Any) -> Handover:
        self.kept.append(attempt)
        return Handover(self.outcome, self.response)
