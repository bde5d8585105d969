"""Mailboxes are read on a real IMAP server: nothing is missed, nothing is stored twice, nothing on the server changes."""

import imaplib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from crm import clock
from crm.gateways import imap, imap_wire, reach
from crm.management import watching
from crm.models import Event, FolderSighting, Mailbox, MailFolder, Message, Sighting
from crm.rules import folder_names
from crm.services import fetching, mailboxes, reading
from crm.services.fetching import Pace
from tests import servers
from tests.crm.mails import mail
from tests.faults import r7
from tests.faults.imap_mischief import Maildir, deliver, stored_marks

_numbers = itertools.count(1)


@pytest.fixture
def box(dovecot: servers.Dovecot, ada: Any) -> Mailbox:
    """Ada's mailbox, under an address of its own on the real server."""
    return on_server(dovecot, ada)


def on_server(dovecot: servers.Dovecot, owner: Any, **fields: Any) -> Mailbox:
    address = f"reader{next(_numbers)}-{time.monotonic_ns()}@baton.example"
    there = {"imap_host": "127.0.0.1", "imap_port": dovecot.imap, "imap_security": "none", "created_at": clock.now()}
    here = {"address": address, "owner": owner, "team": owner.team, "smtp_host": "127.0.0.1", "smtp_port": 1}
    mailbox = Mailbox.objects.create(**{**here, **there, **fields})
    mailboxes.change_secret(mailbox, servers.PASSWORD)
    return mailbox


@pytest.fixture
def put(dovecot: servers.Dovecot, box: Mailbox) -> Callable[..., None]:
    """`put(raw, "Sent")`: a mail program files a mail into a folder."""

    def append(raw: bytes, folder: str = "INBOX") -> None:
        with imaplib.IMAP4("127.0.0.1", dovecot.imap) as talk:
            talk.login(box.address, servers.PASSWORD)
            assert talk.append(folder, "", None, raw)[0] == "OK"  # type: ignore[arg-type]

    return append


def folder(box: Mailbox, name: str = "INBOX") -> MailFolder:
    return box.folders.get(name=name)


# What is read ---------------------------------------------------------------------------------------------------


def test_inbox_and_junk_are_read_and_a_second_look_finds_nothing_new(box: Mailbox, put: Callable[..., None]) -> None:
    put(mail("One.", message_id="<one@x.example>"))
    put(mail("Two.", message_id="<two@x.example>"), "Junk")

    assert (reading.look_through(box), reading.look_through(box)) == (2, 0)
    assert set(Message.objects.values_list("message_id", "state")) == {
        ("one@x.example", "handled"),
        ("two@x.example", "handled"),
    }


def test_drafts_and_what_was_thrown_away_are_left_alone(box: Mailbox, put: Callable[..., None]) -> None:
    put(mail("Later."), "Drafts")
    put(mail("Never."), "Trash")

    assert reading.look_through(box) == 0
    assert not box.folders.filter(name__in=["Drafts", "Trash"]).exists()


def test_reading_leaves_no_mark_on_the_server(box: Mailbox, put: Callable[..., None], dovecot: servers.Dovecot) -> None:
    put(mail("One."))

    reading.look_through(box)

    with imaplib.IMAP4("127.0.0.1", dovecot.imap) as talk:
        talk.login(box.address, servers.PASSWORD)
        assert talk.select("INBOX", readonly=True)[1] == [b"1"]
        assert talk.search(None, "UNSEEN")[1] == [b"1"]


def test_the_raw_mail_is_kept_as_the_server_has_it_however_long(box: Mailbox, put: Callable[..., None]) -> None:
    raw = mail("A long one.\n" * 400_000).replace(b"\n", b"\r\n")
    put(raw)

    with reading.session(box) as talk:
        pace = Pace(size=fetching.LEAST * 16)
        reading.read_folders(talk, box, reading.discover(talk, box), pace)

    assert Message.objects.get().raw == raw


