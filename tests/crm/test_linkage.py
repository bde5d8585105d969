"""Normal forms, the weighing of two records, and how well both find the doublets of files whose answer is known."""

import csv
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import phonenumbers
import pytest
from django.core.management import call_command

from crm.rules import normal_forms
from crm.rules.linkage import Crowd, Side, compare, digits_alike, likeness, split_road
from crm.rules.normal_forms import address_key, person_key, phone_key
from crm.services import imports
from tests.conftest import CORPORA

FEBRL = CORPORA / "csv" / "febrl"
SITES = CORPORA / "csv" / "dedupe-examples" / "csv_example"
MANY = Crowd(5000, {"first": {"mary": 200.0}, "last": {"smith": 300.0}}, ("born",))


# Normal forms


@pytest.mark.parametrize(
    ("phone", "country", "key"),
    [
        ("030 / 123 456 78", "DE", "+493012345678"),
        ("+49 (0)30 12345678", "", "+493012345678"),
        ("0049 30 12345678", "FR", "+493012345678"),
        ("(312) 386-5286 x12", "US", "+13123865286"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("386-5286", "", "3865286"),
        ("n/a", "US", ""),
        ("12345", "", ""),
    ],
)
def test_a_phone_has_one_form_however_it_is_written(phone: str, country: str, key: str) -> None:
    assert phone_key(phone, country) == key


def test_the_quick_way_to_a_number_says_what_the_library_says() -> None:
    chance, numbers = random.Random(7), 0
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number(region)
        for form in (0, 1, 2) if example else ():
            text = phonenumbers.format_number(example, form)
            texts = [
                text,
                *(
                    "".join(str(chance.randrange(10)) if s.isdigit() and chance.random() < 0.2 else s for s in text)
                    for _ in range(3)
                ),
            ]
            for one in texts:
                for country in (region, "", "DE", "IT"):
                    assert phone_key(one, country) == normal_forms._by_library(one, country), (one, country)
                    numbers += 1
    assert numbers > 5000


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("Dr. Jürgen", "Müller"), ("MUELLER", "Juergen")),
        (("Søren", "Ærø"), ("soren", "aro")),
        (("José", "García López"), ("jose garcia", "lopez")),
    ],
)
def test_a_name_is_the_same_swapped_folded_and_without_titles(one: tuple[str, str], two: tuple[str, str]) -> None:
    assert person_key(*one) == person_key(*two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("Hauptstraße 5", "10115", "Berlin", "DE"), ("HAUPTSTR. 5", "10115", "berlin", "de")),
        (("221 E. 51st Street", "60 615", "Chicago", ""), ("221 e 51st st", "60615", "Chicago", "US")),
        (("12 Saint James's Avenue", "", "Leeds", "GB"), ("12 St James's Ave.", "", "Leeds", "GB")),
    ],
)
def test_an_address_is_the_same_abbreviated(one: tuple[str, ...], two: tuple[str, ...]) -> None:
    assert address_key(*one) == address_key(*two)
    assert address_key("", "10115", "Berlin", "DE") == ""


def test_forms_fit_their_columns() -> None:
    assert len(address_key("Strasse " * 50, "1" * 50, "Ort " * 50, "DE")) <= 160
    assert len(person_key("Ann " * 60, "Lee " * 60)) <= 170
    assert len(phone_key("9" * 60, "")) <= 20


def test_a_house_number_stands_anywhere() -> None:
    assert split_road("221 e 51st st") == ("221", "e 51st st")
    assert split_road("hauptst 5a") == ("5a", "hauptst")
    assert split_road("po box") == ("", "po box")


# Weighing


def person(key: int, first: str, last: str, **told: Any) -> Side:
    return Side(key, first=first, last=last, further=told.pop("further", ("",)), **told)


def test_slips_and_transposed_digits_are_alike() -> None:
    assert likeness("harrington", "harrnigton") > 0.85
    assert likeness("mill park", "millpark") == 0.95
    assert (digits_alike("5752601", "5725601"), digits_alike("5752601", "9999999")) == (0.75, 0)


