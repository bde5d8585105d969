"""What is wrong with a route is said in words, at the stage it is about."""

from datetime import date

import pytest

from prospecting.rules import gate_checks, gates, route_changes, route_checks, route_drawing
from prospecting.rules.route_checks import Stop
from tests.hostile import OURS, corpora

ROLES = {"problem-owner": "Problem owner", "approver": "Approver", "budget-owner": "Budget owner", "legal": "Legal"}
TODAY = date(2026, 6, 8)
SILENCE = {"silence": {"touches": 2, "working_days": 3}}


def stop(number, gate=None, roles=("problem-owner",), **more):
    return Stop(number, more.pop("name", f"Stage {number}"), roles, gate=gate or SILENCE, **more)


def route(*gates_after_first, roles=tuple(ROLES)):
    first = stop(1, {"start": {}}, (roles[0],))
    return [first, *(stop(n, gate, (roles[n - 1],)) for n, gate in enumerate(gates_after_first, start=2))]


def found(stops):
    return [(one.stage, one.sentence, one.blocks) for one in route_checks.problems(stops, roles=ROLES, today=TODAY)]


def said(stops, stage):
    return " ".join(sentence for at, sentence, _ in found(stops) if at == stage)


def test_a_sound_route_is_said_nothing_of():
    assert found(route(SILENCE, {"any": [{"meeting_held": {}}, {"referral": {"role": "budget-owner"}}]})) == []


def test_a_route_without_stages_says_so():
    assert found([]) == [(0, "It has no stages.", True)]


