"""The admin with many rows: how many queries, what is said of how many, and what a selection is asked."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from benchmarks import big, big_work
from crm import paging
from crm.filters import among, people, people_of
from crm.models import Account, Contact, Event, Role, Suppression, User
from crm.services import accounts

ROWS = 400
BIG = ["crm_account", "crm_contact", "crm_membership", "crm_event", "prospecting_listentry", "prospecting_enrollment",
       "prospecting_touch", "prospecting_reply", "appointments_workitem", "crm_message", "crm_conversation"]  # fmt: skip


@pytest.fixture
def full(organisation: Any) -> None:
    """Hundreds of rows of the nouns that grow, from the generator of the benchmarks."""
    big.fill(ROWS, ROWS * 5)
    big_work.work(ROWS)


def asked(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200, url
    return len(queries)


def test_no_changelist_asks_more_than_eight_queries(full: None, adm: Any, as_: Any) -> None:
    client = as_(adm)

    counted = {noun: asked(client, reverse(f"admin:{noun}_changelist")) for noun in BIG}

    assert {noun: count for noun, count in counted.items() if count > 8} == {}


def test_a_narrowed_changelist_asks_no_more(full: None, adm: Any, as_: Any) -> None:
    client = as_(adm)

    counted = {
        query: asked(client, f"/admin/crm/account/?{query}") for query in ("q=kirkab", "rung=held", "closed=true")
    }

    assert max(counted.values()) <= 9


def test_no_form_of_a_noun_offers_a_box_of_all_accounts(full: None, adm: Any, as_: Any) -> None:
    client, pages = as_(adm), []
    for model in (Account, Suppression):
        pages.append(client.get(reverse(f"admin:crm_{model._meta.model_name}_add")).content.decode())
    pages.append(client.get("/admin/crm/membership/").content.decode())

    assert max(page.count("<option") for page in pages) < 60
    assert all("data-ajax--url" in page for page in pages)


def test_an_account_is_found_while_one_types(full: None, adm: Any, as_: Any) -> None:
    name = Account.objects.order_by("name").first().name
    where = {"app_label": "crm", "model_name": "membership", "field_name": "account", "term": name[:6]}

    answer = as_(adm).get("/admin/autocomplete/", where)

    assert name in [row["text"] for row in answer.json()["results"]]


def test_a_filter_of_an_account_keeps_whom_it_found(full: None, adm: Any, as_: Any) -> None:
    account = Account.objects.filter(memberships__isnull=False).first()

    page = as_(adm).get("/admin/crm/membership/", {"account": account.pk}).content.decode()

    assert f'<option value="{account.pk}" selected' in page


def test_a_selection_of_several_is_confirmed_by_its_number(full: None, adm: Any, as_: Any) -> None:
    client = as_(adm)
    rows = list(Account.objects.filter(closed_at__isnull=False)[:2]) or list(Account.objects.all()[:2])
    given = {"action": "reopen", "_selected_action": [row.pk for row in rows]}

    page = client.post("/admin/crm/account/", given).content.decode()

    assert f"{len(rows)} selected" in page
    assert not Event.objects.filter(kind="account.reopened").exists()


def test_all_that_fit_are_given_away_only_when_their_number_was_confirmed(
    full: None, ada: Any, adm: Any, as_: Any
) -> None:
    client, many = as_(adm), Account.objects.filter(country="GB").count()
    given = {"action": "assign_owner", "_selected_action": [1], "select_across": "1", "owner": ada.pk, "answered": "1"}

    wrong = client.post("/admin/crm/account/?country=GB", {**given, "many": many + 1}).content.decode()
    untouched = Account.objects.filter(owner=ada).count()
    client.post("/admin/crm/account/?country=GB", {**given, "many": many})

    assert f"All {many} that fit" in wrong
    assert untouched == 0
    assert Account.objects.filter(owner=ada).count() == many
    assert Event.objects.filter(kind="account.assigned", actor=adm).count() == many


def test_what_a_form_changed_stands_in_the_one_history(adm: Any, as_: Any) -> None:
    role = Role.objects.first()
    form = {"name": "Problem holder", "order": "1", "description": "Feels it."}

    as_(adm).post(f"/admin/crm/role/{role.pk}/change/", form)
    page = as_(adm).get(f"/admin/crm/role/{role.pk}/history/").content.decode()

    assert "Role edited" in page
    assert adm.name in page


def test_history_turns_its_pages(adm: Any, as_: Any, organisation: Any) -> None:
    account = accounts.create_account(name="Long story", by=adm)
    for number in range(60):
        Event.record("account.edited", by=adm, account=account, subject=account, why=f"change {number}")

    first = as_(adm).get(f"/admin/crm/account/{account.pk}/history/")
    second = as_(adm).get(f"/admin/crm/account/{account.pk}/history/", {"after": first.context["page"].next})

    assert len(first.context["timeline"]) == 50
    assert len(second.context["timeline"]) == 11


def test_every_noun_of_the_lists_has_its_admin() -> None:
    known = {model._meta.label for model in admin.site._registry}

    assert {
        "crm.Account", "crm.Contact", "crm.Membership", "crm.Role", "crm.TitleRule", "crm.Import", "crm.DuplicatePair", "crm.Merge",
        "prospecting.Segment", "prospecting.SegmentVersion", "prospecting.TargetList", "prospecting.ListEntry", "prospecting.Pin",
        "prospecting.Snapshot",
    } <= known  # fmt: skip
    assert Contact in admin.site._registry


def test_the_accounts_of_one_owner_come_straight_from_the_index_and_ask_no_more(full: None, as_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crm_account")
    owner = User.objects.get(email="person5@bench.example")
    own = Account.objects.filter(owner=owner)

    assert asked(as_(owner), f"/accounts/?owner={owner.pk}") <= 8
    found = paging.narrowed(own, keys=("name", "pk"))
    assert found.rows == list(own.order_by("name", "pk")[:50])
    assert found.said == str(own.count())


def test_an_index_that_must_pass_over_others_is_not_walked(full: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE crm_account")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    rows = Account.objects.all()

    assert paging.foreseen(rows.filter(owner=User.objects.get(email="person5@bench.example")), ("name", "pk"))[1]
    assert not paging.foreseen(rows.filter(employees__gte=3), ("name", "pk"))[1]


def test_whom_one_may_hand_to_is_the_same_of_people_already_read(full: None, adm: Any) -> None:
    everyone = list(people())

    for user in [adm, *everyone[:6]]:
        assert among(everyone, user) == list(people_of(user))
