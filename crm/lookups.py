"""What the record's pages ask of the database: named questions, nothing written."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Prefetch, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Left

from crm import access, clock, words
from crm.filters import holds
from crm.models import (
    Account,
    AccountDomain,
    Contact,
    Conversation,
    Event,
    FieldAge,
    Membership,
    Message,
    Suppression,
    TitleRule,
    User,
)
from crm.paging import Page, page
from crm.rules import countries, titles
from crm.rules.companies import registrable_domain, says_company
from crm.rules.shelf_lives import is_stale
from crm.rules.zones import DERIVED

MET = 500


def listed(rows: QuerySet[Account]) -> QuerySet[Account]:
    """What a row of the account list shows, and nothing else of the account."""
    shown = (
        "name",
        "domain",
        "city",
        "industry",
        "employees",
        "sites",
        "rung",
        "closed_at",
        "rests_until",
        "last_touched_at",
    )
    return rows.select_related("owner").only(*shown, "owner__name", "owner__email")


def members_shown(account: Account) -> QuerySet[Membership]:
    """The people known at an account now, in the order of their roles."""
    known = account.memberships.filter(until=None).select_related("contact", "role")
    return known.order_by("role__order", "contact__last_name", "contact_id")


def members_ever(account: Account) -> list[tuple[int, str]]:
    """Everybody who was ever known at an account or its sites, by name: for choosing whose story is read."""
    here = Membership.objects.filter(Q(account=account) | Q(account__parent=account)).order_by()
    people = Contact.objects.filter(pk__in=here.values("contact")).order_by("last_name", "first_name", "pk")
    return [(person.pk, str(person)) for person in people[:MET]]


def open_memberships() -> Prefetch:
    return Prefetch(
        "memberships", Membership.objects.filter(until=None).select_related("role", "account"), to_attr="now_at"
    )


def rung_dates(account: Account) -> dict[str, datetime]:
    """When each rung was reached, from the timeline; a voided one is gone again."""
    dates: dict[str, datetime] = {"addressable": account.created_at}
    rows = account.events.filter(kind__startswith="ladder.").order_by("at", "id")
    for kind, at in rows.values_list("kind", "at"):
        rung = kind.removeprefix("ladder.")
        if rung.endswith("_voided"):
            dates.pop(rung.removesuffix("_voided"), None)
        elif rung in words.RUNGS:
            dates.setdefault(rung, at)
    if account.rung_at:
        dates.setdefault(account.rung, account.rung_at)
    return dates


def suppression_of(account: Account) -> Suppression | None:
    """What stands against writing to this account at all."""
    return account.suppressions.filter(lifted_at=None, kind=Suppression.Kind.ACCOUNT).order_by("-at").first()


HEAVY = ("html", "text", "quoted", "references")
QUOTED = 280  # characters of a message that a line shows


def dressed(rows: QuerySet[Event]) -> QuerySet[Event]:
    """What a line of a timeline needs, and no mail in full: where no new words were told apart, how it begins."""
    trimmed = Func(F("message__text"), Value(" \t\r\n"), function="btrim", output_field=TextField())
    begins = Case(When(message__newest="", then=Left(trimmed, QUOTED + 1)), default=Value(""), output_field=TextField())
    light = rows.select_related("contact", "message", "account").defer(*(f"message__{name}" for name in HEAVY))
    return light.annotate(begins=begins)


def timeline_page(account: Account, user: User, *, family: str = "", after: str = "", size: int = 40) -> Page:
    """Events the user may see, newest first; a family is said, sent or decided."""
    rows = (
        access.visible_events(user).filter(account=account).exclude(kind="contact.added")
    )  # membership.started says more
    if family in ("said", "sent"):
        rows = rows.filter(kind__in=words.kinds_of(family))
    elif family == "decided":
        rows = rows.exclude(kind__in=[*words.kinds_of("said"), *words.kinds_of("sent")])
    return page(dressed(rows), keys=("at", "pk"), after=after, size=size, down=True)


def contact_timeline(contact: Contact, user: User, *, after: str = "", size: int = 30) -> Page:
    rows = access.visible_events(user).filter(contact=contact)
    return page(dressed(rows), keys=("at", "pk"), after=after, size=size, down=True)


SHOWN = ("external_id", "domain", "phone", "street", "postcode", "city", "state_name", "country", "zone", "industry", "employees",
         "sites", "regulated", "tags", "window_from", "window_until", "fiscal_year_end", "renewal_on",
         "recontact_not_before")  # fmt: skip
PERSON_SHOWN = (
    "email",
    "phone",
    "title",
    "language",
    "street",
    "postcode",
    "city",
    "state_name",
    "country",
    "zone",
    "external_id",
)
_CALLED = {"sites": "Number of sites", "employees": "People", "external_id": "Main number", "zone": "Time zone", "email": "Address",
           "regulated": "Regulated categories", "window_from": "Project from", "window_until": "Project until"}  # fmt: skip


def facts_shown(row: Account | Contact) -> list[dict[str, Any]]:
    """Every fact with where it is from, when it was checked, and whether its shelf life is over; own attributes last."""
    noun = row._meta.model_name
    lives = dict(FieldAge.objects.filter(noun=noun).values_list("field", "days"))
    fields = SHOWN if isinstance(row, Account) else PERSON_SHOWN
    found = [_fact(row, name, getattr(row, name), lives.get(name)) for name in fields]
    found += [
        _fact(row, name, value, lives.get(name, lives.get("custom")), own=True) for name, value in row.custom.items()
    ]
    return [fact for fact in found if fact["value"] not in ("", None)]


def day_of(text: str) -> date | None:
    """The day of a moment that is kept as text."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _fact(row: Account | Contact, name: str, value: Any, days: int | None, own: bool = False) -> dict[str, Any]:
    said = row.facts.get(name)
    known = said if isinstance(said, dict) else {}
    checked = str(known.get("at") or "")
    shown = (
        ", ".join(map(str, value))
        if isinstance(value, list)
        else countries.name_of(value)
        if name == "country"
        else value
    )
    return {
        "field": name,
        "name": name
        if own
        else _CALLED.get(name) or str(getattr(row._meta.get_field(name), "verbose_name", name)).capitalize(),
        "value": shown,
        "raw": value,
        "own": own,
        "source": known.get("source", ""),
        "at": checked[:10],
        "day": day_of(checked),
        "stale": is_stale(checked, days, clock.today()),
        "days": days,
    }


