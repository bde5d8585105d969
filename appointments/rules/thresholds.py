"""How sure the head may be taken to be, and from where it may decide without a person."""

import numpy as np

from prospecting.rules.labels import PRECEDENCE

GOAL = 0.97  # of what is decided without a person
FEWEST = 12  # right answers before a limit is believed
NEVER = 2.0
SHRUNK = 60.0  # how strongly a label's own shift is held back
OPT_OUT = PRECEDENCE.index("unsubscribe")
SUSPICION = 0.2  # of an opt-out: above it sending always stops
LEAST = 0.001
HELD = ("unsubscribe", "meeting_request", "interested")  # right as often as the goal, each of them
NO_WORSE = 0.94  # of any other label


def probabilities(scores: np.ndarray, tuned: np.ndarray) -> np.ndarray:
    """Scores sharpened by `tuned[0]` and shifted label by label, as probabilities."""
    raised = scores * tuned[0] + tuned[1:]
    powers = np.exp(raised - raised.max(axis=1, keepdims=True))
    found: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return found


def calibrate(strange: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Sharpness and shifts that make the scores of unread authors the likeliest."""
    tuned = np.concatenate([[8.0], np.zeros(len(PRECEDENCE))])
    target = np.eye(len(PRECEDENCE))[wanted]
    for _ in range(400):
        wrong = probabilities(strange, tuned) - target
        slope = np.concatenate([[(wrong * strange).sum() * 20], wrong.sum(axis=0) + tuned[1:] * SHRUNK / 10])
        tuned -= slope * 2 / len(wanted)
    return tuned.astype(np.float32)


def needed(strange: np.ndarray, wanted: np.ndarray, rules: np.ndarray, tuned: np.ndarray) -> dict[str, np.ndarray]:
    """For each label the probability from which it decides: alone, and where the rules say the same.

    Chosen together, so that as many replies as possible are decided and `GOAL` of them rightly: what is gained by the last
    reply let in is worth the same under every label. A label on which much hangs keeps the goal by itself as well.
    `suspected` is the probability of an opt-out above which sending stops: below every opt-out that would have been
    taken for something else.
    """
    chances = probabilities(strange, tuned)
    best, limits = chances.argmax(axis=1), dict[str, np.ndarray]()
    right = best == wanted
    held = np.array([_held(chances, best, right, label) for label in range(len(PRECEDENCE))])
    for price in np.arange(0.98, 0.5, -0.01):
        cheaper = _with_suspicion(_limits(chances, best, rules, right, price, held), chances, rules, wanted)
        sure = decided(chances, rules, cheaper)
        if limits and (not sure.any() or right[sure].mean() < GOAL):
            break
        limits = cheaper
    return limits


def _with_suspicion(
    limits: dict[str, np.ndarray], chances: np.ndarray, rules: np.ndarray, wanted: np.ndarray
) -> dict[str, np.ndarray]:
    best = chances.argmax(axis=1)
    escaped = decided(chances, rules, limits) & (best != OPT_OUT) & (wanted == OPT_OUT)
    lowest = float(chances[escaped, OPT_OUT].min()) if escaped.any() else SUSPICION
    return limits | {"suspected": np.array([max(min(lowest * 0.9, SUSPICION), LEAST)], dtype=np.float32)}


def _limits(
    chances: np.ndarray, best: np.ndarray, rules: np.ndarray, right: np.ndarray, price: float, held: np.ndarray
) -> dict[str, np.ndarray]:
    """Limits at which the next reply let in is right with less than `price`, and none below what a label is held to."""
    sure = chances.max(axis=1)
    quiet = (best == OPT_OUT) | (chances[:, OPT_OUT] < SUSPICION)
    alone, agreed = [], []
    for label in range(len(PRECEDENCE)):
        own, same = quiet & (best == label) & (rules != label), quiet & (best == label) & (rules == label)
        alone.append(max(_worth(sure[own], right[own], price), held[label]))
        agreed.append(min(alone[-1], max(_worth(sure[same], right[same], price), held[label])))
    return {"alone": np.array(alone, dtype=np.float32), "agreed": np.array(agreed, dtype=np.float32)}


def _held(chances: np.ndarray, best: np.ndarray, right: np.ndarray, label: int) -> float:
    own = best == label
    return _limit(chances[own].max(axis=1), right[own], GOAL if PRECEDENCE[label] in HELD else NO_WORSE)


def _worth(sure: np.ndarray, right: np.ndarray, price: float) -> float:
    """The limit at which right answers, less `price` for each that is given, come to most."""
    order = np.argsort(-sure, kind="stable")
    good = np.cumsum(right[order])
    gain = np.where(good >= FEWEST, good - price * np.arange(1, len(order) + 1), 0.0)
    return float(sure[order][gain.argmax()]) if len(order) and gain.max() > 0 else NEVER


def decided(chances: np.ndarray, rules: np.ndarray, limits: dict[str, np.ndarray]) -> np.ndarray:
    """Which replies would not wait for a person."""
    best = chances.argmax(axis=1)
    limit = np.where(rules == best, limits["agreed"][best], limits["alone"][best])
    found: np.ndarray = chances.max(axis=1) >= limit
    if "suspected" in limits:
        found &= (best == OPT_OUT) | (chances[:, OPT_OUT] < limits["suspected"][0])
    return found


def _limit(sure: np.ndarray, right: np.ndarray, goal: float) -> float:
    """The lowest probability above which the share of right answers keeps the goal."""
    order = np.argsort(-sure, kind="stable")
    counted = np.arange(1, len(order) + 1)
    good = np.cumsum(right[order])
    holds = (good / counted >= goal) & (good >= FEWEST)
    return float(sure[order][np.flatnonzero(holds)[-1]]) if holds.any() else NEVER


def figures(
    strange: np.ndarray, wanted: np.ndarray, rules: np.ndarray, tuned: np.ndarray, limits: dict[str, np.ndarray]
) -> np.ndarray:
    """Macro-F1, accuracy, the share decided and how much of that is right, over unread authors."""
    chances = probabilities(strange, tuned)
    best = chances.argmax(axis=1)
    sure, right = decided(chances, rules, limits), best == wanted
    each = [_f1(best == label, wanted == label) for label in sorted(set(wanted.tolist()))]
    kept = right[sure].mean() if sure.any() else 0.0
    return np.array([np.mean(each), right.mean(), sure.mean(), kept], dtype=np.float32)


def _f1(said: np.ndarray, wanted: np.ndarray) -> float:
    return float(2 * (said & wanted).sum() / max(said.sum() + wanted.sum(), 1))
