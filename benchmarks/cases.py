"""The cases measured so far; each names its floor and its goal (a multiple of the floor)."""

import datetime as dt
import email
import uuid
from collections.abc import Callable

from django.db import connection

from appointments.models import Meeting, MeetingType
from appointments.services.hosts import Diary
from appointments.services.starting import ensure_starting
from benchmarks import booking, classifying, funnel, importing, landing, pages, planner, refresh, sending
from benchmarks.harness import Case, Measured
from crm import clock
from crm.models import Account, Conversation, Mailbox, Message, Team, User
from crm.services import intake, mailboxes, people
from prospecting.models import Reply

ZONES = ["Europe/London", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney"]
HEADERS = ["external_id", "name", "domain", "city", "country", "industry", "employees", "sites"]


def empty_accounts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE crm_account CASCADE")


def taking_in(rows: int) -> Case:
    """Raw mail to a work item, two commits a message, against a stdlib parse and one durable insert."""
    _office()
    letters = [letter(n) for n in range(rows)]

    def ours() -> int:
        return sum(intake.receive(raw, recipients=["bench@bench.example"]).pk is not None for raw in letters)

    def floor() -> int:
        for raw in letters:
            parsed = email.message_from_bytes(raw)
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO bench_floor (subject, raw) VALUES (%s, %s)", [str(parsed["Subject"]), raw])
        return len(letters)

    return Case("intake", "mail to a work item", 2.5, rows, ours, floor, empty_mail)


def landing_mail(rows: int) -> list[Measured]:
    """Mails of people at accounts that are walked, one after the other: until the queue shows them."""
    mailbox = _office()
    planner.lay_walks(2 * rows, due=0)
    people = [f"p{2 * n + 1}@store-{n + 1}.example" for n in range(2 * rows)]
    letters = [
        letter(n).replace(f"person{n}@company-{n % 50}.example".encode(), who.encode()) for n, who in enumerate(people)
    ]
    return landing.landed(letters, mailbox)


def _office() -> Mailbox:
    """A person with a mailbox, and all that a reply needs."""
    north = Team.objects.get_or_create(name="Bench")[0]
    ensure_starting()
    owner = User.objects.filter(team=north).first() or people.create_person(
        "bench@bench.example", "Bench Owner", User.Job.SDR, north, by="the bench"
    )
    if not owner.mailboxes.exists():
        mailboxes.create_mailbox(address="bench@bench.example", owner=owner, smtp_host="127.0.0.1", by="the bench")
    return owner.mailboxes.get()


def letter(number: int) -> bytes:
    return (
        f"From: Person {number} <person{number}@company-{number % 50}.example>\r\nTo: bench@bench.example\r\n"
        f"Subject: Re: One place for all your sites?\r\nMessage-ID: <{uuid.UUID(int=number)}@company.example>\r\n"
        "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\n"
        "Hi,\r\n\r\nWhat does this cost for three sites, and is the calibration included?\r\n\r\nKind regards\r\nPerson\r\n"
        "\r\nOn Mon, 23 Nov 2026 at 09:00, Bench Owner <bench@bench.example> wrote:\r\n> Hello,\r\n> who keeps the records?\r\n"
    ).encode()


def empty_mail() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_floor (id bigserial PRIMARY KEY, subject text, raw bytea)")
        tables = [model._meta.db_table for model in (Reply, Message, Conversation)]
        cursor.execute(f"TRUNCATE bench_floor, {', '.join(tables)} CASCADE")


def finding_slots(rows: int) -> Case:
    """Free times of hosts in five zones over a month, against the one query that fetches their busy ranges."""
    team = Team.objects.get_or_create(name="Bench")[0]
    kind = MeetingType.objects.get_or_create(slug="bench", defaults={"name": "Bench", "team": team})[0]
    hosts = [
        people.create_person(
            f"host{n}@bench.example", f"Host {n}", User.Job.EXECUTIVE, team, by="the bench", zone=ZONES[n % 5]
        )
        for n in range(rows)
    ]
    account = Account.objects.create(name="Busy", name_norm="busy", created_at=clock.now())
    now = dt.datetime(2026, 10, 12, 8, tzinfo=dt.UTC)  # the clocks change on 25 October
    Meeting.objects.bulk_create(busy(host, kind, team, account, now, n) for host in hosts for n in range(20))

    def ours() -> int:
        with clock.at(now):
            return Meeting.objects.count() if Diary(hosts, kind, now).slots() else 0

    def floor() -> int:
        ids = [host.pk for host in hosts]
        return len(
            list(Meeting.objects.filter(host__in=ids).values_list("host", "starts_at", "busy_from", "busy_until"))
        )

    return Case("slots", "free times of hosts across a clock change", 2.0, rows, ours, floor)


def busy(host: User, kind: MeetingType, team: Team, account: Account, now: dt.datetime, n: int) -> Meeting:
    start = now + dt.timedelta(days=n, hours=3 + n % 4)
    end = start + dt.timedelta(minutes=30)
    return Meeting(
        account=account, team=team, meeting_type=kind, host=host, state="booked", starts_at=start, ends_at=end,
        busy_from=start, busy_until=end, uid=uuid.uuid4().hex, created_at=now,
    )  # fmt: skip


# name, how many rows by default; a case of several lines measures itself
CASES: dict[str, tuple[Callable[[int], Case | list[Measured]], int]] = {
    "import": (importing.importing, 100_000),
    "peers": (importing.beside_peers, 100_000),
    "intake": (taking_in, 200),
    "landing": (landing_mail, 105),
    "send": (sending.sending_mail, 1_000),
    "classify": (classifying.classifying, 1_000),
    "slots": (finding_slots, 50),
    "book": (booking.racing, 40),
    "pages": (pages.paging, 1_000_000),
    "refresh": (refresh.refreshing, 1_000_000),
    "build": (refresh.building, 1_000_000),
    "planner": (planner.planning, 20_000),
    "funnel": (funnel.funnelling, 10_000_000),
    "growth": (planner.growing, 1_000_000),
}
