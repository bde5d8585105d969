"""Rows as the guard and the planner read them: plain values, because models by the thousand cost ten times as much."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from prospecting.services.published import StageFacts


class AccountRow(NamedTuple):
    id: int
    name: str
    parent: int | None
    owner: int | None
    zone: str
    country: str
    closed_at: datetime | None
    unhandled_mail: int
    rests_until: date | None
    recontact_not_before: date | None
    window_from: date | None


class Person(NamedTuple):
    id: int
    first_name: str
    last_name: str
    email: str
    zone: str
    country: str
    away_until: date | None
    stopped_at: datetime | None
    stopped_reason: str

    @property
    def name(self) -> str:
        return full_name(self.first_name, self.last_name, self.email)


class Member(NamedTuple):
    """An open membership."""

    account: int
    contact: int
    role: int
    slug: str
    role_name: str
    department: str
    confidence: str
    source: str

    @property
    def known(self) -> bool:
        """A weak guess is not used."""
        return self.confidence != "low" and self.slug != "unknown"


class WalkRow(NamedTuple):
    """An open enrollment with what it pins."""

    id: int
    account: int
    state: str
    reason: str
    in_conversation: bool
    rests_until: date | None
    segment: int
    route: int
    departments_out: list[str]
    sequence: int
    sequence_since: datetime | None
    people_at_once: int
    touches_a_week: int
    days_between_people: int
    cool_off: dict[str, int]
    approval: bool


class VisitRow(NamedTuple):
    id: int
    enrollment: int
    stage_id: int
    state: str
    why: str
    opened_at: datetime | None
    waits_until: date | None
    stage: StageFacts
    version: int


class TouchRow(NamedTuple):
    account: int
    parent: int | None
    contact: int
    visit: int
    state: str
    sent_at: datetime | None
    due_on: date
    reached: bool
    role: int
    order: int
    step_key: int
    sequence: int
    visit_state: str
    walk_state: str
    version: int
    version_since: datetime | None
    first_name: str
    last_name: str
    email: str
    stopped_at: datetime | None
    outcome: str

    @property
    def name(self) -> str:
        return full_name(self.first_name, self.last_name, self.email)


class ReplyRow(NamedTuple):
    account: int
    enrollment: int | None
    label: str
    counts: bool
    at: datetime
    contact: int | None
    first_name: str | None
    last_name: str | None
    email: str | None
    from_name: str
    from_address: str

    @property
    def who(self) -> str:
        if self.contact:
            return full_name(self.first_name or "", self.last_name or "", self.email or "")
        return self.from_name or self.from_address or "someone there"


class ElsewhereRow(NamedTuple):
    """A touch of the same person for an account that is being worked."""

    contact: int
    account: int
    parent: int | None
    account_name: str
    sent_at: datetime | None


def full_name(first: str, last: str, email: str) -> str:
    return f"{first} {last}".strip() or email or "Unnamed person"


# The lookups of each kind of row, in the order of its fields.
COLUMNS: dict[type, list[str]] = {
    AccountRow: """
        pk name parent_id owner_id zone country closed_at unhandled_mail rests_until
        recontact_not_before window_from
    """.split(),
    Person: "pk first_name last_name email zone country away_until stopped_at stopped_reason".split(),
    Member: "account_id contact_id role_id role__slug role__name department confidence source".split(),
    WalkRow: """
        pk account_id state reason in_conversation rests_until segment_version__segment_id
        route_version_id route_version__departments_out sequence_version_id sequence_version__published_at
        policy__people_at_once policy__touches_a_week policy__days_between_people policy__cool_off
        approval
    """.split(),
    TouchRow: """
        account_id account__parent_id contact_id visit_id state sent_at due_on reached step__role_id
        step__order step__key step__version__sequence_id visit__state enrollment__state
        enrollment__sequence_version_id enrollment__sequence_version__published_at
        contact__first_name contact__last_name contact__email contact__stopped_at outcome
    """.split(),
    ReplyRow: """
        account_id enrollment_id label counts at contact_id contact__first_name contact__last_name
        contact__email message__from_name message__from_address
    """.split(),
    ElsewhereRow: "contact_id account_id account__parent_id account__name sent_at".split(),
}


def as_rows(kind: Any, found: QuerySet[Any]) -> Iterator[Any]:
    return map(kind._make, found.values_list(*COLUMNS[kind]))


def in_pairs(kind: Any, beside: Any, key: str, found: QuerySet[Any]) -> Iterator[tuple[Any, Any]]:
    """Rows of one kind, each with the row of another kind that its key points to."""
    own = COLUMNS[kind]
    for row in found.values_list(*own, *(f"{key}__{column}" for column in COLUMNS[beside])):
        yield kind._make(row[: len(own)]), beside._make(row[len(own) :])
