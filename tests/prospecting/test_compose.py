"""Mail as bytes."""

import email
from dataclasses import replace
from datetime import UTC, datetime
from email import policy

import pytest

from prospecting.rules.compose import Draft, Unsendable, compose

PLAIN = Draft(
    from_address="ada@halden-air.example",
    from_name="Ada Mensah",
    to_address="joost@maas-dekker.example",
    to_name="Joost Dekker",
    subject="Four sites, one logbook",
    text="Hello Joost,\n\nfour cold stores = four leak checks.\n\nAda",
    message_id="1.abc@halden-air.example",
    date=datetime(2026, 6, 8, 8, 4, tzinfo=UTC),
)


def read(**changes):
    return email.message_from_bytes(compose(replace(PLAIN, **changes)), policy=policy.default)


def test_a_plain_mail_reads_back_as_it_was_meant():
    mail = read()
    assert (mail["From"], mail["Subject"]) == ("Ada Mensah <ada@halden-air.example>", PLAIN.subject)
    assert mail.get_content().replace("\r\n", "\n").strip() == PLAIN.text
    assert mail.defects == []


@pytest.mark.parametrize(
    "text", ["Żółć — “ja”", "=20 =\n.\n..\n", "x" * 3000, "line \nnext\t\nFrom here", "日本語 " * 90, "a\rb"]
)
def test_any_text_survives_the_encoding(text):
    assert read(text=text).get_content().split() == text.split()


def test_no_line_is_longer_than_the_standard_allows():
    raw = compose(replace(PLAIN, text="ü" * 4000, subject="ü" * 300, references=[f"{n}@x.example" for n in range(40)]))
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "breaker", ["\r\n", "\n", "\r", "\x85", "\u2028", "\u2029", "\v", "\f", "\0", "=?utf-8?q?=0d=0a?="]
)
@pytest.mark.parametrize("field", ["subject", "from_name", "to_name"])
def test_no_value_adds_a_header(field, breaker):
    mail = read(**{field: f"x{breaker}Bcc: victim@other.example"})
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].addr_spec == PLAIN.to_address
    assert len(mail["To"].addresses) == 1


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example,c@d.example",
        "a@b.example\r\nBcc: x@y.example",
        '"x"<y@z.example>',
        "a b@c.example",
        "@b.example",
        "a@",
        "a..b@c.example",
        "",
    ],
)
def test_only_one_plain_address_is_written_to(address):
    with pytest.raises(Unsendable):
        compose(replace(PLAIN, to_address=address))


@pytest.mark.parametrize(
    "name", ["<x@y.example>", "a, b", 'Joost "JD" Dekker', "x@y.example", "Jöst <a@b.example>", "a;b:c"]
)
def test_a_display_name_never_becomes_an_address(name):
    assert [a.addr_spec for a in read(to_name=name)["To"].addresses] == [PLAIN.to_address]


def test_one_click_unsubscribe_is_announced():
    mail = read(unsubscribe_url="https://baton.example/u/abc/")
    assert mail["List-Unsubscribe"] == "<https://baton.example/u/abc/>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_follow_up_names_its_thread():
    mail = read(in_reply_to="0.a@halden-air.example", references=["0.a@halden-air.example"])
    assert mail["In-Reply-To"] == mail["References"] == "<0.a@halden-air.example>"


def test_our_own_automatic_mail_is_marked():
    assert read(automatic=True)["Auto-Submitted"] == "auto-generated"


def test_an_invitation_carries_its_method():
    mail = read(calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", calendar_method="REQUEST", html="<p>x</p>")
    kinds = [part.get_content_type() for part in mail.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    assert list(mail.iter_parts())[2].get_param("method") == "REQUEST"


def test_answers_go_where_the_mail_says_and_no_name_adds_a_header():
    mail = read(reply_to="ada+0f@halden-air.example", from_name="Ada\r\nBcc: x@evil.example")
    assert mail["Reply-To"].addresses[0].addr_spec == "ada+0f@halden-air.example"
    assert mail["Bcc"] is None


@pytest.mark.parametrize("address", ["ada@halden-air.example, x@evil.example", "ada\r\nBcc: x@evil.example"])
def test_one_address_is_answered_and_nothing_else(address):
    with pytest.raises(Unsendable):
        read(reply_to=address)
