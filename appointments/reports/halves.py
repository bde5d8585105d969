"""Both halves of the funnel in accounts: which steps there are, what each asks of a walk, the rates and the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from appointments.rules.statistics import Side, verdict, wilson
from crm import clock
from crm.models import User
from prospecting.models import Milestone, Reply, Standing
from prospecting.reports import (
    CUT_NAMES,
    EVERY,
    SETTLED,
    Cut,
    Tally,
    delivered,
    inbound,
    old_enough,
    on_rung,
    patience,
    tally,
    wrote_unwalked,
    yes,
)
from prospecting.rules import ladder

DEFAULT_DAYS = 140
BASELINE_DAYS = 365
ENOUGH_FOR_USUAL = 30
MINE, MINE_SETTLED = "mine", "mine_settled"
Counts = dict[str, int]

LEFT = (("targeted", "Enrolled"), ("contacted", "Contacted"), ("engaged", "Replied"))
RIGHT = (
    ("engaged", "Replied"),
    ("qualified", "Qualified"),
    ("booked", "Booked"),
    ("held", "Held"),
    ("accepted", "Accepted"),
)
LEFT_STEPS = frozenset(key for key, _ in LEFT)

# What each figure asks of one walk. Held counts in the rate only together with Qualified. Rungs are dated
# independently: a share between two steps counts the walks that stand on both.
STEP_ASKS: dict[str, tuple[str, ...]] = {
    "targeted": (),
    "contacted": ("contacted",),
    "engaged": ("contacted", "engaged"),
    "qualified": ("contacted", "engaged", "qualified"),
    "booked": ("contacted", "engaged", "booked"),
    "held": ("contacted", "engaged", "qualified", "held"),
    "accepted": ("contacted", "engaged", "qualified", "held", "accepted"),
    "booked_and_qualified": ("contacted", "engaged", "qualified", "booked"),
    "held_and_booked": ("contacted", "engaged", "qualified", "booked", "held"),
}
BITS = {name: 1 << n for n, name in enumerate((*STEP_ASKS, "inbound"))}
BOTH = {("booked", "qualified"): "booked_and_qualified", ("held", "booked"): "held_and_booked"}


# Which walks -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A cut, its setter, and the moment it is asked about."""

    cut: Cut
    setter: Any
    moment: datetime
    patience: Mapping[int, int]

    @property
    def old(self) -> Q:
        """Walks old enough to judge on that day."""
        return old_enough(self.moment, known=self.patience)

    @property
    def on(self) -> datetime | None:
        return self.cut.on

    def rows(self) -> QuerySet[Standing]:
        return self.cut.standings()

    def mine(self) -> Q:
        """The right half by setter: walks whose reply they had first, by that day."""
        by_then = {} if self.on is None else {"in_hand_at__lte": self.on}
        return Q(setter=self.setter, **by_then) if self.setter else Q()

    def replied(self) -> QuerySet[Standing]:
        """The walks of the right half."""
        return self.rows().filter(self.mine(), asks("engaged", self.on))


def cut_of(filters: Mapping[str, Any], now: datetime | None = None) -> Asked:
    """What a screen asks for; without dates the last twenty weeks before the day it is asked about."""
    wanted = {name: filters[name] for name in CUT_NAMES if filters.get(name) not in (None, "")}
    moment = wanted.get("on") or now or clock.now()
    if "since" not in wanted and "until" not in wanted:
        wanted["since"] = moment - timedelta(days=DEFAULT_DAYS)
    return Asked(Cut(**wanted), filters.get("setter") or None, moment, patience())


def asks(step: str, on: datetime | None = None) -> Q:
    found = Q()
    for rung in STEP_ASKS[step]:
        found &= on_rung(rung, on)
    return found


def mask(on: datetime | None = None) -> Combinable:
    """The figures that one walk counts in, as bits of BITS; what was never contacted is looked at no further."""
    there, replied = on_rung(ladder.CONTACTED, on), on_rung(ladder.ENGAGED, on)
    fit, booked, met = (on_rung(rung, on) for rung in (ladder.QUALIFIED, ladder.BOOKED, ladder.HELD))
    held = BITS["held"] + BITS["accepted"] * yes(on_rung(ladder.ACCEPTED, on)) + BITS["held_and_booked"] * yes(booked)
    after = (
        BITS["contacted"] + BITS["engaged"] + BITS["qualified"] * yes(fit) + BITS["booked"] * yes(booked)
        + BITS["booked_and_qualified"] * yes(fit & booked) + either((fit & met, held))
    )  # fmt: skip
    before = either((there & replied, after), (there, Value(BITS["contacted"])), (replied, Value(BITS["inbound"])))
    return Cast(BITS["targeted"] + before, IntegerField())


def either(*cases: tuple[Q, Any]) -> Case:
    return Case(
        *(When(where, then=then) for where, then in cases), default=Value(0), output_field=IntegerField()
    )  # fmt: skip


