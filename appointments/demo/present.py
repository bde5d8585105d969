"""The present day: whoever opens the demonstration world finds people waiting, meetings today, and a few loose ends."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from appointments.demo import mail
from appointments.demo.bookings import Bookings
from appointments.demo.history import History
from appointments.demo.recipients import Recipients
from appointments.demo.setters import Setters
from appointments.demo.story import LONDON, Story, works
from appointments.demo.ways import CHAPTERS
from appointments.models import Meeting, MeetingType, Recovery, WorkItem
from appointments.services import booking, classifying, escalating, offers, outcomes, recovering, work_items
from crm import clock
from crm.models import Contact, Mailbox, Message, User
from crm.services import intake, people
from prospecting.models import Reply
from prospecting.services import enrollment as walks
from prospecting.services import intakes, planner

LATE_THREE = "Hi {sdr},\n\nTuesday after 14:00 works for me, or Thursday before 11. Please bring Anouk de Vries in as well, she looks after refrigerant compliance for all four sites (anouk.de-vries@maas-dekker.example). We have an inspection in the spring, so we want this settled before.\n\nJoost"

# Who wrote, what they meant, how many working hours before now, and what they said.
WAITING: tuple[tuple[str, str, str, float, str], ...] = (
    ("maas-dekker.example", "Joost", "meeting_request", 3.0, LATE_THREE),
    (
        "orsini-gelati.example",
        "Chiara",
        "question",
        1.3,
        "What does this cost for three sites, and is the sensor calibration included?\n\nChiara Orsini",
    ),
    (
        "brightmoor.example",
        "Owen",
        "question",
        0.5,
        "Does it work with transcritical CO2 plants, or only HFC?\n\nOwen Blackwood",
    ),
    (
        "fjordkyst.example",
        "Ingrid",
        "meeting_request",
        0.02,
        "Could we talk next Wednesday at ten? Please send an invite.\n\nIngrid",
    ),
    (
        "ardenne-surgeles.example",
        "Léa",
        "referral",
        1.0,
        "Bonjour,\n\nC'est Karim Benali qui s'en occupe : karim.benali@ardenne-surgeles.example. Contactez-le directement.\n\nLéa Fontaine",
    ),
    (
        "castellan.example",
        "Daniel",
        "objection_competitor",
        0.8,
        "We are with another supplier for this and quite happy.\n\nDaniel",
    ),
    (
        "hartmann-backwaren.example",
        "Petra",
        "left_company",
        9.0,
        "Petra Vogel is no longer with the company. Please update your records.",
    ),
    (
        "nordlys-kjott.example",
        "Erik",
        "other",
        2.2,
        "Thanks, seen.\n\nErik",
    ),
    (
        "almeida-pescados.example",
        "Tomás",
        "not_now",
        12.0,
        "Nothing planned this year. Get back to me in March, please.\n\nTomás",
    ),
)  # fmt: skip
TAKEN = ("meeting_request", "question")
FRESH = 3  # accounts of each list that start on the last day
INTAKE = ("office", "Offices, three a day", 3)
# Meetings of today, in the order of the day.
TODAY = (("vesna-dairy.example", "sam"), ("sallowpike.example", "noor"), ("delmar-fresh.example", "sam"))
NOT_SAID = ("tarnvalley.example", "noor")
NO_SHOW = ("kowalczyk-mroznie.example", "sam", Meeting.Side.GUEST)
OUR_SIDE = ("vinterhavn.example", "noor", Meeting.Side.TECHNICAL)
ASKS = "Hi {sdr},\n\nYes, let's have a call. Please send me an invite.\n\n{me}"
UNMATCHED = (
    "Trade Fair Office",
    "stands@coldchain-fair.example",
    "Your stand in hall 4",
    "Good afternoon,\n\nthe drawings for your stand are ready. Who at Halden Air should get them?\n\nThe fair office",
)


class Present:
    """Lays the last days of the story out so that they end in the middle of things."""

    def __init__(
        self, story: Story, history: History, recipients: Recipients, setters: Setters, bookings: Bookings
    ) -> None:
        self.story, self.history, self.bookings = story, history, bookings
        self.recipients, self.setters = recipients, setters
        self.accounts = story.world.accounts

    # Before: the accounts of this part are kept out of the others' hands ----------------------------------------

    def reserve(self) -> None:
        names = [row[0] for row in (*WAITING, *TODAY, NOT_SAID, NO_SHOW, OUR_SIDE)]
        for name in names:
            if account := self.accounts.get(name):
                self.history.reserved.add(account.pk)
                self.recipients.quiet.add(account.pk)
                self.setters.hands_off.add(account.pk)
                if self.story.leads:
                    self.story.at(self.days_back(16, 8.8), self.history.enroll_one, account, "cold")

    def lay_out(self) -> None:
        """Who waits, who meets today, and what was left open."""
        self.story.at(self.days_back(6, 6), self.open_today)
        for domain, first_name, label, hours, text in WAITING:
            self.story.at(self.back(hours), self.write, domain, first_name, label, text)
        self.story.at(self.back(4), self.stray)
        self.story.at(self.days_back(2, 7.5), self.stand_an_intake)
        for moment in (self.days_back(2, 8), self.days_back(1, 8), self.story.ends - timedelta(minutes=12)):
            self.story.at(moment, intakes.take_due)
        self.story.at(self.story.ends - timedelta(minutes=10), self.start_fresh_ones)
        for number, (domain, host) in enumerate(TODAY):
            self.story.at(self.days_back(3, 10 + number), self.book_ahead, domain, host, self.today, number)
        self.story.at(self.days_back(4, 10), self.book_ahead, NOT_SAID[0], NOT_SAID[1], self.days_back(1, 14).date(), 0)
        for domain, host, side in (NO_SHOW, OUR_SIDE):
            self.story.at(self.days_back(4, 11), self.book_ahead, domain, host, self.days_back(1, 14).date(), 1, side)

    @property
    def today(self) -> date:
        return self.story.ends.astimezone(LONDON).date()

    def open_today(self) -> None:
        """The day the world is opened on is a working day, even on a weekend: somebody has the shift."""
        weekday = self.today.weekday()
        if weekday > 4:
            for user in self.story.world.users.values():
                week = [row for row in user.hours.values_list("weekday", "start", "end") if row[0] != weekday]
                people.set_hours(user, [*week, (weekday, time(9), time(17, 30))])

    def stand_an_intake(self) -> None:
        """A standing order on one list; whose first mails somebody reads before they leave."""
        world, (key, name, per_day) = self.story.world, INTAKE
        intakes.create(
            name=name, segment=world.segments[key], sequence=world.sequences[key].sequence, per_day=per_day,
            owners="owner", weekdays=[0, 1, 2, 3, 4], approval=True, by=world.users["ruth"],
        )  # fmt: skip

    def start_fresh_ones(self) -> None:
        """Somebody enrolled accounts a moment ago: their first mails are planned and still to come."""
        for chapter in CHAPTERS:
            self.history.enroll_some(chapter, FRESH)

    # Moments -----------------------------------------------------------------------------------------------------

    def days_back(self, days: int, hour: float) -> datetime:
        """So many working days before today, at an hour UTC."""
        day = self.today
        while days:
            day -= timedelta(days=1)
            days -= works(day)
        return datetime.combine(day, time(int(hour), int(hour % 1 * 60)), UTC)

    def back(self, hours: float) -> datetime:
        """The moment so many office hours before now; today counts, whatever day it is."""
        left, day = timedelta(hours=hours), self.today
        while True:
            start, end = (datetime.combine(day, at, LONDON).astimezone(UTC) for at in (time(9), time(17, 30)))
            end = min(end, self.story.ends)
            if (works(day) or day == self.today) and start < end:
                if left <= end - start:
                    return end - left
                left -= end - start
            day -= timedelta(days=1)

    # Acts --------------------------------------------------------------------------------------------------------

    def write(self, domain: str, first_name: str, label: str, text: str) -> Reply | None:
        contact, message = self._thread(domain, first_name)
        if message is None or contact is None:
            self.story.refused.append(f"write: nobody at {domain} was written to yet")
            return None
        owner = self.accounts[domain].owner
        said = text.format(sdr=owner.get_short_name() if owner else "there", me=contact.first_name)
        reply = self.recipients.answer(contact, message, label, said)
        if reply:
            self._taken_up(reply, label)
        return reply

    def _taken_up(self, reply: Reply, label: str) -> None:
        """Whoever's turn it is takes it, and is kept from answering; only the one who wants peace is read at once."""
        by = self.setters.setter(reply)
        if label == "not_now" and reply.label != label:
            classifying.correct(reply, label, by=by)
        item = self.setters.item_of(reply)
        if item and item.state == WorkItem.State.OPEN and label in TAKEN:
            work_items.claim(item, by=by)

    def _thread(self, domain: str, first_name: str = "") -> tuple[Contact | None, Message | None]:
        """The person by their first name, else whoever was written to; and the last mail they or a colleague got."""
        account = self.accounts.get(domain)
        if account is None:
            return None, None
        sent = Message.objects.filter(account=account, direction="out").order_by("-at")
        people_there = Contact.objects.filter(memberships__account=account, memberships__until=None)
        contact = people_there.filter(first_name=first_name).first() if first_name else None
        message = (sent.filter(contact=contact).first() if contact else None) or sent.first()
        return contact or (message.contact if message else None), message

    def stray(self) -> None:
        name, address, subject, text = UNMATCHED
        box = Mailbox.objects.filter(team=self.story.world.teams["Team North"], owner=None).first()
        if box:
            raw = mail.fresh(name, address, box.address, subject, text, clock.now(), self.story.dice)
            intake.receive(raw, recipients=[box.address], at=clock.now())

    def book_ahead(self, domain: str, host: str, day: date, number: int, side: str = "") -> None:
        """They ask for a call, the setter books it, and the day takes its course."""
        reply = self.write(domain, "", "meeting_request", ASKS)
        item = self.setters.item_of(reply) if reply else None
        if reply is None or item is None or item.account is None:
            return
        by = self.setters.setter(reply)
        self.setters.qualify(item, by)
        start = self._free_on(day, self.story.world.users[host], number)
        if start is None:
            self.story.refused.append(f"book: no free time on {day}")
            return
        meeting = booking.book_for(item, start, by=by, host=self.story.world.users[host])
        self.story.after(self.story.sweep, minutes=0.5)
        for act, moment in self._course(meeting, number, side):
            self.story.at(moment, act, meeting.pk)
        self._remind(meeting)

    def _remind(self, meeting: Meeting) -> None:
        for due in meeting.reminders.filter(state="planned").values_list("due_at", flat=True):
            self.story.at(max(due, clock.now()) + timedelta(seconds=20), self.bookings.remind)

    def _course(self, meeting: Meeting, number: int, side: str) -> list[tuple[Callable[..., Any], datetime]]:
        """Two of today's three are confirmed; what lies behind is judged, but for the one nobody spoke about."""
        if side:
            return [
                (
                    self.miss_guest if side == Meeting.Side.GUEST else self.miss_ours,
                    meeting.ends_at + timedelta(minutes=25),
                )
            ]
        course = [(self.bookings.confirm, meeting.starts_at - timedelta(hours=20))] if number != 1 else []
        if number == 1:
            course.append((self.propose_other_time, self.story.ends - timedelta(minutes=18)))
        if meeting.starts_at.astimezone(LONDON).date() == self.today:
            course.append((self.hold, meeting.ends_at + timedelta(minutes=20)))
        return course

    def _free_on(self, day: date, host: User, number: int) -> datetime | None:
        """A free start on that day: today after now where there is one; else on the next day that has one."""
        kind = self._kind()
        free = [slot.start for slot in offers.free_slots(kind, host=host)]
        later = sorted({start.astimezone(LONDON).date() for start in free if start.astimezone(LONDON).date() >= day})
        if not later:
            return None
        starts = [start for start in free if start.astimezone(LONDON).date() == later[0]]
        ahead = [start for start in starts if start > self.story.ends + timedelta(minutes=20)] or starts
        return ahead[min(len(ahead) - 1, (number + 1) * len(ahead) // 4)]

    def _kind(self) -> MeetingType:
        return self.story.world.meeting_types["logbook-tour"]

    def propose_other_time(self, meeting_pk: int) -> None:
        """The guest's calendar asks for the same hour a few days later."""
        meeting = Meeting.objects.select_related("conversation__mailbox", "host", "meeting_type").get(pk=meeting_pk)
        sent = Message.objects.filter(conversation=meeting.conversation_id, direction=Message.Direction.OUT).last()
        free = [slot.start for slot in offers.free_slots(meeting.meeting_type, host=meeting.host, but=meeting)]
        later = [start for start in free if start > meeting.starts_at + timedelta(days=1)]
        if meeting.state != Meeting.State.BOOKED or not (sent and later and meeting.conversation):
            return
        writer = mail.Writer(meeting.guest_name, meeting.guest_email, sent)
        raw = mail.other_time(
            writer,
            meeting.uid,
            meeting.sequence,
            later[0],
            clock.now(),
            self.story.dice,
            comment="Something came up that day.",
        )
        intake.receive(raw, recipients=[meeting.conversation.mailbox.address], at=clock.now())

    def hold(self, meeting_pk: int) -> None:
        meeting = Meeting.objects.select_related("host").get(pk=meeting_pk)
        if meeting.state == Meeting.State.BOOKED:
            self.bookings.close_tasks(meeting.account_id)
            outcomes.mark_held(meeting, by=meeting.host)

    def miss_guest(self, meeting_pk: int) -> None:
        self._miss(meeting_pk, Meeting.Side.GUEST)

    def miss_ours(self, meeting_pk: int) -> None:
        self._miss(meeting_pk, Meeting.Side.TECHNICAL)

    def _miss(self, meeting_pk: int, side: str) -> None:
        """A no-show; the first recovery message leaves with the next sweep, the second is still to come."""
        meeting = Meeting.objects.select_related("host").get(pk=meeting_pk)
        self.bookings.close_tasks(meeting.account_id)
        outcomes.mark_no_show(meeting, side=side, by=meeting.host)
        if Recovery.objects.filter(meeting=meeting, state=Recovery.State.RUNNING).exists():
            self.story.after(self.recover, minutes=1)

    def recover(self) -> None:
        recovering.send_due()
        self.story.after(self.story.sweep, minutes=0.5)

    # After: the sweeps that would have run by now ----------------------------------------------------------------

    def settle(self) -> None:
        walks.wake_resting(clock.now())
        planner.plan_due(limit=2_000)
        self.bookings.remind()
        escalating.escalate_due()
        self.story.sweep()
