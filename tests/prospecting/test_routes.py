"""A route is drafted, checked, put to use with a reason, and never changed after that."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crm import clock
from crm.errors import Refused
from crm.models import Event, Role
from crm.services import roles
from prospecting.models import Enrollment, RouteVariant
from prospecting.queries import routes as asked
from prospecting.rules import gates
from prospecting.services import (
    planner,
    reactions,
    role_templates,
    routes,
    segments,
    sending,
    sequences,
    variants,
    walks,
)
from tests.hostile import OURS
from tests.prospecting.world import MONDAY, account_named, enrolled, person_at

pytestmark = pytest.mark.django_db
OWNER = {"name": "Owner", "roles": ["problem-owner"], "max_people": 1, "gate": {"start": {}}}
SIGNS = {"name": "Signs", "roles": ["approver"], "gate": {"silence": {"touches": 2, "working_days": 3}}}


@pytest.fixture
def next_version(world, ruth):
    """A draft of the route that the world walks."""
    return routes.draft(world.route.route, [OWNER, SIGNS], by=ruth)


def form_of(page, **changes):
    data = {
        f"form-{name}": str(page.context["forms"].management_form[name].value())
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    data["seen"] = page.context["about"]["seen"].value()
    data["departments_out"] = page.context["about"]["departments_out"].value() or ""
    for form in page.context["forms"]:
        for bound in form:
            value = bound.value()
            if value not in (None, False, "", []) and bound.name not in ("kept_gate",):
                data[bound.html_name] = value
    return {**data, **changes}


# Draft and use ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "says"),
    [
        ({**OWNER, "min_people": 3, "max_people": 2}, "needs 3 people and allows 2 at most"),
        ({**OWNER, "roles": []}, "names no role we know: none given"),
        ({**OWNER, "gate": {"any": []}}, "at least one outcome"),
        ({**OWNER, "patience_days": 5000}, "days of patience"),
        ({**OWNER, "max_people": 100}, "1 to 99 people"),
        ({**OWNER, "name": "a\x00b"}, "a character that is none"),
    ],
)
def test_a_stage_that_cannot_be_is_refused_and_the_draft_stands(world, ruth, next_version, stage, says):
    with pytest.raises(Refused, match=says):
        routes.draft(world.route.route, [OWNER, stage], by=ruth)
    assert [stop.name for stop in asked.stops_of(routes.draft_of(world.route.route))] == ["Owner", "Signs"]


def test_more_stages_than_a_route_holds_are_refused(world, ruth):
    with pytest.raises(Refused, match="at most 12 stages"):
        routes.draft(world.route.route, [OWNER] * 13, by=ruth)


def test_a_gate_that_looks_forward_is_kept_as_a_draft_and_never_put_to_use(world, ruth):
    wrong = {**SIGNS, "gate": {"silence": {"touches": 1, "stage": 2}}}
    draft = routes.draft(world.route.route, [OWNER, wrong], by=ruth)
    with pytest.raises(Refused, match="waits for itself"):
        routes.publish(draft, reason="try", by=ruth)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_version_in_use_is_not_used_twice_and_not_discarded(world, ruth, next_version):
    routes.publish(next_version, reason="x", by=ruth)
    with pytest.raises(Refused):
        routes.publish(next_version, reason="again", by=ruth)
    with pytest.raises(Refused):
        routes.discard(next_version, by=ruth)


def test_a_draft_that_someone_changed_is_not_put_to_use_unread(world, ruth, ada, next_version):
    seen = routes.mark(world.route.route)
    routes.draft(world.route.route, [OWNER], by=ada)
    with pytest.raises(Refused, match="Someone changed this draft"):
        routes.publish(next_version, reason="x", seen=seen, by=ruth)


def test_a_draft_that_someone_changed_is_not_overwritten(world, ruth, ada, next_version):
    seen = routes.mark(world.route.route)
    routes.draft(world.route.route, [OWNER], by=ada)
    with pytest.raises(Refused, match="Someone changed this draft"):
        routes.draft(world.route.route, [SIGNS], seen=seen, by=ruth)
    assert len(asked.stops_of(routes.draft_of(world.route.route))) == 1


def test_walks_in_flight_keep_their_version_and_their_stages(world, ruth, next_version):
    walk = enrolled(world)
    routes.publish(next_version, reason="x", by=ruth)
    walk.refresh_from_db()
    assert walk.route_version == world.route
    assert set(walk.visits.values_list("stage__version", flat=True)) == {world.route.pk}


def test_the_effect_is_said_before(world, ruth, next_version):
    enrolled(world)
    assert routes.effect(next_version) == [
        "1 account is in flight on route 1 and stays on it to the end.",
        "Cold-store operators: takes route 1 until a version of the segment takes this one.",
    ]


def test_what_changes_is_said_in_words(next_version):
    assert routes.changes(next_version) == [
        "Stage 1 is called Owner instead of Problem owner.",
        "Stage 2 is called Signs instead of Approver.",
        "Stage 2, Signs, has 1 to 2 people instead of 1 person.",
        "Stage 2, Signs, opens after silence: 2 touches and 3 working days instead of after silence: 2 touches and 3 working days or when a colleague names the approver.",
    ]  # fmt: skip


def test_variants_are_led_onto_a_new_version_where_one_says_so(world, ruth, next_version):
    variants.add_variant(world.segment, name="Big", condition="sites > 9", route_version=world.route, by=ruth)
    routes.publish(next_version, reason="x", lead_variants=True, by=ruth)
    assert RouteVariant.objects.get().route_version == next_version
    assert segments.current_version(world.segment).route_version == world.route


def test_a_segment_takes_a_new_version_up_as_a_draft(world, ruth, next_version):
    routes.publish(next_version, reason="x", by=ruth)
    draft = variants.take_up(world.segment, next_version, by=ruth)
    assert (draft.state, draft.route_version, draft.rule) == (
        "draft",
        next_version,
        world.segment.versions.first().rule,
    )
    assert segments.current_version(world.segment).route_version == world.route


def test_departments_survive_the_page_that_did_not_touch_them(world, ruth, as_):
    routes.draft(world.route.route, [OWNER, SIGNS], departments_out=["Marketing", "HR"], by=ruth)
    address = f"/routes/{world.route.route_id}/draft/"
    client = as_(ruth)
    answer = client.post(address, form_of(client.get(address)))
    assert answer.status_code == 302
    assert routes.draft_of(world.route.route).departments_out == ["marketing", "hr"]


# Roles nobody holds -----------------------------------------------------------------------------------------------


def test_a_role_nobody_holds_is_said_with_the_number_of_accounts(world, ruth, ada):
    for n in range(3):
        person_at(account_named(f"Frost {n}", owner=ada), "Ann Frost", "problem-owner")
    segments.refresh_list(world.segment)
    draft = routes.draft(world.route.route, [OWNER, {**SIGNS, "roles": ["legal"]}, {**SIGNS, "name": "Boss"}], by=ruth)
    assert routes.problems(draft) == [
        "Signs: Nobody is known for it at any account of Cold-store operators.",
        "Boss: Nobody is known for it at 3 of 4 accounts of Cold-store operators.",
    ]
    routes.publish(draft, reason="it is a remark", by=ruth)


@pytest.mark.parametrize("needs", ["route", "gate", "step", "template", "person"])
def test_a_role_in_use_is_not_taken_away(world, ruth, adm, as_, needs):
    role = Role.objects.create(slug="pilot", name="Pilot", order=99)
    if needs == "route":
        routes.draft(world.route.route, [{**OWNER, "roles": ["pilot"]}], by=ruth)
    elif needs == "gate":
        routes.draft(world.route.route, [OWNER, {**SIGNS, "gate": {"role_filled": {"role": "pilot"}}}], by=ruth)
    elif needs == "step":
        sequences.draft(world.sequence.sequence, [{"role": "pilot", "template": world.hello}], by=ruth)
    elif needs == "template":
        role_templates.set_template(world.segment, {"pilot": 1}, by=ruth)
    else:
        person_at(world.account, "Pia Pilot", "pilot")
    with pytest.raises(Refused, match="Pilot is in use and stays: "):
        roles.remove_role(role, by=adm)
    assert Role.objects.filter(slug="pilot").exists()


def test_a_role_nobody_needs_is_taken_away_and_unknown_never(adm):
    role = Role.objects.create(slug="pilot", name="Pilot", order=99)
    roles.remove_role(role, by=adm)
    assert not Role.objects.filter(slug="pilot").exists()
    with pytest.raises(Refused, match="it stays"):
        roles.remove_role(Role.objects.get(slug="unknown"), by=adm)


# The pages --------------------------------------------------------------------------------------------------------


def test_the_page_says_what_is_wrong_and_offers_no_use(world, ruth, as_):
    routes.draft(world.route.route, [OWNER, {**SIGNS, "gate": {"silence": {"touches": 1, "stage": 2}}}], by=ruth)
    page = as_(ruth).get(f"/routes/{world.route.route_id}/").content.decode()
    assert "waits for itself" in page
    assert "Use as route 2" not in page


def test_using_a_draft_needs_a_reason(world, ruth, as_, next_version):
    client, address = as_(ruth), f"/routes/{world.route.route_id}/publish/"
    refused = client.post(address, {"seen": routes.mark(world.route.route)})
    assert refused.status_code == 422
    assert "in six weeks someone will ask" in refused.content.decode()
    used = client.post(address, {"reason": "shorter", "seen": routes.mark(world.route.route)})
    next_version.refresh_from_db()
    assert (used.status_code, next_version.state, next_version.reason) == (302, "published", "shorter")


def test_a_stage_is_added_moved_and_taken_out_and_nothing_is_kept(world, ruth, as_, next_version):
    client, address = as_(ruth), f"/routes/{world.route.route_id}/draft/"
    before, said = routes.mark(world.route.route), form_of(client.get(address))
    more = client.post(address, {**said, "act": "add"})
    swapped = client.post(address, {**form_of(more), "act": "up-2"})
    fewer = client.post(address, {**form_of(swapped), "act": "remove-3"})
    assert [form["name"].value() for form in fewer.context["forms"]] == ["Signs", "Owner"]
    assert len(more.context["forms"]) == 3
    assert routes.mark(world.route.route) == before


def test_what_was_typed_stays_when_a_stage_moves_even_if_it_cannot_be_read(world, ruth, as_, next_version):
    client, address = as_(ruth), f"/routes/{world.route.route_id}/draft/"
    said = form_of(client.get(address), **{"form-1-max_people": "many", "form-1-name": "<b>Signs</b>"})
    moved = client.post(address, {**said, "act": "up-2"})
    assert moved.context["forms"][0]["max_people"].value() == "many"
    assert "&lt;b&gt;Signs" in moved.content.decode()


def test_a_gate_follows_the_stage_it_names_when_that_moves(world, ruth, as_):
    third = {
        **SIGNS,
        "name": "Boss",
        "roles": ["executive"],
        "gate": {"silence": {"touches": 1, "working_days": 0, "stage": 1}},
    }
    routes.draft(world.route.route, [OWNER, SIGNS, third], by=ruth)
    client, address = as_(ruth), f"/routes/{world.route.route_id}/draft/"
    moved = client.post(address, {**form_of(client.get(address)), "act": "down-1"})
    kept = client.post(address, form_of(moved))
    assert kept.status_code == 302
    assert [stop.gate for stop in asked.stops_of(routes.draft_of(world.route.route))][2]["silence"]["stage"] == 2


def test_it_is_drawn_as_it_is_typed_and_nothing_is_kept(world, ruth, as_, next_version):
    client, address = as_(ruth), f"/routes/{world.route.route_id}/draft/"
    events, before = Event.objects.count(), routes.mark(world.route.route)
    said = form_of(
        client.get(address),
        **{"form-1-name": "Signs it all", "form-1-opens_on": ["meeting_held"], "form-1-max_people": "0"},
    )
    drawn = client.post(address + "drawing/", said).content.decode()
    assert "Signs it all" in drawn
    assert "After a held meeting" in drawn
    assert 'id="says-2"' in drawn and "greater than or equal to 1" in drawn
    assert (Event.objects.count(), routes.mark(world.route.route)) == (events, before)


def test_a_stage_left_empty_is_refused_where_it_stands(world, ruth, as_, next_version):
    client, address = as_(ruth), f"/routes/{world.route.route_id}/draft/"
    more = client.post(address, {**form_of(client.get(address)), "act": "add"})
    answer = client.post(address, form_of(more))
    assert answer.status_code == 422
    assert "Say whom this stage writes to." in answer.content.decode()
    assert len(asked.stops_of(routes.draft_of(world.route.route))) == 2


def test_a_draft_changed_meanwhile_leaves_what_was_typed_on_the_page(world, ruth, ada, as_, next_version):
    client, address = as_(ruth), f"/routes/{world.route.route_id}/draft/"
    said = form_of(client.get(address), **{"form-0-name": "Mine"})
    routes.draft(world.route.route, [SIGNS | {"gate": {"start": {}}}], by=ada)
    answer = client.post(address, said)
    assert answer.status_code == 409
    assert "Someone changed this draft" in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode()


@pytest.mark.parametrize("text", OURS)
def test_a_hostile_string_is_kept_as_text_or_refused_in_words(world, ruth, as_, next_version, text):
    client, address = as_(ruth), f"/routes/{world.route.route_id}/draft/"
    text = text.encode("utf-8", "replace").decode()
    fields = (
        "form-0-name",
        "form-1-touches",
        "form-1-silence_stage",
        "form-1-kept_gate",
        "departments_out",
        "form-0-roles",
    )
    page = client.get(address)
    for name in fields:
        answer = client.post(address, form_of(page, **{name: text}))
        assert answer.status_code in (302, 409, 422)
        client.post(address + "drawing/", form_of(page, **{name: text}))
    shown = client.get(f"/routes/{world.route.route_id}/").content.decode()
    assert "<script>hit" not in shown and "<img src=x" not in shown
    assert Enrollment.objects.count() == 0


def test_members_read_routes_and_do_not_change_them(world, ada, stranger, as_, next_version):
    number = world.route.route_id
    assert as_(stranger).get(f"/routes/{number}/").status_code == 200
    for path in ("draft/", "draft/drawing/", "publish/", "take-up/", "words/"):
        assert as_(ada).post(f"/routes/{number}/{path}", {}).status_code == 403
    assert as_(ada).get(f"/segments/{world.segment.pk}/routes/new/").status_code == 403


# Gates that name a stage, as they are walked ----------------------------------------------------------------------


def three_stages(gate):
    last = {"name": "Boss", "roles": ["executive"], "gate": gate}
    return [OWNER, {**SIGNS, "gate": {"by_hand": {}}}, last]


def verdict_of(world, walk, days):
    """What the last gate of the walk says some days later."""
    later = MONDAY + timedelta(days=days)
    walk.refresh_from_db()
    last = walk.visits.filter(stage__version=walk.route_version_id).order_by("-stage__order")[0]
    return walks.verdicts(world.account, later)[last.pk]


@pytest.fixture
def past_the_second(world, ruth, ada, server):
    """A walk on three stages, where the third waits for the silence of the first and nobody opens the second."""
    gate = {"silence": {"touches": 1, "working_days": 2, "stage": 1}}
    version = routes.publish(routes.draft(world.route.route, three_stages(gate), by=ruth), reason="x", by=ruth)
    variants.add_variant(world.segment, name="All", condition="sites > 0", route_version=version, by=ruth)
    person_at(world.account, "Eva Boss", "executive")
    steps = [{"role": role, "template": world.hello} for role in ("problem-owner", "approver", "executive")]
    world.sequence = sequences.publish(sequences.draft(world.sequence.sequence, steps, by=ada), by=ada)
    walk = enrolled(world)
    sending.send_due(hand_over=server)
    return walk


def test_a_stage_opens_on_the_silence_of_one_before_last(world, past_the_second):
    assert verdict_of(world, past_the_second, 1).why == "silence at stage 1 until Wed 10 June at the earliest"
    with clock.at(MONDAY + timedelta(days=3)):
        planner.plan_due()
    states = dict(past_the_second.visits.values_list("stage__name", "state"))
    assert states == {"Owner": "open", "Signs": "waiting", "Boss": "open"}
    told = Event.objects.get(kind="stagevisit.open", why__startswith="Boss opened")
    assert told.why == "Boss opened: 1 touch and 2 working days without an answer at stage 1"


def test_after_a_switch_silence_is_that_of_the_route_that_is_walked(world, ruth, ada, server):
    walk = enrolled(world)
    sending.send_due(hand_over=server)
    person_at(world.account, "Gus Door", "gatekeeper")
    stages = [
        {"name": "Door", "roles": ["gatekeeper"]},
        {**SIGNS, "gate": {"silence": {"touches": 1, "working_days": 0}}},
    ]
    other = routes.publish(routes.draft(routes.create_route("Admin-first", by=ruth), stages, by=ruth), by=ruth)
    variants.add_variant(world.segment, name="Admin-first", condition="sites > 9", route_version=other, by=ruth)
    reactions.switch_variant(walk, "Admin-first", "they said so", by=ruth)
    assert verdict_of(world, walk, 1).why == "0 of 1 touch made without an answer"


def test_a_reply_from_the_people_of_one_stage_opens_another(world, past_the_second):
    gate = {"reply": {"labels": ["interested"], "stage": 1}}
    told = gates.Heard(labels=frozenset({"interested"}))
    so_far = gates.Outcomes(today=MONDAY.date(), labels=frozenset({"interested"}))
    assert not gates.check(gate, so_far).open
    assert gates.check(gate, replace(so_far, stages={1: told})).open
    assert not gates.check(gate, replace(so_far, stages={2: told})).open


def test_a_segment_on_another_route_can_be_given_this_one(as_, world, ruth):
    other = routes.create_route("IT first", by=ruth)
    assert list(asked.could_take(other)) == [world.segment]
    assert not asked.could_take(world.route.route)

    routes.publish(routes.draft(other, [OWNER], by=ruth), reason="IT runs it", by=ruth)
    answer = as_(ruth).get(f"/routes/{other.pk}/").content.decode()
    as_(ruth).post(f"/routes/{other.pk}/take-up/", {"segment": world.segment.pk})

    assert "Draft it with route 1" in answer
    assert world.segment.versions.get(state="draft").route_version.route == other
