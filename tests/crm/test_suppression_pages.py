"""Whom not to write to: the list as a page, a whole list looked at and then taken in, and what the database itself refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.models import Suppression
from crm.services import suppression
from tests.make import NOW

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
    assert "1 stand already, 1 said twice, 2 wrong" in page
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
        ({"text": "x" * 1_000_001, "reason": "x"}, "A list has a megabyte at most."),
    ],
)
def test_a_list_that_cannot_be_read_says_why(
    as_: Callable[..., Any], ruth: Any, given: dict[str, Any], said: str
) -> None:
    answer = as_(ruth).post(PLACE + "import/", given)

    assert (answer.status_code, said in answer.content.decode()) == (422, True)


def test_a_list_that_is_too_long_is_refused_whole(as_: Callable[..., Any], ruth: Any) -> None:
    text = "\n".join(f"p{n}@x.example" for n in range(5001))
    answer = as_(ruth).post(PLACE + "import/", {"text": text, "reason": "x", "do": "take"})

    assert (answer.status_code, Suppression.objects.count()) == (409, 0)


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
