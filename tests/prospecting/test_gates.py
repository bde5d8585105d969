"""Gates open on outcomes."""

from dataclasses import replace
from datetime import date

import pytest

from prospecting.rules import gate_checks, gates
from prospecting.rules.gates import Outcomes, check

SO_FAR = Outcomes(today=date(2026, 6, 24), touches=3, last_touch=date(2026, 6, 12))
SILENCE = {"silence": {"touches": 3, "working_days": 8}}


def test_silence_opens_after_its_touches_and_working_days():
    assert check(SILENCE, SO_FAR).open


def test_silence_is_not_over_a_day_early():
    verdict = check(SILENCE, replace(SO_FAR, today=date(2026, 6, 23)))
    assert (verdict.open, verdict.earliest) == (False, date(2026, 6, 24))
    assert verdict.why == "silence until Wed 24 June at the earliest"


def test_too_few_touches_are_no_silence():
    assert check(SILENCE, replace(SO_FAR, touches=2)).why == "2 of 3 touches made without an answer"


def test_time_away_does_not_count_as_silence():
    assert not check(SILENCE, replace(SO_FAR, patience_from=date(2026, 6, 20))).open


def test_a_public_holiday_is_no_working_day():
    assert not check(SILENCE, replace(SO_FAR, last_touch=date(2026, 5, 22), today=date(2026, 6, 3), country="DE")).open


@pytest.mark.parametrize(
    ("gate", "so_far"),
    [
        ({"start": {}}, {}),
        ({"reply": {"labels": ["referral", "interested"]}}, {"labels": frozenset({"interested"})}),
        ({"referral": {"role": "approver"}}, {"referred_roles": frozenset({"approver"})}),
        ({"role_filled": {"role": "approver"}}, {"filled_roles": frozenset({"approver"})}),
        ({"meeting_held": {}}, {"meeting_held": True}),
        ({"timing": {"from": "2026-06-01", "to": "2026-06-30"}}, {}),
    ],
)
def test_each_outcome_opens_its_gate(gate, so_far):
    assert check(gate, replace(SO_FAR, **so_far)).open


@pytest.mark.parametrize(
    "gate",
    [
        {"reply": {"labels": ["referral"]}},
        {"referral": {"role": "approver"}},
        {"role_filled": {"role": "approver"}},
        {"meeting_held": {}},
        {"timing": {"from": "2026-07-01"}},
        {"timing": {"to": "2026-05-31"}},
        {"by_hand": {}},
        {},
    ],
)
def test_without_its_outcome_a_gate_stays_shut(gate):
    assert not check(gate, SO_FAR).open


def test_any_opens_on_the_first_and_says_which():
    verdict = check({"any": [{"meeting_held": {}}, SILENCE]}, SO_FAR)
    assert (verdict.open, verdict.why) == (True, "3 touches and 8 working days without an answer")


def test_all_waits_for_each_and_says_what_is_missing():
    verdict = check({"all": [SILENCE, {"role_filled": {"role": "approver"}}]}, SO_FAR)
    assert (verdict.open, verdict.why) == (False, "the approver is not known yet")


@pytest.mark.parametrize(
    ("gate", "word"),
    [
        ({"reply": {"labels": ["nonsense"]}}, "nonsense"),
        ({"reply": {"labels": []}}, "none given"),
        ({"silence": {"touches": 0}}, "at least one touch"),
        ({"role_filled": {"role": "astronaut"}}, "astronaut"),
        ({"any": []}, "never open"),
        ({"timing": {"from": "2026-07-01", "to": "2026-06-01"}}, "never open"),
        ({"moon": {}}, "moon"),
        ({"start": {}, "silence": {}}, "one outcome"),
    ],
)
def test_a_gate_that_can_never_open_is_told_in_words(gate, word):
    assert word in gate_checks.problems(gate, roles={"approver"})[0]


def test_a_gate_reads_as_a_sentence():
    assert gates.words({"any": [{"meeting_held": {}}, SILENCE]}) == (
        "after a held meeting or after silence: 3 touches and 8 working days"
    )
