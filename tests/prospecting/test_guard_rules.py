"""The guard's decision on plain values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from prospecting.rules import guard
from prospecting.rules.guard import ANSWER, OUTREACH, Facts, MailboxFacts

NOW = datetime(2026, 6, 11, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=5)
FINE = Facts(person="Willem Maas", account="Maas & Dekker", mailbox=MailboxFacts("ada@halden-air.example"))

BLOCKS = [
    (guard.SUPPRESSED, {"suppressed": "address"}),
    (guard.ACCOUNT_CLOSED, {"account_closed": True}),
    (guard.NO_OWNER, {"has_owner": False}),
    (guard.COMPETING_ENROLLMENT, {"competing": "Ben Castellanos has it"}),
    (guard.ROLE_UNKNOWN, {"role_known": False}),
    (guard.ROLE_NOT_ON_ROUTE, {"role_on_route": False, "role_words": "legal"}),
    (guard.DEPARTMENT_OUT_OF_ROUTE, {"department_out": "marketing"}),
    (guard.STAGE_NOT_OPEN, {"stage_open": False}),
    (guard.UNHANDLED_MAIL, {"unhandled_mail": True}),
    (guard.COLLEAGUE_IN_CONVERSATION, {"in_conversation": "Joost Dekker"}),
    (guard.CONTACTED_FOR_ANOTHER_ACCOUNT, {"other_account": "Hollow Creek"}),
    (guard.COOL_OFF, {"cool_off_until": LATER}),
    (guard.TIMING_CLOSED, {"timing_open": False, "timing_opens": LATER}),
    (guard.ACCOUNT_CAP, {"people_active": ("Joost", "Anouk")}),
    (guard.MAILBOX_PAUSED, {"mailbox": MailboxFacts("ada@halden-air.example", paused_why="wrong password.")}),
    (guard.OUTSIDE_SENDING_WINDOW, {"mailbox": MailboxFacts("a", opens_at=LATER)}),
    (guard.MAILBOX_CAP, {"mailbox": MailboxFacts("a", cap_frees_at=LATER)}),
]


def decide(purpose=OUTREACH, **facts):
    return guard.decide(replace(FINE, **facts), purpose=purpose, now=NOW)


def test_nothing_in_the_way_is_allowed():
    assert decide().allowed


def test_the_list_of_reasons_is_closed_and_each_one_can_happen():
    assert {reason for reason, _ in BLOCKS} == set(guard.REASONS)


@pytest.mark.parametrize(("reason", "facts"), BLOCKS)
def test_each_reason_stops_outreach_and_says_why(reason, facts):
    verdict = decide(**facts)
    assert (verdict.allowed, verdict.reason) == (False, reason)
    assert verdict.sentence.endswith(".")


@pytest.mark.parametrize(("reason", "facts"), BLOCKS)
def test_an_answer_asks_only_three_reasons(reason, facts):
    asked = reason in (guard.SUPPRESSED, guard.ACCOUNT_CLOSED, guard.MAILBOX_PAUSED)
    assert decide(ANSWER, **facts).allowed is not asked


@pytest.mark.parametrize(("reason", "facts"), BLOCKS)
def test_only_opinions_can_be_overridden(reason, facts):
    verdict = decide(overridden=frozenset({reason}), **facts)
    assert verdict.allowed is (reason not in guard.NEVER_OVERRIDDEN)


def test_before_a_mailbox_is_chosen_its_reasons_are_left_to_the_sender():
    assert decide(mailbox=None).allowed


def test_two_people_at_once_is_the_most_and_they_are_named():
    verdict = decide(people_active=("Joost", "Anouk"))
    assert verdict.sentence == "Two people at once is the most we write to here. Now: Joost and Anouk."


def test_someone_we_already_write_to_does_not_count_twice():
    assert decide(people_active=("Joost", "Anouk"), person_is_active=True).allowed


def test_a_full_week_waits_until_it_frees():
    verdict = decide(touches_this_week=3, week_frees_at=LATER)
    assert (verdict.waits, verdict.until) == (True, LATER)


def test_a_colleague_in_conversation_is_named():
    assert "Joost Dekker is talking with us" in decide(in_conversation="Joost Dekker").sentence


def test_suppression_comes_before_everything_else():
    assert decide(suppressed="domain", stage_open=False, has_owner=False).reason == guard.SUPPRESSED


def test_the_badge_says_waits_or_refused():
    assert decide(stage_open=False).words == "Refused: stage not open"
    assert decide(in_conversation="Joost").words == "Waits: colleague in conversation"
