"""Files as they come: every encoding, broken quotes, workbooks, bombs and hostile text; no crash, every row accounted for."""

import csv
import datetime as dt
import io
import json
import os
import random
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.errors import Refused
from crm.models import Account, Contact, Import, ImportMapping, User
from crm.rules import cells, delimited, import_rows, tables
from crm.rules.import_rows import FIELDS
from crm.services import import_mappings, imports
from tests.conftest import CORPORA

MUTATIONS = int(os.environ.get("CSV_MUTATIONS") or 300)  # the long run: CSV_MUTATIONS=20000
FILE = "name,city,Note\nMaas,Utrecht,a\nDekker,Zeist,b\n"


def brought(content: bytes, kind: str = "accounts", **options: Any) -> dict[str, Any]:
    return imports.import_rows(content, kind, by="a test", **options)


def balanced(report: dict[str, Any]) -> bool:
    return report["rows"] == sum(report[name] for name in ("created", "updated", "unchanged", "skipped"))


def workbook(*rows: Any) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [("é", "utf-8", "utf-8"), ("é", "utf-8-sig", "utf-8"), ("é", "utf-16", "utf-16-le"), ("é", "utf-16-be", "utf-16-be"),
     ("é’", "cp1252", "cp1252"), ("é\x81", "latin-1", "latin-1")],
)  # fmt: skip
def test_the_encoding_is_found_out(text: str, encoding: str, found: str) -> None:
    table = tables.read(f"name,city\n{text},x\n".encode(encoding))

    assert (table.encoding, next(table.rows())[1].cells[0]) == (found, text)


def test_a_first_line_of_data_is_no_header_and_a_person_may_say_otherwise() -> None:
    content = b"Maas,info@maas.example,12\nDekker,mail@dekker.example,7\n"

    assert tables.read(content).header == ["column 1", "column 2", "column 3"]
    assert len(list(tables.read(content).rows())) == 2
    assert tables.read(content, tables.Reading(header=True)).header[0] == "Maas"
    assert tables.read(b"name,2019\nMaas,7\n").header == ["name", "2019"]


def test_a_quote_that_never_closes_costs_its_own_row_only() -> None:
    lines = [f'Firm {n},"Leeds, UK"' for n in range(500)]
    lines[100] = '"Firm 100,Leeds'

    found = [record for _, record in tables.read("\n".join(["name,city", *lines]).encode()).rows()]

    assert len(found) == 500
    assert [number for number, record in enumerate(found) if record.broken] == [100]
    assert found[101].cells == ["Firm 101", "Leeds, UK"]


