"""How a head is trained, judged by authors it has not read, and kept as bytes."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from appointments.rules import features
from appointments.rules.classify import hear
from appointments.rules.evaluation import read_row
from appointments.rules.expansion import LINEAR, NEAR, WEIGHTS, alike, axes, evened, scales, small, wide
from appointments.rules.thresholds import calibrate, figures, needed
from prospecting.rules.labels import PRECEDENCE

CAUTION = 0.3  # how little a single reply may bend the head
SMALL_TRIANGLE = 256  # rows, below which halving is not worth it
Arrays = dict[str, np.ndarray]


def fit(rows: Sequence[Mapping[str, Any]], form: int) -> Arrays:
    """Weighted ridge regression, one answer a label, solved among the replies instead of the features."""
    usable = [row for row in rows if row.get("label") in features.LABELS]
    seen = features.see([hear(read_row(row)) for row in usable])
    kept = {name: value.astype(np.float16) for name, value in scales(seen).items()}
    kept |= {name: value.astype(np.float16) for name, value in axes(evened(seen, kept)).items()}
    blocks = evened(seen, kept)  # judged as it will be kept
    few = {name: small(blocks[name]) for name in NEAR}
    blocks |= {name: wide(*one) for name, one in few.items()}
    wanted = np.array([features.LABELS[row["label"]] for row in usable])
    targets = np.eye(len(PRECEDENCE), dtype=np.float32)[wanted]
    solved, strange = _solve(alike(blocks), targets, _weights(wanted), _authors(usable))
    tuned = calibrate(strange, wanted)
    rules = np.array([_ruled(one) for one in seen])
    limits = needed(strange, wanted, rules, tuned)
    return {
        "form": np.array([form]),
        **kept,
        **{f"near_{name}": one for name, (one, _) in few.items()},
        **{f"step_{name}": step for name, (_, step) in few.items()}, "solved": solved.astype(np.float32),
        **{f"weights_{name}": (WEIGHTS[name] * blocks[name].T @ solved).astype(np.float16) for name in LINEAR},
        "start": targets.mean(axis=0), "tuned": tuned, **limits, "figures": figures(strange, wanted, rules, tuned, limits),
    }  # fmt: skip


def _weights(wanted: np.ndarray) -> np.ndarray:
    """Rare labels weigh more, by the root of how rare they are."""
    held = np.bincount(wanted, minlength=len(PRECEDENCE)).clip(1)
    return np.sqrt(held.mean() / held[wanted]).astype(np.float32)


def _authors(rows: Sequence[Mapping[str, Any]]) -> list[np.ndarray]:
    """The places of each author's rows; a reply without an author stands for itself, however often it is repeated."""
    groups: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(str(row.get("author") or row.get("id") or f"row {place}"), []).append(place)
    return [np.array(places) for places in groups.values()]


def _solve(
    alike: np.ndarray, targets: np.ndarray, weights: np.ndarray, authors: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """The solution, and what the head would have said of each author without having read them.

    Leaving a block out needs no second training: f = y - (inverse[block])⁻¹ · solution[block]. Of the inverse only these
    blocks are reckoned, from the inverse of the Cholesky factor: a third of the work of the whole.
    """
    alike[np.diag_indices_from(alike)] += CAUTION / weights
    root = np.linalg.cholesky(alike)
    _invert(root)
    solved = root.T @ (root @ (targets - targets.mean(axis=0)))
    strange = np.empty_like(targets)
    for block in authors:
        own = root[block.min() :, block]  # nothing stands above the diagonal
        strange[block] = targets[block] - np.linalg.solve(own.T @ own, solved[block])
    return solved, strange


def _invert(lower: np.ndarray) -> None:
    """A lower triangle into its inverse, in place, by halves: nearly all of it products of large blocks."""
    size = len(lower)
    if size <= SMALL_TRIANGLE:
        lower[:] = np.tril(np.linalg.inv(lower))
        return
    half = size // 2
    _invert(lower[:half, :half])
    _invert(lower[half:, half:])
    lower[half:, :half] = -lower[half:, half:] @ (lower[half:, :half] @ lower[:half, :half])


def _ruled(seen: features.Seen) -> int:
    """The label that the rules alone decided, or -1."""
    start = 2 * len(PRECEDENCE) + 4
    said = seen.facts[start : start + len(PRECEDENCE)]
    return int(said.argmax()) if said.max() == 1 else -1


def dump(arrays: Mapping[str, np.ndarray]) -> bytes:
    """A zip of arrays with fixed dates, so that the same head is the same file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(arrays):
            one = io.BytesIO()
            np.lib.format.write_array(one, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            packed.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), one.getvalue(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def load(content: bytes, form: int) -> Arrays:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            found = {name: kept[name] for name in kept.files}
        known = int(found["form"][0])
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError("These bytes hold no head of the classifier.") from error
    if known != form:
        raise ValueError("This head was trained for another release.")
    return found
