"""The reports that mail servers write: a mail was refused (RFC 3464), or somebody marked it as spam (RFC 5965)."""

import re
from datetime import datetime
from email.utils import format_datetime

from crm.rules.mime import ParsedMail

_ENHANCED = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")
_UNSAFE = re.compile(r"[^\x20-\x7e]+")
NO_SUCH_ADDRESS = "5.1.1"


def refusal(*, to: str, recipient: str, response: str, original: ParsedMail, message_id: str, date: datetime) -> bytes:
    """What the sending side reports about a mail that was refused at once; `to` is the mailbox it left from."""
    domain = to.rpartition("@")[2]
    said = _line(response)
    status = _ENHANCED.search(said)
    head = [
        f"From: Mail Delivery System <MAILER-DAEMON@{domain}>",
        f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender",
    ]
    parts = [
        ("text/plain; charset=us-ascii", f"The mail could not be delivered.\n\n<{recipient}>: their server said: {said}\n"),
        ("message/delivery-status", f"Reporting-MTA: dns; {domain}\n\nFinal-Recipient: rfc822; {recipient}\nAction: failed\n"
         f"Status: {status[0] if status else NO_SUCH_ADDRESS}\nDiagnostic-Code: smtp; {said}\n"),
        ("text/rfc822-headers", _headers(original)),
    ]  # fmt: skip
    return _multipart("delivery-status", head, parts, message_id, date)


def complaint(*, to: str, recipient: str, original: ParsedMail, message_id: str, date: datetime) -> bytes:
    """What a provider reports when a recipient marked a mail as spam."""
    head = [f"From: <feedback@{to.rpartition('@')[2]}>", f"To: {to}", "Subject: Abuse report"]
    head.append(f"In-Reply-To: <{original.message_id}>")
    parts = [
        ("text/plain; charset=us-ascii", f"<{recipient}> marked this mail as spam.\n"),
        ("message/feedback-report", "Feedback-Type: abuse\nUser-Agent: Baton/1\nVersion: 1\n"
         f"Original-Rcpt-To: {recipient}\n"),
        ("text/rfc822-headers", _headers(original)),
    ]  # fmt: skip
    return _multipart("feedback-report", head, parts, message_id, date)


def _multipart(kind: str, head: list[str], parts: list[tuple[str, str]], message_id: str, date: datetime) -> bytes:
    boundary = f"report-{re.sub(r'[^A-Za-z0-9]', '', message_id)[:40]}"
    head = [
        *head, f"Date: {format_datetime(date)}", f"Message-ID: <{message_id}>", "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0", f'Content-Type: multipart/report; report-type={kind}; boundary="{boundary}"',
    ]  # fmt: skip
    body = "".join(f"--{boundary}\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts) + f"--{boundary}--\n"
    return ("\n".join(head) + "\n\n" + body).replace("\n", "\r\n").encode("ascii", "replace")


def _headers(original: ParsedMail) -> str:
    """The mail that came back, as far as it tells which thread it was."""
    lines = [f"Message-ID: <{original.message_id}>", f"Subject: {_line(original.subject)}"]
    lines += [f"References: {' '.join(f'<{one}>' for one in original.references[-12:])}"] if original.references else []
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    """One line of plain ASCII: what a server said must not become a header or a boundary of ours."""
    return _UNSAFE.sub(" ", text).strip()[:500]
