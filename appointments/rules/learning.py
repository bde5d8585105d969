"""What is held apart to judge by, when a newly learnt classifier is worse, and what there is worth learning from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

Row = Mapping[str, Any]
Figures = Mapping[str, Any]  # what `evaluate` answers

PROJECT_HELD_ONE_IN = 10  # authors of the examples that came with the product
TEAM_HELD_ONE_IN = 5  # replies that people labelled
ENOUGH_GOLD = 30  # fewer replies say nothing about a share
LEAST_MARGIN = 0.01
POSITIVE = ("interested", "meeting_request")
LEARN_AFTER = 20  # new corrections
WORDS = {"project": "the product's own examples", "team": "your own replies"}


def held_apart(key: str, one_in: int) -> bool:
    """Stable: the same key is judged by for ever, and never learnt from."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % one_in == 0


def divide(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Examples to learn from, and those of held authors: who is judged by is never learnt from, not even another text."""
    learnt: list[Row] = []
    gold: list[Row] = []
    for row in rows:
        held = held_apart(f"author:{row.get('author', '')}", PROJECT_HELD_ONE_IN)
        (gold if held else learnt).append(row)
    return learnt, gold


def divide_team(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """People's own labels: a fifth of the replies is held apart, whatever they are corrected to later."""
    learnt: list[Row] = []
    gold: list[Row] = []
    for row in rows:
        (gold if held_apart(f"reply:{row['reply']}", TEAM_HELD_ONE_IN) else learnt).append(row)
    return learnt, gold


def mark_of(contents: Iterable[bytes]) -> str:
    """By which a later release shows that it brings other examples."""
    found = hashlib.sha256()
    for content in contents:
        found.update(hashlib.sha256(content).digest())
    return found.hexdigest()


@dataclass(frozen=True)
class Standing:
    """The figures that decide, read from what `evaluate` answers."""

    n: int
    macro_f1: float
    missed: int  # opt-outs that would have been written to again
    positive_right: float
    positive_said: float

    @classmethod
    def of(cls, figures: Figures) -> "Standing":
        lines = [figures["per_label"][label] for label in POSITIVE if label in figures.get("per_label", {})]
        right = [line["recall"] * line["n"] for line in lines]
        said = [hits / line["precision"] if line["precision"] else 0.0 for hits, line in zip(right, lines, strict=True)]
        missed = (figures.get("opt_out") or {}).get("missed", 0)
        return cls(figures["n"], figures.get("macro_f1") or 0.0, missed, sum(right), sum(said))

    @property
    def precision(self) -> float | None:
        return self.positive_right / self.positive_said if self.positive_said else None


def margin(n: float) -> float:
    """How much a share of `n` may fall by chance before it counts: a point, more where there are few."""
    return max(LEAST_MARGIN, 0.25 / sqrt(n)) if n > 0 else 1.0


def worse(before: Figures, after: Figures, gold: str) -> list[str]:
    """Why the newer one is worse on this gold, in sentences; none when it is as good.

    One more missed opt-out counts however few there are to judge by; shares only where there are enough.
    """
    was, now = Standing.of(before), Standing.of(after)
    on = f"on {WORDS[gold]}"
    found = []
    if now.missed > was.missed:
        wishes = "wish" if now.missed == 1 else "wishes"
        found.append(f"It would overlook {now.missed} {wishes} to be left alone {on}, before {was.missed}.")
    if min(was.n, now.n) < ENOUGH_GOLD:
        return found
    if was.macro_f1 - now.macro_f1 > margin(now.n):
        found.append(f"It understands less {on}: {_share(now.macro_f1)}, before {_share(was.macro_f1)}.")
    if was.precision is not None and _falls(was.precision, now):
        said = _share(now.precision) if now.precision is not None else "never said"
        found.append(
            f"When it says “interested” or “wants to meet” {on}, it is right less often: {said}, before {_share(was.precision)}."
        )
    return found


def _falls(before: float, now: Standing) -> bool:
    return now.precision is None or before - now.precision > margin(now.positive_said)


def _share(value: float) -> str:
    return f"{value * 100:.1f} %"


def too_few(n: int) -> bool:
    return n < ENOUGH_GOLD


def judgement(pairs: Mapping[str, tuple[Figures, Figures]]) -> list[str]:
    """All reasons against a version over every gold: any one refuses it."""
    return [reason for gold, (before, after) in pairs.items() for reason in worse(before, after, gold)]


def compact(figures: Figures) -> dict[str, Any]:
    """What is kept of an evaluation beside the version."""
    names = ("n", "macro_f1", "accuracy", "per_label", "by_language", "opt_out", "decided")
    return {name: figures[name] for name in names if name in figures}


def worth_learning(new: int, gone: int, *, examples_changed: bool) -> bool:
    """By itself: after enough new corrections, when a person was erased, or when a release brought other examples."""
    return new >= LEARN_AFTER or gone > 0 or examples_changed


def repeated(rows: Sequence[Row], times: int) -> list[Row]:
    """A correction weighs as much as several examples: the installation's own words are rare among thousands."""
    return [row for row in rows for _ in range(times)]
