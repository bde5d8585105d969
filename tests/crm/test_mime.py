"""Raw mail is read fast, bounded and without ever failing; what it says equals what the stdlib's judge reads."""

import random
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.rules import charsets, envelope, html, mime
from crm.rules.newest_text import newest_text
from tests.conftest import CORPORA


def plain(**headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\nHello\r\n").encode("utf-8", "surrogateescape")


def test_a_plain_mail_says_who_to_whom_what_and_when() -> None:
    raw = plain(
        From='"Maas, Joost" <joost@maas.example>', To="Ada <ada@baton.example>, ben@baton.example", Subject="Re: Routing",
        Date="Thu, 11 Jun 2026 12:00:00 +0200", Message_ID="<a@maas.example>", In_Reply_To="<b@baton.example>",
        References="<c@baton.example>\r\n <b@baton.example>",
    )  # fmt: skip

    mail = mime.parse(raw)

    assert (mail.from_name, mail.from_address) == ("Maas, Joost", "joost@maas.example")
    assert mail.to == ("ada@baton.example", "ben@baton.example")
    assert (mail.message_id, mail.in_reply_to, mail.references) == (
        "a@maas.example",
        "b@baton.example",
        ("c@baton.example", "b@baton.example"),
    )
    assert mail.date is not None and mail.date.isoformat() == "2026-06-11T10:00:00+00:00"
    assert mail.text.strip() == "Hello"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?b?R3LDvA==?= =?utf-8?b?w59l?=", "Grüße"),
        ("=?utf-8?b?R3LDvMOf?=rest", "Grüßrest"),
        ("=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        ("=?iso-8859-1?q?Gr=FC=DFe_an_Ada?=", "Grüße an Ada"),
        ("=?no-such-charset?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?q?one?= =?utf-8?q?=0d=0aBcc:_x?=", "one Bcc: x"),
        ("=?utf-8?q?unclosed", "=?utf-8?q?unclosed"),
        ("Gr\udcfc\udcdfe", "Grüße"),
        ("=?iso-2022-jp?b?GyRCRnxLXDhsGyhC?=", "日本語"),
    ],
)
def test_encoded_subjects_are_read_also_where_they_are_broken(written: str, read: str) -> None:
    assert mime.decode_words(written) == read


def test_raw_8_bit_headers_are_read_as_they_were_written() -> None:
    raw = "From: Grüße <a@b.example>\r\nSubject: Angebot 🎉 für Łódź\r\n\r\nx".encode()

    mail = mime.parse(raw)

    assert (mail.subject, mail.from_name) == ("Angebot 🎉 für Łódź", "Grüße")


def test_a_byte_order_mark_before_the_headers_is_no_part_of_them() -> None:
    assert mime.parse(b"\xef\xbb\xbf" + plain(From="a@b.example", Subject="x")).from_address == "a@b.example"


def test_a_text_with_a_name_is_still_the_text_where_there_is_no_other() -> None:
    mail = mime.parse(b'Content-Type: text/plain; name="note.txt"\r\n\r\nHello')

    assert (mail.text, mail.attachments) == ("Hello", ())


def test_an_encoded_delivery_status_is_decoded() -> None:
    raw = b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\nQWN0aW9uOiBmYWlsZWQK"

    assert [one.payload for one in mime.parse(raw).attachments] == [b"Action: failed\n"]


def test_html_and_plain_are_told_from_attachments() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@b.example", "x"
    message.set_content("plain")
    message.add_alternative("<p>rich</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="../../offer €.pdf")

    mail = mime.parse(message.as_bytes())

    assert (mail.text.strip(), mail.html.strip()) == ("plain", "<p>rich</p>")
    assert [(one.name, one.content_type, one.payload) for one in mail.attachments] == [
        ("offer €.pdf", "application/pdf", b"%PDF")
    ]


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Grüße".encode(), "", "Grüße"),
        ("Grüße".encode("cp1252"), "utf-8", "Grüße"),
        ("日本語".encode("iso2022_jp"), "iso-2022-jp", "日本語"),
        ("你好".encode("gb18030"), "gb2312", "你好"),
        (b"a\x00b", "utf-8", "ab"),
        (b"abc", "zlib", "abc"),
        (b"abc", "unicode_escape", "abc"),
        ("caf\u00e9".encode("utf-16"), "utf-16", "café"),
    ],
)
def test_a_wrong_or_unknown_charset_is_detected(data: bytes, charset: str, text: str) -> None:
    assert charsets.decode(data, charset) == text


