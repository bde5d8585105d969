"""May we write to this person now? One decision on plain values, and its sentence."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

OUTREACH = "outreach"
ANSWER = "answer"
INTERNAL = "internal"

ALLOW, WAIT, REFUSE = "allow", "wait", "refuse"

SUPPRESSED = "suppressed"
ACCOUNT_CLOSED = "account_closed"
NO_OWNER = "no_owner"
COMPETING_ENROLLMENT = "competing_enrollment"
ROLE_UNKNOWN = "role_unknown"
ROLE_NOT_ON_ROUTE = "role_not_on_route"
DEPARTMENT_OUT_OF_ROUTE = "department_out_of_route"
STAGE_NOT_OPEN = "stage_not_open"
UNHANDLED_MAIL = "unhandled_mail"
COLLEAGUE_IN_CONVERSATION = "colleague_in_conversation"
CONTACTED_FOR_ANOTHER_ACCOUNT = "contacted_for_another_account"
COOL_OFF = "cool_off"
TIMING_CLOSED = "timing_closed"
ACCOUNT_CAP = "account_cap"
MAILBOX_PAUSED = "mailbox_paused"
OUTSIDE_SENDING_WINDOW = "outside_sending_window"
MAILBOX_CAP = "mailbox_cap"

WORDS = {
    SUPPRESSED: "Suppressed",
    ACCOUNT_CLOSED: "Account closed",
    NO_OWNER: "No owner",
    COMPETING_ENROLLMENT: "Competing enrollment",
    ROLE_UNKNOWN: "Role unknown",
    ROLE_NOT_ON_ROUTE: "Role not on the route",
    DEPARTMENT_OUT_OF_ROUTE: "Department out of route",
    STAGE_NOT_OPEN: "Stage not open",
    UNHANDLED_MAIL: "Unhandled mail",
    COLLEAGUE_IN_CONVERSATION: "Colleague in conversation",
    CONTACTED_FOR_ANOTHER_ACCOUNT: "Contacted for another account",
    COOL_OFF: "Cool-off",
    TIMING_CLOSED: "Timing closed",
    ACCOUNT_CAP: "Account cap",
    MAILBOX_PAUSED: "Mailbox paused",
    OUTSIDE_SENDING_WINDOW: "Outside sending window",
    MAILBOX_CAP: "Mailbox cap",
}
REASONS = tuple(WORDS)

# What a reason means for an account that cannot start, and what would have to happen.
AT_THE_START = {
    WORDS[SUPPRESSED]: "They may not be contacted at all.",
    WORDS[ACCOUNT_CLOSED]: "Someone closed them, with a reason on their page.",
    WORDS[NO_OWNER]: "Somebody has to own them first.",
    WORDS[COMPETING_ENROLLMENT]: "A sequence walks them already; they can start when that walk has ended.",
    WORDS[ROLE_UNKNOWN]: "Nobody is known in the roles that the first stage writes to.",
    WORDS[COOL_OFF]: "They said no a short while ago.",
    WORDS[TIMING_CLOSED]: "They start when the segment's rule says that the time is right.",
}
CHOICES = list(WORDS.items())

# The law, a closed door, a broken mailbox and mail nobody has read yet are not a matter of opinion.
NEVER_OVERRIDDEN = frozenset({SUPPRESSED, ACCOUNT_CLOSED, MAILBOX_PAUSED, UNHANDLED_MAIL})

_ANSWER_ASKS = (SUPPRESSED, ACCOUNT_CLOSED, MAILBOX_PAUSED)
_SENDER_ASKS = (MAILBOX_PAUSED, OUTSIDE_SENDING_WINDOW, MAILBOX_CAP)


@dataclass(frozen=True)
class MailboxFacts:
    """What is known of the mailbox; only the sender has one in hand."""

    name: str = ""
    paused_why: str = ""
    opens_at: datetime | None = None  # next opening of the recipient's window, None while inside
    cap_frees_at: datetime | None = None  # None while there is room


@dataclass(frozen=True)
class Facts:
    person: str
    account: str
    zone: str = "UTC"
    suppressed: str = ""  # what is suppressed: address, domain or account
    account_closed: bool = False
    has_owner: bool = True
    enrolled: bool = True
    competing: str = ""  # who else walks this account
    role_known: bool = True
    role_words: str = ""
    role_on_route: bool = True
    department_out: str = ""
    stage_open: bool = True
    opens_when: str = ""  # a sentence about the stage's gate
    enrollment_paused: str = ""  # why a person paused it
    unhandled_mail: bool = False
    in_conversation: str = ""  # who talks with us
    other_account: str = ""
    other_account_until: datetime | None = None
    rests_until: datetime | None = None
    cool_off_until: datetime | None = None
    timing_open: bool = True
    timing_opens: datetime | None = None
    person_is_active: bool = False
    people_active: tuple[str, ...] = ()  # others we write to at this account
    people_at_once: int = 2
    touches_this_week: int = 0
    touches_a_week: int = 3
    week_frees_at: datetime | None = None
    other_person_until: datetime | None = None  # days between different people
    mailbox: MailboxFacts | None = None
    overridden: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Verdict:
    decision: str
    reason: str = ""
    until: datetime | None = None
    sentence: str = ""

    @property
    def allowed(self) -> bool:
        return self.decision == ALLOW

    @property
    def waits(self) -> bool:
        return self.decision == WAIT

    @property
    def refused(self) -> bool:
        return self.decision == REFUSE

    @property
    def words(self) -> str:
        """As on a badge: “Waits: colleague in conversation”."""
        if self.allowed:
            return "Allowed"
        return f"{'Waits' if self.waits else 'Refused'}: {WORDS[self.reason].lower()}"


def asked_of_answers() -> tuple[str, ...]:
    return _ANSWER_ASKS


def asked_of_the_sender() -> tuple[str, ...]:
    """Left to whoever has a mailbox in hand."""
    return _SENDER_ASKS


def decide(facts: Facts, *, purpose: str, now: datetime) -> Verdict:
    """The first reason that holds, the hardest first. Mail to our own users asks nothing."""
    for reason in _asked(purpose, facts):
        if reason in facts.overridden and reason not in NEVER_OVERRIDDEN:
            continue
        verdict = _CHECKS[reason](facts, now)
        if verdict:
            return verdict
    return Verdict(ALLOW, sentence=_allowed(facts, purpose))


def _asked(purpose: str, facts: Facts) -> tuple[str, ...]:
    asked = {OUTREACH: REASONS, ANSWER: _ANSWER_ASKS, INTERNAL: ()}[purpose]
    return asked if facts.mailbox else tuple(r for r in asked if r not in _SENDER_ASKS)


def _allowed(facts: Facts, purpose: str) -> str:
    if purpose == ANSWER:
        return f"You may send: {facts.person} wrote to us."
    if facts.overridden:
        return f"Allowed because someone went ahead with a reason: {facts.person}."
    return f"{facts.person} may be written to: the stage is open and nobody else at {facts.account} is talking with us."


def _refuse(reason: str, sentence: str) -> Verdict:
    return Verdict(REFUSE, reason, None, sentence)


def _wait(reason: str, until: datetime | None, sentence: str) -> Verdict:
    return Verdict(WAIT, reason, until, sentence)


def day_words(moment: datetime, zone: str) -> str:
    """Mon 8 June, in the zone of the account."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%B}"


