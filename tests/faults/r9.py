"""R9: every zone at every change of its clock, against two oracles; then reminders while clocks jump."""

import io
import multiprocessing
import os
import random
import tarfile
import threading
import time
import zoneinfo
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import dateutil.zoneinfo
from dateutil import tz
from django.db import connection, connections
from icalendar import Timezone

from appointments.models import Meeting, MeetingType, Reminder
from appointments.rules import vtimezone, wall_times
from appointments.rules.slots import Limits, free_slots
from appointments.services import reminding
from crm import clock
from crm.models import User
from crm.rules.working_time import to_utc
from prospecting.models import Outgoing
from tests.faults import stage
from tests.prospecting.world import account_named

OPENS, CLOSES = datetime(2024, 1, 1, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=UTC)
AROUND = [timedelta(minutes=n) for n in (-60, -30, -1, 0, 1, 30, 60)]
DURATIONS = [timedelta(minutes=n) for n in (15, 30, 90)]
JUMPS = (-3600, 3600, 86_400, -86_400)
LONG = {"zones": 600, "reminders": 2_000, "seconds": 120}


def run(zones: int = 40, reminders: int = 40, seconds: int = 4, seed: int = 9) -> dict[str, Any]:
    """`zones` of all there are; `reminders` that fall due within `seconds` while one machine's clock jumps, and as many
    while the clock of the whole installation does."""
    began = time.monotonic()
    _, ada, _ = stage.office(25)
    names = sorted(zoneinfo.available_timezones() - {"localtime"})  # a name of the machine, not of a zone
    chosen = names if zones >= len(names) else random.Random(seed).sample(names, zones)
    counted: Counter[str] = Counter()
    for name in chosen:
        counted.update(of_zone(name))
    return {
        "figure": "R9", "zones": len(chosen), "zones_there_are": len(names), "changes": counted["changes"],
        "moments": counted["moments"], "with_ends": counted["ends"], "not_in_dateutil": counted["not_in_dateutil"],
        "zones_with_other_rules_in_postgresql": counted["older_rules"], "differences_postgresql": counted["postgresql"], "differences_dateutil": counted["dateutil"],
        "differences_invitation_dateutil": counted["invitation_dateutil"],
        "differences_invitation_icalendar": counted["invitation_icalendar"],
        "skipped_hours": counted["skipped"], "skipped_offered": counted["skipped_offered"],
        "doubled_hours": counted["doubled"], "doubled_offered_twice": counted["doubled_twice"],
        "one_machine": jumping_machine(ada, reminders, seconds), "all_clocks": jumping_clock(ada, reminders),
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


# Zones -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Oracle:
    """Somebody else's arithmetic over the rules that it brings, and ours over the very same rules: another release of
    the zone data is no difference of ours."""

    zone: ZoneInfo  # by our product's rules
    as_postgresql: ZoneInfo
    dateutil: Any
    as_dateutil: ZoneInfo


def of_zone(name: str) -> Counter[str]:
    """One zone: what we say of every moment around every change, and what the oracles say."""
    file = bundle().get(name)
    zone = ZoneInfo(name)
    oracle = Oracle(
        zone, rules_of_postgresql(name), tz.tzfile(io.BytesIO(file), name) if file else zone,
        ZoneInfo.from_file(io.BytesIO(file), key=name) if file else zone,
    )  # fmt: skip
    changes = list(vtimezone.transitions(zone, OPENS, CLOSES)) or [datetime(2028, 7, 1, tzinfo=UTC)]
    moments = [change + gap for change in changes for gap in AROUND]
    found = Counter(changes=len(changes), moments=len(moments), not_in_dateutil=file is None)
    found["dateutil"] += sum(kept(moment, name) not in (moment, None) for moment in moments)
    found += compared(name, oracle, {*moments, *(moment + length for moment in moments for length in DURATIONS)})
    found += wall_clock(oracle, moments)
    found += invitation(zone, {moment: moment.astimezone(zone) for moment in moments})
    found += offered(zone, changes)
    return found


def compared(name: str, oracle: Oracle, moments: set[datetime]) -> Counter[str]:
    """The wall clock at each moment, and at the end of a meeting of each length that begins then."""
    found, theirs = Counter(ends=len(moments)), postgresql(name, moments)
    found["older_rules"] = any(theirs[one] != on_the_wall(one, oracle.zone) for one in moments)
    for moment in moments:
        found["postgresql"] += theirs[moment] != on_the_wall(moment, oracle.as_postgresql)
        found["dateutil"] += on_the_wall(moment, oracle.dateutil) != on_the_wall(moment, oracle.as_dateutil)
    return found


def on_the_wall(moment: datetime, zone: Any) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


@cache
def bundle() -> dict[str, bytes]:
    """The compiled rules that come with dateutil."""
    with tarfile.open(Path(dateutil.zoneinfo.__file__).parent / dateutil.zoneinfo.ZONEFILENAME) as files:
        return {
            one.name.removeprefix("./"): files.extractfile(one).read() for one in files if one.isfile() or one.islnk()
        }  # type: ignore[union-attr]


def postgresql(name: str, moments: Iterable[datetime]) -> dict[datetime, datetime]:
    """By the session's zone: `AT TIME ZONE 'CET'` would be the abbreviation, an hour that never changes."""
    asked = [moment.isoformat() for moment in moments]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, false)", [name])
        cursor.execute(
            "SELECT extract(epoch FROM m)::bigint, m::timestamp::text FROM unnest(%s::timestamptz[]) AS m", [asked]
        )
        rows = cursor.fetchall()
        cursor.execute("SELECT set_config('TimeZone', 'UTC', false)")
    return {datetime.fromtimestamp(seconds, UTC): datetime.fromisoformat(local) for seconds, local in rows}


