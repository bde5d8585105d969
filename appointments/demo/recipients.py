"""The people we write to: whether and how they answer, each with a mail of their own."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from appointments.demo import mail
from appointments.demo.replies import DAYS, MONTHS, REPLIES
from appointments.demo.story import Story, working
from crm import clock
from crm.models import Account, Contact, Membership, Message
from crm.services import intake, sandbox
from prospecting.models import Attempt, Reply, Touch
from prospecting.services import unsubscribe

# What comes back to a mail, by how often. Human answers make up an account's reply rate; see Habits.
HUMAN = {
    "meeting_request": 30,
    "interested": 18,
    "question": 16,
    "referral": 11,
    "wrong_person": 5,
    "not_now": 10,
    "objection_price": 3,
    "objection_competitor": 6,
    "objection_authority": 3,
    "objection_other": 3,
    "not_interested": 10,
    "unsubscribe": 4,
    "left_company": 3,
    "other": 2,
}
# The first replies of the world, so that even a short history has heard everything.
FIRST_HEARD = (
    "meeting_request", "interested", "question", "meeting_request", "referral", "not_interested", "interested", "not_now",
    "meeting_request", "question", "objection_competitor", "meeting_request", "wrong_person", "interested", "unsubscribe",
    "question", "objection_price", "left_company", "objection_authority", "objection_other", "other", "wrong_person",
)  # fmt: skip
KEPT_BY_THE_SANDBOX = timedelta(days=6)  # of mail this young one can still read and answer in the sandbox
EAGER = 0.85  # how often a mail is answered in a small world until every label was heard once
GOT_BETTER = 17  # of 39 weeks
FIRST_MACHINES = ("out_of_office", "auto_reply", "bounce")


@dataclass(frozen=True)
class Habits:
    """How often a delivered mail is answered, by a person and by a machine."""

    human: float = 0.09
    human_later: float = 0.15  # the lists got better, and the letters with them
    machine: float = 0.05
    refused: float = 0.008
    clicks: float = 0.008
    few_sites: float = 0.03  # of that, where a plant has few sites: nobody there misses a logbook for all of them
    many_sites: float = 2.6


FEW_SITES, PLANT = 5, "F-gas"


@dataclass(frozen=True)
class Answered:
    outcome: str
    response: str


class Recipients:
    """Takes each mail that leaves and decides what comes of it."""

    def __init__(self, story: Story, habits: Habits, heard: Callable[[Reply, str], None]) -> None:
        self.story, self.habits, self.heard = story, habits, heard
        first = FIRST_HEARD if story.pace == 1 else tuple(dict.fromkeys(FIRST_HEARD))
        self.to_hear = list(first[story.hand :: story.hands])
        self.machines = list(FIRST_MACHINES[story.hand :: story.hands])
        self.spoken: set[int] = set()  # contacts who have answered: people rarely do it twice unasked
        self.quiet: set[int] = set()  # accounts whose part is written elsewhere
        self.handed: list[Attempt] = []
        self.refused: list[Attempt] = []

    def hand_over(self, attempt: Attempt) -> Answered:
        """Stands where SMTP stands: the recipient's server says yes, or does not know the address."""
        if attempt.touch_id and self._unknown_address(attempt):
            self.refused.append(attempt)
            return Answered("permanent", f"550 5.1.1 <{attempt.recipient}>: Recipient address rejected: User unknown")
        self.handed.append(attempt)
        if self.story.ends - clock.now() < KEPT_BY_THE_SANDBOX:
            sandbox.keep(attempt.mailbox.address, [attempt.recipient], bytes(attempt.raw))
        return Answered("accepted", "250 2.0.0 Ok: queued")

    def _unknown_address(self, attempt: Attempt) -> bool:
        touch = attempt.touch
        return touch.account_id not in self.quiet and self.story.chance(self.habits.refused)

    def react(self) -> None:
        """What the mails that just left set off."""
        refused, self.refused = self.refused, []
        for attempt in refused:
            for reply in Reply.objects.filter(message__message_id__endswith=attempt.message_id, label="bounce"):
                self.heard(reply, "bounce")
        handed, self.handed = self.handed, []
        for attempt in handed:
            if attempt.touch_id is None:
                continue
            touch = Touch.objects.select_related("contact", "account", "message").get(pk=attempt.touch_id)
            if touch.account_id not in self.quiet and touch.message:
                self._react_to(touch)

    def _react_to(self, touch: Touch) -> None:
        dice = self.story.dice.random()
        human, machine = self._often(touch.account)
        if dice < machine:
            label = (
                self.machines.pop()
                if self.machines
                else self.story.dice.choices(FIRST_MACHINES, weights=[70, 18, 12])[0]
            )
            self.story.after(self.answer, touch.contact, touch.message, label, minutes=self.story.dice.uniform(0.2, 4))
        elif dice < machine + human and touch.contact_id not in self.spoken:
            label = (
                self.to_hear.pop(0)
                if self.to_hear
                else self.story.dice.choices(list(HUMAN), weights=list(HUMAN.values()))[0]
            )
            self.spoken.add(touch.contact_id)
            moment = working(clock.now(), self.story.dice.choice((0.3, 1.2, 2.5, 5, 9, 13, 20)))
            self.story.at(moment, self.answer, touch.contact, touch.message, label)
        elif self.story.chance(self.habits.clicks):
            self.story.in_hours(self.click, touch.contact, touch.account_id, hours=self.story.dice.uniform(0.2, 6))

    def _often(self, account: Account) -> tuple[float, float]:
        """How often a mail is answered by a person and by a machine; a small world has to hear everything soon."""
        later = self.story.week(clock.now()) >= GOT_BETTER * self.story.pace
        human = self.habits.human_later if later else self.habits.human
        small = self.story.pace < 1
        if not small and PLANT in account.regulated and account.sites is not None:
            human *= self.habits.few_sites if account.sites < FEW_SITES else self.habits.many_sites
        return (EAGER if small and self.to_hear else human), (
            EAGER / 2 if small and self.machines else self.habits.machine
        )

    def click(self, contact: Contact, account_pk: int) -> None:
        """The link under the mail: one click and it stops."""
        payload = {"address": contact.email, "contact": contact.pk, "account": account_pk}
        unsubscribe.unsubscribe(payload, how="one click")

    def answer(self, contact: Contact, message: Message, label: str, text: str = "") -> Reply | None:
        """A real mail comes in through the intake; who works it is told when a person should."""
        now, dice = clock.now(), self.story.dice
        writer = mail.Writer(contact.name, contact.email, message)
        text = text or ("" if label == "bounce" else self.words(contact, label, now))
        if label == "bounce":
            raw = mail.bounce(contact.email, message, now, dice)
        elif label in ("out_of_office", "auto_reply"):
            subject = "Automatic reply" if label == "out_of_office" else "We have received your message"
            raw = mail.automatic(writer, text, now, dice, subject=subject)
        else:
            raw = mail.reply(writer, text, now, dice, quote=dice.random() < 0.8)
        stored = intake.receive(raw, recipients=[message.from_address], at=now)
        reply = Reply.objects.filter(message=stored).first()
        if reply:
            self.heard(reply, label)
        return reply

    def words(self, contact: Contact, label: str, now: datetime) -> str:
        """One of the texts for this label, in the writer's language where there is one."""
        by_language = REPLIES[label]
        language = contact.language if contact.language in by_language else "en"
        return self.story.dice.choice(by_language[language]).format(**self._fields(contact, language, now))

    def _fields(self, contact: Contact, language: str, now: datetime) -> dict[str, str]:
        dice: random.Random = self.story.dice
        membership = contact.memberships.filter(until=None).select_related("account__owner").first()
        account = membership.account if membership else None
        other = self._colleague(membership)
        back = working(now + timedelta(days=dice.randint(4, 14)), 1)
        months = MONTHS.get(language, MONTHS["en"])
        return {
            "sdr": account.owner.get_short_name() if account and account.owner else "there",
            "me": contact.first_name or contact.name,
            "colleague": other.name if other else "our office manager",
            "colleague_first": other.first_name if other else "",
            "colleague_email": other.email if other else f"office@{account.domain if account else 'company.example'}",
            "day": dice.choice(DAYS.get(language, DAYS["en"])),
            "back": f"{back.day} {months[back.month - 1]} {back.year}",
            "month": months[(now.month + dice.randint(2, 4) - 1) % 12],
            "company": account.name if account else "our company",
            "number": f"HD-{dice.randint(10000, 99999)}",
        }

    def _colleague(self, membership: Membership | None) -> Contact | None:
        if membership is None:
            return None
        here = Membership.objects.filter(account=membership.account_id, until=None).exclude(
            contact=membership.contact_id
        )
        found = here.exclude(contact__email="").select_related("contact").order_by("pk").first()
        return found.contact if found else None
