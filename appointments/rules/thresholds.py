"""How sure the head may be taken to be, and from where it may decide without a person."""

import numpy as np

from prospecting.rules.labels import PRECEDENCE

GOAL = 0.97  # of what is decided without a person
FEWEST = 12  # right answers before a limit is believed
NEVER = 2.0
SHRUNK = 60.0  # how strongly a label's own shift is held back
OPT_OUT = PRECEDENCE.index("unsubscribe")
SUSPICION = 0.2  # of an opt-out: above it sending always stops
LEAST = 0.005


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
    """For each label the probability from which it was right often enough: alone, and where the rules say the same.

    `suspected` is the probability of an opt-out above which sending stops: below every opt-out that would have been
    taken for something else.
    """
    chances = probabilities(strange, tuned)
    best, sure = chances.argmax(axis=1), chances.max(axis=1)
    alone, agreed = [], []
    for label in range(len(PRECEDENCE)):
        own, same = best == label, (best == label) & (rules == label)
        alone.append(_limit(sure[own], wanted[own] == label))
        agreed.append(min(alone[-1], _limit(sure[same], wanted[same] == label)))
    limits = {"alone": np.array(alone, dtype=np.float32), "agreed": np.array(agreed, dtype=np.float32)}
    escaped = decided(chances, rules, limits) & (best != OPT_OUT) & (wanted == OPT_OUT)
    lowest = float(chances[escaped, OPT_OUT].min()) if escaped.any() else SUSPICION
    return limits | {"suspected": np.array([max(min(lowest * 0.9, SUSPICION), LEAST)], dtype=np.float32)}


def decided(chances: np.ndarray, rules: np.ndarray, limits: dict[str, np.ndarray]) -> np.ndarray:
    """Which replies would not wait for a person."""
    best = chances.argmax(axis=1)
    limit = np.where(rules == best, limits["agreed"][best], limits["alone"][best])
    found: np.ndarray = chances.max(axis=1) >= limit
    if "suspected" in limits:
        found &= (best == OPT_OUT) | (chances[:, OPT_OUT] < limits["suspected"][0])
    return found


def _limit(sure: np.ndarray, right: np.ndarray) -> float:
    """The lowest probability above which the share of right answers keeps the goal."""
    order = np.argsort(-sure, kind="stable")
    counted = np.arange(1, len(order) + 1)
    good = np.cumsum(right[order])
    holds = (good / counted >= GOAL) & (good >= FEWEST)
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
