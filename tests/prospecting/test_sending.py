"""The one sender."""

import email
from datetime import timedelta
from email import policy

import pytest
from django.core import mail
from django.db import connection

from crm import clock, links
from crm.errors import Refused
from crm.models import Account, Mailbox, Message, SandboxMessage
from crm.services import mailboxes, suppression
from prospecting.models import Attempt, ListEntry, Milestone, Outgoing, Touch
from prospecting.services import claims, enrollment, evidence, hands, planner, reactions, sending, sequences
from prospecting.services.departure import Held, prepare_touch
from prospecting.services.unsubscribe import unsubscribe
from tests.prospecting.world import MONDAY, Server, enrolled, mailbox_of


def touch_of(world):
    return Touch.objects.get(contact=world.joost)


def letter(attempt):
    return email.message_from_bytes(bytes(attempt.raw), policy=policy.default)


def send(world, server):
    walk = enrolled(world)
    sending.send_due(hand_over=server)
    return walk


def test_a_delivered_touch_is_sent_on_the_record_and_contacted(world, server):
    send(world, server)
    touch = touch_of(world)
    world.account.refresh_from_db()
    assert (touch.state, touch.message.direction, world.account.rung) == ("sent", "out", "contacted")
    assert touch.message.conversation.account == world.account


def test_the_rung_keeps_by_which_step_role_and_mailbox_it_was_reached(world, server):
    send(world, server)
    touch, rung = touch_of(world), Milestone.objects.get(rung="contacted")
    assert (rung.step, rung.role, rung.mailbox) == (touch.step, touch.step.role, touch.mailbox)
    assert touch.mailbox is not None


def test_the_mail_says_who_writes_and_how_to_stop_it(world, server):
    send(world, server)
    mail = letter(server.kept[0])
    assert mail["From"].addresses[0].addr_spec == "ada@baton.example"
    assert mail["Subject"] == "Four sites, one logbook"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = mail.get_body(("plain",)).get_content()
    assert "Hello Joost," in body
    assert "1 Relay Road" in body


def test_a_follow_up_goes_into_the_same_thread_from_the_same_mailbox(world, server):
    send(world, server)
    with clock.at(MONDAY + timedelta(days=2)):
        planner.plan_due()
        sending.send_due(hand_over=server)
    first, second = map(letter, server.kept)
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["Subject"] == "Re: Four sites, one logbook"
    assert Touch.objects.filter(state="sent").values("message__conversation").distinct().count() == 1


def test_sending_again_sends_nothing_again(world, server):
    send(world, server)
    assert [sending.send_due(hand_over=server) for _ in range(3)] == [0, 0, 0]
    assert len(server.kept) == 1


def test_the_attempt_and_its_message_id_are_on_record_before_the_server_answers(world):
    seen = []

    def looking(attempt):
        seen.append(
            (Attempt.objects.get().outcome, attempt.touch.state, attempt.message_id in bytes(attempt.raw).decode())
        )
        return Server()(attempt)

    enrolled(world)
    sending.send_due(hand_over=looking)
    assert seen == [("in_flight", "in_flight", True)]


def test_a_server_that_puts_it_off_gets_the_same_bytes_later(world):
    server = Server("temporary", "451 greylisted")
    send(world, server)
    touch = touch_of(world)
    assert (touch.state, touch.waits_because) == ("planned", "The server put it off: 451 greylisted")
    server.outcome = "accepted"
    with clock.at(MONDAY + timedelta(minutes=10)):
        assert sending.send_due(hand_over=server) == 1
    assert bytes(server.kept[0].raw) == bytes(server.kept[1].raw)


def test_before_its_back_off_is_over_nothing_is_tried(world):
    server = Server("temporary", "451 greylisted")
    send(world, server)
    with clock.at(MONDAY + timedelta(minutes=1)):
        sending.send_due(hand_over=server)
    assert len(server.kept) == 1


def test_a_refused_address_bounces_is_suppressed_and_the_walk_looks_on(world):
    walk = send(world, Server("permanent", "550 5.1.1 unknown"))
    assert touch_of(world).state == "bounced"
    assert suppression.standing([world.joost.email]) == {world.joost.email}
    walk.refresh_from_db()
    assert walk.plan_at is not None


