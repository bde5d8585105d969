"""One cast for all tests, a world for them to work in, and a browser."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.db.models import signals
from django.test import Client
from whitenoise.middleware import WhiteNoiseMiddleware

from crm import clock, engines
from crm.models import Organisation, Role, Team, WorkingHours
from prospecting.services import published
from tests import database, rows, servers

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps a loop running in the main thread
clock.OFFSET_KEPT = 3600.0  # read anew after half a second, a page would ask once more or less by how long a test takes
User = get_user_model()
PASSWORD = "correct horse battery"
START = pytest.StashKey[SimpleNamespace]()
LONG = ("long", "chromium")
PEOPLE, TEAMS = ("Ada", "Ben", "Noor", "Ruth", "Adm", "Stranger"), ("Team North", "Team South")
CORPORA = Path(os.environ.get("CORPORA") or Path(__file__).resolve().parents[2] / "shared" / "corpora")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = {
    "chromium": (CHROMIUM, "apt-get install chromium"),
    "dovecot": (servers.found("dovecot"), "apt-get install dovecot-imapd dovecot-lmtpd"),
    "postfix": (
        servers.found("postfix") if servers.IS_ROOT else None,
        "apt-get install postfix, and run the tests as root",
    ),
    "sieve": (servers.found("sievec"), "apt-get install dovecot-sieve"),
    "corpus": (CORPORA.exists() or None, "put the corpora beside the repository, or set CORPORA"),
}


def pytest_configure(config: pytest.Config) -> None:
    engines.join()
    if config.getoption("numprocesses", None) and config.getoption("create_db"):
        made = subprocess.run([sys.executable, "-m", "tests.database"], capture_output=True, text=True)
        if made.returncode:
            raise pytest.UsageError(made.stderr)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, Any, Any]:
    """What this machine lacks is skipped with a line that says how to get it; what is long starts first."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        for name in {"chromium", "dovecot", "postfix"} & (asked | {"chromium"} if "page_as" in asked else asked):
            item.add_marker(name)
        for name, (found, remedy) in MISSING.items():
            if found is None and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=f"{name} is missing: {remedy}"))
    answer = yield
    items.sort(key=lambda item: not any(map(item.get_closest_marker, LONG)))
    return answer


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, Any]:
    """A test with a live site leaves an emptied database behind: what migrations put in is laid down again.

    A file that leaves a transaction open fails, and by itself: without this every later test would fail in its place.
    """
    answer = yield
    if start := item.config.stash.get(START, None):
        with start.blocker.unblock():
            left_open = connection.in_atomic_block and (nextitem is None or nextitem.path != item.path)
            if left_open:
                connection.close()
                connection.in_atomic_block, connection.savepoint_ids = False, []
                connection.atomic_blocks.clear()
                connection.connect()
            if not connection.in_atomic_block and connection.connection and not connection.is_usable():
                connection.close()  # its server, or its session, was struck by the test
            if not connection.in_atomic_block and not Role.objects.exists():
                rows.lay(start.rows)
                published.forget()
            assert not left_open, "a transaction was left open"
    return answer


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The last lines say which tests did not run, and how to have them run."""
    reasons: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons.setdefault(reason.removeprefix("Skipped: "), []).append(report.nodeid.split("::")[0])
    for reason, files in sorted(reasons.items()):
        terminalreporter.write_line(f"not run: {len(files)} of {', '.join(sorted(set(files)))}: {reason}")


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """They are looked for once for each process; every client of a test would do it again."""
    look, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def add(middleware: WhiteNoiseMiddleware) -> None:
        if not found:
            look(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = add


@pytest.fixture(autouse=True)
def nobody_has_tried_yet() -> None:
    """Limits on guesses are counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture(autouse=True)
def clock_of_its_own() -> Iterator[None]:
    """A process goes on trusting the offset it read, though the row went with the test that wrote it."""
    yield
    clock._offset_seconds = 0.0


# The cast ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Where several processes test, each one's database is a copy of the one that was migrated for all."""
    if hasattr(request.config, "workerinput") and request.config.getoption("create_db"):
        connection.settings_dict["TEST"]["TEMPLATE"] = database.TEMPLATE


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> None:
    """Reads what migrations put in before any test or fixture adds to it, and draws the numbers of the cast."""
    signals.post_migrate.receivers = []  # who empties the database lays nothing down: that is done after the test
    with django_db_blocker.unblock():
        if rows.is_mighty():
            empty_by_rows(connection.ops)
        for app in ("crm", "prospecting", "appointments"):
            if find_spec(f"{app}.services.starting"):
                starting = import_module(f"{app}.services.starting")
                for name in sorted(vars(starting)):
                    if name.startswith("ensure_") and name != "ensure_starting":
                        getattr(starting, name)()
        numbers = rows.numbers("crm_user", PEOPLE) | rows.numbers("crm_team", TEAMS)
        request.config.stash[START] = SimpleNamespace(
            rows=rows.read(), numbers=numbers, worlds=rows.Worlds(), blocker=django_db_blocker
        )


def empty_by_rows(ops: Any) -> None:
    """After a test the tables are emptied row by row, for there are few; whoever starts numbers anew means TRUNCATE."""
    truncate = ops.sql_flush

    def flush(style: Any, tables: list[str], *, reset_sequences: bool = False, **how: Any) -> list[str]:
        anew = {"reset_sequences": reset_sequences, **how}
        return truncate(style, tables, **anew) if reset_sequences else rows.emptied(tables)

    ops.sql_flush = flush


