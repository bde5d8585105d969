"""Nine months, day by day: rules published, accounts enrolled in weekly cohorts, mail planned and sent, work done."""

from datetime import UTC, date, datetime, time, timedelta

from appointments.demo.recipients import Recipients
from appointments.demo.setting_up import World, publish
from appointments.demo.story import Story, works
from appointments.demo.ways import CHAPTERS, Chapter
from appointments.services import escalating
from crm import clock
from crm.errors import Refused
from crm.models import Account
from prospecting.models import Enrollment, ListEntry, Touch
from prospecting.models.touch import Flight
from prospecting.services import enrollment as walks
from prospecting.services import planner, segments, sending

PLANNING_DAYS = (0, 3)  # looking at every walk each morning would find little more
# From which of 39 weeks how much of the usual intake: from the summer on more were enrolled, and setting did not keep up.
INTAKE = ((0, 0.5), (18, 2.0), (33, 0.8))
FIRST_MAIL, LAST_MAIL = time(9, 5), time(14, 50)  # UTC: inside office hours from Lisbon to Warsaw all year


class History:
    """The days of the world. Everything that happens is asked of a verb at its moment."""

    def __init__(self, story: Story, recipients: Recipients, a_week: float) -> None:
        self.story, self.recipients, self.a_week = story, recipients, a_week
        story.sweep = self.send_answers
        self.published = dict.fromkeys((chapter.way.key for chapter in CHAPTERS), 0)
        self.reserved: set[int] = set()  # accounts that are enrolled at a week of their own

    @property
    def world(self) -> World:
        return self.story.world

    def unfold(self) -> None:
        """Lay out the mornings; each morning lays out its own day."""
        day = self.story.begins.date()
        while day <= self.story.ends.date():
            if works(day):
                self.story.at(datetime.combine(day, time(6, 30), UTC), self.morning, day)
            day += timedelta(days=1)

    def morning(self, day: date) -> None:
        now = clock.now()
        if self.story.leads:
            self._publish(self.story.week(now))
            walks.wake_resting(now)
            escalating.escalate_due()
            if day.weekday() == 0:
                self._refresh_lists()
        self.story.meet()
        if day.weekday() == 0 or now - self.story.begins < timedelta(days=1):
            self.story.at(datetime.combine(day, time(8, 40), UTC), self.enroll_cohort)
        if day.weekday() in PLANNING_DAYS or day == self.story.ends.date():
            self.story.at(datetime.combine(day, time(8, 50), UTC), self.plan)
        self.story.at(datetime.combine(day, time(8, 55), UTC), self.lay_out_mail, day)

    def _publish(self, week: int) -> None:
        for chapter in CHAPTERS:
            number = self.published[chapter.way.key] + 1
            if number < len(chapter.versions) and week >= chapter.versions[number].week * self.story.pace:
                self.published[chapter.way.key] = number
                publish(self.world, chapter, number)

    def _refresh_lists(self) -> None:
        for segment in self.world.segments.values():
            segments.refresh_list(segment)

    # Cohorts ---------------------------------------------------------------------------------------------------

    def enroll_cohort(self) -> None:
        """Each week some accounts of every list start their walk, with whoever owns them."""
        shares = {"cold": 0.42, "office": 0.24, "care": 0.18, "project": 0.16}
        for chapter in CHAPTERS:
            wanted = self.a_week * self.intake() * shares[chapter.way.key] / self.story.hands
            self.enroll_some(chapter, int(wanted) + self.story.chance(wanted % 1))

    def intake(self) -> float:
        week = self.story.week(clock.now())
        return next(share for since, share in reversed(INTAKE) if week >= since * self.story.pace)

    def enroll_some(self, chapter: Chapter, wanted: int) -> None:
        segment = self.world.segments[chapter.way.key]
        walked = Enrollment.objects.values("account")
        fresh = ListEntry.objects.filter(target_list__segment=segment, left_at=None, window_open=True)
        fresh = fresh.exclude(account__in=walked).exclude(account__in=self.reserved)
        rows = list(fresh.order_by("account_id").values_list("account_id", "account__owner_id"))
        self.story.dice.shuffle(rows)
        chosen = [pk for pk, owner in rows if owner and self.story.mine(pk)][:wanted]
        found = Account.objects.select_related("owner__team").in_bulk(chosen)
        by_owner: dict[int, list[Account]] = {}
        for pk in chosen:
            by_owner.setdefault(found[pk].owner_id, []).append(found[pk])
        for accounts in by_owner.values():
            owner = accounts[0].owner
            walks.enroll_many(
                accounts,
                segment=segment,
                sequence_version=self.world.sequences[chapter.way.key],
                prospector=owner,
                by=owner,
            )

    def enroll_one(self, account: Account, key: str) -> None:
        owner = account.owner
        walks.enroll(
            account,
            segment=self.world.segments[key],
            sequence_version=self.world.sequences[key],
            prospector=owner,
            by=owner,
        )

    # A day's mail ----------------------------------------------------------------------------------------------

    def plan(self) -> None:
        planner.plan_due(limit=2_000)

    def lay_out_mail(self, day: date) -> None:
        """Spread the day's mail over the hours in which everybody is at work."""
        due = Touch.objects.filter(state=Flight.PLANNED, due_on__lte=day, enrollment__state=Enrollment.State.ACTIVE)
        mails = due.filter(channel="email").exclude(not_before__gt=clock.now() + timedelta(hours=6)).count()
        start, end = (datetime.combine(day, at, UTC) for at in (FIRST_MAIL, LAST_MAIL))
        for number in range(self.story.hand, mails, self.story.hands):
            share = (number + self.story.dice.uniform(0.1, 0.9)) / mails
            self.story.at(start + (end - start) * share, self.send_one)
        for pk in filter(self.story.mine, due.exclude(channel="email").values_list("pk", flat=True)):
            self.story.at(start + (end - start) * self.story.dice.random(), self.call, pk)

    def send_one(self) -> None:
        sending.send_due(limit=1, worker="the demonstration world", hand_over=self.recipients.hand_over, outreach=1)
        self.recipients.react()

    def send_answers(self) -> None:
        """The sweep after someone wrote: answers and meeting mail that are due."""
        sending.send_due(limit=20, worker="the demonstration world", hand_over=self.recipients.hand_over, outreach=0)
        self.recipients.react()

    def call(self, touch_pk: int) -> None:
        """A call or a note is made by hand, and not everybody picks up."""
        touch = Touch.objects.select_related("enrollment__prospector", "account", "contact", "visit").get(pk=touch_pk)
        if touch.state != Flight.PLANNED or touch.enrollment.state != Enrollment.State.ACTIVE:
            return
        reached = self.story.chance(0.45)
        outcome = self.story.dice.choice(("Talked", "Asked to write again")) if reached else "No answer"
        try:
            sending.log_touch(touch, outcome=outcome, reached=reached, by=touch.enrollment.prospector)
        except Refused as refusal:
            self.story.refused.append(f"call: {refusal.sentence}")
