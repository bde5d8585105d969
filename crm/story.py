"""The story of an account: events of itself and its sites, and what upper apps tell besides, page by page, newest first."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from crm import access, paging
from crm.filters import EventFilter
from crm.models import Account, Event, User

SIZE = 150  # events a page; folded they are some forty lines
WHOLE = 10_000  # events on one print
HEAVY = ("html", "text", "quoted", "references")


@dataclass(frozen=True)
class Beside:
    """Something that is no event of the account, and is part of its story all the same: a rule let it in."""

    key: str
    at: dt.datetime
    kind: str
    text: str
    account: str = ""
    icon: str = "list"
    tone: str = "before"
    why: str = ""
    by: str = ""
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class Why:
    """Why something was sent, and why not sooner: sentences, and the checks it passed."""

    because: str = ""
    not_sooner: str = ""
    under: str = ""
    checks: list[Any] = field(default_factory=list)


# Functions (account ids) -> what happened about them beside their events; upper apps enter theirs.
beside: list[Callable[[QuerySet[Account]], list[Beside]]] = []
# Functions (events) -> by event id why it was sent and why not sooner.
whys: list[Callable[[list[Event]], dict[int, Why]]] = []


@dataclass(frozen=True)
class Asked:
    """What of the story is wanted; `data` is what the filters read, as the address said it."""

    data: dict[str, str]
    sites: bool = True
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def narrows(self) -> set[str]:
        return {name for name, value in self.data.items() if value}


def account_of(user: User, pk: int) -> Account:
    """The account, knowing whether it has sites: one question."""
    has_sites = Exists(Account.objects.filter(parent=OuterRef("pk")))
    return get_object_or_404(
        access.visible_accounts(user).select_related("parent").annotate(has_sites=has_sites), pk=pk
    )


def with_sites(account: Account, asked: Asked) -> bool:
    return asked.sites and getattr(account, "has_sites", False)


def family(account: Account) -> QuerySet[Account]:
    """An account and its own sites."""
    return Account.objects.filter(Q(pk=account.pk) | Q(parent=account))


def events(account: Account, user: User, asked: Asked) -> QuerySet[Event]:
    """What happened, as far as one may know of it: that a reply came is for everyone, who wrote what for the team of the thread."""
    rows: QuerySet[Any] = access.tellable_events(user)
    rows = (
        rows.filter(account__in=family(account).values("pk"))
        if with_sites(account, asked)
        else rows.filter(account=account)
    )
    rows = rows.exclude(kind="contact.added")  # membership.started says more
    if asked.data.get("contact"):
        rows = rows.filter(open_to_me=True)  # whose unread reply it was is not told by a filter either
    return EventFilter(asked.data, queryset=rows).found()


def dressed(rows: QuerySet[Event]) -> QuerySet[Event]:
    """What a line needs, and no mail in full."""
    return rows.select_related("contact", "message", "account").defer(*(f"message__{name}" for name in HEAVY))


def page(
    account: Account, user: User, asked: Asked, *, after: str = "", at: str = "", whole: bool = False
) -> paging.Page:
    """A page of events; `at` begins it shortly before one of them, `whole` takes them all (up to `WHOLE`)."""
    rows = events(account, user, asked)
    if at and not after and (token := before(rows, at)):
        after = token
    return paging.page(dressed(rows), keys=("at", "pk"), after=after, size=WHOLE if whole else SIZE, down=True)


def before(rows: QuerySet[Event], at: str) -> str:
    """The token of a page on which this event stands, with a few newer ones above it; nothing where it is among the first."""
    key = at.removeprefix("e")
    if not (key.isascii() and key.isdecimal() and len(key) < 19):
        return ""
    here = rows.model._default_manager.filter(pk=key).values("at")[:1]
    newer = list(rows.filter(Q(at__gt=here) | Q(at=here, pk__gt=key)).order_by("at", "pk")[:20])
    return paging.token(newer[-1], ("at", "pk")) if len(newer) == 20 else ""


def told_beside(account: Account, asked: Asked, shown: paging.Page, after: str) -> list[Beside]:
    """What belongs between the events of this page: no page repeats it and none leaves it out."""
    only = asked.narrows - {"since", "until", "about", "direction"}
    if (
        only
        or asked.data.get("direction") not in (None, "", "inside")
        or asked.data.get("about") not in (None, "", "lists")
    ):
        return []
    whom = family(account) if with_sites(account, asked) else Account.objects.filter(pk=account.pk)
    rows = [row for ask in beside for row in ask(whom)]
    seen = paging.read(after, 2) if shown.back else None
    newest = dt.datetime.fromisoformat(str(seen[0])) if seen else None
    oldest = shown.rows[-1].at if shown.next else None
    return [
        row
        for row in rows
        if (newest is None or row.at < newest)
        and (oldest is None or row.at >= oldest)
        and (asked.since is None or row.at >= asked.since)
        and (asked.until is None or row.at < asked.until)
    ]


def why_of(rows: list[Event]) -> dict[int, Why]:
    return {pk: why for ask in whys for pk, why in ask(rows).items()}


def in_short(rows: QuerySet[Event]) -> list[tuple[str, int, int]]:
    """The whole range by kind: (kind, how often, how many people)."""
    counted = rows.order_by().values("kind").annotate(n=Count("pk"), people=Count("contact", distinct=True))
    return [(row["kind"], row["n"], row["people"]) for row in counted]
