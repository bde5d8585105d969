"""Where accounts were lost on both sides of the reply: each leak is a list of accounts, and its number their count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce

from appointments.models import Answer, Meeting, WorkItem
from appointments.reports.halves import Asked, asks, share
from crm.models import Organisation
from crm.rules.working_time import NINE_TO_FIVE, holidays_of, working_minutes_between
from prospecting.models import Reply, Touch
from prospecting.reports import delivered, on_rung
from prospecting.rules import ladder

BANDS = (("within 5 min", 5), ("5 min to 1 h", 60), ("1 to 4 h", 240), ("4 h to a day", 480), ("later", None))
NOBODY_YET, UNANSWERED = "nobody yet", "closed without one"
BAND_KEYS = {name: f"band-{n}" for n, name in enumerate([*(name for name, _ in BANDS), NOBODY_YET, UNANSWERED])}
MOST_TIMED = 3000
ANSWERS = (WorkItem.Outcome.ANSWERED, WorkItem.Outcome.BOOKED)
TITLES = {
    "unworked": "Replies nobody worked", "not_held": "Booked and not held", "not_qualified": "Replied and not qualified",
    "bounced": "The mail came back", "nobody": "Nobody to write to", "wrong_person": "Wrong person",
    "silent": "Contacted and silent",
}  # fmt: skip


@dataclass(frozen=True)
class Leak:
    """Accounts that were lost in one way; `groups` divides them, where its words do."""

    key: str
    half: str
    rows: QuerySet[Any]
    groups: Any = None

    @property
    def title(self) -> str:
        return TITLES[self.key]


def leaks(asked: Asked) -> list[Leak]:
    """Every way, the right half's first: what costs a reply costs most."""
    items, meetings = unworked(asked), not_held(asked)
    replied = asked.replied()
    silent = asked.rows().filter(asks("contacted", asked.on)).exclude(on_rung(ladder.ENGAGED, asked.on))
    lost_by = Case(When(unsaid(asked), then=Value("booked")), default=F("state"))
    return [
        Leak("unworked", "after", items, F("reply__label")),
        Leak("not_held", "after", meetings, lost_by),
        Leak("not_qualified", "after", replied.exclude(on_rung(ladder.QUALIFIED, asked.on))),
        Leak("bounced", "before", bounced(asked)),
        Leak("nobody", "before", nobody_to_write_to(asked)),
        Leak("wrong_person", "before", replies_of(asked).filter(label="wrong_person")),
        Leak("silent", "before", silent.filter(asked.old)),
    ]


# What each of them is ----------------------------------------------------------------------------------------------


def replies_of(asked: Asked) -> QuerySet[Reply]:
    """What people wrote in these walks, machines left out."""
    walks = asked.rows().filter(asked.mine()).values("enrollment")
    return _by(Reply.objects.filter(enrollment__in=walks, counts=True), asked.on, "at")


def items_of(asked: Asked) -> QuerySet[WorkItem]:
    """Items about replies that count, of these walks."""
    walks = asked.rows().filter(asked.mine()).values("enrollment")
    return _by(WorkItem.objects.filter(reply__enrollment__in=walks, reply__counts=True), asked.on, "asked_at")


def unworked(asked: Asked) -> QuerySet[WorkItem]:
    """Their promise had run out, and nothing had answered by then. Of an item that was asked anew only the latest time
    is kept: an earlier one is in no figure of the past.
    """
    items = items_of(asked).filter(due_at__lt=asked.moment)
    if asked.on is None:
        return items.filter(answered_at=None).exclude(state=WorkItem.State.DONE)
    still = Q(answered_at=None) | Q(answered_at__gt=asked.on)
    return items.filter(still).filter(Q(done_at=None) | Q(done_at__gt=asked.on))


def not_held(asked: Asked) -> QuerySet[Meeting]:
    """Nobody came, it was called off, or nobody has said what came of it."""
    walks = asked.rows().filter(asked.mine()).values("enrollment")
    meetings = _by(Meeting.objects.filter(enrollment__in=walks), asked.on, "created_at")
    lost = _by(meetings.filter(state__in=["no_show", "cancelled"]), asked.on, "outcome_at")
    return lost | meetings.filter(ends_at__lt=asked.moment).filter(unsaid(asked))


