"""The border: what comes back, and what stops because of it."""

from datetime import timedelta

import pytest

from crm import clock
from crm.errors import Refused
from crm.models import Event, Message
from crm.services import intake, suppression
from prospecting.models import Milestone, Reply, Touch
from prospecting.services import milestones, planner, reactions, replies, routes, sending
from prospecting.signals import reply_received
from tests.prospecting.world import MONDAY, enrolled, person_at

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def left_half_alone(monkeypatch):
    """What the right half does about a reply is told in its own tests."""
    monkeypatch.setattr(reply_received, "receivers", [])
    reply_received.sender_receivers_cache.clear()
    yield
    reply_received.sender_receivers_cache.clear()


def send(world, server):
    walk = enrolled(world)
    sending.send_due(hand_over=server)
    return walk


def answer(
    server,
    text="Tuesday works, can you send an invite?",
    *,
    sender="joost@maas-dekker.example",
    headers="",
    subject="Re: Four sites",
):
    first = server.kept[0]
    raw = (
        f"From: Joost Dekker <{sender}>\r\nTo: ada@baton.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <{abs(hash((text, sender)))}@maas-dekker.example>\r\nIn-Reply-To: <{first.message_id}>\r\n"
        f"References: <{first.message_id}>\r\nDate: Mon, 08 Jun 2026 10:00:00 +0000\r\n{headers}"
        f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()
    with clock.at(MONDAY + HOUR):
        return intake.receive(raw, recipients=["ada@baton.example"])


def planned(world):
    """The next touch of the walk, planned."""
    with clock.at(MONDAY + timedelta(minutes=30)):
        planner.plan_due()
    return Touch.objects.get(account=world.account, state="planned")


def test_a_persons_answer_pauses_every_planned_touch_at_the_account(world, server):
    walk = send(world, server)
    touch = planned(world)
    answer(server)
    touch.refresh_from_db()
    walk.refresh_from_db()
    assert (touch.state, walk.in_conversation) == ("paused", True)


def test_a_colleague_we_never_wrote_to_pauses_it_too(world, server):
    send(world, server)
    touch = planned(world)
    answer(server, "Who are you?", sender="newcomer@maas-dekker.example")
    touch.refresh_from_db()
    assert touch.state == "paused"


def test_the_reply_knows_its_walk_and_its_conversation(world, server):
    walk = send(world, server)
    answer(server)
    reply = Reply.objects.get()
    assert (reply.account, reply.contact, reply.enrollment) == (world.account, world.joost, walk)
    assert reply.conversation == Touch.objects.get(state="sent").message.conversation


def test_the_baton_is_passed_for_each_message_once(world, server):
    got = []

    def catch(sender, *, reply, message, envelope, **kwargs):
        got.append((reply.message_id, envelope.kind))

    reply_received.connect(catch)
    send(world, server)
    message = answer(server)
    replies.create(message, envelope=None)
    reply_received.disconnect(catch)
    assert got == [(message.pk, "human")]


def test_the_same_mail_twice_is_one_reply(world, server):
    send(world, server)
    answer(server)
    answer(server)
    assert Reply.objects.count() == 1


def test_a_receiver_that_fails_leaves_the_message_for_another_try(world, server):
    def fails(**kwargs):
        raise RuntimeError("no")

    send(world, server)
    reply_received.connect(fails)
    message = answer(server)
    reply_received.disconnect(fails)
    assert (message.state, Reply.objects.count()) == ("stored", 0)
    world.account.refresh_from_db()
    assert world.account.unhandled_mail == 1
    intake.handle(message.pk)
    assert Reply.objects.count() == 1


def test_a_label_that_counts_engages_the_account(world, server, ada):
    walk = send(world, server)
    answer(server)
    replies.set_label(Reply.objects.get(), "meeting_request", by=ada)
    world.account.refresh_from_db()
    assert (world.account.rung, walk.milestones.filter(rung="engaged").count()) == ("engaged", 1)


def test_a_correction_to_a_machine_takes_engaged_back_by_a_second_row(world, server, ada):
    send(world, server)
    answer(server)
    reply = Reply.objects.get()
    replies.set_label(reply, "interested", by=ada)
    replies.set_label(reply, "auto_reply", by=ada)
    world.account.refresh_from_db()
    assert list(Milestone.objects.filter(rung="engaged").values_list("voids", flat=True)) == [False, True]
    assert world.account.rung == "contacted"
    replies.set_label(reply, "interested", by=ada)
    assert milestones.standing(world.account).keys() >= {"engaged"}


def test_there_is_no_label_outside_the_list(world, server, ada):
    send(world, server)
    answer(server)
    with pytest.raises(Refused):
        replies.set_label(Reply.objects.get(), "nonsense", by=ada)


def test_mail_in_flight_is_named_and_not_recalled(world, server):
    walk = send(world, server)
    touch = planned(world)
    Touch.objects.filter(pk=touch.pk).update(state="in_flight")
    answer(server)
    touch.refresh_from_db()
    assert touch.state == "in_flight"
    assert Event.objects.get(kind="touch.not_recalled").why == "Already on its way when the message came: Joost Dekker."
    walk.refresh_from_db()
    assert walk.state == "paused"


def test_a_hard_bounce_voids_contacted_and_suppresses_the_address(world, server):
    send(world, server)
    attempt = server.kept[0]
    report = (
        "From: MAILER-DAEMON@mx.example\r\nTo: ada@baton.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <dsn1@mx.example>\r\nDate: Mon, 08 Jun 2026 10:00:00 +0000\r\nAuto-Submitted: auto-replied\r\n"
        f"In-Reply-To: <{attempt.message_id}>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; joost@maas-dekker.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{attempt.message_id}>\r\n\r\n--b--\r\n"
    ).encode()
    with clock.at(MONDAY + HOUR):
        intake.receive(report, recipients=["ada@baton.example"])
    world.account.refresh_from_db()
    assert (Touch.objects.get().state, world.account.rung) == ("bounced", "targeted")
    assert suppression.standing([world.joost.email])


def test_an_out_of_office_that_is_certainly_a_machine_pauses_nobody(world, server):
    send(world, server)
    touch = planned(world)
    message = answer(
        server,
        "I am away until Monday.",
        headers="Auto-Submitted: auto-replied\r\n",
        subject="Automatic reply: Four sites",
    )
    touch.refresh_from_db()
    assert Reply.objects.filter(message=message).exists()
    if message.certainly_machine:
        assert touch.state == "planned"


def test_done_and_resumed_the_stage_goes_on_where_it_stopped(world, server, ada):
    walk = send(world, server)
    planned(world)
    answer(server)
    with clock.at(MONDAY + timedelta(hours=3)):
        reactions.resume_account(world.account, by=ada)
    walk.refresh_from_db()
    assert (walk.state, walk.in_conversation) == ("active", False)
    assert Touch.objects.filter(state="planned").count() == 1


def test_a_stopped_person_gets_nothing_more_and_the_next_holder_follows(world, server, ada):
    walk = send(world, server)
    bram = person_at(world.account, "Bram Visser", "problem-owner")
    planned(world)
    reactions.stop_contact(world.joost, "said no", by=ada)
    assert reactions.next_holder(walk, world.joost) == bram
    with clock.at(MONDAY + timedelta(days=3)):
        planner.plan_due()
    assert Touch.objects.get(state="planned").contact == bram


def test_going_to_the_next_role_opens_its_stage_with_the_reason(world, server, ada):
    walk = send(world, server)
    answer(server)
    with clock.at(MONDAY + timedelta(hours=3)):
        visit = reactions.next_role(walk, "Joost says Willem decides", by=ada)
    assert (visit.stage.name, visit.why) == ("Approver", "Joost says Willem decides")
    assert Touch.objects.filter(contact=world.willem, state="planned").exists()


def test_an_absence_stretches_the_silence_of_their_stage_only(world, server):
    walk = send(world, server)
    touch = planned(world)
    until = (MONDAY + timedelta(days=20)).date()
    reactions.hold_patience(walk, world.joost, until)
    touch.refresh_from_db()
    assert touch.due_on == until
    assert list(walk.visits.order_by("stage__order").values_list("waits_until", flat=True)) == [until, None]


def test_resting_takes_back_what_was_planned(world, server, ada):
    walk = send(world, server)
    planned(world)
    answer(server)
    reactions.rest_account(world.account, (MONDAY + timedelta(days=90)).date(), "Write in September.", by=ada)
    walk.refresh_from_db()
    world.account.refresh_from_db()
    assert (walk.state, world.account.rest_reason) == ("resting", "Write in September.")
    assert not Touch.objects.filter(state__in=["planned", "paused"]).exists()


def test_closing_the_account_ends_its_walk(world, server, ada):
    walk = send(world, server)
    reactions.close_account(world.account, "Not a fit.", by=ada)
    walk.refresh_from_db()
    world.account.refresh_from_db()
    assert (walk.state, world.account.is_closed) == ("closed", True)


def test_switching_the_variant_walks_another_route_from_here(world, server, ada):
    walk = send(world, server)
    other = routes.draft(routes.create_route("Admin-first", by=ada), [{"roles": ["gatekeeper"]}], by=ada)
    routes.publish(other, by=ada)
    routes.set_variant(world.segment, "Admin-first", "sites > 100", other, by=ada)
    reactions.switch_variant(walk, "Admin-first", "Joost sends us to the office.", by=ada)
    walk.refresh_from_db()
    assert walk.route_version == other
    assert walk.visits.filter(stage__version=world.route).exclude(state="closed").count() == 0


def test_a_message_that_belongs_to_no_account_is_no_reply(world):
    raw = (
        b"From: x@nowhere.example\r\nTo: ada@baton.example\r\nSubject: hi\r\nMessage-ID: <1@n.example>\r\n\r\nhello\r\n"
    )
    intake.receive(raw, recipients=["ada@baton.example"])
    assert (Message.objects.filter(direction="in").count(), Reply.objects.count()) == (1, 0)
