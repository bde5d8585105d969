"""Guests read in their own language, on their own clock."""

import datetime as dt

import pytest

from appointments.rules import guest_words, zones


@pytest.mark.parametrize(
    ("wishes", "language"), [(["de-AT"], "de"), (["xx", "fr"], "fr"), (["xx"], "en"), ([""], "en")]
)
def test_the_first_language_we_speak_is_spoken(wishes, language):
    assert guest_words.choose(*wishes) == language


def test_the_browsers_preference_is_honoured_in_its_order():
    assert guest_words.accepted("en;q=0.5, es-MX, de;q=0.9") == ["es-MX", "de", "en"]


def test_a_forged_language_header_is_no_error():
    assert guest_words.accepted(";;;q=x,,") == []


def test_every_word_exists_in_every_language():
    tables = [guest_words.table(language) for language in guest_words.LANGUAGES]
    assert all(table.keys() == tables[0].keys() and all(table.values()) for table in tables)


def test_a_day_reads_as_people_say_it():
    day = dt.date(2026, 6, 16)
    said = [guest_words.long_day(day, language) for language in ("en", "de", "fr", "es")]
    assert said == ["Tuesday 16 June", "Dienstag, 16. Juni", "mardi 16 juin", "martes 16 de junio"]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "/etc/passwd", "Mars/Base", "x" * 100])
def test_a_zone_that_is_none_is_refused(name):
    assert not zones.known(name)


def test_the_chosen_zone_stands_first_with_its_hour():
    now = dt.datetime(2026, 6, 11, 8, 42, tzinfo=dt.UTC)
    assert zones.choices("Asia/Kathmandu", now, "{zone} {hour}")[0] == ("Asia/Kathmandu", "Kathmandu 14:27")
