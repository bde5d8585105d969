"""Touches that leave in a batch: the guard is asked about all at once, and each is looked at once more before DATA."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.models import Account, Conversation, Mailbox, Message
from crm.services import accounts, suppression
from prospecting.models import Attempt, Enrollment, Milestone, Outgoing, Touch
from prospecting.services import (
    approving,
    batches,
    claims,
    departure,
    hands,
    letters,
    reactions,
    reaping,
    segments,
    sending,
    settling,
)
from tests.prospecting.world import MONDAY, Server, account_named, enrolled, mailbox_of, person_at

LONG_OVER = MONDAY - timedelta(days=900)


def stores(world: SimpleNamespace, many: int, **facts: Any) -> list[Account]:
    """Accounts whose problem owners are due for their first mail, from Ada's mailbox."""
    found = [account_named(f"Store {n}", owner=world.ada, **facts) for n in range(many)]
    for n, account in enumerate(found):
        person_at(account, f"Otto S{n}", "problem-owner")
        person_at(account, f"Anna A{n}", "approver")
    segments.refresh_list(world.segment)
    for account in found:
        enrolled(world, account)
    return found


def states() -> list[str]:
    return list(Touch.objects.order_by("pk").values_list("state", flat=True))


def test_a_batch_leaves_whole_and_each_is_on_the_record_in_a_thread_of_its_own(world: Any, server: Any) -> None:
    stores(world, 4)

    assert sending.send_due(hand_over=server) == 4
    sent = Touch.objects.select_related("message__conversation")
    assert {touch.state for touch in sent} == {"sent"}
    assert len({touch.message.conversation for touch in sent}) == 4
    assert all(
        bytes(one.raw) == bytes(one.touch.message.raw) for one in Attempt.objects.select_related("touch__message")
    )
    assert set(Account.objects.filter(name__startswith="Store").values_list("rung", flat=True)) == {"contacted"}
    assert Milestone.objects.filter(rung="contacted", mailbox=world.mailbox).count() == 4


def test_a_mail_more_costs_a_batch_few_statements(world: Any, server: Any) -> None:
    stores(world, 2)
    with CaptureQueriesContext(connection) as few:
        sending.send_due(hand_over=server)
    more = [account_named(f"Shop {n}", owner=world.ada) for n in range(8)]
    for n, account in enumerate(more):
        person_at(account, f"Otto P{n}", "problem-owner")
    segments.refresh_list(world.segment)
    for account in more:
        enrolled(world, account)
    Milestone.objects.bulk_create(
        Milestone(enrollment=touch.enrollment, account=touch.account, rung="contacted", at=MONDAY)
        for touch in Touch.objects.filter(state="planned")
    )
    with CaptureQueriesContext(connection) as many:
        assert sending.send_due(hand_over=server) == 8
    assert len(few) > 40
    assert len(many) < 60 + 8 * 12


def test_what_happened_at_the_account_since_the_guard_was_asked_is_asked_about_again(world: Any) -> None:
    first, second = stores(world, 2)
    seen: list[str] = []

    def while_the_first_leaves(attempt: Any) -> Any:
        if not seen:
            reactions.pause_account(second, "Otto wrote.", by="the intake")
        seen.append(attempt.touch.account.name)
        return Server()(attempt)

    assert sending.send_due(hand_over=while_the_first_leaves) == 1
    assert seen == [first.name]
    assert states() == ["sent", "paused"]


