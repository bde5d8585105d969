"""The labelled replies that classifiers learn from: readable, labelled as the product labels, and apart from those that judge."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from prospecting.rules import labels

ROOT = Path(__file__).parents[2]
TRAINING = sorted((ROOT / "appointments/training").glob("*.jsonl"))
HELD_OUT = ROOT / "tests/appointments/heldout_replies.jsonl"
COLUMNS = {
    "id", "author", "language", "subject", "headers", "received", "body", "label", "secondary", "entities", "difficulty",
}  # fmt: skip


def replies(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("path", [*TRAINING, HELD_OUT], ids=lambda path: path.stem)
def test_each_reply_is_labelled_as_the_product_labels(path: Path) -> None:
    rows = replies(path)

    assert all(set(row) == COLUMNS for row in rows)
    assert {label for row in rows for label in (row["label"], *row["secondary"])} <= set(labels.LABELS)
    assert not [row["id"] for row in rows if row["label"] in row["secondary"]]
    assert max(Counter(row["id"] for row in rows).values()) == 1


def test_every_label_is_learnt_in_many_voices_and_none_of_them_judges() -> None:
    learnt, judged = [row for path in TRAINING for row in replies(path)], replies(HELD_OUT)

    assert min(Counter(row["label"] for row in learnt).values()) > 100
    assert min(Counter(row["label"] for row in judged).values()) >= 14
    assert not {flat(row) for row in learnt if len(row["body"]) > 40} & {flat(row) for row in judged}


def flat(row: dict[str, Any]) -> str:
    return " ".join(row["body"].lower().split())
