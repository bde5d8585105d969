"""What leaves, has left today or hangs in between: touches and all other messages as one list."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, F, Prefetch, Q, QuerySet
from django.db.models.functions import Cast, Coalesce

from crm import clock, paging
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.models.touch import Flight

KEYS = ("at", "rank", "pk")
TOUCH, MESSAGE = 0, 1
_BESIDE = {
    TOUCH: ("contact", "account", "step__role", "mailbox", "enrollment__prospector"),
    MESSAGE: ("contact", "account", "mailbox", "conversation__mailbox", "by"),
}


@dataclass(frozen=True)
class Row:
    """One message of either kind with the moment by which the list is ordered."""

    at: datetime
    rank: int
    pk: int
    it: Any

    @property
    def kind(self) -> str:
        return "touch" if self.rank == TOUCH else "message"

    @property
    def who(self) -> str:
        """Whom it goes to: in a thread with several people not always the one it began with."""
        contact = self.it.contact
        if self.rank == TOUCH or (contact and contact.email.lower() == self.it.to_address.lower()):
            return str(contact)
        return str(self.it.to_name or self.it.to_address)

    @property
    def is_due(self) -> bool:
        return self.it.not_before is None or self.it.not_before <= clock.now()

    @property
    def can_be_taken_back(self) -> bool:
        """Its ten seconds are not over."""
        by_a_person = self.rank == MESSAGE and self.it.purpose in (Outgoing.Purpose.ANSWER, Outgoing.Purpose.OUTREACH)
        return by_a_person and self.it.state == Flight.PLANNED and self.at > clock.now()

    @property
    def why_not_yet(self) -> str:
        """What stands between it and its leaving, in words."""
        if self.rank == TOUCH and not self.it.released:
            return "It waits for a person who looks at it first."
        if self.it.waits_because:
            return str(self.it.waits_because)
        if self.rank == TOUCH and self.it.due_on > clock.today():
            return (self.it.why[:1].upper() + self.it.why[1:]) or "That is its day."
        if self.can_be_taken_back:
            return "It can be taken back until then."
        return "Its turn comes with the next look of the sender."


def merged(
    touches: QuerySet[Touch],
    messages: QuerySet[Outgoing],
    tab: str,
    *,
    after: str = "",
    today: datetime,
    size: int = 50,
) -> paging.Page:
    """A page of both, by one key, in two queries; `today` is when the reader's day began."""
    seen, down = _seen(after), tab == "left"
    found: list[Row] = []
    for rank, rows in ((TOUCH, touches), (MESSAGE, messages)):
        narrowed = _in_tab(rows, rank, tab, today)
        if seen:
            narrowed = narrowed.filter(_beyond(seen, rank, down))
        order = ("-at", "-pk") if down else ("at", "pk")
        found += [Row(row.at, rank, row.pk, row) for row in _dressed(narrowed, rank, tab).order_by(*order)[: size + 1]]
    found.sort(key=lambda row: (row.at, row.rank, row.pk), reverse=down)
    shown = found[:size]
    return paging.Page(shown, paging.token(shown[-1], KEYS) if len(found) > size else "", bool(seen))


def _in_tab(rows: Any, rank: int, tab: str, today: datetime) -> Any:
    if tab == "left":
        return rows.filter(sent_at__gte=today, **_mail(rank)).annotate(at=F("sent_at"))
    if tab == "uncertain":
        return rows.filter(state=Flight.UNCERTAIN).annotate(at=F("created_at"))
    leaving = rows.filter(state__in=[Flight.PLANNED, Flight.IN_FLIGHT], **_mail(rank))
    if rank == MESSAGE:
        return leaving.annotate(at=Coalesce("not_before", "created_at"))
    soon = leaving.filter(due_on__lte=clock.today() + timedelta(days=1), enrollment__state="active")
    return soon.annotate(at=Coalesce("not_before", Cast("due_on", DateTimeField())))


def _mail(rank: int) -> dict[str, str]:
    return {"channel": "email"} if rank == TOUCH else {}


def _dressed(rows: Any, rank: int, tab: str) -> Any:
    rows = rows.select_related(*_BESIDE[rank])
    if tab != "uncertain":
        return rows
    attempts = Attempt.objects.select_related("mailbox").defer("raw").order_by("-pk")
    return rows.prefetch_related(Prefetch("attempts", attempts))


def _seen(after: str) -> tuple[datetime, int, int] | None:
    values = paging.read(after, len(KEYS)) if after else None
    try:
        return (datetime.fromisoformat(values[0]), int(values[1]), int(values[2])) if values else None
    except (TypeError, ValueError):
        return None


def _beyond(seen: tuple[datetime, int, int], rank: int, down: bool) -> Q:
    at, other, pk = seen
    op = "lt" if down else "gt"
    if rank == other:
        return Q(**{f"at__{op}": at}) | Q(at=at, **{f"pk__{op}": pk})
    later = rank < other if down else rank > other
    return Q(**{f"at__{op}e": at}) if later else Q(**{f"at__{op}": at})


def counts(touches: QuerySet[Touch], messages: QuerySet[Outgoing], today: datetime) -> dict[str, int]:
    """How many left today and how many are uncertain, both kinds together."""
    both = ((TOUCH, touches), (MESSAGE, messages))
    return {tab: sum(_in_tab(rows, rank, tab, today).count() for rank, rows in both) for tab in ("left", "uncertain")}