def test_a_rare_name_says_more_than_a_common_one() -> None:
    told = {"postcode": "4510", "further": ("19300213",)}
    rare = compare("contacts", person(1, "zbigniew", "wojcik"), person(2, "zbigniew", "wojcik"), MANY)
    common = compare("contacts", person(1, "mary", "smith"), person(2, "mary", "smith"), MANY)
    proven = compare("contacts", person(1, "mary", "smith", **told), person(2, "mary", "smyth", **told), MANY)

    assert rare.score > common.score
    assert (common.band, proven.band) == ("different", "likely")


def test_swapped_names_and_a_slip_in_the_date_are_still_likely() -> None:
    one = person(1, "barnaby", "reid", city="kempsey", further=("19981021",))
    two = person(2, "reid", "barnabi", city="kempsey", further=("19981012",))

    found = compare("contacts", one, two, MANY)

    assert found.band == "likely"
    assert "first and last name swapped" in found.evidence


def test_a_namesake_at_another_company_is_somebody_else() -> None:
    crowd = Crowd(1500, {"first": {"viktor": 30.0}, "last": {"akesson": 20.0}}, ("born",))
    one = person(1, "viktor", "akesson", email="viktor.akesson@granvik.example", company="granvik")
    two = person(2, "viktor", "akesson", email="viktor.akesson@solhult.example", company="solhult")
    nickname = [person(n, "viktor", "akesson", email=f"bigvik77@{n}.example", company=str(n)) for n in (3, 4)]

    assert compare("contacts", one, two, crowd).band == "different"
    assert "same name in the mail address" in compare("contacts", *nickname, crowd).evidence


def test_one_rare_name_at_two_companies_is_no_more_than_likely_without_a_second_identity() -> None:
    one = person(1, "zbigniew", "wojcikowski", city="lodz", email="z.w@granvik.example", company="granvik")
    two = person(2, "zbigniew", "wojcikowski", city="lodz", email="zbigniew@solhult.example", company="solhult")
    called = [replace(one, phone="48426301234"), replace(two, phone="48426301234")]
    moved = [replace(one, company="granvik"), replace(two, company="granvik")]

    alone = compare("contacts", one, two, MANY)
    assert (alone.band, alone.score, set(alone.evidence)) == ("likely", 0.7, {"same name", "same place"})
    assert compare("contacts", *called, MANY).score > 0.95
    assert compare("contacts", *moved, MANY).score > 0.95


def test_people_at_one_address_with_different_names_are_two() -> None:
    told = {"road": "44 forbes st", "postcode": "4510", "city": "leeds", "phone": "441134960123", "company": "maas"}

    assert (
        compare("contacts", person(1, "anna", "reid", **told), person(2, "otto", "lang", **told), MANY).band
        == "different"
    )


def test_same_needs_a_name_two_identifiers_and_no_word_against() -> None:
    told = {"phone": "441134960123", "email": "b@x.example"}
    one, two = person(1, "barnaby", "reid", **told), person(2, "barnaby", "reid", **told)
    other = person(3, "barnaby", "reid", **{**told, "phone": "441139999999"})

    assert compare("contacts", one, two, MANY).band == "same"
    assert compare("contacts", one, other, MANY).band == "likely"


def test_companies_are_the_same_only_where_every_field_says_so() -> None:
    told = {"name": "small stride", "road": "10317 s western", "phone": "2390040"}
    written = ("small stride", "10317 s. western", "2390040", "")
    one, two = Side(1, written=written, **told), Side(2, written=written, **told)
    with_zip = Side(3, postcode="60643", written=(*written[:3], "60643"), **told)

    assert compare("accounts", one, two, Crowd(3000)).band == "same"
    assert compare("accounts", one, with_zip, Crowd(3000)).band == "likely"


def test_sites_of_a_chain_at_different_places_are_different() -> None:
    crowd = Crowd(3000, {"name": {"care": 60.0}, "word": {"care": 60.0}, "domain": {"care.example": 60.0}})
    one = Side(1, name="care", road="12 north ave", city="leeds", domain="care.example")
    two = Side(2, name="care", road="91 kings rd", city="york", domain="care.example")

    assert compare("accounts", one, two, crowd).band == "different"


# Against files whose answer is known


