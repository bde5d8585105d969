"""Do not contact holds for every spelling, survives erasure as a keyed hash, and can be lifted."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.errors import Refused
from crm.models import Suppression
from crm.services import suppression


@pytest.mark.parametrize(
    "spelling", ["Joost@MaasDekker.example", "joost+tag@maasdekker.example", " joost@maasdekker.example "]
)
def test_an_address_is_suppressed_in_every_spelling(db: None, spelling: str) -> None:
    suppression.suppress_address("joost@maasdekker.example", reason="asked to stop", by="the matrix")

    assert suppression.standing([spelling.strip()]) == {spelling.strip()}


def test_a_domain_covers_what_lies_below_it_and_nothing_beside_it(db: None) -> None:
    suppression.suppress_domain("maasdekker.example", reason="legal", by="a lead")

    mine, below, beside = "a@maasdekker.example", "a@nl.maasdekker.example", "a@notmaasdekker.example"
    assert suppression.standing([mine, below, beside]) == {mine, below}


def test_an_account_is_told_from_its_people_and_the_strongest_is_named_first(thread: SimpleNamespace) -> None:
    suppression.suppress_account(thread.account, reason="hostile", by="a lead")
    suppression.suppress_address(thread.joost.email, reason="asked", by="the matrix")

    found = suppression.barred(
        {
            "both": (thread.joost.email, thread.account.pk),
            "address": (thread.joost.email, None),
            "free": ("x@y.example", None),
        }
    )

    assert found == {"both": "account", "address": "address"}


def test_any_number_of_addresses_is_one_query(db: None) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        suppression.standing([f"p{n}@maas{n}.example" for n in range(200)], range(1, 200))

    assert len(queries) == 1


def test_only_the_hash_is_needed_to_keep_someone_suppressed(thread: SimpleNamespace) -> None:
    row = suppression.suppress_address(thread.joost.email, reason="erased", by="the admin")
    Suppression.objects.filter(pk=row.pk).update(value="", contact=None)

    assert suppression.standing([thread.joost.email])
    assert thread.joost.email not in row.value_hash


def test_suppressing_twice_is_one_row_and_lifting_ends_it(ada: Any) -> None:
    first = suppression.suppress_address("a@b.example", reason="one", by=ada)
    second = suppression.suppress_address("A@B.example", reason="two", by=ada)
    assert first.pk == second.pk

    suppression.lift(first, by=ada)

    assert not suppression.standing(["a@b.example"])


def test_what_is_no_address_or_domain_is_refused(db: None) -> None:
    with pytest.raises(Refused):
        suppression.suppress_address("a@b.example, c@d.example", reason="x", by="x")
    with pytest.raises(Refused):
        suppression.suppress_domain("not a domain", reason="x", by="x")
