"""Mails that tests let arrive."""

from email.message import EmailMessage
from typing import Any


def mail(
    text: str = "Tuesday works.",
    *,
    sender: str = "joost@maasdekker.example",
    to: str = "ada@baton.example",
    **headers: Any,
) -> bytes:
    """One plain mail as bytes; headers by their names with underscores."""
    message = EmailMessage()
    message["From"], message["To"] = sender, to
    message["Subject"] = headers.pop("subject", "Re: Two minutes about routing")
    message["Message-ID"] = headers.pop("message_id", "<answer-1@maasdekker.example>")
    message["Date"] = "Thu, 11 Jun 2026 10:00:00 +0000"
    for name, value in headers.items():
        message[name.replace("_", "-").title()] = value
    message.set_content(text + "\n")
    return message.as_bytes()


def report(
    recipient: str, about: str, *, to: str = "ada@baton.example", status: str = "5.1.1", action: str = "failed"
) -> bytes:
    """A delivery status notification (RFC 3464)."""
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <report-{about}>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\n"
        f"Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 {status} User unknown\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{about}>\r\nTo: {recipient}\r\n\r\n--b--\r\n"
    ).encode()