def test_our_own_trouble_pauses_the_mailbox_and_burns_nobody(world):
    send(world, Server("sender", "535 wrong password"))
    world.mailbox.refresh_from_db()
    assert (world.mailbox.state, touch_of(world).state) == ("paused", "planned")
    assert suppression.standing([world.joost.email]) == set()
    assert sending.send_due(hand_over=Server()) == 0


def test_when_the_mailbox_works_again_the_queue_goes_on(world, ada):
    send(world, Server("sender", "535 wrong password"))
    world.mailbox.refresh_from_db()
    mailboxes.resume_mailbox(world.mailbox, by=ada)
    assert sending.send_due(hand_over=Server()) == 1


def test_no_answer_after_the_final_dot_is_uncertain_and_never_sent_again_blindly(world):
    server = Server("unknown", "timed out")
    send(world, server)
    with clock.at(MONDAY + timedelta(days=2)):
        sending.send_due(hand_over=server)
        sending.reconcile()
    assert (touch_of(world).state, len(server.kept)) == ("uncertain", 1)


def test_the_sandboxs_store_is_evidence_that_it_arrived(world, settings):
    Mailbox.objects.update(smtp_port=settings.SANDBOX_SMTP_PORT)
    send(world, Server("unknown", "timed out"))
    attempt = Attempt.objects.get()
    SandboxMessage.objects.create(
        rcpt_to=attempt.recipient, message_id=attempt.message_id, raw=bytes(attempt.raw), at=MONDAY
    )
    assert sending.reconcile() == 1
    assert (touch_of(world).state, Attempt.objects.get().outcome) == ("sent", "accepted")


def test_each_proof_of_absence_sends_it_once_more_with_the_same_message_id_until_a_person_must_look(world, settings):
    Mailbox.objects.update(smtp_port=settings.SANDBOX_SMTP_PORT)
    server = Server("unknown", "timed out")
    send(world, server)
    with clock.at(MONDAY + timedelta(minutes=5)):
        assert sending.reconcile() == 0
    for quarter in range(1, 4):
        with clock.at(MONDAY + quarter * timedelta(minutes=20)):
            assert sending.reconcile() == 1
            sending.send_due(hand_over=server)
    with clock.at(MONDAY + timedelta(hours=2)):
        assert sending.reconcile() == 0
    assert len(server.kept) == 4
    assert len({attempt.message_id for attempt in server.kept}) == 1


def test_an_answer_that_quotes_it_proves_that_it_arrived(world):
    send(world, Server("unknown", "timed out"))
    attempt = Attempt.objects.get()
    message = Message.objects.create(
        direction="in", content_hash="x", message_id="a@b", in_reply_to=attempt.message_id, at=MONDAY
    )
    evidence.message_shows_arrival(message)
    assert touch_of(world).state == "sent"


def test_a_person_may_settle_what_nothing_proves(world, ada):
    send(world, Server("unknown", "timed out"))
    sending.settle_uncertain(touch_of(world), "dropped", by=ada)
    assert touch_of(world).state == "dropped"
    with pytest.raises(Refused, match="settled already"):
        sending.settle_uncertain(touch_of(world), "sent", by=ada)


def test_what_is_settled_days_later_left_when_it_left(world, ada):
    send(world, Server("unknown", "timed out"))
    left = Attempt.objects.get().started_at
    with clock.at(MONDAY + timedelta(days=5)):
        sending.settle_uncertain(touch_of(world), "sent", by=ada)
    touch = touch_of(world)
    assert (touch.sent_at, touch.message.at, touch.mailbox.last_sent_at) == (left, left, left)


def test_a_worker_that_died_before_its_attempt_costs_only_its_lease(world, server):
    enrolled(world)
    claims.claim_batch("dead", today=MONDAY.date(), now=MONDAY, limit=5)
    assert sending.send_due(hand_over=server) == 0
    Touch.objects.update(lease_until=MONDAY - timedelta(days=900))
    assert sending.send_due(hand_over=server) == 1


def test_a_worker_that_died_in_flight_leaves_it_uncertain(world):
    enrolled(world)

    def dies(attempt):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sending.send_due(hand_over=dies)
    Touch.objects.update(lease_until=MONDAY - timedelta(days=900))
    assert sending.reap() == 1
    assert touch_of(world).state == "uncertain"


def test_what_is_paused_after_the_claim_does_not_leave(world, server):
    enrolled(world)
    [(pk, fence)] = claims.claim_batch("slow", today=MONDAY.date(), now=MONDAY, limit=5)
    reactions.pause_account(world.account, "Joost Dekker wrote.", by="the intake")
    with pytest.raises(Held):
        prepare_touch(pk, fence)
    assert touch_of(world).state == "paused"
    assert not Attempt.objects.exists()


