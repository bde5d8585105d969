"""Which account, person and thread a message belongs to: within one team, and only when plausible."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from crm import clock
from crm.models import Account, AccountDomain, Contact, Conversation, Mailbox, Message, Team
from crm.models.message import MESSAGE
from crm.rules.addresses import BadAddress, dedupe_key, domain_of
from crm.rules.companies import registrable_domain, says_company
from crm.rules.envelope import CALENDAR, HUMAN, Envelope, calendar_method
from crm.rules.hashing import keyed
from crm.rules.mime import ParsedMail
from crm.rules.normal_forms import person_key
from crm.rules.subjects import bare
from crm.services import registries
from crm.services.contact_addresses import holder_of

_SAME_SUBJECT_WITHIN = timedelta(days=60)
_TAG = re.compile(r"[0-9a-f]{32}")
_LONGEST_LOCAL = 64  # RFC 5321 §4.5.3.1.1


@dataclass
class Match:
    """Where a message belongs; `by` says how that was told, empty when it was not."""

    account: Account | None = None
    contact: Contact | None = None
    conversation: Conversation | None = None
    by: str = ""


def points_to(mail: ParsedMail) -> Account | None:
    """The account a mail's headers point to: what the storing transaction may find out, and no more."""
    refs = references_of(mail)
    ours = Message.objects.filter(message_id__in=refs, account__isnull=False) if refs else Message.objects.none()
    found: Message | Conversation | None = ours.select_related("account").only("account").first()
    tags = _tags(mail)
    found = found or (Conversation.objects.filter(tag__in=tags, account__isnull=False).first() if tags else None)
    if found:
        return found.account
    contact = contact_of(mail.from_address)
    return account_of(contact) if contact else _account_of_domain(mail.from_address)


def match(mail: ParsedMail, envelope: Envelope, team: Team | None) -> Match:
    """References, our token, subject and sender, the sender's account, the domain; last what a calendar answers."""
    contact = contact_of(mail.from_address)
    found = (
        _by_references(mail, envelope, team, contact)
        or _by_token(mail, envelope, team, contact)
        or _by_subject(mail, team, contact)
        or _by_sender(contact)
        or _by_domain(mail)
        or _by_calendar(mail, envelope, team)
        or Match()
    )
    if envelope.bounce:
        found.contact = _bounced(envelope) or found.contact
        if found.account is None and found.contact:
            found.account = account_of(found.contact)
            found.by = found.by or ("sender" if found.account else "")
    elif contact or not _speaks_of_another(mail, envelope, found.contact):
        found.contact = contact or found.contact
    else:
        found.contact = None
    return found


def _speaks_of_another(mail: ParsedMail, envelope: Envelope, contact: Contact | None) -> bool:
    """Whether someone not on file wrote in this person's thread; a machine speaks of them, and so does their own name."""
    return envelope.kind == HUMAN and contact is not None and person_key("", mail.from_name) != contact.name_norm


def _by_calendar(mail: ParsedMail, envelope: Envelope, team: Team | None) -> Match | None:
    """A calendar's answer quotes no mail of ours, but it names what it answers."""
    if envelope.kind != CALENDAR:
        return None
    parts = [part.payload for part in mail.attachments if calendar_method(part.content_type, part.payload)]
    found = next((account for of in registries.calendar_accounts if (account := of(parts, team))), None)
    return Match(found, by="calendar") if found else None


def references_of(mail: ParsedMail, envelope: Envelope | None = None) -> list[str]:
    """What a mail answers, nearest first."""
    bounced = envelope.bounce if envelope else None
    back = [bounced.message_id, *reversed(bounced.references)] if bounced else []
    refs = [mail.in_reply_to, *reversed(mail.references), *back]
    return [one[:500] for one in dict.fromkeys(refs) if one][:60]


def contact_of(address: str) -> Contact | None:
    """The person with this address, however it is spelled."""
    try:
        return holder_of(dedupe_key(address))
    except BadAddress:
        return None


def link_early_answers(message: Message) -> None:
    """Answers that came before our own message was on file are handled again, now with a thread."""
    link_early_answers_to([message])


def link_early_answers_to(messages: Sequence[Message]) -> None:
    """As link_early_answers, for messages of one team."""
    early = Message.objects.filter(
        in_reply_to__in=[one.message_id for one in messages], account=None, direction=Message.Direction.IN,
        conversation=None, state=Message.State.HANDLED, team=messages[0].team,
    )  # fmt: skip
    MESSAGE.move_many(early, Message.State.STORED, by="the intake")


def _by_references(mail: ParsedMail, envelope: Envelope, team: Team | None, contact: Contact | None) -> Match | None:
    refs = references_of(mail, envelope)
    if not refs:
        return None
    rows = Message.objects.filter(message_id__in=refs, conversation__team=team).select_related(
        "conversation__account", "conversation__mailbox__team", "conversation__team", "contact"
    )
    by_id = {row.message_id: row for row in rows.defer("html", "text", "quoted")}
    parent = next((by_id[ref] for ref in refs if ref in by_id), None)
    if parent is None or parent.conversation is None:
        return None
    machine = envelope.certainly_machine
    if not machine and not _plausible(mail, contact, parent.conversation):
        return None
    thread = parent.conversation
    return Match(thread.account, parent.contact or thread.contact, thread, "references")


