"""When a stage opens: gates typed by outcome, as plain dicts, each with the sentence that says why.

{"start": {}}                                   {"role_filled": {"role": "approver"}}
{"silence": {"touches": 3, "working_days": 8}}  {"meeting_held": {}}
{"reply": {"labels": ["referral"]}}             {"timing": {"from": "2026-07-01", "to": "2026-09-30"}}
{"referral": {"role": "approver"}}              {"by_hand": {}}
{"any": [gate, …]}  {"all": [gate, …]}
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.rules.working_time import add_working_days
from prospecting.rules import labels

Gate = Mapping[str, Any]

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


@dataclass(frozen=True)
class Outcomes:
    """What has happened so far, as the gate of one stage sees it."""

    today: date
    country: str = ""
    started: bool = True
    touches: int = 0  # delivered to people of the stage before
    last_touch: date | None = None
    patience_from: date | None = None  # absence does not count as silence: it counts from here if later
    labels: frozenset[str] = frozenset()  # of replies from people of earlier stages
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


def words(gate: Gate) -> str:
    """The gate as a sentence for the route editor."""
    kind, terms = one_kind(gate)
    if kind in ("any", "all"):
        joined = (" or " if kind == "any" else " and ").join(_inner_words(inner, len(terms)) for inner in terms)
        return joined or "by hand"
    return _WORDS[kind](terms or {}) if kind in _WORDS else "by hand"


def _inner_words(gate: Gate, beside: int) -> str:
    """A group among others stands in brackets."""
    kind, terms = one_kind(gate)
    said = words(gate)
    return f"({said})" if kind in ("any", "all") and len(terms) > 1 and beside > 1 else said


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


def problems(gate: Gate, *, roles: Iterable[str]) -> list[str]:
    """Why this gate can never open or cannot be read, in words; empty when it is sound."""
    if not isinstance(gate, Mapping) or len(gate) != 1:
        return ["A gate is one outcome, or “any” or “all” of several."]
    kind, terms = one_kind(gate)
    if kind not in KINDS:
        return [f"“{kind}” is not an outcome a stage can open on."]
    if kind in ("any", "all"):
        return _inner_problems(kind, terms, frozenset(roles))
    if not isinstance(terms or {}, Mapping):
        return [f"The terms of “{kind}” cannot be read."]
    return _own_problems(kind, terms or {}, frozenset(roles))


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
    if so_far.touches < needed or so_far.last_touch is None:
        return GateVerdict(False, f"{so_far.touches} of {needed} touches made without an answer")
    counted_from = max(so_far.last_touch, so_far.patience_from or so_far.last_touch)
    opens = add_working_days(counted_from, days, so_far.country)
    if so_far.today < opens:
        return GateVerdict(False, f"silence until {_day(opens)} at the earliest", opens)
    return GateVerdict(True, f"{so_far.touches} touches and {days} working days without an answer")


def _reply(terms: Gate, so_far: Outcomes) -> GateVerdict:
    said = [key for key in terms.get("labels", ()) if key in so_far.labels]
    if said:
        return GateVerdict(True, f"a reply came: {labels.told(said[0]).lower()}")
    return GateVerdict(False, f"no {_reply_words(terms)} yet")


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


_WORDS: dict[str, Callable[[Gate], str]] = {
    "start": lambda t: "at the start",
    "silence": lambda t: f"after silence: {t.get('touches', 1)} touches and {t.get('working_days', 0)} working days",
    "reply": lambda t: f"on a {_reply_words(t)}",
    "referral": lambda t: "when a colleague names the person",
    "role_filled": lambda t: f"when the {_role(str(t.get('role', '')))} is known",
    "meeting_held": lambda t: "after a held meeting",
    "timing": lambda t: " ".join(f"{k} {_day(d)}" for k in ("from", "to") if (d := _date(t.get(k)))) or "in its window",
    "by_hand": lambda t: "by hand",
}


def _inner_problems(kind: str, terms: Any, roles: frozenset[str]) -> list[str]:
    if not isinstance(terms, list) or not terms:
        return [f"“{kind}” needs at least one outcome inside; like this it can never open."]
    return [line for inner in terms for line in problems(inner, roles=roles)]


def _own_problems(kind: str, terms: Gate, roles: frozenset[str]) -> list[str]:
    if kind == "reply":
        said = terms.get("labels") or []
        unknown = [key for key in said if not labels.known(key)]
        if not said or unknown:
            return [f"A reply gate names labels; unknown: {', '.join(unknown) or 'none given'}. It can never open."]
    if kind == "silence" and (int(terms.get("touches", 0)) < 1 or int(terms.get("working_days", -1)) < 0):
        return ["Silence needs at least one touch and a number of working days."]
    if (
        kind in ("role_filled", "referral")
        and terms.get("role") not in roles
        and (kind == "role_filled" or terms.get("role"))
    ):
        return [f"Nobody can hold the role “{terms.get('role')}”; this gate can never open."]
    if kind == "timing":
        start, end = _date(terms.get("from")), _date(terms.get("to"))
        if start and end and end < start:
            return ["The window ends before it starts; this gate can never open."]
    return []


def _role(key: str) -> str:
    return key.replace("_", " ").replace("-", " ")


def _date(value: Any) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%B}"
