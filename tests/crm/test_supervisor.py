"""The supervisor: a part that dies comes back, and nothing outlives the supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PART = """
import os, subprocess, sys, time
open(f"{sys.argv[1]}/{os.getpid()}", "w").close()
subprocess.Popen(["sleep", "60"])
time.sleep(60)
"""
SCRIPT = """
import sys
from crm.supervisor import Part, Supervisor
folder, part = sys.argv[1:]
Supervisor([Part("one", [sys.executable, "-c", part, folder])]).run(
    lambda: True, lambda: open(folder + "/ready", "w").close()
)
"""


def eventually(said: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not said():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """A zombie waits for its reaper; it does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def group(leader: int) -> list[int]:
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    found = []
    for pid in pids:
        try:
            if os.getpgid(pid) == leader and lives(pid):
                found.append(pid)
        except ProcessLookupError:
            continue
    return found


def started(folder: Path) -> list[int]:
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit())


@pytest.fixture
def supervisor(tmp_path: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path), PART], env=environment)
    eventually(lambda: (tmp_path / "ready").exists() and len(started(tmp_path)) == 1)
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_every_part_and_its_children(
    supervisor: subprocess.Popen[bytes], tmp_path: Path, number: int
) -> None:
    leader = started(tmp_path)[0]
    supervisor.send_signal(number)

    assert supervisor.wait(15) == 0
    eventually(lambda: group(leader) == [])


def test_a_part_that_dies_is_started_again(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    os.kill(started(tmp_path)[0], signal.SIGKILL)
    eventually(lambda: len(started(tmp_path)) == 2)
    supervisor.terminate()

    assert supervisor.wait(15) == 0


DEAF = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(f"{sys.argv[1]}/{os.getpid()}", "w").close()
time.sleep(120)
"""


def test_a_part_that_does_not_hear_is_ended_when_patience_is_over(tmp_path: Path) -> None:
    script = SCRIPT.replace("import sys", "import sys, crm.supervisor\ncrm.supervisor.PATIENCE = 0.3", 1)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path), DEAF], env=environment)
    eventually(lambda: (tmp_path / "ready").exists() and len(started(tmp_path)) == 1)
    process.terminate()

    assert process.wait(15) == 0
    eventually(lambda: not lives(started(tmp_path)[0]))