@cache
def folder_of_postgresql() -> Path:
    """Where it keeps its own compiled rules; those of the system where it was built to use them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting FROM pg_config WHERE name = 'SHAREDIR'")
        own = Path(cursor.fetchone()[0]) / "timezone"
    return own if own.is_dir() else Path("/usr/share/zoneinfo")


def rules_of_postgresql(name: str) -> ZoneInfo:
    """The zone by the rules that PostgreSQL brings, so that another release of the zone data is no difference of ours."""
    file = folder_of_postgresql() / name
    return ZoneInfo.from_file(io.BytesIO(file.read_bytes()), key=name) if file.is_file() else ZoneInfo(name)


def kept(moment: datetime, name: str) -> datetime | None:
    """There and back by the wall-clock time that a meeting remembers; None where it remembers none."""
    said = wall_times.wall(moment, name)
    return wall_times.instant(said, name) if said else None


def wall_clock(oracle: Oracle, moments: list[datetime]) -> Counter[str]:
    """From the wall to the moment: what `to_utc` makes of it, and what dateutil makes of the first of two."""
    found = Counter[str]()
    for moment in moments:
        # The first of two: for the second, dateutil is wrong itself where winter is the time set back (Dublin, Casablanca).
        naive = on_the_wall(moment, oracle.as_dateutil).replace(fold=0)
        if tz.datetime_exists(naive, oracle.dateutil):
            theirs = naive.replace(tzinfo=oracle.dateutil).astimezone(UTC)
            found["dateutil"] += to_utc(naive.date(), naive.time(), oracle.as_dateutil) != theirs
    return found


def invitation(zone: ZoneInfo, walls: dict[datetime, datetime]) -> Counter[str]:
    """The rules that go out beside an invitation, read by two parsers."""
    found = Counter[str]()
    if zone.key == "UTC":
        return found
    text = vtimezone.build(zone, OPENS, CLOSES).to_ical().decode()
    readers = {
        "invitation_dateutil": tz.tzical(io.StringIO(text.replace("\r\n", "\n"))).get(zone.key),
        "invitation_icalendar": Timezone.from_ical(text).to_tz(lookup_tzid=False),
    }
    for moment, wall in walls.items():
        if vtimezone.expressible(moment, zone):
            for key, reader in readers.items():
                found[key] += wall.replace(tzinfo=reader).astimezone(UTC) != moment
    return found


def offered(zone: ZoneInfo, changes: list[datetime]) -> Counter[str]:
    """A host who works day and night offers no hour that is skipped, and of two equal hours the first."""
    found = Counter[str]()
    for change in changes:
        before = (change - timedelta(seconds=1)).astimezone(zone).utcoffset() or timedelta()
        shift = (change.astimezone(zone).utcoffset() or timedelta()) - before
        starts = free_slots(around_the_clock(zone), change - timedelta(hours=30), [])
        walls = [start.astimezone(zone).replace(tzinfo=None) for start in starts]
        first = (change + before).replace(tzinfo=None)
        if shift > timedelta():
            found["skipped"] += 1
            found["skipped_offered"] += sum(first <= wall < first + shift for wall in walls)
        elif shift < timedelta():
            found["doubled"] += 1
            found["doubled_twice"] += sum(n > 1 for n in Counter(walls).values())
    return found


def around_the_clock(zone: ZoneInfo) -> Limits:
    always = {day: ((datetime.min.time(), datetime.min.time()),) for day in range(7)}
    return Limits(zone=zone, hours=always, notice_hours=0, horizon_days=3)


# Reminders while clocks jump -------------------------------------------------------------------------------------


def meetings(ada: User, many: int, dues: list[datetime]) -> None:
    """Booked meetings with one reminder each, its due moment given."""
    kind = MeetingType.objects.create(name="Half an hour", slug=f"faults-{uuid4().hex}", team=ada.team)
    places = [account_named(f"Store {n} {uuid4().hex[:6]}", owner=ada) for n in range(min(many, 20))]
    now = clock.agreed()
    rows = Meeting.objects.bulk_create(
        Meeting(
            account=places[n % len(places)], team=ada.team, meeting_type=kind, host=ada, setter=ada, state="booked",
            guest_name=f"Guest {n}", guest_email=f"guest{n}@{stage.THEIRS}", guest_zone="Europe/Amsterdam",
            uid=f"{uuid4().hex}@faults.example", created_at=now, **times(now + timedelta(days=400, hours=n)),
        )
        for n in range(many)
    )  # fmt: skip
    Reminder.objects.bulk_create(
        Reminder(meeting=row, kind=Reminder.Kind.LEAD, for_sequence=row.sequence, due_at=due)
        for row, due in zip(rows, dues, strict=True)
    )


def times(start: datetime) -> dict[str, datetime]:
    end = start + timedelta(minutes=30)
    return {"starts_at": start, "ends_at": end, "busy_from": start, "busy_until": end}


def clear() -> None:
    Outgoing.objects.filter(key__startswith="meeting:").delete()
    Meeting.objects.all().delete()


def verdict(many: int, early: int) -> dict[str, int]:
    """By SQL: how many were sent, how often, and how many within a minute of when they were due."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE state = 'sent'), count(*) FILTER (WHERE sent_at < due_at),"
            " count(*) FILTER (WHERE sent_at <= due_at + interval '60 s') FROM appointments_reminder"
        )
        sent, before, soon = cursor.fetchone()
        cursor.execute(
            "SELECT count(*), count(DISTINCT key) FROM prospecting_outgoing WHERE key LIKE 'meeting:%%:lead:%%'"
        )
        mails, different = cursor.fetchone()
        cursor.execute(
            "SELECT count(*) FROM crm_event WHERE kind = 'meeting.reminded'"
            " AND subject_id IN (SELECT id FROM appointments_meeting)"
        )
        told = cursor.fetchone()[0]
    found = {"reminders": many, "sent": sent, "not_sent": many - sent, "early": before + early, "within_60_s": soon}
    return {**found, "mails": mails, "twice": told - different}


