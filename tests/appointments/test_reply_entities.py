"""The days, people and numbers a reply names: hard cases of each language, and floors on writers nobody tuned for."""

import hashlib
import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from appointments.rules import entities, entity_scores, proposals
from appointments.rules.absence import first_day_back
from appointments.rules.later import when_to_return
from appointments.rules.people import people, phones
from appointments.rules.rivals import competitor
from crm.rules.newest_text import newest_text
from tests.runaway import guarded

THURSDAY = date(2026, 6, 11)
TRAINING = sorted((Path(__file__).parents[2] / "appointments/training").glob("*.jsonl"))

BACK = [
    ("I am out of the office and back on Monday.", "2026-06-15"),
    ("Away until 14 July inclusive.", "2026-07-15"),
    ("Away through Friday, June 26.", "2026-06-29"),
    ("On leave 15-19 June, wages are paid on the 18th as usual.", "2026-06-22"),
    ("I'm off till the 24th.", "2026-06-24"),
    ("PTO 6/15-6/26, first day back is Monday the 29th.", "2026-06-29"),
    ("Office closed 24 December to 3 January.", "2027-01-04"),
    ("Back in week 28.", "2026-07-06"),
    ("Out sick today.", "2026-06-12"),
    ("Ich bin im Urlaub bis 3.7.", "2026-07-06"),
    ("Bis einschließlich 26. Juni bin ich nicht im Haus.", "2026-06-29"),
    ("Ab dem 22.06.2026 bin ich wieder für Sie da.", "2026-06-22"),
    ("Wir haben in KW 27 geschlossen.", "2026-07-06"),
    ("Je suis absent du 15 au 19 juin.", "2026-06-22"),
    ("De retour le 1er juillet.", "2026-07-01"),
    ("Absente jusqu'au vendredi 19 juin inclus, retour le lundi 22.", "2026-06-22"),
    ("Estaré fuera hasta el 19 de junio, ambos inclusive.", "2026-06-22"),
    ("Vuelvo el lunes 22.", "2026-06-22"),
    ("Sono in ferie fino al 3 luglio compreso.", "2026-07-06"),
    ("Rientro il 22 giugno.", "2026-06-22"),
    ("Ik ben afwezig tot en met 19 juni.", "2026-06-22"),
    ("Terug op dinsdag 23/06.", "2026-06-23"),
    ("Estou de férias até ao dia 19 de junho.", "2026-06-22"),
    ("Volto na próxima segunda-feira.", "2026-06-15"),
    ("Jeg er tilbage mandag den 22. juni.", "2026-06-22"),
    ("Åter på kontoret den 6 juli.", "2026-07-06"),
    ("Jeg er tilbake 22. juni.", "2026-06-22"),
    ("Wracam w poniedziałek 22.06.", "2026-06-22"),
    ("Zpět jsem 22. června.", "2026-06-22"),
    ("Palaan töihin ma 22.6.", "2026-06-22"),
    ("Június 22-én leszek ismét elérhető.", "2026-06-22"),
    ("Revin luni, 22 iunie.", "2026-06-22"),
    ("22 Haziran'da ofiste olacağım.", "2026-06-22"),
    ("Повернуся 22 червня.", "2026-06-22"),
    ("Επιστρέφω τη Δευτέρα 22/6.", "2026-06-22"),
    ("6月22日に戻ります。", "2026-06-22"),
    ("6月22日恢复上班。", "2026-06-22"),
    ("6월 22일에 복귀합니다.", "2026-06-22"),
]
LATER = [
    ("Write again in September, our contract runs until December.", "2026-09"),
    ("Circle back in Q4.", "2026-Q4"),
    ("Try me in six weeks.", "2026-07-23"),
    ("Ask again in 6 months.", "2026-12"),
    ("Not before 2028.", "2028"),
    ("After the summer please.", "2026-09"),
    ("Maybe in the new year.", "2027-01"),
    ("Call me after March.", "2027-04"),
    ("Get back to me the second week of January.", "2027-01-11"),
    ("Melden Sie sich nächste Woche.", "2026-06-15"),
    ("Im Herbst gern wieder.", "2026-Q4"),
    ("Bitte Anfang nächsten Jahres.", "2027-01"),
    ("Recontactez-moi à la rentrée.", "2026-09"),
    ("Peut-être au troisième trimestre.", "2026-Q3"),
    ("Llámeme en octubre, mejor.", "2026-10"),
    ("Hábleme el mes que viene.", "2026-07"),
    ("Ne riparliamo a gennaio.", "2027-01"),
    ("Volgend kwartaal graag.", "2026-Q3"),
    ("Fale comigo ano que vem.", "2027"),
    ("Hör av dig i augusti.", "2026-08"),
    ("Skriv igen til oktober.", "2026-10"),
    ("Proszę odezwać się w lipcu.", "2026-07"),
    ("Ozvěte se v září.", "2026-09"),
    ("Palaa asiaan elokuussa.", "2026-08"),
    ("Пишіть у жовтні.", "2026-10"),
    ("来年の4月にご連絡ください。", "2027-04"),
]


