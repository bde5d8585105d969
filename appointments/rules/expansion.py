"""How alike two replies are: by meaning as a Gaussian kernel has it, by words, subject and facts in a line."""

from collections.abc import Mapping, Sequence

import numpy as np

from appointments.rules.features import BUCKETS, Seen

WEIGHTS = {
    "whole": 1.0, "sentences": 0.5, "mean": 0.4, "first": 0.5, "last": 0.5, "subject": 0.3, "facts": 0.3, "pieces": 0.5,
}  # fmt: skip
NEAR = ("whole", "sentences", "mean", "first", "last")  # kept of each training reply, a byte a number
LINEAR = ("subject", "facts", "pieces")  # kept as one weight a number
EVENED = (*NEAR, "subject", "facts")
NEARNESS = 2.0  # how fast likeness falls with distance
AXES = {"whole": 256}  # in which the replies differ most; the rest of the encoder's 512 numbers told nothing more
FEW_AXES = 128  # of the sentences: twice as many told two thousandths
Blocks = Mapping[str, np.ndarray]


def stacked(seen: Sequence[Seen]) -> dict[str, np.ndarray]:
    return {name: np.stack([getattr(one, name) for one in seen]) for name in EVENED}


def scales(seen: Sequence[Seen]) -> dict[str, np.ndarray]:
    """Mean and spread of each number, and how rare each piece is."""
    found = {}
    for name, block in stacked(seen).items():
        found[f"mean_{name}"] = block.mean(axis=0).astype(np.float32)
        found[f"spread_{name}"] = (block.std(axis=0) + 1e-3).astype(np.float32)
    held = np.zeros(2 * BUCKETS)
    for one in seen:
        held[np.unique(one.pieces >> 1)] += 1
    rare = np.log(len(seen) / (held + 1))
    # What stands once, or nearly everywhere, tells nothing of how others write.
    rare[(held < 2) | (held > 0.3 * len(seen))] = 0
    return found | {"rare": rare.astype(np.float32)}


def evened(seen: Sequence[Seen], kept: Blocks) -> dict[str, np.ndarray]:
    """Blocks of rows of unit length, a row a reply; those that are compared along the axes kept."""
    found = {}
    for name, block in stacked(seen).items():
        # What no training reply had must not drown the rest.
        found[name] = _unit(np.clip((block - kept[f"mean_{name}"]) / kept[f"spread_{name}"], -8, 8))
        if f"axes_{name}" in kept:
            found[name] = found[name] @ kept[f"axes_{name}"]
    return found | {"pieces": _spelled(seen, kept["rare"])}


def axes(blocks: Blocks) -> dict[str, np.ndarray]:
    """The principal axes of the blocks that are compared, a column each (K. Pearson 1901)."""
    found = {}
    for name in NEAR:
        _, directions = np.linalg.eigh(blocks[name].T @ blocks[name])
        found[f"axes_{name}"] = np.ascontiguousarray(directions[:, ::-1][:, : AXES.get(name, FEW_AXES)])
    return found


def near(ones: np.ndarray, others: np.ndarray) -> np.ndarray:
    """exp(-NEARNESS/2 · distance²) of rows of unit length."""
    found: np.ndarray = ones @ others.T
    found -= 1  # in place: of five thousand replies such a square takes 100 MB
    found *= NEARNESS
    return np.exp(found, out=found)


def nearness(ones: Blocks, others: Blocks) -> np.ndarray:
    """The part of the likeness that is no straight line."""
    first, *rest = NEAR
    found = near(ones[first], others[first])
    found *= WEIGHTS[first]
    for name in rest:
        part = near(ones[name], others[name])
        part *= WEIGHTS[name]
        found += part
    return found


def alike(blocks: Blocks) -> np.ndarray:
    """Of each reply to each."""
    found: np.ndarray = nearness(blocks, blocks)
    for name in LINEAR:
        part = blocks[name] @ blocks[name].T
        part *= WEIGHTS[name]
        found += part
        del part
    return found


def small(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same in a byte a number, and how much a step of it is."""
    step = np.abs(block).max() / 127
    return np.round(block / step).astype(np.int8), np.array([step], dtype=np.float32)


def wide(few: np.ndarray, step: np.ndarray) -> np.ndarray:
    found: np.ndarray = few.astype(np.float32) * step
    return found


def _unit(block: np.ndarray) -> np.ndarray:
    found: np.ndarray = block / (np.linalg.norm(block, axis=1, keepdims=True) + 1e-9)
    return found.astype(np.float32)


def _spelled(seen: Sequence[Seen], rare: np.ndarray) -> np.ndarray:
    """Words and pieces of words, each half of unit length."""
    rows = np.zeros((len(seen), 2 * BUCKETS), dtype=np.float32)
    for row, one in zip(rows, seen, strict=True):
        np.add.at(row, one.pieces >> 1, np.where(one.pieces & 1, 1, -1) * rare[one.pieces >> 1])
    for half in (rows[:, :BUCKETS], rows[:, BUCKETS:]):
        half /= np.linalg.norm(half, axis=1, keepdims=True) + 1e-9  # in place, as the widest of all
    return rows
