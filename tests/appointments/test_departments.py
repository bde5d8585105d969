"""A department named instead of a person."""

import pytest

from appointments.rules import departments
from tests.appointments.test_classify import said


@pytest.mark.parametrize(
    ("text", "words", "key"),
    [
        ("Please contact our IT team about this.", "IT team", "it"),
        ("This goes through the admin department, please write to them.", "admin department", "admin"),
        ("Best to ask the department of operations.", "department of operations", "operations"),
        ("Dafür ist unsere IT-Abteilung zuständig.", "IT-Abteilung", "it"),
        ("Bitte wenden Sie sich an die Einkaufsabteilung.", "Einkaufsabteilung", "procurement"),
        ("Merci de contacter le service achats.", "service achats", "procurement"),
        ("Daarvoor moet u bij de afdeling inkoop zijn.", "afdeling inkoop", "procurement"),
        ("Debe hablar con el departamento de compras.", "departamento de compras", "procurement"),
        ("Deve parlare con l'ufficio acquisti.", "ufficio acquisti", "procurement"),
        ("Fale com o departamento de qualidade.", "departamento de qualidade", "quality"),
    ],
)
def test_a_department_is_found_where_it_is_named(text, words, key):
    found = departments.find(text)
    assert (text[found.start : found.end], found.key) == (words, key)


@pytest.mark.parametrize(
    "text",
    ["I think it people would say is good.", "Our office is closed.", "Talk to my colleague Anouk.", "It is fine."],
)
def test_words_that_name_no_department(text):
    assert departments.find(text) is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("IT-led", "it"),
        ("Purchasing first", "procurement"),
        ("Admin-routed", "admin"),
        ("Multi-site", ""),
        ("Ops-led", "operations"),
    ],
)
def test_a_variant_goes_by_the_department_it_speaks_of(name, key):
    assert departments.key_of(name) == key


@pytest.mark.parametrize(
    "text", ["Please contact our IT team about this.", "You need to speak to our admin department.",
             "Bitte wenden Sie sich an unsere IT-Abteilung.", "Merci de contacter notre service achats."]
)  # fmt: skip
def test_a_reply_that_sends_us_to_a_department_is_a_referral_that_names_it(text):
    reading = said(text)
    assert reading.label == "referral"
    assert departments.key_of(reading.entities["referred"][0]["title"])
    assert not reading.entities["referred"][0]["name"]
