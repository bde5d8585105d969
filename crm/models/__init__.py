"""The shared record: who they are, what was said."""

from crm.models.account import Account, AccountDomain
from crm.models.contact import Contact, Membership, Role
from crm.models.event import Event
from crm.models.imports import Import
from crm.models.mailbox import Mailbox
from crm.models.message import Attachment, Conversation, Message, Sighting
from crm.models.note import Note, Notification
from crm.models.organisation import ApiToken, Organisation, Team, User, WorkingHours
from crm.models.running import ClockOffset, Heartbeat, SandboxMessage
from crm.models.suppression import Suppression

__all__ = [
    "Account",
    "AccountDomain",
    "ApiToken",
    "Attachment",
    "ClockOffset",
    "Contact",
    "Conversation",
    "Event",
    "Heartbeat",
    "Import",
    "Mailbox",
    "Membership",
    "Message",
    "Note",
    "Notification",
    "Organisation",
    "Role",
    "SandboxMessage",
    "Sighting",
    "Suppression",
    "Team",
    "User",
    "WorkingHours",
]