def test_the_guard_is_asked_again_in_the_moment_of_sending(world, server, ada):
    enrolled(world)
    suppression.suppress_address(world.joost.email, reason="asked", by=ada)
    assert sending.send_due(hand_over=server) == 0
    touch = touch_of(world)
    assert (touch.state, touch.waits_because) == ("skipped", "We never write to Joost Dekker again.")


def test_a_window_that_has_passed_is_no_reason_to_look_every_second(world, server):
    enrolled(world)
    Account.objects.filter(pk=world.account.pk).update(window_from=MONDAY.date() - timedelta(days=90))
    ListEntry.objects.filter(account=world.account).update(window_open=False)
    sending.send_due(hand_over=server)
    touch = touch_of(world)
    assert touch.waits_because.endswith("its window is closed.")
    assert touch.not_before > clock.now()


def test_a_stale_claim_cannot_send_what_another_has_claimed_since(world):
    enrolled(world)
    [(pk, fence)] = claims.claim_batch("first", today=MONDAY.date(), now=MONDAY, limit=5)
    Touch.objects.update(lease_until=MONDAY - timedelta(days=900))
    claims.claim_batch("second", today=MONDAY.date(), now=MONDAY, limit=5)
    with pytest.raises(Held):
        prepare_touch(pk, fence)


def test_a_field_without_a_value_never_leaves_the_house(world, server):
    world.joost.first_name = ""
    world.joost.save()
    send(world, server)
    assert server.kept == []
    assert touch_of(world).waits_because.startswith("For Dekker this is not known: first name.")


def test_the_daily_cap_of_a_mailbox_is_kept(world, server):
    Mailbox.objects.update(daily_cap=0)
    send(world, server)
    assert touch_of(world).waits_because == "ada@baton.example has sent what it may; more on Tue 9 June."


def test_outside_the_recipients_hours_it_waits_for_morning(world, server):
    Mailbox.objects.update(window_from="14:00", window_until="16:00")
    send(world, server)
    touch = touch_of(world)
    assert server.kept == []
    assert touch.not_before.hour == 13


def test_an_answer_leaves_after_ten_seconds_in_its_thread(world, server, ada):
    send(world, server)
    conversation = touch_of(world).message.conversation
    outgoing = sending.answer(conversation, "Gladly, Tuesday 14:30?", by=ada)
    assert sending.send_due(hand_over=server) == 0
    with clock.at(MONDAY + timedelta(seconds=11)):
        assert sending.send_due(hand_over=server) == 1
    outgoing.refresh_from_db()
    assert (outgoing.state, outgoing.message.conversation) == ("sent", conversation)
    assert letter(server.kept[1])["In-Reply-To"] == letter(server.kept[0])["Message-ID"]
    assert letter(server.kept[1])["List-Unsubscribe"] is None


def test_an_answer_can_be_undone_before_it_leaves(world, server, ada):
    send(world, server)
    outgoing = sending.answer(touch_of(world).message.conversation, "Oh no", by=ada)
    sending.undo(outgoing, by=ada)
    with clock.at(MONDAY + timedelta(minutes=1)):
        assert sending.send_due(hand_over=server) == 0
    with pytest.raises(Refused, match="left already"):
        sending.undo(outgoing, by=ada)


def test_the_same_key_never_leaves_twice(world, server, ada):
    for _ in range(3):
        sending.meeting_mail(
            "reminder:17:d1", account=world.account, contact=world.joost, to_address=world.joost.email,
            to_name="Joost", subject="Tomorrow", body="Until tomorrow.", by=ada,
        )  # fmt: skip
        sending.send_due(hand_over=server)
    assert len(server.kept) == 1
    assert letter(server.kept[0])["Auto-Submitted"] == "auto-generated"


def test_meeting_mail_does_not_go_to_someone_who_is_suppressed(world, server, ada):
    suppression.suppress_address(world.joost.email, reason="asked", by=ada)
    row = sending.meeting_mail(
        "x:1", account=world.account, contact=world.joost, to_address=world.joost.email, to_name="Joost",
        subject="Tomorrow", body="Until tomorrow.", by=ada,
    )  # fmt: skip
    sending.send_due(hand_over=server)
    row.refresh_from_db()
    assert (row.state, server.kept) == ("skipped", [])


