"""Pages of a big installation, against the same rows by one indexed query in a bare view, and against themselves when small."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from appointments.models import WorkItem
from appointments.queries import HEAVY, ROW
from benchmarks import big, big_work
from benchmarks.harness import ROUNDS, Measured, memory_used
from crm.models import Account, Contact, Event, User
from prospecting.models import ListEntry, Segment

SMALL = 10_000
EVENTS = 10  # per account
TIMES = 12  # requests a round
OVER_BARE, OVER_SMALL, QUERIES = 2.0, 1.3, 8
READER, ADMIN = "person5@bench.example", "admin@bench.example"
Bare = Callable[[User], QuerySet]


@dataclass(frozen=True)
class Screen:
    name: str
    url: str
    bare: Bare | None = None  # the same rows by one indexed query; the admin is held against itself only
    reader: str = READER


def screens() -> list[Screen]:
    members = f"/segments/{Segment.objects.get(name='Bench operators').pk}/list/"
    owner = User.objects.get(email=READER).pk
    return [
        Screen("today", "/today/", lambda user: mine(user)),
        Screen("inbox", "/inbox/", lambda user: mine(user)),
        Screen("accounts", "/accounts/", lambda user: listed()),
        Screen("accounts, rung", "/accounts/?rung=contacted", lambda user: listed(rung="contacted")),
        Screen("accounts, owner", f"/accounts/?owner={owner}", lambda user: listed(owner=owner)),
        Screen("accounts, industry", "/accounts/?industry=Food", lambda user: listed(industry="Food")),
        Screen("accounts, closed", "/accounts/?closed=true", lambda user: listed(closed_at__isnull=False)),
        Screen("accounts, name", "/accounts/?q=kirkaby", lambda user: listed(name__icontains="kirkaby")),
        Screen("timeline", "/accounts/1/timeline/", timeline),
        Screen("contacts", "/people/", lambda user: Contact.objects.order_by("last_name", "first_name", "pk")[:50]),
        Screen("list members", members, lambda user: on_list()),
        Screen("search", "/search/?q=kirkaby", lambda user: listed(name__icontains="kirkaby")),
        *(
            Screen(f"admin {noun}", f"/admin/{noun}/", reader=ADMIN)
            for noun in ("crm/account", "crm/contact", "crm/membership", "crm/event", "prospecting/listentry")
        ),
    ]


def listed(**terms: Any) -> QuerySet:
    return Account.objects.filter(**terms).select_related("owner").order_by("name", "pk")[:50]


def mine(user: User) -> QuerySet:
    rows = WorkItem.objects.filter(setter=user).exclude(state="done").select_related(*ROW).defer(*HEAVY)
    return rows.order_by("due_at", "pk")[:50]


def timeline(user: User) -> QuerySet:
    return Event.objects.filter(account=1).select_related("contact", "message", "actor").order_by("-at", "-pk")[:50]


def on_list() -> QuerySet:
    rows = ListEntry.objects.filter(target_list__segment__name="Bench operators", left_at=None)
    return rows.select_related("account").order_by("-pk")[:50]


def paging(rows: int) -> list[Measured]:
    """Both sizes stand beside each other, and every round asks both of them, page and bare view in turn."""
    with two_sizes(rows) as (small, large):
        found = screens()
        times: dict[tuple[str, str, str], list[float]] = {}
        queries: dict[str, int] = {}
        for _ in range(ROUNDS):
            for size in (small, large):
                use(size)
                for screen in found:
                    visit(screen, size, times, queries)
        return [line for screen in found for line in lines(screen, small, large, rows, times, queries)]


@contextmanager
def two_sizes(rows: int) -> Iterator[tuple[str, str]]:
    large = connection.settings_dict["NAME"]
    small = f"{large}_small"
    fill(min(SMALL, rows))
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{small}"')
        cursor.execute(f'CREATE DATABASE "{small}" TEMPLATE "{large}"')
    try:
        fill(rows)
        yield small, large
    finally:
        use(large)
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{small}"')


def fill(rows: int) -> None:
    big.fill(rows, rows * EVENTS)
    big_work.work(rows)


def use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def visit(screen: Screen, size: str, times: dict[tuple[str, str, str], list[float]], queries: dict[str, int]) -> None:
    """One unmeasured visit of each side, which must show the same; then the measured ones, in turn."""
    user = User.objects.get(email=screen.reader)
    client = Client()
    client.force_login(user)
    ours, bare = whole(client, screen.url), bare_view(client, screen, user)
    with CaptureQueriesContext(connection) as asked:
        page = ours()
    # Only a sandbox asks how far its clock runs ahead, twice a second at most.
    own = [one for one in asked.captured_queries if "crm_clockoffset" not in one["sql"]]
    queries[screen.name] = max(queries.get(screen.name, 0), len(own))
    assert page.status_code == 200, f"{screen.url}: {page.status_code}"
    agree(screen, page, user)
    for side, call in (("ours", ours), ("bare", bare)) * TIMES:
        if call:
            start = time.perf_counter()
            call()
            times.setdefault((screen.name, size, side), []).append(time.perf_counter() - start)


def agree(screen: Screen, page: HttpResponse, user: User) -> None:
    """The page shows the accounts that the bare query found."""
    if screen.bare and screen.name.startswith("accounts"):
        text = page.content.decode()
        assert all(escape(row.name) in text for row in screen.bare(user)), screen.name


def whole(client: Client, url: str) -> Callable[[], Any]:
    """The page as the server answers it, all of its middleware included, without the test client around it."""
    handler = WSGIHandler()
    factory = RequestFactory(headers={"host": "127.0.0.1"})
    factory.cookies = client.cookies
    return lambda: handler.get_response(factory.get(url))


def bare_view(client: Client, screen: Screen, user: User) -> Callable[[], Any] | None:
    if screen.bare is None:
        return None
    asked = screen.bare
    factory = RequestFactory(headers={"host": "127.0.0.1"})
    factory.cookies = client.cookies

    def view(request: HttpRequest) -> HttpResponse:
        reader: Any = request.user
        return HttpResponse("\n".join(f"{row.pk}" for row in asked(reader)) + str(reader))

    stack = SessionMiddleware(AuthenticationMiddleware(view))
    return lambda: stack(factory.get("/"))


def p95(found: list[float]) -> float:
    return sorted(found)[int(len(found) * 0.95)]


def lines(
    screen: Screen,
    small: str,
    large: str,
    rows: int,
    times: dict[tuple[str, str, str], list[float]],
    queries: dict[str, int],
) -> Iterator[Measured]:
    ours, before = (p95(times[screen.name, size, "ours"]) for size in (large, small))
    asked = queries[screen.name]
    if screen.bare:
        bare = p95(times[screen.name, large, "bare"])
        yield line(f"{screen.name}: bare view", rows, ours, bare, OVER_BARE)
    yield line(f"{screen.name}: at {SMALL:,}", rows, ours, before, OVER_SMALL)
    yield line(f"{screen.name}: queries", rows, float(asked), float(QUERIES), 1.0)


def line(what: str, rows: int, ours: float, floor: float, goal: float) -> Measured:
    return Measured(f"pages {what}", what, rows, ours, floor, ours / floor, goal, memory_used())
