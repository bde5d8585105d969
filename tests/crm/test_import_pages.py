"""Import as a person sees it: the file's own names for its columns, and what it means when nothing can be used."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from crm.models import Account, Contact, Import
from crm.services import accounts, imports
from crm.side_by_side import lines

GERMAN = "Firma;Mitarbeiter;Land\nMaas;viele;DE\nDekker;5;Atlantis\n".encode("cp1252")


def kept(client: Any, content: bytes, name: str = "firmen.csv") -> Import:
    client.post("/imports/new/", {"kind": "accounts", "file": SimpleUploadedFile(name, content)})
    return Import.objects.latest("pk")


def test_an_error_names_the_column_as_the_file_does(ada: Any, as_: Any) -> None:
    client = as_(ada)
    row = kept(client, GERMAN)
    before = client.get(f"/imports/{row.pk}/").content.decode()
    client.post(f"/imports/{row.pk}/", {"column_0": "name", "column_1": "employees", "column_2": "country", "run": "1"})
    imports.run_import(row.pk)

    after = client.get(f"/imports/{row.pk}/").content.decode()
    file = b"".join(client.get(f"/imports/{row.pk}/errors/").streaming_content).decode()

    assert "Row 1, Mitarbeiter:" in before
    assert "<td>Mitarbeiter</td>" in after
    assert "Land: “Atlantis” is no country" in file


def test_columns_of_our_own_stay_out_also_when_the_mapping_is_remembered(ada: Any, as_: Any) -> None:
    client = as_(ada)
    first = kept(client, b"Firma,Note\nMaas,x\n")
    client.post(f"/imports/{first.pk}/", {"column_0": "name", "column_1": "attribute", "run": "1"})
    imports.run_import(first.pk)

    again = kept(client, b"Baton: row,Firma,Note,Baton: reason\n1,Maas,x,No name.\n")
    columns = client.get(f"/imports/{again.pk}/").context["columns"]
    client.post(f"/imports/{again.pk}/", {f"column_{one['n']}": one["field"] for one in columns} | {"run": "1"})
    imports.run_import(again.pk)

    assert [one["field"] for one in columns] == ["", "name", "attribute", ""]
    assert Account.objects.get().custom == {"Note": "x"}
    assert Import.objects.get(pk=again.pk).counts["unchanged"] == 1


def test_a_file_of_which_no_row_can_be_used_says_which_column_is_missing(ada: Any, as_: Any) -> None:
    client = as_(ada)
    none, some = kept(client, b"x,y\n1,2\n3,4\n"), kept(client, b"name,y\nMaas,2\n,4\n")

    assert "No row can be used with the columns as they are" in client.get(f"/imports/{none.pk}/").content.decode()
    assert "No row can be used" not in client.get(f"/imports/{some.pk}/").content.decode()


def test_two_records_side_by_side_say_countries_and_days_in_words(db: None) -> None:
    one, two = Account(name="Maas", country="NL"), Account(name="Maas", country="GB", renewal_on=None)

    country = next(line for line in lines("accounts", one, two) if line["name"] == "country")

    assert (country["values"], country["differs"]) == (["Netherlands", "United Kingdom"], True)


def test_a_file_of_companies_and_people_names_the_pairs_of_both_and_says_a_cell_once(
    ada: Any, ruth: Any, as_: Any
) -> None:
    file = (
        "Firma;Domäne;Straße;PLZ;Ort;Land;Vorname;Nachname;Telefon\nKühl Nord e. K.;kuehl.example;Am Kai 1;24937;Flensburg;Atlantis;Zoë;Würth;0461 12 34 56\n"
        "Kühl Nordd;www.kuehl.example;Am Kai 1;24937;Flensburg;;Zoe;Würth;0461 123456\n"
    ).encode("cp1252")
    seen = imports.preview(file, "both.csv", "both")
    assert [error["column"] for error in seen.errors] == ["country"]
    assert seen.mapping["Domäne"] == "domain"

    row = imports.start(imports.keep("both", [file], "both.csv", by=ruth), None, by=ruth)
    imports.run_import(row.pk)
    page = as_(ruth).get(f"/imports/{row.pk}/").content.decode()

    assert "Companies that may be the same" in page and "/duplicates/?kind=accounts" in page
    assert "People who may be the same" in page and "/duplicates/?kind=contacts" in page
    assert "same domain" in page and "same phone" in page
    phones = next(line for line in lines("contacts", *Contact.objects.order_by("pk")) if line["name"] == "phone")
    assert phones["differs"] is False


def test_the_way_on_leads_to_what_the_file_made_or_changed(ada: Any, as_: Any) -> None:
    accounts.create_account(name="Untouched", by=ada)
    accounts.create_account(name="Changed", domain="changed.example", by=ada)
    file = b"name,domain,city,last name\nChanged,changed.example,Utrecht,Dekker\nNew,new.example,Leeds,Reid\nNewer,newer.example,York,Lang\n"
    row = imports.start(imports.keep("both", [file], "both.csv", by=ada), None, by=ada)
    imports.run_import(row.pk)
    client = as_(ada)

    page = client.get(f"/imports/{row.pk}/").content.decode()
    listed = client.get("/accounts/", {"imported": row.pk})
    people = client.get("/people/", {"imported": row.pk})

    assert f'href="/accounts/?imported={row.pk}"' in page and f'href="/people/?imported={row.pk}"' in page
    assert [one.name for one in listed.context["page"].rows] == ["Changed", "New", "Newer"]
    assert f"import {row.pk}" in listed.content.decode()
    assert {one.last_name for one in people.context["page"].rows} == {"Dekker", "Reid", "Lang"}
    assert client.get("/api/v1/accounts/", {"imported": row.pk}).json()["results"][0]["name"] == "Changed"
