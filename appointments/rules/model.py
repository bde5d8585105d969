"""The model layer: what a head makes of a reply. Nothing heavy is loaded before a first reply is judged."""

from collections.abc import Mapping
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
    read = cache(lambda: _read(head.arrays))

    def judge(heard: Heard) -> Opinion:
        return Opinion(_chances(*read(), heard), alone, agreed, suspected)

    return judge


def _read(kept: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays as they are reckoned with, and the replies that it was trained from. Widened once, not at each reply."""
    from appointments.rules import expansion  # noqa: PLC0415 - numpy loads here

    arrays = {name: one.astype("float32") if one.dtype == "float16" else one for name, one in kept.items()}
    known = {name: expansion.wide(arrays[f"near_{name}"], arrays[f"step_{name}"]) for name in expansion.NEAR}
    return arrays, known


def _chances(arrays: Mapping[str, Any], known: Mapping[str, Any], heard: Heard) -> dict[str, float]:
    from appointments.rules import expansion, features, thresholds  # noqa: PLC0415 - numpy and the encoder load here

    blocks = expansion.evened(features.see([heard]), arrays)
    scores = arrays["start"] + expansion.nearness(blocks, known) @ arrays["solved"]
    for name in expansion.LINEAR:
        scores = scores + blocks[name] @ arrays[f"weights_{name}"]
    return dict(zip(PRECEDENCE, map(float, thresholds.probabilities(scores, arrays["tuned"])[0]), strict=True))


def shipped() -> Model | None:
    """The model that comes with the product, read when a first reply is judged; None in a checkout without one."""
    return _shipped if SHIPPED.exists() else None


def _shipped(heard: Heard) -> Opinion:
    return _shipped_judge()(heard)


@cache
def _shipped_judge() -> Model:
    return judge_with(Head.load(SHIPPED.read_bytes()))
