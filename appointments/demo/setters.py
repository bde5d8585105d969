"""The team that works replies: how fast each one is taken up, what is answered, and what the account does next."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from appointments.demo.hosting import TOGETHER
from appointments.demo.recipients import Recipients
from appointments.demo.replies import ACCEPTS, CLOSING_ANSWERS, DAYS, NOTES
from appointments.demo.story import Story, working
from appointments.models import MeetingType, Offer, WorkItem
from appointments.services import answering, classifying, offers, qualifying, work_items
from crm import clock
from crm.models import Contact, Message, User
from crm.services import contacts, notes
from prospecting.models import Outgoing, Reply

Outcome, Next = WorkItem.Outcome, WorkItem.Next
# Working hours until somebody takes a reply up, and how often; None is never.
BRISK = ((0.06, 36), (0.5, 32), (2, 20), (6, 9), (14, 3))
SLOW = ((0.5, 4), (3, 8), (8, 16), (18, 28), (40, 16), (None, 28))
A_SENTENCE = 24  # letters; a shorter line greets or signs
SLOW_FROM = {"Team North": 17, "Team South": 25}  # of 39 weeks: when replies outgrew who works them
# What becomes of a wish to talk, by how long it waited: people cool down.
WARMTH = ((0.2, 0.98), (1, 0.95), (4, 0.8), (9, 0.4), (26, 0.12), (99, 0.05))


class Setters:
    """Takes up work items as this team's people do."""

    def __init__(self, story: Story, recipients: Recipients, book: Any) -> None:
        self.story, self.recipients, self.book = story, recipients, book
        self.hands_off: set[int] = set()  # accounts that are left as they are until the present
        self.known: set[str] = set()  # labels that were worked once: what is new to them is read at once

    def heard(self, reply: Reply, label: str) -> None:
        """Something came in. Whoever it belongs to gets to it when they get to it."""
        if reply.account_id in self.hands_off:
            return
        hours = self.delay(reply, late=label in self.known and not self.talking(reply))
        self.known.add(label)
        if hours is None:
            self.story.in_hours(self.abandon, reply.pk, hours=self.story.dice.uniform(90, 170))
        else:
            self.story.in_hours(self.work, reply.pk, label, hours, hours=hours)

    def delay(self, reply: Reply, *, late: bool) -> float | None:
        """Both teams were brisk once; as the weeks went by their replies waited longer, Team North's first."""
        late = late and self.story.week(clock.now()) >= SLOW_FROM[reply.team.name] * self.story.pace
        table = SLOW if late else BRISK
        hours = self.story.dice.choices([hours for hours, _ in table], weights=[often for _, often in table])[0]
        return hours and hours * self.story.dice.uniform(0.6, 1.4)

    def talking(self, reply: Reply) -> bool:
        """Whoever answered once keeps an eye on that thread."""
        return Outgoing.objects.filter(conversation=reply.conversation_id, purpose="answer", state="sent").exists()

    def work(self, reply_pk: int, label: str, waited: float) -> None:
        reply = Reply.objects.select_related("account__owner", "contact", "team", "message").get(pk=reply_pk)
        by = self.setter(reply)
        if reply.label != label:
            classifying.correct(reply, label, by=by)
            reply.refresh_from_db()
        item = self.item_of(reply)
        if item is None:
            return
        if item.state == WorkItem.State.OPEN:
            work_items.claim(item, by=by)
        getattr(self, f"_{label}", partial(self._close_off, label=label))(item, reply, by, waited)
        if self.story.chance(0.12) and reply.account:
            notes.add_note(reply.account, self.story.dice.choice(NOTES), by=by)

    def abandon(self, reply_pk: int) -> None:
        """Nobody answered for weeks; in the end somebody clears it away."""
        reply = Reply.objects.select_related("account__owner", "team").get(pk=reply_pk)
        item = self.item_of(reply)
        if item and item.answered_at is None:
            self.finish(item, self.setter(reply), Outcome.NURTURE, Next.REST, rest_days=90)

    def setter(self, reply: Reply) -> User:
        item = self.item_of(reply)
        owner = reply.account.owner if reply.account else None
        return (item.setter if item else None) or owner or self.story.world.users["ada"]

    def item_of(self, reply: Reply) -> WorkItem | None:
        waiting = WorkItem.objects.filter(conversation=reply.conversation_id).exclude(state=WorkItem.State.DONE)
        return (
            waiting.select_related("account__owner", "contact", "conversation", "reply", "setter")
            .order_by("-pk")
            .first()
        )

    # What is done about each label -----------------------------------------------------------------------------

    def _meeting_request(self, item: WorkItem, reply: Reply, by: User, waited: float) -> None:
        self.offer(item, reply, by, warmth(waited))

    def _interested(self, item: WorkItem, reply: Reply, by: User, waited: float) -> None:
        self._answer_and_hope(item, reply, by, 0.97 * warmth(waited))

    def _question(self, item: WorkItem, reply: Reply, by: User, waited: float) -> None:
        self._answer_and_hope(item, reply, by, 0.92 * warmth(waited))

    def _answer_and_hope(self, item: WorkItem, reply: Reply, by: User, hope: float) -> None:
        """The draft goes out; those who are still warm come back and want to talk."""
        self.send(item, by, answering.draft(item, by=by))
        if reply.contact and self.story.chance(hope):
            name = by.get_short_name()
            day = self.story.dice.choice(DAYS["en"])
            text = self.story.dice.choice(ACCEPTS).format(sdr=name, me=reply.contact.first_name, day=day)
            moment = working(clock.now(), self.story.dice.uniform(1, 12))
            self.story.at(moment, self.come_back, item.conversation_id, reply.contact, text)
        self.finish(item, by, Outcome.ANSWERED, Next.RESUME)

    def offer(self, item: WorkItem, reply: Reply, by: User, hope: float) -> None:
        """Three times and a link; the guest picks one, or does not."""
        kind = self.kind_for(reply)
        slots = offers.propose(item, kind=kind)
        if not slots or item.account is None:
            self.finish(item, by, Outcome.ANSWERED, Next.RESUME)
            return
        self.qualify(item, by)
        self.send(item, by, answering.draft(item, by=by, slots=slots), slots=slots, kind=kind)
        made = Offer.objects.filter(work_item=item).order_by("-pk").first()
        if made and self.story.chance(hope):
            moment = working(clock.now(), self.story.dice.uniform(0.3, 7))
            self.story.at(moment, self.book.by_guest, made.pk)
        else:
            self.story.in_hours(self.give_up, item.pk, hours=self.story.dice.uniform(30, 60))

    def kind_for(self, reply: Reply) -> MeetingType:
        """The ordinary one; where a second of ours should come along, the one that two hold together."""
        slug = TOGETHER[reply.team.name] if self.story.chance(0.2) else ""
        return self.story.world.meeting_types.get(slug) or offers.meeting_type_for(reply.team_id)

    def give_up(self, item_pk: int) -> None:
        """The times went unanswered; the account is left alone for a while."""
        item = WorkItem.objects.select_related("account__owner", "setter").get(pk=item_pk)
        if item.state != WorkItem.State.DONE:
            self.finish(item, self.owner(item), Outcome.NURTURE, Next.REST, rest_days=60)

    def _referral(self, item: WorkItem, reply: Reply, by: User, waited: float) -> None:
        self.send(item, by, answering.draft(item, by=by))
        self.finish(item, by, Outcome.REFERRED, Next.RESUME)

    def _wrong_person(self, item: WorkItem, reply: Reply, by: User, waited: float) -> None:
        self.finish(item, by, Outcome.ANSWERED, Next.NEXT_ROLE)

    def _left_company(self, item: WorkItem, reply: Reply, by: User, waited: float) -> None:
        """Somebody finds the successor, or nobody does."""
        if reply.account and self.story.chance(0.6):
            contacts.add_contact(
                reply.account,
                by=by,
                role="problem-owner",
                email=f"new.{reply.pk}@{reply.account.domain}",
                first_name="Robin",
                last_name=self.story.dice.choice(("Ellis", "Marlow", "Sorensen", "Brandt")),
                title=reply.contact.title if reply.contact else "",
                evidence="Named by the switchboard",
            )
        self.finish(item, by, Outcome.ANSWERED, Next.RESUME)

    def _unsubscribe(self, item: WorkItem, reply: Reply, by: User, waited: float) -> None:
        self.finish(item, by, Outcome.CLOSED, Next.CLOSE if self.story.chance(0.4) else Next.NEXT_ROLE)

    def _not_now(self, item: WorkItem, reply: Reply, by: User, waited: float) -> None:
        self.finish(item, by, Outcome.NURTURE, Next.REST, rest_days=self.story.dice.choice((60, 90, 120)))

    def _close_off(self, item: WorkItem, reply: Reply, by: User, waited: float, *, label: str) -> None:
        """One polite answer, and then the account's next step."""
        words = CLOSING_ANSWERS.get(label)
        if words and self.story.chance(0.7):
            self.send(item, by, words.format(first=item.contact.first_name if item.contact else "there"))
        if label in ("objection_competitor", "objection_price"):
            self.finish(item, by, Outcome.NURTURE, Next.REST, rest_days=self.story.dice.choice((90, 180)))
        elif label in ("not_interested", "objection_other"):
            self.finish(item, by, Outcome.CLOSED, Next.CLOSE if self.story.chance(0.3) else Next.NEXT_ROLE)
        else:
            self.finish(item, by, Outcome.ANSWERED, Next.RESUME if label != "objection_authority" else Next.NEXT_ROLE)

    # Small things ----------------------------------------------------------------------------------------------

    def owner(self, item: WorkItem) -> User:
        return item.setter or (item.account.owner if item.account else None) or self.story.world.users["ada"]

    def send(
        self, item: WorkItem, by: User, body: str, slots: Sequence[Any] = (), kind: MeetingType | None = None
    ) -> None:
        answering.send_answer(item, body, by=by, slots=slots, meeting_type=kind)
        self.story.after(self.leave, minutes=0.3)

    def leave(self) -> None:
        """Answers leave ten seconds after they were written; the sender's sweep takes them."""
        self.story.sweep()

    def come_back(self, conversation_pk: int, contact: Contact, text: str) -> None:
        """Whoever got a good answer writes again, in the thread."""
        sent = Message.objects.filter(conversation=conversation_pk, direction=Message.Direction.OUT)
        if answer := sent.order_by("-at", "-pk").first():
            self.recipients.answer(contact, answer, "meeting_request", text)

    def qualify(self, item: WorkItem, by: User) -> None:
        """Most of the checklist is known by the time times are offered."""
        if item.account is None:
            return
        found = qualifying.qualification_for(item.account, item.reply.enrollment if item.reply else None)
        if found.qualified_at:
            return
        message = item.reply.message if item.reply else None
        quote = (
            next((line for line in message.newest.splitlines() if len(line) > A_SENTENCE), "")[:200] if message else ""
        )
        read = set(found.answers.filter(value="yes").values_list("question", flat=True))
        for question in found.checklist.questions.all():
            value = "yes" if self.story.chance(0.96) else self.story.dice.choice(("unknown", "no"))
            if question.pk not in read:  # what they wrote themselves stands with its sentence
                qualifying.answer(found, question, value, quote=quote, message=message if quote else None, by=by)
        if self.story.chance(0.96):
            self.book.try_to_qualify(found, by)

    def finish(self, item: WorkItem, by: User, outcome: str, next_step: str, *, rest_days: int = 0) -> None:
        until = (clock.now() + timedelta(days=rest_days)).date() if rest_days else None
        item.refresh_from_db()
        if item.state != WorkItem.State.DONE:
            work_items.done(
                item, outcome=outcome, next=next_step, rest_until=until, reason=self.reason(item, outcome), by=by
            )

    def reason(self, item: WorkItem, outcome: str) -> str:
        """Why they decline, or wait."""
        if item.what != "give_reason" and outcome != WorkItem.Outcome.NURTURE:
            return ""
        told = {"not_now": "timing", "objection_price": "budget", "objection_competitor": "supplier"}
        label = item.reply.label if item.reply else ""
        return told.get(label) or ("priority", "no_need", "budget", "supplier", "fit")[item.pk % 5]


def warmth(waited: float) -> float:
    return next(left for hours, left in WARMTH if waited <= hours)
