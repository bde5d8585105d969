"""No value that anybody typed or sent adds, removes or changes a header: composed, looked at, and read back from a server."""

import email
import itertools
import smtplib
from collections.abc import Iterator
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest

from prospecting.rules import headers
from prospecting.rules.compose import Draft, Unsendable, compose
from tests import servers
from tests.prospecting.test_compose import PLAIN

BREAKERS = [
    "\r\n", "\n", "\r", "\r\r\n", "\n\r", "\x85", "\u2028", "\u2029", "\v", "\f", "\0", "\x1c", "\x1d", "\x1e", "\x1f", "\x7f", "\t\r\n\t",
    "\r\n ", "%0d%0a", "=?utf-8?q?=0d=0a?=", "=?utf-8?b?DQo=?=", "\\r\\n", "\u200b\n", "\ud800\n", "\uff0d\uff0a", "嘊嘍", "é\r\n",
]  # fmt: skip
PAYLOADS = [
    "Bcc: victim@other.example", "To: victim@other.example", "From: ceo@bank.example", "Content-Type: text/html", "Subject: You won",
    "\r\n<script>hit()</script>", "Reply-To: <x@evil.example>", "Content-Transfer-Encoding: base64", "Received: by evil",
    'x" <x@evil.example>, "y', ".\r\nMAIL FROM:<x@evil.example>",
]  # fmt: skip
SHAPES = [
    "{b}{p}",
    "Ada{b}{p}",
    "Ada {b} {p} {b} Lovelace",
    "Ż{b}{p}",
    "{long}{b}{p}",
    '"{b}{p}"',
    "<x@y.example>{b}{p}",
]
VALUES = sorted({
    shape.format(b=breaker, p=payload, long="long " * 30)
    for breaker, payload, shape in itertools.product(BREAKERS, PAYLOADS, SHAPES)
})  # fmt: skip
TYPED = ("subject", "from_name", "to_name")
FOREIGN = ("in_reply_to", "unsubscribe_url", "message_id", "reply_to", "to_address", "from_address", "calendar_method")
TRACE = {"return-path", "delivered-to", "received", "x-original-to"}


def intended(draft: Draft) -> set[str]:
    """Names of the headers that a draft asks for."""
    found = {"from", "to", "subject", "date", "message-id", "mime-version", "content-type"}
    asked = {"reply-to": draft.reply_to, "in-reply-to": draft.in_reply_to, "list-unsubscribe": draft.unsubscribe_url}
    found |= {name for name, value in asked.items() if value}
    found |= {"list-unsubscribe-post"} if draft.unsubscribe_url else set()
    return found | (set() if draft.html or draft.calendar else {"content-transfer-encoding"})


def seen(raw: bytes) -> list[str]:
    return [name.lower() for name in email.message_from_bytes(raw).keys() if name.lower() not in TRACE]  # noqa: SIM118


def shown(value: str) -> str:
    return str(make_header(decode_header(value))).replace("\n", "")


def sendable(field: str, value: str) -> Iterator[tuple[Draft, bytes]]:
    draft = replace(PLAIN, **{field: value, **({"calendar": "BEGIN:VCALENDAR"} if field == "calendar_method" else {})})
    try:
        yield draft, compose(draft)
    except Unsendable:
        return


def test_there_are_thousands_of_hostile_values():
    assert len(VALUES) >= 2_000


@pytest.mark.parametrize("field", TYPED + FOREIGN)
def test_a_hostile_value_is_refused_or_harmless_for_three_readers(field):
    """Ours, the standard library's, and the intention agree on every header and both addresses."""
    for value in VALUES:
        for draft, raw in sendable(field, value):
            headers.check(raw, mail_from=draft.from_address, recipient=draft.to_address)
            names = seen(raw)
            mail = email.message_from_bytes(raw)
            optional = {"in-reply-to"} if field == "in_reply_to" else set()
            assert len(names) == len(set(names)), value
            assert set(names) | optional == intended(draft) | optional, value
            assert set(names) == {name.decode() for name in headers.fields(raw)}, value
            assert [address for _, address in getaddresses([mail["From"]])] == [draft.from_address], value
            assert [address for _, address in getaddresses([mail["To"]])] == [draft.to_address], value


@pytest.mark.parametrize(
    "raw",
    [
        b"Bcc: x@evil.example\r\n",
        b"To: x@evil.example\r\n",
        b"X-Thing: 1\r\n",
        b"Subject: twice\r\n",
        b"\r",
        b" \r\n",
        b"no colon\r\n",
        b"Comments: \xc3\xa9\r\n",
    ],
)
def test_the_last_look_finds_what_was_slipped_in(raw):
    mail = compose(PLAIN)
    headers.check(mail, mail_from=PLAIN.from_address, recipient=PLAIN.to_address)
    head, _, body = mail.partition(b"\r\nDate:")
    with pytest.raises(Unsendable):
        headers.check(head + b"\r\n" + raw + b"Date:" + body, mail_from=PLAIN.from_address, recipient=PLAIN.to_address)


def test_the_last_look_knows_for_whom_the_mail_is():
    for who in ({"mail_from": "x@y.example"}, {"recipient": "x@y.example"}):
        with pytest.raises(Unsendable):
            headers.check(compose(PLAIN), **{"mail_from": PLAIN.from_address, "recipient": PLAIN.to_address, **who})


@pytest.mark.long
@pytest.mark.dovecot
def test_the_server_holds_exactly_the_headers_that_were_meant(dovecot: servers.Dovecot):
    to = "headers@halden.example"
    meant = {}
    with smtplib.LMTP("127.0.0.1", dovecot.lmtp) as talk:
        for number, value in enumerate(VALUES):
            fields = dict.fromkeys(TYPED, value)
            draft = replace(PLAIN, **fields, message_id=f"{number}@halden.example", to_address=to, reply_to=to)
            raw = compose(draft)
            talk.mail(PLAIN.from_address)
            talk.rcpt(to)
            talk.data(raw)
            meant[draft.message_id] = (intended(draft), shown(email.message_from_bytes(raw)["Subject"]))
    kept = dovecot.mails(to)
    assert len(kept) == len(VALUES)
    for raw in kept:
        mail = email.message_from_bytes(raw)
        names = seen(raw)
        wanted, subject = meant[mail["Message-ID"].strip("<>")]
        assert (set(names), len(names)) == (wanted, len(wanted))
        assert shown(mail["Subject"]) == subject
        assert [address for _, address in getaddresses([mail["To"], mail["Reply-To"]])] == [to, to]
