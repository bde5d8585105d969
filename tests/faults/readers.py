"""The mail reader as a process of its own, which a figure watches and kills."""

import os
import signal
import threading
from multiprocessing.connection import Connection
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.conf import settings  # noqa: E402 - after setup

from crm.management import watching  # noqa: E402
from tests.forks import forks  # noqa: E402

PATIENCE = 60.0  # seconds; a bound against hanging


def serve(line: Connection, database: str, every_folder: float) -> None:
    """`mail_reader` itself; only the minute between two rounds is shorter, and the breath after a cut."""
    settings.DATABASES["default"]["NAME"] = database
    settings.INSIDE_ADDRESSES = ["127.0.0.0/8"]
    watching.EVERY_FOLDER, watching.SHORT_PAUSE, watching.TABLE_EVERY = every_folder, 0.05, 1.0
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    line.send("ready")
    watching.run(stopped)


class Reader:
    """One process; `kill` is SIGKILL, to this pid and no other."""

    def __init__(self, database: str, every_folder: float) -> None:
        line, other = forks.Pipe()
        self.process = forks.Process(target=serve, args=(other, database, every_folder), daemon=True)
        self.process.start()
        assert line.poll(PATIENCE), "the reader did not start"

    def most_memory(self) -> float:
        """The most it ever held, in MB."""
        for row in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if row.startswith("VmHWM"):
                return round(int(row.split()[1]) / 1024, 1)
        return 0.0

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def stop(self) -> float:
        """Ask it to end; the seconds that took."""
        began = watching.time.monotonic()
        self.process.terminate()
        self.process.join(PATIENCE)
        took: float = watching.time.monotonic() - began
        if self.process.is_alive():
            self.kill()
        return took
