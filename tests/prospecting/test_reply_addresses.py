"""Answers find their thread by the address they go to, where the mailbox's server knows plus addresses."""

import email
from datetime import timedelta
from email import policy

import pytest

from crm import clock
from crm.models import Conversation, Mailbox
from crm.services import intake, mailboxes
from prospecting.models import Reply
from prospecting.services import planner, sending
from tests.prospecting.world import MONDAY, enrolled

pytestmark = pytest.mark.django_db


@pytest.fixture
def tagged(world):
    Mailbox.objects.update(plus_addresses=True)
    return world


def leave(server):
    sending.send_due(hand_over=server)
    return email.message_from_bytes(bytes(server.kept[-1].raw), policy=policy.default)


def written_to(address, *, sender="someone.new@elsewhere.example", subject="Four cold stores"):
    """A mail of a stranger that kept nothing of ours but the address."""
    raw = f"From: {sender}\r\nTo: {address}\r\nSubject: {subject}\r\nMessage-ID: <{sender}>\r\n\r\nTell me more.\r\n"
    return intake.receive(raw.encode(), recipients=[address])


def answers_to(mail):
    return mail["Reply-To"].addresses[0].addr_spec


def test_an_answer_without_any_reference_finds_the_thread_of_the_first_mail(tagged, server):
    walk = enrolled(tagged)
    message = written_to(answers_to(leave(server)))
    assert (message.conversation, message.matched_by) == (Conversation.objects.get(), "token")
    assert Reply.objects.get().enrollment == walk


def test_a_follow_up_and_an_answer_are_answered_in_the_same_thread(tagged, server, ada):
    enrolled(tagged)
    first = leave(server)
    with clock.at(MONDAY + timedelta(days=2)):
        planner.plan_due()
        assert answers_to(leave(server)) == answers_to(first)
    written_to(answers_to(first))
    sending.answer(Conversation.objects.get(), "Gladly.", by=ada)
    with clock.at(MONDAY + timedelta(days=3)):
        assert answers_to(leave(server)) == answers_to(first)


def test_the_letter_still_comes_from_the_mailbox_itself(tagged, server):
    enrolled(tagged)
    assert leave(server)["From"].addresses[0].addr_spec == "ada@baton.example"


def test_a_server_that_knows_no_plus_addresses_gets_none(world, server):
    enrolled(world)
    assert leave(server)["Reply-To"] is None


def test_mail_to_our_own_people_is_answered_nowhere_else(tagged, server, ada):
    internal = {"address": "baton@baton.example", "internal": True, "plus_addresses": True, "created_at": MONDAY}
    Mailbox.objects.create(smtp_host="127.0.0.1", **internal)
    sending.internal_mail("hello", ada, "Hello", "Hello Ada.")
    assert leave(server)["Reply-To"] is None


def test_the_sandbox_knows_plus_addresses_and_another_server_is_asked_about(ada, settings):
    settings.SANDBOX, settings.SANDBOX_SMTP_PORT = True, 8025
    here = mailboxes.create_mailbox(address="ada@baton.example", owner=ada, smtp_host="127.0.0.1", smtp_port=8025)
    there = mailboxes.create_mailbox(address="ada@other.example", owner=ada, smtp_host="mail.other.example")
    assert (here.plus_addresses, there.plus_addresses) == (True, False)
