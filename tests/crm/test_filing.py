"""Many put on file at once stand there as if they had come one by one."""

from typing import Any

import pytest
from django.db import transaction

from crm.errors import Refused
from crm.models import Account, Contact, Event, Membership
from crm.services import accounts, contacts, filing
from crm.services.filing import Newcomer

pytestmark = pytest.mark.django_db
COMPANIES = [
    {"name": "Maas Dekker B.V.", "domain": "maas-dekker.example", "country": "nl", "city": "Utrecht", "sites": 4},
    {"name": "Orsini Gelati", "domain": "www.orsini.example", "country": "IT", "phone": "06 1234567"},
]
PEOPLE: list[dict[str, Any]] = [
    {
        "role": "problem-owner",
        "email": "joost@maas-dekker.example",
        "title": "Head of operations",
        "evidence": "Said so.",
    },
    {"role": None, "email": "anouk@maas-dekker.example", "title": "Chief financial officer"},
    {"role": "approver", "email": "", "title": "Owner", "confidence": "low", "department": "Board"},
]
OWN = ("id", "subject_id", "account_id", "contact_id")


def one_by_one(by: Any) -> None:
    rows = [accounts.create_account(**company, by=by, source="Register") for company in COMPANIES]
    for row in rows:
        for n, one in enumerate(PEOPLE):
            email = one["email"].replace("@", f"{row.name[:1].lower()}@")
            contacts.add_contact(row, by=by, source="Register", first_name=f"P{n}", **{**one, "email": email})


def at_once(by: Any) -> None:
    rows = filing.create_accounts(COMPANIES, by=by, source="Register")
    people = [
        Newcomer(row, **{**one, "email": one["email"].replace("@", f"{row.name[:1].lower()}@")}, person={"first_name": f"P{n}"})
        for row in rows
        for n, one in enumerate(PEOPLE)
    ]  # fmt: skip
    filing.add_contacts(people, by=by, source="Register")


def on_file() -> list[Any]:
    found: list[Any] = []
    for model in (Account, Contact, Membership):
        found += [without_ids(row) for row in model.objects.order_by("pk").values()]
    kinds = ("account.created", "contact.added", "membership.started")
    return found + [
        without_ids(row) for kind in kinds for row in Event.objects.filter(kind=kind).order_by("pk").values()
    ]


def without_ids(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in OWN and not name.endswith("_at") and name != "at"}


def test_many_at_once_are_what_one_by_one_would_be(ada: Any) -> None:
    with transaction.atomic():
        one_by_one(ada)
        expected = on_file()
        transaction.set_rollback(True)

    at_once(ada)

    assert on_file() == expected


def test_it_takes_no_more_statements_for_many_than_for_a_few(ada: Any, django_assert_max_num_queries: Any) -> None:
    companies = [{"name": f"Store {n}", "domain": f"store-{n}.example"} for n in range(40)]

    with django_assert_max_num_queries(16):
        rows = filing.create_accounts(companies, by=ada)
        filing.add_contacts([Newcomer(row, email=f"p@{row.domain}", title="Owner") for row in rows], by=ada)

    assert Membership.objects.count() == 40


def test_whoever_is_on_file_already_is_used_again(ada: Any) -> None:
    [north, south] = filing.create_accounts(COMPANIES, by=ada)
    known = contacts.add_contact(north, by=ada, email="pia@maas-dekker.example")

    found = filing.add_contacts([Newcomer(south, email="Pia@Maas-Dekker.example", role="approver")] * 2, by=ada)

    assert found == [known, known]
    assert Contact.objects.count() == 1
    assert known.memberships.get(account=south).role.slug == "approver"


def test_a_number_that_is_taken_refuses_them_all(ada: Any) -> None:
    accounts.create_account(name="Taken", external_id="A1", by=ada)

    with pytest.raises(Refused, match="already has the number A1"):
        filing.create_accounts([{"name": "Free"}, {"name": "Late", "external_id": "A1"}], by=ada)
    with pytest.raises(Refused, match="already has the number A2"):
        filing.create_accounts([{"name": name, "external_id": "A2"} for name in ("One", "Two")], by=ada)

    assert Account.objects.count() == 1


def test_one_bad_address_leaves_nothing_half_done(ada: Any) -> None:
    [row, _] = filing.create_accounts(COMPANIES, by=ada)

    with pytest.raises(Refused):
        filing.add_contacts([Newcomer(row, email="fine@fine.example"), Newcomer(row, email="not an address")], by=ada)

    assert not Contact.objects.exists()
