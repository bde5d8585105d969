"""A mailbox that sends through a provider: the very bytes, the same verdicts as by SMTP, and news that act as reports do."""

import email
import threading
from collections.abc import Iterator
from datetime import timedelta
from email import policy
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from crm import clock
from crm.gateways import provider as gateway
from crm.models import Mailbox, Message, ProviderPost, Suppression
from crm.services import intake, provider_posts, suppression
from crm.views import provider_posts as views
from prospecting.models import Attempt, Touch
from prospecting.services import claims, departure, hands, sending
from tests import mailgun
from tests.prospecting.world import MONDAY, enrolled, mailbox_of

AT = MONDAY.timestamp()


@pytest.fixture
def server(settings: Any) -> Iterator[mailgun.Mailgun]:
    with mailgun.running(settings) as found:
        yield found


@pytest.fixture
def door(world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(views.handle_provider_post, "delay_on_commit", lambda pk: None)
    monkeypatch.setattr(hands, "_resting", {})
    return mailgun.joined(world.mailbox)


def sent(world: SimpleNamespace) -> Attempt:
    enrolled(world)
    sending.send_due()
    return Attempt.objects.get(touch__contact=world.joost)


def touch_of(world: SimpleNamespace) -> Touch:
    return Touch.objects.get(contact=world.joost)


def news(door: Any, data: dict[str, Any]) -> None:
    """Post an event, and act on it and on the mail it makes."""
    kind, body = mailgun.told(data, mailgun.signature(clock.now().timestamp()))
    assert Client().post(f"/hooks/mail/{door.tag}/events", body, content_type=kind).status_code == 200
    provider_posts.handle_waiting()
    intake.handle_unhandled()


# Sending --------------------------------------------------------------------------------------------------------


def test_the_letter_arrives_byte_for_byte_with_its_own_message_id_and_headers(
    world: Any, door: Any, server: Any
) -> None:
    attempt = sent(world)
    [taken] = server.taken
    letter = email.message_from_bytes(taken["message"], policy=policy.default)

    assert taken["message"] == bytes(attempt.raw)
    assert letter["Message-ID"] == f"<{attempt.message_id}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["List-Unsubscribe"].startswith("<")
    assert {name: one for name, one in taken.items() if name != "message"} == {
        "to": attempt.recipient.encode(), "o:tracking": b"no", "o:tracking-clicks": b"no", "o:tracking-opens": b"no",
    }  # fmt: skip
    assert server.asked == [("/v3/mg.baton.example/messages.mime", "Basic YXBpOmtleS1mb3Itc2VuZGluZy1vbmx5")]
    assert (touch_of(world).state, attempt.outcome) == ("sent", "accepted")


def test_the_attempt_stands_before_the_provider_is_asked(
    world: Any, door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def looking(*given: Any) -> Any:
        seen.append((Attempt.objects.get().outcome, touch_of(world).state))
        return gateway.Handover(gateway.ACCEPTED)

    monkeypatch.setattr(gateway, "hand_over", looking)
    sent(world)

    assert seen == [("in_flight", "in_flight")]


def test_an_address_the_provider_refuses_bounces(world: Any, door: Any, server: Any) -> None:
    server.answer = (400, {"message": "'to' parameter is not a valid address. please check documentation"})
    attempt = sent(world)

    assert (attempt.outcome, touch_of(world).state) == ("permanent", "bounced")
    assert suppression.standing([world.joost.email]) == {world.joost.email}


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        (401, "Forbidden", "Mailgun does not accept this key."),
        (404, "Domain not found: mg.baton.example", "Mailgun knows no domain mg.baton.example in this region."),
        (400, "Domain mg.baton.example is not allowed to send", "The provider did not take the message."),
        (402, "Payment required", "bill"),
    ],
)
def test_our_own_trouble_pauses_the_mailbox_in_words_and_burns_nobody(
    world: Any, door: Any, server: Any, code: int, said: str, words: str
) -> None:
    server.answer = (code, {"message": said})
    sent(world)
    world.mailbox.refresh_from_db()

    assert (world.mailbox.state, touch_of(world).state) == ("paused", "planned")
    assert words in world.mailbox.paused_reason
    assert suppression.standing([world.joost.email]) == set()