@pytest.fixture
def start(request: pytest.FixtureRequest, django_db_setup: None) -> SimpleNamespace:
    """What migrations put in, the numbers that the cast bears in every test, and the worlds made so far."""
    return request.config.stash[START]


@pytest.fixture
def seeds(db: None) -> None:
    """What data migrations put in: it is there before every test that asks for the database."""


@pytest.fixture
def once(start: SimpleNamespace, db: None) -> Callable[..., Any]:
    """`once(make, *people)`: a world as `make(*people)` makes it, which is made once and then only laid down."""
    return start.worlds


@pytest.fixture
def organisation(db: None, seeds: None) -> Organisation:
    return Organisation.objects.create(name="Baton Works", postal_address="1 Relay Road, Leeds LS1 1AA, UK")


@pytest.fixture
def north(organisation: Organisation, start: SimpleNamespace) -> Team:
    return Team.objects.create(pk=start.numbers["Team North"], name="Team North")


@pytest.fixture
def south(organisation: Organisation, start: SimpleNamespace) -> Team:
    return Team.objects.create(pk=start.numbers["Team South"], name="Team South")


def person(name: str, job: str, team: Team | None, **fields: Any) -> Any:
    """Someone who works Monday to Friday, nine to half past five, in London."""
    fields = {"name": name, "job": job, "team": team, "is_staff": job == User.Job.ADMIN, **fields}
    user = User.objects.create_user(f"{name.lower()}@baton.example", PASSWORD, **fields)
    WorkingHours.objects.bulk_create(
        WorkingHours(user=user, weekday=day, start="09:00", end="17:30") for day in range(5)
    )
    return user


@pytest.fixture
def ada(north: Team, start: SimpleNamespace) -> Any:
    """An SDR of Team North: the one the story is about."""
    return person("Ada", User.Job.SDR, north, pk=start.numbers["Ada"])


@pytest.fixture
def ben(north: Team, start: SimpleNamespace) -> Any:
    """Ada's teammate."""
    return person("Ben", User.Job.SDR, north, pk=start.numbers["Ben"])


@pytest.fixture
def noor(north: Team, start: SimpleNamespace) -> Any:
    """The account executive who holds Team North's meetings."""
    return person("Noor", User.Job.EXECUTIVE, north, pk=start.numbers["Noor"])


@pytest.fixture
def ruth(north: Team, start: SimpleNamespace) -> Any:
    """Team North's lead."""
    return person("Ruth", User.Job.LEAD, north, pk=start.numbers["Ruth"])


@pytest.fixture
def adm(organisation: Organisation, start: SimpleNamespace) -> Any:
    """The admin."""
    return person("Adm", User.Job.ADMIN, None, pk=start.numbers["Adm"])


@pytest.fixture
def stranger(south: Team, start: SimpleNamespace) -> Any:
    """An SDR of another team, who may see none of what was said to this one."""
    return person("Stranger", User.Job.SDR, south, pk=start.numbers["Stranger"])


@pytest.fixture
def cast(ada: Any, ben: Any, noor: Any, ruth: Any, adm: Any, stranger: Any) -> SimpleNamespace:
    return SimpleNamespace(ada=ada, ben=ben, noor=noor, ruth=ruth, adm=adm, stranger=stranger)


@pytest.fixture
def as_() -> Callable[[Any], Client]:
    """`as_(ada).get("/")`: a client signed in as somebody."""

    def client(user: Any) -> Client:
        signed_in = Client()
        signed_in.force_login(user)
        return signed_in

    return client


# Mail servers --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Dovecot]:
    """A real IMAP and LMTP server; give every test addresses of its own, mailboxes stay."""
    server = servers.Dovecot(tmp_path_factory.mktemp("dovecot"))
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def postfix(tmp_path_factory: pytest.TempPathFactory, dovecot: servers.Dovecot) -> Iterator[servers.Postfix]:
    """A real SMTP server in front of Dovecot, for the domains halden.example, baton.example and prospects.example."""
    domains = ["halden.example", "baton.example", "prospects.example"]
    server = servers.Postfix(tmp_path_factory.mktemp("postfix"), dovecot, domains)
    yield server.start()
    server.stop()


# The browser ---------------------------------------------------------------------------------------------------


@pytest.fixture
def site(transactional_db: None, settings: Any) -> Iterator[str]:
    """The product served by the server it runs on, in a thread, on a port of its own; gives its address."""
    from crm.asgi import application  # noqa: PLC0415 - loads the middleware, so after settings

    door = socket.create_server(("127.0.0.1", 0))
    settings.BASE_URL = f"http://127.0.0.1:{door.getsockname()[1]}"
    settings.CSRF_TRUSTED_ORIGINS = [settings.BASE_URL]
    server = uvicorn.Server(uvicorn.Config(application, log_config=None, lifespan="off", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, args=([door],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield settings.BASE_URL
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, started once."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - starts a driver only where a browser is used

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page_as(site: str, chromium: Any) -> Iterator[Callable[..., Any]]:
    """`page_as(ada)`: a page of the live site, signed in as somebody (None: nobody), at "/" of `site`."""
    contexts: list[Any] = []

    def page(user: Any = None, **options: Any) -> Any:
        context = chromium.new_context(base_url=site, **{"locale": "en-GB", "timezone_id": "Europe/London", **options})
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            value = client.cookies[django_settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": value, "url": site}])
        return context.new_page()

    yield page
    for context in contexts:
        context.close()
