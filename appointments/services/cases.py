"""One labelled message, with everything the cells of the matrix need to know of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from appointments.models import Classification
from appointments.rules import matrix as rules
from crm.models import Account, Contact, Organisation
from prospecting.models import Enrollment, Reply
from prospecting.models.enrollment import OPEN
from prospecting.rules import labels

BY = "the matrix"
Facts = dict[str, Any]


def zone_of(reply: Reply) -> ZoneInfo:
    """The writer's zone: the person's, the account's, else ours."""
    named = (reply.contact and reply.contact.zone) or (reply.account and reply.account.zone)
    zone = named or Organisation.objects.values_list("zone", flat=True).first()
    try:
        return ZoneInfo(zone or "UTC")
    except (ValueError, KeyError, OSError):
        return ZoneInfo("UTC")


@dataclass(frozen=True)
class Case:
    """One labelled message with everything its cells need."""

    classification: Classification
    row: rules.Row
    reply: Reply
    account: Account | None
    contact: Contact | None
    enrollment: Enrollment | None
    entities: dict[str, Any]

    @classmethod
    def of(cls, classification: Classification, row: rules.Row) -> "Case":
        reply = classification.reply
        account = Account.objects.get(pk=reply.account_id) if reply.account_id else None
        walk = Enrollment.objects.filter(account=account, state__in=OPEN).first() if account else None
        # Read anew: an undone label may just have changed them.
        contact = Contact.objects.filter(pk=reply.contact_id).first() if reply.contact_id else None
        return cls(classification, row, reply, account, contact, walk, classification.entities)

    @property
    def here(self) -> Account:
        """The account, in cells that only run where there is one."""
        if self.account is None:
            raise LookupError("a cell of the account ran without one")
        return self.account

    @property
    def today(self) -> date:
        """The day on which they wrote, where they are."""
        return self.reply.at.astimezone(zone_of(self.reply)).date()

    @property
    def country(self) -> str:
        return self.account.country if self.account else ""

    @property
    def why(self) -> str:
        """As in “Joost Dekker: has left”. It stands where everyone reads it, so of what was said: that they answered."""
        who = self.contact.name if self.contact else self.reply.message.from_address
        told = labels.told(self.row.label).lower()
        return f"{who} {told}" if told == "answered" else f"{who}: {told}"

    @property
    def speaker(self) -> Contact | None:
        """Who says it. A complaint report is written by a machine about the person our mail went to."""
        return self.addressee if self.reply.message.certainly_machine else self.contact

    @property
    def addressee(self) -> Contact | None:
        """Whom our mail went to; a colleague may answer that they are gone."""
        return self.reply.conversation.contact or self.contact
