"""Proposals that two records are one: found, put before whoever may decide, decided, undone."""

from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection

from crm.errors import Refused
from crm.models import Account, Contact, DuplicatePair, Event, Merge
from crm.services import accounts, candidates, contacts, duplicates, merging


@pytest.fixture
def two(ada: Any) -> list[Account]:
    told = {"domain": "maasdekker.example", "city": "Utrecht", "by": ada}
    return [accounts.create_account(name=name, **told) for name in ("Maas & Dekker B.V.", "Maas en Dekker")]


@pytest.fixture
def pair(two: list[Account]) -> DuplicatePair:
    duplicates.find_duplicates("accounts")
    return DuplicatePair.objects.get()


@pytest.fixture
def people(ada: Any) -> list[Contact]:
    account = accounts.create_account(name="Maas", owner=ada, by=ada)
    told = {"last_name": "Dekker", "phone": "030 123 4567", "country": "NL", "by": ada}
    return [
        contacts.add_contact(account, first_name=name, email=f"{name.lower()}@maas.example", **told)
        for name in ("Joost", "Jost")
    ]


def people_pair(people: list[Contact]) -> DuplicatePair:
    duplicates.propose("contacts", [(people[0].pk, people[1].pk, "likely", 0.93, ["similar name", "same phone"])])
    return DuplicatePair.objects.get()


# Finding


def test_records_that_may_be_one_are_proposed_with_their_evidence_and_nothing_is_merged(
    pair: DuplicatePair, two: list[Account]
) -> None:
    assert (pair.low_id, pair.high_id, pair.band, pair.state) == (two[0].pk, two[1].pk, "likely", "proposed")
    assert "same domain" in pair.evidence
    assert Account.objects.count() == 2
    assert Event.objects.get(kind="duplicates.searched").facts["new"] == 1


def test_people_are_found_by_phone_and_spelling(people: list[Contact]) -> None:
    report = duplicates.find_duplicates("contacts")

    assert (report["new"], set(DuplicatePair.objects.get().evidence)) == (
        1,
        {"similar name", "same phone", "same company", "similar mail address"},
    )


def test_a_second_search_proposes_nothing_twice_and_reopens_nothing(pair: DuplicatePair, ruth: Any) -> None:
    duplicates.keep_apart(pair, by=ruth)

    assert duplicates.find_duplicates("accounts")["new"] == 0
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("different", ruth)


def test_what_waits_says_what_the_last_search_knows_and_what_was_decided_stays(pair: DuplicatePair, ruth: Any) -> None:
    said = (pair.low_id, pair.high_id)
    duplicates.propose("accounts", [(*said, "likely", 0.7, ["similar name"])])
    pair.refresh_from_db()
    assert (pair.score, pair.evidence) == (0.7, ["similar name"])

    duplicates.keep_apart(pair, by=ruth)
    duplicates.propose("accounts", [(*said, "same", 1.0, [])])
    pair.refresh_from_db()
    assert (pair.state, pair.score) == ("different", 0.7)


def test_a_group_too_large_to_compare_is_said(ada: Any) -> None:
    Account.objects.bulk_create(
        Account(
            name=f"Site {n}",
            name_norm=f"site {n}",
            phone="1",
            phone_norm="+31301234567",
            created_at=Event.record("x").at,
        )
        for n in range(40)
    )

    report = duplicates.find_duplicates("accounts")

    assert "40 share their phone" in report["left_out"][0]


def test_records_from_before_get_their_normal_forms(two: list[Account], people: list[Contact]) -> None:
    Account.objects.update(phone="030 765 4321", country="NL", street="Hauptstraße 5", phone_norm="", address_norm="")
    Contact.objects.update(name_norm="", phone_norm="")

    assert duplicates.fill_normal_forms() == 5
    assert set(Account.objects.filter(domain="maasdekker.example").values_list("phone_norm", "address_norm")) == {
        ("+31307654321", "hauptst 5||utrecht")
    }
    assert Contact.objects.get(first_name="Jost").name_norm == "dekker jost"
    assert duplicates.fill_normal_forms() == 0


def test_a_decided_pair_is_not_decided_again(pair: DuplicatePair, ruth: Any) -> None:
    duplicates.keep_apart(pair, by=ruth)

    with pytest.raises(Refused, match="decided already"):
        duplicates.keep_apart(pair, by=ruth)


# The queue