@pytest.mark.parametrize("code", [429, 500, 502, 503, 408])
def test_a_provider_that_is_busy_or_ill_gets_the_same_bytes_later(
    world: Any, door: Any, server: Any, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = (code, {"message": "later"})
    sent(world)
    assert touch_of(world).state == "planned"
    server.answer = mailgun.QUEUED
    monkeypatch.setattr(hands, "_resting", {})
    with clock.at(MONDAY + timedelta(minutes=10)):
        sending.send_due()

    assert touch_of(world).state == "sent"
    assert server.taken[0]["message"] == server.taken[1]["message"]


@pytest.mark.parametrize("answer", [None, (504, {}), (200, {"odd": 1})])
def test_silence_after_the_request_is_uncertain_and_never_sent_again_by_itself(
    world: Any, door: Any, server: Any, answer: Any
) -> None:
    server.answer = answer
    sent(world)
    server.answer = mailgun.QUEUED
    with clock.at(MONDAY + timedelta(hours=1)):
        sending.reconcile()
        sending.send_due()

    assert (touch_of(world).state, len(server.taken)) == ("uncertain", 1)


def test_a_provider_that_cannot_be_reached_has_heard_nothing(world: Any, door: Any, settings: Any) -> None:
    settings.MAILGUN_API = {"us": "http://127.0.0.1:9/v3"}
    sent(world)

    assert touch_of(world).state == "planned"


def test_a_slow_provider_does_not_hold_the_sender(world: Any, door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    leave = threading.Event()
    monkeypatch.setattr(gateway, "ALTOGETHER_SECONDS", 0.05)
    monkeypatch.setattr(gateway, "_handed", lambda *given: leave.wait(10))
    sent(world)
    leave.set()

    assert touch_of(world).state == "uncertain"


# Evidence -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["delivered", "complained", "unsubscribed"])
def test_an_event_of_an_uncertain_message_shows_that_it_was_sent(world: Any, door: Any, server: Any, name: str) -> None:
    server.answer = None
    attempt = sent(world)
    news(door, mailgun.event(name, attempt.message_id, attempt.recipient, at=AT))

    attempt.refresh_from_db()
    assert (touch_of(world).state, attempt.outcome) == ("sent", "accepted")


def test_an_event_that_came_before_the_sender_was_found_dead_settles_it_too(world: Any, door: Any, server: Any) -> None:
    enrolled(world)
    [(pk, fence)] = claims.claim_batch("dying", today=MONDAY.date(), now=MONDAY, limit=1)
    attempt = departure.prepare_touch(pk, fence)
    news(door, mailgun.event("delivered", attempt.message_id, attempt.recipient, at=AT))
    assert touch_of(world).state == "in_flight"
    Touch.objects.filter(pk=pk).update(lease_until="2020-01-01T00:00:00Z")

    assert (sending.reap(), sending.reconcile(), touch_of(world).state) == (1, 1, "sent")


# News that stop something ---------------------------------------------------------------------------------------


def test_a_hard_bounce_suppresses_as_a_report_by_mail_does(world: Any, door: Any, server: Any) -> None:
    attempt = sent(world)
    news(door, mailgun.failed(attempt.message_id, attempt.recipient, at=AT))

    assert touch_of(world).state == "bounced"
    assert suppression.standing([world.joost.email]) == {world.joost.email}
    report = Message.objects.get(kind="bounce")
    assert (report.contact, report.account) == (world.joost, world.account)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (552, "5.2.2 Mailbox full"),
        (550, "5.7.1 Message blocked by policy, listed at a blocklist"),
        (602, "Too old"),
        (421, "4.4.2 try later"),
    ],
)
def test_a_full_mailbox_a_block_and_the_end_of_patience_burn_nobody(
    world: Any, door: Any, server: Any, code: int, said: str
) -> None:
    attempt = sent(world)
    news(door, mailgun.failed(attempt.message_id, attempt.recipient, at=AT, code=code, said=said))

    assert suppression.standing([world.joost.email]) == set()
    assert Message.objects.filter(kind="bounce").count() == 1


