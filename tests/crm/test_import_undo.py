"""A whole import is taken back: what nobody touched goes, what was overwritten says what it said, the rest is named."""

import csv
import hashlib
import io
import random
from typing import Any

import pytest
from django.db import connection

from crm import clock
from crm.errors import Refused
from crm.models import Account, DuplicatePair, Event, Import, ImportRow, Membership
from crm.services import accounts, import_undo, imports
from crm.services.import_write import Origin, note_created
from tests.make import make_account

TABLES = ("crm_account", "crm_contact", "crm_membership", "crm_accountdomain", "crm_duplicatepair", "prospecting_pin")
FILE = b"external_id,name,domain,city,employees,phone,country,Colour\nA1,Maas BV,maas.example,Utrecht,240,020 794 0000,NL,blue\nA2,Dekker,,Zeist,,,,red\n"


def digest() -> str:
    """Everything the tables say, in one figure."""
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT COALESCE(jsonb_agg(to_jsonb(t) ORDER BY t.id), '[]')::text FROM {table} t")  # noqa: S608
            found.update(cursor.fetchone()[0].encode())
    return found.hexdigest()


def undone(by: Any = "a test") -> Import:
    return import_undo.undo(Import.objects.latest("pk"), by=by)


def test_what_was_made_and_never_touched_is_gone_with_its_timeline(db: None) -> None:
    before = digest()
    imports.import_rows(FILE, "accounts", by="a test")

    row = undone()

    assert digest() == before
    assert not Account.objects.exists()
    assert not Event.objects.filter(kind__startswith="account.").exists()
    assert (row.state, row.counts["undo"]["accounts"], row.undone_at is not None) == ("undone", 2, True)


def test_what_was_overwritten_says_again_what_it_said(ada: Any) -> None:
    accounts.create_account(
        name="Maas", external_id="A1", city="Leiden", phone="030 231 0000", country="NL", tags=["old"], by=ada
    )
    before = digest()
    imports.import_rows(FILE, "accounts", by=ada, options={"tags": ["fair"], "owner": ada.pk})
    changed = Account.objects.get(external_id="A1")
    assert (changed.city, changed.tags, changed.owner, changed.phone_norm) == (
        "Utrecht",
        ["old", "fair"],
        ada,
        "+31207940000",
    )

    undone()

    assert digest() == before
    assert changed.events.filter(why__contains="undone").count() == 1


def test_what_somebody_worked_on_since_stays_and_is_named(ada: Any) -> None:
    accounts.create_account(name="Maas", external_id="A1", city="Leiden", by=ada)
    imports.import_rows(FILE, "accounts", by=ada)
    accounts.edit_account(Account.objects.get(external_id="A2"), industry="Dairy", by=ada)
    accounts.edit_account(Account.objects.get(external_id="A1"), city="Delft", by=ada)

    told = undone().counts["undo"]

    assert Account.objects.get(external_id="A2").industry == "Dairy"
    assert Account.objects.get(external_id="A1").city == "Delft"
    assert Account.objects.get(external_id="A1").name == "Maas"
    assert [one["name"] for one in told["kept"]] == ["Dekker"]
    assert [one["name"] for one in told["changed_since"]] == ["Maas"]


def test_people_and_what_tied_them_to_accounts_go_too(ada: Any) -> None:
    make_account("Northwind", name_norm="northwind", domain="northwind.example")
    old = b"first_name,last_name,email\nAnn,Lee,ann@elsewhere.example\n"
    imports.import_rows(old, "contacts", by=ada)
    before = digest()
    imports.import_rows(
        b"first_name,last_name,email,company\nAnn,Lee,ann@elsewhere.example,Northwind\nJo,Day,jo@northwind.example,\n",
        "contacts",
        by=ada,
    )
    assert Membership.objects.count() == 2

    undone()

    assert digest() == before


def test_a_company_and_its_people_in_one_file_are_taken_back_together(ada: Any) -> None:
    before = digest()
    content = b"company,domain,city,first_name,last_name,email\nMaas,maas.example,Utrecht,Joost,Maas,joost@maas.example\nMaas,maas.example,Utrecht,Ann,Lee,ann@maas.example\n,,,Solo,Walker,solo@gmail.com\nDekker,,,,,\n,,,,,\n"

    report = imports.import_rows(content, "both", by=ada)

    assert [report[name] for name in ("rows", "created", "updated", "unchanged", "skipped")] == [5, 4, 0, 0, 1]
    assert Account.objects.get(domain="maas.example").memberships.count() == 2
    assert imports.import_rows(content, "both", by=ada)["unchanged"] == 4
    import_undo.undo(Import.objects.earliest("pk"), by=ada)
    assert digest() == before


