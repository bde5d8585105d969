"""Features as numbers that a linear head can weigh: random cosines stand for likeness of meaning."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from appointments.rules.encoder import WIDTH
from appointments.rules.features import BUCKETS, Seen

WAVES = {"whole": 2048, "sentences": 1024}  # frequencies; twice as many numbers
WEIGHTS = {"whole": 1.0, "sentences": 0.5, "subject": 0.3, "facts": 0.3, "pieces": 0.5}
NEARNESS = 2.0  # how fast likeness falls with distance
LINEAR = ("whole", "sentences", "subject", "facts")


def stacked(seen: Sequence[Seen]) -> dict[str, np.ndarray]:
    return {name: np.stack([getattr(one, name) for one in seen]) for name in LINEAR}


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


def expand(seen: Sequence[Seen], kept: Mapping[str, np.ndarray], seed: int) -> np.ndarray:
    """A row a reply; rows multiply to how alike two replies are."""
    blocks = []
    for name, block in stacked(seen).items():
        # What no training reply had must not drown the rest.
        even = _unit(np.clip((block - kept[f"mean_{name}"]) / kept[f"spread_{name}"], -8, 8))
        spread = _waves(even, name, seed) if name in WAVES else even
        blocks.append(np.sqrt(WEIGHTS[name]) * spread)
    return np.hstack([*blocks, np.sqrt(WEIGHTS["pieces"]) * _spelled(seen, kept["rare"])]).astype(np.float32)


def _unit(block: np.ndarray) -> np.ndarray:
    found: np.ndarray = block / (np.linalg.norm(block, axis=1, keepdims=True) + 1e-9)
    return found.astype(np.float32)


def _waves(block: np.ndarray, name: str, seed: int) -> np.ndarray:
    """Products of these come near exp(-NEARNESS/2 · distance²) (Rahimi and Recht, 2007)."""
    turned = block @ _frequencies(name, seed)
    return np.hstack([np.cos(turned), np.sin(turned)]) / np.sqrt(WAVES[name])


@lru_cache(maxsize=4)
def _frequencies(name: str, seed: int) -> np.ndarray:
    drawn = np.random.default_rng([seed, WAVES[name]]).standard_normal((WIDTH, WAVES[name]), dtype=np.float32)
    return drawn * np.float32(np.sqrt(NEARNESS))


def _spelled(seen: Sequence[Seen], rare: np.ndarray) -> np.ndarray:
    """Words and pieces of words, each half of unit length."""
    rows = np.zeros((len(seen), 2 * BUCKETS), dtype=np.float32)
    for row, one in zip(rows, seen, strict=True):
        np.add.at(row, one.pieces >> 1, np.where(one.pieces & 1, 1, -1) * rare[one.pieces >> 1])
    return np.hstack([_unit(rows[:, :BUCKETS]), _unit(rows[:, BUCKETS:])])