def test_a_temporary_failure_changes_nothing(world: Any, door: Any, server: Any) -> None:
    attempt = sent(world)
    news(
        door, mailgun.failed(attempt.message_id, attempt.recipient, at=AT, code=421, said="later", severity="temporary")
    )

    assert (touch_of(world).state, Message.objects.filter(direction="in").count()) == ("sent", 0)


def test_a_complaint_stops_the_person(world: Any, door: Any, server: Any) -> None:
    attempt = sent(world)
    news(door, mailgun.event("complained", attempt.message_id, attempt.recipient, at=AT))

    report = Message.objects.get(kind="complaint")
    assert (report.account, report.contact) == (world.account, world.joost)
    assert suppression.standing([world.joost.email]) == {world.joost.email}


@pytest.mark.parametrize("way", ["unsubscribed", "suppress-unsubscribe", "suppress-complaint"])
def test_an_opt_out_at_the_provider_is_one(world: Any, door: Any, server: Any, way: str) -> None:
    attempt = sent(world)
    name, *reason = ("failed", way) if way.startswith("suppress") else (way,)
    more = {"reason": reason[0], "severity": "permanent"} if reason else {}
    news(door, mailgun.event(name, attempt.message_id, attempt.recipient, at=AT, **more))

    assert suppression.standing([world.joost.email]) == {world.joost.email}


def test_what_comes_late_or_out_of_order_changes_nothing_wrong(world: Any, door: Any, server: Any) -> None:
    attempt = sent(world)
    news(door, mailgun.failed(attempt.message_id, attempt.recipient, at=AT + 60))
    news(door, mailgun.event("delivered", attempt.message_id, attempt.recipient, at=AT))
    news(door, mailgun.event("accepted", attempt.message_id, attempt.recipient, at=AT))

    assert touch_of(world).state == "bounced"


def test_a_bounce_from_before_the_address_was_allowed_again_does_not_stop_it_anew(
    world: Any, door: Any, server: Any, ruth: Any
) -> None:
    attempt = sent(world)
    news(door, mailgun.failed(attempt.message_id, attempt.recipient, at=AT))
    with clock.at(MONDAY + timedelta(days=1)):
        suppression.lift(Suppression.objects.get(), by=ruth)
    with clock.at(MONDAY + timedelta(days=21)):
        news(door, mailgun.failed(attempt.message_id, attempt.recipient, at=AT + 30, id="weeks-late"))

    assert suppression.standing([world.joost.email]) == set()


@pytest.mark.parametrize("name", ["delivered", "complained"])
def test_another_domain_s_provider_has_no_say(world: Any, door: Any, server: Any, ben: Any, name: str) -> None:
    server.answer = None
    attempt = sent(world)
    other = mailgun.joined(mailbox_of(ben), domain="mg.elsewhere.example")
    news(other, mailgun.event(name, attempt.message_id, attempt.recipient, at=AT))
    sending.reconcile()

    assert (touch_of(world).state, suppression.standing([world.joost.email])) == ("uncertain", set())


def test_news_of_a_mail_that_is_not_ours_means_nothing(world: Any, door: Any, server: Any) -> None:
    sent(world)
    news(door, mailgun.failed("elsewhere@mg.baton.example", world.joost.email, at=AT))
    news(door, mailgun.event("delivered", "", "", at=AT, message={"headers": {}}))

    assert touch_of(world).state == "sent"
    assert not ProviderPost.objects.exclude(state="handled").exists()


def test_a_reply_by_the_provider_finds_its_thread_and_pauses_the_account(world: Any, door: Any, server: Any) -> None:
    attempt = sent(world)
    raw = (
        f"From: {world.joost.email}\r\nTo: {attempt.mailbox.address}\r\nSubject: Re: x\r\nMessage-ID: <a1@x.example>\r\n"
        f"In-Reply-To: <{attempt.message_id}>\r\n\r\nTuesday works.\r\n"
    ).encode()
    kind, body = mailgun.mail(raw, mailgun.signature(AT))
    Client().post(f"/hooks/mail/{door.tag}/mime", body, content_type=kind)
    provider_posts.handle_waiting()

    message = Message.objects.get(direction="in")
    assert (message.account, message.matched_by, bytes(message.raw)) == (world.account, "references", raw)
    assert Mailbox.objects.get(pk=world.mailbox.pk).kind == "provider"
