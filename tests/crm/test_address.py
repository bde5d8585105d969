"""One address is one address, by two parsers; companies and cells have normal forms."""

import csv
import io
import json
from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.rules import addresses, cells, companies, tables
from crm.rules.subjects import bare
from tests.conftest import CORPORA


@pytest.mark.parametrize(
    ("written", "stored", "key"),
    [
        ("Joost@Maas.Example", "Joost@maas.example", "joost@maas.example"),
        ("joost+sales@maas.example", "joost+sales@maas.example", "joost@maas.example"),
        ("j.o.o.s.t@googlemail.com", "j.o.o.s.t@googlemail.com", "joost@gmail.com"),
        ("info@bücher.example", "info@xn--bcher-kva.example", "info@xn--bcher-kva.example"),
        ("o'brien@maas.example", "o'brien@maas.example", "o'brien@maas.example"),
    ],
)
def test_an_address_has_a_stored_form_and_a_key(written: str, stored: str, key: str) -> None:
    assert (addresses.normal(written), addresses.dedupe_key(written)) == (stored, key)


@pytest.mark.parametrize(
    "bad",
    ["", "a", "a@", "@b.example", "a@b", "a@b.example,c@d.example", "a@b.example;c@d.example", '"x" <y@z.example>', "a b@c.example", "a@b@c.example",
     "a@b..example", "a@-b.example", ".a@b.example", "a.@b.example", "a(comment)@b.example", "group:a@b.example;", '"quoted"@b.example',
     "a@[127.0.0.1]", "a@1.2.3.4", "a\r\nBcc:x@y.example", "a@b.example\u202e", "a\u200b@b.example", "x" * 65 + "@b.example", "a@" + "b" * 250 + ".example",
     "a%b@c@d.example", "<a@b.example>", "a@b.example\x00", "a@b_c.example"],
)  # fmt: skip
def test_what_is_not_exactly_one_address_is_none(bad: str) -> None:
    assert not addresses.is_address(bad)


@given(st.text(max_size=60))
def test_no_text_makes_it_fail_and_what_passes_stays(text: str) -> None:
    if addresses.is_address(text):
        assert addresses.normal(addresses.normal(text)) == addresses.normal(text)
        assert not set(addresses.normal(text)) & set("\r\n<>,; ")


@given(st.from_regex(r"\A[A-Za-z0-9._+-]{1,20}@[a-z0-9-]{1,9}\.[a-z]{2,5}\Z"))
def test_the_stdlib_reads_the_same_address_as_we_do(text: str) -> None:
    if addresses.is_address(text):
        assert parseaddr(text) == ("", text)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Maas & Dekker B.V.", "MAAS & DEKKER BV"), ("Müller GmbH", "Muller"), ("The Acme Corporation", "Acme Corp."),
        ("Société Générale S.A.", "Societe Generale"), ("O’Neill Ltd", "O'Neill Limited"),
    ],
)  # fmt: skip
def test_spellings_of_one_company_have_one_name(one: str, two: str) -> None:
    assert companies.normal_name(one) == companies.normal_name(two) != ""


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.maas.co.uk/about?x=1", "maas.co.uk"), ("joost@mail.maas.de", "maas.de"), ("MAAS.EXAMPLE", "maas.example"),
        ("a.b.maas.example", "maas.example"), ("www.bücher.de", "xn--bcher-kva.de"), ("not a domain", ""), ("", ""), ("localhost", ""), ("//evil", ""),
    ],
)  # fmt: skip
def test_a_domain_is_found_in_addresses_and_links(text: str, domain: str) -> None:
    assert companies.registrable_domain(text) == domain


def test_a_providers_domain_says_nothing_about_the_company() -> None:
    assert not companies.says_company("gmail.com")
    assert companies.says_company("maas.example")


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Routing",
        "AW: Re: Routing",
        "Fwd: routing",
        "[EXT] RE: Routing",
        "Automatic reply: Routing",
        "Re[2]: Routing",
    ],
)
def test_subjects_of_one_thread_are_one(subject: str) -> None:
    assert bare(subject) == "routing"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '"=1', " =1", "=cmd|' /C calc'!A0", "'=1"]
)
def test_no_exported_cell_is_a_formula_and_reading_it_back_gives_the_original(cell: str) -> None:
    written = "".join(cells.write_csv(["x"], [[cell]]))
    back = list(csv.reader(io.StringIO(written, newline="")))[1][0]

    assert back.startswith("'")
    assert cells.plain_cell(back) == cell


@pytest.mark.parametrize("cell", ["", "Maas", "-12", "+49 30", "-1.5", "a=b", "a@b.example"])
def test_ordinary_cells_come_back_as_they_went(cell: str) -> None:
    assert cells.plain_cell(cells.safe_cell(cell)) == cell


def test_an_unclosed_quote_swallows_no_rows() -> None:
    content = b'name,city\n"Maas,Utrecht\n' + b"".join(b"Firm %d,Leeds\n" % n for n in range(60))

    assert sum(1 for _ in tables.read(content).rows()) == 61


def test_blank_and_repeated_headers_get_names_of_their_own() -> None:
    assert tables.read(b"name,,name,city\na,b,c,d\n").header == ["name", "column 2", "name 2", "city"]


@pytest.mark.corpus
@pytest.mark.parametrize("path", sorted((CORPORA / "csv/csv-spectrum/csvs").glob("*.csv")), ids=lambda path: path.stem)
def test_the_csv_spectrum_is_read_as_its_authors_mean(path: Path) -> None:
    if path.stem == "location_coordinates":
        pytest.skip("its expected answer belongs to another file")
    wanted = json.loads((path.parents[1] / "json" / f"{path.stem}.json").read_text())

    table = tables.read(path.read_bytes())

    assert [dict(zip(table.header, record.cells, strict=False)) for _, record in table.rows()] == wanted


def test_our_own_tag_is_not_shown_and_a_tag_of_theirs_is() -> None:
    assert addresses.untagged(f"ada+{'0f' * 16}@baton.example") == "ada@baton.example"
    assert addresses.untagged("joost+news@maasdekker.example") == "joost+news@maasdekker.example"
