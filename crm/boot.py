"""What happens before a command runs: engines joined, database migrated."""

import fcntl
import hashlib
import os
import signal
import sys
from pathlib import Path

import django
from django.core.management import call_command, execute_from_command_line

from crm import engines

# These need no database at all.
BARE = {
    "help",
    "version",
    "check",
    "collectstatic",
    "compilemessages",
    "makemigrations",
    "spectacular",
    "train_classifier",
    "--help",
}
# These ask the database only where one was ever made.
WITHOUT_ONE = {"classify", "evaluate_classifier"}
# These are about migrations themselves, or bring a database of their own.
UNMIGRATED = {
    "migrate",
    "showmigrations",
    "sqlmigrate",
    "squashmigrations",
    "dbshell",
    "flush",
    "test",
    "optimizemigration",
}


def run(argv: list[str]) -> None:
    """Run a management command; refuse with a sentence when the engines cannot run."""
    command = argv[1] if len(argv) > 1 else "help"
    try:
        if command not in BARE and not (command in WITHOUT_ONE and nothing_made()):
            # Asked to stop, a command leaves as at its end: engines that nobody else uses are stopped.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
            engines.join()
            if command not in UNMIGRATED and not os.environ.get("DATABASE_URL"):
                migrate_if_needed(engines.data_dir())
    except engines.EnginesError as refusal:
        sys.exit(str(refusal))
    execute_from_command_line(argv)


def nothing_made() -> bool:
    """No database is named and none was ever made here."""
    home = engines.locate(engines.data_dir()).home
    return not os.environ.get("DATABASE_URL") and not (home / "migrated").exists()


def migrate_if_needed(folder: Path) -> None:
    """Migrate our own cluster when the code's migrations are not the ones it last saw; one process at a time."""
    stamp = engines.locate(folder).home / "migrated"
    wanted = _migrations()
    with (folder / "migrate.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        django.setup()
        # Standard output belongs to the command's own answer.
        call_command("migrate", interactive=False, verbosity=1, stdout=sys.stderr)
        stamp.write_text(wanted)


def _migrations() -> str:
    """A digest of everything that decides which migrations there are."""
    root = Path(__file__).resolve().parent.parent
    files = [root / "requirements.txt", *sorted(root.glob("*/migrations/*.py"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files if path.exists())).hexdigest()