@pytest.mark.parametrize("what", ["suppressed", "closed", "unread mail", "another address", "mailbox paused"])
def test_nothing_leaves_that_may_not_any_more(world: Any, what: str) -> None:
    first, second = stores(world, 2)
    otto = Touch.objects.get(account=second).contact
    deeds = {
        "suppressed": lambda: suppression.suppress_address(otto.email, reason="asked", by=world.ada),
        "closed": lambda: accounts.close_account(second, "no", by=world.ada),
        "unread mail": lambda: Account.objects.filter(pk=second.pk).update(unhandled_mail=1),
        "another address": lambda: type(otto).objects.filter(pk=otto.pk).update(email=""),
        "mailbox paused": lambda: Mailbox.objects.filter(pk=world.mailbox.pk).update(state="paused"),
    }
    taken: list[int] = []

    def while_the_first_leaves(attempt: Any) -> Any:
        if not taken:
            deeds[what]()
        taken.append(attempt.touch.account_id)
        return Server()(attempt)

    sending.send_due(hand_over=while_the_first_leaves)
    assert taken == [first.pk]
    assert Touch.objects.get(account=second).state in ("planned", "skipped")


def test_an_event_that_changes_nothing_costs_only_a_second_look(world: Any, server: Any) -> None:
    _, second = stores(world, 2)

    def while_the_first_leaves(attempt: Any) -> Any:
        accounts.edit_account(second, by=world.ada, city=f"Leeds {len(server.kept)}")
        return server(attempt)

    assert sending.send_due(hand_over=while_the_first_leaves) == 2
    assert states() == ["sent", "sent"]


def test_sites_of_one_company_are_counted_one_after_the_other(world: Any, server: Any) -> None:
    parent, site = stores(world, 2)
    Account.objects.filter(pk=site.pk).update(parent=parent)

    assert sending.send_due(hand_over=server) == 1
    assert states() == ["sent", "planned"]
    assert Touch.objects.get(account=site).waits_because


def test_a_mailbox_keeps_its_distance_within_a_batch_too(world: Any, server: Any) -> None:
    stores(world, 3)
    Mailbox.objects.update(gap_seconds=90)

    assert sending.send_due(hand_over=server) == 1
    waiting = Touch.objects.filter(state="planned")
    assert {touch.waits_because for touch in waiting} == {"Mails of a mailbox keep a distance."}
    assert all(touch.not_before > clock.now() and touch.lease_until is None for touch in waiting)


def test_a_cap_is_kept_within_a_batch_too(world: Any, server: Any) -> None:
    stores(world, 3)
    Mailbox.objects.update(daily_cap=2)

    assert sending.send_due(hand_over=server) == 2
    assert sorted(states()) == ["planned", "sent", "sent"]


def test_a_mail_that_was_taken_is_sent_though_its_sender_died_before_it_said_so(world: Any) -> None:
    stores(world, 1)
    claim = claims.claim_batch("dying", today=MONDAY.date(), now=MONDAY, limit=5)
    with batches.planned(claim) as plan:
        attempt = sending.takeoff.begin(plan.ready[0], [])
        sending.takeoff.accepted(attempt, "250 ok")
    assert states() == ["in_flight"]

    Touch.objects.update(lease_until=LONG_OVER)
    assert sending.reap() == 1
    touch = Touch.objects.select_related("message").get()
    assert (touch.state, touch.message.message_id) == ("sent", attempt.message_id)
    assert Attempt.objects.get().outcome == "accepted"


