"""The shared record: who they are, what was said."""

from crm.models.account import Account, AccountDomain, ExternalId, FieldAge
from crm.models.contact import Contact, ContactAddress, Membership, Role
from crm.models.duplicates import DuplicatePair, Merge
from crm.models.event import Event
from crm.models.folder import FolderSighting, MailFolder
from crm.models.imports import Import, ImportFault, ImportMapping, ImportPart, ImportRow
from crm.models.mailbox import Mailbox
from crm.models.message import Attachment, Conversation, Message, RawMail, Sighting
from crm.models.note import Note, Notification
from crm.models.organisation import ApiToken, Organisation, Team, User, WorkingHours
from crm.models.provider import Provider, ProviderPost, ProviderToken
from crm.models.running import ClockOffset, Heartbeat, SandboxMessage
from crm.models.saved_view import SavedView
from crm.models.suppression import Suppression
from crm.models.title_rule import TitleRule
from crm.models.webhook import Delivery, Webhook

__all__ = [
    "Account",
    "AccountDomain",
    "ApiToken",
    "Attachment",
    "ClockOffset",
    "Contact",
    "ContactAddress",
    "Conversation",
    "Delivery",
    "DuplicatePair",
    "Event",
    "ExternalId",
    "FieldAge",
    "FolderSighting",
    "Heartbeat",
    "Import",
    "ImportFault",
    "ImportMapping",
    "ImportPart",
    "ImportRow",
    "MailFolder",
    "Mailbox",
    "Membership",
    "Merge",
    "Message",
    "Note",
    "Notification",
    "Organisation",
    "Provider",
    "ProviderPost",
    "ProviderToken",
    "RawMail",
    "Role",
    "SandboxMessage",
    "SavedView",
    "Sighting",
    "Suppression",
    "Team",
    "TitleRule",
    "User",
    "Webhook",
    "WorkingHours",
]