def test_of_a_mail_beyond_the_limit_the_headers_are_kept_with_a_note(
    box: Mailbox, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_BYTES", 100_000)
    put(mail("A long one.\n" * 300_000).replace(b"\n", b"\r\n"))

    with reading.session(box) as talk:
        reading.read_folders(talk, box, reading.discover(talk, box), Pace(size=fetching.LEAST))

    message = Message.objects.get()
    assert (message.message_id, message.subject) == ("answer-1@maasdekker.example", "Re: Two minutes about routing")
    assert "only its headers are kept" in message.text
    assert len(message.raw) < 2000


def test_a_new_mailbox_brings_two_days_of_mail_and_not_years(box: Mailbox, dovecot: servers.Dovecot) -> None:
    maildir = Maildir(dovecot, box.address)
    maildir.fill(20, copies=0, same_id=0, days=40)

    reading.look_through(box)

    assert Message.objects.count() < 6
    assert (folder(box).on_server, folder(box).missing) == (Message.objects.count(), 0)


@pytest.mark.parametrize(
    ("name", "uses", "role"),
    [
        ("INBOX", [], "inbox"),
        ("[Gmail]/Gesendet", ["sent"], "sent"),
        ("INBOX.Gesendete Objekte", [], "sent"),
        ("Éléments envoyés", [], "sent"),
        ("Junk E-Mail", [], "junk"),
        ("Posta indesiderata", [], "junk"),
        ("[Gmail]/All Mail", ["all"], "all"),
        ("Customers", [], "other"),
        ("Papierkorb", [], ""),
        ("Trash/Old", [], ""),
        ("Entwürfe", ["drafts"], ""),
    ],
)
def test_folders_are_known_by_their_use_or_by_their_name_in_several_languages(
    name: str, uses: list[str], role: str
) -> None:
    assert folder_names.role_of(name, frozenset(uses)) == role


# Ours -----------------------------------------------------------------------------------------------------------


def test_what_a_rep_writes_in_their_own_program_joins_its_thread(
    thread: SimpleNamespace, box: Mailbox, put: Callable[..., None]
) -> None:
    put(mail("Happy to.", sender="ada@alias.example", to="joost@maasdekker.example", message_id="<rep@x.example>",
             in_reply_to="<first@baton.example>"), "Sent")  # fmt: skip

    reading.look_through(box)

    message = Message.objects.get(message_id="rep@x.example")
    assert (message.direction, message.conversation, message.account) == ("out", thread.conversation, thread.account)


def test_what_a_rep_writes_to_someone_known_begins_a_thread_that_the_answer_finds(
    thread: SimpleNamespace, box: Mailbox, put: Callable[..., None]
) -> None:
    put(mail("Another matter.", sender="ada@alias.example", to="joost@maasdekker.example", subject="Another matter",
             message_id="<new@x.example>"), "Sent")  # fmt: skip
    reading.look_through(box)
    put(mail("Tell me.", in_reply_to="<new@x.example>", message_id="<tell@x.example>", subject="Re: Another matter"))

    reading.look_through(box)

    mine, answer = (Message.objects.get(message_id=one) for one in ("new@x.example", "tell@x.example"))
    assert answer.conversation == mine.conversation is not None
    assert answer.conversation != thread.conversation


def test_the_servers_copy_of_what_we_sent_is_a_sighting_and_no_second_message(
    thread: SimpleNamespace, box: Mailbox, put: Callable[..., None]
) -> None:
    put(b"X-Copied: by the server\r\n" + thread.sent.raw, "Sent")

    assert reading.look_through(box) == 0
    assert Message.objects.count() == 1
    assert Sighting.objects.filter(message=thread.sent, mailbox=box, conversation=thread.conversation).exists()
    assert reading.seen_on_server("first@baton.example")


# Numbers --------------------------------------------------------------------------------------------------------


def test_new_numbers_bring_nothing_twice_and_miss_nothing_that_came_in_between(
    box: Mailbox, dovecot: servers.Dovecot
) -> None:
    maildir = Maildir(dovecot, box.address)
    reading.look_through(box)
    epoch = folder(box).uidvalidity

    maildir.number_anew()
    deliver(dovecot, box.address, maildir.mail(maildir.mark()))
    reading.look_through(box)

    assert folder(box).uidvalidity != epoch
    assert stored_marks() == dict.fromkeys(maildir.marks(), 1)


def test_one_mail_delivered_twice_is_one_message_and_two_places(box: Mailbox, put: Callable[..., None]) -> None:
    put(mail("One."))
    put(b"Received: from elsewhere\r\n" + mail("One."))

    reading.look_through(box)

    assert (Message.objects.count(), FolderSighting.objects.count()) == (1, 2)
    assert (folder(box).on_server, folder(box).stored, folder(box).missing) == (2, 2, 0)


def test_the_count_fetches_what_was_passed_over(box: Mailbox, put: Callable[..., None]) -> None:
    put(mail("One."))
    reading.look_through(box)
    Message.objects.all().delete()
    MailFolder.objects.update(checked_at=clock.now() - timedelta(hours=2))

    assert reading.look_through(box) == 0
    assert Message.objects.count() == 1
    assert reading.folder_counts(box)[0].missing == 0


def test_a_count_that_was_cut_goes_on_where_it_was(
    box: Mailbox, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        put(mail("One.", message_id=f"<{n}@x.example>"))
    reading.look_through(box)
    monkeypatch.setattr(fetching, "LISTED", 1)
    asked, search, pace = [], imap.Session._search, Pace(many=1)

    def cut_each_third(talk: imap.Session, first: int, last: int, since: Any) -> list[int]:
        asked.append(first)
        if len(asked) % 3 == 0:
            raise imap.Trouble("the line broke")
        return search(talk, first, last, since)

    monkeypatch.setattr(imap.Session, "_search", cut_each_third)
    MailFolder.objects.update(on_server=0, stored=0)
    for cut in (True, True, False):
        with reading.session(box) as talk, pytest.raises(imap.Trouble) if cut else nullcontext():
            reading.reconcile(talk, folder(box), pace)

    there = folder(box)
    assert asked == [1, 2, 3, 3, 4, 5, 5]
    assert (there.on_server, there.stored, there.missing, pace.count) == (5, 5, 0, None)


def test_a_gap_in_the_numbers_is_crossed_in_growing_steps_and_what_lies_beyond_is_listed_in_short_ones() -> None:
    lies, asked = {5, *range(1_000_000, 1_600_000)}, []

    def search(first: int, last: int, since: Any) -> list[int]:
        asked.append(last)
        return sorted(lies.intersection(range(first, last + 1)))

    talk: Any = SimpleNamespace(_search=search)
    found = list(imap.Session.numbers(talk, 1, 1_600_000, since=None, width=lambda: 1000))

    assert [uid for _, uids in found for uid in uids] == sorted(lies)
    assert (found[-1][0], len(asked) < 700) == (1_600_000, True)
    after = next(n for n, (_, uids) in enumerate(found) if 1_000_000 in uids) + 1
    assert all(len(uids) <= 1000 for _, uids in found[after:])


def test_what_cannot_be_fetched_is_counted_told_and_tried_again(
    box: Mailbox, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(mail("One.", message_id="<one@x.example>"))
    put(mail("Two.", message_id="<two@x.example>"))
    real = imap.Session.fetch

    def refuse(self: imap.Session, uids: list[int], **bounds: int) -> Any:
        if 1 in uids:
            raise imap.NotNow("[SERVERBUG] cannot open the message")
        return real(self, uids, **bounds)

    monkeypatch.setattr(imap.Session, "fetch", refuse)
    reading.look_through(box)

    assert [one.message_id for one in Message.objects.all()] == ["two@x.example"]
    assert (folder(box).on_server, folder(box).stored, folder(box).missing) == (2, 1, 1)
    assert Event.objects.filter(kind="mailbox.mail_missing").count() == 1

    monkeypatch.undo()
    MailFolder.objects.update(checked_at=clock.now() - timedelta(hours=2))
    reading.look_through(box)
    assert (Message.objects.count(), folder(box).missing) == (2, 0)


def test_a_mail_that_breaks_every_connection_is_passed_and_counted(
    box: Mailbox, put: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two", "three"):
        put(mail(name, message_id=f"<{name}@x.example>"))
    real = imap.Session.fetch

    def break_off(self: imap.Session, uids: list[int], **bounds: int) -> Any:
        if 2 in uids:
            raise imap.Trouble("the server closed the connection")
        return real(self, uids, **bounds)

    monkeypatch.setattr(imap.Session, "fetch", break_off)
    through(box, Pace())

    assert {one.message_id for one in Message.objects.all()} == {"one@x.example", "three@x.example"}
    assert folder(box).missing == 1


def through(box: Mailbox, pace: Pace, tries: int = 2000) -> None:
    """Connect again and again until every folder was looked through."""
    for _ in range(tries):
        try:
            reading.look_through(box, pace=pace)
        except imap.Trouble:
            continue
        return
    raise AssertionError("it never got through")


@pytest.mark.long
@pytest.mark.dovecot
@pytest.mark.django_db(transaction=True)
def test_r7_cuts_copies_new_numbers_and_a_killed_reader_lose_nothing_and_double_nothing() -> None:
    found = r7.run(messages=240, resets=5, duplicates=60, fresh=4)
    print(found)

    zeros = ("missed", "twice", "foreign", "counted_missing", "unhandled")
    assert {name: found[name] for name in zeros} == dict.fromkeys(zeros, 0)
    assert found["resets"] >= 4  # of five; one may have come and gone between two looks
    assert found["on_server"] == found["stored"]
    assert found["cuts"] > 5


# Hostile servers ------------------------------------------------------------------------------------------------


class Scripted:
    """An IMAP server that says what a test wrote; it lives for one connection at a time."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.door.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        near, _ = self.door.accept()
        with suppress(OSError), near, near.makefile("rb") as lines:
            near.sendall(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
            for answer in self.answers:
                tag = lines.readline().split(b" ")[0]
                near.sendall(answer.replace(b"TAG", tag))
        self.door.close()


SIGNED_IN = [b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n", b"TAG OK signed in\r\n"]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"* 1 FETCH (UID 1 BODY[]<0> {9999999999}\r\nx", imap.Trouble),
        (b"* 1 FETCH (UID 1 BODY[]<0> {3}\r\nabcdefgh)\r\nTAG OK done\r\n", imap.Trouble),
        (b"* 1 FETCH (UID 1 BODY[]<0> {30}\r\nshort", imap.Trouble),
        (b"* BYE the house is closing\r\n", imap.Trouble),
        (b"TAG NO not now\r\n", imap.NotNow),
        (b"TAG BAD what is that\r\n", imap.NotNow),
        (b"* 1 FETCH (UID nothing\r\nTAG OK done\r\n", imap.Trouble),
        (b"nonsense\r\n", imap.Trouble),
        (b"* 1 EXISTS\r\n" * 300_000 + b"TAG OK done\r\n", imap.Trouble),
    ],
)
def test_what_a_server_lies_about_ends_in_a_plain_error(said: bytes, error: type[Exception]) -> None:
    opened = [b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\nTAG OK done\r\n"]
    server = Scripted(*SIGNED_IN, *opened, said)
    login = imap.Login("127.0.0.1", server.port, "none", "ada", "secret")

    with imap.opened(login) as talk, pytest.raises(error):
        talk.examine("INBOX")
        talk.fetch([1], most=1000, in_all=1000)


def test_a_server_that_drips_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_wire, "COMMAND_SECONDS", 0.3)
    monkeypatch.setattr(imap_wire, "SILENCE_SECONDS", 0.2)
    server = Scripted(*SIGNED_IN, b"* LIST () ")
    login = imap.Login("127.0.0.1", server.port, "none", "ada", "secret")

    with imap.opened(login) as talk, pytest.raises(imap.Trouble):
        talk.folders()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"])
def test_an_imap_host_may_not_be_an_inside_address(settings: Any, host: str) -> None:
    settings.INSIDE_ADDRESSES = []

    with pytest.raises(reach.NotAllowed), imap.opened(imap.Login(host, 993, "tls", "ada", "secret")):
        pass


def test_a_certificate_is_checked_against_the_typed_name() -> None:
    server = Scripted(b"")

    with pytest.raises(imap.Trouble), imap.opened(imap.Login("127.0.0.1", server.port, "tls", "ada", "secret")):
        pass


# The reader as a process ----------------------------------------------------------------------------------------


@pytest.fixture
def watches(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[watching.Watches]:
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.1)
    reader = watching.Watches()
    yield reader
    reader.stop()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


def until(true: Callable[[], Any], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not (found := bool(true())) and time.monotonic() < end:
        time.sleep(0.05)
    return found


@pytest.mark.django_db(transaction=True)
def test_new_mail_is_there_by_idle_without_waiting_for_the_next_poll(
    watches: watching.Watches, box: Mailbox, put: Callable[..., None]
) -> None:
    watches.look()
    assert until(lambda: Mailbox.objects.get().last_read_at)
    time.sleep(0.3)

    put(mail("Now."))

    assert until(lambda: Message.objects.filter(state="handled").exists(), seconds=watching.EVERY_FOLDER / 3)


@pytest.mark.django_db(transaction=True)
def test_a_wrong_password_is_told_once_and_not_tried_again_until_it_changes(
    watches: watching.Watches, box: Mailbox, dovecot: servers.Dovecot
) -> None:
    mailboxes.change_secret(box, "wrong")
    watches.look()
    assert until(lambda: Mailbox.objects.get().reading_error)
    box.refresh_from_db()
    time.sleep(0.5)

    assert "refused to sign in" in box.reading_error
    assert Event.objects.filter(kind="mailbox.reading_failed").count() == 1
    assert dovecot.log().count(f"user=<{box.address}>") == 1
    mailboxes.change_secret(box, servers.PASSWORD)
    watches.look()
    assert until(lambda: Mailbox.objects.get().last_read_at)
    assert Mailbox.objects.get().reading_error == ""


@pytest.mark.django_db(transaction=True)
def test_a_second_reader_leaves_a_mailbox_to_the_first(watches: watching.Watches, box: Mailbox) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    other = connection.copy()
    other.cursor().execute("SELECT pg_advisory_lock(%s, %s)", [watching._LOCKS, box.pk])

    watches.look()
    assert watches.watches == {}
    other.close()
    until(lambda: (watches.look(), watches.watches)[1])
    assert set(watches.watches) == {box.pk}


@pytest.mark.django_db(transaction=True)
def test_a_stopped_reader_ends_at_once_and_a_removed_mailbox_is_let_go(watches: watching.Watches, box: Mailbox) -> None:
    watches.look()
    assert until(lambda: Mailbox.objects.get().last_read_at)
    thread = watches.watches[box.pk].thread
    Mailbox.objects.update(imap_host="")

    watches.look()

    assert (watches.watches, thread.is_alive()) == ({}, False)
