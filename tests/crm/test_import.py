"""A file becomes records in one transaction; the same file again changes nothing; every row is accounted for."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError

from crm.errors import Refused
from crm.models import Account, Contact, DuplicatePair, Event, Import, Membership
from crm.services import accounts, import_run, imports, memberships, merging
from tests.conftest import CORPORA

FILE = b"name,domain,city,employees,Colour\nMaas & Dekker B.V.,www.maasdekker.example,Utrecht,240,blue\nNorthwind Ltd,northwind.example,Leeds,90,red\n"


def brought(content: bytes, kind: str = "accounts", **options: Any) -> dict[str, Any]:
    return imports.import_rows(content, kind, by="a test", **options)


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    return tuple(report[name] for name in ("rows", "created", "updated", "unchanged", "skipped"))


def test_columns_that_are_fields_map_by_themselves_and_others_become_attributes(db: None) -> None:
    report = brought(FILE)

    maas = Account.objects.get(domain="maasdekker.example")
    assert counts(report) == (2, 2, 0, 0, 0)
    assert (maas.name, maas.name_norm, maas.city, maas.employees) == (
        "Maas & Dekker B.V.",
        "maas & dekker",
        "Utrecht",
        240,
    )
    assert maas.custom == {"Colour": "blue"}


def test_the_same_file_again_changes_nothing(db: None) -> None:
    brought(FILE)
    before = list(Account.objects.order_by("pk").values())

    assert counts(brought(FILE)) == (2, 0, 0, 2, 0)
    assert list(Account.objects.order_by("pk").values()) == before
    assert Event.objects.filter(kind="account.edited").count() == 0


def test_a_changed_cell_changes_that_field_and_says_where_it_is_from(db: None) -> None:
    brought(FILE)

    report = brought(FILE.replace(b"240", b"260"), file_name="june.csv")

    maas = Account.objects.get(domain="maasdekker.example")
    assert counts(report) == (2, 0, 1, 1, 0)
    assert maas.employees == 260
    assert maas.facts["employees"]["source"] == "import, june.csv"


def test_a_column_of_their_own_is_a_fact_with_source_and_age(db: None) -> None:
    brought(FILE, file_name="may.csv")
    brought(FILE.replace(b"blue", b"green"), file_name="june.csv")

    maas = Account.objects.get(domain="maasdekker.example")
    assert maas.custom == {"Colour": "green"}
    assert maas.facts["Colour"]["source"] == "import, june.csv"
    said = {name: fact["source"] for name, fact in maas.facts.items()}
    assert said == dict.fromkeys(["name", "domain", "city", "employees"], "import, may.csv") | {
        "Colour": "import, june.csv"
    }


def test_a_phone_without_a_digit_is_none_and_said(db: None) -> None:
    report = brought(b"name,phone\nNorthwind,call Ida\nMaas,n/a\nLindt,ext. 12\n")

    assert [one["reason"] for one in report["errors"]] == ["“call Ida” is no phone number; the cell was left out."]
    assert dict(Account.objects.values_list("name", "phone")) == {"Northwind": "", "Maas": "", "Lindt": "ext. 12"}


def test_an_empty_cell_erases_nothing(db: None) -> None:
    brought(FILE)

    assert counts(brought(FILE.replace(b"240", b"").replace(b"blue", b""))) == (2, 0, 0, 2, 0)
    assert Account.objects.get(domain="maasdekker.example").employees == 240


def test_bad_rows_are_reported_with_row_column_and_reason(db: None) -> None:
    content = b"name,employees,country\n,12,NL\nNorthwind,many,Atlantis\nMaas,1\xc3\xa4\n"

    report = brought(content)

    told = {(one["row"], one["column"]) for one in report["errors"]}
    assert counts(report) == (3, 2, 0, 0, 1)
    assert told == {(1, ""), (2, "employees"), (2, "country"), (3, "employees")}


def test_a_row_longer_than_the_header_is_skipped_and_said(db: None) -> None:
    report = brought(b"name,city\nMaas,Utrecht,surplus\nNorthwind,Leeds\n")

    assert counts(report) == (2, 1, 0, 0, 1)
    assert "3 cells" in report["errors"][0]["reason"]


def test_one_external_number_is_one_record_whatever_its_name(db: None) -> None:
    brought(b"external_id,name\n7,Maas\n")

    report = brought(b"external_id,name\n7,Maas & Dekker\n7,Again\n")

    assert counts(report) == (2, 0, 1, 0, 1)
    assert Account.objects.get().name == "Maas & Dekker"
    assert "row 1" in report["errors"][0]["reason"]


def test_sites_of_one_company_stay_apart(db: None) -> None:
    content = b"name,domain,city\nCare,care.example,Leeds\nCare,care.example,York\n"

    brought(content)

    assert Account.objects.count() == 2
    assert counts(brought(content)) == (2, 0, 0, 2, 0)
    assert counts(brought(b"name,domain,city\nCare,care.example,Hull\n")) == (1, 1, 0, 0, 0)


def test_parents_are_found_in_the_file_and_owners_by_name_or_address(ada: Any) -> None:
    content = b"external_id,name,parent,owner\nG,Group,,ada@baton.example\nS,Site,G,Ada\nT,Lost,Nobody,Zoe\n"

    report = brought(content)

    site = Account.objects.get(external_id="S")
    assert site.parent == Account.objects.get(external_id="G")
    assert site.owner == ada
    assert {(one["row"], one["column"]) for one in report["errors"]} == {(3, "parent"), (3, "owner")}
    assert counts(brought(content))[1:4] == (0, 0, 3)


def test_rows_and_records_that_may_be_the_same_are_proposed_and_not_merged(ada: Any) -> None:
    old = accounts.create_account(name="Maas und Dekker GmbH", domain="maasdekker.example", by=ada)

    report = brought(
        b"name,domain,city\nMaas & Dekker,maasdekker.example,Utrecht\nMaas & Dekker BV,maasdekker.example,Zeist\n"
    )

    pair = report["duplicates"]["row_pairs"][0]
    assert (pair["row_a"], pair["row_b"], pair["band"]) == (1, 2, "likely")
    assert {(one["row"], one["id"]) for one in report["duplicates"]["record_pairs"]} == {(1, old.pk), (2, old.pk)}
    assert DuplicatePair.objects.filter(kind="accounts", state="proposed").count() == 3
    assert Account.objects.count() == 3


def test_a_further_column_counts_as_evidence_when_asked_for(db: None) -> None:
    content = b"name,VAT\nMaas,NL123\nMaas,NL123\n"

    assert brought(content, match_on=["VAT"])["duplicates"]["row_pairs"][0]["evidence"] == ["same name", "same VAT"]


def test_a_column_that_is_said_to_be_an_attribute_is_one_whatever_it_is_called(ada: Any, as_: Any) -> None:
    client = as_(ada)
    file = SimpleUploadedFile("list.csv", b"name,domain\nMaas,maas.example\n")
    client.post("/imports/new/", {"kind": "accounts", "file": file})
    row = Import.objects.get()

    client.post(f"/imports/{row.pk}/", {"column_0": "name", "column_1": "attribute", "run": "1"})
    imports.run_waiting()

    maas = Account.objects.get()
    assert (maas.domain, maas.custom) == ("", {"domain": "maas.example"})


def test_a_dry_run_writes_nothing(db: None) -> None:
    report = brought(FILE, dry_run=True)

    assert counts(report) == (2, 2, 0, 0, 0)
    assert Account.objects.count() == 0


def test_an_unknown_column_or_field_is_refused_before_anything_is_written(db: None) -> None:
    with pytest.raises(Refused, match="no column “Firma”"):
        brought(FILE, mapping={"Firma": "name"})
    with pytest.raises(Refused, match="no field “firma”"):
        brought(FILE, mapping={"Colour": "firma"})
    assert Account.objects.count() == 0


@pytest.mark.parametrize("content", [b"", b"\n\n", b"PK\x03\x04rest"])
def test_a_file_that_is_no_table_is_refused_in_words(db: None, content: bytes) -> None:
    with pytest.raises(Refused):
        brought(content)


@pytest.mark.parametrize("content", [
    b"\xef\xbb\xbf" + FILE, FILE.decode().encode("utf-16"), FILE.replace(b",", b";"), FILE.replace(b",", b"\t"),
    FILE.replace(b"\n", b"\r"), FILE.replace(b"\n", b"\r\n"), FILE.replace(b"name", b"\x00name"),
])  # fmt: skip
def test_encodings_delimiters_and_line_ends_are_guessed(db: None, content: bytes) -> None:
    assert counts(brought(content)) == (2, 2, 0, 0, 0)
    assert set(Account.objects.values_list("city", flat=True)) == {"Utrecht", "Leeds"}


def test_people_join_the_account_of_their_domain_or_company(ada: Any) -> None:
    maas = accounts.create_account(name="Maas & Dekker", domain="maasdekker.example", by=ada)
    north = accounts.create_account(name="Northwind Ltd", by=ada)
    content = (
        b"first_name,last_name,email,company,title\nJoost,Maas,joost@maasdekker.example,,Head of operations\n"
        b"Ann,Lee,,Northwind,Buyer\nSolo,Walker,solo@gmail.com,,\n,,not an address,,\n"
    )

    report = brought(content, "contacts")

    assert counts(report) == (4, 3, 0, 0, 1)
    assert Contact.objects.get(last_name="Maas").memberships.get().account == maas
    assert Contact.objects.get(last_name="Lee").memberships.get().account == north
    assert not Contact.objects.get(last_name="Walker").memberships.exists()
    assert counts(brought(content, "contacts")) == (4, 0, 0, 3, 1)


def test_the_employer_a_row_names_counts_for_more_than_the_domain_of_the_address(ada: Any) -> None:
    old = accounts.create_account(name="Granvik AB", domain="granvik.example", by=ada)
    new = accounts.create_account(name="Solhult Foods", domain="solhult.example", by=ada)
    file = (
        b"last name,email,company,domain\nAkesson,viktor@granvik.example,Solhult Foods AB,\n"
        b"Berg,ida@granvik.example,Solhult Foods,granvik.example\nDahl,per@granvik.example,Tundra Kyl,\n"
        b"Ek,eva@granvik.example,Granvik Holding,\n"
    )

    report = brought(file, "contacts")

    found = {person.last_name: person.memberships.get().account for person in Contact.objects.all()}
    assert found == {"Akesson": new, "Berg": old, "Dahl": old, "Ek": old}
    said = "No account is called “Tundra Kyl”; they were put at Granvik AB, to which their mail address belongs."
    assert report["errors"] == [{"row": 3, "column": "company", "reason": said}]
    assert counts(report) == (4, 4, 0, 0, 0)
    assert counts(brought(file, "contacts")) == (4, 0, 0, 4, 0)


DOUBLET = (
    "name,street,city,employees,last_name,first_name,title\nFrost & Söhne KGaA,Hauptstraße 5,München,90,Größer,Anna,Leiter Einkauf\n"
    "FROST UND SOHN,Hauptstr. 5,Muenchen,,Groesser,Anna,Einkaufsleiterin\n"
).encode()


@pytest.mark.parametrize("keep_first", [True, False])
def test_the_file_that_brought_a_doublet_brings_it_no_second_time(keep_first: bool, ada: Any) -> None:
    brought(DOUBLET, "both")
    for model in (Account, Contact):
        one, two = model.objects.order_by("pk")
        merging.merge(*((one, two) if keep_first else (two, one)), by=ada)
    before = [list(model.objects.values()) for model in (Account, Contact, Membership)]

    report = brought(DOUBLET, "both", options={"tags": ["fair"]})

    assert counts(report) == (2, 0, 1, 1, 0)
    assert Account.objects.get().tags == ["fair"]
    Account.objects.update(tags=[])
    assert [list(model.objects.values()) for model in (Account, Contact, Membership)] == before
    assert counts(brought(DOUBLET, "both")) == (2, 0, 0, 2, 0)


def test_somebody_new_at_a_company_that_was_merged_comes_to_the_one_that_stayed(ada: Any) -> None:
    brought(DOUBLET, "both")
    one, two = Account.objects.order_by("pk")
    merging.merge(one, two, by=ada)

    brought(DOUBLET.replace(b"Groesser,Anna", b"Weber,Ute"), "both")

    assert Account.objects.get() == one
    assert Contact.objects.get(last_name="Weber").memberships.get().account == one


def test_an_undone_merge_is_forgotten_by_the_next_file_and_numbers_find_what_was_merged(ada: Any) -> None:
    file = b"external_id,name,city\nA1,Frost,Munich\nB2,Frost und Sohn,Munich\n"
    brought(file)
    one, two = Account.objects.order_by("pk")
    merge = merging.merge(one, two, by=ada)
    assert counts(brought(file)) == (2, 0, 0, 2, 0)
    assert counts(brought(b"external_id,name,city\nB2,Renamed since,Munich\n")) == (1, 0, 0, 1, 0)
    assert Account.objects.get().name == "Frost"

    merging.undo_merge(merge, by=ada)
    assert counts(brought(file)) == (2, 0, 0, 2, 0)
    assert Account.objects.count() == 2


def test_a_list_taken_along_without_streets_finds_its_accounts_again(db: None) -> None:
    brought(
        b"name,street,postcode,city,country\nFrost,Main 1,10115,Berlin,DE\nCare,Low 1,20095,Hamburg,DE\nCare,Low 2,20095,Hamburg,DE\n"
    )

    assert counts(brought(b"name,city,country\nFrost,Berlin,DE\n")) == (1, 0, 0, 1, 0)
    assert counts(brought(b"name,city,country\nFrost,Bremen,DE\n"))[1] == 1
    assert counts(brought(b"name,city\nCare,Hamburg\n"))[1] == 1
    assert counts(brought(b"name,city,country\nFrost KG,Berlin,DE\n"))[1] == 1


def test_blank_lines_are_said_beside_the_rows(ada: Any, as_: Any) -> None:
    file = b"\nname,city\n\nMaas,Utrecht\n   \n,\nNorthwind,Leeds\n\n"

    report = brought(file)
    assert counts(report) == (3, 2, 0, 0, 1)
    assert report["blank_lines"] == 4

    kept = imports.keep("accounts", [file], "blanks.csv", by=ada)
    before = as_(ada).get(f"/imports/{kept.pk}/").content.decode()
    assert "4 blank lines are no row and not counted." in before
    row = imports.start(kept, None, by=ada)
    imports.run_import(row.pk)
    page = as_(ada).get(f"/imports/{row.pk}/").content.decode()
    assert "4 blank lines of the file are no row and not counted." in " ".join(page.split())


def test_a_person_is_known_again_by_any_spelling_of_their_address(db: None) -> None:
    brought(b"last_name,email\nMaas,joost.maas@gmail.com\n", "contacts")

    report = brought(b"last_name,email\nMaas,JoostMaas+crm@googlemail.com\n", "contacts")

    assert report["created"] == 0
    assert Contact.objects.count() == 1


def test_an_import_that_was_started_is_run_once_and_tells_its_starter(ada: Any) -> None:
    row = imports.start_import(kind="accounts", content=FILE, file_name="list.csv", by=ada)

    imports.run_waiting()
    imports.run_waiting()

    row.refresh_from_db()
    assert (row.state, row.counts["created"], row.errors) == ("done", 2, [])


def test_an_import_that_fails_says_why_and_writes_nothing(ada: Any, monkeypatch: Any) -> None:
    row = imports.start_import(kind="accounts", content=FILE, file_name="list.csv", by=ada)
    monkeypatch.setattr(import_run, "_report", lambda *args: 1 / 0)

    imports.run_import(row.pk)

    row.refresh_from_db()
    assert row.state == "failed"
    assert Account.objects.count() == 0


def test_the_preview_shows_columns_rows_and_problems_without_writing(db: None) -> None:
    shown = imports.preview(b"Company,Zip\nMaas,3511\n,1\n", "list.csv", "accounts")

    assert shown.mapping == {"Company": "name", "Zip": "postcode"}
    assert (shown.rows, shown.lost, shown.sample[0]) == (2, 1, ["Maas", "3511"])
    assert Account.objects.count() == 0


def test_the_command_prints_one_json_object_and_refuses_with_a_sentence(db: None, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(FILE.replace(b"name", "Säule".encode()))

    call_command("import_accounts", str(path), "--map", "Säule=name", stderr=StringIO())

    printed = capsys.readouterr().out
    assert printed.isascii()
    assert json.loads(printed)["created"] == 2
    with pytest.raises(CommandError, match="no column"):
        call_command("import_accounts", str(path), "--map", "Wrong=name")


@pytest.mark.corpus
def test_five_hundred_real_companies_come_in_once(db: None) -> None:
    content = (CORPORA / "csv/sp500/data/constituents.csv").read_bytes()

    assert counts(brought(content, mapping={"Security": "name"})) == (503, 503, 0, 0, 0)
    assert counts(brought(content, mapping={"Security": "name"})) == (503, 0, 0, 503, 0)
    assert Account.objects.get(name="3M").custom["Symbol"] == "MMM"


@pytest.mark.corpus
@pytest.mark.parametrize("path", sorted((CORPORA / "csv/csvkit").rglob("*.csv")), ids=lambda path: path.name)
def test_awkward_files_are_refused_in_words_or_every_row_is_accounted_for(db: None, path: Path) -> None:
    try:
        shown = imports.preview(path.read_bytes(), path.name, "accounts")
        report = brought(path.read_bytes(), mapping={shown.header[0]: "name"})
    except Refused:
        return

    assert report["rows"] == sum(counts(report)[1:])


def test_a_file_brings_nobody_back_to_where_they_left(ada: Any) -> None:
    accounts.create_account(name="Maas & Dekker", domain="maasdekker.example", by=ada)
    brought(b"last_name,email\nMaas,joost@maasdekker.example\n", "contacts")
    joost = Contact.objects.get()
    memberships.end_membership(joost.memberships.get(), by=ada, why="Said so")

    again = brought(b"last_name,email\nMaas,joost@maasdekker.example\n", "contacts")

    assert counts(again) == (1, 0, 0, 1, 0)
    assert [(one["column"], one["reason"]) for one in again["errors"]] == [
        (
            "company",
            "They left Maas & Dekker, and a file brings nobody back. If they work there again, say so on their page.",
        )
    ]
    assert not joost.memberships.filter(until=None).exists()


def test_an_address_that_cannot_be_read_says_what_became_of_it(db: None) -> None:
    report = brought(b"last_name,email\nMaas,not-an-address\n", "contacts")

    assert counts(report) == (1, 1, 0, 0, 0)
    assert [one["reason"] for one in report["errors"]] == ["This is not one mail address; the cell was left out."]


def test_new_records_get_their_numbers_and_their_timeline_in_the_order_of_the_file(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("crm.services.import_write._SLICE", 2)

    brought(b"name,external id\nZeist Foods,1\nArnhem Steel,2\nMaas,3\nBreda Paper,4\nLochem Glass,5\n")

    file = ["Zeist Foods", "Arnhem Steel", "Maas", "Breda Paper", "Lochem Glass"]
    assert list(Account.objects.order_by("pk").values_list("name", flat=True)) == file
    told = Event.objects.filter(kind="account.created").order_by("pk")
    assert list(told.values_list("account__name", flat=True)) == file


@pytest.mark.parametrize("theirs", [1, 2])
def test_a_row_is_a_numbered_company_only_where_one_alone_has_its_name_and_domain(ada: Any, theirs: int) -> None:
    for number in range(theirs):
        accounts.create_account(name="Care", domain="care.example", city="Leeds", external_id=str(number), by=ada)

    assert counts(brought(b"name,domain,industry\nCare,care.example,Health\n"))[1] == theirs - 1
