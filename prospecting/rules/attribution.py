"""What closed work came down to: a proposal from what happened, which a person may confirm or change."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

from crm.rules import saying

LIST, ROLE, ROUTE, TIMING, COPY, SLOW = "list", "role", "route", "timing", "copy", "slow_answer"

# key → what it is called, and what it says.
CAUSES = {
    LIST: ("The list", "These accounts do not fit, or their data does not."),
    ROLE: ("The role", "We wrote to people who do not decide this."),
    ROUTE: ("The route", "This account decides in another way than we walked."),
    TIMING: ("The timing", "It was not the time for it."),
    COPY: ("The copy", "The right people read it, and it did not move them."),
    SLOW: ("A slow answer", "They answered, and then we kept them waiting."),
}
CHOICES = [(key, words) for key, (words, _) in CAUSES.items()]

# Why somebody declined or waits, as a person said it when the work was done.
FROM_REASON = {
    "no_need": LIST, "supplier": LIST, "budget": LIST, "fit": LIST, "priority": TIMING, "timing": TIMING, "contact": COPY,
}  # fmt: skip
FROM_LABEL = {
    "wrong_person": (ROLE, "Somebody said they are not the one"),
    "left_company": (ROLE, "Whoever we wrote to had left"),
    "objection_authority": (ROLE, "Somebody said they cannot decide this"),
    "not_now": (TIMING, "They asked for another time"),
    "objection_price": (LIST, "It costs more than they would pay"),
    "objection_competitor": (LIST, "They have a supplier"),
    "objection_other": (LIST, "They objected"),
    "not_interested": (LIST, "They declined"),
    "unsubscribe": (COPY, "They want no more mail"),
}
WELCOME = ("meeting_request", "interested", "question", "referral", "other", "objection_price", "objection_competitor", "objection_other")  # fmt: skip
MANY = 2  # people who were written to and stayed silent: from here on it is not only whom we know


@dataclass(frozen=True)
class Ended:
    """What is known of one walk when it ends without a held meeting."""

    labels: Collection[str] = ()  # of the replies that count, in their order
    reason: str = ""  # a person's word about why they decline or wait
    unfit: bool = False  # a required question of fit was answered with no, or the executive refused it
    not_theirs: bool = False  # whoever we spoke to does not own the decision
    route_switched: bool = False
    went_cold_after: timedelta | None = None  # how long they waited for an answer that came too late, and nothing after
    role_missing: bool = False
    rested_until: date | None = None  # it was at rest when it was closed
    window_closed: bool = False
    mails: int = 0
    people: int = 0
    bounced: int = 0


@dataclass(frozen=True)
class Proposal:
    """A cause with the sentence that shows it; `said` tells that the sentence gives away what somebody wrote."""

    cause: str
    because: str
    said: bool = field(default=False)


def propose(walk: Ended) -> Proposal:
    """What it came down to, the surest sign first; no cause where nothing shows one, and a person is asked."""
    if cause := FROM_REASON.get(walk.reason):
        return Proposal(cause, "As it was said when the work was done.", said=True)
    if walk.unfit:
        return Proposal(LIST, "Not a fit at qualification.", said=True)
    if walk.went_cold_after is not None and walk.labels and list(walk.labels)[-1] in WELCOME:
        waited = saying.duration(walk.went_cold_after)
        return Proposal(SLOW, f"They waited {waited} for an answer; nothing came after it.", said=True)
    if walk.not_theirs:
        return Proposal(ROLE, "At qualification: the decision is not theirs.", said=True)
    if walk.route_switched:
        return Proposal(ROUTE, "They sent us to another department, and the route changed under way.", said=True)
    for label in reversed(list(walk.labels)):
        if label in FROM_LABEL:
            cause, words = FROM_LABEL[label]
            return Proposal(cause, f"{words}.", said=True)
    if walk.rested_until:
        return Proposal(
            TIMING,
            f"It rested until {walk.rested_until.day} {saying.MONTHS[walk.rested_until.month - 1]} {walk.rested_until.year} when it was closed.",
        )
    return unanswered(walk) if not walk.labels else Proposal("", "They answered, and no meeting was held.")


def unanswered(walk: Ended) -> Proposal:
    """Nobody answered: whether anyone was reached, and how many."""
    if not walk.mails and walk.bounced:
        return Proposal(LIST, f"{saying.count(walk.bounced, 'mail')} came back and none arrived.")
    if walk.role_missing and not walk.mails:
        return Proposal(ROLE, "Nobody was known for the role.")
    if not walk.mails and walk.window_closed:
        return Proposal(TIMING, "The window was closed before anything left.")
    if not walk.mails:
        return Proposal("", "It ended before anything left.")
    wrote = f"{saying.count(walk.mails, 'touch', 'touches')} to {saying.count(walk.people, 'person', 'people')}"
    if walk.role_missing:
        return Proposal(ROLE, f"{wrote}, and then nobody was known for the next role.")
    if walk.people < MANY:
        return Proposal(LIST, f"{wrote}, no answer, and nobody else was known there.")
    return Proposal(COPY, f"{wrote}, and nobody answered.")
