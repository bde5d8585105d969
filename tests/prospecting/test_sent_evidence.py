"""Whether an uncertain message left is asked of the mailbox's own Sent folder, on a real IMAP server."""

import imaplib
import itertools
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from crm import clock
from crm.models import Mailbox, Message
from crm.services import mailboxes, reading
from prospecting.models import Attempt, Touch
from prospecting.services import evidence, sending
from tests import servers
from tests.prospecting.world import MONDAY, Server, enrolled

_numbers = itertools.count(1)


@pytest.fixture
def box(world: Any, dovecot: servers.Dovecot) -> Mailbox:
    """The mailbox that sends, with an IMAP server beside it."""
    mailbox: Mailbox = world.mailbox
    name = f"evidence{next(_numbers)}-{id(world)}@baton.example"
    there = {"imap_host": "127.0.0.1", "imap_port": dovecot.imap, "imap_security": "none", "username": name}
    Mailbox.objects.filter(pk=mailbox.pk).update(**there)
    mailbox.refresh_from_db()
    mailboxes.change_secret(mailbox, servers.PASSWORD)
    return mailbox


@pytest.fixture
def files(box: Mailbox, dovecot: servers.Dovecot) -> Callable[[bytes], None]:
    """The server files a copy into Sent."""

    def copy(raw: bytes) -> None:
        with imaplib.IMAP4("127.0.0.1", dovecot.imap) as talk:
            talk.login(box.username, servers.PASSWORD)
            assert talk.append("Sent", "", None, raw)[0] == "OK"  # type: ignore[arg-type]

    return copy


def uncertain(world: SimpleNamespace) -> Attempt:
    enrolled(world)
    sending.send_due(hand_over=Server("unknown", "timed out"))
    return Attempt.objects.get(touch__contact=world.joost)


def state(world: SimpleNamespace) -> str:
    return str(Touch.objects.get(contact=world.joost).state)


def earlier(box: Mailbox) -> Attempt:
    """Something the server said to have accepted before."""
    sending.meeting_mail(
        "earlier", to_address="guest@guest.example", to_name="", subject="Earlier", body="Hello", mailbox=box
    )
    sending.send_due(hand_over=Server())
    return Attempt.objects.get(outcome="accepted")


def test_a_message_that_lies_in_the_sent_folder_was_sent(
    world: Any, box: Mailbox, files: Callable[[bytes], None]
) -> None:
    files(bytes(uncertain(world).raw))

    assert sending.reconcile() == 1
    box.refresh_from_db()
    assert (state(world), box.sent_copies_at is not None) == ("sent", True)


def test_absence_is_proof_after_a_quarter_of_an_hour_where_the_server_files_copies(
    world: Any, box: Mailbox, files: Callable[[bytes], None]
) -> None:
    files(bytes(earlier(box).raw))
    uncertain(world)

    with clock.at(MONDAY + timedelta(minutes=5)):
        assert sending.reconcile() == 0
    with clock.at(MONDAY + timedelta(minutes=20)):
        assert sending.reconcile() == 1
    assert state(world) == "planned"


def test_what_the_server_said_to_have_accepted_is_never_sent_again(
    world: Any, box: Mailbox, files: Callable[[bytes], None]
) -> None:
    files(bytes(earlier(box).raw))
    Attempt.objects.filter(pk=uncertain(world).pk).update(outcome="accepted")

    with clock.at(MONDAY + timedelta(minutes=20)):
        sending.reconcile()
    assert state(world) == "sent"


def test_absence_says_nothing_where_the_server_files_no_copies(world: Any, box: Mailbox) -> None:
    earlier(box)
    uncertain(world)

    with clock.at(MONDAY + timedelta(hours=2)):
        assert sending.reconcile() == 0
    assert state(world) == "uncertain"


def test_a_server_that_cannot_be_asked_leaves_it_to_a_person(world: Any, box: Mailbox) -> None:
    attempt = uncertain(world)
    Mailbox.objects.update(imap_port=1)
    attempt.mailbox.refresh_from_db()

    with clock.at(MONDAY + timedelta(hours=2)):
        assert evidence.arrived(attempt) is None
        assert sending.reconcile() == 0


def test_a_copy_that_was_read_before_is_evidence_and_becomes_the_message_of_its_thread(
    world: Any, box: Mailbox, files: Callable[[bytes], None]
) -> None:
    files(b"X-Copied: by the server\r\n" + bytes(uncertain(world).raw))
    Mailbox.objects.update(created_at=clock.now())
    reading.look_through(Mailbox.objects.get(pk=box.pk))
    Mailbox.objects.update(imap_port=1)

    assert sending.reconcile() == 1
    touch = Touch.objects.get(contact=world.joost)
    assert Message.objects.filter(direction="out").get() == touch.message
    assert (touch.message.account, touch.message.conversation.account) == (world.account, world.account)


def test_a_mailbox_is_asked_once_a_minute_at_most(world: Any, box: Mailbox, files: Callable[[bytes], None]) -> None:
    attempt = uncertain(world)
    assert evidence.arrived(attempt) is None
    files(bytes(attempt.raw))

    assert evidence.arrived(attempt) is None
    with clock.at(MONDAY + timedelta(minutes=2)):
        assert evidence.arrived(attempt) is True
