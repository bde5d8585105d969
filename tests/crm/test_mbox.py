"""An mbox file is split where messages begin, however its writer marked that."""

import re

import pytest

from crm.rules import mbox, mime
from tests.conftest import CORPORA

ONE, TWO = b"From: a@b.example\nSubject: one\n\nfirst\n", b"From: c@d.example\nSubject: two\n\nsecond\n"


def subjects(content: bytes) -> list[str]:
    return [mime.parse(raw).subject for raw in mbox.messages(content)]


def test_a_from_line_after_an_empty_line_begins_a_message() -> None:
    assert subjects(b"From x Mon Jan  1 10:00:00 2026\n" + ONE + b"\nFrom y Mon Jan  1 10:00:00 2026\n" + TWO) == [
        "one",
        "two",
    ]


def test_a_sentence_that_begins_with_from_is_text() -> None:
    assert subjects(b"From - \n" + ONE + b"From here on it works.\n") == ["one"]


def test_a_quoted_from_is_read_as_it_was_written() -> None:
    assert b"\nFrom here" in next(mbox.messages(b"From - \n" + ONE + b">From here\n"))


def test_a_message_ends_where_its_length_says() -> None:
    text = b"first\n\nFrom a letter, quoted\n"
    told = b"From: a@b.example\nSubject: one\nContent-Length: %d\n\n%s" % (len(text), text)

    assert subjects(b"From - \n" + told + b"\nFrom - \n" + TWO) == ["one", "two"]


def test_a_delivery_date_and_a_header_tell_a_from_line_without_the_empty_line() -> None:
    assert subjects(b"From - \n" + ONE + b"From c@d.example Mon Jun  3 12:50:27 1996\n" + TWO) == ["one", "two"]


def test_a_file_without_any_from_line_is_one_message() -> None:
    assert subjects(ONE) == ["one"]


def summary(text: str) -> list[tuple[str, int]]:
    """Subject and number of parts beside the text, as the file beside an mbox tells them; what an enclosed mail holds is its own."""
    told = []
    for block in re.split(r"(?m)^From [^\n]*\n", text)[1:]:
        subject = re.search(r"(?m)^Subject: ?(.*)$", block)
        parts = [
            (len(found[1]), found[2].strip().lower()) for found in re.finditer(r"(?m)^( *)Content-Type: ?(.*)$", block)
        ]
        hidden = 99
        beside = []
        for depth, kind in parts:
            hidden = 99 if depth <= hidden else hidden
            if hidden == 99 and not kind.startswith(("multipart/", "text/plain", "text/html")):
                beside.append(kind)
            hidden = depth if hidden == 99 and kind == "message/rfc822" else hidden
        told.append((subject[1].strip() if subject else "", len(beside)))
    return told


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["content-length", "issue1189"])
def test_subjects_and_attachments_of_real_mailboxes_equal_the_summary_beside_them(name: str) -> None:
    folder = CORPORA / "mime/mimekit/mbox"
    mails = [mime.parse(raw) for raw in mbox.messages((folder / f"{name}.mbox.txt").read_bytes())]

    found = [
        (one.subject, sum(part.content_type not in {"text/plain", "text/html"} for part in one.attachments))
        for one in mails
    ]

    assert found == summary((folder / f"{name}-summary.txt").read_text(errors="replace"))
