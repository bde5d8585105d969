"""Handing a mail to a door of our own on loopback."""

import smtplib


def to_door(port: int, mail_from: str, recipients: list[str], raw: bytes) -> None:
    """Deliver by SMTP; raises OSError or SMTPException when the door is shut or refuses."""
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as talk:
        talk.ehlo()
        code, said = talk.docmd(f"MAIL FROM:<{mail_from}>")
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, said, mail_from)
        for one in recipients:
            code, said = talk.rcpt(one)
            if code not in (250, 251):
                raise smtplib.SMTPRecipientsRefused({one: (code, said)})
        code, said = talk.data(raw)
        if code != 250:
            raise smtplib.SMTPDataError(code, said)
