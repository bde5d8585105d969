"""Every address of the API: nobody without a key, nothing of another team, no unlisted filter; verbs equal the services."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import get_resolver
from rest_framework.test import APIClient

from appointments.models import Meeting, Offer, WorkItem
from appointments.services import booking, offers, qualifying, work_items
from crm import clock
from crm.models import Event
from crm.services import accounts, notes
from prospecting.models import Enrollment, Outgoing, SegmentVersion
from prospecting.services import segments
from tests.appointments.world import item_of, replied
from tests.prospecting.world import account_named, person_at

CONTENT = ["conversations", "messages", "mailboxes", "notes", "replies", "classifications", "work-items", "meetings", "offers", "qualifications", "outgoing"]  # fmt: skip


def api(user: Any = None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_login(user)
    return client


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every address under /api/v1/ with the view behind it; ids are 1."""
    for pattern in patterns or get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route)
        elif route.startswith("api/v1/"):
            yield "/" + re.sub(r"\(\?P<pk>[^)]*\)", "1", route).replace("^", "").replace("$", ""), pattern.callback


def lists() -> list[str]:
    return sorted(route for route, view in routes() if getattr(view, "actions", {}).get("get") == "list")


@pytest.fixture
def heard(world: SimpleNamespace) -> SimpleNamespace:
    """Joost answered, and nobody has done anything about it."""
    world.reply = replied(world, "Tuesday works, can you send an invite?")
    world.item = item_of(world.reply)
    return world


@pytest.fixture
def talked(heard: SimpleNamespace) -> SimpleNamespace:
    """A time was offered and booked: every kind of content of Team North has a row."""
    world = heard
    world.qualification = qualifying.qualification_for(world.account, world.enrollment)
    slots = offers.propose(world.item)
    world.offer = offers.offer(world.item, slots[:2], by=world.ada)
    world.meeting = booking.book(
        world.offer,
        slots[0].start,
        guest_name="Joost",
        guest_email=world.joost.email,
        guest_zone="Europe/Amsterdam",
        key="k1",
    )
    notes.add_note(world.account, "They like phone calls.", by=world.ada)
    return world


def test_every_address_declares_its_policy_and_answers_401_to_nobody(db: None) -> None:
    seen = dict(routes())

    answers = {route: api().get(route).status_code for route in seen if "docs" not in route}
    writes = {route: api().post(route, {}, format="json").status_code for route in seen if "docs" not in route}

    assert len(seen) > 90
    assert set(answers.values()) == {401}
    assert set(writes.values()) == {401}


def test_every_list_refuses_a_filter_nobody_declared(ada: Any) -> None:
    client = api(ada)
    for route in lists():
        for query in ("owner__password__startswith=a", "id__gte=1", "ordering=id", "format=csv", "limit=9"):
            answer = client.get(f"{route}?{query}")

            assert answer.status_code == 400, (route, query)
            assert query.split("=")[0] in answer.json()


def test_a_stranger_finds_no_content_of_another_team_in_any_list_or_by_any_id(
    talked: SimpleNamespace, stranger: Any
) -> None:
    member, outsider = api(talked.ada), api(stranger)
    for noun in CONTENT:
        mine = member.get(f"/api/v1/{noun}/").json()["results"]
        missing = outsider.get(f"/api/v1/{noun}/999999/")

        assert mine, noun
        assert outsider.get(f"/api/v1/{noun}/").json()["results"] == [], noun
        for row in mine:
            answer = outsider.get(f"/api/v1/{noun}/{row['id']}/")
            assert (answer.status_code, answer.json()) == (404, missing.json()), noun


def test_a_stranger_can_do_nothing_to_another_teams_rows(talked: SimpleNamespace, stranger: Any) -> None:
    rows = {
        "accounts": talked.account.pk, "enrollments": talked.enrollment.pk, "touches": talked.touch.pk,
        "work-items": talked.item.pk, "meetings": talked.meeting.pk, "replies": talked.reply.pk,
        "qualifications": talked.qualification.pk, "messages": talked.reply.message_id, "contacts": talked.joost.pk,
        "conversations": talked.reply.conversation_id, "memberships": talked.joost.memberships.get().pk,
    }  # fmt: skip
    before = Event.objects.count()

    answers = {
        route: api(stranger).post(route.replace("/1/", f"/{rows[noun]}/"), {}, format="json").status_code
        for route, view in routes()
        if (noun := route.split("/")[3]) in rows and "post" in getattr(view, "actions", {}) and "/1/" in route
    }

    assert len(answers) > 35
    assert set(answers.values()) == {404}, {route: code for route, code in answers.items() if code != 404}
    assert Event.objects.count() == before