def test_a_lead_sees_two_accounts_side_by_side_and_merges_them_as_chosen(
    pair: DuplicatePair, two: list[Account], ruth: Any, as_: Any
) -> None:
    client = as_(ruth)
    page = client.get("/duplicates/").content.decode()
    assert "Maas en Dekker" in page
    assert "same domain" in page.lower()

    said = client.post(f"/duplicates/{pair.pk}/merge/", {"keep": two[0].pk, "choose_name": two[1].pk})

    kept = Account.objects.get()
    assert (said.status_code, kept.pk, kept.name) == (302, two[0].pk, "Maas en Dekker")
    pair.refresh_from_db()
    assert pair.state == "merged"


def test_the_old_address_leads_to_the_record_that_stayed(
    pair: DuplicatePair, two: list[Account], ruth: Any, as_: Any
) -> None:
    merging.merge(two[0], two[1], by=ruth)

    assert as_(ruth).get(f"/accounts/{two[1].pk}/")["Location"] == f"/accounts/{two[0].pk}/"
    assert as_(ruth).get("/accounts/999999/").status_code == 404


def test_a_merge_and_a_keeping_apart_are_undone_from_their_toast(pair: DuplicatePair, ruth: Any, as_: Any) -> None:
    client = as_(ruth)
    client.post(f"/duplicates/{pair.pk}/merge/", {})
    client.post(f"/duplicates/merged/{Merge.objects.get().pk}/undo/")
    assert Account.objects.count() == 2

    client.post(f"/duplicates/{pair.pk}/apart/")
    assert DuplicatePair.objects.get().state == "different"
    client.post(f"/duplicates/{pair.pk}/again/")
    assert DuplicatePair.objects.get().state == "proposed"


def test_skipping_shows_the_next_pair_and_forgets_none(ada: Any, ruth: Any, as_: Any) -> None:
    made = [accounts.create_account(name=f"Company {n}", by=ada) for n in range(4)]
    duplicates.propose(
        "accounts", [(made[0].pk, made[1].pk, "likely", 0.99, []), (made[2].pk, made[3].pk, "likely", 0.9, [])]
    )
    client = as_(ruth)
    first = client.get("/duplicates/")

    second = client.get("/duplicates/", {"kind": "accounts", "after": first.context["skip"]})

    assert [first.context["pair"].score, second.context["pair"].score] == [0.99, 0.9]
    assert (
        "skipped" in client.get("/duplicates/", {"kind": "accounts", "after": second.context["skip"]}).content.decode()
    )


def test_an_undo_comes_back_to_the_pair_and_the_queue_goes_on_from_there(ada: Any, ruth: Any, as_: Any) -> None:
    made = [accounts.create_account(name=f"Company {n}", by=ada) for n in range(4)]
    duplicates.propose(
        "accounts", [(made[0].pk, made[1].pk, "likely", 0.99, []), (made[2].pk, made[3].pk, "likely", 0.9, [])]
    )
    client = as_(ruth)
    skip = client.get("/duplicates/").context["skip"]
    second = client.get("/duplicates/", {"kind": "accounts", "after": skip}).context["pair"]

    page = client.post(f"/duplicates/{second.pk}/merge/", {"after": skip}, follow=True).content.decode()
    undo = next(action for part in page.split('action="') if "/undo/" in (action := unescape(part.split('"')[0])))
    back = client.post(undo)

    assert back["Location"] == f"/duplicates/{second.pk}/?{urlencode({'after': skip})}"
    assert f'name="after" value="{skip}"' in client.get(back["Location"]).content.decode()


def test_an_undo_of_a_merge_that_nobody_proposed_comes_back_to_the_record(
    two: list[Account], ruth: Any, as_: Any
) -> None:
    merge = merging.merge(two[0], two[1], by=ruth)

    assert as_(ruth).post(f"/duplicates/merged/{merge.pk}/undo/")["Location"] == f"/accounts/{two[1].pk}/"


def test_who_is_no_lead_merges_no_accounts(pair: DuplicatePair, two: list[Account], ada: Any, as_: Any) -> None:
    client = as_(ada)

    assert client.post(f"/duplicates/{pair.pk}/merge/").status_code == 404
    assert client.get(f"/accounts/{two[0].pk}/merge/").status_code == 403
    assert Account.objects.count() == 2


def test_people_are_merged_by_those_who_may_change_both_and_unknown_to_a_stranger(
    people: list[Contact], ada: Any, stranger: Any, as_: Any
) -> None:
    pair = people_pair(people)
    for address in (f"/duplicates/{pair.pk}/", f"/people/{people[0].pk}/merge/"):
        assert as_(stranger).get(address).status_code == 404
    for what in ("merge", "apart"):
        assert as_(stranger).post(f"/duplicates/{pair.pk}/{what}/").status_code == 404

    assert "Jost" in as_(ada).get("/duplicates/?kind=contacts").content.decode()
    as_(ada).post(f"/duplicates/{pair.pk}/merge/", {"keep": people[0].pk})

    assert Contact.objects.filter(last_name="Dekker").get() == people[0]
    merge = Merge.objects.get()
    assert as_(stranger).post(f"/duplicates/merged/{merge.pk}/undo/").status_code == 404


