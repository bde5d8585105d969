"""Role templates: which places of a list are filled, who is missing where, and how many roles nobody knows."""

from types import SimpleNamespace
from typing import Any

import pytest

from crm.errors import Refused
from crm.models import Account, Event, Membership, Role
from crm.services import contacts
from prospecting.filters import AccountFilter
from prospecting.queries import roles
from prospecting.services import role_templates, segments
from tests.prospecting.world import account_named, person_at, small_world


@pytest.fixture
def world(ada: Any) -> SimpleNamespace:
    """Maas Dekker knows both roles; Bare knows one of them."""
    world = small_world(ada)
    world.bare = account_named("Bare", owner=ada)
    person_at(world.bare, "Bea Bare", "approver")
    segments.refresh_list(world.segment)
    role_templates.set_template(world.segment, {"problem-owner": 1, "approver": 1}, by=ada)
    return world


def names(rows: Any) -> list[str]:
    return [row.account.name for row in rows]


def test_completeness_is_the_share_of_places_filled(world: SimpleNamespace) -> None:
    assert roles.completeness(world.segment) == {"percent": 75.0, "complete": 1, "members": 2, "places": 4, "filled": 3}


def test_a_guess_fills_no_place(world: SimpleNamespace) -> None:
    Membership.objects.filter(contact=world.joost).update(confidence="low")

    assert roles.completeness(world.segment)["filled"] == 2
    assert names(roles.missing(world.segment)) == ["Bare", "Maas Dekker"]


def test_more_people_than_required_fill_no_second_place(world: SimpleNamespace) -> None:
    person_at(world.account, "Jet Dekker", "problem-owner")

    assert roles.completeness(world.segment)["percent"] == 75.0


def test_two_people_may_be_required(world: SimpleNamespace, ada: Any) -> None:
    role_templates.set_template(world.segment, {"approver": 2}, by=ada)

    assert roles.completeness(world.segment)["percent"] == 50.0
    assert roles.fill(roles.missing(world.segment))[0]["missing"][0]["missing"] == 1


def test_without_a_template_nobody_is_missing(world: SimpleNamespace, ada: Any) -> None:
    role_templates.set_template(world.segment, {}, by=ada)

    assert roles.completeness(world.segment)["percent"] is None
    assert not roles.missing(world.segment).exists()


def test_the_worklist_says_who_is_missing_where(world: SimpleNamespace) -> None:
    (row,) = roles.fill(roles.missing(world.segment))

    assert (row["account"], [place["role"].slug for place in row["missing"]]) == (world.bare, ["problem-owner"])
    assert row["percent"] == 50


def test_the_worklist_narrows_by_role_and_owner(world: SimpleNamespace, ben: Any) -> None:
    approver = Role.objects.get(slug="approver")

    assert not roles.missing(world.segment, role=approver).exists()
    assert not roles.missing(world.segment, owner=ben).exists()
    assert names(roles.missing(owner=world.ada)) == ["Bare"]


def test_whoever_is_found_leaves_the_worklist(world: SimpleNamespace) -> None:
    person_at(world.bare, "Olga Bare", "problem-owner")

    assert not roles.missing(world.segment).exists()
    assert roles.completeness(world.segment)["complete"] == 2


def test_a_closed_account_is_nobodys_work(world: SimpleNamespace) -> None:
    Account.objects.filter(pk=world.bare.pk).update(closed_at=world.bare.created_at)

    assert not roles.missing(world.segment).exists()


def test_the_share_of_unknown_roles_counts_people(world: SimpleNamespace) -> None:
    contacts.add_contact(world.bare, by="the test", last_name="Nobody")

    assert roles.unknown_share(world.segment) == {"people": 4, "unknown": 1, "share": 0.25}


def test_cover_says_each_role_in_its_order(world: SimpleNamespace) -> None:
    found = [(row["slug"], row["filled"], row["missing"]) for row in roles.cover(world.segment)]

    assert found == [("problem-owner", 1, 1), ("approver", 2, 0)]


def test_the_account_list_filters_by_missing_role(world: SimpleNamespace) -> None:
    rows = AccountFilter({"missing_role": "problem-owner"}, queryset=Account.objects.all()).found()

    assert list(rows) == [world.bare]


def test_nobody_can_be_asked_to_find_the_unknown(world: SimpleNamespace, ada: Any) -> None:
    with pytest.raises(Refused, match="unknown"):
        role_templates.set_template(world.segment, {"unknown": 1}, by=ada)
    with pytest.raises(Refused, match="from 1 to 9"):
        role_templates.set_template(world.segment, {"approver": 99}, by=ada)