def unsaid(asked: Asked) -> Q:
    """Nobody had said by then what came of it."""
    if asked.on is None:
        return Q(state="booked")
    return Q(state="booked") | Q(state__in=["held", "no_show", "cancelled"], outcome_at__gt=asked.on)


def bounced(asked: Asked) -> QuerySet[Touch]:
    """A mail came back, and nobody else there has been reached."""
    unreached = asked.rows().exclude(on_rung(ladder.CONTACTED, asked.on)).values("enrollment")
    return _by(Touch.objects.filter(enrollment__in=unreached, bounced_at__isnull=False), asked.on, "bounced_at")


def nobody_to_write_to(asked: Asked) -> QuerySet[Any]:
    """Old enough, and not one touch was made or is planned: the roles of the route have nobody."""
    made = _by(Touch.objects.filter(enrollment=OuterRef("enrollment")), asked.on, "created_at")
    rows = asked.rows().filter(asked.old).exclude(on_rung(ladder.CONTACTED, asked.on))
    return rows.filter(~Exists(made.exclude(state__in=["cancelled", "skipped"])))


def _by(rows: QuerySet[Any], on: datetime | None, dated: str) -> QuerySet[Any]:
    return rows if on is None else rows.filter(**{f"{dated}__lte": on})


def refused_answers(asked: Asked) -> QuerySet[Answer]:
    """Questions of the checklist that were answered with no, where the account is not qualified."""
    short = asked.replied().exclude(on_rung(ladder.QUALIFIED, asked.on)).values("enrollment")
    return _by(Answer.objects.filter(qualification__enrollment__in=short, value=Answer.Value.NO), asked.on, "at")


# Counting them -----------------------------------------------------------------------------------------------------


def distinct(named: Mapping[str, QuerySet[Any]]) -> dict[str, dict[str, int]]:
    """Name → group → how many; each query answers with its group and what is counted once. One statement."""
    parts, values = [], []
    for name, rows in named.items():
        try:
            inner, params = rows.order_by().query.sql_with_params()
        except EmptyResultSet:  # nothing can be there, and the database need not be asked
            continue
        parts.append(f"SELECT %s AS name, q.g AS g, count(DISTINCT q.v) FROM ({inner}) AS q (g, v) GROUP BY q.g")  # noqa: S608 - built by the ORM
        values += [name, *params]
    found: dict[str, dict[str, int]] = {name: {} for name in named}
    if not parts:
        return found
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        for name, group, number in cursor.fetchall():
            found[name][str(group or "")] = number
    return found


def grouped(rows: QuerySet[Any], group: Any, item: str) -> QuerySet[Any]:
    """As `distinct` wants it."""
    named = Cast(group, CharField()) if group is not None else Value("", CharField())
    return rows.order_by().annotate(g_=named, v_=F(item)).values_list("g_", "v_")


