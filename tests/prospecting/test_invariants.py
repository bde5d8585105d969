"""The sixty days' invariants can fail: each objects to a forged row, and to a product that breaks its promise."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from crm import clock
from crm.models import Account, Event
from crm.services import suppression
from prospecting.models import Attempt, Enrollment, Outgoing, StageVisit, Touch
from prospecting.rules import gates, guard
from prospecting.services import belongings, planner, reactions, sending
from tests.prospecting import invariants
from tests.prospecting.lives import Life
from tests.prospecting.stories import Firm, Story
from tests.prospecting.world import MONDAY, Server, enrolled, person_at

pytestmark = pytest.mark.django_db
QUIETER = ["closed", "resting", "paused", "account", "address"]


@pytest.fixture
def sent(world: SimpleNamespace, server: Server) -> Touch:
    """Joost of Maas Dekker was written to, and nothing is wrong."""
    world.walk = enrolled(world)
    sending.send_due(hand_over=server)
    return Touch.objects.select_related("enrollment", "account", "contact", "step").get(
        contact=world.joost, state="sent"
    )


def forged(touch: Touch, **columns: Any) -> Touch:
    """Another touch like this one, which no verb made."""
    row = Touch.objects.get(pk=touch.pk)
    row.pk, row._state.adding, row.message = None, True, None
    for name, value in columns.items():
        setattr(row, name, value)
    row.save()
    return row


def handed_over(like: Touch, **columns: Any) -> Attempt:
    """Another hand-over like its own; without the hash, for which the database itself would refuse it."""
    row = Attempt.objects.get(touch=like)
    row.pk, row._state.adding = None, True
    for name, value in {"outcome": "accepted", "address_hash": "", "barred_by": [], **columns}.items():
        setattr(row, name, value)
    row.save()
    return row


def make_quiet(touch: Touch, how: str) -> None:
    account = Account.objects.filter(pk=touch.account_id)
    if how == "closed":
        account.update(closed_at=clock.now())
    elif how == "resting":
        account.update(rests_until=clock.today() + timedelta(days=3))
    elif how == "paused":
        Enrollment.objects.filter(pk=touch.enrollment_id).update(state="paused")
    elif how == "account":
        suppression.suppress_account(touch.account, reason="asked", by="the test")
    else:
        suppression.suppress_address(touch.contact.email, reason="asked", by="the test")


@pytest.mark.parametrize("how", QUIETER)
def test_a_mail_to_an_account_that_is_quiet_is_seen(sent: Touch, how: str) -> None:
    invariants.nothing_left_where_it_is_quiet(invariants.quiet_accounts(), 0)
    make_quiet(sent, how)
    since, quiet = invariants.last_attempt(), invariants.quiet_accounts()
    with clock.at(MONDAY + timedelta(minutes=1)):
        handed_over(sent, started_at=clock.now())

    with pytest.raises(AssertionError, match=r"left though the account is|suppressed"):
        invariants.nothing_left_where_it_is_quiet(quiet, since)


def test_a_mail_before_its_stage_is_seen(sent: Touch) -> None:
    invariants.nobody_written_to_before_their_stage(0)
    shut = StageVisit.objects.get(enrollment=sent.enrollment, state="waiting")
    Touch.objects.filter(pk=sent.pk).update(visit=shut)

    with pytest.raises(AssertionError, match="before the stage opened"):
        invariants.nobody_written_to_before_their_stage(0)


@pytest.mark.parametrize("by", ["the planner", "the matrix"])
def test_a_stage_that_opens_without_its_outcome_is_seen(sent: Touch, by: str) -> None:
    invariants.stages_opened_by_their_gates(0, {"Ada"})
    shut = StageVisit.objects.get(enrollment=sent.enrollment, state="waiting")
    Event.record("stagevisit.open", by=by, subject=shut, account=sent.account)

    with pytest.raises(AssertionError, match="opened stage 2"):
        invariants.stages_opened_by_their_gates(0, {"Ada"})


def test_one_touch_too_many_in_a_week_is_seen(sent: Touch) -> None:
    invariants.budget_kept(True)
    other = sent.step.version.steps.filter(role__slug="approver").first()
    steps = sent.step.version.steps.exclude(pk=sent.step_id)
    for n, step in enumerate([*steps, other], start=1):
        at = MONDAY + timedelta(days=n)
        row = forged(sent, step=step, sent_at=at, state="sent") if n < 4 else None
        if row:
            Attempt.objects.create(
                touch=row, mailbox=row.mailbox, message_id=f"{n}@x", recipient="joost@x.example", raw=b"", fence=1,
                outcome="accepted", started_at=at,
            )  # fmt: skip

    with clock.at(MONDAY + timedelta(days=4)), pytest.raises(AssertionError, match="4 of 3 touches in a week"):
        invariants.budget_kept(True)


def test_two_people_written_to_too_soon_after_each_other_are_seen(world: SimpleNamespace, sent: Touch) -> None:
    row = forged(sent, contact=world.willem, sent_at=MONDAY + timedelta(days=1))
    handed_over(sent, touch=row, message_id="b@x", started_at=row.sent_at)

    with clock.at(MONDAY + timedelta(days=1)), pytest.raises(AssertionError, match="two people within 2 days"):
        invariants.budget_kept(True)


def test_too_many_people_at_once_are_seen(world: SimpleNamespace, sent: Touch) -> None:
    invariants.people_at_once(True)
    Touch.objects.update(state="planned", sent_at=None)
    forged(sent, contact=world.willem, state="planned")
    type(sent.enrollment.policy).objects.update(people_at_once=1)

    with pytest.raises(AssertionError, match="2 people at once"):
        invariants.people_at_once(True)


def test_a_step_that_comes_twice_is_seen(sent: Touch) -> None:
    invariants.no_step_twice()
    walk = Enrollment.objects.get(pk=sent.enrollment_id)
    Enrollment.objects.filter(pk=walk.pk).update(state="finished")
    walk.pk, walk._state.adding = None, True
    walk.save()
    forged(sent, enrollment=walk)

    with pytest.raises(AssertionError, match="the same step to the same person"):
        invariants.no_step_twice()


def test_a_message_sent_twice_is_seen(sent: Touch, server: Server) -> None:
    taken = [attempt.message_id for attempt in server.kept]
    invariants.nothing_sent_twice(taken)
    handed_over(sent)

    with pytest.raises(AssertionError, match="accepted twice"):
        invariants.nothing_sent_twice(taken)
    with pytest.raises(AssertionError, match="took a message twice"):
        invariants.nothing_sent_twice(taken * 2)
    with pytest.raises(AssertionError, match="no server took"):
        invariants.nothing_sent_twice([])


STUCK = [
    {"state": "active", "plan_at": None},
    {"state": "active", "plan_at": MONDAY, "next_words": ""},
    {"state": "active", "plan_at": MONDAY + timedelta(days=300)},
    {"state": "paused", "reason": "Someone wrote."},
    {"state": "paused", "reason": "Someone wrote.", "in_conversation": True},
    {"state": "paused", "reason": "", "paused_by_hand": True},
    {"state": "resting", "reason": "A quiet while.", "rests_until": None},
    {"state": "resting", "reason": "A quiet while.", "rests_until": MONDAY.date()},
]


@pytest.mark.parametrize("columns", STUCK, ids=str)
def test_a_walk_that_nobody_looks_at_is_seen(sent: Touch, columns: dict[str, Any]) -> None:
    planner.plan_due()
    invariants.nobody_is_stuck(timedelta(days=90))
    Touch.objects.filter(state="planned").delete()
    Enrollment.objects.filter(pk=sent.enrollment_id).update(**columns)

    with pytest.raises(AssertionError, match=f"walk {sent.enrollment_id}"):
        invariants.nobody_is_stuck(timedelta(days=90))


def test_a_mail_that_waits_and_does_not_say_why_is_seen(sent: Touch) -> None:
    planner.plan_due()
    invariants.waiting_mails_say_why()
    with clock.at(MONDAY + timedelta(days=20)), pytest.raises(AssertionError, match="do not say why"):
        invariants.waiting_mails_say_why()


def test_an_answer_that_is_held_like_outreach_is_seen(sent: Touch) -> None:
    Outgoing.objects.create(
        purpose="answer", key="a", state="skipped", account=sent.account, to_address="joost@x.example", subject="Re",
        body="Hello", mailbox=sent.mailbox, created_at=MONDAY, not_before=MONDAY, waits_because="Colleague in conversation",
    )  # fmt: skip

    with clock.at(MONDAY + timedelta(days=1)), pytest.raises(AssertionError, match="held for a reason of outreach"):
        invariants.answers_leave()


# A product that breaks its promise ---------------------------------------------------------------------------------


STORY = Story(
    stages=(
        {"name": "One", "roles": ["problem-owner"], "max_people": 2, "gate": {"start": {}}},
        {"name": "Two", "roles": ["approver"], "gate": {"reply": {"labels": ["interested"]}}},
    ),
    steps=(("problem-owner", (("email", 0), ("email", 1), ("email", 0))), ("approver", (("email", 0),))),
    firms=(Firm(False, 0, (("problem-owner", "high"), ("problem-owner", "high"), ("approver", "high"))),),
    policy=(1, 1, 2), share=True, approval=False, diligence=0, trouble=(),
    acts=((1, "rest", 0, 9), (2, "enroll", 0, 0), (15, "reply", 0, 5), (16, "answer", 0, 0)),
)  # fmt: skip


BRIEF = replace(STORY, steps=tuple((role, (("email", 0),)) for role in ("problem-owner", "approver")), acts=())


def lived(ada: Any, ruth: Any, story: Story = STORY) -> None:
    with clock.at(MONDAY):
        life = Life(story, ada, ruth)
    life.live(30)


def test_the_story_is_lived_without_an_objection(ada: Any, ruth: Any) -> None:
    lived(ada, ruth)

    assert Touch.objects.filter(state="sent").count() >= 2


def test_a_guard_that_allows_everything_is_found_out(ada: Any, ruth: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "decide", lambda facts, *, purpose, now: guard.Verdict(guard.ALLOW))
    monkeypatch.setattr("prospecting.rules.planner._polite_day", lambda person, day, room, country: day)

    with pytest.raises(AssertionError, match=r"touches in a week|left though|two people"):
        lived(ada, ruth)


def test_gates_that_open_by_themselves_are_found_out(ada: Any, ruth: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "check", lambda gate, so_far: gates.GateVerdict(True, "just so"))

    with pytest.raises(AssertionError, match="opened stage 2"):
        lived(ada, ruth)


def test_a_planner_that_never_rests_is_found_out(ada: Any, ruth: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "_when", lambda walk, touches, earliest: walk.known.now)

    with pytest.raises(AssertionError, match="find no end"):
        lived(ada, ruth)


def test_a_planner_that_forgets_to_look_again_is_found_out(
    ada: Any, ruth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "_when", lambda walk, touches, earliest: None)

    with pytest.raises(AssertionError, match="nobody looks again"):
        lived(ada, ruth, BRIEF)


# However a touch ends that the walk waited for, somebody looks again ------------------------------------------------


@pytest.fixture
def uncertain(world: SimpleNamespace) -> Touch:
    """The only mail of the walk: nobody knows whether it arrived, and the planner waits for it."""
    enrolled(world)
    sending.send_due(hand_over=Server("unknown", "timed out"))
    Enrollment.objects.update(plan_at=None)
    return Touch.objects.get(contact=world.joost)


@pytest.fixture
def planned(world: SimpleNamespace) -> Touch:
    enrolled(world)
    Enrollment.objects.update(plan_at=None)
    return Touch.objects.get(contact=world.joost, state="planned")


@pytest.mark.parametrize("to", ["dropped", "bounced", "planned", "sent"])
def test_a_walk_goes_on_whatever_a_person_says_of_an_uncertain_mail(uncertain: Touch, to: str, ada: Any) -> None:
    sending.settle_uncertain(uncertain, to, by=ada)

    invariants.nobody_is_stuck(timedelta(days=1))


def test_a_walk_goes_on_when_the_person_it_waited_for_is_erased(planned: Touch) -> None:
    belongings.erase_contact(planned.contact)

    invariants.nobody_is_stuck(timedelta(days=1))


def test_a_walk_goes_on_when_the_person_it_waited_for_was_a_double(planned: Touch, ada: Any) -> None:
    belongings.merge_contacts(person_at(planned.account, "Johannes Dekker", "user"), planned.contact)

    invariants.nobody_is_stuck(timedelta(days=1))


def test_a_walk_goes_on_when_the_person_it_waited_for_is_stopped(planned: Touch, ada: Any) -> None:
    reactions.stop_contact(planned.contact, "asked us", by=ada)

    invariants.nobody_is_stuck(timedelta(days=1))
