"""Whom not to write to: the list as a page, a whole list looked at and then taken in, and what the database itself refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.models import Event, Suppression
from crm.rules import suppression_rows, workbooks
from crm.services import contacts, suppression, suppression_import
from tests.make import NOW, make_account

PLACE = "/settings/do-not-contact/"
LIST = """Email;Reason
joost@maasdekker.example;asked at the fair
JOOST@maasdekker.example;again
@tarn.example;
known@x.example;

not an address;x
=cmd|' /C calc'!A0;x
"""


def test_a_list_is_looked_at_before_it_is_taken_in(as_: Callable[..., Any], ruth: Any) -> None:
    suppression.suppress_address("known@x.example", reason="before", by=ruth)
    client = as_(ruth)
    file = SimpleUploadedFile("stop.csv", LIST.encode("utf-16"))
    page = client.post(PLACE + "import/", {"file": file, "reason": "our own list"}).content.decode()

    assert Suppression.objects.count() == 1
    assert "2 lines are new" in page
    assert "1 on it already, 1 said twice, 2 wrong" in page
    assert page.count("This is neither an address nor a domain.") == 2

    client.post(PLACE + "import/", {"text": LIST, "reason": "our own list", "do": "take"})
    client.post(PLACE + "import/", {"text": LIST, "reason": "our own list", "do": "take"})
    rows = (
        Suppression.objects.exclude(value="known@x.example").order_by("pk").values_list("kind", "value", "reason", "by")
    )
    assert [*rows] == [
        ("address", "joost@maasdekker.example", "asked at the fair", ruth.pk), ("domain", "tarn.example", "our own list", ruth.pk),
    ]  # fmt: skip
    assert suppression.standing(["anyone@shop.tarn.example"])


def test_what_was_exported_can_be_taken_in_again(as_: Callable[..., Any], adm: Any) -> None:
    suppression.suppress_address("a@b.example", reason="=1+1", by=adm)
    lifted = suppression.suppress_address("c@d.example", reason="x", by=adm)
    suppression.lift(lifted, by=adm)
    file = b"".join(as_(adm).get("/export/suppressions.csv").streaming_content)
    Suppression.objects.all().delete()
    as_(adm).post(PLACE + "import/", {"file": SimpleUploadedFile("s.csv", file), "reason": "r"})
    as_(adm).post(PLACE + "import/", {"text": file.decode("utf-8-sig"), "reason": "r", "do": "take"})

    assert b"'=1+1" in file
    assert [*Suppression.objects.values_list("value", "reason")] == [("a@b.example", "=1+1")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": "x"}, "Choose a file, or paste the lines."),
        ({"text": "a@b.example"}, "This field is required."),
        ({"text": "a@b.example", "reason": "x", "do": "take", "seen": "0" * 64}, "This is not the list you looked at."),
    ],
)
def test_a_list_that_cannot_be_read_says_why(
    as_: Callable[..., Any], ruth: Any, given: dict[str, Any], said: str
) -> None:
    answer = as_(ruth).post(PLACE + "import/", given)

    assert (answer.status_code, said in answer.content.decode()) == (422, True)


def test_a_list_that_is_too_long_is_refused_whole(
    as_: Callable[..., Any], ruth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suppression_rows, "MOST_ROWS", 50)
    text = "\n".join(f"p{n}@x.example" for n in range(51))
    answer = as_(ruth).post(PLACE + "import/", {"text": text, "reason": "x", "do": "take"})

    assert (answer.status_code, Suppression.objects.count()) == (409, 0)
    assert "50 lines at most. Split it" in answer.content.decode()
    assert text.split()[50] in answer.content.decode()


def workbook(*rows: list[str]) -> SimpleUploadedFile:
    with workbooks.write(["Email", "Reason"], iter(rows)) as file:
        return SimpleUploadedFile("stop.xlsx", file.read())


def test_a_workbook_is_a_list_too(as_: Callable[..., Any], ruth: Any) -> None:
    rows = ["joost@maasdekker.example", "at the fair"], ["tarn.example", ""], ["nobody", ""]
    page = as_(ruth).post(PLACE + "import/", {"file": workbook(*rows), "reason": "ours"}).content.decode()
    as_(ruth).post(PLACE + "import/", {"file": workbook(*rows), "reason": "ours", "do": "take"})

    assert ("2 lines are new" in page, "1 wrong" in page) == (True, True)
    assert [*Suppression.objects.order_by("pk").values_list("value", "reason")] == [
        ("joost@maasdekker.example", "at the fair"), ("tarn.example", "ours"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 broken", "The workbook is damaged."),
        (b"\xd0\xcf\x11\xe0 old", "This is an old Excel file"),
        (b"%PDF-1.7", "This is no table."),
        (b"\x1f\x8b packed", "This file is packed."),
        (b" \n\n", "The file is empty."),
    ],
)
def test_what_is_no_list_is_refused_in_words(as_: Callable[..., Any], ruth: Any, content: bytes, said: str) -> None:
    file = SimpleUploadedFile("stop.xlsx", content)
    answer = as_(ruth).post(PLACE + "import/", {"file": file, "reason": "kept as typed"})

    assert (answer.status_code, said in answer.content.decode()) == (409, True)
    assert "kept as typed" in answer.content.decode()


def test_every_line_that_is_left_out_comes_back_as_a_file(as_: Callable[..., Any], ruth: Any) -> None:
    text = "\n".join([*(f"no address {n}" for n in range(60)), "a@b.example"])
    answer = as_(ruth).post(PLACE + "import/", {"text": text, "reason": "x", "do": "wrong"})
    lines = b"".join(answer.streaming_content).decode().splitlines()

    assert answer["Content-Disposition"].startswith("attachment")
    assert (len(lines), Suppression.objects.count()) == (61, 0)
    assert "no address 59" in lines[60]


def test_a_long_list_is_written_by_few_statements_and_enters_each_person_s_timeline(
    as_: Callable[..., Any], ruth: Any, django_assert_max_num_queries: Any
) -> None:
    contact = contacts.add_contact(make_account(owner=ruth), by=ruth, last_name="Dekker", email="p7@x.example")
    content = "\n".join(f"p{n}@x.example" for n in range(3000)).encode()
    with django_assert_max_num_queries(40):
        found = suppression_import.take_in(content, reason="ours", by=ruth)

    assert (len(found.new), Suppression.objects.count()) == (3000, 3000)
    assert Suppression.objects.get(value="p7@x.example").contact == contact
    told = Event.objects.filter(kind="suppression.added")
    assert (told.count(), told.get(contact=contact).account.name) == (3000, "Maas & Dekker")
    assert suppression_import.take_in(content, reason="ours", by=ruth).standing == 3000


def test_everyone_reads_and_adds_and_leads_lift_and_import(as_: Callable[..., Any], cast: Any, client: Any) -> None:
    as_(cast.ada).post(PLACE + "add/", {"value": "tarn.example", "reason": "a competitor"})
    row = Suppression.objects.get()
    reads = [as_(one).get(PLACE).status_code for one in (cast.ada, cast.noor, cast.stranger, cast.ruth, cast.adm)]
    lifts = [as_(one).post(f"{PLACE}{row.pk}/lift/").status_code for one in (cast.ada, cast.noor, cast.ruth)]

    assert (reads, lifts, as_(cast.ada).get(PLACE + "import/").status_code) == ([200] * 5, [403, 403, 302], 403)
    assert client.get(PLACE).status_code == 302
    row.refresh_from_db()
    assert row.lifted_by == cast.ruth


def test_what_is_no_address_is_refused_in_words(as_: Callable[..., Any], ada: Any) -> None:
    client = as_(ada)
    client.post(PLACE + "add/", {"value": "not a domain", "reason": "x"})

    assert "is not a domain." in client.get(PLACE).content.decode()


def test_the_list_is_found_in_and_costs_the_same(as_: Callable[..., Any], ada: Any) -> None:
    client = as_(ada)
    with clock.at(NOW):
        suppression.suppress_address("a@b.example", reason="x", by=ada)
        client.get(PLACE)
        with CaptureQueriesContext(connection) as few:
            client.get(PLACE)
        for n in range(60):
            suppression.suppress_address(f"p{n}@x.example", reason="x", by=ada)
        with CaptureQueriesContext(connection) as many:
            page = client.get(PLACE).content.decode()
        found = client.get(PLACE, {"q": "P59@"}).content.decode()

    assert len(many) == len(few)
    assert ("Next" in page, "p59@x.example" in found, "p58@x.example" in found) == (True, True, False)


def test_an_erased_one_stands_without_its_name(as_: Callable[..., Any], ada: Any) -> None:
    suppression.suppress_address("a@b.example", reason="x", by=ada)
    Suppression.objects.update(value="")

    assert "Erased; only a mark of it is kept" in as_(ada).get(PLACE).content.decode()
