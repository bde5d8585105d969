"""The model layer: what a head makes of a reply. Nothing heavy is loaded before a first reply is judged."""

from functools import cache
from pathlib import Path
from typing import Any

from appointments.rules.classify import Heard, Model, Opinion
from appointments.rules.head import Head
from prospecting.rules.labels import PRECEDENCE

SHIPPED = Path(__file__).parent.parent / "training" / "head.npz"


def judge_with(head: Head) -> Model:
    """A model for `classify` and `evaluate`: calibrated probabilities and from where they decide."""
    alone, agreed = (dict(zip(PRECEDENCE, map(float, head.arrays[name]), strict=True)) for name in ("alone", "agreed"))
    suspected = float(head.arrays["suspected"][0])
    # Kept in half precision, reckoned with in single; widened once, not at each reply.
    wide = {name: one.astype("float32") if one.dtype == "float16" else one for name, one in head.arrays.items()}

    def judge(heard: Heard) -> Opinion:
        return Opinion(_chances(wide, heard), alone, agreed, suspected)

    return judge


def _chances(arrays: Any, heard: Heard) -> dict[str, float]:
    from appointments.rules import expansion, features, thresholds  # noqa: PLC0415 - numpy and the encoder load here

    spread = expansion.expand(features.see([heard]), arrays, int(arrays["seed"][0]))
    scores = spread @ arrays["weights"] + arrays["start"]
    return dict(zip(PRECEDENCE, map(float, thresholds.probabilities(scores, arrays["tuned"])[0]), strict=True))


def shipped() -> Model | None:
    """The model that comes with the product, read when a first reply is judged; None where none was trained."""
    return _shipped if SHIPPED.exists() else None


def _shipped(heard: Heard) -> Opinion:
    return _shipped_judge()(heard)


@cache
def _shipped_judge() -> Model:
    return judge_with(Head.load(SHIPPED.read_bytes()))