def furthest(accounts: Iterable[Account]) -> dict[int, dict[str, Any]]:
    """For each account the furthest rung of itself and all sites below it, and which site reached it; one query.

    Only shown: rates count the accounts that stand on lists, each once.
    """
    ids = [account.pk for account in accounts]
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE below AS (
                   SELECT id AS root, id, name, rung, rung_at, 0 AS depth FROM crm_account WHERE id = ANY(%s)
                   UNION ALL
                   SELECT b.root, a.id, a.name, a.rung, a.rung_at, b.depth + 1
                     FROM crm_account a JOIN below b ON a.parent_id = b.id WHERE b.depth < 10)
               SELECT DISTINCT ON (root) root, id, name, rung, rung_at FROM below
                ORDER BY root, coalesce(array_position(%s::varchar[], rung), 0) DESC, depth, rung_at, id""",
            [ids, list(words.RUNGS)],
        )
        rows = cursor.fetchall()
    return {
        root: {"rung": rung, "at": at, "site": None if pk == root else {"pk": pk, "name": name}}
        for root, pk, name, rung, at in rows
    }


def title_rules(rows: Iterable[TitleRule], asked: Mapping[str, Any]) -> list[TitleRule]:
    """The rules that say a function, a level or a role, in a language, or hold a word; all in their order."""
    kept = list(rows)
    for name in ("function", "level", "language"):
        if value := asked.get(name):
            kept = [
                row for row in kept if getattr(row, name) == value or value in getattr(row, f"if_{name}", "").split()
            ]
    if role := asked.get("role"):
        kept = [row for row in kept if row.role and row.role.slug == role]
    if word := " ".join(titles.words_of(asked.get("q", ""))):
        kept = [
            row
            for row in kept
            if word in " ".join(w for line in row.phrases.splitlines() for w in titles.words_of(line))
        ]
    return kept


def sites_shown(account: Account, *, after: str = "", size: int = 50) -> Page:
    """The accounts that are part of this one, by name."""
    return page(account.children.select_related("owner"), keys=("name", "pk"), after=after, size=size)


def found_accounts(user: User, text: str, *, limit: int = 12) -> list[Account]:
    """For a chooser: accounts by name or domain, or the one with this number."""
    text = text.strip()[:120].replace("\x00", "")
    if len(text) < 2 and not text.isdecimal():
        return []
    named = Q(name__icontains=text) | Q(domain__startswith=text.lower())
    if text.isascii() and text.isdecimal() and len(text) < 19:
        named |= Q(pk=int(text))
    return list(access.visible_accounts(user).filter(named).order_by("name", "pk")[:limit])


def accounts_of_domains(addresses: Iterable[str]) -> dict[str, Account]:
    """The one account that has an address's domain; none where two have it, or a mail provider owns it."""
    domains = {domain for address in addresses if (domain := registrable_domain(address)) and says_company(domain)}
    found: dict[str, list[Account]] = {}
    for account in Account.objects.filter(domain__in=domains).order_by("pk"):
        found.setdefault(account.domain, []).append(account)
    for row in AccountDomain.objects.filter(domain__in=domains).select_related("account").order_by("pk"):
        if row.account not in found.get(row.domain, []):
            found.setdefault(row.domain, []).append(row.account)
    return {domain: rows[0] for domain, rows in found.items() if len(rows) == 1}


