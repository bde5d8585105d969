"""Walks through the life of meetings and of what protects them; a second walk finishes what a first one began."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from multiprocessing.connection import Connection
from typing import Any

from django.db import connections

from appointments.models import (
    Availability,
    Credit,
    Meeting,
    MeetingHost,
    MeetingType,
    Offer,
    Qualification,
    Reminder,
    Vacation,
    WorkItem,
)
from appointments.rules.reminders import STANDARD
from appointments.services import (
    booking,
    credits,
    further_guests,
    offers,
    outcomes,
    pencilling,
    recovering,
    reminder_plans,
    reminding,
    taking,
    wall_times,
)
from appointments.services.hosts import Diary
from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Conversation, Event, Mailbox, User
from crm.services import people
from prospecting.models import Outgoing
from tests.faults.stage import SECOND, next_monday

Tell = Callable[[tuple[str, int]], Any]
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
BOXES = {"remind": "ada1@baton.example"}  # the others' stays paused: what becomes of mail is counted elsewhere


# What a walk finds ----------------------------------------------------------------------------------------------------


def prepare(name: str) -> None:
    """Two hosts, an account with somebody who answered, and eight links, each for a time of its own."""
    ada = User.objects.get(email="ada@faults.example")
    box = Mailbox.objects.get(address=BOXES.get(name.rstrip("0123456789"), "ada3@baton.example"))
    kind = MeetingType.objects.create(name=name, slug=name, team=ada.team, owner_first=False)
    with clock.at(next_monday()):
        hosts = [one_host(f"h+{name}{letter}@{SECOND}", kind) for letter in "ab"]
        account = Account.objects.create(name=name, name_norm=name, owner=ada, created_at=clock.now())
        guest = Contact.objects.create(first_name="Guest", email=f"g+{name}@{SECOND}", created_at=clock.now())
        thread = Conversation.objects.create(
            team=ada.team, mailbox=box, root_message_id=f"{name}@{SECOND}", subject="Hello", account=account, contact=guest,
            last_message_at=clock.now(), created_at=clock.now(),
        )  # fmt: skip
        item = WorkItem.objects.create(
            conversation=thread, team=ada.team, account=account, contact=guest, person_address=guest.email, setter=ada, what="answer",
            due_at=clock.now() + HOUR, since=clock.now(), asked_at=clock.now(), created_at=clock.now(),
        )  # fmt: skip
        free = [start for start in Diary(hosts[:1], kind, clock.now()).free(hosts[0]) if start > clock.now() + 9 * DAY]
        for start in free[: 8 * 3 : 3]:
            offers.make_offer(
                kind,
                [start],
                account=account,
                by=ada,
                contact=guest,
                conversation=thread,
                team=ada.team,
                work_item=item,
            )


def one_host(address: str, kind: MeetingType) -> User:
    host = people.create_person(address, "Host", User.Job.EXECUTIVE, kind.team, by="the test")
    Availability.objects.create(host=host, notice_hours=0, horizon_days=60, daily_maximum=99)
    MeetingHost.objects.create(meeting_type=kind, user=host)
    return host


def links_of(name: str) -> list[tuple[Offer, datetime]]:
    """The prepared links, each with its time."""
    parts = (
        "account__owner",
        "contact",
        "meeting_type",
        "team",
        "conversation__mailbox",
        "work_item",
        "replaces",
        "by",
    )
    rows = Offer.objects.filter(account__name=name).order_by("pk").select_related(*parts)[:8]
    return [(row, offers.offered(row)[0]) for row in rows]


def pressed(link: Offer, start: datetime, name: str, what: str, tell: Tell) -> Meeting:
    """A guest presses the button of a form; what they are told then must stay true."""
    meeting = booking.book(
        link,
        start,
        guest_name="Guest",
        guest_email=f"g+{name}@{SECOND}",
        guest_zone="Europe/Berlin",
        key=f"{name}:{what}",
    )
    tell((what, meeting.pk))
    return meeting


@contextmanager
def walking(line: Connection | None) -> Iterator[tuple[list[tuple[str, int]], Tell]]:
    """What is told on the way goes down the line at once, where there is one; the clock stands at a Monday morning."""
    told: list[tuple[str, int]] = []
    with clock.at(next_monday()):
        yield told, line.send if line else told.append
    if line:
        connections.close_all()


# The walks ------------------------------------------------------------------------------------------------------------


def book(line: Connection | None, name: str) -> list[tuple[str, int]]:
    """Pencilled, booked, confirmed, moved, further guests, links void, cancelled; pencils that lapse and links taken back."""
    ada = User.objects.get(email="ada@faults.example")
    with walking(line) as (told, tell):
        (first, at), (_, later), (second, then), (third, lapsing), (fourth, by_setter) = links_of(name)[:5]
        with suppress(Refused):
            pencilling.pencil(first, at)
        meeting = pressed(first, at, name, "booked", tell)
        with suppress(Refused):
            booking.confirm(meeting, by="the guest")
            meeting = booking.move(meeting, later, by="the guest")
            tell(("moved", meeting.pk))
        with suppress(Refused):
            further_guests.add(meeting, name="", email=f"x+{name}@{SECOND}", by=ada)
        if Meeting.objects.get(pk=meeting.pk).link_number == 0:
            booking.void_links(meeting, by=ada)
        off = pressed(second, then, name, "to be cancelled", tell)
        with suppress(Refused):
            booking.cancel(off, reason="Ill.", by="the guest")
        tell(("cancelled", off.pk))
        with suppress(Refused):
            pencilling.pencil(third, lapsing)
        with clock.at(clock.now() + 20 * MINUTE):
            taking.lapse_due()
        offers.revoke(third, by=ada)
        one = booking.book_for(fourth.work_item, by_setter, by=ada, meeting_type=fourth.meeting_type)
        tell(("booked by the setter", one.pk))
    return told


def afterwards(line: Connection | None, name: str) -> list[tuple[str, int]]:
    """Held, called off, missed: asked, said, recovered; one is booked anew and held, one goes back to a person."""
    ada = User.objects.get(email="ada@faults.example")
    with walking(line) as (told, tell):
        chosen = links_of(name)
        kept, missed, ours, off = (
            pressed(*chosen[n], name, what, tell) for n, what in enumerate(("kept", "missed", "ours", "off"))
        )
        with clock.at(chosen[3][1] + 2 * HOUR):
            outcomes.ask_due()
            for verb, meeting, said in (
                (outcomes.mark_held, kept, {}),
                (outcomes.mark_no_show, missed, {"side": "guest"}),
                (outcomes.mark_no_show, ours, {"side": "host"}),
                (outcomes.mark_cancelled, off, {"why": "They rang."}),
            ):
                with suppress(Refused):
                    verb(meeting, by=meeting.host, **said)
            recovering.send_due()
            running = Meeting.objects.get(pk=missed.pk).recovery
            again = pressed(running.offer, offers.offered(running.offer)[-1], name, "again", tell)
            with suppress(Refused):
                recovering.return_to_person(Meeting.objects.get(pk=ours.pk).recovery, by=ada, why="Ada rings them.")
        with clock.at(again.starts_at + HOUR), suppress(Refused):
            outcomes.mark_held(again, by=again.host)
    return told


def ledger(line: Connection | None, name: str) -> list[tuple[str, int]]:
    """Who holds a kind of meeting, a balance put right, and somebody who was away."""
    ada = User.objects.get(email="ada@faults.example")
    kind = MeetingType.objects.get(slug=name)
    first, second = MeetingHost.objects.filter(meeting_type=kind).order_by("pk").values_list("user", flat=True)[:2]
    with walking(line) as (told, _):
        credits.set_hosts(kind, {first: 1, second: 2}, by=ada)
        if not Credit.objects.filter(meeting_type=kind, why=Credit.Why.BY_HAND).exists():
            credits.by_hand(kind, User.objects.get(pk=first), Decimal(3), note=name, by=ada)
        credits.settle_vacations()
    return told


def prepare_ledger(name: str) -> None:
    prepare(name)
    away = next_monday().date()
    host = MeetingHost.objects.filter(meeting_type__slug=name).latest("pk").user
    Vacation.objects.create(host=host, first_day=away - 5 * DAY, last_day=away - 2 * DAY)


def prepare_reminders(name: str) -> None:
    """A booked meeting, and one whose zone has other rules than when it was agreed."""
    prepare(name)
    with clock.at(next_monday()):
        (first, at), (second, then) = links_of(name)[:2]
        pressed(first, at, name, "protected", lambda told: None)
        other = pressed(second, then, name, "shifted", lambda told: None)
        wall = datetime.fromisoformat(Meeting.objects.get(pk=other.pk).wall_start) + HOUR * 3
        Meeting.objects.filter(pk=other.pk).update(wall_start=wall.isoformat())


def remind(line: Connection | None, name: str) -> list[tuple[str, int]]:
    """Swept as time goes by; between two of them the plan changes, the meeting moves, a zone's rules change."""
    ada = User.objects.get(email="ada@faults.example")
    kind = MeetingType.objects.get(slug=name)
    meeting = Meeting.objects.get(idempotency_key=f"{name}:protected")
    (_, at), _, (_, later) = links_of(name)[:3]
    with walking(line) as (told, _):
        wall_times.keep_all()
        swept(at - 3 * DAY)
        with clock.at(at - 2 * DAY):
            said = [replace(rule, before=rule.before + 60) if rule.kind == "day" else rule for rule in STANDARD]
            reminder_plans.keep(kind, said, by=ada)
        swept(at - DAY)
        with clock.at(at - DAY + HOUR), suppress(Refused):
            booking.move(meeting, later + 7 * DAY, by="the guest")
        start = Meeting.objects.get(pk=meeting.pk).starts_at
        for before in (DAY, 3 * HOUR, HOUR, -2 * HOUR):
            swept(start - before)
    return told


