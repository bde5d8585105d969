"""The form of a route's stages: saving it unchanged changes no gate, however it is nested."""

import pytest

from prospecting.queries.routes import stop
from prospecting.route_forms import StageForm, stage_initial
from prospecting.rules import gates
from prospecting.services import routes

pytestmark = pytest.mark.django_db
SILENCE = {"silence": {"touches": 2, "working_days": 3}}
NESTED = {"any": [SILENCE, {"all": [{"reply": {"labels": ["referral"]}}, {"role_filled": {"role": "approver"}}]}]}
TWICE = {"any": [SILENCE, {"silence": {"touches": 5, "working_days": 0}}]}
GATES = [
    {"start": {}}, {"by_hand": {}}, SILENCE, {"meeting_held": {}}, {"timing": {"from": "2026-07-01", "to": "2026-09-30"}},
    {"referral": {}}, {"referral": {"role": "approver"}}, {"any": [SILENCE, {"referral": {"role": "approver"}}]},
    {"all": [SILENCE, {"reply": {"labels": ["referral", "wrong_person"]}}]}, NESTED, TWICE, {"all": [NESTED, {"start": {}}]},
    {"silence": {"touches": 1, "working_days": 0}}, {"timing": {"from": "2026-07-01"}},
]  # fmt: skip


@pytest.fixture
def route(ruth):
    route = routes.create_route("Ops-led", by=ruth)
    stages = [{"name": "Owner", "roles": ["problem-owner"], "gate": {"start": {}}}]
    routes.draft(route, [*stages, {"name": "Approver", "roles": ["approver"], "gate": NESTED}], by=ruth)
    return route


def as_sent(page_forms, **changes):
    """The form as a browser sends it back."""
    data = {f"form-{name}": str(page_forms.management_form[name].value()) for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    for form in page_forms:
        for bound in form:
            value = bound.value()
            kept = bound.name == "kept_gate" and isinstance(value, dict)
            value = form.fields["kept_gate"].prepare_value(value) if kept else value
            if value is not None and value is not False and value not in ([], ""):
                data[bound.html_name] = value
    return {**data, **changes}


def gates_of(route):
    return [stage.gate for stage in route.versions.get(state="draft").stages.order_by("order")]


@pytest.mark.parametrize("gate", GATES, ids=gates.words)
def test_every_gate_survives_a_form_that_was_not_touched(route, ruth, as_, gate):
    stages = [{"name": "Owner", "roles": ["problem-owner"]}, {"name": "Approver", "roles": ["approver"], "gate": gate}]
    routes.draft(route, stages, by=ruth)
    client, address = as_(ruth), f"/routes/{route.pk}/draft/"
    answer = client.post(address, as_sent(client.get(address).context["forms"]))
    assert answer.status_code == 302
    assert gates.same(gates_of(route)[1], gate)


def test_a_gate_the_boxes_cannot_say_is_shown_in_words(route, ruth, as_):
    page = as_(ruth).get(f"/routes/{route.pk}/draft/").content.decode()
    assert "after silence: 2 touches and 3 working days or (on a reply" in page


def test_whoever_unticks_it_says_it_anew_with_the_boxes(route, ruth, as_):
    client, address = as_(ruth), f"/routes/{route.pk}/draft/"
    said = as_sent(client.get(address).context["forms"], **{"form-1-opens_on": ["by_hand"]})
    said.pop("form-1-keep_gate")
    client.post(address, said)
    assert gates_of(route)[1] == {"by_hand": {}}


@pytest.mark.parametrize("kept", ["nonsense", '{"never": {}}', '{"any": ' + "[" * 500 + "]" * 500 + "}", "[1]"])
def test_a_gate_that_was_tampered_with_is_refused(route, ruth, as_, kept):
    client, address = as_(ruth), f"/routes/{route.pk}/draft/"
    answer = client.post(address, as_sent(client.get(address).context["forms"], **{"form-1-kept_gate": kept}))
    assert answer.status_code == 422
    assert gates_of(route)[1] == NESTED


def test_what_the_boxes_can_say_is_not_kept_beside_them(route):
    stage = stop(route.versions.get().stages.get(order=1))
    assert "kept_gate" not in stage_initial(stage)
    assert StageForm(initial=stage_initial(stage)).kept_words == ""


def test_a_stage_offers_the_silence_of_earlier_stages_only(as_, ruth, route):
    forms = as_(ruth).get(f"/routes/{route.pk}/draft/").context["forms"]

    assert [list(dict(form.fields["silence_stage"].widget.choices)) for form in forms] == [[""], ["", "1"]]
