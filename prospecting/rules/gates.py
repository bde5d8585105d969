"""When a stage opens: gates typed by outcome, as plain dicts, each with the sentence that says why.

{"start": {}}                                   {"role_filled": {"role": "approver"}}
{"silence": {"touches": 3, "working_days": 8}}  {"meeting_held": {}}
{"reply": {"labels": ["referral"]}}             {"timing": {"from": "2026-07-01", "to": "2026-09-30"}}
{"referral": {"role": "approver"}}              {"by_hand": {}}
{"any": [gate, …]}  {"all": [gate, …]}

Silence and a reply are those of the stage before (of anyone so far), unless they name an earlier one: {"stage": 1}.
What is wrong with a gate, in words, says prospecting.rules.gate_checks.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crm.rules.working_time import add_working_days
from prospecting.rules import labels

Gate = Mapping[str, Any]
Names = Mapping[int, str]  # number of a stage → its name

KINDS = (
    "start",
    "silence",
    "reply",
    "referral",
    "role_filled",
    "meeting_held",
    "timing",
    "by_hand",
    "any",
    "all",
)
OF_A_STAGE = ("silence", "reply")


@dataclass(frozen=True)
class Heard:
    """What one stage was told and what it said."""

    touches: int = 0  # delivered since the last answer
    last_touch: date | None = None
    patience_from: date | None = None  # absence does not count as silence: it counts from here if later
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outcomes:
    """What has happened so far, as the gate of one stage sees it."""

    today: date
    country: str = ""
    started: bool = True
    touches: int = 0  # delivered to people of the stage before
    last_touch: date | None = None
    patience_from: date | None = None
    labels: frozenset[str] = frozenset()  # of replies from people of earlier stages
    stages: Mapping[int, Heard] = field(default_factory=dict)  # of those that the gate names
    referred_roles: frozenset[str] = frozenset()
    filled_roles: frozenset[str] = frozenset()
    meeting_held: bool = False


@dataclass(frozen=True)
class GateVerdict:
    open: bool
    why: str
    earliest: date | None = None


def check(gate: Gate, so_far: Outcomes) -> GateVerdict:
    """Is the gate open, and in words why or why not. An unknown gate stays shut."""
    kind, terms = one_kind(gate)
    if kind in ("any", "all"):
        return _combined(kind, [check(inner, so_far) for inner in terms])
    return _CHECKS.get(kind, _by_hand)(terms or {}, so_far)


def one_kind(gate: Gate) -> tuple[str, Any]:
    """The single key of a gate and its terms; an empty gate opens by hand only."""
    return next(iter(gate.items()), ("by_hand", {}))


def words(gate: Gate, names: Names | None = None) -> str:
    """The gate as a sentence for the route editor; `names` are those of the stages it may name."""
    kind, terms = one_kind(gate)
    if kind in ("any", "all"):
        joined = (" or " if kind == "any" else " and ").join(_inner_words(inner, len(terms), names) for inner in terms)
        return joined or "by hand"
    return _WORDS[kind](terms or {}, names or {}) if kind in _WORDS else "by hand"


def _inner_words(gate: Gate, beside: int, names: Names | None) -> str:
    """A group among others stands in brackets."""
    kind, terms = one_kind(gate)
    said = words(gate, names)
    return f"({said})" if kind in ("any", "all") and len(terms) > 1 and beside > 1 else said


def ways(gate: Gate) -> list[Gate]:
    """The ways in which a stage may open, each by itself: what stands in an `any`, else the gate."""
    kind, terms = one_kind(gate)
    return [one for inner in terms for one in ways(inner)] if kind == "any" else [gate]


def leaves(gate: Gate) -> Iterator[tuple[str, Gate]]:
    """Every outcome inside, with its terms."""
    kind, terms = one_kind(gate)
    if kind in ("any", "all"):
        for inner in terms:
            yield from leaves(inner)
    else:
        yield kind, terms or {}


def stages_named(gate: Gate) -> set[int]:
    return {terms["stage"] for kind, terms in leaves(gate) if kind in OF_A_STAGE and terms.get("stage")}


def renumbered(gate: Gate, numbers: Mapping[int, int]) -> dict[str, Any]:
    """The gate after its route was put in another order; a stage that is gone is not named any more."""
    kind, terms = one_kind(gate)
    if kind in ("any", "all"):
        return {kind: [renumbered(inner, numbers) for inner in terms]}
    kept = dict(terms or {})
    if kind in OF_A_STAGE and (stage := kept.pop("stage", None)) in numbers:
        kept["stage"] = numbers[stage]
    return {kind: kept}


def same(one: Gate, other: Gate) -> bool:
    """Whether two gates open on the same outcomes, in whatever order they stand."""
    return _plain(one) == _plain(other)


def _plain(gate: Gate) -> str:
    kind, terms = one_kind(gate)
    if kind not in ("any", "all"):
        known = {key: sorted(value) if isinstance(value, list) else value for key, value in (terms or {}).items()}
        return f"{kind} {sorted(known.items())}"
    inner = sorted(_plain(part) for part in terms)
    return inner[0] if len(inner) == 1 else f"{kind} [{'; '.join(inner)}]"


def silence_terms(gate: Gate) -> Mapping[str, int] | None:
    """The first silence inside the gate: its patience decides how young a cohort still is."""
    kind, terms = one_kind(gate)
    if kind == "silence":
        return terms
    if kind in ("any", "all"):
        return next((found for inner in terms if (found := silence_terms(inner))), None)
    return None


def _combined(kind: str, verdicts: list[GateVerdict]) -> GateVerdict:
    if kind == "any":
        opened = next((v for v in verdicts if v.open), None)
        return opened or GateVerdict(False, "; or ".join(v.why for v in verdicts), _earliest(verdicts, min))
    shut = [v for v in verdicts if not v.open]
    why = "; and ".join(v.why for v in (shut or verdicts))
    return GateVerdict(not shut and bool(verdicts), why, _earliest(shut, max))


def _earliest(verdicts: list[GateVerdict], pick: Callable[..., date]) -> date | None:
    dates = [v.earliest for v in verdicts if v.earliest]
    return pick(dates) if dates else None


def _start(terms: Gate, so_far: Outcomes) -> GateVerdict:
    return GateVerdict(so_far.started, "the first stage opens when the walk starts")


def _silence(terms: Gate, so_far: Outcomes) -> GateVerdict:
    needed, days = int(terms.get("touches", 1)), int(terms.get("working_days", 0))
    heard, of = _heard(terms, so_far)
    if heard.touches < needed or heard.last_touch is None:
        return GateVerdict(
            False, f"{heard.touches} of {counted(needed, 'touch', 'touches')} made without an answer{of}"
        )
    counted_from = max(heard.last_touch, heard.patience_from or heard.last_touch)
    opens = add_working_days(counted_from, days, so_far.country)
    if so_far.today < opens:
        return GateVerdict(False, f"silence{of} until {_day(opens)} at the earliest", opens)
    return GateVerdict(True, f"{counted(heard.touches, 'touch', 'touches')} and {_days(terms)} without an answer{of}")


def _heard(terms: Gate, so_far: Outcomes) -> tuple[Heard, str]:
    """What counts for a silence or a reply: the stage it names, or what comes before this one."""
    if stage := terms.get("stage"):
        return so_far.stages.get(stage, Heard()), f" at stage {stage}"
    return Heard(so_far.touches, so_far.last_touch, so_far.patience_from, so_far.labels), ""


def _reply(terms: Gate, so_far: Outcomes) -> GateVerdict:
    heard, of = _heard(terms, so_far)
    said = [key for key in terms.get("labels", ()) if key in heard.labels]
    if said:
        return GateVerdict(True, f"a reply came{of}: {labels.told(said[0]).lower()}")
    return GateVerdict(False, f"no {_reply_words(terms)}{of} yet")


def _referral(terms: Gate, so_far: Outcomes) -> GateVerdict:
    role = terms.get("role")
    named = bool(so_far.referred_roles) if role is None else role in so_far.referred_roles
    return GateVerdict(named, "a colleague named them" if named else "nobody has named them yet")


def _role_filled(terms: Gate, so_far: Outcomes) -> GateVerdict:
    role = str(terms.get("role", ""))
    known = role in so_far.filled_roles
    return GateVerdict(known, f"the {_role(role)} is known" if known else f"the {_role(role)} is not known yet")


def _meeting_held(terms: Gate, so_far: Outcomes) -> GateVerdict:
    return GateVerdict(
        so_far.meeting_held, "a meeting was held" if so_far.meeting_held else "no meeting has been held yet"
    )


def _timing(terms: Gate, so_far: Outcomes) -> GateVerdict:
    start, end = _date(terms.get("from")), _date(terms.get("to"))
    if start and so_far.today < start:
        return GateVerdict(False, f"the window opens on {_day(start)}", start)
    if end and so_far.today > end:
        return GateVerdict(False, f"the window closed on {_day(end)}")
    return GateVerdict(True, "the window is open")


def _by_hand(terms: Gate, so_far: Outcomes) -> GateVerdict:
    return GateVerdict(False, "opens by hand only")


_CHECKS: dict[str, Callable[[Gate, Outcomes], GateVerdict]] = {
    "start": _start,
    "silence": _silence,
    "reply": _reply,
    "referral": _referral,
    "role_filled": _role_filled,
    "meeting_held": _meeting_held,
    "timing": _timing,
    "by_hand": _by_hand,
}


def _reply_words(terms: Gate) -> str:
    return "reply that says " + " or ".join(f"“{labels.words(k).lower()}”" for k in terms.get("labels", ()))


_WORDS: dict[str, Callable[[Gate, Names], str]] = {
    "start": lambda t, n: "at the start",
    "silence": lambda t, n: f"after silence{_of(t, n)}: {_touches(t)} and {_days(t)}",
    "reply": lambda t, n: f"on a {_reply_words(t)}{_from(t, n)}",
    "referral": lambda t, n: f"when a colleague names {_whom(t)}",
    "role_filled": lambda t, n: f"when the {_role(str(t.get('role', '')))} is known",
    "meeting_held": lambda t, n: "after a held meeting",
    "timing": lambda t, n: (
        " ".join(f"{k} {_day(d)} {d.year}" for k in ("from", "to") if (d := _date(t.get(k)))) or "in its window"
    ),
    "by_hand": lambda t, n: "by hand",
}


def _of(terms: Gate, names: Names) -> str:
    stage = terms.get("stage")
    return f" of {names.get(stage, f'stage {stage}')}" if stage else ""


def _from(terms: Gate, names: Names) -> str:
    stage = terms.get("stage")
    return f" from {names.get(stage, f'stage {stage}')}" if stage else ""


def _touches(terms: Gate) -> str:
    return counted(terms.get("touches", 1), "touch", "touches")


def _days(terms: Gate) -> str:
    return counted(terms.get("working_days", 0), "working day", "working days")


def _whom(terms: Gate) -> str:
    return f"the {_role(terms['role'])}" if terms.get("role") else "the person"


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _role(key: str) -> str:
    return key.replace("_", " ").replace("-", " ")


def _date(value: Any) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%B}"
