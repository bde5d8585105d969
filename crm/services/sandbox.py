"""The mail sandbox: keeps what was sent, and answers as the prospect with real mail through the intake door."""

import smtplib
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid

from django.conf import settings
from django.db import transaction
from django.db.models import F

from crm import clock
from crm.errors import Refused
from crm.gateways import deliver
from crm.models import ClockOffset, Contact, SandboxMessage
from crm.rules import mime
from crm.rules.addresses import BadAddress, dedupe_key, domain_of, normal
from crm.rules.mime import ParsedMail
from crm.services import examples, live

EXAMPLES = examples.EXAMPLES
SHUT = "The sandbox's mail server is not running; start the product with `make run`."


@transaction.atomic
def keep(mail_from: str, recipients: Sequence[str], raw: bytes) -> list[SandboxMessage]:
    """What the sandbox's SMTP server does with a message: keep it for each recipient."""
    head = mime.parse_head(raw)
    rows = [
        SandboxMessage.objects.create(
            mail_from=mail_from[:320], rcpt_to=one[:320], message_id=head.message_id[:500], raw=raw, at=clock.now()
        )
        for one in recipients
    ]
    for row in rows:
        live.tell("sandbox", id=row.pk)
    return rows


def refusal(address: str) -> str:
    """Addresses that try out what servers refuse: no-such-user@… and try-later@…"""
    local = address.partition("@")[0].lower()
    if local.startswith("no-such-user"):
        return "550 5.1.1 No such user here"
    return "451 4.7.1 Greylisted, try again later" if local.startswith("try-later") else ""


def answer(
    sandbox_message: SandboxMessage, *, text: str = "", as_address: str | None = None, example: str | None = None
) -> bytes:
    """Answer as the prospect; the mail comes back through the intake door. Returns what was delivered."""
    raw, sender, to = letter(sandbox_message, text=text, as_address=as_address, example=example)
    inject(raw, mail_from=sender, recipients=[to])
    return raw


def letter(
    sandbox_message: SandboxMessage, *, text: str = "", as_address: str | None = None, example: str | None = None
) -> tuple[bytes, str, str]:
    """The answer as a real mail, with its envelope: sender (empty for a report) and recipient."""
    _on()
    asked = mime.parse(bytes(sandbox_message.raw))
    way, words = EXAMPLES[example] if example else (examples.HUMAN, "")
    address = as_address or sandbox_message.rcpt_to
    try:
        address = normal(address)
    except BadAddress as bad:
        raise Refused(str(bad)) from bad
    name = _name_of(address)
    to = (asked.reply_to or (asked.from_address,))[0]
    said = text.strip() or words.format(name=name or "The person you wrote to")
    if way == examples.BOUNCE:
        return _report(asked, sandbox_message.rcpt_to, to), "", to
    mail = _automatic(asked, way, said) if way != examples.HUMAN else _typed(asked, said)
    mail["From"], mail["To"] = formataddr((name, address)), to
    mail["Date"], mail["Message-ID"] = format_datetime(clock.now()), make_msgid(domain=domain_of(address))
    if asked.message_id:
        mail["In-Reply-To"] = f"<{asked.message_id}>"
        mail["References"] = " ".join(f"<{one}>" for one in [*asked.references[-8:], asked.message_id])
    return mail.as_bytes(policy=SMTP), "" if way != examples.HUMAN else address, to


def inject(raw: bytes, *, mail_from: str, recipients: Sequence[str]) -> None:
    """Deliver a mail to the intake door by SMTP."""
    _on()
    try:
        deliver.to_door(settings.SANDBOX_INTAKE_PORT, mail_from, list(recipients), raw)
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        raise Refused(f"The intake door did not take it: {said}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Refused(SHUT) from error


@transaction.atomic
def move_clock(seconds: int) -> None:
    """Move every process of the sandbox ahead at once; time never goes back."""
    _on()
    if seconds < 0:
        raise Refused("Time does not go back.")
    ClockOffset.objects.get_or_create(pk=1)
    ClockOffset.objects.filter(pk=1).update(seconds=F("seconds") + seconds)
    live.tell("sandbox")


def _on() -> None:
    if not settings.SANDBOX:
        raise Refused("There is no sandbox in this installation.")


def _name_of(address: str) -> str:
    try:
        contact = Contact.objects.filter(email_norm=dedupe_key(address)).first()
    except BadAddress:
        contact = None
    if contact and (contact.first_name or contact.last_name):
        return contact.name
    return address.partition("@")[0].replace(".", " ").replace("-", " ").title()


def _typed(asked: ParsedMail, text: str) -> EmailMessage:
    """A person's answer, with what they answer quoted below."""
    mail = EmailMessage()
    mail["Subject"] = asked.subject if asked.subject.lower().startswith("re:") else f"Re: {asked.subject}"
    when = asked.date or clock.now()
    quoted = "\n".join(f"> {line}".rstrip() for line in asked.text.strip().splitlines())
    wrote = f"On {when:%a, %d %b %Y at %H:%M}, {asked.from_name or asked.from_address} <{asked.from_address}> wrote:"
    mail.set_content(f"{text}\n\n{wrote}\n\n{quoted}\n")
    return mail


def _automatic(asked: ParsedMail, way: str, text: str) -> EmailMessage:
    """What a vacation program or a help desk sends (RFC 3834)."""
    mail = EmailMessage()
    before = {examples.OUT_OF_OFFICE: "Automatic reply: ", examples.AUTO: "[Ticket #48213] Received: "}.get(
        way, "Automatic reply: "
    )
    mail["Subject"] = f"{before}{asked.subject}"
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    if way == examples.AUTO:
        mail["Precedence"] = "bulk"
    mail.set_content(f"{text}\n")
    return mail


def _report(asked: ParsedMail, recipient: str, to: str) -> bytes:
    """A delivery status notification for an address that does not exist (RFC 3464)."""
    domain = domain_of(recipient) or "mail.example"
    boundary = f"report-{abs(hash((recipient, asked.message_id))):x}"
    head = [
        f"From: Mail Delivery System <MAILER-DAEMON@{domain}>", f"To: {to}", "Subject: Undelivered Mail Returned to Sender",
        f"Date: {format_datetime(clock.now())}", f"Message-ID: {make_msgid(domain=domain)}", "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0", f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"',
    ]  # fmt: skip
    parts = [
        ("text/plain; charset=us-ascii", f"This is the mail system at {domain}.\n\nYour message could not be delivered.\n\n"
         f"<{recipient}>: host mx.{domain} said: 550 5.1.1 <{recipient}>: Recipient address rejected: User unknown\n"),
        ("message/delivery-status", f"Reporting-MTA: dns; mx.{domain}\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\n"
         f"Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 <{recipient}>: User unknown\n"),
        ("text/rfc822-headers", f"Message-ID: <{asked.message_id}>\nFrom: {asked.from_address}\nTo: {recipient}\n"),
    ]  # fmt: skip
    body = "".join(f"--{boundary}\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts) + f"--{boundary}--\n"
    return ("\n".join(head) + "\n\n" + body).replace("\n", "\r\n").encode("ascii", "replace")
