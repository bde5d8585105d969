"""The figures of reliability in their short form: only counts are asserted."""

import pytest

from tests.faults import points, r1, r2, r5, r6, r8, r9, r10, r11, s6

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


def of(figure, *names):
    return {name: figure[name] for name in names}


@pytest.mark.postfix
@pytest.mark.dovecot
def test_r1_senders_killed_at_random_lose_nothing_and_send_nothing_twice():
    found = r1.run(sends=200, kills=15)
    print(found)
    assert of(found, "twice", "lost", "wrong", "unresolved", "not_sent") == dict.fromkeys(
        ["twice", "lost", "wrong", "unresolved", "not_sent"], 0
    )
    assert found["in_maildirs"] == 200
    assert found["uncertain"] <= found["kills"]


def test_every_end_of_a_transaction_in_these_paths_is_a_place_to_be_killed_at():
    paths = points.SENDING + points.INGESTING + points.TOLD + points.BOOKING + points.OUTCOMES + points.LEDGER
    assert points.without_a_place(paths + points.REMINDING) == []
    assert len(points.of(points.SENDING)) >= 14
    assert len(points.of(points.INGESTING)) >= 8
    assert len(points.of(points.REACTING)) == 3
    assert len(points.of(points.BOOKING)) >= 6
    assert len(points.of(points.REMINDING)) >= 4


@pytest.mark.postfix
@pytest.mark.dovecot
def test_r2_killed_at_every_named_place_nothing_is_lost_twice_or_half_done():
    found = r2.run(kills=1)
    print(found)
    assert found["not_reached"] == []
    zeros = {"twice", "lost", "wrong", "unresolved", "wrong_states", "mail_lost_or_twice", "mail_altered"}
    zeros |= {
        "mail_unhandled",
        "replies_twice",
        "replies_lost",
        "posts_lost_or_twice",
        "posts_altered",
        "posts_not_aside",
    }
    zeros |= {"cells_not_once", "items_twice"}
    zeros |= {"reminders_lost", "reminders_twice", "tasks_not_once", "hours_not_kept"}
    zeros |= {"reminder_mails_lost", "reminder_mails_twice", "reminder_mails_not_sent"}
    zeros |= {"lost_winners", "booked_twice", "meetings_not_three", "steps_not_once", "credits_wrong", "pencils_left"}
    zeros |= {"mails_not_once", "items_not_done", "overlaps", "without_a_true_seat", "outcomes_wrong", "ledger_wrong"}
    zeros |= {"outcomes_not_once", "recoveries_wrong", "recovery_mails_not_once", "not_asked_once"}
    zeros |= {"outcome_credits_wrong", "qualifications_twice"}
    assert of(found, *zeros) == dict.fromkeys(zeros, 0)


def test_r5_whatever_many_guests_want_at_once_nobody_is_booked_twice_and_nobody_is_lost():
    found = r5.run(attempts=10_000, parallel=200, contests=36, unchecked=180)
    print(found)
    zeros = {
        "overlaps",
        "without_a_true_seat",
        "deadlocks",
        "lost_winners",
        "double_clicks_that_booked_twice",
        "double_clicks_refused",
    }
    zeros |= {"pencils_lost", "losers_without_alternatives", "over_the_cap", "mails_twice"}
    assert of(found, *zeros) == dict.fromkeys(zeros, 0)
    assert (found["contests_nobody_won"], found["faults"], found["unchecked_faults"]) == ([], {}, [])
    assert found["losers"] > found["winners"] > 0 and found["unchecked_winners"] > 0


def test_r6_every_misbehaviour_of_a_server_leaves_its_mail_in_the_right_state():
    found = r6.run(mails=1)
    print(found)
    assert found["behaviours"] >= 30
    assert found["wrong"] == []
    assert (found["left_alone"], found["left_beside_a_fault"]) == (found["beside"], found["beside"])


def test_r8_what_a_provider_posts_again_and_again_has_its_effect_once_and_forged_posts_none():
    found = r8.run(events=40, forged=20)
    print(found)
    zeros = {"lost", "twice", "not_acknowledged", "forged_taken", "forged_effects", "set_aside"}
    assert of(found, *zeros) == dict.fromkeys(zeros, 0)
    assert (found["effects"], found["posts_kept"], found["forged"]) == (40, 40, 20)


@pytest.mark.postfix
@pytest.mark.dovecot
@pytest.mark.sieve
def test_r10_programs_that_answer_by_themselves_never_make_a_loop():
    found = r10.run(pairs=5, looks=3)
    print(found)
    assert found["vacations"] >= 2
    assert found["unmarked"] >= 1
    assert found["most_per_pair"] <= 2


def test_r11_no_text_leaves_after_an_opt_out_an_answer_or_a_bounce():
    found = r11.run(races=40, answers=6)
    print(found)
    zeros = ("data_after_the_click_was_answered", "data_after_an_answer", "twice")
    assert of(found, *zeros) == dict.fromkeys(zeros, 0)
    assert found["stopped"] > 0
    assert found["steps_stopped"] > 0


def test_r9_every_zone_at_every_change_reads_as_the_oracles_do_and_jumping_clocks_remind_once():
    found = r9.run(zones=12, reminders=30, seconds=3)
    print(found)
    differences = {name: number for name, number in found.items() if name.startswith("differences_")}
    assert set(differences.values()) == {0}
    assert (found["skipped_offered"], found["doubled_offered_twice"]) == (0, 0)
    assert found["skipped_hours"] > 5
    assert found["doubled_hours"] > 5
    for jumped in (found["one_machine"], found["all_clocks"]):
        assert of(jumped, "not_sent", "early", "twice") == {"not_sent": 0, "early": 0, "twice": 0}
        assert (jumped["sent"], jumped["mails"]) == (30, 30)


def test_s6_answers_that_are_forged_or_stale_change_nothing():
    found = s6.run(answers=28)
    print(found)
    assert (found["answers"], found["tables_changed"], found["true_answers"]) == (28, [], 1)
    assert found["shown_as_unverified"] >= 8
