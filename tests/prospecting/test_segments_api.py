"""Segments and their lists through the API: the same verbs, the same filters, the same refusals."""

from typing import Any

from rest_framework.test import APIClient

from prospecting.models import ListEntry, Pin
from tests.prospecting.world import account_named


def api(user: Any) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def test_members_are_paged_and_narrowed_by_the_filters_of_the_page(world: Any, ruth: Any) -> None:
    account_named("Frost", owner=ruth)
    url = f"/api/v1/segments/{world.segment.pk}"
    api(ruth).post(f"{url}/refresh/")

    everyone = api(ruth).get(f"{url}/members/", {"page_size": 1}).json()
    found = api(ruth).get(f"{url}/members/", {"q": "frost", "look": "free"}).json()["results"]
    strange = api(ruth).get(f"{url}/members/", {"account__owner__password": "x"})

    assert (len(everyone["results"]), bool(everyone["next"])) == (1, True)
    assert [row["entered_reason"] for row in found] == ["fits the rule of v1"]
    assert strange.status_code == 400


def test_a_pin_with_its_last_day_is_set_and_let_go(world: Any, ruth: Any) -> None:
    url = f"/api/v1/segments/{world.segment.pk}/pins/"
    given = {"account": world.account.pk, "kind": "exclude", "reason": "A customer.", "expires_on": "2026-07-01"}

    refused = api(world.ada).post(url, given, format="json")
    made = api(ruth).post(url, given, format="json")
    listed = api(ruth).get(url, {"kind": "exclude"}).json()["results"]
    gone = ListEntry.objects.filter(left_at=None).count()
    api(ruth).post(f"/api/v1/pins/{made.json()['id']}/release/")

    assert (refused.status_code, made.status_code, made.json()["expires_on"]) == (403, 201, "2026-07-01")
    assert ([row["id"] for row in listed], gone) == ([made.json()["id"]], 0)
    assert not Pin.objects.exists()
    assert ListEntry.objects.filter(left_at=None).count() == 1


def test_a_snapshot_is_taken_and_read(world: Any, ruth: Any) -> None:
    url = f"/api/v1/segments/{world.segment.pk}/snapshots/"

    made = api(ruth).post(url, {"name": "Before June"}, format="json").json()
    again = api(ruth).post(url, {"name": "Before June"}, format="json")
    rows = api(world.ada).get(f"/api/v1/snapshots/{made['id']}/entries/").json()["results"]

    assert (made["members"], again.status_code) == (1, 409)
    assert [row["name"] for row in rows] == ["Maas Dekker"]


def test_why_an_account_is_on_the_list_is_said_term_by_term(world: Any) -> None:
    answer = api(world.ada).post(
        f"/api/v1/segments/{world.segment.pk}/why/", {"account": world.account.pk}, format="json"
    ).json()  # fmt: skip

    assert (answer["on_list"], answer["fits"]) == (True, True)
    assert answer["terms"] == [
        {"text": 'industry = "Cold storage"', "field": "industry", "holds": True, "own": "Cold storage"}
    ]


def test_the_order_and_the_words_are_changed_by_leads_only(world: Any, ruth: Any) -> None:
    url = f"/api/v1/segments/{world.segment.pk}"

    refused = [
        api(world.ada).patch(f"{url}/", {"name": "Mine"}, format="json").status_code,
        api(world.ada).post(f"{url}/place/", {"place": 1}, format="json").status_code,
        api(world.ada).post(f"{url}/schedule/", {"every_hours": 1}, format="json").status_code,
    ]
    renamed = api(ruth).patch(f"{url}/", {"name": "Cold stores"}, format="json").json()
    placed = api(ruth).post(f"{url}/place/", {"place": 5}, format="json").json()

    assert refused == [403, 403, 403]
    assert (renamed["name"], renamed["statement"], placed["priority"]) == ("Cold stores", "Operations decides.", 1)


def test_every_run_over_a_list_is_kept(world: Any, ruth: Any) -> None:
    api(ruth).post(f"/api/v1/segments/{world.segment.pk}/refresh/")

    runs = api(ruth).get("/api/v1/list-refreshes/", {"segment": world.segment.pk}).json()["results"]

    assert [(run["asked_by"], run["entered"], run["members"]) for run in runs] == [("Ruth", 0, 1), ("v1 in use", 1, 1)]


def test_a_bad_rule_is_answered_with_its_place(world: Any, ruth: Any) -> None:
    rules = {"rule": "sites > 1 and colour = 2", "route_version": world.route.pk}

    answer = api(ruth).post(f"/api/v1/segments/{world.segment.pk}/draft/", rules, format="json")

    assert answer.status_code == 409
    assert "Line 1, character 15" in str(answer.json())
