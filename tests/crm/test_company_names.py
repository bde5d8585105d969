"""Names of companies lose their legal form exactly as cleanco says, only faster."""

import random
from importlib import import_module
from typing import Any

import pytest
from cleanco import basename
from cleanco.clean import prepare_default_terms
from django.db import connection

from crm.models import Account
from crm.rules.companies import normal_name, without_legal_form
from crm.services import accounts

FORMS = [" ".join(words) for _, words in prepare_default_terms()]


@pytest.mark.parametrize("seed", range(5))
def test_the_quick_way_takes_off_what_cleanco_takes_off(seed: int) -> None:
    chance = random.Random(seed)

    for _ in range(200):
        stem = chance.choice(["Maas", "Über & Söhne", "A.B.", "Smith,", "Société Générale", "", "北京"])
        words = [stem, *(chance.choice(FORMS).title() for _ in range(chance.randint(0, 4)))]
        name = " ".join(words) + chance.choice(["", ".", ", ", "!", " -", ")"])
        assert without_legal_form(name) == basename(name)


@pytest.mark.parametrize(
    "form",
    ["S.à r.l.", "S. à r. l.", "SÀRL", "e.K.", "e. K.", "e.Kfr.", "UG (haftungsbeschränkt)", "UG (haftungsbeschränkt) & Co. KG",
     "e. V.", "AB (publ)", "AG & Co. KG", "AG & Co. KGaA", "GmbH & Co. KG", "GmbH & Co. KGaA", "GmbH und Co. KG", "SE & Co. KGaA",
     "gGmbH", "gemeinnützige GmbH", "Ges.m.b.H.", "Gesellschaft m.b.H.", "PartG mbB", "S.L.U.", "S. L.", "S.A.U.", "S.r.l.s.",
     "S.r.l. unipersonale", "S. p. A.", "& C. S.n.c.", "Unipessoal Lda", "Unipessoal, Lda.", "Sociedade Unipessoal Lda.", "Sp. z o. o."],
)  # fmt: skip
def test_a_name_loses_its_legal_form_however_it_is_spelled(form: str) -> None:
    assert normal_name(f"Kühl Nord {form}") == "kuhl nord"


@pytest.mark.parametrize(
    ("name", "kept"),
    [("UG", "ug"), ("e.K.", "ek"), ("Team A B", "team a b"), ("Vitamin K", "vitamin k"), ("Schmidt & Partner", "schmidt & partner"),
     ("Publ & Co.", "publ"), ("Mbh Haus", "mbh haus")],
)  # fmt: skip
def test_what_is_no_legal_form_at_the_end_stays(name: str, kept: str) -> None:
    assert normal_name(name) == kept


def test_names_on_file_are_renewed_once_and_edited_ones_stay(ada: Any) -> None:
    old = {"Kühl Nord e. K.": "kuhl nord e k", "Meier AG & Co. KG": "meier ag & co", "Nordlicht GmbH": "nordlicht"}
    made = [accounts.create_account(name=name, by=ada) for name in old]
    for account in made:
        Account.objects.filter(pk=account.pk).update(name_norm=old[account.name])
    migration = import_module("crm.migrations.0023_shorter_company_names")

    for _ in range(2):
        migration.renew(None, SchemaEditor)

    assert list(Account.objects.order_by("id").values_list("name_norm", flat=True)) == [
        "kuhl nord",
        "meier",
        "nordlicht",
    ]


class SchemaEditor:
    connection = connection