def test_a_cell_of_ten_megabytes_costs_its_own_row_only(db: None) -> None:
    report = brought(b"name,city\nMaas," + b"x" * 10_000_000 + b"\nDekker,Zeist\n")

    assert (report["rows"], report["created"], report["skipped"]) == (2, 1, 1)
    assert report["errors"][0]["reason"] == delimited.TOO_LONG


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b",".join([b"a"] * 1_000_000) + b"\n1\n", "more than 500 columns"), (b"a" * 5_000_000, "cannot be read"),
     (b"\xd0\xcf\x11\xe0rest", "old Excel"), (b"\x1f\x8brest", "packed"), (b"PK\x03\x04rest", "damaged"), (b"%PDF-1.7", "no table"),
     (b"\xff\xfe", "empty")],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_a_sentence(db: None, content: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        brought(content)


def test_a_file_over_the_limit_is_refused_while_it_is_stored(ada: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(tables, "MOST_BYTES", 3_000_000)

    with pytest.raises(Refused, match="larger than"):
        imports.keep("accounts", (b"name\n" + b"x\n" * 500_000 for _ in range(9)), "big.csv", by=ada)
    assert not Import.objects.exists()


def test_a_workbook_is_read_whatever_its_file_is_called(db: None) -> None:

    content = workbook(
        ["name", "postcode", "employees", "Since"],
        ["Maas", "03511", 240, dt.date(2026, 2, 1)],
        [None],
        ["Dekker", None, 7.0, None],
    )

    report = brought(content, file_name="list.csv")

    maas = Account.objects.get(name="Maas")
    assert (report["rows"], report["created"]) == (2, 2)
    assert (maas.postcode, maas.employees, maas.custom) == ("03511", 240, {"Since": "2026-02-01"})


def packed(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            out.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return file.getvalue()


def test_a_workbook_that_unpacks_into_a_bomb_is_refused_unread(db: None) -> None:
    bomb = packed(xl__workbook_xml=b"<x/>", xl__sharedStrings_xml=b" " * 80_000_000)
    laughs = packed(xl__workbook_xml=b'<!DOCTYPE lolz [<!ENTITY lol "lol">]><x/>')

    with pytest.raises(Refused, match="unpacks"):
        brought(bomb)
    with pytest.raises(Refused, match="entities"):
        brought(laughs)
    with pytest.raises(Refused, match="no Excel"):
        brought(packed(mimetype=b"x"))


def test_columns_are_remembered_for_the_source_they_came_from(ada: Any, as_: Any) -> None:
    client, content = as_(ada), b"Firma,Ort\nMaas,Utrecht\n"
    for _ in range(2):
        client.post(
            "/imports/new/", {"kind": "accounts", "source": "Fair", "file": SimpleUploadedFile("l.csv", content)}
        )
        row = Import.objects.latest("pk")
        page = client.get(f"/imports/{row.pk}/").content.decode()
        client.post(f"/imports/{row.pk}/", {"column_0": "name", "column_1": "city", "run": "1"})

    assert "set as they were" in page
    assert '<option value="city" selected>' in page
    assert import_mappings.recall("accounts", "Fair", ["Ort", "Firma"]) == {"Firma": "name", "Ort": "city"}
    assert ImportMapping.objects.count() == 1


def test_a_column_that_is_left_out_is_kept_nowhere(ada: Any, as_: Any) -> None:
    client = as_(ada)
    client.post("/imports/new/", {"kind": "accounts", "file": SimpleUploadedFile("l.csv", b"name,Note\nMaas,x\n")})
    row = Import.objects.get()

    client.post(
        f"/imports/{row.pk}/", {"column_0": "name", "column_1": "", "tags": "fair, 2026", "owner": ada.pk, "run": "1"}
    )
    imports.run_waiting()

    maas = Account.objects.get()
    assert (maas.custom, maas.tags, maas.owner) == ({}, ["fair", "2026"], ada)


def test_nobody_gives_accounts_to_others_by_a_file_who_may_not(ada: Any, ben: Any, as_: Any) -> None:
    client = as_(ada)
    client.post("/imports/new/", {"kind": "accounts", "file": SimpleUploadedFile("l.csv", b"name\nMaas\n")})
    row = Import.objects.get()

    answer = client.post(f"/imports/{row.pk}/", {"column_0": "name", "owner": ben.pk, "run": "1"})

    assert answer.status_code == 422
    assert "Only leads and admins" in answer.content.decode()


def test_the_error_file_holds_the_rows_as_they_stood_and_why_and_can_be_put_right(ada: Any, as_: Any) -> None:
    content = b'name,employees,Note\n,12,=1+1\nMaas,many,"a ""b"""\nDekker,7,\nZ,1,2,3\n'
    row = imports.start_import(kind="accounts", content=content, file_name="list.csv", by=ada)
    imports.run_waiting()

    answer = as_(ada).get(f"/imports/{row.pk}/errors/")

    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"), newline="")))
    assert lines[0] == ["Baton: row", "name", "employees", "Note", "Baton: reason"]
    assert lines[1] == ["1", "", "12", "'=1+1", "No name."]
    assert lines[2][:4] == ["2", "Maas", "many", 'a "b"']
    assert lines[2][4].startswith("employees: “many” is no whole number")
    assert lines[3][0] == "4"
    assert len(lines) == 4


def test_an_address_that_belongs_to_somebody_else_leaves_the_row_out_and_says_whose(db: None) -> None:
    brought(b"external_id,last_name,email\n1,Maas,maas@x.example\n2,Lee,lee@x.example\n", "contacts")

    report = brought(b"external_id,last_name,email\n1,Maas,lee@x.example\n", "contacts")

    assert (report["skipped"], balanced(report)) == (1, True)
    assert "belongs to Lee" in report["errors"][0]["reason"]
    assert Contact.objects.get(external_id="1").email == "maas@x.example"


def test_people_of_one_name_at_two_companies_stay_two(ada: Any) -> None:
    imports.import_rows(b"name\nNorthwind\nContoso\n", "accounts", by=ada)
    brought(b"first_name,last_name,company\nAnn,Lee,Northwind\n", "contacts")

    report = brought(b"first_name,last_name,company\nAnn,Lee,Contoso\n", "contacts")

    assert (report["created"], Contact.objects.count()) == (1, 2)


def strings() -> list[str]:
    path = CORPORA / "hostile/naughty-strings/blns.json"
    return json.loads(path.read_text()) if path.exists() else []


@pytest.mark.corpus
@pytest.mark.parametrize("kind", ["accounts", "contacts", "both"])
def test_hostile_text_in_every_field_is_kept_as_text_or_refused_in_words(kind: str, ada: Any, as_: Any) -> None:
    fields = FIELDS[kind]
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*fields, "'; DROP TABLE crm_account; --"])
    for text in strings():
        writer.writerow([cells.safe_cell(text)] * (len(fields) + 1))

    name = "'; DROP TABLE <script>alert(1)</script>\r\nX: y\x00.csv"
    report = brought(file.getvalue().encode("utf-8", "surrogatepass"), kind, file_name=name)

    assert balanced(report)
    assert brought(file.getvalue().encode("utf-8", "surrogatepass"), kind)["created"] == 0
    User.objects.filter(pk=ada.pk).update(job="admin")
    ada.refresh_from_db()
    row = Import.objects.earliest("pk")
    page = as_(ada).get(f"/imports/{row.pk}/").content.decode()
    assert "<script>alert(1)" not in page
    errors = as_(ada).get(f"/imports/{row.pk}/errors/")
    assert "\n" not in errors["Content-Disposition"]
    assert b"".join(errors.streaming_content)

    return FIELDS[kind]


def mutated(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[place:place] = chance.choice(
                    [b'"', b",", b"\r", b"\n", b"\x00", b"\xff", b";", b"\t", b"\xef\xbb\xbf", b"'", b"="]
                )
            case 1:
                del data[place : place + chance.randint(1, 20)]
            case 2:
                data[place:place] = data[: chance.randint(0, 60)]
            case 3:
                data[place:place] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
            case _:
                data = bytearray(
                    bytes(data).replace(
                        chance.choice([b",", b"\n", b'"']), chance.choice([b";", b"\r\n", b"", b'""']), 3
                    )
                )
    return bytes(data)


def understood(number: int, record: Any, header: list[str]) -> list[import_rows.Row]:
    """A row as a company, as a person and as both, its columns taken for fields one after another."""
    found = []
    for kind in ("accounts", "contacts", "both"):
        mapping = dict(zip(header, import_rows.FIELDS[kind], strict=False))
        for part in ("accounts", "contacts") if kind == "both" else (kind,):
            row = import_rows.read_row(number, record, import_rows.columns_of(header, mapping, kind, part))
            assert "\x00" not in row.custom_json + row.problems_json + "".join(row.values.values())
            found.append(row)
    return found


@pytest.mark.corpus
@pytest.mark.parametrize("seed", range(6))
def test_mutated_files_never_crash_and_lose_no_row(seed: int, db: None) -> None:
    paths = sorted(path for path in (CORPORA / "csv").rglob("*.csv") if path.stat().st_size < 20_000)
    chance = random.Random(seed)
    for _ in range(MUTATIONS // 6):
        content = mutated(chance.choice(paths).read_bytes(), chance)
        try:
            table = tables.read(content)
        except tables.Unreadable:
            continue
        read = [(number, understood(number, record, table.header)) for number, record in table.rows()]
        assert [number for number, _ in read] == list(range(1, len(read) + 1))
    file = mutated(chance.choice(paths).read_bytes(), chance)
    try:
        header = tables.read(file).header
        assert balanced(brought(file, mapping={header[0]: "name"}, dry_run=True))
    except (Refused, tables.Unreadable):
        pass


@pytest.mark.corpus
@pytest.mark.parametrize("path", sorted((CORPORA / "csv/csvkit").rglob("*.xlsx")), ids=lambda path: path.name)
def test_workbooks_from_elsewhere_are_read(path: Path, db: None) -> None:
    header = tables.read(path.read_bytes()).header

    assert balanced(brought(path.read_bytes(), mapping={header[0]: "name"}))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_end_alike_wherever_the_file_is_cut(size: int) -> None:
    text = "a\r\nb\rc\n\r\n\n\r\rd\u2028e\x0bf\x85g\n\r\nlast"
    parts = [text[start : start + size] for start in range(0, len(text), size)]

    found = ["a\r\n", "b\r", "c\n", "\r\n", "\n", "\r", "\r", "d\u2028e\x0bf\x85g\n", "\r\n", "last"]
    assert list(delimited.lines_of(parts)) == found


@pytest.mark.parametrize(
    "cell",
    ["plain", "", " led", "trailed ", "two  blanks", "'=1+1", "a\tb", "a|b", "| a", "'quoted", "\u00a0x", "a\nb"],
)
def test_a_row_is_tidied_as_its_cells_are(cell: str) -> None:
    assert import_rows.tidied(["x", cell, "y"]) == ["x", import_rows.tidy(cell) if cell else "", "y"]