def swept(moment: datetime) -> None:
    with clock.at(moment + MINUTE):
        reminding.send_due()


# What became of it ----------------------------------------------------------------------------------------------------


def of_booking(told: dict[str, list[tuple[str, int]]]) -> dict[str, int]:
    """What guests were told before a death is true after it, and everything happened once."""
    rows = {row.pk: row for row in Meeting.objects.filter(account__name__in=told).select_related("account")}
    states = {pk: row.state for pk, row in rows.items()}
    wanted = {"cancelled": "cancelled", "booked": "booked", "moved": "booked", "booked by the setter": "booked"}
    by_form = Counter(row.idempotency_key for row in rows.values() if row.state in ("booked", "cancelled"))
    return {
        "meetings": len(by_form),
        "lost_winners": sum(states.get(pk) not in (wanted.get(what), "cancelled" if "cancel" in what else "booked") for one in told.values() for what, pk in one),
        "booked_twice": sum(len({pk for said, pk in one if said == what}) > 1 for one in told.values() for what, _ in one),
        "meetings_not_three": abs(len(by_form) - 3 * len(told)),
        "steps_not_once": not_once(list(rows), {"meeting.booked": 3, "meeting.moved": 1, "meeting.cancelled": 1, "meeting.guest_added": 1, "meeting.links_void": 1}, len(told)),
        "credits_wrong": credits_wrong(rows.values()),
        "pencils_left": sum(state == "pencilled" for state in states.values()),
        "mails_not_once": abs(Outgoing.objects.filter(account__name__in=told).count() - 6 * len(told)),
        "items_not_done": len(told) - WorkItem.objects.filter(account__name__in=told, what="answer", state="done").count(),
    }  # fmt: skip


