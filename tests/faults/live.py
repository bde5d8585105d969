"""The running product as a figure sees it: engines to strike, pages to ask, rows and Maildirs to count beside it."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import redis
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import InterfaceError, OperationalError, connection

from crm import clock, engines
from crm.models import Heartbeat
from prospecting.models import Outgoing, Touch
from prospecting.services import published
from tests.faults import stage
from tests.story.product import Product

PASSWORD = "correct horse battery"
ROOM = "2g"  # of the small volume, while it is not full
_ENDED = re.compile(r"^\w+ ended \(")
T = TypeVar("T")


class Live(Product):
    """`manage.py up` with engines of its own; what it keeps secret is what this process can read."""

    patience = 600.0  # of a start on a machine that measures something else beside

    def __init__(self, folder: Path, **environment: str) -> None:
        super().__init__(folder)
        self.data = folder / "data"
        self.data.mkdir()
        self.env.pop("BATON_THROWAWAY", None)  # what was acknowledged must outlive a crash
        self.env |= {
            "BATON_MAILBOX_KEYS": ",".join(settings.MAILBOX_KEYS),
            "BATON_SUPPRESSION_KEY": settings.SUPPRESSION_KEY,
            "BATON_SECRET_KEY": settings.SECRET_KEY,
            **environment,
        }

    @property
    def engines(self) -> engines.Engines:
        return engines.locate(self.data)

    @property
    def queue(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.engines.sockets / "valkey.sock"), socket_timeout=5)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """This process reads and writes the product's database instead of its own."""
        here = connection.settings_dict
        before = {name: here[name] for name in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
        there = {
            **dict.fromkeys(before, ""),
            "NAME": engines.DATABASE,
            "HOST": str(self.engines.sockets),
            "USER": "postgres",
        }
        try:
            _point(there)
            yield
        finally:
            _point(before)

    def deaths(self) -> list[str]:
        """What the supervisor said of parts that ended, and were started again."""
        return [line for line in self.log.read_text(errors="replace").splitlines() if _ENDED.search(line)]

    def kill_queue(self) -> None:
        """SIGKILL to the product's Valkey, which starts it again by itself."""
        with suppress(OSError, ValueError):
            os.kill(int((self.engines.home / "valkey.pid").read_text()), signal.SIGKILL)

    @contextmanager
    def nothing_revived(self) -> Iterator[None]:
        """Engines that die stay dead for as long as this lasts."""
        with (self.data / "engines.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def restart_database(self) -> None:
        """As after a power cut: no checkpoint, every session gone, recovery from the log."""
        there = self.engines
        command = ["-D", str(there.cluster), "-l", str(there.home / "postgres.log"), "-m", "immediate", "-w", "restart"]
        engines._run(there, "pg_ctl", *command, check=False)

    def everything_lives(self) -> None:
        """Every part has shown itself again, by itself."""
        since = patiently(lambda: Heartbeat.objects.order_by("-at").values_list("at", flat=True)[0])
        names = {"worker", "sender", "beat", "reader", "sandbox"}
        stage.wait_until(
            lambda: names <= set(patiently(lambda: list(Heartbeat.objects.filter(at__gt=since).values_list("name", flat=True)))),
            f"all parts are back: {self.log}",
        )  # fmt: skip

    def end(self) -> None:
        """Stop it; engines that it left behind, because it was killed, are stopped too."""
        with suppress(AssertionError, subprocess.TimeoutExpired):
            self.stop()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if (self.engines.cluster / "PG_VERSION").exists():
            engines.stop(self.engines)


def _point(where: dict[str, Any]) -> None:
    connection.close()
    connection.settings_dict.update(where)
    published.forget()
    clock._offset_read_at = -1e9


@contextmanager
def staged(*, small: bool = False, **environment: str) -> Iterator[tuple[Live, stage.Stage]]:
    """The product runs, its mail goes through Postfix into Maildirs, and this process looks into its database.

    With `small` it lives on a volume that can be made full, where this machine lets us mount one.
    """
    with ExitStack() as stack:
        top = tempfile.TemporaryDirectory(prefix="baton-live-", ignore_cleanup_errors=True)
        folder = Path(stack.enter_context(top))
        folder.chmod(0o755)
        product = Live(folder, **environment)
        if small and mounted(product.data, ROOM):
            stack.callback(subprocess.run, ["umount", "-l", str(product.data)], check=False)
        stack.callback(product.end)
        product.start()
        stack.enter_context(product.beside())
        scene = stack.enter_context(stage.stage())
        scene.ada.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-a-test")
        scene.ada.save(update_fields=["password"])
        yield product, scene


def mounted(folder: Path, size: str, *, again: bool = False) -> bool:
    """A volume in memory, of a size that may be changed; False where nobody lets us mount one."""
    options = f"{'remount,' if again else ''}size={size},mode=0755"
    with suppress(OSError):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], capture_output=True)
        return done.returncode == 0
    return False


@contextmanager
def full(volume: Path) -> Iterator[None]:
    """No byte is left on the volume."""
    there = os.statvfs(volume)
    used = (there.f_blocks - there.f_bfree) * there.f_frsize
    mounted(volume, str(used + 128 * 1024), again=True)
    filler = volume / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(b"\0" * 4096):
            pass
    try:
        yield
    finally:
        filler.unlink()
        mounted(volume, ROOM, again=True)


def patiently(do: Callable[[], T], patience: float = 120.0) -> T:
    """What this process itself asks of a database that is being struck."""
    until = time.monotonic() + patience
    while True:
        try:
            return do()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def leases_end() -> None:
    """Whatever a sender holds, as if the minute of its lease were over."""
    for model in (Touch, Outgoing):
        model.objects.exclude(lease_until=None).update(lease_until="2020-01-01T00:00:00Z")


def sent_out(patience: float = 180.0) -> None:
    """The product sends what may leave now; what its senders left behind is found when their leases end."""
    now = clock.now()
    due = Outgoing.objects.filter(state__in=["planned", "in_flight"]).exclude(not_before__gt=now)
    until = time.monotonic() + patience
    while patiently(due.exists):
        if time.monotonic() > until:
            raise AssertionError(f"waited too long: {due.count()} mails do not leave")
        time.sleep(0.5)


def settled(scene: stage.Stage) -> dict[str, int]:
    """All that is left is settled by evidence; rows against Maildirs."""
    leases_end()
    stage.settle_everything(scene)
    return stage.judged(scene)