def grouped_plain(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same of one column, in one group."""
    (column,) = rows.query.values_select
    return grouped(rows, None, column)


def to_count(asked: Asked) -> dict[str, QuerySet[Any]]:
    """Everything of the second level, to be counted in one go: accounts by leak, by label, by reason, by question."""
    named = {f"lost {one.key}": grouped(one.rows, None, "account") for one in leaks(asked)}
    named |= {f"of {one.key}": grouped(one.rows, one.groups, "account") for one in leaks(asked) if one.groups}
    pool = unworked(asked).filter(setter=None)
    return named | {
        "untaken": grouped(pool, None, "account"),
        "labels": grouped(replies_of(asked).exclude(label=""), F("label"), "account"),
        "reasons": grouped(items_of(asked).exclude(reason=""), F("reason"), "account"),
        "questions": grouped(refused_answers(asked), F("question__text"), "qualification__account"),
        "touches": grouped(delivered(asked.on).filter(enrollment__in=asked.rows().values("enrollment")), None, "pk"),
    }


def shown(asked: Asked, found: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """The leaks that there are, each with its number and what is known of it."""
    rows = []
    for one in leaks(asked):
        number = found[f"lost {one.key}"].get("", 0)
        if number:
            parts = found.get(f"of {one.key}", {})
            rows.append({"key": one.key, "half": one.half, "title": one.title, "count": number,
                         "text": words(one.key, parts, found)})  # fmt: skip
    return rows


def words(key: str, parts: Mapping[str, int], found: Mapping[str, Mapping[str, int]]) -> str:
    if key == "unworked":
        nobodys = found["untaken"].get("", 0)
        return f"{parts.get('meeting_request', 0)} wanted to meet{f', {nobodys} nobody has taken' if nobodys else ''}."
    if key == "not_held":
        unsaid = parts.get("booked", 0)
        return (
            f"{parts.get('no_show', 0)} did not take place, {parts.get('cancelled', 0)} cancelled, {unsaid} not said."
        )
    if key == "not_qualified" and found["questions"]:
        question, number = max(found["questions"].items(), key=lambda one: (one[1], one[0]))
        return f"Most often no: “{question}” ({number})."
    return WORDS.get(key, "")


WORDS = {
    "bounced": "Nobody else there has been reached since.",
    "nobody": "No role of the route has anybody: fill the roles, or the list's rule may be at fault.",
    "wrong_person": "The list's rule, or its roles, may be at fault.",
    "silent": "Old enough to judge, and nobody has answered.",
}


# How fast ----------------------------------------------------------------------------------------------------------


def timed(asked: Asked) -> list[tuple[int, str, float | None, bool, bool]]:
    """Account, band, working minutes until a person answered, booked, held; the newest so many.

    Where no answer left from here, what closed it was one if it says so: an invitation, a call, a mail written elsewhere.
    """
    stood = asked.rows().filter(enrollment=OuterRef("reply__enrollment"))
    items = items_of(asked).annotate(
        was_booked=Exists(stood.filter(on_rung(ladder.BOOKED, asked.on))),
        was_held=Exists(stood.filter(on_rung(ladder.HELD, asked.on))),
        zone=Subquery(Organisation.objects.values("zone")[:1]), country=Subquery(Organisation.objects.values("country")[:1]),
    )  # fmt: skip
    found = []
    closing = Case(When(outcome__in=ANSWERS, then="done_at"))
    items = items.annotate(answer_at=Coalesce("first_answer_at", closing)).order_by("-asked_at")
    columns = ("account", "asked_at", "answer_at", "done_at", "was_booked", "was_held", "zone", "country")
    for account, began, answer, done, booked, held, zone, country in items.values_list(*columns)[:MOST_TIMED]:
        answered = answer if asked.on is None or (answer and answer <= asked.on) else None
        minutes = (
            working_minutes_between(began, answered, NINE_TO_FIVE, ZoneInfo(zone or "UTC"), holidays_of(country or ""))
            if answered
            else None
        )
        closed = done is not None and (asked.on is None or done <= asked.on)
        found.append((account, band_of(minutes, closed=closed), minutes, booked, held))
    return found


def band_of(minutes: float | None, *, closed: bool) -> str:
    if minutes is None:
        return UNANSWERED if closed else NOBODY_YET
    return next(name for name, most in BANDS if most is None or minutes <= most)


def bands(rows: list[tuple[int, str, float | None, bool, bool]]) -> list[dict[str, Any]]:
    """How fast replies were answered, in working time, and how many of each became a booked and a held meeting."""
    found = {name: [0, 0, 0] for name in (*(name for name, _ in BANDS), UNANSWERED, NOBODY_YET)}
    for _, band, _, booked, held in rows:
        found[band] = [a + b for a, b in zip(found[band], (1, booked, held), strict=True)]
    return [
        {"name": name, "key": BAND_KEYS[name], "replies": n, "booked": b, "held": h, "share": share(h, n), "booked_share": share(b, n)}
        for name, (n, b, h) in found.items()
    ]  # fmt: skip


def times(rows: list[tuple[int, str, float | None, bool, bool]]) -> dict[str, float | None]:
    """Working minutes within which half, and nine in ten, of the answered replies were answered."""
    answered = sorted(minutes for _, _, minutes, _, _ in rows if minutes is not None)
    if not answered:
        return {"median": None, "ninth": None}
    return {"median": answered[(len(answered) - 1) // 2], "ninth": answered[(9 * len(answered) - 1) // 10]}