def of_outcomes(told: dict[str, list[tuple[str, int]]]) -> dict[str, int]:
    rows = {row.pk: row for row in Meeting.objects.filter(account__name__in=told).select_related("recovery")}
    wanted = {"kept": "held", "missed": "no_show", "ours": "no_show", "off": "cancelled", "again": "held"}
    return {
        "outcomes_wrong": sum(rows[pk].state != wanted[what] for one in told.values() for what, pk in one),
        "outcomes_not_once": not_once(list(rows), {"meeting.booked": 5, "meeting.held": 2, "meeting.no_show": 2, "meeting.cancelled": 1}, len(told)),
        "recoveries_wrong": sum(
            (rows[dict(one)["missed"]].recovery.state, rows[dict(one)["ours"]].recovery.state, rows[dict(one)["missed"]].recovery.tries)
            != ("rebooked", "returned", 1)
            for one in told.values()
        ),
        "recovery_mails_not_once": abs(Outgoing.objects.filter(account__name__in=told, key__startswith="recovery:").count() - 2 * len(told)),
        "not_asked_once": abs(sum(row.outcome_asked_at is not None for row in rows.values()) - 4 * len(told)),
        "outcome_credits_wrong": credits_wrong(rows.values()),
        "qualifications_twice": Qualification.objects.filter(account__name__in=told).count() - len(told),
    }  # fmt: skip


