"""Guests and hosts in the demonstration world: booked, confirmed, moved, held or not, judged, and recovered."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from appointments.demo.hosting import ANSWERS
from appointments.demo.replies import CANCELLATIONS, REFUSALS
from appointments.demo.story import Story, working
from appointments.models import Meeting, Offer, Qualification, Recovery, Reminder, WorkItem
from appointments.services import booking, offers, outcomes, qualifying, recovering, reminding, work_items
from crm import clock
from crm.errors import Refused
from crm.models import Contact, User

Next = WorkItem.Next
OUTCOMES = {"held": 84, "guest": 10, "host": 3, "technical": 2, "nobody says": 2}


class Bookings:
    """What happens between an offered time and a judged meeting."""

    def __init__(self, story: Story) -> None:
        self.story = story

    def by_guest(self, offer_pk: int) -> None:
        """The guest follows the link and takes one of the times; if it is gone, the nearest free one."""
        offer = Offer.objects.select_related("contact", "account", "meeting_type").get(pk=offer_pk)
        start = self.story.dice.choice(offer.slots)["start"]
        meeting = self._book(offer, start)
        if meeting:
            self.follow(meeting)

    def _book(self, offer: Offer, start: Any) -> Meeting | None:
        for moment in (start, *self._others(offer, start)):
            try:
                return booking.book(
                    offer,
                    as_moment(moment),
                    guest_name=offer.contact.name if offer.contact else str(offer.account),
                    guest_email=offer.contact.email if offer.contact else f"office@{offer.account.domain}",
                    guest_zone=offer.guest_zone,
                    key=f"demo-{offer.pk}",
                    answers=self._answers(offer),
                    guests=self._guests(offer),
                )
            except Refused as refusal:
                self.story.refused.append(f"book: {refusal.sentence}")
        return None

    def _answers(self, offer: Offer) -> dict[int, str]:
        """What guests write where they are asked something; some leave it empty."""
        asked = offer.meeting_type.questions.all()
        return {one.pk: self.story.dice.choice(ANSWERS.get(one.text, ("",))) for one in asked}

    def _guests(self, offer: Offer) -> list[tuple[str, str]]:
        """Some bring a colleague who is known there."""
        known = Contact.objects.filter(memberships__account=offer.account, memberships__until=None, stopped_at=None)
        others = [one for one in known.exclude(pk=offer.contact_id).order_by("pk")[:3] if one.email]
        return [(one.name, one.email) for one in others[:1]] if others and self.story.chance(0.3) else []

    def _others(self, offer: Offer, start: Any) -> list[Any]:
        return [slot["start"] for slot in offer.slots if slot["start"] != start]

    def follow(self, meeting: Meeting) -> None:
        """The mail about a meeting leaves; some confirm, a few move or cancel, and then it is held or not."""
        self.story.after(self.story.sweep, minutes=0.5)
        for due in Reminder.objects.filter(meeting=meeting, state="planned").values_list("due_at", flat=True):
            self.story.at(max(due, clock.now()) + timedelta(seconds=20), self.remind)
        dice = self.story.dice.random()
        before = (meeting.starts_at - clock.now()) / 2
        if dice < 0.08:
            self.story.at(clock.now() + before, self.move, meeting.pk)
        elif dice < 0.13:
            self.story.at(clock.now() + before, self.cancel, meeting.pk)
        elif dice < 0.75:
            self.story.at(meeting.starts_at - timedelta(hours=20), self.confirm, meeting.pk)
        waited = self.story.dice.uniform(0.4, 2.5)
        self.story.at(meeting.ends_at + timedelta(hours=waited), self.judge, meeting.pk, meeting.sequence)

    def remind(self) -> None:
        reminding.send_due()
        self.story.after(self.story.sweep, minutes=0.5)

    def confirm(self, meeting_pk: int) -> None:
        meeting = Meeting.objects.get(pk=meeting_pk)
        if meeting.state == Meeting.State.BOOKED and meeting.confirmed_at is None:
            booking.confirm(meeting, by="the guest")

    def move(self, meeting_pk: int) -> None:
        """The same meeting at another time: its invitation is updated, not doubled."""
        meeting = Meeting.objects.select_related("meeting_type").get(pk=meeting_pk)
        if meeting.state != Meeting.State.BOOKED:
            return
        slots = [slot for slot in self.free(meeting) if slot > meeting.starts_at]
        if not slots:
            return
        booking.move(meeting, slots[min(3, len(slots) - 1)], by="the guest")
        meeting.refresh_from_db()
        self.follow(meeting)

    def free(self, meeting: Meeting) -> list[Any]:
        return [slot.start for slot in offers.free_slots(meeting.meeting_type, host=meeting.host, but=meeting)]

    def cancel(self, meeting_pk: int) -> None:
        meeting = Meeting.objects.get(pk=meeting_pk)
        if meeting.state == Meeting.State.BOOKED:
            booking.cancel(meeting, reason=self.story.dice.choice(CANCELLATIONS), by="the guest")
            self.story.after(self.story.sweep, minutes=0.5)
            self.story.in_hours(self.tidy, meeting.account_id, hours=self.story.dice.uniform(2, 14))

    # After the hour --------------------------------------------------------------------------------------------

    def judge(self, meeting_pk: int, sequence: int) -> None:
        """The host says what came of it; a few never do."""
        meeting = Meeting.objects.select_related("host", "account", "setter").get(pk=meeting_pk)
        if meeting.state != Meeting.State.BOOKED or meeting.sequence != sequence:
            return
        said = self.story.dice.choices(list(OUTCOMES), weights=list(OUTCOMES.values()))[0]
        if said == "held":
            self.close_tasks(meeting.account_id)
            outcomes.mark_held(meeting, by=meeting.host, next=Next.REST, rest_until=self._in_days(90))
            self.story.after(self.accept, meeting.pk, hours=self.story.dice.uniform(1, 20))
        elif said != "nobody says":
            self.no_show(meeting, said)

    def no_show(self, meeting: Meeting, side: str) -> None:
        self.close_tasks(meeting.account_id)
        outcomes.mark_no_show(meeting, side=side, by=meeting.host)
        self.story.after(self.story.sweep, minutes=0.5)
        recovery = Recovery.objects.filter(meeting=meeting).first()
        if recovery:
            self.story.after(self.recover, recovery.pk, minutes=2)
            if self.story.chance(0.5):
                self.story.at(working(clock.now(), self.story.dice.uniform(3, 18)), self.rebook, recovery.pk)

    def recover(self, recovery_pk: int) -> None:
        """The sweep that sends the next try when it is due, until it is answered or returned to a person."""
        recovery = Recovery.objects.get(pk=recovery_pk)
        if recovery.state != Recovery.State.RUNNING:
            return
        recovering.send_due()
        self.story.after(self.story.sweep, minutes=0.5)
        recovery.refresh_from_db()
        if recovery.state == Recovery.State.RUNNING and recovery.next_at:
            self.story.at(max(recovery.next_at, clock.now() + timedelta(minutes=5)), self.recover, recovery.pk)
        elif recovery.state == Recovery.State.RETURNED:
            self.story.in_hours(self.tidy, recovery.account_id, hours=self.story.dice.uniform(2, 20))

    def tidy(self, account_pk: int) -> None:
        """Whoever set the meeting says what the account does next: it rests, and new copy comes later."""
        if not Meeting.objects.filter(account=account_pk, state=Meeting.State.BOOKED).exists():
            for item in self._open_items(account_pk):
                by = item.setter or item.account.owner
                work_items.done(
                    item, outcome=WorkItem.Outcome.NURTURE, next=Next.REST, rest_until=self._in_days(60),
                    reason=WorkItem.Reason.PRIORITY, by=by,
                )  # fmt: skip

    def close_tasks(self, account_pk: int) -> None:
        """A task that the hour has answered: they came."""
        for item in self._open_items(account_pk).filter(what="confirm_meeting"):
            work_items.done(item, outcome=WorkItem.Outcome.BOOKED, next=Next.WAIT, by=item.setter or item.account.owner)

    def _open_items(self, account_pk: int) -> QuerySet[WorkItem]:
        return work_items.open_items().filter(account=account_pk).select_related("setter", "account__owner")

    def _in_days(self, days: int) -> date:
        return (clock.now() + timedelta(days=days)).date()

    def rebook(self, recovery_pk: int) -> None:
        recovery = Recovery.objects.select_related("offer").get(pk=recovery_pk)
        if recovery.state == Recovery.State.RUNNING and recovery.offer:
            self.by_guest(recovery.offer_id)

    # Qualified, accepted ---------------------------------------------------------------------------------------

    def try_to_qualify(self, found: Qualification, by: User) -> None:
        """The setter says it is ready; where an answer is open they say why it is worth a meeting all the same."""
        try:
            qualifying.qualify(found, by=by)
        except Refused:
            if self.story.chance(0.7):
                qualifying.qualify(found, by=by, override="They asked for the meeting themselves and named a date.")

    def accept(self, meeting_pk: int) -> None:
        meeting = Meeting.objects.select_related("host", "account", "enrollment").get(pk=meeting_pk)
        found = Qualification.objects.filter(account=meeting.account, enrollment=meeting.enrollment).first()
        if found is None or found.qualified_at is None or found.accepted is not None:
            return
        if self.story.chance(0.82):
            qualifying.accept(found, by=meeting.host)
        else:
            qualifying.refuse(found, reason=self.story.dice.choice(REFUSALS), by=meeting.host)


def as_moment(value: Any) -> datetime:
    """A slot's start: a moment, or one written down in an offer."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