def test_a_stranger_learns_nothing_from_the_timeline_of_what_was_said(talked: SimpleNamespace, stranger: Any) -> None:
    url = f"/api/v1/events/?account={talked.account.pk}&page_size=200"
    mine, theirs = ({row["id"] for row in api(user).get(url).json()["results"]} for user in (talked.ada, stranger))

    content = set(Event.objects.filter(account=talked.account, team__isnull=False).values_list("pk", flat=True))
    assert content
    assert content <= mine
    assert not content & theirs


def test_filters_by_another_teams_ids_count_nothing(talked: SimpleNamespace, stranger: Any) -> None:
    for query in (
        f"messages/?conversation={talked.reply.conversation_id}",
        f"replies/?account={talked.account.pk}",
        f"meetings/?account={talked.account.pk}",
    ):
        assert api(stranger).get(f"/api/v1/{query}").json()["results"] == []


def test_lists_ask_as_often_for_many_rows_as_for_few(
    talked: SimpleNamespace, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        account = account_named(f"Cold {number}", owner=talked.ada)
        person_at(account, f"Eva Number{number}", "problem-owner")
    segments.refresh_list(talked.segment, by=talked.ada)
    client = api(talked.ada)

    for route in lists():
        with django_assert_max_num_queries(7 if "version" in route else 4):
            assert client.get(route).status_code == 200, route


def test_enrolling_by_the_api_equals_enrolling_by_the_verb(talked: SimpleNamespace) -> None:
    account = account_named("Brightline", owner=talked.ada)
    person_at(account, "Ida Berg", "problem-owner")
    segments.refresh_list(talked.segment, by=talked.ada)
    given = {"account": account.pk, "segment": talked.segment.pk, "sequence_version": talked.sequence.pk}

    made = api(talked.ada).post("/api/v1/enrollments/", given, format="json")
    again = api(talked.ada).post("/api/v1/enrollments/", given, format="json")

    row, twin = Enrollment.objects.get(pk=made.json()["id"]), talked.enrollment
    assert (made.status_code, again.status_code) == (201, 409)
    assert (row.segment_version, row.route_version, row.policy) == (
        twin.segment_version,
        twin.route_version,
        twin.policy,
    )
    assert again.json()["code"] == "refused"
    assert Event.objects.filter(kind__startswith="enrollment.", account=account).exists()


def test_the_guards_refusal_comes_back_as_its_sentence(talked: SimpleNamespace) -> None:
    outside = accounts.create_account(name="Elsewhere", owner=talked.ada, by=talked.ada)
    given = {"account": outside.pk, "segment": talked.segment.pk, "sequence_version": talked.sequence.pk}

    answer = api(talked.ada).post("/api/v1/enrollments/", given, format="json")

    assert answer.status_code == 409
    assert answer.json()["detail"].endswith(".")
    assert not Enrollment.objects.filter(account=outside).exists()


def test_a_work_item_is_claimed_snoozed_and_done_by_its_verbs(heard: SimpleNamespace) -> None:
    client, url = api(heard.ada), f"/api/v1/work-items/{heard.item.pk}"

    claimed = client.post(f"{url}/claim/").json()
    later = (clock.now() + timedelta(days=1)).isoformat()
    snoozed = client.post(f"{url}/snooze/", {"until": later}, format="json").json()
    done = client.post(f"{url}/done/", {"outcome": "answered", "next": "resume"}, format="json").json()

    assert [claimed["state"], snoozed["state"], done["state"]] == ["claimed", "snoozed", "done"]
    assert (done["outcome"], done["done_by"]) == ("answered", heard.ada.pk)


def test_a_verb_refuses_a_body_it_would_have_to_ignore(talked: SimpleNamespace) -> None:
    answer = api(talked.ada).post(f"/api/v1/work-items/{talked.item.pk}/claim/", {"by": 1}, format="json")

    assert (answer.status_code, answer.json()) == (400, {"by": ["Unknown field."]})


def test_a_corrected_label_is_the_same_correction_as_on_the_page(talked: SimpleNamespace) -> None:
    answer = api(talked.ada).post(f"/api/v1/replies/{talked.reply.pk}/label/", {"label": "question"}, format="json")

    talked.reply.refresh_from_db()
    assert (answer.status_code, talked.reply.label) == (200, "question")
    judged = api(talked.ada).get(f"/api/v1/classifications/?reply={talked.reply.pk}&standing=true").json()["results"]
    assert [(row["label"], row["decided_by"]) for row in judged] == [("question", "person")]


def test_an_answer_waits_its_ten_seconds_and_the_same_key_sends_once(talked: SimpleNamespace) -> None:
    url = f"/api/v1/conversations/{talked.reply.conversation_id}/answer/"
    before = Outgoing.objects.count()

    first = api(talked.ada).post(url, {"body": "Gladly.", "key": "form-1"}, format="json")
    api(talked.ada).post(url, {"body": "Gladly.", "key": "form-1"}, format="json")

    assert (first.status_code, first.json()["state"]) == (200, "planned")
    assert Outgoing.objects.count() == before + 1


def test_a_meeting_gets_its_outcome_and_the_account_its_milestone(talked: SimpleNamespace) -> None:
    with clock.at(talked.meeting.ends_at + timedelta(minutes=20)):
        answer = api(talked.noor).post(f"/api/v1/meetings/{talked.meeting.pk}/held/", {"next": "resume"}, format="json")

    assert (answer.status_code, answer.json()["state"]) == (200, "held")
    assert "held" in [
        row["rung"] for row in api(talked.ada).get(f"/api/v1/milestones/?account={talked.account.pk}").json()["results"]
    ]


def test_a_taken_time_is_refused_with_the_nearest_free_ones(talked: SimpleNamespace) -> None:
    taken = talked.meeting.starts_at.isoformat()

    answer = api(talked.ada).post(f"/api/v1/work-items/{talked.item.pk}/book/", {"start": taken}, format="json")

    assert answer.status_code == 409
    assert Meeting.objects.count() == 1


def test_a_segments_draft_is_dried_before_it_is_published_and_only_leads_write_it(
    talked: SimpleNamespace, ruth: Any
) -> None:
    url = f"/api/v1/segments/{talked.segment.pk}"
    rules = {"rule": "employees > 100000", "route_version": talked.route.pk}

    refused = api(talked.ada).post(f"{url}/draft/", rules, format="json")
    draft = api(ruth).post(f"{url}/draft/", rules, format="json")
    run = api(ruth).post(f"{url}/dry-run/").json()
    bad = api(ruth).post(f"{url}/draft/", {**rules, "rule": "salary > 3"}, format="json")

    assert (refused.status_code, draft.status_code, bad.status_code) == (403, 200, 409)
    assert (run["enters"], run["leaves"]) == (0, 1)
    assert SegmentVersion.objects.filter(state="published").count() == 1


def test_resting_through_the_api_rests_whatever_walks(talked: SimpleNamespace) -> None:
    until = (clock.today() + timedelta(days=30)).isoformat()

    answer = api(talked.ada).post(
        f"/api/v1/accounts/{talked.account.pk}/rest/", {"until": until, "why": "budget"}, format="json"
    )

    talked.enrollment.refresh_from_db()
    assert (answer.status_code, answer.json()["rests_until"]) == (200, until)
    assert talked.enrollment.state == "resting"


def test_a_rest_that_is_ended_lets_the_walk_go_on(talked: SimpleNamespace) -> None:
    client, url = api(talked.ada), f"/api/v1/accounts/{talked.account.pk}"
    until = (clock.today() + timedelta(days=30)).isoformat()
    client.post(f"{url}/rest/", {"until": until, "why": "budget"}, format="json")

    answer = client.post(f"{url}/end-rest/")

    talked.enrollment.refresh_from_db()
    assert (answer.status_code, answer.json()["rests_until"]) == (200, None)
    assert talked.enrollment.state == "active"


def test_a_closed_account_ends_its_walk_and_may_be_opened_again(talked: SimpleNamespace) -> None:
    client, url = api(talked.ada), f"/api/v1/accounts/{talked.account.pk}"

    closed = client.post(f"{url}/close/", {"why": "merged away"}, format="json").json()
    opened = client.post(f"{url}/reopen/").json()

    talked.enrollment.refresh_from_db()
    assert (closed["closed_reason"], opened["closed_at"]) == ("merged away", None)
    assert talked.enrollment.state == "closed"


def test_no_link_of_a_guest_is_in_any_answer(talked: SimpleNamespace) -> None:
    shown = json.dumps(api(talked.ada).get(f"/api/v1/offers/{talked.offer.pk}/").json())

    assert offers.link(talked.offer).rsplit("/", 2)[-2] not in shown
    assert Offer.objects.count() == 1


def test_work_items_of_a_colleague_are_handed_over_within_the_team_only(
    heard: SimpleNamespace, ben: Any, stranger: Any
) -> None:
    url = f"/api/v1/work-items/{heard.item.pk}/hand-over/"

    away = api(heard.ada).post(url, {"to": stranger.pk}, format="json")
    kept = api(heard.ada).post(url, {"to": ben.pk}, format="json")

    assert (away.status_code, kept.status_code) == (400, 200)
    assert WorkItem.objects.get(pk=heard.item.pk).setter == ben
    assert work_items.open_items().count() == 1