@pytest.mark.parametrize(
    ("stops", "stage", "word"),
    [
        ([stop(1, {"start": {}}, ())], 1, "nobody to write to"),
        ([stop(1, {"start": {}}, ("astronaut",))], 1, "no role “astronaut”"),
        ([stop(1, {"start": {}}, least=3, most=2)], 1, "needs 3 people and allows 2"),
        (route({"silence": {"touches": 0}}), 2, "at least one touch"),
        (route({"silence": {"touches": 2, "stage": 2}}), 2, "waits for itself"),
        (route({"reply": {"labels": ["referral"], "stage": 3}}, SILENCE), 2, "opens after it"),
        (route({"silence": {"touches": 1, "stage": 3}}, {"silence": {"touches": 1, "stage": 2}}), 2, "wait for each other"),
        (route({"silence": {"touches": 1, "stage": 9}}), 2, "there is none"),
        (route({"role_filled": {"role": "budget-owner"}}, SILENCE), 2, "belongs to stage 3"),
        (route({"any": [SILENCE, {"referral": {"role": "budget-owner"}}]}, SILENCE), 2, "belongs to stage 3"),
        (route({"timing": {"to": "2026-06-07"}}), 2, "never open again"),
        ([stop(1, {"meeting_held": {}})], 1, "nobody is ever written to"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_at_its_stage(stops, stage, word):
    assert word in said(stops, stage)
    assert any(blocks for at, _, blocks in found(stops) if at == stage)


def test_a_stage_behind_a_broken_one_is_not_reached():
    stops = route({"timing": {"to": "2026-06-07"}}, SILENCE)
    assert "Nobody gets here" in said(stops, 3)


def test_a_stage_that_names_an_earlier_one_is_reached_past_a_broken_one():
    stops = route({"timing": {"to": "2026-06-07"}}, {"silence": {"touches": 2, "working_days": 3, "stage": 1}})
    assert said(stops, 3) == ""


@pytest.mark.parametrize(
    ("stops", "stage", "word"),
    [
        (route({"any": [SILENCE, {"timing": {"to": "2026-06-07"}}]}), 2, "One of its windows is over"),
        (route({"all": [SILENCE, {"by_hand": {}}]}), 2, "by hand only"),
        (route({"any": [SILENCE, {"role_filled": {"role": "legal"}}]}), 2, "whom no stage writes to"),
        (route(SILENCE, roles=("approver", "approver")), 2, "the same roles as stage 1"),
    ],
)
def test_what_works_but_is_odd_is_a_remark(stops, stage, word):
    assert word in said(stops, stage)
    assert not any(blocks for _, _, blocks in found(stops))


def test_a_silence_longer_than_any_sequence_is_a_remark():
    stops = route({"silence": {"touches": 9, "working_days": 1}})
    [remark] = route_checks.too_long_a_silence(stops, {1: 4})
    assert remark.sentence == "It waits for 9 touches of stage 1; no sequence in use makes more than 4 touches there."
    assert route_checks.too_long_a_silence(stops, {}) == []


STRANGE = [None, 7, "x", [], {}, {"any": {}}, {"any": [None]}, {"silence": []}, {"silence": {"touches": "abc"}},
           {"silence": {"touches": 1e400}}, {"silence": {"touches": True}}, {"silence": {"working_days": 10**9}},
           {"timing": {"from": "2026-13-45"}}, {"timing": {"from": ["2026"]}}, {"reply": {"labels": "interested"}},
           {"reply": {"labels": [{}]}}, {"referral": {"role": {}}}, {"role_filled": {"role": ["approver"]}},
           {"start": {"x": 1}}, {"silence": {"stage": "1"}}, {"silence": {"stage": -1}}]  # fmt: skip


@pytest.mark.parametrize("gate", STRANGE, ids=repr)
def test_a_strange_gate_is_refused_in_words_and_never_breaks(gate):
    assert gate_checks.problems(gate, roles=ROLES)


def test_hostile_strings_in_a_gate_are_refused():
    for text in filter(str.strip, dict.fromkeys([*OURS, *corpora()])):
        for gate in (
            {text: {}},
            {"reply": {"labels": [text]}},
            {"role_filled": {"role": text}},
            {"timing": {"from": text}},
        ):
            assert gate_checks.problems(gate, roles=ROLES), text
        assert gate_checks.problems({"any": [{"start": {}}, {text: text}]}, roles=ROLES), text


def test_a_gate_inside_gates_without_end_is_refused():
    gate = {"start": {}}
    for _ in range(900):
        gate = {"any": [gate]}
    assert "levels deep" in gate_checks.problems(gate, roles=ROLES)[0]


# Versions beside each other ---------------------------------------------------------------------------------------


def test_the_same_route_has_no_changes():
    assert route_changes.changes(route(SILENCE), route(SILENCE), ROLES) == []


def test_changes_are_sentences():
    before = route(SILENCE)
    after = [
        before[0],
        Stop(2, "Stage 2", ("approver", "legal"), most=4, patience=5, gate={"meeting_held": {}}),
        Stop(3, "Money", ("budget-owner",), gate=SILENCE),
    ]
    assert route_changes.changes(before, after, ROLES) == [
        "Stage 2, Stage 2, writes to Approver or Legal instead of Approver.",
        "Stage 2, Stage 2, has 1 to 4 people instead of 1 to 2 people.",
        "Stage 2, Stage 2, is patient for 5 working days instead of 10.",
        "Stage 2, Stage 2, opens after a held meeting instead of after silence: 2 touches and 3 working days.",
        "Stage 3, Money, is new: it writes to Budget owner and opens after silence: 2 touches and 3 working days.",
    ]


def test_a_stage_that_moved_and_one_that_is_gone_are_told_apart():
    before = [*route(SILENCE), stop(3, SILENCE, ("legal",))]
    after = [before[0], Stop(2, "Stage 3", ("legal",), gate=SILENCE)]
    assert route_changes.changes(before, after, ROLES) == [
        "Stage 2, Stage 3, was stage 3.",
        "Stage 2, Stage 2, is gone.",
    ]


def test_a_new_name_is_a_new_name_and_no_new_stage():
    before, after = route(SILENCE), route(SILENCE)
    after[1] = Stop(2, "Signs", ("approver",), gate=SILENCE)
    assert route_changes.changes(before, after, ROLES) == ["Stage 2 is called Signs instead of Stage 2."]


# The drawing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [route_drawing.WIDE, route_drawing.NARROW])
def test_every_stage_is_a_lane_and_every_way_an_arrow(width):
    stops = route({"any": [SILENCE, {"meeting_held": {}}]}, {"silence": {"touches": 1, "stage": 1}})
    drawing = route_drawing.draw(stops, ROLES, width=width)
    assert [lane.number for lane in drawing.lanes] == [1, 2, 3]
    assert [arrow.says for arrow in drawing.arrows] == [
        "The beginning of Stage 1: At the start",
        "From Stage 1 to Stage 2: After silence: 2 touches and 3 working days",
        "From Stage 1 to Stage 2: After a held meeting",
        "From Stage 1 to Stage 3: After silence of Stage 1: 1 touch and 0 working days",
    ]
    assert [arrow.skips for arrow in drawing.arrows] == [False, False, False, True]


@pytest.mark.parametrize("width", [route_drawing.WIDE, route_drawing.NARROW])
def test_nothing_in_a_drawing_lies_outside_it_or_on_another(width):
    six = {"any": [SILENCE, *({"silence": {"touches": n, "working_days": 1}} for n in range(3, 8))]}
    stops = [
        stop(1, {"start": {}}, tuple(ROLES), name="𝕏" * 80),
        stop(2, six, name="a " * 40),
        stop(3, {"silence": {"touches": 1, "stage": 1}}, name="名" * 80),
    ]
    drawing = route_drawing.draw(stops, ROLES, width=width)
    tops = [(lane.y, lane.y + lane.height) for lane in drawing.lanes]
    boxes = [(y, y + height) for _, y, _, height in (arrow.box for arrow in drawing.arrows)]
    assert all(x >= 0 and x + wide <= width for x, _, wide, _ in (arrow.box for arrow in drawing.arrows))
    assert all(bottom <= drawing.height for _, bottom in tops + boxes)
    assert not any(top < below and above < bottom for top, bottom in boxes for above, below in tops)


def test_a_lane_with_something_to_settle_says_so():
    stops = route({"timing": {"to": "2026-06-07"}})
    drawing = route_drawing.draw(stops, ROLES, route_checks.problems(stops, roles=ROLES, today=TODAY))
    assert (drawing.lanes[0].tone, drawing.lanes[1].tone) == ("", "late")
    assert "never open again" in drawing.lanes[1].says


def test_gates_follow_the_stages_they_name():
    gate = {"any": [{"silence": {"touches": 1, "stage": 1}}, {"reply": {"labels": ["referral"], "stage": 2}}, SILENCE]}
    assert gates.renumbered(gate, {1: 3, 3: 1}) == {
        "any": [{"silence": {"touches": 1, "stage": 3}}, {"reply": {"labels": ["referral"]}}, SILENCE]
    }