def judged(pairs: list[dict[str, Any]], truth: dict[int, str], label: str) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of each band, and of both together; printed for the note."""
    true_pairs = sum(n * (n - 1) // 2 for n in Counter(truth.values()).values())
    found = {}
    for band, bands in (("same", {"same"}), ("likely", {"likely"}), ("both", {"same", "likely"})):
        said = [one for one in pairs if one["band"] in bands]
        right = sum(truth[one["row_a"]] == truth[one["row_b"]] for one in said)
        precision, recall = right / max(1, len(said)), right / true_pairs
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        found[band] = {"precision": precision, "recall": recall, "f1": f1, "wrong": len(said) - right}
        print(
            f"{label:>24} {band:>6}: precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}  wrong {len(said) - right}"
        )
    return found


@pytest.fixture
def commanded(db: None, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    def run(name: str, path: Any, **options: Any) -> dict[str, Any]:
        call_command(name, str(path), dry_run=True, **options)
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.corpus
@pytest.mark.parametrize("number", [1, 2, 3])
def test_people_with_errors_in_every_field_are_found_with_a_date_and_a_number(number: int, commanded: Any) -> None:
    path = FEBRL / f"dataset{number}.csv"
    truth = {row: one["rec_id"].split("-")[1] for row, one in enumerate(csv.DictReader(path.open()), start=1)}

    report = commanded(
        "import_contacts", path, map="rec_id=external_id,address_1=street", match_on="date_of_birth,soc_sec_id"
    )

    found = judged(report["duplicates"]["row_pairs"], truth, path.name)
    assert found["both"]["precision"] >= 0.999
    assert found["both"]["recall"] >= 0.97
    assert found["same"]["wrong"] == 0


@pytest.mark.corpus
def test_people_are_found_without_any_further_column(commanded: Any) -> None:
    path = FEBRL / "dataset3.csv"
    truth = {row: one["rec_id"].split("-")[1] for row, one in enumerate(csv.DictReader(path.open()), start=1)}

    report = commanded("import_contacts", path, map="address_1=street")

    found = judged(report["duplicates"]["row_pairs"], truth, "dataset3, names and place")
    assert found["both"]["precision"] >= 0.998
    assert found["both"]["recall"] >= 0.94
    assert found["same"]["wrong"] == 0


@pytest.mark.corpus
def test_messy_sites_are_found_and_none_called_the_same_that_are_two(commanded: Any) -> None:
    path = SITES / "csv_example_input_with_true_ids.csv"
    truth = {row: one["True Id"] for row, one in enumerate(csv.DictReader(path.open()), start=1)}

    report = commanded("import_accounts", path, map="Site name=name")

    found = judged(report["duplicates"]["row_pairs"], truth, "csv_example")
    assert found["both"]["f1"] >= 0.95
    assert found["same"]["wrong"] == 0
    assert report["created"] == report["rows"] == 3337


@pytest.mark.corpus
def test_rows_of_a_second_file_are_found_among_the_records_of_the_first(db: None) -> None:
    lines = (FEBRL / "dataset1.csv").read_text().splitlines()
    first = [line for line in lines[1:] if "-org" in line]
    second = [line for line in lines[1:] if "-dup" in line]
    options = {"mapping": {"address_1": "street", "rec_id": "external_id"}, "match_on": ["date_of_birth", "soc_sec_id"]}
    imports.import_rows("\n".join([lines[0], *first]).encode(), "contacts", by="a test", **options)

    report = imports.import_rows(
        "\n".join([lines[0], *second]).encode(), "contacts", by="a test", dry_run=True, **options
    )

    found = report["duplicates"]["record_pairs"]
    assert len({one["row"] for one in found}) >= 0.97 * len(second)
    assert len(found) <= 1.001 * len(second)


def test_what_a_large_file_does_not_compare_is_said(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"name,domain\nMaas,maas.example\nMaas BV,maas.example\nMaass,mas.example\n"

    monkeypatch.setattr("crm.services.import_pairs.NEAR_ROWS", 2)
    near = imports.import_rows(content, "accounts", by="a test", dry_run=True)["duplicates"]
    monkeypatch.setattr("crm.services.import_pairs.EXACT_ROWS", 2)
    none = imports.import_rows(content, "accounts", by="a test", dry_run=True)["duplicates"]

    assert [(one["row_a"], one["row_b"]) for one in near["row_pairs"]] == [(1, 2)]
    assert "only what is spelled alike" in near["left_out"][0]
    assert none["row_pairs"] == []
    assert "daily search" in none["left_out"][0]