def likely_account(contact: Contact, found: dict[str, Account]) -> Account | None:
    """The account their address points to, unless that is the one they have left."""
    likely = found.get(registrable_domain(contact.email)) if contact.email else None
    left = {one.account_id for one in getattr(contact, "was_at", ())}
    return None if likely is None or likely.pk in left else likely


def unplaced(rows: QuerySet[Contact]) -> QuerySet[Contact]:
    """People who belong to no account now and are not left out; with where they were."""
    here = Membership.objects.filter(contact=OuterRef("pk"), until=None)
    past = Membership.objects.exclude(until=None).select_related("account").order_by("-until", "-pk")
    alone = rows.filter(~Exists(here), stopped_at=None)
    return alone.prefetch_related(Prefetch("memberships", past, to_attr="was_at"))


def place_of(contact: Contact, here: list[Membership]) -> dict[str, str]:
    """The clock a person lives by, and where that is known from: their own place, the account's, or nobody knows."""
    if contact.zone:
        said = contact.facts.get("zone") or {}
        return {"zone": contact.zone, "from": "their place" if said.get("source") == DERIVED else ""}
    account = next((one.account for one in here if one.account.zone), None)
    return {"zone": account.zone, "from": str(account)} if account else {"zone": "", "from": ""}


def conversations_with(contact: Contact, user: User) -> QuerySet[Conversation]:
    seen = access.visible_conversations(user).filter(Q(contact=contact) | Q(messages__contact=contact))
    return seen.annotate(length=Count("messages")).select_related("account").order_by("-last_message_at").distinct()


def unmatched(user: User) -> QuerySet[Message]:
    """Mail that points to no account and waits for someone to say where it belongs."""
    rows = access.visible_messages(user).filter(direction=Message.Direction.IN, account=None)
    return rows.exclude(state=Message.State.QUARANTINED).order_by("-at")


def quarantined(user: User) -> QuerySet[Message]:
    return access.visible_messages(user).filter(state=Message.State.QUARANTINED).order_by("-at")


def accounts_called(user: User, text: str, *, limit: int = 8) -> list[Account]:
    """Accounts to choose from while someone types: names that begin so first, then any that hold it, or a domain."""
    text = text.strip()[:120].replace("\x00", "")
    if len(text) < 2:
        return []
    fits = Q(name__icontains=text) | Q(domain__startswith=text.lower())
    begins = Case(When(name__istartswith=text, then=0), default=1)
    return list(access.visible_accounts(user).filter(fits).order_by(begins, "name", "pk")[:limit])


def some(rows: QuerySet) -> QuerySet:
    """The first few hundred that are met, whichever: sorting all of fifty thousand to show eight helps nobody."""
    return rows.model._default_manager.filter(pk__in=rows.order_by().values("pk")[:MET])


def search(user: User, text: str, *, limit: int = 8) -> dict[str, list[Any]]:
    """Accounts, people, addresses and conversations whose name holds the words."""
    text = text.strip()[:120].replace("\x00", "")
    if len(text) < 2:
        return {"accounts": [], "people": [], "conversations": []}
    accounts = access.visible_accounts(user).filter(holds("name", text) | Q(domain__startswith=text.lower()))
    names = Q(email__startswith=text.lower())
    first, _, last = text.partition(" ")
    names |= holds("last_name", last or first)
    if not last:
        names |= Q(first_name__istartswith=first)
    people = access.visible_contacts(user).filter(names)
    if last:
        people = people.filter(Q(first_name__istartswith=first) | Q(email__startswith=text.lower()))
    spoken = access.visible_conversations(user).filter(subject__icontains=text).select_related("account")
    return {
        "accounts": list(some(accounts).order_by("name", "pk")[:limit]),
        "people": list(some(people).prefetch_related(open_memberships()).order_by("last_name", "pk")[:limit]),
        "conversations": list(spoken.order_by("-last_message_at")[:limit]),
    }


def quotable(user: User, accounts: list[int], most: int = 12) -> list[str]:
    """What was noted at these accounts, as a quotation that may stand as evidence; the latest first."""
    rows = access.visible_notes(user).filter(account__in=accounts).select_related("by").order_by("-at", "-pk")[:most]
    return [f"{row.by or 'Someone'}, {row.at:%d %b %Y}: {' '.join(row.text.split())}"[:290] for row in rows]
