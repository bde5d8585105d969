"""The story of an account: events of itself and its sites, and what upper apps tell besides, page by page, newest first."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from crm import access, lookups, paging
from crm.filters import EventFilter
from crm.models import Account, Event, User
from crm.rules.story import Beside, Why
from crm.services import registries

SIZE = 150  # events a page; folded they are some forty lines
WHOLE = 10_000  # events on one print
ABOVE = 20  # newer events on the page that opens at one entry


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

    @property
    def tells_beside(self) -> bool:
        """Whether what is no event belongs to it: lists and rules are nobody's, and go nowhere."""
        about, direction = self.data.get("about") or "lists", self.data.get("direction") or "inside"
        return (about, direction) == ("lists", "inside") and not self.data.get("contact")


def with_sites(account: Account, asked: Asked) -> bool:
    return asked.sites and getattr(account, "has_sites", False)


def whom(account: Account, asked: Asked) -> QuerySet[Account]:
    """An account, and its own sites where it has some and they are wanted."""
    sites = Q(parent=account) if with_sites(account, asked) else Q()
    return Account.objects.filter(Q(pk=account.pk) | sites)


def events(account: Account, user: User, asked: Asked) -> QuerySet[Event]:
    """What happened, as far as one may know of it: that a reply came is for everyone, who wrote what for the team of the thread."""
    family: Any = whom(account, asked).values("pk") if with_sites(account, asked) else [account.pk]
    rows: QuerySet[Any] = access.tellable_events(user).filter(account__in=family)
    rows = rows.exclude(kind="contact.added")  # membership.started says more
    if asked.data.get("contact"):
        rows = rows.filter(open_to_me=True)  # whose unread reply it was is not told by a filter either
    return EventFilter(asked.data, queryset=rows).found()


def page(rows: QuerySet[Event], *, after: str = "", whole: bool = False) -> paging.Page:
    """A page of events, or all of them (up to `WHOLE`); a token without a moment is none."""
    after = after if moment_of(after) else ""
    return paging.page(lookups.dressed(rows), keys=("at", "pk"), after=after, size=WHOLE if whole else SIZE, down=True)


def moment_of(token: str) -> dt.datetime | None:
    seen = paging.read(token, 2)
    return moment(str(seen[0])) if seen else None


def moment(text: str) -> dt.datetime | None:
    """As ISO 8601 with its zone; None for anything else."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def before(rows: QuerySet[Event], at: str, on: str = "") -> str:
    """The token of a page on which an entry stands, with a few newer ones above it; nothing where it is among the first.

    `at` is the key of an event; `on` the moment of an entry told beside.
    """
    key = at.removeprefix("e")
    if key.isascii() and key.isdecimal() and len(key) < 19:
        here: Any = rows.order_by().filter(pk=key).values("at")[:1]
        newer = rows.filter(Q(at__gt=here) | Q(at=here, pk__gt=key))
    elif then := moment(on):
        newer = rows.filter(at__gt=then)
    else:
        return ""
    first = list(newer.order_by("at", "pk")[:ABOVE])
    return paging.token(first[-1], ("at", "pk")) if len(first) == ABOVE else ""


def told_beside(account: Account, asked: Asked, shown: paging.Page) -> list[Beside]:
    """What belongs between the events of this page: no page repeats it and none leaves it out."""
    if not asked.tells_beside:
        return []
    since = max(filter(None, [asked.since, shown.rows[-1].at if shown.next else None]), default=None)
    until = min(filter(None, [asked.until, moment_of(shown.began)]), default=None)
    return [row for ask in registries.told_beside for row in ask(whom(account, asked), since, until)]


def why_of(rows: list[Event], *, with_checks: bool) -> dict[int, Why]:
    return {pk: why for ask in registries.whys for pk, why in ask(rows, with_checks).items()}


def in_short(rows: QuerySet[Event]) -> dict[str, int]:
    """How often there was what, by kind."""
    return dict(rows.order_by().values_list("kind").annotate(n=Count("pk")))