def test_sites_and_their_company_go_together_and_a_company_stays_with_a_site_that_stays(ada: Any) -> None:
    imports.import_rows(b"external_id,name,parent\nG,Group,\nS,Site,G\nT,Other,G\n", "accounts", by=ada)
    accounts.edit_account(Account.objects.get(external_id="S"), city="Delft", by=ada)

    undone()

    assert set(Account.objects.values_list("external_id", flat=True)) == {"G", "S"}
    assert Account.objects.get(external_id="S").parent.external_id == "G"


def test_proposals_about_what_is_gone_go_with_it(ada: Any) -> None:
    imports.import_rows(
        b"name,domain\nMaas & Dekker,maas.example\nMaas und Dekker BV,maas.example\n", "accounts", by=ada
    )
    assert DuplicatePair.objects.exists()

    undone()

    assert not DuplicatePair.objects.exists()


def test_only_what_is_done_can_be_undone_and_only_once(ada: Any) -> None:
    imports.import_rows(FILE, "accounts", by=ada)
    row = undone()

    with pytest.raises(Refused, match="done"):
        import_undo.ask_for(row, by=ada)
    with pytest.raises(Refused, match="done"):
        import_undo.undo(row, by=ada)


def test_whoever_asks_on_the_page_has_a_worker_do_it(
    ada: Any, ben: Any, as_: Any, django_capture_on_commit_callbacks: Any
) -> None:
    row = imports.start_import(kind="accounts", content=FILE, file_name="list.csv", by=ada)
    imports.run_waiting()

    assert as_(ben).post(f"/imports/{row.pk}/undo/").status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        as_(ada).post(f"/imports/{row.pk}/undo/")
    import_undo.undo_waiting()

    row.refresh_from_db()
    assert (row.state, Account.objects.count()) == ("undone", 0)
    assert "Undone" in as_(ada).get(f"/imports/{row.pk}/").content.decode()


def test_new_records_that_follow_each_other_are_noted_in_one_line(db: None) -> None:
    imports.import_rows(b"external_id,name\n1,Maas\n2,Dekker\n3,Visser\n", "accounts", by="a test")

    ids = sorted(Account.objects.values_list("pk", flat=True))
    noted = ImportRow.objects.values_list("row", "record_id", "last_id", "created")
    assert list(noted) == [(1, ids[0], ids[2], True)]


def test_a_record_that_somebody_made_in_between_belongs_to_no_line(ada: Any) -> None:
    row = Import.objects.create(kind="accounts", file_name="list.csv", at=clock.now())
    origin = Origin(row.pk, "list.csv", "a test", None, "", clock.now(), "2026-11-02")

    note_created("SELECT * FROM (VALUES (1, 10), (2, 11), (4, 13), (5, 14)) v (row, id)", "account", origin)

    noted = ImportRow.objects.order_by("row").values_list("row", "record_id", "last_id")
    assert list(noted) == [(1, 10, 11), (4, 13, 14)]


CELLS = [
    "",
    "Maas",
    "maas bv",
    "=1+1",
    "\x99í",
    "a\tb",
    "O'Neil",
    "12 High Street",
    "+44 20 7946 0000",
    "\\N",
    "{}",
    "  x  y ",
]
COLUMNS = {
    "external_id": ["", "1", "2", "3"], "name": [*CELLS, "Group", "Site"], "domain": ["", "a.example", "b.example", "no domain"],
    "city": ["", "Leeds", "York"], "street": CELLS, "phone": CELLS, "country": ["", "GB", "xx"], "employees": ["", "12", "many"],
    "parent": ["", "1", "Group"], "Note": CELLS,
}  # fmt: skip


def some_rows(chance: random.Random) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([chance.choice(cells) for cells in COLUMNS.values()] for _ in range(chance.randint(1, 8)))
    return file.getvalue().encode()


@pytest.mark.parametrize("seed", range(25))
def test_import_and_undo_leave_everything_as_it_was_and_twice_is_once(seed: int, db: None) -> None:
    chance = random.Random(seed)
    imports.import_rows(some_rows(chance), "accounts", by="a test")
    before, file = digest(), some_rows(chance)

    imports.import_rows(file, "accounts", by="a test")
    between = digest()
    again = imports.import_rows(file, "accounts", by="a test")

    assert again["created"] == 0, again
    assert digest() == between
    import_undo.undo(Import.objects.order_by("-pk")[1], by="a test")
    assert digest() == before
