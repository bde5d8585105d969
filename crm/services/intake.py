"""The door for mail: stored first, once, in a transaction of its own; handled in a second one; never dropped."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import F

from crm import blobs, clock, failpoints
from crm.errors import Refused
from crm.models import Account, Attachment, Contact, Conversation, Event, Mailbox, Message, RawMail, Sighting, Team
from crm.models.message import MESSAGE
from crm.once import once
from crm.rules import envelope as envelopes
from crm.rules import html, mime
from crm.rules.addresses import is_address
from crm.rules.envelope import Envelope
from crm.rules.mime import ParsedMail
from crm.rules.newest_text import newest_text
from crm.services import contacts, identity, matching, registries
from crm.services.accounts import queue_up
from crm.services.matching import Match
from crm.signals import message_received

MOST_FAILURES = 3
_LONGEST_TEXT = 500_000
_SWEEP = 200
_LONG = 100_000  # bytes that are sent to the database as they are
# Everything that reading a mail writes; the raw mail itself is never written again.
_READ = [
    "from_address", "from_name", "reply_to", "to", "cc", "subject", "text", "html", "newest", "signature", "quoted", "kind",
    "certainly_machine", "in_reply_to", "references", "sent_at", "account", "contact", "conversation", "team", "matched_by",
]  # fmt: skip
S = Message.State
log = logging.getLogger(__name__)


def receive(raw: bytes, *, recipients: Sequence[str], at: datetime | None = None) -> Message:
    """Take a mail in: store it for the mailboxes it was sent to, then handle it. Bad mail raises nothing."""
    boxes = mailboxes_of(recipients) or mailboxes_of(_named(raw))
    message = store(raw, mailbox=boxes[0] if boxes else None, at=at)
    for box in boxes[1:]:
        store(raw, mailbox=box, at=at)
    try:
        handle(message.pk)
        message.refresh_from_db()
    except (OperationalError, InterfaceError):
        log.exception("message %s is stored; what is to be done about it waits for the database", message.pk)
    return message


def take_in(mail_from: str, recipients: Sequence[str], raw: bytes) -> Message:
    """What an SMTP or LMTP door does with a mail."""
    return receive(raw, recipients=recipients)


def mailboxes_of(addresses: Sequence[str]) -> list[Mailbox]:
    """Our mailboxes among these addresses; what follows a plus is our own token."""
    plain = {_untagged(address) for address in addresses}
    return list(Mailbox.objects.filter(address__in=plain, internal=False).select_related("team").order_by("pk"))


@failpoints.commit("mail stored")
def store(raw: bytes, *, mailbox: Mailbox | None, at: datetime | None = None, sent: bool = False) -> Message:
    """Keep the raw mail, once, and note that this mailbox saw it; the account it points to waits until it is handled.

    `sent`: it lies in the mailbox's Sent folder, so it is ours whatever address it leaves from.
    """
    now = at or clock.now()
    head = mime.parse_head(raw)
    digest = identity.content_hash(raw)
    ours = sent or (bool(head.from_address) and bool(mailboxes_of([head.from_address])))
    account = None if ours else matching.points_to(head)
    message, new = once(
        Message,
        message_id=identity.message_id_of(head.message_id, digest),
        content_hash=digest,
        also={
            "direction": Message.Direction.OUT if ours else Message.Direction.IN, "at": now,
            "in_reply_to": head.in_reply_to[: identity.LONGEST], "references": identity.shortened(head.references),
            "from_address": head.from_address, "to": list(head.to)[:100], "team": mailbox.team if mailbox else None, "account": account,
        },
    )  # fmt: skip
    if new:
        RawMail.keep(message, raw)
    if new and account:
        Account.objects.filter(pk=account.pk).update(unhandled_mail=F("unhandled_mail") + 1)
    if mailbox is not None:
        _, seen = once(Sighting, message=message, mailbox=mailbox, also={"at": now})
        if seen and not new:
            _seen_by_another(message, mailbox)
    return message


def handle(pk: int) -> bool:
    """Handle a stored message whole or not at all; True when it is handled. A failure is counted, and retried."""
    if _tried(pk):
        return True
    with failpoints.commit("failure counted"):
        Message.objects.filter(pk=pk, state=S.STORED).exclude(last_error="").update(failures=F("failures") + 1)
    quarantine_poison(pk)
    return False


def handle_unhandled(limit: int = 50) -> int:
    """Handle what is still waiting; a try is counted before it is made, for a mail that takes its worker down."""
    done = 0
    for pk in list(Message.objects.filter(state=S.STORED).order_by("pk").values_list("pk", flat=True)[:_SWEEP]):
        if done >= limit:
            break
        if not quarantine_poison(pk) and _counted(pk):
            done += _tried(pk)
            quarantine_poison(pk)
    return done


@failpoints.commit("try counted")
def _counted(pk: int) -> bool:
    """Count one try; False when someone else is at this message."""
    free = Message.objects.select_for_update(skip_locked=True).filter(pk=pk, state=S.STORED)
    return free.exists() and bool(Message.objects.filter(pk=pk).update(failures=F("failures") + 1))


def _tried(pk: int) -> bool:
    try:
        return _handle(pk)
    except (OperationalError, InterfaceError):
        raise  # the database is away: that says nothing about the mail
    except Exception as error:
        log.exception("message %s could not be handled", pk)
        note = f"{type(error).__name__}: {error}"[:300].replace("\x00", "")
        with failpoints.commit("failure noted"):
            Message.objects.filter(pk=pk).update(last_error=note)
        return False


@failpoints.commit("set aside")
def quarantine_poison(pk: int) -> bool:
    """Set aside what failed too often; the raw mail stays, and so does the pause of its account."""
    message = Message.objects.filter(pk=pk, state=S.STORED, failures__gte=MOST_FAILURES).first()
    if message is None:
        return False
    MESSAGE.move(message, S.QUARANTINED, by="the intake", why=message.last_error or "It took its worker down.")
    return True


@failpoints.commit("released")
def release(message: Message, *, by: Any) -> None:
    """Take a message out of quarantine and try it again."""
    MESSAGE.move(message, S.STORED, by=by, set={"failures": 0, "last_error": ""})


@failpoints.commit("assigned")
def assign(message: Message, account: Account, *, by: Any) -> Message:
    """Say which account an unmatched message belongs to; from here on it is handled like any other."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.account_id is not None:
        raise Refused("This message belongs to an account already.")
    if message.state == S.STORED:
        raise Refused("This message is being read at this moment. Try again in a few seconds.")
    if message.state == S.QUARANTINED:
        raise Refused("This message could not be read. Have it tried again first; then say whose it is.")
    mail = mime.parse(message.raw)
    envelope = envelopes.kind(mail)
    _belongs(message, mail, envelope, Match(account, matching.contact_of(mail.from_address), None, "by hand"), by=by)
    message_received.send(sender=Message, message=message, mail=mail, envelope=envelope)
    return message


