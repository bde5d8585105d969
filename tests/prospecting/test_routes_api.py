"""Routes, variants and what was learned through the API and the admin: the same verbs, the same refusals."""

from typing import Any

from rest_framework.test import APIClient

from prospecting.models import Route, RouteVariant
from prospecting.services import routes, variants

OWNER = {"name": "Owner", "roles": ["problem-owner"], "gate": {"start": {}}}
SIGNS = {"name": "Signs", "roles": ["approver"], "gate": {"silence": {"touches": 2, "working_days": 3}}}


def api(user: Any) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def posted(user: Any, path: str, body: Any = None) -> Any:
    return api(user).post(f"/api/v1/{path}", body or {}, format="json")


def test_a_draft_says_what_is_wrong_what_it_changes_and_whom_it_touches(world: Any, ruth: Any) -> None:
    itself = {**SIGNS, "gate": {"silence": {"touches": 1, "stage": 2}}}
    made = posted(ruth, f"routes/{world.route.route_id}/draft/", {"stages": [OWNER, itself]}).json()
    refused = posted(ruth, f"routes/{world.route.route_id}/publish/", {"reason": "x"})

    assert [(one["stage"], one["blocks"]) for one in made["problems"]] == [(2, True)]
    assert made["changes"][0] == "Stage 1 is called Owner instead of Problem owner."
    assert made["effect"][0] == "Nobody is in flight on this route."
    assert (refused.status_code, "waits for itself" in refused.json()["detail"]) == (409, True)


def test_a_draft_is_put_to_use_with_a_reason_or_thrown_away(world: Any, ruth: Any) -> None:
    path = f"routes/{world.route.route_id}"
    posted(ruth, f"{path}/draft/", {"stages": [OWNER]})
    silent = posted(ruth, f"{path}/publish/", {})
    gone = posted(ruth, f"{path}/discard/")
    nothing = posted(ruth, f"{path}/discard/")
    posted(ruth, f"{path}/draft/", {"stages": [OWNER, SIGNS], "departments_out": ["Marketing"]})
    used = posted(ruth, f"{path}/publish/", {"reason": "shorter"})

    assert (silent.status_code, gone.status_code, nothing.status_code) == (400, 200, 409)
    assert (used.json()["state"], used.json()["number"], used.json()["reason"]) == ("published", 3, "shorter")


def test_a_gate_nobody_could_read_is_refused_and_nothing_is_kept(world: Any, ruth: Any) -> None:
    deep: Any = {"start": {}}
    for _ in range(40):
        deep = {"any": [deep]}
    for gate in ({"moon": {}}, {"silence": {"touches": "abc"}}, {"timing": {"from": "x"}}, {"start": {"x": 1}}, deep):
        answer = posted(ruth, f"routes/{world.route.route_id}/draft/", {"stages": [OWNER, {**SIGNS, "gate": gate}]})
        assert answer.status_code in (400, 409), gate
    assert routes.draft_of(world.route.route) is None


def test_a_route_is_renamed(world: Any, ruth: Any) -> None:
    answer = api(ruth).patch(f"/api/v1/routes/{world.route.route_id}/", {"name": "Plant first"}, format="json")

    assert answer.json()["name"] == "Plant first"
    assert Route.objects.get().name == "Plant first"


def test_variants_are_made_placed_changed_and_removed(world: Any, ruth: Any) -> None:
    given = {"segment": world.segment.pk, "name": "Big", "condition": "sites > 9", "route_version": world.route.pk}
    first = posted(ruth, "route-variants/", given).json()
    second = posted(ruth, "route-variants/", {**given, "name": "Bigger"}).json()
    posted(ruth, f"route-variants/{second['id']}/place/", {"place": 1})
    api(ruth).patch(f"/api/v1/route-variants/{first['id']}/", {"condition": "sites > 3"}, format="json")
    taken = posted(ruth, "route-variants/", {**given, "name": "BIG"})
    listed = api(ruth).get("/api/v1/route-variants/", {"segment": world.segment.pk}).json()["results"]
    removed = posted(ruth, f"route-variants/{first['id']}/remove/")

    assert {row["name"]: (row["order"], row["condition"]) for row in listed} == {
        "Bigger": (1, "sites > 9"), "Big": (2, "sites > 3"),
    }  # fmt: skip
    assert (taken.status_code, removed.status_code, RouteVariant.objects.get().name) == (409, 200, "Bigger")


