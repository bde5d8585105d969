"""The product's own web server, started for a figure as `up` starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from django.db import connection

from crm.celery import app

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds; a bound against hanging


class Web:
    """`workers` processes behind one port; what it nudges goes to a queue of its own, which is emptied at the end."""

    def __init__(self, workers: int = 2, application: str = "crm.asgi:application") -> None:
        with socket.create_server(("127.0.0.1", 0)) as door:
            self.port = door.getsockname()[1]
        self.queue = f"figure-{self.port}"
        env = {
            **os.environ, "DJANGO_SETTINGS_MODULE": "tests.faults.web_settings", "FIGURE_QUEUE": self.queue,
            "FIGURE_SETTINGS": os.environ["DJANGO_SETTINGS_MODULE"], "FIGURE_DATABASE": str(connection.settings_dict["NAME"]),
        }  # fmt: skip
        command = [application, "--host", "127.0.0.1", "--port", str(self.port), "--workers", str(workers)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "crm.web", *command], cwd=ROOT, env=env, start_new_session=True
        )

    def wait(self) -> "Web":
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/robots.txt", timeout=5).close()
                return self
            time.sleep(0.1)
        raise AssertionError("the web server did not start")

    def stop(self) -> None:
        """The whole group at last: a server killed by itself would leave its workers behind."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        with suppress(Exception), app.connection_for_write() as line:
            line.default_channel.queue_purge(self.queue)