@pytest.mark.parametrize(("text", "day"), BACK, ids=[text for text, _ in BACK])
def test_the_first_day_back_is_read_in_many_languages(text: str, day: str) -> None:
    found = first_day_back(text, THURSDAY)

    assert found
    assert found.day.isoformat() == day


@pytest.mark.parametrize(("text", "when"), LATER, ids=[text for text, _ in LATER])
def test_the_time_to_write_again_is_as_exact_as_it_was_said(text: str, when: str) -> None:
    found = when_to_return(text, THURSDAY)

    assert found
    assert found.iso == when


@pytest.mark.parametrize(
    ("text", "received", "day"),
    [
        ("Back 9/8.", date(2026, 8, 13), "2026-09-08"),
        ("Back 3/8.", date(2026, 7, 20), "2026-08-03"),
        ("Retour 3/8.", date(2026, 2, 20), "2026-08-03"),
        ("Back Tues 5/12.", date(2026, 4, 20), "2026-05-12"),
        ("Back 11/1.", date(2026, 12, 22), "2027-01-11"),
    ],
)
def test_day_and_month_are_told_apart_by_language_and_nearness(text: str, received: date, day: str) -> None:
    found = first_day_back(text, received)

    assert found
    assert found.day.isoformat() == day


@pytest.mark.parametrize(
    "text",
    ["It is 24/7 support.", "Version 2.5 needs 10 days of 8 h.", "I may come, march on.", "Room 12, line 3, 14:00."],
)
def test_numbers_and_verbs_that_look_like_dates_are_none(text: str) -> None:
    assert first_day_back(text, THURSDAY) is None


@pytest.mark.parametrize(
    ("text", "who"),
    [
        (
            "Please contact Anna Berg (anna.berg@acme.example), she runs purchasing.",
            ("Anna Berg", "anna.berg@acme.example", ""),
        ),
        ("In urgent cases call Mr. Ganesan on +91 44 5550 1812.", ("Ganesan", "", "+91 44 5550 1812")),
        ("Zuständig ist Frau Laukamp: e.laukamp@acme.example", ("Laukamp", "e.laukamp@acme.example", "")),
        ("C'est Inès qui gère, écrivez à ines@acme.example.", ("Inès", "ines@acme.example", "")),
        ("Zastępuje mnie Ewa Lis: e.lis@acme.example.", ("Ewa Lis", "e.lis@acme.example", "")),
        ("急事请联系同事刘倩，电话139 0055 0171。", ("刘倩", "", "139 0055 0171")),
    ],
)
def test_a_person_is_read_with_address_and_number(text: str, who: tuple[str, str, str]) -> None:
    (found,) = people(text)

    assert (found["name"], found["email"], found.get("phone", "")) == who
    assert text[found["start"] : found["end"]] == found["name"]


def test_the_one_who_left_and_the_one_we_greeted_are_nobody_to_turn_to() -> None:
    assert people("Dear Ms. Colborne,\nMr Castle has left Meridian.", roles=False, successors=True) == []


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The housekeeper would know. Do ask.", "housekeeper"),
        ("Regelt onze expediteur, bel die. Ons secretariaat regelt dat.", "secretariaat"),
        ("C'est du ressort du service juridique.", "service"),
        ("Sent it on to our Polish branch.", "Polish"),
        ("Satın almaya ilettim.", "Satın almaya"),
        ("Site problems go to wayne 07700 900654, not before seven.", "wayne"),
    ],
)
def test_a_post_or_a_word_before_a_number_stands_for_whom_nobody_named(text: str, title: str) -> None:
    (found,) = people(text)

    assert (found["name"], title in found["title"]) == ("", True)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("@Stefan: für dich?", "Stefan"),
        ("Looping Raj. Worth five minutes?", "Raj"),
        ("Voyez Farid", "Farid"),
        ("+ Rob. Is this it?", "Rob"),
    ],
)
def test_a_name_alone_is_whom_it_was_passed_to(text: str, name: str) -> None:
    assert [one["name"] for one in people(text)] == [name]


