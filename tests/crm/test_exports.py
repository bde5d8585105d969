"""Any list as a file: what its screen shows, nothing in it runs, and what comes back is what went out."""

import csv
import io
import re
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.exports import exports
from crm.models import Account
from crm.rules import cells
from crm.services import imports
from tests.make import make_account

HOSTILE = [
    "=1+1",
    "+49 30 1234",
    "-2+3",
    "@SUM(A1)",
    "'=1",
    "''x",
    "\"=cmd|' /C calc'!A0",
    "; =2",
    "|x",
    "%0A",
    "＝1+1",
    "it's",
]


def lines(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("name", sorted(exports))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_list_can_be_taken_along(name: str, form: str, ada: Any, as_: Any) -> None:
    make_account()

    response = as_(ada).get(f"/export/{name}.{form}")

    assert response.status_code == 200
    assert b"".join(response.streaming_content)


def test_an_export_is_narrowed_as_its_screen_is_and_refuses_what_the_screen_refuses(ada: Any, as_: Any) -> None:
    make_account("Maas", industry="Bakery")
    make_account("Dekker", industry="Dairy")

    found = lines(as_(ada).get("/export/accounts.csv?industry=Dairy&after=x"))

    assert [row[1] for row in found] == ["name", "Dekker"]
    assert as_(ada).get("/export/accounts.csv?colour=red").status_code == 409
    assert as_(ada).get("/export/nothing.csv").status_code == 404
    assert as_(ada).get("/export/accounts.pdf").status_code == 404


def test_a_stranger_takes_nothing_along_that_they_may_not_read(client: Any) -> None:
    assert client.get("/export/accounts.csv").status_code == 302


def test_no_exported_cell_can_run_and_the_way_back_gives_the_same_values(adm: Any, as_: Any) -> None:
    for n, text in enumerate(HOSTILE):
        make_account(f"{text} {n}", street=text, custom={"note": text, "=HYPERLINK": "x"}, external_id=f"+{n}")
    before = list(Account.objects.order_by("pk").values())

    content = b"".join(as_(adm).get("/export/accounts.csv").streaming_content)
    report = imports.import_rows(content, "accounts", by=adm)

    every = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]
    assert not [
        cell for cell in every if cell.lstrip(" \"';").startswith(("=", "+", "-", "@")) and not cell.startswith("'")
    ]
    assert (report["rows"], report["unchanged"]) == (len(HOSTILE), len(HOSTILE))
    assert list(Account.objects.order_by("pk").values()) == before


def test_a_workbook_holds_texts_and_comes_back_the_same(adm: Any, as_: Any) -> None:
    for n, text in enumerate(HOSTILE):
        make_account(f"{text} {n}", external_id=f"W{n}", city="Łódź", employees=n)

    content = b"".join(as_(adm).get("/export/accounts.xlsx").streaming_content)
    report = imports.import_rows(content, "accounts", by=adm)

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "inlineStr", "n"}
    assert (report["rows"], report["unchanged"]) == (len(HOSTILE), len(HOSTILE))


@pytest.mark.parametrize("text", [*HOSTILE, "", "Maas", "-12", "+", "=", "'", "a=b"])
def test_what_was_made_safe_is_made_plain_again(text: str) -> None:
    assert cells.plain_cell(cells.safe_cell(text)) == text


def test_the_number_of_queries_does_not_grow_with_the_rows(ada: Any, as_: Any) -> None:
    client, asked = as_(ada), []
    for more in (2, 30):
        for n in range(more):
            make_account(f"Firm {n}", owner=ada)
        with CaptureQueriesContext(connection) as seen:
            lines(client.get("/export/accounts.csv"))
        asked.append(sum("clockoffset" not in one["sql"] for one in seen))

    assert asked[0] == asked[1]


@pytest.mark.parametrize("path", ["/accounts/", "/people/", "/meetings/", "/segments/", "/sequences/", "/imports/"])
def test_each_list_has_its_button_which_keeps_its_filters(path: str, ada: Any, as_: Any) -> None:
    page = as_(ada).get(path, {"q": "ma"} if path in ("/accounts/", "/people/") else {}).content.decode()

    links = re.findall(r'href="(/export/[^"]+)"', page)
    assert len(links) == 2
    assert all("q=ma" in link for link in links) == (path in ("/accounts/", "/people/"))
    assert as_(ada).get(links[0].replace("&amp;", "&")).status_code == 200


def test_the_admin_exports_the_list_one_comes_from(adm: Any, as_: Any) -> None:
    make_account("Maas", industry="Bakery")
    make_account("Dekker", industry="Dairy")
    client = as_(adm)
    assert "export-csv" in client.get("/admin/crm/account/").content.decode()

    answer = client.get(
        "/admin/crm/account/export-csv/", headers={"referer": "http://testserver/admin/crm/account/?q=dek&p=1"}
    )

    assert answer["Location"] == "/export/accounts.csv?q=dek"
    assert [row[1] for row in lines(client.get(answer["Location"]))] == ["name", "Dekker"]
