"""When a mailbox has to stop for the sake of the sender's name: bounces, complaints, silence, each over enough mails."""

from dataclasses import dataclass

BOUNCES_OF = 100  # the last so many mails
COMPLAINTS_OF = 1000
REPLIES_OF = 300


@dataclass(frozen=True)
class Limits:
    """Numbers of the organisation; 0 switches a line off. A floor is how many mails there must be before it counts."""

    bounces_percent: int = 5
    bounces_floor: int = 40
    complaints_day: int = 2
    complaints_thousand: int = 3
    replies_thousand: int = 5
    replies_floor: int = 200


@dataclass(frozen=True)
class Record:
    """What came of a mailbox's outreach since it was last resumed."""

    sent: int = 0  # of the last 100
    bounced: int = 0
    complaints_today: int = 0
    complaints: int = 0  # among the last 1,000
    ripe: int = 0  # of the last 300 that people have had days to answer
    answered: int = 0

    @property
    def bounce_share(self) -> float | None:
        return self.bounced / self.sent if self.sent else None

    @property
    def reply_share(self) -> float | None:
        return self.answered / self.ripe if self.ripe else None


def why_pause(record: Record, limits: Limits) -> str:
    """The sentence with which a mailbox pauses, or nothing."""
    return _complaints(record, limits) or _bounces(record, limits) or _silence(record, limits)


def _complaints(record: Record, limits: Limits) -> str:
    if limits.complaints_day and record.complaints_today >= limits.complaints_day:
        return f"{record.complaints_today} people marked its mail as spam within a day. Look at the texts and the list."
    if limits.complaints_thousand and record.complaints >= limits.complaints_thousand:
        return f"{record.complaints} of its last {COMPLAINTS_OF:,} mails were marked as spam. Look at the texts and the list."
    return ""


def _bounces(record: Record, limits: Limits) -> str:
    enough = limits.bounces_percent and record.sent >= max(limits.bounces_floor, 1)
    if enough and 100 * record.bounced > limits.bounces_percent * record.sent:
        return (
            f"{record.bounced} of its last {record.sent} mails came back for good. Check where the addresses are from."
        )
    return ""


def _silence(record: Record, limits: Limits) -> str:
    enough = limits.replies_thousand and record.ripe >= max(limits.replies_floor, 1)
    if enough and 1000 * record.answered < limits.replies_thousand * record.ripe:
        answered = f"only {record.answered}" if record.answered else "none"
        return f"Of its last {record.ripe} mails {answered} got an answer: they may land in spam folders. Send yourself one and look."
    return ""
