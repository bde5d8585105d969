"""Names of companies lose their legal form exactly as cleanco says, only faster."""

import random

import pytest
from cleanco import basename
from cleanco.clean import prepare_default_terms

from crm.rules.companies import without_legal_form

FORMS = [" ".join(words) for _, words in prepare_default_terms()]


@pytest.mark.parametrize("seed", range(5))
def test_the_quick_way_takes_off_what_cleanco_takes_off(seed: int) -> None:
    chance = random.Random(seed)

    for _ in range(200):
        stem = chance.choice(["Maas", "Über & Söhne", "A.B.", "Smith,", "Société Générale", "", "北京"])
        words = [stem, *(chance.choice(FORMS).title() for _ in range(chance.randint(0, 4)))]
        name = " ".join(words) + chance.choice(["", ".", ", ", "!", " -", ")"])
        assert without_legal_form(name) == basename(name)
