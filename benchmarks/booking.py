"""Sixteen guests who want the same time: taken under the host's lock, against the same race on a plain unique index."""

import datetime as dt
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from threading import Barrier
from typing import Any

from django.db import IntegrityError, connection, connections

from appointments.models import Availability, Meeting, MeetingHost, MeetingType, Offer
from appointments.services import pencilling
from appointments.services.hosts import Diary
from appointments.services.starting import ensure_starting
from benchmarks.harness import ROUNDS, Measured, memory_used
from crm import clock
from crm.errors import Refused
from crm.models import Account, Team, User
from crm.services import people

RACERS = 16
GOAL = 3.0
PATIENCE = 60.0  # seconds; one who fails must not leave fifteen waiting
OVERLAPS = """
    SELECT count(*) FROM appointments_meetingseat a JOIN appointments_meetingseat b ON a.id < b.id AND a.host_id = b.host_id
    AND a.takes_time AND b.takes_time AND tstzrange(a.busy_from, a.busy_until) && tstzrange(b.busy_from, b.busy_until)
"""


def racing(rows: int) -> list[Measured]:
    """`rows` times are wanted by sixteen each; the slowest hundredth of all tries is compared, round by round."""
    ensure_starting()
    team = Team.objects.get_or_create(name="Bench")[0]
    host = people.create_person("racer@bench.example", "Racer", User.Job.EXECUTIVE, team, by="the bench")
    Availability.objects.create(host=host, horizon_days=365, notice_hours=0, daily_maximum=99)
    kind = MeetingType.objects.create(name="Race", slug="race", team=team, owner_first=False, buffer_after=0)
    MeetingHost.objects.create(meeting_type=kind, user=host)
    accounts = [Account.objects.create(name=f"R{n}", name_norm=f"r{n}", created_at=clock.now()) for n in range(RACERS)]
    starts = apart(host, kind, rows * ROUNDS)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_slots (host bigint, start timestamptz, UNIQUE (host, start))")
        cursor.execute("TRUNCATE bench_slots")
    times: dict[str, list[float]] = {"ours": [], "floor": []}
    before = deadlocks()
    for number in range(ROUNDS):
        chosen = starts[number * rows : (number + 1) * rows]
        for name, attempt in (("floor", plainly(host)), ("ours", truly(sent(kind, accounts, team, chosen)))):
            times[name].append(slowest(attempt, chosen))
    winners = Meeting.objects.filter(host=host, state="pencilled").count()
    assert (winners, counted(OVERLAPS), deadlocks() - before) == (rows * ROUNDS, 0, 0), winners
    ours, floor = median(times["ours"]), median(times["floor"])
    what = f"{RACERS} guests want one time, slowest hundredth"
    return [Measured("book", what, rows, ours, floor, ours / floor, GOAL, memory_used())]


def apart(host: User, kind: MeetingType, many: int) -> list[dt.datetime]:
    """Times that this host is free at, an hour and more from one to the next."""
    found: list[dt.datetime] = []
    for start in Diary([host], kind, clock.now()).free(host):
        if not found or start - found[-1] >= dt.timedelta(hours=1):
            found.append(start)
    assert len(found) >= many, f"{len(found)} of {many} times"
    return found[:many]


Attempt = Callable[[int, dt.datetime], bool]


def slowest(attempt: Attempt, starts: list[dt.datetime]) -> float:
    """Seconds of the 99th percentile over all tries; each time has exactly one winner."""
    taken: list[float] = []
    gate = Barrier(RACERS)

    def race(number: int) -> list[bool]:
        won = []
        try:
            for start in starts:
                gate.wait(PATIENCE)
                began = time.perf_counter()
                won.append(attempt(number, start))
                taken.append(time.perf_counter() - began)
        finally:
            connections.close_all()
        return won

    with ThreadPoolExecutor(RACERS) as pool:
        results = list(pool.map(race, range(RACERS)))
    assert all(sum(one) == 1 for one in zip(*results, strict=True)), "not one winner each"
    return sorted(taken)[int(len(taken) * 0.99)]


def plainly(host: User) -> Attempt:
    def attempt(number: int, start: dt.datetime) -> bool:
        try:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO bench_slots VALUES (%s, %s)", [host.pk, start])
        except IntegrityError:
            return False
        return True

    return attempt


def sent(kind: MeetingType, accounts: list[Account], team: Team, starts: list[dt.datetime]) -> dict[Any, Offer]:
    """The links that the racers were sent before: one for each racer and time."""
    now, far = clock.now(), dt.timedelta(days=30)
    pairs = [(number, start) for start in starts for number in range(RACERS)]
    rows = Offer.objects.bulk_create(
        Offer(
            account=accounts[number], team=team, meeting_type=kind, guest_zone="Europe/London", created_at=now, expires_at=now + far,
            slots=[{"start": start.isoformat(), "n": uuid.uuid4().hex}],
        )
        for number, start in pairs
    )  # fmt: skip
    return dict(zip(pairs, rows, strict=True))


def truly(links: dict[Any, Offer]) -> Attempt:
    def attempt(number: int, start: dt.datetime) -> bool:
        try:
            pencilling.pencil(links[number, start], start)
        except Refused:
            return False
        return True

    return attempt


def counted(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def deadlocks() -> int:
    time.sleep(1.2)  # the database's statistics come a moment late
    return counted("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
