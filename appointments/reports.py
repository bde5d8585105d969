"""The funnel, split at the reply: both halves, the verdict, where it leaked, and what better steps would bring."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import TruncWeek

from appointments.models import Benchmark, Cost, Meeting, WorkItem
from appointments.rules.statistics import Side, verdict, wilson
from appointments.rules.whatif import STEPS, WhatIf
from appointments.rules.whatif import what_if as compute_what_if
from crm import clock
from crm.models import Account, Conversation, Organisation
from crm.rules.working_time import NINE_TO_FIVE, holidays_of, working_minutes_between
from prospecting.models import Enrollment, Reply, SegmentVersion, Touch
from prospecting.models.touch import Flight
from prospecting.reports import Cut, mature_only, reached
from prospecting.rules import ladder

DEFAULT_DAYS = 140
BASELINE_DAYS = 365
ENOUGH_FOR_USUAL = 30
MOST_TIMED = 3000
CUT_NAMES = tuple(field.name for field in fields(Cut))

LEFT = (("targeted", "Targeted"), ("contacted", "Contacted"), ("engaged", "Replied"))
RIGHT = (
    ("engaged", "Replied"),
    ("qualified", "Qualified"),
    ("booked", "Booked"),
    ("held", "Held"),
    ("accepted", "Accepted"),
)
BANDS = (("within 5 min", 5), ("5 min to 1 h", 60), ("1 to 4 h", 240), ("4 h to a day", 480), ("later", None))

# What each step asks of a walk; a held meeting counts in the rate only together with Qualified.
STEP_ASKS: dict[str, tuple[str, ...]] = {
    "targeted": (),
    "contacted": ("contacted",),
    "engaged": ("contacted", "engaged"),
    "qualified": ("contacted", "engaged", "qualified"),
    "booked": ("contacted", "engaged", "booked"),
    "held": ("contacted", "engaged", "qualified", "held"),
    "accepted": ("contacted", "engaged", "qualified", "held", "accepted"),
}
# Rungs are dated independently: a share between two steps counts the accounts that stand on both.
BOTH = (("booked", "qualified"), ("held", "booked"))
RUNGS = (ladder.CONTACTED, ladder.ENGAGED, ladder.QUALIFIED, ladder.BOOKED, ladder.HELD, ladder.ACCEPTED)
Counts = dict[str, int]


# Which walks -----------------------------------------------------------------------------------------------------


def cut_of(filters: Mapping[str, Any]) -> Cut:
    """The cut a screen asks for; without dates the last twenty weeks."""
    wanted = {name: filters[name] for name in CUT_NAMES if filters.get(name) not in (None, "")}
    if "since" not in wanted and "until" not in wanted:
        wanted["since"] = clock.now() - timedelta(days=DEFAULT_DAYS)
    return Cut(**wanted)


def walks(cut: Cut) -> QuerySet[Enrollment]:
    """The enrollments of a cut, each knowing which rungs it stands on."""
    return cut.enrollments().annotate(**{f"on_{rung}": reached(rung) for rung in RUNGS})


def set_by(rows: QuerySet[Enrollment], setter: Any) -> QuerySet[Enrollment]:
    """The right half by setter: walks whose replies that person works."""
    if not setter:
        return rows
    worked = WorkItem.objects.filter(reply__enrollment=OuterRef("pk"), setter=setter)
    return rows.filter(Exists(worked))


def asks(step: str) -> Q:
    return Q(**{f"on_{rung}": True for rung in STEP_ASKS[step]})


def count(rows: QuerySet[Enrollment]) -> Counts:
    """Distinct accounts on every step; one query."""
    wanted = {
        step: Count("account", distinct=True, filter=asks(step) if STEP_ASKS[step] else None) for step in STEP_ASKS
    }
    both = {both_of(*pair): Count("account", distinct=True, filter=asks(pair[0]) & asks(pair[1])) for pair in BOTH}
    return {step: int(found or 0) for step, found in rows.aggregate(**wanted, **both).items()}


def both_of(step: str, before: str) -> str:
    """Where the counts keep the accounts on both of two steps; a step that asks for the one before is both."""
    return f"{step}_and_{before}" if (step, before) in BOTH else step


def step_share(counts: Counts, step: str, before: str) -> float | None:
    """Of the accounts on the step before, those that stand on this one too."""
    return _share(counts[both_of(step, before)], counts[before])


def people(rows: QuerySet[Enrollment]) -> dict[str, int]:
    """Contacts beside the accounts: written to, who replied, who met."""
    inside = rows.values("pk")
    sent = Touch.objects.filter(enrollment__in=inside, state=Flight.SENT, reached=True)
    said = Reply.objects.filter(enrollment__in=inside, counts=True)
    met = Meeting.objects.filter(enrollment__in=inside)
    taken = {"booked": ["booked", "held", "no_show"], "held": ["held"]}
    return {
        "contacted": sent.aggregate(n=Count("contact", distinct=True))["n"],
        "engaged": said.aggregate(n=Count("contact", distinct=True))["n"],
        **{
            key: met.filter(state__in=states).aggregate(n=Count("contact", distinct=True))["n"]
            for key, states in taken.items()
        },
    }


def accounts_behind(
    filters: Mapping[str, Any], step: str, *, mature: bool = False, readable: QuerySet[Conversation] | None = None
) -> QuerySet[Account]:
    """The accounts any count stands for; `mature` leaves out cohorts too young to judge, as the rates do.

    What was said is content: a list by label holds only the accounts whose words stand in `readable` conversations.
    """
    rows = walks(cut_of(filters))
    rows = mature_only(rows, clock.now()) if mature else rows
    if step == "inbound":
        rows = rows.filter(Q(on_engaged=True, on_contacted=False))
    elif step in LEAKS or step.startswith(("said-", "why-")):
        return _leaked(set_by(rows, filters.get("setter")), step, readable)
    else:
        rows = set_by(rows, filters.get("setter")) if step not in dict(LEFT) else rows
        rows = rows.filter(asks(step)) if STEP_ASKS.get(step) else rows
    return Account.objects.filter(pk__in=rows.values("account")).order_by("name", "pk")


LEAKS = ("unworked", "not_held", "wrong_person", "not_qualified")


def says_words(step: str) -> bool:
    """Whether a list names accounts by what was said there."""
    return step.startswith(("said-", "why-")) or step == "wrong_person"


def _leaked(rows: QuerySet[Enrollment], step: str, readable: QuerySet[Conversation] | None) -> QuerySet[Account]:
    """The accounts behind a leak, or behind a label that was said."""
    inside, now = rows.values("pk"), clock.now()
    if step == "unworked":
        late = items_of(rows).filter(answered_at=None, due_at__lt=now).exclude(state=WorkItem.State.DONE)
        found: QuerySet[Any] = late
    elif step == "not_held":
        unsaid = Q(state="booked", ends_at__lt=now)
        found = Meeting.objects.filter(Q(state__in=["no_show", "cancelled"]) | unsaid, enrollment__in=inside)
    elif step == "not_qualified":
        found = rows.filter(asks("engaged"), Q(on_qualified=False))
    elif step.startswith("why-"):
        found = items_of(rows).filter(reason=step.removeprefix("why-"))
        found = found if readable is None else found.filter(conversation__in=readable.values("pk"))
    else:
        found = Reply.objects.filter(enrollment__in=inside, label=step.removeprefix("said-"))
        found = found if readable is None else found.filter(conversation__in=readable.values("pk"))
    return Account.objects.filter(pk__in=found.values("account")).order_by("name", "pk")


# The page --------------------------------------------------------------------------------------------------------


def funnel(filters: Mapping[str, Any] | None = None, *, now: datetime | None = None) -> dict[str, Any]:
    """Everything the funnel page shows; rates and verdict from cohorts old enough to judge."""
    wanted, moment = dict(filters or {}), now or clock.now()
    cut = cut_of(wanted)
    rows = walks(cut)
    mine = set_by(rows, wanted.get("setter"))
    all_counts, right_counts = count(rows), count(mine)
    settled = mature_only(rows, moment)
    settled_right = set_by(settled, wanted.get("setter"))
    usual = usual_rates(cut, moment)
    marks = dict(Benchmark.objects.values_list("key", "value"))
    left_side, right_side = sides(count(settled), count(settled_right), usual, marks)
    behind = people(rows)
    return {
        "cuts": {"since": cut.since, "until": cut.until, **wanted},
        "left": _steps(LEFT, all_counts, behind, usual),
        "right": _steps(RIGHT, right_counts, behind, usual),
        "inbound": accounts_behind(wanted, "inbound").count(),
        "reply_rate": rate(left_side),
        "meeting_rate": rate(right_side),
        "beside": _beside(right_counts),
        "verdict": _verdict(left_side, right_side),
        "leak": leak(mine, right_counts),
        "bands": bands(mine),
        "labels": labels_said(mine),
        "reasons": reasons_said(mine),
        "cohorts": cohorts(rows, moment),
        "young": all_counts["targeted"] - count(settled)["targeted"],
        "what_if": {"accounts": all_counts["targeted"], **shares(right_counts, all_counts), "costs": costs()},
    }


def sides(
    left: Counts, right: Counts, usual: Mapping[str, float | None], marks: Mapping[str, float]
) -> tuple[Side, Side]:
    """Reply rate = engaged of contacted; reply-to-meeting rate = held and qualified of engaged."""
    return (
        Side(left["engaged"], left["contacted"], usual.get("reply_rate"), marks.get("reply_rate")),
        Side(right["held"], right["engaged"], usual.get("meeting_rate"), marks.get("reply_to_meeting_rate")),
    )


def rate(side: Side) -> dict[str, Any]:
    low, high = wilson(side.count, side.of)
    return {
        "share": side.share, "low": low, "high": high, "usual": side.usual, "benchmark": side.benchmark,
        "count": side.count, "of": side.of, "needed": side.needed, "too_few": side.too_few, "below": side.low,
    }  # fmt: skip


def _verdict(left: Side, right: Side) -> dict[str, Any]:
    found = verdict(left, right)
    return {"key": found.key, "sentence": found.sentence, "text": found.text, "needed": found.needed}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _steps(
    steps: tuple[tuple[str, str], ...], counts: Counts, behind: Mapping[str, int], usual: Mapping[str, float | None]
) -> list[dict[str, Any]]:
    """Each step with its share of the step before: the accounts on both."""
    found: list[dict[str, Any]] = []
    before = None
    for key, name in steps:
        share = step_share(counts, key, before) if before else None
        found.append({
            "key": key, "name": name, "accounts": counts[key], "people": behind.get(key), "share": share,
            "usual": usual.get(key) if before else None,
        })  # fmt: skip
        before = key
    return found


def _beside(counts: Counts) -> dict[str, float | None]:
    """Reply to booked, and to accepted: shown, not judged."""
    return {key: _share(counts[key], counts["engaged"]) for key in ("booked", "accepted")}


def shares(right: Counts, left: Counts) -> dict[str, float | None]:
    """The five steps of the what-if, each of all before it; their product is the held meetings."""
    both = right[both_of("booked", "qualified")]
    return {
        "contacted": _share(left["contacted"], left["targeted"]),
        "reply": _share(left["engaged"], left["contacted"]),
        "qualified": _share(right["qualified"], right["engaged"]),
        "booked": _share(both, right["qualified"]),
        "held": _share(right[both_of("held", "booked")], both),
    }


def usual_rates(cut: Cut, now: datetime) -> dict[str, float | None]:
    """What the team usually has: its walks of the year before this cohort, old enough to judge."""
    start = cut.since or now - timedelta(days=DEFAULT_DAYS)
    team = cut.team or (getattr(cut.prospector, "team_id", None) if cut.prospector else None)
    before = Cut(since=start - timedelta(days=BASELINE_DAYS), until=start, team=team)
    found = count(walks(before))
    if found["contacted"] < ENOUGH_FOR_USUAL:
        return {}
    replies = found["engaged"] >= ENOUGH_FOR_USUAL
    steps = {
        "contacted": _share(found["contacted"], found["targeted"]),
        "engaged": _share(found["engaged"], found["contacted"]),
        "reply_rate": _share(found["engaged"], found["contacted"]),
    }
    later = {
        "qualified": _share(found["qualified"], found["engaged"]),
        "booked": step_share(found, "booked", "qualified"),
        "held": step_share(found, "held", "booked"),
        "accepted": _share(found["accepted"], found["held"]),
        "meeting_rate": _share(found["held"], found["engaged"]),
    }
    return steps | (later if replies else {})


# Where it leaked -------------------------------------------------------------------------------------------------


def items_of(rows: QuerySet[Enrollment]) -> QuerySet[WorkItem]:
    """Items about replies that count, of these walks."""
    return WorkItem.objects.filter(reply__enrollment__in=rows.values("pk"), reply__counts=True)


def leak(rows: QuerySet[Enrollment], counts: Counts) -> list[dict[str, Any]]:
    """What was lost after the reply, each with its number."""
    items, now = items_of(rows), clock.now()
    unworked = items.filter(answered_at=None, due_at__lt=now).exclude(state=WorkItem.State.DONE)
    wanting = unworked.filter(reply__label="meeting_request").count()
    nobodys = unworked.filter(setter=None).count()
    meetings = Meeting.objects.filter(enrollment__in=rows.values("pk"))
    lost = dict(meetings.filter(state__in=["no_show", "cancelled"]).values_list("state").annotate(n=Count("pk")))
    unsaid = meetings.filter(state="booked", ends_at__lt=now).count()
    wrong = Reply.objects.filter(enrollment__in=rows.values("pk"), label="wrong_person").count()
    found = [
        _leak("unworked", unworked.values("account").distinct().count(), "Replies nobody worked", f"{wanting} wanted to meet{f', {nobodys} nobody has taken' if nobodys else ''}."),
        _leak("not_held", sum(lost.values()) + unsaid, "Booked and not held",
              f"{lost.get('no_show', 0)} did not take place, {lost.get('cancelled', 0)} cancelled, {unsaid} not said."),
        _leak("wrong_person", wrong, "Wrong person", "The list's rule may be at fault."),
        _leak("not_qualified", counts["engaged"] - counts["qualified"], "Replied and not qualified", ""),
    ]  # fmt: skip
    return [one for one in found if one["count"]]


def _leak(key: str, number: int, title: str, text: str) -> dict[str, Any]:
    return {"key": key, "count": number, "title": title, "text": text}


def bands(rows: QuerySet[Enrollment]) -> list[dict[str, Any]]:
    """How fast replies were answered, in working time, and how many of each became a booked and a held meeting."""
    ours = Organisation.objects.first()
    zone, free = ZoneInfo(ours.zone if ours else "UTC"), holidays_of(ours.country if ours else "")
    held = Meeting.objects.filter(enrollment=OuterRef("reply__enrollment"), state="held")
    booked = Meeting.objects.filter(enrollment=OuterRef("reply__enrollment"), state__in=["booked", "held", "no_show"])
    items = items_of(rows).annotate(was_held=Exists(held), was_booked=Exists(booked)).order_by("-asked_at")
    found = {name: [0, 0, 0] for name, _ in (*BANDS, ("nobody yet", None))}
    for asked, answered, was_held, was_booked in items.values_list(
        "asked_at", "first_answer_at", "was_held", "was_booked"
    )[:MOST_TIMED]:
        minutes = working_minutes_between(asked, answered, NINE_TO_FIVE, zone, free) if answered else None
        row = found[band_of(minutes)]
        row[0], row[1], row[2] = row[0] + 1, row[1] + was_held, row[2] + was_booked
    return [
        {"name": name, "replies": n, "held": held_n, "booked": booked_n, "share": _share(held_n, n)}
        for name, (n, held_n, booked_n) in found.items()
    ]


def band_of(minutes: float | None) -> str:
    if minutes is None:
        return "nobody yet"
    return next(name for name, most in BANDS if most is None or minutes <= most)


def labels_said(rows: QuerySet[Enrollment]) -> list[dict[str, Any]]:
    said = Reply.objects.filter(enrollment__in=rows.values("pk")).exclude(label="")
    rows_of = said.order_by().values_list("label").annotate(n=Count("pk")).order_by("-n", "label")
    return [{"label": label, "count": n} for label, n in rows_of]


def reasons_said(rows: QuerySet[Enrollment]) -> list[dict[str, Any]]:
    """Why they declined or wait, as whoever finished with them wrote down."""
    said = items_of(rows).exclude(reason="").order_by().values_list("reason").annotate(n=Count("pk"))
    return [{"reason": reason, "count": n} for reason, n in said.order_by("-n", "reason")]


# Cohorts ---------------------------------------------------------------------------------------------------------


def cohorts(rows: QuerySet[Enrollment], now: datetime) -> list[dict[str, Any]]:
    """Fortnights of enrollment with both rates; young ones are drawn hatched, a broken version draws a line."""
    settled = set(
        mature_only(rows, now).annotate(week=TruncWeek("started_at")).values_list("week", flat=True).distinct()
    )
    weekly = (
        rows.annotate(week=TruncWeek("started_at"))
        .order_by()
        .values("week")
        .annotate(
            contacted=Count("account", distinct=True, filter=asks("contacted")),
            engaged=Count("account", distinct=True, filter=asks("engaged")),
            held=Count("account", distinct=True, filter=asks("held")),
            version=Max("segment_version"),
            first=Min("started_at"),
        )
        .order_by("week")
    )
    found: dict[date, dict[str, Any]] = {}
    for row in weekly:
        start = _fortnight(row["week"].date())
        cohort = found.setdefault(
            start, {"start": start, "contacted": 0, "engaged": 0, "held": 0, "young": False, "version_id": 0}
        )
        for name in ("contacted", "engaged", "held"):
            cohort[name] += row[name]
        cohort["young"] = cohort["young"] or row["week"] not in settled
        cohort["version_id"] = max(cohort["version_id"], row["version"])
    return _with_breaks(list(found.values()))


def _fortnight(monday: date) -> date:
    return monday - timedelta(days=7 * (monday.toordinal() // 7 % 2))


def _with_breaks(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    versions = SegmentVersion.objects.select_related("segment").in_bulk([row["version_id"] for row in found])
    before = None
    for row in found:
        version = versions[row["version_id"]]
        changed = before is not None and before != row["version_id"]
        row["version"] = str(version)
        row["breaks"] = changed and version.compared == SegmentVersion.Compared.BROKEN
        row["reply_rate"] = _share(row["engaged"], row["contacted"])
        row["meeting_rate"] = _share(row["held"], row["engaged"])
        before = row["version_id"]
    return found


# What if ---------------------------------------------------------------------------------------------------------


def costs() -> dict[str, Any]:
    rows = list(Cost.objects.all())
    return {row.key: float(row.amount) for row in rows} | {"currency": rows[0].currency if rows else "EUR"}


def what_if(accounts: int, before: Mapping[str, float | None], after: Mapping[str, float], times: float = 1) -> WhatIf:
    """Held meetings and their cost if the steps were as in `after`, or `times` as many accounts were written to."""
    now = {step: before.get(step) or 0.0 for step in STEPS}
    prices = {key: value for key, value in costs().items() if key != "currency"}
    return compute_what_if(accounts, now, {step: after.get(step, now[step]) for step in STEPS}, prices, times)