# Counting --------------------------------------------------------------------------------------------------------


def counted(asked: Asked, bucket: Combinable | None = None) -> dict[Any, Tally]:
    """Distinct accounts by everything they stand on, of all walks, of those old enough, and of the setter's; one query."""
    old = asked.old
    parts = {SETTLED: old}
    if asked.setter:
        parts |= {MINE: asked.mine(), MINE_SETTLED: old & asked.mine()}
    return tally(asked.rows(), mask(asked.on), parts, bucket)


def counts(found: Tally, *, settled: bool = False, setter: bool = False) -> Counts:
    """The accounts of each figure; from the reply on of the setter's walks, where one is asked for."""
    left = SETTLED if settled else EVERY
    right = (MINE_SETTLED if settled else MINE) if setter else left
    return {name: found.of(bit, left if name in LEFT_STEPS - {"engaged"} else right) for name, bit in BITS.items()}


def wrote_first(asked: Asked) -> QuerySet[Any]:
    """Accounts that wrote while nobody walked them, beside those whose walk counts as inbound."""
    rows = inbound(asked.rows(), asked.on)
    return wrote_unwalked(asked.cut).exclude(pk__in=rows.values("account")).values_list("pk")


def people(asked: Asked) -> dict[str, QuerySet[Any]]:
    """Contacts beside the accounts: reached, who replied, who met."""
    rows = asked.rows()
    mine = rows.filter(asked.mine())
    said = Reply.objects.filter(enrollment__in=mine.values("enrollment"), counts=True)
    said = said if asked.on is None else said.filter(at__lte=asked.on)
    met = Milestone.objects.filter(enrollment__in=mine.values("enrollment")).standing()
    met = met if asked.on is None else met.filter(at__lte=asked.on)
    made = delivered(asked.on).filter(enrollment__in=rows.values("enrollment"))
    return {
        "contacted": made.values_list("contact"),
        "engaged": said.exclude(contact=None).values_list("contact"),
        "booked": met.filter(rung=ladder.BOOKED).exclude(contact=None).values_list("contact"),
        "held": met.filter(rung=ladder.HELD).exclude(contact=None).values_list("contact"),
    }


# Rates -----------------------------------------------------------------------------------------------------------


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def step_share(found: Counts, step: str, before: str) -> float | None:
    """Of the accounts on the step before, those that stand on this one too."""
    return share(found[BOTH.get((step, before), step)], found[before])


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


def judged(left: Side, right: Side) -> dict[str, Any]:
    found = verdict(left, right)
    return {"key": found.key, "sentence": found.sentence, "text": found.text, "needed": found.needed}


def steps(
    named: tuple[tuple[str, str], ...], found: Counts, behind: Mapping[str, int], usual: Mapping[str, float | None]
) -> list[dict[str, Any]]:
    """Each step with its share of the step before: the accounts on both."""
    rows: list[dict[str, Any]] = []
    before = None
    for key, name in named:
        rows.append({
            "key": key, "name": name, "accounts": found[key], "people": behind.get(key),
            "share": step_share(found, key, before) if before else None, "usual": usual.get(key) if before else None,
        })  # fmt: skip
        before = key
    return rows


def usual_rates(asked: Asked) -> dict[str, float | None]:
    """What the team usually has: its walks of the year before this cohort, those old enough to judge."""
    cut, day = asked.cut, asked.moment
    start = cut.since or day - timedelta(days=DEFAULT_DAYS)
    team = cut.team or (
        User.objects.filter(pk=getattr(cut.prospector, "pk", cut.prospector)).values("team")[:1]
        if cut.prospector
        else None
    )
    before = Cut(since=start - timedelta(days=BASELINE_DAYS), until=start, team=team, on=cut.on)
    found = counts(counted(replace(asked, cut=before, setter=None))[None], settled=True)
    if found["contacted"] < ENOUGH_FOR_USUAL:
        return {}
    first = {
        "contacted": share(found["contacted"], found["targeted"]),
        "engaged": share(found["engaged"], found["contacted"]),
        "reply_rate": share(found["engaged"], found["contacted"]),
    }
    if found["engaged"] < ENOUGH_FOR_USUAL:
        return first
    return first | {
        "qualified": share(found["qualified"], found["engaged"]),
        "booked": step_share(found, "booked", "qualified"),
        "held": step_share(found, "held", "booked"),
        "accepted": share(found["accepted"], found["held"]),
        "meeting_rate": share(found["held"], found["engaged"]),
    }


def five_steps(found: Counts, replied: int) -> dict[str, float | None]:
    """The five steps of the what-if, each of all before it; their product is the held meetings."""
    both = found["booked_and_qualified"]
    return {
        "contacted": share(found["contacted"], found["targeted"]),
        "reply": share(replied, found["contacted"]),
        "qualified": share(found["qualified"], found["engaged"]),
        "booked": share(both, found["qualified"]),
        "held": share(found["held_and_booked"], both),
    }