@pytest.mark.parametrize(
    "text", ["Order 20260611", "VAT 0555.000.111", "from 03.08. - 21.08.", "2021-2025", "1.250.000 EUR"]
)
def test_dates_sums_and_ticket_numbers_are_no_telephone_numbers(text: str) -> None:
    assert phones(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("We signed with Haulio last week.", "Haulio"),
        ("Nordlast handles that for us.", "Nordlast"),
        ("Sind bei Lohnbär und zufrieden.", "Lohnbär"),
        ("Orkin. Every dock door, every week.\n\nCarl Hoffner\nHoffner Precision", "Orkin"),
        ("Hi Amit, Gilson come in every six months. Ruth", "Gilson"),
    ],
)
def test_the_supplier_they_have_is_named(text: str, name: str) -> None:
    found = competitor(text)

    assert found
    assert found["name"] == name


def _held_out(author: str) -> bool:
    """A quarter of the authors; the tables were made without them."""
    return int(hashlib.md5(author.encode(), usedforsecurity=False).hexdigest(), 16) % 4 == 0


def _floors() -> dict[str, float]:
    """What was read right of the replies of the held-out authors, as if the label had been known."""
    right: dict[str, list[bool]] = {}
    for row in (json.loads(line) for path in TRAINING for line in path.read_text(encoding="utf-8").splitlines()):
        if row["entities"].keys() & entity_scores.JUDGES.keys() and _held_out(row["author"]):
            reading = entities.Reading(
                newest_text(row["body"], "").newest[:2500], date.fromisoformat(row["received"][:10]), ZoneInfo("UTC")
            )
            found = entities.extract(row["label"], tuple(row["secondary"]), reading, frozenset(), {})
            for name, exact in entity_scores.exact(found, row["entities"]):
                right.setdefault(name, []).append(exact)
    return {name: sum(each) / len(each) for name, each in right.items()}


FLOORS = {
    "return_date": 0.95,
    "follow_up": 0.68,
    "proposed_times": 0.85,
    "alternates": 0.75,
    "referred": 0.7,
    "phone": 0.85,
    "competitor": 0.6,
}


def test_what_unknown_writers_name_is_read() -> None:
    reached = _floors()

    assert {name: reached[name] for name, floor in FLOORS.items() if reached[name] < floor} == {}


PIECES = [
    "24th ",
    "first ",
    "1.",
    "in 2 weeks ",
    "A. ",
    "contact John Smith ",
    "a@b.c ",
    "+49 ",
    "ask the of the ",
    "月",
    "monday ",
    "van der ",
]


@pytest.mark.parametrize("piece", PIECES)
def test_a_hundred_kilobytes_of_anything_take_no_longer_than_a_page(piece: str) -> None:
    reading = entities.Reading(piece * (100_000 // len(piece)), THURSDAY, ZoneInfo("UTC"))
    said = (
        "not_now",
        "meeting_request",
        "referral",
        "left_company",
        "objection_competitor",
        "objection_price",
        "auto_reply",
    )
    with guarded():
        entities.extract("out_of_office", said, reading, frozenset(), {})


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("Could we talk next Wednesday at ten? Please send an invite.", 10),
        ("Am Mittwoch um zehn Uhr passt es.", 10),
        ("Mittwoch um drei?", 15),
        ("El miércoles a las cuatro, por favor.", 16),
        ("On Wednesday at ten of our sites the inspector comes.", None),
        ("Wednesday at 2 works for us.", 14),
        ("Wednesday at 2 sites they count the stock.", None),
    ],
)
def test_an_hour_in_words_is_an_hour(text: str, hour: int | None) -> None:
    (found,) = proposals.proposed_times(proposals.Reading(text, THURSDAY, ZoneInfo("UTC")))
    assert (int(found["starts_at"][11:13]) if found["kind"] == "at" else None) == hour