def _suppressed(f: Facts, now: datetime) -> Verdict | None:
    what = {"domain": f"everyone at the domain of {f.person}", "account": f.account}.get(f.suppressed, f.person)
    return _refuse(SUPPRESSED, f"We never write to {what} again.") if f.suppressed else None


def _account_closed(f: Facts, now: datetime) -> Verdict | None:
    return _refuse(ACCOUNT_CLOSED, f"{f.account} is closed.") if f.account_closed else None


def _no_owner(f: Facts, now: datetime) -> Verdict | None:
    return None if f.has_owner else _refuse(NO_OWNER, f"{f.account} has no owner. Give it one first.")


def _competing(f: Facts, now: datetime) -> Verdict | None:
    if not f.competing:
        return None
    return _refuse(COMPETING_ENROLLMENT, f"{f.account} is already being worked: {f.competing}.")


def _role_unknown(f: Facts, now: datetime) -> Verdict | None:
    if f.role_known:
        return None
    return _refuse(ROLE_UNKNOWN, f"Nobody knows which part {f.person} plays at {f.account}. A weak guess is not used.")


def _role_not_on_route(f: Facts, now: datetime) -> Verdict | None:
    if f.role_on_route or not f.enrolled:
        return None
    return _refuse(ROLE_NOT_ON_ROUTE, f"{f.person} is {f.role_words or 'in a role'}; this route does not pass there.")


def _department_out(f: Facts, now: datetime) -> Verdict | None:
    if not f.department_out:
        return None
    return _refuse(DEPARTMENT_OUT_OF_ROUTE, f"{f.person} works in {f.department_out}: department out of route.")


def _stage_not_open(f: Facts, now: datetime) -> Verdict | None:
    if not f.enrolled:
        return _refuse(STAGE_NOT_OPEN, f"{f.account} is not enrolled, so no stage is open.")
    if not f.stage_open:
        return _refuse(STAGE_NOT_OPEN, f"{f.person} cannot be written to yet. {f.opens_when or 'The stage is shut.'}")
    if f.enrollment_paused:
        return _wait(STAGE_NOT_OPEN, None, f"Paused: {f.enrollment_paused}")
    return None


def _unhandled(f: Facts, now: datetime) -> Verdict | None:
    if not f.unhandled_mail:
        return None
    return _wait(UNHANDLED_MAIL, None, f"A message from {f.account} has come in and is still being read.")


