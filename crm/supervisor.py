"""Keeps the parts of the product running: starts them, restarts one that dies, stops all of them together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

LONGEST_PAUSE = 30.0  # seconds between two tries of a part that keeps dying
STEADY_AFTER = 60.0  # seconds after which an earlier death is forgotten
LONG_START = 60.0  # seconds after which a start that is still not over gets a word
HEAD_START = 15.0  # seconds the first part has to itself, at most: whoever waits, waits for a page
LAST_BREATH = 1.0  # seconds a killed group is waited for
PATIENCE = 10.0  # seconds a part gets to finish what it holds

PR_SET_PDEATHSIG = 1


@dataclass
class Part:
    """One program in a process group of its own."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started: float = 0.0
    due: float = field(default=0.0)

    def start(self) -> subprocess.Popen[bytes]:
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=_die_with_parent)
        return self.process

    def ask(self) -> None:
        """Ask the part to finish; it tells its own children, which may hold work."""
        if self.process:
            self.process.terminate()

    def end(self) -> None:
        """End the whole group, so that no grandchild outlives its part; its locks are free when this returns."""
        if not self.process:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            deadline = time.monotonic() + LAST_BREATH
            while time.monotonic() < deadline:
                os.killpg(self.process.pid, 0)
                time.sleep(0.02)

    def tend(self) -> None:
        """Start the part when it is due; note a death and when to try again."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.due:
                self.start()
        elif self.process.poll() is not None:
            self.end()
            self.deaths = 1 if now - self.started > STEADY_AFTER else self.deaths + 1
            pause = min(LONGEST_PAUSE, 2.0 ** (self.deaths - 1))
            print(f"{self.name} ended ({self.process.returncode}); again in {pause:.0f} s.", file=sys.stderr)
            self.process, self.due = None, now + pause


class Supervisor:
    """Runs until SIGINT, SIGTERM or SIGHUP; `ready` is called once when the first part `answers`.

    The others start then: on a small machine they would only make the first one late.
    """

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.stopping = threading.Event()

    def run(self, answers: Callable[[], bool], ready: Callable[[], None]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        announced, began = False, time.monotonic()
        warn_at = began + LONG_START
        try:
            while not self.stopping.is_set():
                alone = not announced and time.monotonic() < began + HEAD_START
                for part in self.parts[:1] if alone else self.parts:
                    part.tend()
                if not announced and answers():
                    announced = True
                    ready()
                elif not announced and time.monotonic() > warn_at:
                    warn_at = float("inf")
                    print("Baton does not answer yet; the lines above may say why.", file=sys.stderr)
                self.stopping.wait(0.5 if announced else 0.1)
        finally:
            self.stop()

    def stop(self) -> None:
        """Ask every part to finish, then end what is left of its group."""
        for part in self.parts:
            part.ask()
        deadline = time.monotonic() + PATIENCE
        for part in self.parts:
            if part.process:
                try:
                    part.process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    print(f"{part.name} did not stop in time.", file=sys.stderr)
            part.end()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()


def _die_with_parent() -> None:
    """Linux ends the part even when the supervisor is killed outright."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
