"""The whole product as a user starts it, in a data folder of its own: for tests that look only from outside."""

import datetime as dt
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240.0  # seconds before a wait is called lost; a bound against hanging, no figure
T = TypeVar("T")
INSIDE = """
import contextlib, io, json, sys
import django
django.setup()
for code in sys.stdin:
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(json.loads(code), {})
    print(json.dumps(said.getvalue()), flush=True)
"""


class Product:
    """`manage.py up` in its own process group, and `manage.py` commands beside it."""

    patience = PATIENCE

    def __init__(self, folder: Path) -> None:
        ports = free_ports(3)
        self.address = f"http://127.0.0.1:{ports[0]}"
        self.log = folder / "up.log"
        dropped = {"DATABASE_URL", "REDIS_URL", "BATON_ENV", "DJANGO_SETTINGS_MODULE"}
        self.env = {name: value for name, value in os.environ.items() if name not in dropped} | {
            "DATA_DIR": str(folder / "data"),
            "PORT": str(ports[0]),
            "HOST": "127.0.0.1",
            "DEMO": "0",
            "BASE_URL": self.address,
            "SANDBOX_SMTP_PORT": str(ports[1]),
            "SANDBOX_INTAKE_PORT": str(ports[2]),
            "WEB_WORKERS": "1",
            "WORKER_PROCESSES": "1",
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.inside: subprocess.Popen[str] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
        wait_for(lambda: self.health().get("status") == "ok", f"the product to be up: {self.log}", self.patience)

    def stop(self) -> int:
        assert self.process is not None
        if self.inside:
            self.inside.kill()
            self.inside.wait()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def health(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:  # noqa: S310 - our own address
                return json.loads(answer.read())
        except (urllib.error.URLError, OSError, ValueError):
            return {}

    def manage(self, *arguments: str, stdin: bytes = b"", fails: bool = False) -> str:
        """Run a command beside the running product; its standard output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, input=stdin, capture_output=True
        )
        assert fails or done.returncode == 0, done.stderr.decode()[-3000:]
        return done.stdout.decode()

    def shell(self, code: str) -> str:
        """Run Python beside the running product, in a process that is set up once; what it printed."""
        self.inside = self.inside or self.another()
        assert self.inside.stdin and self.inside.stdout
        self.inside.stdin.write(json.dumps(code) + "\n")
        self.inside.stdin.flush()
        said = self.inside.stdout.readline()
        assert said, f"it failed: {self.log}"
        return json.loads(said).strip()

    def another(self) -> subprocess.Popen[str]:
        env = {**self.env, "DJANGO_SETTINGS_MODULE": "crm.settings"}
        with self.log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-c", INSIDE], cwd=ROOT, env=env, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip

    def move_clock_to(self, moment: dt.datetime) -> None:
        """Move every process to an aware moment that is still to come."""
        self.shell(
            "import datetime as dt\nfrom crm import clock\nfrom crm.services import sandbox\n"
            f"to = dt.datetime.fromisoformat({moment.isoformat()!r})\n"
            "sandbox.move_clock(int((to - clock.now()).total_seconds()))"
        )
        time.sleep(1)  # longer than a process goes on by the time it read before


def free_ports(count: int) -> list[int]:
    """Ports nobody uses, below those that the system gives away by itself: the product takes seconds to take them."""
    return list(islice(filter(is_free, random.sample(range(20_000, 32_000), 1_000)), count))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def wait_for(found: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """The first true answer of `found`; an assertion naming `what` when it never comes."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"waited in vain for {what}")