def _in_conversation(f: Facts, now: datetime) -> Verdict | None:
    if not f.in_conversation:
        return None
    who = "they are" if f.in_conversation == f.person else f"{f.in_conversation} is"
    return _wait(
        COLLEAGUE_IN_CONVERSATION,
        None,
        f"Paused: {who} talking with us. It goes on when that is answered and done.",
    )


def _other_account(f: Facts, now: datetime) -> Verdict | None:
    if not f.other_account:
        return None
    return _wait(
        CONTACTED_FOR_ANOTHER_ACCOUNT,
        f.other_account_until,
        f"{f.person} is being written to for {f.other_account}.",
    )


def _cool_off(f: Facts, now: datetime) -> Verdict | None:
    until = max((moment for moment in (f.rests_until, f.cool_off_until) if moment), default=None)
    if not until or until <= now:
        return None
    # Every member reads this: what was said is on the timeline of those who may.
    verb = "rests" if until == f.rests_until else "answered and is left in peace"
    return _wait(COOL_OFF, until, f"{f.account} {verb} until {day_words(until, f.zone)}.")


def _timing(f: Facts, now: datetime) -> Verdict | None:
    if f.timing_open:
        return None
    until = f" until {day_words(f.timing_opens, f.zone)}" if f.timing_opens else ""
    return _wait(TIMING_CLOSED, f.timing_opens, f"{f.account} is targeted, but its window is closed{until}.")


def _account_cap(f: Facts, now: datetime) -> Verdict | None:
    if not f.person_is_active and len(f.people_active) >= f.people_at_once:
        return _wait(ACCOUNT_CAP, None, too_many_people(f.people_at_once, f.people_active))
    if f.touches_this_week >= f.touches_a_week:
        until = f" More from {day_words(f.week_frees_at, f.zone)}." if f.week_frees_at else ""
        return _wait(
            ACCOUNT_CAP,
            f.week_frees_at,
            f"{f.account} had {f.touches_this_week} of {f.touches_a_week} touches this week.{until}",
        )
    if f.other_person_until and f.other_person_until > now:
        day = day_words(f.other_person_until, f.zone)
        return _wait(
            ACCOUNT_CAP,
            f.other_person_until,
            f"A colleague was written to just before. {f.person} not before {day}.",
        )
    return None


NUMBERS = {1: "One", 2: "Two", 3: "Three", 4: "Four", 5: "Five"}


def too_many_people(most: int, names: tuple[str, ...]) -> str:
    """Two people at once is the most we write to here. Joost and Anouk are the two."""
    number = NUMBERS.get(most, str(most))
    start = f"{number} {'person' if most == 1 else 'people'} at once is the most we write to here."
    if not names:
        return start
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{start} Now: {listed}."


def _mailbox_paused(f: Facts, now: datetime) -> Verdict | None:
    if not f.mailbox or not f.mailbox.paused_why:
        return None
    return _wait(MAILBOX_PAUSED, None, f"Nothing leaves from {f.mailbox.name}: {f.mailbox.paused_why}")


def _outside_window(f: Facts, now: datetime) -> Verdict | None:
    if not f.mailbox or not f.mailbox.opens_at:
        return None
    until = f.mailbox.opens_at
    return _wait(
        OUTSIDE_SENDING_WINDOW,
        until,
        f"It is not a good hour at {f.account}; goes on {day_words(until, f.zone)}.",
    )


def _mailbox_cap(f: Facts, now: datetime) -> Verdict | None:
    if not f.mailbox or not f.mailbox.cap_frees_at:
        return None
    return _wait(
        MAILBOX_CAP,
        f.mailbox.cap_frees_at,
        f"{f.mailbox.name} has sent what it may; more on {day_words(f.mailbox.cap_frees_at, f.zone)}.",
    )


_CHECKS: dict[str, Callable[[Facts, datetime], Verdict | None]] = {
    SUPPRESSED: _suppressed,
    ACCOUNT_CLOSED: _account_closed,
    NO_OWNER: _no_owner,
    COMPETING_ENROLLMENT: _competing,
    ROLE_UNKNOWN: _role_unknown,
    ROLE_NOT_ON_ROUTE: _role_not_on_route,
    DEPARTMENT_OUT_OF_ROUTE: _department_out,
    STAGE_NOT_OPEN: _stage_not_open,
    UNHANDLED_MAIL: _unhandled,
    COLLEAGUE_IN_CONVERSATION: _in_conversation,
    CONTACTED_FOR_ANOTHER_ACCOUNT: _other_account,
    COOL_OFF: _cool_off,
    TIMING_CLOSED: _timing,
    ACCOUNT_CAP: _account_cap,
    MAILBOX_PAUSED: _mailbox_paused,
    OUTSIDE_SENDING_WINDOW: _outside_window,
    MAILBOX_CAP: _mailbox_cap,
}