@failpoints.commit("mail handled")
def _handle(pk: int) -> bool:
    queue_up(Message.objects.filter(pk=pk, state=S.STORED).values_list("account", flat=True).first())
    waiting = Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, state=S.STORED)
    message = waiting.select_related("account", "team").first()
    if message is None:
        return False
    mail = mime.parse(message.raw)
    envelope = envelopes.kind(mail)
    pointed = message.account
    _read(message, mail, envelope)
    message.account = None
    if message.direction == Message.Direction.IN:
        _belongs(message, mail, envelope, matching.match(mail, envelope, message.team), by="the intake")
    else:
        _own_mail(message, mail, envelope)
    _keep_attachments(message, mail)
    # Before anybody hears of it: who then plans the account again must not find this message unread.
    if pointed:
        Account.objects.filter(pk=pointed.pk, unhandled_mail__gt=0).update(unhandled_mail=F("unhandled_mail") - 1)
    if message.account and message.direction == Message.Direction.IN:
        message_received.send(sender=Message, message=message, mail=mail, envelope=envelope)
    MESSAGE.move(message, S.HANDLED, by="the intake", set={"handled_at": clock.now(), "failures": 0, "last_error": ""})
    return True


def _read(message: Message, mail: ParsedMail, envelope: Envelope) -> None:
    text = mail.text if mail.text.strip() else html.to_text(mail.html)
    newest = newest_text(mail.text, mail.html)
    message.from_address, message.from_name = mail.from_address, mail.from_name[:200]
    message.reply_to = _elsewhere(mail)
    message.to, message.cc = list(mail.to)[:100], list(mail.cc)[:100]
    message.subject, message.text = mail.subject[:500], text[:_LONGEST_TEXT]
    message.html = html.sanitise(mail.html)[:_LONGEST_TEXT] if mail.html else ""
    message.newest, message.signature = newest.newest[:_LONGEST_TEXT], newest.signature[:20_000]
    message.quoted = newest.quoted[:_LONGEST_TEXT]
    message.kind, message.certainly_machine = envelope.kind, envelope.certainly_machine
    message.in_reply_to = mail.in_reply_to[: identity.LONGEST]
    message.references = identity.shortened(mail.references)
    message.sent_at = mail.date


def _elsewhere(mail: ParsedMail) -> str:
    """The one address where they ask for answers (RFC 5322 §3.6.2); empty where it is their own, one of ours, or several."""
    asked = [one.lower() for one in mail.reply_to]
    if len(asked) != 1 or asked[0] == mail.from_address.lower() or not is_address(asked[0]) or mailboxes_of(asked):
        return ""
    return asked[0][:320]


def _belongs(message: Message, mail: ParsedMail, envelope: Envelope, match: Match, *, by: Any) -> None:
    """Write where the message belongs, put it into its thread, and enter it on the timeline."""
    queue_up(match.account.pk if match.account else None)
    if match.account and not match.contact and envelope.kind == envelopes.HUMAN:
        match.contact = _newcomer(mail, match.account)
    message.account, message.contact, message.matched_by = match.account, match.contact, match.by
    sightings = list(message.sightings.select_related("mailbox__team").order_by("pk"))
    if match.account and sightings:
        box = match.conversation.mailbox if match.conversation else sightings[0].mailbox
        message.conversation = match.conversation or _thread(message, box, match)
        message.team = message.conversation.team
        for sighting in sightings:
            sighting.conversation = _conversation_for(sighting.mailbox, message, match)
            sighting.save(update_fields=["conversation"])
    message.save(update_fields=_READ)
    if message.account:
        Event.record("message.received", account=message.account, contact=message.contact, team=message.team, message=message,
                     by=by, subject=message, facts={"kind": envelope.kind, "matched_by": match.by})  # fmt: skip