def test_djangos_own_mail_leaves_through_the_one_sender(world, server, settings, ada):
    settings.EMAIL_BACKEND = "prospecting.services.sending.DjangoMail"
    mailbox_of(ada, address="baton@baton.example", owner=None, team=None, internal=True)
    mail.send_mail("Your code", "123456", None, ["ada@baton.example"])
    assert sending.send_due(hand_over=server) == 1
    outgoing = Outgoing.objects.get()
    assert (outgoing.purpose, outgoing.mailbox.internal, outgoing.message) == ("internal", True, None)
    assert letter(server.kept[0])["Auto-Submitted"] == "auto-generated"


def test_one_click_stops_everything_to_that_person(world, server):
    send(world, server)
    link = letter(server.kept[0])["List-Unsubscribe"].strip("<>")
    said = links.read("unsubscribe", link.rstrip("/").rpartition("/")[2])
    assert unsubscribe(said, how="one-click").sentence == "You will get no more mail from us."
    assert unsubscribe(said, how="one-click").on_its_way is False
    assert suppression.standing([world.joost.email])
    with clock.at(MONDAY + timedelta(days=5)):
        sending.send_due(hand_over=server)
    assert len(server.kept) == 1


def test_a_call_counts_when_it_reached_the_person(world, ada):
    calls = sequences.draft(
        sequences.create_sequence("Calls", by=ada),
        [{"role": role, "channel": "call", "task": "Call"} for role in ("problem-owner", "approver")],
        by=ada,
    )
    world.sequence = sequences.publish(calls, by=ada)
    enrolled(world)
    sending.log_touch(touch_of(world), outcome="talked", reached=True, by=ada)
    world.account.refresh_from_db()
    assert (touch_of(world).state, world.account.rung) == ("sent", "contacted")


def test_the_database_itself_refuses_an_attempt_to_a_suppressed_address(world, server, ada, monkeypatch):
    enrolled(world)
    suppression.suppress_address(world.joost.email, reason="asked", by=ada)
    monkeypatch.setattr(suppression, "barred", lambda people: {})
    assert sending.send_due(hand_over=server) == 0
    assert server.kept == []
    assert not Attempt.objects.exists()


def test_while_someone_waits_for_an_answer_nobody_resumes_by_hand(world, ada):
    walk = enrolled(world)
    reactions.pause_account(world.account, "Joost Dekker wrote.", by="the intake")
    walk.refresh_from_db()
    with pytest.raises(Refused, match=r"Joost Dekker wrote\. Finish that first"):
        enrollment.resume(walk, by=ada)


def test_a_touch_for_tomorrow_says_its_day_and_why(world, server):
    send(world, server)
    planner.plan_due()
    Touch.objects.filter(state="planned").update(due_on=(MONDAY + timedelta(days=1)).date())
    assert sending.send_due(hand_over=server) == 0
    touch = Touch.objects.get(state="planned")
    assert touch.waits_because == "Tue 9 June at the earliest: 2 working days after the last touch."


def test_messages_of_a_mailbox_that_every_hand_has_wait_as_they_are_and_hold_up_no_others(world, server, monkeypatch):
    box, other = Mailbox.objects.get(owner=world.ada), mailbox_of(world.ada, address="other@baton.example")
    words = {"to_name": "", "subject": "Monday", "body": "At ten."}
    first = sending.meeting_mail("first", to_address="joost@elsewhere.example", mailbox=box, **words)
    sending.meeting_mail("second", to_address="sanne@elsewhere.example", mailbox=other, **words)

    with monkeypatch.context() as busy:
        busy.setattr(hands, "full", lambda: [box.pk])
        assert sending.send_due(hand_over=server) == 1
    first.refresh_from_db()
    assert (first.state, first.fence, first.not_before) == ("planned", 0, None)

    assert sending.send_due(hand_over=server) == 1


def test_a_claim_takes_no_more_than_it_asks_for_however_the_database_goes_about_it(world):
    for number in range(5):
        sending.internal_mail(f"mail {number}", "edda@baton.example", "Hello", "Hello")
    with connection.cursor() as cursor:
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            cursor.execute(f"SET LOCAL enable_{way} = off")

    found = [claims.claim_outgoing("one", now=MONDAY + timedelta(days=1), limit=1) for _ in range(5)]

    assert [len(one) for one in found] == [1] * 5
    assert len({pk for [(pk, _)] in found}) == 5