def jumping_machine(ada: User, many: int, seconds: int) -> dict[str, int]:
    """Reminders fall due while three machines sweep, whose own clocks jump an hour or a day back and forth."""
    begins = clock.agreed() + timedelta(seconds=1 + many / 500)
    meetings(ada, many, [begins + timedelta(seconds=seconds * n / many) for n in range(many)])
    connections.close_all()
    work = multiprocessing.get_context("fork")
    machines = [work.Process(target=sweep_with_a_bad_clock, args=(n, seconds + 40)) for n in range(3)]
    for machine in machines:
        machine.start()
    early = watch(machines)
    found = verdict(many, early)
    clear()
    return found


def sweep_with_a_bad_clock(seed: int, seconds: int) -> None:
    """One worker: its own clock shows another time every few moments."""
    connections.close_all()
    rng, until, right = random.Random(seed), time.monotonic() + seconds, clock.now
    while time.monotonic() < until and Reminder.objects.filter(state="planned").exists():
        jump = timedelta(seconds=rng.choice([0, *JUMPS]))
        clock.now = lambda jump=jump: right() + jump  # type: ignore[assignment]
        reminding.send_due()
        time.sleep(0.1)
    connections.close_all()
    os._exit(0)


def watch(machines: list[Any]) -> int:
    """How many were seen sent before the database's clock came to when they were due."""
    early = 0
    while any(machine.is_alive() for machine in machines):
        early = max(early, sent_before(clock.agreed()))
        time.sleep(0.2)
    return early


def sent_before(moment: datetime) -> int:
    return Reminder.objects.filter(state="sent", due_at__gt=moment).count()


def jumping_clock(ada: User, many: int) -> dict[str, int]:
    """The clock of the whole installation jumps an hour and a day back and forth, three sweeps at once after each."""
    start = clock.agreed()
    meetings(ada, many, [start + timedelta(days=2) * n / many for n in range(many)])
    early, shift = 0, 0.0
    for jump in (0, *JUMPS, *JUMPS, 3600, 86_400, 86_400, 3600):
        shift += jump
        stage.move_to(start + timedelta(seconds=shift))
        before = set(Reminder.objects.filter(state="sent").values_list("pk", flat=True))
        sweeps = [threading.Thread(target=sweep) for _ in range(3)]
        for one in sweeps:
            one.start()
        for one in sweeps:
            one.join()
        fresh = Reminder.objects.filter(state="sent").exclude(pk__in=before)
        early += fresh.filter(due_at__gt=clock.agreed()).count()
    found = verdict(many, early)
    clear()
    return {key: number for key, number in found.items() if key != "within_60_s"}


def sweep() -> None:
    try:
        reminding.send_due()
    finally:
        connections.close_all()