def test_a_page_of_the_worklist_costs_the_same_for_one_and_for_many(
    world: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    for number in range(20):
        account_named(f"Empty {number}", owner=world.ada)
    segments.refresh_list(world.segment)

    with django_assert_num_queries(3):
        assert len(roles.fill(roles.missing(world.segment)[:50])) == 21


def test_a_lead_sets_the_template_and_an_sdr_reads_it(as_: Any, ada: Any, ruth: Any, world: SimpleNamespace) -> None:
    path = f"/segments/{world.segment.pk}/roles/"
    assert as_(ada).post(f"{path}set/", {"role-legal": "1"}).status_code == 403

    as_(ruth).post(f"{path}set/", {"role-legal": "2", "role-approver": ""})

    assert dict(world.segment.roles_needed.values_list("role__slug", "required")) == {"legal": 2}
    assert "Legal × 2" in as_(ada).get(path).content.decode()


def test_a_template_starts_from_the_route(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    world.segment.roles_needed.all().delete()
    assert "Ask for one of each" in as_(ruth).get(f"/segments/{world.segment.pk}/roles/").content.decode()

    as_(ruth).post(f"/segments/{world.segment.pk}/roles/set/", {"route": "1"})

    assert set(world.segment.roles_needed.values_list("role__slug", flat=True)) == {"problem-owner", "approver"}


@pytest.mark.parametrize("typed", ["-1", "x", "1e9", "٣"])
def test_a_number_that_is_none_changes_nothing(as_: Any, ruth: Any, world: SimpleNamespace, typed: str) -> None:
    as_(ruth).post(f"/segments/{world.segment.pk}/roles/set/", {"role-approver": typed})

    assert world.segment.roles_needed.count() == 2


def test_the_worklist_page_offers_to_add_whom_it_misses(
    as_: Any, ada: Any, stranger: Any, world: SimpleNamespace
) -> None:
    page = as_(ada).get("/roles/missing/").content.decode()
    assert f"/accounts/{world.bare.pk}/people/new/?role=problem-owner" in page

    theirs = as_(stranger).get("/roles/missing/").content.decode()
    assert "Bare" in theirs and "people/new" not in theirs


def test_the_worklist_page_costs_the_same_for_many(
    as_: Any, world: SimpleNamespace, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        account_named(f"Empty {number}", owner=world.ada)
    segments.refresh_list(world.segment)
    client = as_(world.ada)

    with django_assert_max_num_queries(11):
        assert "Next" in client.get("/roles/missing/").content.decode()


def test_the_account_says_who_must_be_known(as_: Any, ada: Any, world: SimpleNamespace) -> None:
    page = as_(ada).get(f"/accounts/{world.bare.pk}/roles/").content.decode()

    assert "1 person to find" in page and "Bea Bare" in page


def test_the_api_sets_a_template_and_lists_who_is_missing(
    as_: Any, ada: Any, ruth: Any, world: SimpleNamespace
) -> None:
    row = as_(ada).get("/api/v1/missing-roles/?role=problem-owner").json()["results"]
    assert [(one["account"], one["missing"]) for one in row] == [
        (world.bare.pk, [{"role": "problem-owner", "people": 1}])
    ]

    path, body = f"/api/v1/role-templates/{world.segment.pk}/set/", {"roles": [{"role": "approver", "required": 1}]}
    assert as_(ada).post(path, body, content_type="application/json").status_code == 403
    answer = as_(ruth).post(path, body, content_type="application/json").json()

    assert (answer["completeness"]["percent"], as_(ada).get("/api/v1/missing-roles/").json()["results"]) == (100.0, [])


def test_an_admin_writes_the_template_by_its_verb(as_: Any, adm: Any, world: SimpleNamespace) -> None:
    path = f"/admin/prospecting/segment/{world.segment.pk}/change/"
    page = as_(adm).get(path)
    assert page.status_code == 200 and "Role template" in page.content.decode()

    sets = [one.formset for one in page.context["inline_admin_formsets"]]
    data = {"name": world.segment.name, "statement": world.segment.statement}
    for one in sets:
        data |= {f"{one.prefix}-{key}": value for key, value in one.management_form.initial.items()}
        for form in one.initial_forms:
            data |= {
                form.add_prefix(name): form[name].value() for name in form.fields if form[name].value() is not None
            }
    needed = next(one for one in sets if one.model.__name__ == "SegmentRole")
    data[needed.initial_forms[0].add_prefix("required")] = 3
    as_(adm).post(path, data)

    assert sorted(world.segment.roles_needed.values_list("required", flat=True)) == [1, 3]
    assert Event.objects.filter(kind="segment.roles_set").count() == 2


def test_a_rule_is_proposed_only_for_titles_that_a_rule_can_settle(world: SimpleNamespace, ada: Any) -> None:
    for number in range(2):
        person = contacts.add_contact(world.account, by=ada, first_name="Wim", last_name=f"W{number}", title="Wizard")
        told = contacts.add_contact(world.account, by=ada, first_name="Ann", last_name=f"T{number}", title="Teller")
        Membership.objects.filter(contact=person).update(source="title rules")
        Membership.objects.filter(contact=told).update(source="set by the matrix")

    found = roles.common_titles(roles.unknown_people(world.segment))

    assert [(one["words"], one["people"]) for one in found] == [("Wizard", 2)]
