"""S6: answers of calendars that nobody invited gave, or that came too late: they change nothing, counted by SQL."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

from django.db import connection

from appointments.models import Meeting, MeetingType
from appointments.services import booking
from crm import clock
from crm.models import Mailbox, WorkingHours
from crm.services import contacts, intake
from tests.faults import stage
from tests.prospecting.world import account_named

LONG = {"answers": 1_000}
GUEST = "guest@prospects.example"
# What an answer might change if it counted: the meeting, its standing answers, proposals, work, and what leaves.
TABLES = (
    "appointments_meeting", "appointments_rsvp", "appointments_counterproposal", "appointments_reminder",
    "appointments_workitem", "appointments_recovery", "prospecting_outgoing", "prospecting_milestone",
)  # fmt: skip


def run(answers: int = 60, seed: int = 6) -> dict[str, Any]:
    """`answers` that are forged, replayed or stale, of every manner in turn; beside them one true answer, which counts."""
    began, rng = time.monotonic(), random.Random(seed)
    _, ada, boxes = stage.office(25)
    meeting = moved_and_accepted(ada, boxes[0])
    before, counted = snapshot(), 0
    for n in range(answers):
        make = MANNERS[n % len(MANNERS)]
        receive(boxes[0], *make(meeting, rng))
        counted += 1
    changed = [table for table, rows in snapshot().items() if before[table] != rows]
    receive(boxes[0], GUEST, calendar(meeting, GUEST, "DECLINED", stamp=clock.now() + timedelta(minutes=1)))
    true_answer = meeting.rsvps.filter(address=GUEST, answer="declined").count()
    return {
        "figure": "S6", "answers": counted, "manners": len(MANNERS), "tables_changed": changed,
        "true_answers": true_answer, "shown_as_unverified": unverified(), "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def moved_and_accepted(ada: Any, box: Mailbox) -> Meeting:
    """A meeting in its second version, to which its guest has said yes."""
    kind = MeetingType.objects.create(name="Half an hour", slug=f"s6-{uuid4().hex}", team=ada.team)
    kind.hosts.create(user=ada)
    WorkingHours.objects.filter(user=ada).delete()
    WorkingHours.objects.bulk_create(
        WorkingHours(user=ada, weekday=day, start="09:00", end="17:00") for day in range(5)
    )
    account = account_named("Store", owner=ada)
    guest = contacts.add_contact(account, by="the test", first_name="Otto", last_name="Guest", email=GUEST)
    start = (clock.now() + timedelta(days=7)).replace(hour=10, minute=0, second=0, microsecond=0)
    meeting = booking.book(
        kind,
        start,
        guest_name="Otto Guest",
        guest_email=GUEST,
        guest_zone="UTC",
        key=uuid4().hex,
        account=account,
        contact=guest,
    )
    meeting = booking.move(meeting, start + timedelta(hours=3), by="the guest")
    receive(box, GUEST, calendar(meeting, GUEST, "ACCEPTED", stamp=clock.now()))
    if not meeting.rsvps.filter(answer="accepted").exists():
        raise RuntimeError("the true answer did not count, so nothing would be shown")
    return Meeting.objects.get(pk=meeting.pk)


def snapshot() -> dict[str, list[Any]]:
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT md5(t::text) FROM {table} t ORDER BY 1")  # noqa: S608 - names from above
            found[table] = cursor.fetchall()
        return found


def unverified() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_event WHERE kind = 'meeting.rsvp_unverified'")
        count: int = cursor.fetchone()[0]
        return count


# Letters ---------------------------------------------------------------------------------------------------------


def calendar(
    meeting: Meeting, who: str, partstat: str, *, stamp: datetime | None, method: str = "REPLY", sequence: int | None = None,
    uid: str = "", start: datetime | None = None, more: str = "", lines: tuple[str, ...] = (),
) -> str:  # fmt: skip
    stamped = (f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",) if stamp else ()
    return "\r\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Elsewhere//EN", f"METHOD:{method}", "BEGIN:VEVENT",
        f"UID:{uid or meeting.uid}", f"SEQUENCE:{meeting.sequence if sequence is None else sequence}", *stamped,
        f"DTSTART:{(start or meeting.starts_at).astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"ATTENDEE;PARTSTAT={partstat}{more}:mailto:{who}", *lines, "END:VEVENT", "END:VCALENDAR", "",
    ])  # fmt: skip


def receive(box: Mailbox, sender: str, text: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, box.address, "Answer: our meeting"
    mail["Message-ID"] = f"<{uuid4().hex}@prospects.example>"
    mail.set_content(text, subtype="calendar", params={"method": "REPLY"})
    intake.receive(mail.as_bytes(), recipients=[box.address], at=clock.now())


Letter = tuple[str, str]


def other_sender(meeting: Meeting, rng: random.Random) -> Letter:
    sender = f"mallory{rng.randrange(10**6)}@elsewhere.example"
    return sender, calendar(meeting, GUEST, "DECLINED", stamp=clock.now() + timedelta(minutes=5))


def crasher(meeting: Meeting, rng: random.Random) -> Letter:
    who = f"crasher{rng.randrange(10**6)}@prospects.example"
    return who, calendar(meeting, who, rng.choice(["ACCEPTED", "DECLINED"]), stamp=clock.now())


def older_version(meeting: Meeting, rng: random.Random) -> Letter:
    return GUEST, calendar(meeting, GUEST, "DECLINED", stamp=clock.now() + timedelta(minutes=5), sequence=0)


def never_sent(meeting: Meeting, rng: random.Random) -> Letter:
    return GUEST, calendar(
        meeting, GUEST, "DECLINED", stamp=clock.now(), sequence=meeting.sequence + rng.randrange(1, 999)
    )


def older_stamp(meeting: Meeting, rng: random.Random) -> Letter:
    return GUEST, calendar(
        meeting, GUEST, "DECLINED", stamp=meeting.created_at - timedelta(minutes=rng.randrange(1, 999))
    )


def no_stamp(meeting: Meeting, rng: random.Random) -> Letter:
    return GUEST, calendar(meeting, GUEST, "DECLINED", stamp=None)


def replayed(meeting: Meeting, rng: random.Random) -> Letter:
    known = meeting.rsvps.get(address=GUEST)
    return GUEST, calendar(meeting, GUEST, "ACCEPTED", stamp=known.stamped_at)


def other_uid(meeting: Meeting, rng: random.Random) -> Letter:
    return GUEST, calendar(
        meeting, GUEST, "DECLINED", stamp=clock.now() + timedelta(minutes=5), uid=f"{rng.random()}@x"
    )


def one_of_a_series(meeting: Meeting, rng: random.Random) -> Letter:
    lines = (f"RECURRENCE-ID:{meeting.starts_at:%Y%m%dT%H%M%SZ}",)
    return GUEST, calendar(meeting, GUEST, "DECLINED", stamp=clock.now() + timedelta(minutes=5), lines=lines)


def false_delegate(meeting: Meeting, rng: random.Random) -> Letter:
    who, more = f"friend{rng.randrange(10**6)}@prospects.example", f';DELEGATED-FROM="mailto:{GUEST}"'
    return who, calendar(meeting, who, "DECLINED", stamp=clock.now() + timedelta(minutes=5), more=more)


def countered_by_a_stranger(meeting: Meeting, rng: random.Random) -> Letter:
    start = meeting.starts_at + timedelta(hours=rng.randrange(1, 99))
    return f"m{rng.randrange(10**6)}@elsewhere.example", calendar(
        meeting, GUEST, "TENTATIVE", stamp=clock.now() + timedelta(minutes=5), method="COUNTER", start=start
    )


def old_counter(meeting: Meeting, rng: random.Random) -> Letter:
    start = meeting.starts_at + timedelta(hours=rng.randrange(1, 99))
    return GUEST, calendar(meeting, GUEST, "TENTATIVE", stamp=clock.now(), method="COUNTER", sequence=0, start=start)


def cancelling(meeting: Meeting, rng: random.Random) -> Letter:
    """An attendee who plays the organizer."""
    more, stamp = rng.choice([";RSVP=TRUE", ";ROLE=CHAIR", ";CUTYPE=ROOM"]), clock.now() + timedelta(minutes=5)
    lines = ("STATUS:CANCELLED",)
    return GUEST, calendar(meeting, GUEST, "DECLINED", stamp=stamp, sequence=99, more=more, lines=lines)


def nonsense(meeting: Meeting, rng: random.Random) -> Letter:
    lines = tuple(f"X-JUNK-{n}:{rng.random()}" for n in range(50))
    stamp = clock.now() + timedelta(minutes=5)
    return GUEST, calendar(meeting, GUEST, rng.choice(["", "MAYBE", "NEEDS-ACTION"]), stamp=stamp, lines=lines)


MANNERS: tuple[Callable[[Meeting, random.Random], Letter], ...] = (
    other_sender, crasher, older_version, never_sent, older_stamp, no_stamp, replayed, other_uid, one_of_a_series,
    false_delegate, countered_by_a_stranger, old_counter, cancelling, nonsense,
)  # fmt: skip
