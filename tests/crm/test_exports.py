"""Any list as a file: what its screen shows, nothing in it runs, and what comes back is what went out."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.admin.base import NounAdmin
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


ABOUT_ONE = {
    "snapshot",
    "stale",
    "funnel",
    "unknown-roles",
    "learning",
    "taught",
}  # of one snapshot, list or figure, which has to be named


@pytest.mark.parametrize("name", sorted(set(exports) - ABOUT_ONE))
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


@pytest.mark.parametrize("name", sorted(exports))
def test_what_no_list_filters_by_is_refused_and_never_ignored(name: str, ada: Any, as_: Any) -> None:
    assert as_(ada).get(f"/export/{name}.csv?colour=red").status_code == 409


def test_a_list_of_the_admin_without_an_export_of_its_own_gives_the_columns_it_shows(adm: Any, as_: Any) -> None:
    client = as_(adm)

    answer = client.get("/admin/crm/role/export-csv/", headers={"referer": "http://testserver/admin/crm/role/"})

    found = lines(answer)
    assert found[0] == ["name", "slug", "order", "description"]
    assert ["Problem owner", "problem-owner"] in [row[:2] for row in found]


def test_every_list_of_the_admin_can_be_taken_along_in_both_forms(adm: Any, as_: Any) -> None:
    client = as_(adm)
    for model, shown in admin.site._registry.items():
        if isinstance(shown, NounAdmin):
            for form in ("csv", "xlsx"):
                answer = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_export_{form}"))
                assert answer.status_code in (200, 302), model


def test_the_admin_exports_what_a_rule_finds(adm: Any, as_: Any) -> None:
    make_account("Maas", employees=10)
    make_account("Dekker", employees=300)
    client = as_(adm)

    there = "http://testserver/admin/crm/account/?q=employees+%3E+200"
    answer = client.get("/admin/crm/account/export-csv/", headers={"referer": there})

    assert [row[1] for row in lines(client.get(answer["Location"]))] == ["name", "Dekker"]


LISTS = re.compile(r'components/pager\.html|<ul class="rows')
NO_LISTS = {
    "appointments/team.html": "who of one team is there now",
    "crm/account_overview.html": "the page of one account; its timeline has an export",
    "crm/contact.html": "the page of one person",
    "crm/duplicates_with.html": "a chooser of the second record",
    "crm/import_pairs.html": "the pairs of one import; the queue of duplicates has the export",
    "crm/sandbox_part.html": "the sandbox, which real installations do not have",
    "crm/search.html": "some of each noun; each has its own list",
    "crm/settings.html": "one's own settings",
    "prospecting/account_lists_part.html": "the lists of one account",
    "prospecting/account_why_part.html": "what the guard says of one account",
    "prospecting/approvals_part.html": "part of what is to be approved, which has an export",
    "prospecting/enroll_many.html": "what an order would do, before it is given",
    "prospecting/enroll_order_part.html": "what became of one order, in figures",
    "prospecting/intake.html": "one intake",
    "prospecting/politeness.html": "the versions of one policy",
    "prospecting/sequence_adopt.html": "who would take a newer version, before they do",
    "prospecting/snippet.html": "one snippet",
    "prospecting/task.html": "one task",
    "prospecting/pin_many.html": "the accounts that were picked, before they are pinned",
    "prospecting/route.html": "one route",
    "prospecting/segment.html": "one segment; its list has an export",
    "prospecting/segment_dry_run.html": "samples of who would come and go",
    "prospecting/segment_roles.html": "the first of the worklist, which has an export",
    "prospecting/sequence.html": "one sequence",
    "prospecting/template.html": "one text",
    "appointments/account_meetings_part.html": "the meetings of one account",
    "appointments/account_work_part.html": "the replies of one account",
    "appointments/examples_part.html": "three examples to start from",
    "appointments/learning.html": "figures, and the newest of the corrections, which have an export",
    "appointments/learning_outside.html": "what the outside model was asked last, for its admin",
    "appointments/calendar.html": "the week of some people; their meetings have an export",
    "appointments/hours.html": "the hours and calendars of one host; the admin's lists of both have exports",
    "appointments/inbox_part.html": "part of the inbox, which has an export",
    "appointments/today_part.html": "the top of other lists: inbox, sending and meetings have their exports",
    "crm/mailbox.html": "one mailbox",
    "crm/mailbox_trial.html": "how one connection went",
    "crm/mailbox_provider_part.html": "what a provider posted last, part of one mailbox",
    "crm/mailboxes.html": "the few mailboxes there are; the admin's list of them has an export",
    "prospecting/mailbox_sending_part.html": "the next few of the outbox",
    "prospecting/outbox.html": "what leaves and left today; the admin's lists of touches and messages have exports",
    "prospecting/outbox_uncertain.html": "what a person must settle, part of the outbox",
}


def test_every_list_screen_has_its_export() -> None:
    folder = Path(settings.BASE_DIR) / "templates"
    pages = {str(path.relative_to(folder)): path.read_text() for path in folder.glob("*/*.html")}
    lists = {name for name, text in pages.items() if LISTS.search(text) and not name.startswith("components/")}
    with_export = {name for name in lists if "components/export.html" in pages[name]}

    assert not lists - with_export - set(NO_LISTS), "a list without an export, or a reason why it needs none"
    assert not set(NO_LISTS) & with_export and not set(NO_LISTS) - lists, "no list any more, or one with an export"
