"""Who is written to next, with what, and from which day."""

from dataclasses import replace
from datetime import date

from prospecting.rules.planner import Budget, Past, Person, Stage, Step, plan

MONDAY, TUESDAY, FRIDAY = date(2026, 6, 8), date(2026, 6, 9), date(2026, 6, 12)
OWNER_STAGE = Stage(1, 1, "Problem owner", ("problem_owner",), "open", opened_on=MONDAY)
APPROVER_STAGE = Stage(2, 2, "Approver", ("approver",), "waiting")
JOOST, BRAM = Person(1, "Joost", "problem_owner"), Person(2, "Bram", "problem_owner")
WILLEM = Person(3, "Willem", "approver")
PEOPLE = {"problem_owner": [JOOST, BRAM], "approver": [WILLEM]}
FIRST = Step(10, "a", 1, "problem_owner", "mail", 0)
SECOND = Step(11, "b", 2, "problem_owner", "mail", 3)
TO_APPROVER = Step(12, "c", 1, "approver", "mail", 0)
STEPS = [FIRST, SECOND, TO_APPROVER]


def make(stages=(OWNER_STAGE, APPROVER_STAGE), people=PEOPLE, past=(), today=MONDAY, **budget):
    return plan(stages, people, STEPS, past, budget=Budget(**budget), today=today)


def test_only_the_open_stage_gets_touches():
    assert [(t.contact, t.step) for t in make().touches] == [(JOOST.id, FIRST.id)]


def test_the_next_step_waits_its_working_days_from_the_real_send():
    touch = make(past=[Past(1, "a", FRIDAY, True)], today=FRIDAY).touches[0]
    assert (touch.step, touch.day) == (SECOND.id, date(2026, 6, 17))


def test_one_planned_touch_a_person_is_enough():
    assert make(past=[Past(1, "a", TUESDAY, False)]).touches == ()


def test_a_stopped_person_makes_way_for_the_next_holder():
    people = {**PEOPLE, "problem_owner": [replace(JOOST, stopped="has left"), BRAM]}
    assert make(people=people).touches[0].contact == BRAM.id


def test_nobody_gets_the_same_step_twice_from_a_newer_version():
    steps = [replace(FIRST, id=99), SECOND]
    made = plan([OWNER_STAGE], PEOPLE, steps, [Past(1, "a", MONDAY, True)], budget=Budget(), today=MONDAY)
    assert made.touches[0].step == SECOND.id


def test_two_people_at_once_is_the_most():
    both = replace(OWNER_STAGE, most_people=2)
    made = make(stages=[both, replace(APPROVER_STAGE, state="open", opened_on=MONDAY)], people_at_once=2)
    assert [t.contact for t in made.touches] == [1, 2]
    assert made.why_none == ("Two people at once is the most we write to here. Now: Joost and Bram.",)


def test_different_people_are_days_apart():
    made = make(stages=[replace(OWNER_STAGE, most_people=2)], days_between_people=2)
    assert [t.day for t in made.touches] == [MONDAY, date(2026, 6, 10)]


def test_a_full_week_moves_the_touch():
    past = [Past(7, "x", MONDAY, True), Past(7, "y", TUESDAY, True), Past(7, "z", TUESDAY, True)]
    touch = make(past=past, today=date(2026, 6, 10), days_between_people=0).touches[0]
    assert touch.day == date(2026, 6, 15)
    assert "budget" in touch.why


def test_an_unfilled_role_is_named():
    made = make(people={"approver": [WILLEM]})
    assert made.missing_roles == ("problem_owner",)
    assert made.why_none == ("Problem owner: nobody is known in this role.",)


def test_a_stage_is_used_up_when_everyone_has_had_every_step():
    made = make(past=[Past(1, "a", MONDAY, True), Past(1, "b", MONDAY, True)])
    assert made.used_up == (OWNER_STAGE.id,)


def test_no_touch_lies_on_a_weekend():
    assert make(today=date(2026, 6, 13)).touches[0].day == date(2026, 6, 15)


def test_without_an_open_stage_it_says_so():
    assert make(stages=[APPROVER_STAGE]).why_none == ("No stage is open.",)