def test_a_batch_whose_settling_fails_is_settled_one_by_one(
    world: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores(world, 3)
    copy = Message(direction="out", content_hash="a copy", at=MONDAY, team=world.ada.team)

    def files_a_copy(attempt: Any) -> Any:
        if not server.kept:
            copy.message_id = attempt.message_id
            copy.save()
        return server(attempt)

    assert sending.send_due(hand_over=files_a_copy) == 3
    assert Message.objects.filter(direction="out").count() == 3
    assert Touch.objects.get(message=copy).state == "sent"


def test_claims_of_one_batch_are_one_persons(world: Any, ben: Any, server: Any) -> None:
    stores(world, 3)
    walk = Touch.objects.earliest("pk").enrollment
    type(walk).objects.filter(pk=walk.pk).update(prospector=ben)

    found = claims.claim_batch("one", today=MONDAY.date(), now=MONDAY, limit=5)
    others = claims.claim_batch("two", today=MONDAY.date(), now=MONDAY, limit=5, not_of=[ben.pk])

    assert (len(found), len(others)) == (1, 2)
    claims.give_back(found)
    assert len(claims.claim_batch("three", today=MONDAY.date(), now=MONDAY, limit=5)) == 1


def test_one_touch_that_cannot_be_decided_stops_no_other(
    world: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = stores(world, 2)

    def odd(touch: Touch, *more: Any) -> Any:
        if touch.account_id == bad.pk:
            raise ValueError("an odd name")
        return letters.touch_letter(touch, *more)

    monkeypatch.setattr(batches, "touch_letter", odd)
    monkeypatch.setattr(departure, "touch_letter", odd)

    assert sending.send_due(hand_over=server) == 1
    assert Touch.objects.get(account=good).state == "sent"
    left = Touch.objects.get(account=bad)
    assert (left.state, left.not_before > clock.now()) == ("planned", True)


def test_a_mail_to_the_account_by_another_mailbox_is_news(
    world: Any, ben: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second = stores(world, 2)
    other, looked = mailbox_of(ben), list[int]()
    monkeypatch.setattr(
        sending, "prepare_touch", lambda pk, fence: looked.append(pk) or departure.prepare_touch(pk, fence)
    )

    def while_the_first_leaves(attempt: Any) -> Any:
        if not Outgoing.objects.exists():
            mail = Outgoing.objects.create(
                key="by hand",
                mailbox=other,
                account=second,
                to_address="anna@store.example",
                subject="Hello",
                created_at=MONDAY,
            )
            Attempt.objects.create(
                outgoing=mail, mailbox=other, recipient=mail.to_address, started_at=clock.now(), fence=1
            )
        return Server()(attempt)

    sending.send_due(hand_over=while_the_first_leaves)
    assert looked == [Touch.objects.get(account=second).pk]


def test_a_server_that_is_away_is_tried_once_for_a_batch(world: Any) -> None:
    stores(world, 4)
    tried: list[int] = []

    def away(attempt: Any) -> Any:
        tried.append(attempt.pk)
        hands.rest(attempt.mailbox.pk)
        return Server("away", "connection refused")(attempt)

    try:
        assert sending.send_due(hand_over=away) == 0
    finally:
        hands.wake(world.mailbox.pk)
    assert len(tried) == Attempt.objects.count() == 1
    assert {touch.state for touch in Touch.objects.all()} == {"planned"}


def test_what_a_person_takes_back_does_not_leave_with_a_batch_that_has_it(world: Any) -> None:
    first, second = stores(world, 2)
    Enrollment.objects.filter(account=second).update(approval=True)

    def while_the_first_leaves(attempt: Any) -> Any:
        if attempt.touch.account_id == first.pk:
            approving.take_back(Touch.objects.filter(account=second), by=world.ada)
        return Server()(attempt)

    assert sending.send_due(hand_over=while_the_first_leaves) == 1
    left = Touch.objects.get(account=second)
    assert (left.state, left.released) == ("planned", False)


def test_a_thread_of_another_team_does_not_go_on_here(world: Any, south: Any) -> None:
    letter = SimpleNamespace(conversation=Conversation(team=south))
    assert settling._thread(letter, world.mailbox) is None


def test_an_answer_kept_while_it_was_looked_at_is_no_doubt(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stores(world, 1)
    with batches.planned(claims.claim_batch("slow", today=MONDAY.date(), now=MONDAY, limit=5)) as plan:
        attempt = sending.takeoff.begin(plan.ready[0], [])
    Touch.objects.update(lease_until=LONG_OVER)
    monkeypatch.setattr(reaping, "address_is_busy", lambda address: sending.takeoff.accepted(attempt, "250 ok"))

    assert sending.reap() == 1
    assert states() == ["sent"]