def test_any_two_are_merged_from_the_page_of_one(two: list[Account], ruth: Any, as_: Any) -> None:
    client = as_(ruth)
    address = f"/accounts/{two[0].pk}/merge/"
    assert "Maas en Dekker" in client.get(address, {"q": "maas en"}).content.decode()
    assert "differs" in client.get(address, {"with": two[1].pk}).content.decode()
    assert client.get(address, {"with": "9" * 30}).status_code == 404

    client.post(address, {"with": two[1].pk, "keep": two[1].pk})

    assert Account.objects.get() == two[1]


def test_the_queue_asks_as_often_for_two_pairs_as_for_ten(
    ada: Any, ruth: Any, as_: Any, django_assert_max_num_queries: Any
) -> None:
    made = [accounts.create_account(name=f"Company {n}", by=ada) for n in range(20)]
    pairs = [(a.pk, b.pk, "likely", 0.9, []) for a, b in zip(made[::2], made[1::2], strict=True)]
    client = as_(ruth)
    duplicates.propose("accounts", pairs[:2])
    client.get("/duplicates/")

    duplicates.propose("accounts", pairs)
    with django_assert_max_num_queries(25):
        assert len(client.get("/duplicates/").context["page"].rows) == 10


# The API and the admin


def test_the_api_lists_merges_keeps_apart_and_undoes(
    pair: DuplicatePair, two: list[Account], ruth: Any, ada: Any, stranger: Any, as_: Any
) -> None:
    client = as_(ruth)
    listed = client.get("/api/v1/duplicates/", {"kind": "accounts", "state": "proposed"}).json()
    assert [row["id"] for row in listed["results"]] == [pair.pk]

    merge = client.post(
        f"/api/v1/duplicates/{pair.pk}/merge/",
        {"keep": two[1].pk, "choose": {"name": "gone"}},
        content_type="application/json",
    )
    assert (merge.status_code, merge.json()["kept_id"]) == (200, two[1].pk)
    assert as_(stranger).post(f"/api/v1/merges/{merge.json()['id']}/undo/").status_code == 404
    assert client.post(f"/api/v1/merges/{merge.json()['id']}/undo/", content_type="application/json").status_code == 200
    assert (
        client.post(f"/api/v1/duplicates/{pair.pk}/keep-apart/", content_type="application/json").json()["state"]
        == "different"
    )
    assert client.post(f"/api/v1/duplicates/{pair.pk}/keep-apart/", content_type="application/json").status_code == 409
    assert as_(ada).get(f"/api/v1/duplicates/{pair.pk}/").status_code == 404


def test_the_api_merges_any_two(two: list[Account], ruth: Any, ada: Any, as_: Any) -> None:
    body = {"kind": "accounts", "kept": two[0].pk, "gone": two[1].pk}
    assert as_(ada).post("/api/v1/merges/", body, content_type="application/json").status_code == 403

    assert as_(ruth).post("/api/v1/merges/", body, content_type="application/json").status_code == 201
    assert Account.objects.get() == two[0]


def test_the_admin_merges_keeps_apart_and_undoes_by_the_same_verbs(
    pair: DuplicatePair, two: list[Account], adm: Any, as_: Any
) -> None:
    client = as_(adm)
    pairs, merges = "/admin/crm/duplicatepair/", "/admin/crm/merge/"
    client.post(pairs, {"action": "merge", "_selected_action": [pair.pk]})
    assert Account.objects.get() == two[0]
    client.post(merges, {"action": "undo", "_selected_action": [Merge.objects.get().pk]})
    assert Account.objects.count() == 2

    client.post(pairs, {"action": "keep_apart", "_selected_action": [pair.pk]})

    pair.refresh_from_db()
    assert pair.state == "different"


def test_a_key_that_takes_too_long_is_named_and_hurries_nothing_after_it(db: None) -> None:
    search = candidates.Search("accounts", patience=0.05)

    found = candidates._in_time(search, "name", "SELECT 1, 0, 0 FROM pg_sleep(5)")
    kept = candidates._in_time(search, "phone", "SELECT 7, 0, 0")

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone() == ("0",)
    assert (found, kept) == ((0, 0, 0), (7, 0, 0))
    assert search.left_out == ["By their name nobody was compared: it took longer than 0.05 s."]
