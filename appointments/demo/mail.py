"""Real MIME messages as people's mail programs and mail servers write them."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from crm.models import Message


@dataclass(frozen=True)
class Writer:
    """Who writes back, and in answer to what."""

    name: str
    address: str
    answers: Message


def reply(writer: Writer, text: str, at: datetime, dice: random.Random, *, quote: bool = True) -> bytes:
    """A typed answer in the thread, with the quoted mail below as most programs put it."""
    mail = _answer(writer, at, dice)
    quoted = "\n".join("> " + line for line in writer.answers.text.splitlines()) if quote else ""
    wrote = f"On {writer.answers.at:%a, %d %b %Y at %H:%M}, {writer.answers.from_address} wrote:"
    mail.set_content(f"{text}\n\n{wrote}\n{quoted}\n" if quote else f"{text}\n")
    return mail.as_bytes()


def automatic(writer: Writer, text: str, at: datetime, dice: random.Random, *, subject: str) -> bytes:
    """What a vacation program or a help desk sends, marked as RFC 3834 asks."""
    mail = _answer(writer, at, dice)
    del mail["Subject"]
    mail["Subject"] = f"{subject}: {writer.answers.subject}"
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text + "\n")
    return mail.as_bytes()


def fresh(name: str, address: str, to: str, subject: str, text: str, at: datetime, dice: random.Random) -> bytes:
    """A mail that answers nothing of ours."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = formataddr((name, address)), to, subject
    _stamp(mail, address, at, dice)
    mail.set_content(text + "\n")
    return mail.as_bytes()


def other_time(
    writer: Writer, uid: str, sequence: int, start: datetime, at: datetime, dice: random.Random, *, comment: str
) -> bytes:
    """What a calendar sends when its owner proposes another time (RFC 5546 §3.2.7)."""
    mail = _answer(writer, at, dice)
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Calendar of a guest//EN", "METHOD:COUNTER", "BEGIN:VEVENT", f"UID:{uid}",
        f"SEQUENCE:{sequence}", f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}", f"DTSTART:{start.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"ATTENDEE;PARTSTAT=TENTATIVE:mailto:{writer.address}", f"ORGANIZER:mailto:{writer.answers.from_address}",
        f"COMMENT:{comment}", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    mail.set_content("\r\n".join(lines), subtype="calendar", params={"method": "COUNTER"})
    return mail.as_bytes()


def bounce(recipient: str, answers: Message, at: datetime, dice: random.Random, *, hard: bool = True) -> bytes:
    """A delivery status notification as RFC 3464 has it: words, status fields, the headers that came back."""
    status, words = ("5.1.1", "User unknown") if hard else ("4.2.2", "Mailbox full")
    domain = recipient.partition("@")[2]
    boundary = f"dsn-{dice.getrandbits(64):016x}"
    head = [
        f"From: Mail Delivery System <mailer-daemon@{domain}>",
        f"To: {answers.from_address}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{dice.getrandbits(96):024x}@{domain}>",
        f"In-Reply-To: {_angled(answers.message_id)}",
        f"References: {_angled(answers.message_id)}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"',
    ]
    said = f"This is the mail system at {domain}.\n\n<{recipient}>: {words} ({status})\n"
    fields = (
        f"Reporting-MTA: dns; mx.{domain}\n\nFinal-Recipient: rfc822; {recipient}\n"
        f"Action: {'failed' if hard else 'delayed'}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {'550' if hard else '452'} {status} {words}\n"
    )
    back = f"Message-ID: {_angled(answers.message_id)}\nSubject: sent mail\nTo: {recipient}\n"
    parts = [("text/plain; charset=us-ascii", said), ("message/delivery-status", fields), ("text/rfc822-headers", back)]
    body = "".join(f"--{boundary}\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts) + f"--{boundary}--\n"
    return ("\n".join(head) + "\n\n" + body).replace("\n", "\r\n").encode("ascii")


def _answer(writer: Writer, at: datetime, dice: random.Random) -> EmailMessage:
    mail = EmailMessage()
    subject = writer.answers.subject
    mail["From"] = formataddr((writer.name, writer.address))
    mail["To"] = writer.answers.from_address
    mail["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    mail["In-Reply-To"] = _angled(writer.answers.message_id)
    mail["References"] = " ".join(map(_angled, [*writer.answers.references[-5:], writer.answers.message_id]))
    _stamp(mail, writer.address, at, dice)
    return mail


def _stamp(mail: EmailMessage, address: str, at: datetime, dice: random.Random) -> None:
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{dice.getrandbits(96):024x}@{address.partition('@')[2]}>"


def _angled(message_id: str) -> str:
    return f"<{message_id.strip('<>')}>"