def of_ledger(names: list[str]) -> dict[str, int]:
    """A line each of what was put right and of the days away; levelled once by the changed weight."""
    lines = Counter(Credit.objects.filter(meeting_type__slug__in=names).values_list("why", flat=True))
    weights = MeetingHost.objects.filter(meeting_type__slug__in=names, weight=2).count()
    return {
        "ledger_wrong": abs(lines[Credit.Why.BY_HAND] - len(names)) + abs(lines[Credit.Why.AWAY] - len(names)) + abs(weights - len(names))
    }  # fmt: skip


def not_once(pks: list[int], wanted: dict[str, int], names: int) -> int:
    """How far the timeline is from what happened so often to each name."""
    rows = Event.objects.filter(subject_type="appointments.meeting", subject_id__in=pks, kind__in=wanted)
    found = Counter(rows.values_list("kind", flat=True))
    return sum(abs(found[kind] - many * names) for kind, many in wanted.items())


def credits_wrong(rows: Any) -> int:
    """Meetings that count otherwise than once, or not at all where they were given back."""
    given_back = {"cancelled": 0, "lapsed": 0}
    return sum(
        sum(Credit.objects.filter(meeting=row).values_list("amount", flat=True))
        != (0 if (row.state, row.side) == ("no_show", "guest") else given_back.get(row.state, 1))
        for row in rows
    )


SENT = {("lead", 0), ("day", 0), ("day", 1), ("task", 1), ("hour", 1), ("host", 1), ("outcome", 1)}


def of_reminders(names: list[str]) -> dict[str, int]:
    """Each reminder of each version once: said so by its row, its mail and its task; none of a version that is no more."""
    lost = twice = unasked = 0
    for name in names:
        meeting = Meeting.objects.get(idempotency_key=f"{name}:protected")
        rows = Reminder.objects.filter(meeting=meeting)
        said = Counter(rows.filter(state="sent").values_list("kind", "for_sequence"))
        lost += len(SENT - set(said)) + rows.filter(state="planned").count()
        twice += len(set(said) - SENT) + sum(many > 1 for many in said.values())
        keys = {f"meeting:{meeting.pk}:{kind}:{number}" for kind, number in SENT - {("task", 1), ("outcome", 1)}}
        keys |= {f"outcome:{meeting.pk}:1", f"meeting:{meeting.pk}:confirmed:0", f"meeting:{meeting.pk}:moved:1"}
        there = Outgoing.objects.filter(key__regex=rf"^(meeting|outcome):{meeting.pk}:")
        lost += len(keys - set(there.values_list("key", flat=True)))
        twice += abs(there.count() - len(keys))
        tasks = WorkItem.objects.filter(conversation=meeting.conversation_id, what="confirm_meeting")
        unasked += abs(tasks.count() - 1)
    shifted = Meeting.objects.filter(idempotency_key__in=[f"{name}:shifted" for name in names], sequence=1)
    return {
        "reminders": len(names) * len(SENT), "reminders_lost": lost, "reminders_twice": twice, "tasks_not_once": unasked,
        "hours_not_kept": len(names) - shifted.count(),
    }  # fmt: skip
