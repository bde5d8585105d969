"""The mail servers that tests talk to are real ones, and start with a configuration of their own."""

import imaplib
import smtplib
import time

import pytest

from tests import servers

MAIL = "From: ada@halden.example\r\nTo: {to}\r\nSubject: Hello\r\nMessage-ID: <{name}@halden.example>\r\n\r\nHello\r\n"


def test_dovecot_takes_mail_by_lmtp_and_shows_it_by_imap(dovecot: servers.Dovecot) -> None:
    with smtplib.LMTP("127.0.0.1", dovecot.lmtp) as talk:
        talk.sendmail("ada@halden.example", ["lmtp@halden.example"], MAIL.format(to="lmtp@halden.example", name="one"))
    imap = imaplib.IMAP4("127.0.0.1", dovecot.imap)
    imap.login("lmtp@halden.example", servers.PASSWORD)

    assert imap.select()[1] == [b"1"]
    assert len(dovecot.mails("lmtp@halden.example")) == 1
    with pytest.raises(imaplib.IMAP4.error):
        imaplib.IMAP4("127.0.0.1", dovecot.imap).login("lmtp@halden.example", "wrong")


def test_postfix_hands_what_it_accepts_to_dovecot(postfix: servers.Postfix, dovecot: servers.Dovecot) -> None:
    with smtplib.SMTP("127.0.0.1", postfix.smtp) as talk:
        talk.login("ada@halden.example", servers.PASSWORD)
        talk.sendmail(
            "ada@halden.example", ["pia@prospects.example"], MAIL.format(to="pia@prospects.example", name="two")
        )
    with smtplib.SMTP("127.0.0.1", postfix.smtp) as talk, pytest.raises(smtplib.SMTPRecipientsRefused):
        talk.sendmail("ada@halden.example", ["nobody@elsewhere.example"], MAIL.format(to="x", name="three"))

    until = time.monotonic() + servers.PATIENCE
    while not dovecot.mails("pia@prospects.example") and time.monotonic() < until:
        time.sleep(0.05)
    assert b"<two@halden.example>" in dovecot.mails("pia@prospects.example")[0]