def _thread(message: Message, box: Mailbox, match: Match) -> Conversation:
    team = box.team
    if team is None:
        raise Refused("The installation's own mailbox has no conversations.")
    row, _ = once(
        Conversation,
        team=team,
        root_message_id=message.message_id,
        also={"tag": matching.seal(team.pk, message.message_id), "mailbox": box, "account": match.account, "contact": match.contact, "subject": message.subject,
                  "last_message_at": message.at, "created_at": clock.now()},
    )  # fmt: skip
    return row


def _conversation_for(box: Mailbox, message: Message, match: Match) -> Conversation:
    """Mail that two teams saw is in each team's own conversation."""
    thread = message.conversation
    if thread is None or box.team_id != thread.team_id:
        thread = _thread(message, box, match)
    if thread.last_message_at < message.at:
        thread.last_message_at = message.at
        thread.save(update_fields=["last_message_at"])
    return thread


def _newcomer(mail: ParsedMail, account: Account) -> Contact | None:
    """Someone at the account who wrote from an address we never wrote to."""
    first, _, last = mail.from_name.rpartition(" ")
    try:
        return contacts.add_contact(
            account, by="the intake", email=mail.from_address, first_name=first[:80], last_name=last[:80],
            evidence="Wrote to us.", confidence="low", source="mail",
        )  # fmt: skip
    except Refused:
        return None


def _own_mail(message: Message, mail: ParsedMail, envelope: Envelope) -> None:
    """What one of us wrote in their own mail program: it joins its thread, or begins one with someone we know."""
    refs = matching.references_of(mail)
    parent = (
        Message.objects.filter(message_id__in=refs, conversation__team=message.team)
        .select_related("conversation")
        .first()
    )
    if parent:
        message.conversation, message.account, message.contact = parent.conversation, parent.account, parent.contact
    elif not message.certainly_machine:
        _begin_thread(message, mail)
    message.save(update_fields=_READ)
    if message.conversation:
        queue_up(message.account.pk if message.account else None)
        for hear in registries.own_mail:
            hear(message)
        earlier = Conversation.objects.filter(pk=message.conversation.pk, last_message_at__lt=message.at)
        earlier.update(last_message_at=message.at)


def _begin_thread(message: Message, mail: ParsedMail) -> None:
    """Their first mail to someone on file, so that the answer finds it; mail to anybody else stays with its mailbox."""
    sighting = message.sightings.select_related("mailbox__team").order_by("pk").first()
    contact = next((known for address in mail.to[:20] if (known := matching.contact_of(address))), None)
    account = matching.account_of(contact) if contact else None
    if sighting and sighting.mailbox.team and account:
        message.account, message.contact = account, contact
        message.conversation = _thread(message, sighting.mailbox, Match(account, contact))
        message.sightings.filter(conversation=None).update(conversation=message.conversation)


def _keep_attachments(message: Message, mail: ParsedMail) -> None:
    if not mail.attachments or message.attachments.exists():
        return  # handled before, and now again because its thread came on file
    parts = mail.attachments[:200]
    rows = Attachment.objects.bulk_create(
        Attachment(
            message=message, name=part.name[:255], content_type=part.content_type[:120], size=part.size,
            sha256=hashlib.sha256(part.payload).hexdigest(), content=part.payload if part.size < _LONG else b"",
        )
        for part in parts
    )  # fmt: skip
    for row, part in zip(rows, parts, strict=True):
        if part.size >= _LONG:
            blobs.write("UPDATE crm_attachment SET content = %b WHERE id = %s", [part.payload, row.pk])


def _seen_by_another(message: Message, mailbox: Mailbox) -> None:
    """A second mailbox saw a message that is already handled: its team gets it in a conversation of its own."""
    team: Team | None = mailbox.team
    message.refresh_from_db(fields=["state", "conversation", "account", "contact", "matched_by"])  # handled meanwhile?
    if message.state != S.HANDLED or message.conversation is None or team is None:
        return
    match = Match(message.account, message.contact, None, message.matched_by)
    Sighting.objects.filter(message=message, mailbox=mailbox).update(
        conversation=_conversation_for(mailbox, message, match)
    )


def _named(raw: bytes) -> list[str]:
    """Addresses in the headers, for a pipe that does not say for whom the mail is."""
    head = mime.parse_head(raw)
    told = [head.headers.get(name, "") for name in ("delivered-to", "x-original-to")]
    found = [address for value in told for _, address in mime.addresses(value)]
    return [*found, *head.to, *head.cc]


def _untagged(address: str) -> str:
    local, _, domain = address.strip().strip("<>").lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
