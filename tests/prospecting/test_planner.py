"""The planner on the database: a batch is planned as one by one would be, by any number of planners, who may die."""

import random
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.utils import Error
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.models import Account, Contact, Event, Organisation, Team
from crm.services import accounts, contacts, suppression
from prospecting.models import Enrollment, Milestone, StageVisit, Touch
from prospecting.services import enrollment, planner, segments, sending
from tests.conftest import person
from tests.prospecting.world import MONDAY, Server, account_named, enrolled, mailbox_of, person_at, playbook

pytestmark = pytest.mark.django_db


def stores(ada: Any, count: int) -> tuple[list[Account], dict[str, Any]]:
    """So many accounts with two people each, and what to enroll them with."""
    book = playbook(ada)
    found = [account_named(f"Store {n}", owner=ada) for n in range(count)]
    for n, account in enumerate(found):
        person_at(account, f"Otto S{n}", "problem-owner")
        person_at(account, f"Anna S{n}", "approver")
    segments.publish(book.segment.versions.get(), by=ada)
    return found, {"segment": book.segment, "sequence_version": book.sequence, "prospector": ada, "by": ada}


def walking(ada: Any, count: int) -> list[Enrollment]:
    found, how = stores(ada, count)
    return enrollment.enroll_many(found, **how)


def due_again(walks: list[Enrollment]) -> None:
    """Nothing is planned any more and every walk is due, each a second after the one before."""
    Touch.objects.filter(state="planned").delete()
    for n, walk in enumerate(walks):
        Enrollment.objects.filter(pk=walk.pk).update(plan_at=MONDAY - timedelta(seconds=100 - n), next_words="")


def sent(walk: Enrollment, days_ago: int, order: int, **fields: Any) -> None:
    step = walk.sequence_version.steps.filter(role__slug="problem-owner").order_by("order")[order]
    visit, contact = walk.visits.get(stage__order=1), Contact.objects.filter(memberships__account=walk.account).first()
    at = clock.now() - timedelta(days=days_ago)
    facts = {"state": "sent", "sent_at": at, "due_on": at.date(), "created_at": at, "channel": step.channel, **fields}
    Touch.objects.create(enrollment=walk, account=walk.account, contact=contact, visit=visit, step=step, **facts)


def planned() -> list[Any]:
    """What the planner has written, without the numbers of rows."""
    touch = ("account", "contact", "step", "visit", "channel", "state", "due_on", "why", "created_at")
    walk = ("account", "state", "reason", "plan_at", "next_words", "ended_at", "in_conversation")
    visit = ("account", "stage", "state", "why", "opened_at", "closed_at")
    told = ("account", "kind", "why", "facts", "actor_name", "at", "subject_type")
    rows = [(Touch, touch), (Enrollment, walk), (StageVisit, visit), (Event, told)]
    return [sorted(map(str, model.objects.values_list(*names))) for model, names in rows]


def complicate(walks: list[Enrollment], dice: random.Random, ada: Any) -> None:
    """Every walk gets a past and some trouble."""
    for walk in walks:
        holder = Contact.objects.filter(memberships__account=walk.account).first()
        for order in range(dice.choice((0, 1, 1, 2))):
            sent(walk, dice.randint(1, 40) - order, order, reached=dice.random() < 0.8)
        trouble = dice.choice(("away", "stopped", "barred", "held", "shared", "site", "nobody", "", "", ""))
        if trouble == "away":
            contacts.set_away(holder, (MONDAY + timedelta(days=5)).date(), by=ada)
        elif trouble == "stopped":
            contacts.stop_contact(holder, "has left", by=ada)
        elif trouble == "barred":
            suppression.suppress_address(holder.email, reason="asked", by=ada)
        elif trouble == "held":
            Milestone.objects.create(enrollment=walk, account=walk.account, rung="held", at=clock.now())
        elif trouble == "shared":
            contacts.join(holder, dice.choice(walks).account, by=ada, role="problem-owner")
        elif trouble == "site":
            Account.objects.filter(pk=walk.account_id).update(parent=walks[0].account if walk != walks[0] else None)
        elif trouble == "nobody":
            holder.memberships.update(confidence="low")


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_is_planned_as_one_by_one_would_be(ada: Any, monday: Any, seed: int) -> None:
    walks = walking(ada, 14)
    due_again(walks)
    complicate(walks, random.Random(seed), ada)
    with transaction.atomic():
        for walk in walks:
            planner.plan(walk)
        expected = planned()
        transaction.set_rollback(True)

    assert planner.plan_due() == len(walks)

    assert planned() == expected


def test_sites_of_one_company_share_their_budget_within_a_batch(ada: Any, monday: Any) -> None:
    walks = walking(ada, 4)
    due_again(walks)
    root = walks[0].account
    Account.objects.exclude(pk=root.pk).update(parent=root)

    planner.plan_due()

    assert Touch.objects.filter(state="planned").count() == 2
    assert Enrollment.objects.filter(next_words__startswith="Two people at once").count() == 2


