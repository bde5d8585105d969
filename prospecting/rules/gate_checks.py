"""What is wrong with one gate, in words: it cannot be read, or nothing that can happen opens it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from prospecting.rules import labels
from prospecting.rules.gates import KINDS, Gate, one_kind

MOST_PARTS, DEEPEST = 12, 4
MOST_STAGES, MOST_TOUCHES, MOST_DAYS = 12, 20, 250
TERMS: dict[str, set[str]] = {
    "silence": {"touches", "working_days", "stage"},
    "reply": {"labels", "stage"},
    "referral": {"role"},
    "role_filled": {"role"},
    "timing": {"from", "to"},
}


def problems(gate: Any, *, roles: Iterable[str], deep: int = 0) -> list[str]:
    """Why this gate can never open or cannot be read, in words; empty when it is sound. Takes anything at all."""
    if not isinstance(gate, Mapping) or len(gate) != 1:
        return ["A gate is one outcome, or “any” or “all” of several."]
    kind, terms = one_kind(gate)
    if kind not in KINDS:
        return [f"“{short(kind)}” is not an outcome a stage can open on."]
    known = frozenset(roles)
    if kind in ("any", "all"):
        return _inner_problems(kind, terms, known, deep)
    if terms is not None and not isinstance(terms, Mapping):
        return [f"The terms of “{kind}” cannot be read."]
    strange = sorted(short(key) for key in set(terms or {}) - TERMS.get(kind, set()))
    if strange:
        return [f"“{kind}” does not know “{strange[0]}”."]
    return _CHECKS[kind](terms or {}, known) if kind in _CHECKS else []


def over(gate: Gate, today: date) -> bool:
    """A window that is past opens nothing any more."""
    kind, terms = one_kind(gate)
    if kind in ("any", "all"):
        return (all if kind == "any" else any)(over(inner, today) for inner in terms)
    end = day(terms.get("to")) if kind == "timing" and terms else None
    return bool(end and end < today)


def short(value: Any) -> str:
    """As much of a strange value as a sentence can hold."""
    text = str(value).replace("\x00", "")
    return text if len(text) <= 40 else f"{text[:39]}…"


def day(value: Any) -> date | None:
    """The day as written, None for nothing; raises ValueError for what is none."""
    return date.fromisoformat(str(value)) if value else None


def whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _inner_problems(kind: str, terms: Any, roles: frozenset[str], deep: int) -> list[str]:
    if not isinstance(terms, list) or not terms:
        return [f"“{kind}” needs at least one outcome inside; like this it can never open."]
    if deep >= DEEPEST or len(terms) > MOST_PARTS:
        return [f"A gate holds at most {MOST_PARTS} outcomes, {DEEPEST} levels deep."]
    return [line for inner in terms for line in problems(inner, roles=roles, deep=deep + 1)]


def _silence(terms: Gate, roles: frozenset[str]) -> list[str]:
    if not whole(terms.get("touches", 1), 1, MOST_TOUCHES) or not whole(terms.get("working_days", 0), 0, MOST_DAYS):
        return [f"Silence needs at least one touch, {MOST_TOUCHES} at most, and 0 to {MOST_DAYS} working days."]
    return _stage(terms)


def _reply(terms: Gate, roles: frozenset[str]) -> list[str]:
    said = terms.get("labels")
    listed = said if isinstance(said, list) else []
    unknown = [short(key) for key in listed if not isinstance(key, str) or not labels.known(key)]
    if not listed or unknown:
        return [f"A reply gate names labels; unknown: {', '.join(unknown) or 'none given'}. It can never open."]
    return _stage(terms)


def _stage(terms: Gate) -> list[str]:
    named = terms.get("stage")
    if named is not None and not whole(named, 1, MOST_STAGES):
        return [f"“{short(named)}” is no stage of a route."]
    return []


def _role(terms: Gate, roles: frozenset[str]) -> list[str]:
    role = terms.get("role")
    if not isinstance(role, str) or role not in roles:
        return [f"Nobody can hold the role “{short(role)}”; this gate can never open."]
    return []


def _referral(terms: Gate, roles: frozenset[str]) -> list[str]:
    return [] if terms.get("role") in (None, "") else _role(terms, roles)


def _timing(terms: Gate, roles: frozenset[str]) -> list[str]:
    try:
        start, end = day(terms.get("from")), day(terms.get("to"))
    except ValueError:
        return ["A window is two days, as in 2026-07-01; one of them may be missing."]
    if start and end and end < start:
        return ["The window ends before it starts; this gate can never open."]
    return []


_CHECKS = {"silence": _silence, "reply": _reply, "referral": _referral, "role_filled": _role, "timing": _timing}
