"""The facts behind the risk that a meeting does not take place, for many meetings in a constant number of queries."""

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, Q

from appointments.models import CounterProposal, Meeting, Rsvp
from appointments.rules.risk import Facts, Risk, assess
from crm import clock

S = Meeting.State


def of(meetings: Iterable[Meeting]) -> dict[int, Risk]:
    """By id, of those that are booked and have not begun; nobody's risk is told of what is over."""
    now = clock.now()
    coming = [meeting for meeting in meetings if meeting.state == S.BOOKED and meeting.starts_at > now]
    if not coming:
        return {}
    answers = _answers(coming)
    open_counters = set(
        CounterProposal.objects.filter(meeting__in=coming, state=CounterProposal.State.OPEN).values_list(
            "meeting", flat=True
        )
    )
    record = Record(coming)
    return {
        meeting.pk: assess(
            Facts(
                booked_ahead=meeting.starts_at - meeting.created_at, starts_in=meeting.starts_at - now,
                confirmed=meeting.confirmed_at is not None, answer=answers.get((meeting.pk, meeting.guest_email.lower()), ""),
                moves=meeting.sequence, counter_open=meeting.pk in open_counters, **record.of(meeting),
            )
        )
        for meeting in coming
    }  # fmt: skip


def _answers(meetings: list[Meeting]) -> dict[tuple[int, str], str]:
    """What calendars said of the version that stands."""
    sequences = {meeting.pk: meeting.sequence for meeting in meetings}
    rows = Rsvp.objects.filter(meeting__in=meetings).values_list("meeting", "address", "answer", "sequence")
    return {(pk, address): answer for pk, address, answer, sequence in rows if sequence == sequences[pk]}


class Record:
    """Who of these accounts came and who did not, before."""

    def __init__(self, meetings: list[Meeting]) -> None:
        accounts = {meeting.account_id for meeting in meetings}
        missed = Q(state=S.NO_SHOW, side=Meeting.Side.GUEST)
        rows = (
            Meeting.objects.filter(Q(state=S.HELD) | missed, account__in=accounts)
            .values("account", "guest_email", "state")
            .annotate(n=Count("pk"))
            .order_by()
        )
        self.by_person: Counter[tuple[int, str, str]] = Counter()
        self.by_account: Counter[int] = Counter()
        for row in rows:
            self.by_person[row["account"], row["guest_email"].lower(), row["state"]] += row["n"]
            self.by_account[row["account"]] += row["n"] if row["state"] == S.NO_SHOW else 0

    def of(self, meeting: Meeting) -> dict[str, int]:
        who = (meeting.account_id, meeting.guest_email.lower())
        missed = self.by_person[*who, S.NO_SHOW]
        return {
            "person_held": self.by_person[*who, S.HELD],
            "person_missed": missed,
            "account_missed": self.by_account[meeting.account_id] - missed,
        }


def told(meetings: Iterable[Meeting]) -> list[Meeting]:
    """The same meetings, each with its `risk` for a list; None where it has none."""
    rows = list(meetings)
    found = of(rows)
    for row in rows:
        row.risk = found.get(row.pk)  # type: ignore[attr-defined]
    return rows
