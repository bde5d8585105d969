"""The small head on top of the sentence encoder: trained from labelled replies, kept as bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FORM = 4  # counts up when what is kept, or what the numbers stand for, changes


@dataclass(frozen=True)
class Head:
    """Arrays by name; nothing in them can run code. `figures` is what was measured when it was trained."""

    arrays: Mapping[str, Any]

    @property
    def figures(self) -> dict[str, float]:
        names = ("macro_f1", "accuracy", "coverage", "decided_accuracy")
        return dict(zip(names, map(float, self.arrays["figures"]), strict=True))

    def dump(self) -> bytes:
        """The same head gives the same bytes."""
        from appointments.rules import fitting  # noqa: PLC0415 - pages import this module and must not load numpy

        return fitting.dump(self.arrays)

    @classmethod
    def load(cls, content: bytes) -> "Head":
        """Raises ValueError for bytes that are no head of this form."""
        from appointments.rules import fitting  # noqa: PLC0415 - as above

        return cls(fitting.load(content, FORM))


def train(rows: Sequence[Mapping[str, Any]]) -> Head:
    """A head from rows in the file form of `evaluate_classifier`; the same rows give the same head.

    Takes about three minutes of one core for 5,000 rows, most of it the encoder. What it says of itself, and where it
    dares to decide, comes from judging each author by the others.
    """
    from appointments.rules import fitting  # noqa: PLC0415 - as above

    return Head(fitting.fit(rows, FORM))