def test_which_route_an_account_takes_is_said_with_why(world: Any, ruth: Any) -> None:
    variants.add_variant(world.segment, name="Big", condition="sites > 9", route_version=world.route, by=ruth)
    said = posted(world.ada, f"segments/{world.segment.pk}/route-of/", {"account": world.account.pk}).json()["choices"]

    assert [(one["name"], one["taken"]) for one in said] == [("Big", False), ("Everyone else", True)]
    assert said[0]["terms"] == [{"text": "sites > 9", "holds": False, "own": "4"}]


def test_what_a_route_taught_us_is_asked_for_a_cut(world: Any) -> None:
    path = f"routes/{world.route.route_id}/learning/"
    whole = posted(world.ada, path).json()
    cut = posted(world.ada, path, {"version": 1, "segment": world.segment.pk})
    strange = posted(world.ada, path, {"colour": "red"})

    assert whole["verdict"] == "Nobody was written to on this route yet."
    assert (cut.status_code, strange.status_code) == (200, 400)


def test_an_sdr_reads_and_changes_nothing(world: Any, ruth: Any) -> None:
    row = variants.add_variant(world.segment, name="Big", condition="sites > 9", route_version=world.route, by=ruth)
    version = api(world.ada).get(f"/api/v1/route-versions/{world.route.pk}/")
    refused = [
        posted(world.ada, path).status_code
        for path in (f"routes/{world.route.route_id}/discard/", f"route-variants/{row.pk}/remove/", "route-variants/",
                     f"route-variants/{row.pk}/place/", f"routes/{world.route.route_id}/publish/")
    ]  # fmt: skip

    assert version.json()["problems"] == []
    assert refused == [403] * 5


def test_a_role_in_use_is_not_taken_away_by_anyone(world: Any, ruth: Any, adm: Any) -> None:
    role = api(adm).get("/api/v1/roles/").json()["results"]
    approver = next(row["id"] for row in role if row["slug"] == "approver")

    assert posted(ruth, f"roles/{approver}/remove/").status_code == 403
    answer = posted(adm, f"roles/{approver}/remove/")
    assert answer.status_code == 409
    assert "routes write to it: Ops-led" in answer.json()["detail"]


def test_the_admin_publishes_with_a_reason_and_removes_variants(world: Any, ruth: Any, adm: Any, as_: Any) -> None:
    routes.draft(world.route.route, [OWNER, SIGNS], by=ruth)
    row = variants.add_variant(world.segment, name="Big", condition="sites > 9", route_version=world.route, by=ruth)
    client, admin = as_(adm), "/admin/prospecting"
    asked = client.post(f"{admin}/route/", {"action": "publish", "_selected_action": [world.route.route_id]})
    said = {"answered": "1", "reason": "shorter", "lead_variants": "on"}
    client.post(f"{admin}/route/", {"action": "publish", "_selected_action": [world.route.route_id], **said})
    row.refresh_from_db()
    shown = client.get(f"{admin}/routeversion/{row.route_version_id}/change/").content.decode()
    wrong = client.post(
        f"{admin}/routevariant/{row.pk}/change/",
        {"name": "Big", "condition": "sitez > 1", "route_version": row.route_version_id},
    )
    client.post(f"{admin}/routevariant/", {"action": "remove", "_selected_action": [row.pk]})

    assert "Publish the draft" in asked.content.decode()
    assert (row.route_version.number, row.route_version.reason) == (2, "shorter")
    assert "Stage 1 is called Owner instead of Problem owner." in shown
    assert "sitez" in wrong.content.decode()
    assert not RouteVariant.objects.exists()