def _plausible(mail: ParsedMail, contact: Contact | None, thread: Conversation) -> bool:
    """Someone known to belong to another account does not get into this thread by quoting its Message-ID."""
    if thread.account is None or (contact and _known_at(contact, thread.account)):
        return True
    if contact and contact.memberships.filter(until=None).exists():
        return thread.contact_id == contact.pk
    owner = _account_of_domain(mail.from_address)
    return owner is None or owner.pk == thread.account_id or owner.parent_id == thread.account_id


def _by_token(mail: ParsedMail, envelope: Envelope, team: Team | None, contact: Contact | None) -> Match | None:
    """An answer to `someone+tag@ours`: the tag names the conversation, and only we can seal one."""
    tags = _tags(mail)
    rows = Conversation.objects.filter(tag__in=tags, team=team).select_related("account", "contact") if tags else ()
    for thread in rows:
        if envelope.certainly_machine or _plausible(mail, contact, thread):
            return Match(thread.account, thread.contact, thread, "token")
    return None


def _tags(mail: ParsedMail) -> list[str]:
    """What stands behind a plus in the addresses a mail went to, where it could be a tag of ours."""
    locals_ = [address.rpartition("@")[0].lower() for address in (*mail.to, *mail.cc)]
    return [tag for one in locals_[:100] if _TAG.fullmatch(tag := one.rpartition("+")[2]) and "+" in one]


def reply_address(mailbox: Mailbox, tag: str) -> str:
    """Where answers may go so that they find their thread without any reference; empty where the server knows no such."""
    local, _, domain = mailbox.address.rpartition("@")
    fits = "+" not in local and len(local) + 1 + len(tag) <= _LONGEST_LOCAL
    return f"{local}+{tag}@{domain}" if mailbox.plus_addresses and tag and fits else ""


def seal(team_id: int, root_message_id: str) -> str:
    """The tag of a thread, known before its first mail leaves.

    128 bits in lower-case hexadecimal: servers on the way may change the case of a local part.
    """
    return keyed(settings.SECRET_KEY, f"conversation:{team_id}:{root_message_id}")[:32]


def _by_subject(mail: ParsedMail, team: Team | None, contact: Contact | None) -> Match | None:
    subject = bare(mail.subject)
    if not contact or not subject or subject == mail.subject.strip().casefold():
        return None
    since = clock.now() - _SAME_SUBJECT_WITHIN
    recent = Conversation.objects.filter(team=team, contact=contact, last_message_at__gte=since)
    rows = recent.select_related("account", "contact").order_by("-last_message_at")[:20]
    thread = next((row for row in rows if bare(row.subject) == subject), None)
    return Match(thread.account, contact, thread, "subject") if thread else None


def _by_sender(contact: Contact | None) -> Match | None:
    account = account_of(contact) if contact else None
    return Match(account, contact, None, "sender") if account else None


def _by_domain(mail: ParsedMail) -> Match | None:
    account = _account_of_domain(mail.from_address)
    return Match(account, None, None, "domain") if account else None


def _bounced(envelope: Envelope) -> Contact | None:
    recipients = envelope.bounce.recipients if envelope.bounce else ()
    return next((found for one in recipients if (found := contact_of(one))), None)


def _known_at(contact: Contact, account: Account) -> bool:
    return contact.memberships.filter(account=account, until=None).exists()


def accounts_of(contact: Contact) -> list[Account]:
    """Where the person is known now, the main one first."""
    rows = contact.memberships.filter(until=None).select_related("account").order_by("-main", "pk")
    return [row.account for row in rows]


def account_of(contact: Contact) -> Account | None:
    """Of several accounts the one being worked; else the main one; else nobody's guess."""
    mine = list(contact.memberships.filter(until=None).select_related("account"))
    if len(mine) <= 1:
        return mine[0].account if mine else None
    ids = [row.account_id for row in mine]
    worked = {pk for ask in registries.being_worked for pk in ask(ids)}
    if len(worked) == 1:
        return next(row.account for row in mine if row.account_id in worked)
    main = [row.account for row in mine if row.main]
    return main[0] if len(main) == 1 else None


def _account_of_domain(address: str) -> Account | None:
    domain = registrable_domain(domain_of(address))
    if not says_company(domain):
        return None
    further = AccountDomain.objects.filter(domain=domain).values("account")
    found = list(Account.objects.filter(Q(domain=domain) | Q(pk__in=further)).select_related("parent")[:50])
    if len(found) <= 1:
        return found[0] if found else None
    # Sites of one company share its domain: the company itself stands for them.
    ids = {row.pk for row in found}
    tops = [row for row in found if row.parent_id not in ids]
    return tops[0] if len(tops) == 1 else None
