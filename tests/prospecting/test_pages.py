"""The pages of lead generation: rule, route, sequence, enrollment, sending and the way out of it."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import links
from crm.models import Account, Event, Suppression
from prospecting.models import Enrollment, Route, RouteVersion, Segment, Touch
from prospecting.services import routes, segments, sequences
from tests.prospecting.world import account_named, enrolled, person_at

PAGES = ["/segments/", "/segments/fields/", "/routes/", "/sequences/", "/sending/", "/sending/?tab=sent",
         "/sending/?tab=tasks", "/sending/?tab=uncertain", "/sending/?tab=paused", "/enroll/"]  # fmt: skip


def queries_of(client: Any, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_a_member_and_sends_others_to_sign_in(
    as_: Any, client: Any, world: SimpleNamespace, path: str
) -> None:
    assert as_(world.ada).get(path).status_code == 200
    assert client.get(path).status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/segments/{s}/",
        "/segments/{s}/list/",
        "/routes/{r}/",
        "/sequences/{q}/",
        "/accounts/{a}/enroll/",
        "/accounts/{a}/route/",
        "/accounts/{a}/why/",
    ],
)
def test_the_page_of_each_noun_opens(as_: Any, world: SimpleNamespace, path: str) -> None:
    enrolled(world)
    path = path.format(s=world.segment.pk, r=world.route.route_id, q=world.sequence.sequence_id, a=world.account.pk)

    assert as_(world.ada).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/segments/{s}/list/", "/sending/", "/segments/", "/routes/", "/sequences/"])
def test_a_list_asks_no_more_when_it_holds_more(as_: Any, world: SimpleNamespace, path: str) -> None:
    path, client = path.format(s=world.segment.pk), as_(world.ada)
    enrolled(world)
    few = queries_of(client, path)
    for n in range(6):
        account = account_named(f"Frost {n}", owner=world.ada)
        person_at(account, "Ann Frost", "problem-owner")
        routes.create_route(f"Route {n}", by=world.ada)
        sequences.create_sequence(f"Sequence {n}", by=world.ada)
    segments.refresh_list(world.segment)
    for frost in Account.objects.filter(name__startswith="Frost"):
        enrolled(world, frost)

    assert queries_of(client, path) == few


def test_a_bad_rule_comes_back_with_its_place_and_what_was_typed(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    form = {"rule": 'industri = "Cold storage"', "when_rule": "", "route_version": world.route.pk}
    answer = as_(ruth).post(f"/segments/{world.segment.pk}/draft/", form)

    assert answer.status_code == 422
    assert "Line 1" in answer.content.decode()
    assert "industri" in answer.content.decode()
    assert segments.draft_of(world.segment) is None


def test_a_draft_shows_who_would_leave_and_changes_nothing(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    form = {"rule": 'industry = "Bakery"', "when_rule": "", "route_version": world.route.pk}
    as_(ruth).post(f"/segments/{world.segment.pk}/draft/", form)
    page = as_(ruth).get(f"/segments/{world.segment.pk}/")

    assert page.context["run"].leaves == 1
    assert world.segment.target_list.entries.filter(left_at=None).count() == 1


def test_using_a_draft_asks_why_and_what_is_expected(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    segments.draft(world.segment, rule="sites > 2", route_version=world.route, by=ruth)
    refused = as_(ruth).post(f"/segments/{world.segment.pk}/publish/", {"reason": "wider"})
    as_(ruth).post(f"/segments/{world.segment.pk}/publish/", {"reason": "wider", "expected": "twice as many"})

    assert refused.status_code == 422
    assert segments.current_version(world.segment).number == 2


@pytest.mark.parametrize(
    "path",
    [
        "/segments/new/",
        "/segments/{s}/draft/",
        "/segments/{s}/publish/",
        "/segments/{s}/pins/",
        "/routes/new/",
        "/sequences/new/",
        "/texts/new/",
    ],
)
def test_an_sdr_reads_master_data_and_does_not_change_it(as_: Any, world: SimpleNamespace, path: str) -> None:
    assert as_(world.ada).post(path.format(s=world.segment.pk), {}).status_code == 403


def test_a_segment_is_written_in_one_form(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    form = {
        "name": "Bakeries",
        "statement": "Production decides.",
        "rule": 'industry = "Bakery"',
        "route_version": world.route.pk,
    }
    answer = as_(ruth).post("/segments/new/", form)

    assert answer.status_code == 302
    assert Segment.objects.get(name="Bakeries").versions.get().state == "draft"


def test_a_route_is_drawn_stage_by_stage_and_put_to_use(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    client, route = as_(ruth), Route.objects.create(name="New", created_at=world.segment.created_at)
    form = {
        "form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 0,
        "form-0-roles": ["problem-owner"], "form-0-opens_on": ["start"], "form-0-min_people": 1, "form-0-max_people": 1, "form-0-patience_days": 10, "form-0-ORDER": 1, "form-0-together": "any",
        "form-1-roles": ["approver"], "form-1-opens_on": ["silence", "meeting_held"], "form-1-touches": 2, "form-1-working_days": 5, "form-1-min_people": 1, "form-1-max_people": 2, "form-1-patience_days": 10, "form-1-ORDER": 2, "form-1-together": "any",
    }  # fmt: skip
    client.post(f"/routes/{route.pk}/draft/", form)
    client.post(f"/routes/{route.pk}/publish/", {"reason": "first"})
    version = RouteVersion.objects.get(route=route)

    assert version.state == "published"
    assert version.stages.get(order=2).gate == {
        "any": [{"silence": {"touches": 2, "working_days": 5}}, {"meeting_held": {}}]
    }


def test_enrolling_first_shows_what_would_happen(as_: Any, world: SimpleNamespace) -> None:
    chosen = {"segment": world.segment.pk, "sequence_version": world.sequence.pk, "prospector": world.ada.pk}
    seen = as_(world.ada).get(f"/accounts/{world.account.pk}/enroll/", chosen)

    assert seen.context["preview"].starts == [world.account]
    assert not Enrollment.objects.exists()


def test_enrolling_starts_the_walk_and_plans_the_first_touch(as_: Any, world: SimpleNamespace) -> None:
    chosen = {"segment": world.segment.pk, "sequence_version": world.sequence.pk, "prospector": world.ada.pk}
    answer = as_(world.ada).post(f"/accounts/{world.account.pk}/enroll/", chosen)

    assert answer.status_code == 302
    assert Enrollment.objects.get().prospector == world.ada
    assert Touch.objects.get().contact == world.joost


def test_a_stranger_enrolls_nobody_of_another_team(as_: Any, stranger: Any, world: SimpleNamespace) -> None:
    chosen = {"segment": world.segment.pk, "sequence_version": world.sequence.pk, "prospector": stranger.pk}
    one = as_(stranger).post(f"/accounts/{world.account.pk}/enroll/", chosen)
    as_(stranger).post("/enroll/", {**chosen, "account": world.account.pk})

    assert one.status_code == 404
    assert not Enrollment.objects.exists()


def test_a_stranger_moves_no_walk_and_logs_no_touch(as_: Any, stranger: Any, world: SimpleNamespace) -> None:
    walk = enrolled(world)
    touch = Touch.objects.get()

    assert as_(stranger).post(f"/enrollments/{walk.pk}/pause/", {"why": "x"}).status_code == 404
    assert as_(stranger).post(f"/touches/{touch.pk}/log/", {"outcome": "x"}).status_code == 404
    assert as_(stranger).post(f"/touches/{touch.pk}/settle/", {"to": "sent"}).status_code == 404


def test_a_stage_is_opened_by_hand_with_a_reason(as_: Any, stranger: Any, world: SimpleNamespace) -> None:
    walk = enrolled(world)
    visit = walk.visits.get(stage__order=2)
    form = {"visit": visit.pk, "why": "they asked for him"}
    refused = as_(stranger).post(f"/enrollments/{walk.pk}/stages/open/", form)
    as_(world.ada).post(f"/enrollments/{walk.pk}/stages/open/", form)
    visit.refresh_from_db()

    assert refused.status_code == 404
    assert visit.state == "open"


def test_a_rest_pauses_the_walk_and_its_end_brings_it_back(as_: Any, world: SimpleNamespace) -> None:
    walk, client = enrolled(world), as_(world.ada)
    client.post(f"/accounts/{world.account.pk}/rest/until/", {"until": "2026-07-01", "why": "audit"})
    walk.refresh_from_db()
    resting = walk.state
    client.post(f"/accounts/{world.account.pk}/rest/end/")
    walk.refresh_from_db()

    assert (resting, walk.state) == ("resting", "active")


def test_looking_at_the_way_out_changes_nothing_and_one_click_ends_it(client: Any, world: SimpleNamespace) -> None:
    token = links.sign("unsubscribe", address=world.joost.email, contact=world.joost.pk, account=world.account.pk)
    client.get(f"/u/{token}/")
    looked = Suppression.objects.count()
    clicked = client.post(f"/u/{token}/", {"List-Unsubscribe": "One-Click"})

    assert looked == 0
    assert clicked.status_code == 200
    assert Suppression.objects.get().value == world.joost.email


def test_a_link_that_was_tampered_with_says_so_and_changes_nothing(client: Any, world: SimpleNamespace) -> None:
    token = links.sign("unsubscribe", address=world.joost.email, contact=None, account=None)
    answer = client.post(f"/u/{token[:-3]}xyz/")

    assert answer.status_code == 404
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    "path", ["/accounts/{a}/rest/until/", "/accounts/{a}/shut/", "/enrollments/{e}/pause/", "/segments/{s}/publish/"]
)
def test_looking_at_a_verbs_address_changes_nothing(as_: Any, ruth: Any, world: SimpleNamespace, path: str) -> None:
    walk = enrolled(world)
    events = Event.objects.count()
    answer = as_(ruth).get(path.format(a=world.account.pk, e=walk.pk, s=world.segment.pk))

    assert answer.status_code == 405
    assert Event.objects.count() == events
