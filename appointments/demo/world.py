"""The whole demonstration world in its order: organisation, companies, nine months, the present day."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from django.core.management import call_command
from django.db.models import Count

from appointments.demo import cast, hosting
from appointments.demo.bookings import Bookings
from appointments.demo.companies import companies
from appointments.demo.hands import meeting_place, side_by_side
from appointments.demo.history import History
from appointments.demo.present import Present
from appointments.demo.recipients import Habits, Recipients
from appointments.demo.setters import Setters
from appointments.demo.setting_up import World, lay_ways, organise, put_on_file, read_back
from appointments.demo.story import LONDON, Story
from appointments.models import Meeting, WorkItem
from appointments.services.starting import ensure_starting
from crm import clock
from crm.models import Account, Contact, Event, Mailbox, Message, Notification, User
from crm.services.starting import ensure_roles
from prospecting.models import Enrollment, Reply, SegmentVersion, Touch
from prospecting.services import published
from prospecting.services.starting import ensure_policy

Tell = Callable[[float, str], None]
ENROLLED, MOST_ENROLLED = 0.25, 0.8  # of the accounts, over the whole time; the second in a small world
SMALL = 200
FILING = 0.12  # the part of the bar that putting companies on file takes
GAP_SECONDS = 90
BEGUN, LOADED = "installation.demo_begun", "installation.demo_loaded"


@dataclass(frozen=True)
class Size:
    accounts: int = 600
    months: int = 9
    hands: int = 1
    seed: int = 11


def load(size: Size, tell: Tell) -> dict[str, Any]:
    """Live through it, ending now. With one hand the same moment and size give the same history."""
    ends = clock.now()
    begins = datetime.combine((ends - timedelta(days=size.months * 30.4)).date(), time(6), ends.tzinfo)
    begin()
    with clock.at(begins):
        world = _found(size, begins, ends, tell)
    meet = meeting_place(size.hands)
    stories = [_story(world, begins, ends, size, hand, meet, tell) for hand in range(size.hands)]
    told = side_by_side([partial(_live, story, size) for story in stories])
    with clock.at(ends):
        _end(ends)
        Event.record(LOADED, by="the demonstration world", why=f"{size.accounts} accounts, {size.months} months.")
    tell(1.0, "ready")
    refused, failed = ([line for one in told for line in one[n]] for n in (0, 1))
    return {"counts": counts(), "refused": len(refused), "failed": failed, "log_ins": log_ins()}


def _found(size: Size, begins: datetime, ends: datetime, tell: Tell) -> World:
    """The first morning. Mailboxes keep no distance between two mails while history is made: an hour is one look."""
    world = organise(begins.date())
    hosting.lay_kinds(world)
    hosting.lay_hours(world, ends.astimezone(LONDON).date())
    Mailbox.objects.update(gap_seconds=0)
    found = companies(size.accounts, ends.date())
    parts = [found[hand :: size.hands] for hand in range(size.hands)]
    tells: list[Callable[[int], None]] = [lambda n: tell(FILING * n / len(parts[0]), "companies and people")]
    tells += [lambda n: None] * (size.hands - 1)
    side_by_side([partial(put_on_file, world, part, one) for part, one in zip(parts, tells, strict=True)])
    read_back(world)
    lay_ways(world)
    return world


def _story(
    world: World, begins: datetime, ends: datetime, size: Size, hand: int, meet: Callable[[], None], tell: Tell
) -> Story:
    whole = (ends - begins).total_seconds()
    dice = random.Random(f"{size.seed}:{hand}")
    story = Story(world, begins, ends, dice, hand=hand, hands=size.hands, meet=meet)
    if story.leads:
        left = 0.98 - FILING
        story.tell = lambda at: tell(FILING + left * (at - begins).total_seconds() / whole, f"{at:%B %Y}")
    return story


def _live(story: Story, size: Size) -> tuple[list[str], list[str]]:
    setters: Setters
    recipients = Recipients(story, Habits(), lambda reply, label: setters.heard(reply, label))
    bookings = Bookings(story)
    setters = Setters(story, recipients, bookings)
    enrolled = size.accounts * (ENROLLED if size.accounts >= SMALL else MOST_ENROLLED)
    history = History(story, recipients, enrolled / (size.months * 4.35))
    present = Present(story, history, recipients, setters, bookings)
    present.reserve()
    history.unfold()
    if story.leads:
        present.lay_out()
    story.at(story.ends, present.settle)
    story.run()
    return story.refused, story.failed


def begin() -> None:
    """From here on it is a world half there; by this mark alone may it be emptied again."""
    Event.record(BEGUN, by="the demonstration world")


def _end(now: datetime) -> None:
    """From here on the product runs by itself: mailboxes keep their distance, and only today is news."""
    Mailbox.objects.filter(internal=False).update(gap_seconds=GAP_SECONDS)
    Notification.objects.filter(at__lt=now - timedelta(days=1), read_at=None).update(read_at=now)


def counts() -> dict[str, Any]:
    replies = Reply.objects.order_by().values_list("label").annotate(n=Count("pk"))
    meetings = Meeting.objects.order_by().values_list("state").annotate(n=Count("pk"))
    return {
        "accounts": Account.objects.count(),
        "people": Contact.objects.count(),
        "segment_versions": SegmentVersion.objects.count(),
        "enrollments": Enrollment.objects.count(),
        "touches_sent": Touch.objects.filter(state="sent").count(),
        "messages": Message.objects.count(),
        "replies": dict(sorted(replies)),
        "meetings": dict(sorted(meetings)),
        "work_items_open": WorkItem.objects.exclude(state=WorkItem.State.DONE).count(),
        "events": Event.objects.count(),
    }


def log_ins() -> list[dict[str, str]]:
    jobs = dict(User.Job.choices)
    return [
        {"job": f"{jobs[person.job]}{', ' + person.team if person.team else ''}", "email": person.email,
         "password": cast.PASSWORD}
        for person in cast.PEOPLE
    ]  # fmt: skip


def is_there() -> bool:
    return Event.objects.filter(kind=LOADED).exists()


def is_half_there() -> bool:
    """It was begun and has no end: it was interrupted. People of the same names are no sign of it: they may be real."""
    return not is_there() and Event.objects.filter(kind=BEGUN).exists()


def start_over() -> None:
    """Empty a world that was interrupted; what migrations seed is laid down again."""
    call_command("flush", interactive=False, verbosity=0)
    published.forget()
    ensure_roles()
    ensure_policy()
    ensure_starting()