def nested(depth: int) -> bytes:
    head = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n"
    return head + b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(depth)
    )


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "only NULs": lambda: b"\x00" * 1000,
    "nested without end": lambda: nested(5000),
    "ten thousand parts": lambda: b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\npart\r\n" * 10_000,
    "a megabyte of headers": lambda: b"".join(b"X-%d: %s\r\n" % (n, b"y" * 100) for n in range(10_000)) + b"\r\nbody",
    "one long header": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 60_000 + b"\r\n\r\n",
    "one long address list": lambda: b"To: " + b"a@b.example," * 60_000 + b"\r\n\r\n",
    "only carriage returns": lambda: b"From: a@b.example\rSubject: x\r\rbody",
    "cut base64": lambda: b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gd29ybG",
    "mails in mails": lambda: b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    "no boundary": lambda: b"Content-Type: multipart/mixed\r\n\r\nbody",
    "a boundary of quotes": lambda: b'Content-Type: multipart/mixed; boundary="""\r\n\r\n--"\r\n\r\nx',
    "many groups": lambda: b"From: " + b"g:" * 5000 + b"\r\n\r\n",
    "endless groups": lambda: b"Content-Type: message/delivery-status\r\n\r\n" + b"a: b\n\n" * 200_000,
    "open brackets": lambda: b"From: " + b"(" * 5000 + b"\r\nReferences: " + b"<" * 50_000 + b"\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_mail_is_read_within_bounds(case: str) -> None:
    mail = mime.parse(HOSTILE[case]())

    assert "\x00" not in mail.text + mail.subject
    assert len(mail.attachments) <= mime.MAX_PARTS


def test_headers_beyond_the_limit_are_dropped_and_said() -> None:
    mail = mime.parse(HOSTILE["a megabyte of headers"]())

    assert "header block too large" in mail.defects
    assert mail.text == "body"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    mail = mime.parse(raw)
    envelope.kind(mail)
    newest_text(mail.text, mail.html)
    mime.parse_head(raw)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80).filter(lambda text: text.isprintable()), st.text(max_size=200))
def test_what_the_stdlib_writes_is_read_back(subject: str, text: str) -> None:
    message = EmailMessage()
    message["Subject"] = subject.strip()
    message.set_content(charsets.clean(text).replace("\r", "\n").replace("\x0b", " ").replace("\x0c", " "))

    mail = mime.parse(message.as_bytes())

    judge = BytesParser(policy=policy.default).parsebytes(message.as_bytes())
    assert mail.subject.split() == charsets.clean(str(judge["Subject"])).split()
    assert mail.text.strip() == judge.get_content().replace("\r\n", "\n").strip()


@pytest.mark.parametrize(
    "bad",
    ["<script>x()</script>", "<img src=x onerror=x()>", '<a href="javascript:x()">a</a>', "<svg onload=x()>", "<iframe src=//x>",
     '<img src="https://tracker.example/a.gif">', "<form action=//x><input name=a></form>", '<p style="background:url(//x)">', "<base href=//x>",
     "<link rel=stylesheet href=//x>", "<meta http-equiv=refresh content=0>"],
)  # fmt: skip
def test_shown_html_can_neither_run_nor_load_nor_leave(bad: str) -> None:
    shown = html.sanitise(bad).lower()

    assert not any(
        word in shown
        for word in (
            "script",
            "onerror",
            "onload",
            "javascript",
            "<iframe",
            "tracker",
            "<form",
            "style",
            "<base",
            "<link",
            "<meta",
        )
    )


def test_html_becomes_the_text_it_shows() -> None:
    shown = html.to_text(
        "<p>Hello&nbsp;Ada,</p><ul><li>one<li>two</ul><blockquote>old<br>words</blockquote><script>x()</script>"
    )

    assert shown == "Hello Ada,\n\n- one\n- two\n> old\n> words"


@pytest.mark.corpus
@pytest.mark.parametrize("folder", ["mime", "bounces", "replies", "hostile"])
def test_no_real_mail_makes_it_fail(folder: str) -> None:
    for path in sorted(one for one in (CORPORA / folder).rglob("*") if one.is_file()):
        mail = mime.parse(path.read_bytes())
        envelope.kind(mail)
        html.sanitise(mail.html)
        newest_text(mail.text, mail.html)


TOKENS = (
    b"\r\n",
    b"\n\n",
    b"--",
    b"boundary=",
    b"=?utf-8?b?",
    b"\x00",
    b"\xff\xfe",
    b"message/rfc822",
    b"message/delivery-status",
    b"<",
    b"@",
    b"base64",
)


def mutated(raw: bytes, dice: random.Random) -> bytes:
    """A mail with up to eleven wounds: bytes changed, lost, doubled, or a telling word where none belongs."""
    wounded = bytearray(raw)
    for _ in range(dice.randrange(1, 12)):
        at, other, length = dice.randrange(len(wounded) or 1), dice.randrange(len(wounded) or 1), dice.randrange(1, 400)
        kind = dice.randrange(4)
        if kind == 0:
            wounded[at : at + length % 9] = dice.randbytes(dice.randrange(0, 9))
        elif kind == 1:
            wounded[at:at] = dice.choice(TOKENS)
        elif kind == 2:
            del wounded[at : at + length]
        else:
            wounded[at:at] = wounded[other : other + length]
    return bytes(wounded)


@pytest.mark.long
@pytest.mark.corpus
def test_no_mutation_of_a_real_mail_makes_it_fail() -> None:
    dice = random.Random(20260611)
    paths = [
        path
        for folder in ("mime", "bounces", "replies")
        for path in sorted((CORPORA / folder).rglob("*"))
        if path.is_file()
    ]
    mails = [path.read_bytes()[:8000] for path in paths]

    for _ in range(5000):
        mail = mime.parse(mutated(dice.choice(mails), dice))
        envelope.kind(mail)
        newest_text(mail.text, mail.html)