def test_whoever_belongs_to_two_accounts_is_planned_for_one_of_them(ada: Any, monday: Any) -> None:
    one, other = walks = walking(ada, 2)
    due_again(walks)
    otto = Contact.objects.filter(memberships__account=one.account).first()
    other.account.memberships.filter(role__slug="problem-owner").update(confidence="low")
    contacts.join(otto, other.account, by=ada, role="problem-owner")

    planner.plan_due()

    assert [touch.account for touch in Touch.objects.filter(contact=otto)] == [one.account]
    other.refresh_from_db()
    assert other.next_words == f"{otto.name} is being written to for Store 0."


def test_a_batch_asks_no_more_for_many_walks_than_for_a_few(ada: Any, monday: Any) -> None:
    walks = walking(ada, 24)
    asked = []
    for few in (walks[:3], walks):
        due_again(few)
        with CaptureQueriesContext(connection) as captured:
            assert planner.plan_due() == len(few)
        asked.append(len(captured))

    assert asked[0] == asked[1] < 25


def test_enrolling_asks_for_each_account_only_its_rung(ada: Any, monday: Any) -> None:
    found, how = stores(ada, 14)
    asked = []
    for share in (found[:2], found[2:]):
        with CaptureQueriesContext(connection) as captured:
            assert len(enrollment.enroll_many(share, **how)) == len(share)
        asked.append(len(captured))

    assert asked[1] - asked[0] <= 2 * 10


def test_one_account_that_cannot_be_planned_holds_up_nobody(
    ada: Any, monday: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    walks = walking(ada, 5)
    due_again(walks)
    decide, bad = planner._decide, walks[2]

    def stumble(walk: Any) -> Any:
        if walk.account == bad.account_id:
            raise ValueError("broken")
        return decide(walk)

    monkeypatch.setattr(planner, "_decide", stumble)
    planner.plan_due()

    bad.refresh_from_db()
    assert Touch.objects.filter(state="planned").exclude(account=bad.account).count() == 4
    assert bad.plan_at == MONDAY + planner.AFTER_A_FAULT
    assert "An error of ours" in bad.next_words
    assert f"the walk of account {bad.account_id} could not be planned" in caplog.text


def test_after_a_day_without_a_planner_there_is_no_burst(ada: Any, monday: Any) -> None:
    mailbox_of(ada, gap_seconds=600)
    walks = walking(ada, 6)
    due_again(walks)
    for walk in walks:
        sent(walk, 6, 0)
    server = Server()
    with clock.at(MONDAY + timedelta(days=1)):
        planner.plan_due()
        planner.plan_due()
        rows = list(Touch.objects.filter(state="planned"))
        assert sorted(row.account_id for row in rows) == sorted(walk.account_id for walk in walks)
        assert {row.due_on for row in rows} == {(MONDAY + timedelta(days=1)).date()}
        for _ in range(3):
            sending.send_due(hand_over=server)
        assert len(server.kept) == 1


# With connections of their own -----------------------------------------------------------------------------------


@pytest.fixture
def many(transactional_db: None, seeds: None, monday: Any) -> list[Enrollment]:
    """Thirty walks that are due, where every process sees them."""
    Organisation.objects.create(name="Baton Works")
    walks = walking(person("Ada", "sdr", Team.objects.create(name="Team North")), 30)
    due_again(walks)
    return walks


def at_once(*verbs: Any) -> None:
    started = threading.Barrier(len(verbs))

    def run(verb: Any) -> None:
        with clock.at(MONDAY):
            started.wait()
            verb()
        connections.close_all()

    threads = [threading.Thread(target=run, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


@pytest.mark.django_db(transaction=True)
def test_planners_at_once_plan_nothing_twice(many: list[Enrollment], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "BATCH", 4)
    done: list[int] = []

    at_once(*[lambda: done.append(planner.plan_due())] * 3)
    planner.plan_due()

    touches = Touch.objects.filter(state="planned").values_list("account_id", flat=True)
    assert sorted(touches) == sorted(walk.account_id for walk in many)
    assert sum(done) <= len(many)


@pytest.mark.django_db(transaction=True)
def test_a_planner_killed_in_the_middle_leaves_nothing_half_done(
    many: list[Enrollment], monkeypatch: pytest.MonkeyPatch
) -> None:
    write, before = planner._write, planned()

    def die(batch: Any) -> Any:
        write(batch)
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(planner, "_write", die)
        with pytest.raises(SystemExit):
            planner.plan_due()
    connection.close()
    assert planned() == before

    assert planner.plan_due() == len(many)
    assert Touch.objects.filter(state="planned").count() == len(many)


@pytest.mark.django_db(transaction=True)
def test_an_account_somebody_is_at_is_passed_over_and_planned_later(many: list[Enrollment]) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            accounts.queue_up(many[0].account_id)
            held.set()
            done.wait(30)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    passed_over = planner.plan_due()
    done.set()
    thread.join(30)

    assert passed_over == len(many) - 1
    assert planner.plan_due() == 1


def test_while_a_message_is_unread_the_walk_is_looked_at_again_soon(world):
    walk = enrolled(world)
    walk.touches.all().delete()
    Account.objects.filter(pk=world.account.pk).update(unhandled_mail=1)

    planner.plan(walk)
    walk.refresh_from_db()

    assert walk.plan_at - clock.now() <= planner.WHILE_UNREAD
