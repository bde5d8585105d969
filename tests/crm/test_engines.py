"""The embedded engines: who starts and stops them, where they live, and that no folder is opened to anybody."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm import engines

ROOT = Path(__file__).resolve().parents[2]
USE = """
import sys, psycopg
from crm import engines
engines.join()
where = engines.locate(engines.data_dir())
with psycopg.connect(where.database_url) as connection:
    print(connection.execute(sys.argv[1]).fetchone()[0])
"""
DIES = """
import os, signal
from crm import engines
engines.join()
there = engines.locate(engines.data_dir())
pid = int((there.home / "valkey.pid").read_text())
os.kill(pid, signal.SIGKILL)
while engines._answers(there.sockets / "valkey.sock"):
    pass
engines.revive()
print(engines._answers(there.sockets / "valkey.sock"), int((there.home / "valkey.pid").read_text()) != pid)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has folders that the database's user cannot enter")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of its own outside pytest's, which is closed to everybody else."""
    path = Path(tempfile.mkdtemp(prefix="baton-test-"))
    path.chmod(0o755)
    yield path
    far = engines.SYSTEM_HOME / engines._hash(path / "closed" / "var")
    shutil.rmtree(far, ignore_errors=True)
    shutil.rmtree(far.with_suffix(".old"), ignore_errors=True)
    shutil.rmtree(path)


def use(folder: Path, question: str = "SELECT 1", code: str = USE, **options: object) -> str:
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"DATA_DIR": str(folder), "PYTHONPATH": str(ROOT), "BATON_THROWAWAY": "1"}
    command = [sys.executable, "-c", code, question]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd="/", **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    return str(done.stdout.strip())


def may_run(user: int) -> bool:
    try:
        return subprocess.run([sys.executable, str(ROOT / "crm" / "__init__.py")], user=user).returncode == 0
    except PermissionError:
        return False


def modes(path: Path) -> dict[Path, int]:
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in (path, *path.parents)}


def running(folder: Path) -> bool:
    return (engines.locate(folder).cluster / "postmaster.pid").exists()


def test_the_last_one_out_stops_them_and_the_data_stays(place: Path) -> None:
    use(place / "var", "SELECT pg_catalog.lo_create(4711)")

    assert use(place / "var", "SELECT count(*) FROM pg_largeobject_metadata WHERE oid = 4711") == "1"
    assert use(place / "var", "SELECT current_setting('listen_addresses')") == ""
    assert not running(place / "var")


def test_no_mode_of_any_parent_folder_changes(place: Path) -> None:
    before = modes(place)
    use(place / "var")

    assert modes(place) == before


@as_root
def test_below_a_closed_folder_the_cluster_moves_and_a_note_says_where(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    before = modes(closed)
    answer = use(closed / "var", "SELECT current_setting('data_directory')")

    assert modes(closed) == before
    assert Path(answer).is_relative_to(engines.SYSTEM_HOME)
    assert str(engines.locate(closed / "var").home) in (closed / "var" / "engines.json").read_text()


@as_root
def test_a_removed_folder_below_a_closed_one_starts_empty(place: Path) -> None:
    folder = place / "closed" / "var"
    folder.parent.mkdir(mode=0o700)
    use(folder, "SELECT pg_catalog.lo_create(4711)")
    shutil.rmtree(folder)

    assert use(folder, "SELECT count(*) FROM pg_largeobject_metadata WHERE oid = 4711") == "0"


@as_root
def test_an_ordinary_user_runs_their_own(place: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    mine = place / "mine"
    mine.mkdir(mode=0o700)
    os.chown(mine, nobody.pw_uid, nobody.pw_gid)
    if not may_run(nobody.pw_uid):
        pytest.skip("this Python or the clone lies where an ordinary user cannot read it")

    assert use(mine / "var", "SELECT 2", user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[]) == "2"


def test_a_deep_folder_gets_a_short_socket(place: Path) -> None:
    deep = place / ("deep" * 30) / "var"
    deep.parent.mkdir()

    assert use(deep, "SELECT 3") == "3"
    assert len(str(engines.locate(deep).sockets / ".s.PGSQL.5432")) <= engines.LONGEST_SOCKET_PATH


def test_somebody_elses_folder_is_refused_in_a_sentence(place: Path) -> None:
    with pytest.raises(engines.EnginesError, match="belongs to another user"):
        engines._own_folder(Path("/") if os.geteuid() else _strangers(place), None, 0o700)


def _strangers(place: Path) -> Path:
    folder = place / "strangers"
    folder.mkdir()
    os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    return folder


def test_an_engine_that_died_is_started_again(place: Path) -> None:
    assert use(place / "var", code=DIES) == "True True"
