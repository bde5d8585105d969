"""Mail comes in once, belongs somewhere or waits, and is never dropped."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from crm.errors import Refused
from crm.models import Conversation, Event, Message, Sighting
from crm.services import accounts, contacts, conversations, intake, matching
from crm.signals import message_received
from tests.conftest import CORPORA
from tests.crm.mails import mail, report
from tests.make import NOW, make_mailbox

HERE = ["ada@baton.example"]


@pytest.fixture
def heard() -> Iterator[list[Message]]:
    """Messages that the first baton handed on."""
    messages: list[Message] = []

    def hear(sender: Any, message: Message, **kwargs: Any) -> None:
        messages.append(message)

    message_received.connect(hear)
    yield messages
    message_received.disconnect(hear)


@pytest.fixture
def broken() -> Iterator[Callable[..., None]]:
    """A receiver that fails."""

    def fail(sender: Any, **kwargs: Any) -> None:
        raise RuntimeError("a receiver fails")

    message_received.connect(fail)
    yield fail
    message_received.disconnect(fail)


def test_an_answer_lands_in_its_thread_with_its_person_and_newest_text(
    thread: SimpleNamespace, heard: list[Message]
) -> None:
    raw = mail("Tuesday works.\n\nOn Thu, 11 Jun 2026, Ada <ada@baton.example> wrote:\n> How do you route vendors?",
               in_reply_to="<first@baton.example>")  # fmt: skip

    message = intake.receive(raw, recipients=HERE)

    assert (message.state, message.kind, message.newest) == ("handled", "human", "Tuesday works.")
    assert (message.conversation, message.account, message.contact) == (
        thread.conversation,
        thread.account,
        thread.joost,
    )
    assert message.matched_by == "references"
    assert heard == [message]


def test_the_raw_mail_is_kept_byte_for_byte(thread: SimpleNamespace) -> None:
    raw = mail("\x00Ä".replace("\x00", ""), in_reply_to="<first@baton.example>")

    message = intake.receive(raw, recipients=HERE)

    assert Message.objects.get(pk=message.pk).raw == raw


def test_the_same_mail_twice_is_stored_and_told_once(thread: SimpleNamespace, heard: list[Message]) -> None:
    raw = mail(in_reply_to="<first@baton.example>")
    again = b"Received: from elsewhere by mx; Thu, 11 Jun 2026 10:00:05 +0000\r\n" + raw

    first, second = intake.receive(raw, recipients=HERE), intake.receive(again, recipients=HERE)

    assert first.pk == second.pk
    assert Sighting.objects.filter(message=first).count() == 1
    assert len(heard) == 1


def test_two_mails_with_one_message_id_are_two_mails(thread: SimpleNamespace) -> None:
    first = intake.receive(mail("Yes.", in_reply_to="<first@baton.example>"), recipients=HERE)

    second = intake.receive(mail("No, wait.", in_reply_to="<first@baton.example>"), recipients=HERE)

    assert first.pk != second.pk


def test_what_points_to_no_account_waits_with_the_team_of_its_mailbox(
    thread: SimpleNamespace, heard: list[Message]
) -> None:
    message = intake.receive(mail(sender="someone@elsewhere.example"), recipients=HERE)

    assert (message.state, message.account, message.conversation) == ("handled", None, None)
    assert message.team == thread.mailbox.team
    assert heard == []


def test_an_unmatched_message_that_is_given_an_account_is_handled_like_any_other(
    thread: SimpleNamespace, heard: list[Message], ada: Any
) -> None:
    message = intake.receive(mail(sender="someone@elsewhere.example"), recipients=HERE)

    intake.assign(message, thread.account, by=ada)

    message.refresh_from_db()
    assert (message.account, message.matched_by) == (thread.account, "by hand")
    assert heard == [message]
    with pytest.raises(Refused):
        intake.assign(message, thread.account, by=ada)


def test_a_colleague_we_never_wrote_to_counts_for_the_account_of_their_domain(thread: SimpleNamespace) -> None:
    message = intake.receive(
        mail(sender="Lies Vos <lies@maasdekker.example>", subject="About your note"), recipients=HERE
    )

    assert (message.account, message.matched_by) == (thread.account, "domain")
    assert message.contact is not None and message.contact.name == "Lies Vos"
    assert message.contact.memberships.get().role.slug == "unknown"


def test_someone_of_another_account_does_not_get_into_a_thread_by_quoting_it(thread: SimpleNamespace, ada: Any) -> None:
    other = accounts.create_account(name="Rival", by=ada, domain="rival.example")

    message = intake.receive(mail(sender="spy@rival.example", in_reply_to="<first@baton.example>"), recipients=HERE)

    assert message.account == other
    assert message.conversation != thread.conversation


def test_a_reference_to_another_teams_thread_leads_nowhere(thread: SimpleNamespace, stranger: Any) -> None:
    make_mailbox(stranger)

    message = intake.receive(
        mail(sender="x@elsewhere.example", to=stranger.email, in_reply_to="<first@baton.example>"),
        recipients=[stranger.email],
    )

    assert message.conversation is None


def test_mail_that_two_teams_saw_is_one_message_with_two_sightings_in_each_teams_conversation(
    thread: SimpleNamespace, stranger: Any
) -> None:
    make_mailbox(stranger)

    message = intake.receive(mail(in_reply_to="<first@baton.example>"), recipients=[*HERE, stranger.email])

    seen = Sighting.objects.filter(message=message).select_related("conversation")
    assert {one.conversation.team.name for one in seen} == {"Team North", "Team South"}
    assert Message.objects.filter(direction="in").count() == 1


def test_a_person_of_several_accounts_counts_for_the_account_of_the_thread(thread: SimpleNamespace, ada: Any) -> None:
    second = accounts.create_account(name="Second", by=ada)
    contacts.join(thread.joost, second, by=ada)

    message = intake.receive(mail(in_reply_to="<first@baton.example>"), recipients=HERE)

    assert message.account == thread.account


def test_without_references_subject_and_sender_find_the_thread(thread: SimpleNamespace) -> None:
    conversations.touched(thread.conversation, NOW)
    Conversation.objects.update(last_message_at=intake.clock.now())

    message = intake.receive(mail(subject="AW: Two minutes about routing"), recipients=HERE)

    assert (message.conversation, message.matched_by) == (thread.conversation, "subject")


def test_an_answer_to_a_sealed_tag_finds_its_thread_and_a_forged_one_does_not(thread: SimpleNamespace) -> None:
    thread.mailbox.plus_addresses = True
    right = matching.reply_address(thread.mailbox, thread.conversation.tag)
    forged = matching.reply_address(thread.mailbox, matching.seal(thread.mailbox.team_id, "guessed@baton.example"))

    found = intake.receive(mail(sender="x@elsewhere.example", to=right, subject="New"), recipients=[right])
    lost = intake.receive(mail(sender="y@elsewhere.example", to=forged, subject="New"), recipients=[forged])

    assert (found.conversation, found.matched_by) == (thread.conversation, "token")
    assert lost.conversation is None


def test_a_tag_that_was_forwarded_lets_no_other_account_into_the_thread(thread: SimpleNamespace, ada: Any) -> None:
    other = accounts.create_account(name="Lindqvist Kyl", domain="lindqvistkyl.example", by=ada, owner=ada)
    thread.mailbox.plus_addresses = True
    to = matching.reply_address(thread.mailbox, thread.conversation.tag)

    message = intake.receive(mail(sender="ann@lindqvistkyl.example", to=to, subject="New"), recipients=[to])

    assert (message.account, message.matched_by) == (other, "domain")


def test_a_tag_alone_holds_the_account_until_the_mail_is_handled(thread: SimpleNamespace) -> None:
    thread.mailbox.plus_addresses = True
    to = matching.reply_address(thread.mailbox, thread.conversation.tag)

    intake.store(mail(sender="x@elsewhere.example", to=to, subject="New"), mailbox=thread.mailbox)

    thread.account.refresh_from_db()
    assert thread.account.unhandled_mail == 1


def test_a_server_that_knows_no_plus_addresses_is_not_asked_for_one(thread: SimpleNamespace) -> None:
    assert matching.reply_address(thread.mailbox, thread.conversation.tag) == ""


def test_a_bounce_belongs_to_the_person_it_speaks_of(thread: SimpleNamespace) -> None:
    message = intake.receive(report("joost@maasdekker.example", "first@baton.example"), recipients=HERE)

    assert (message.kind, message.certainly_machine) == ("bounce", True)
    assert (message.contact, message.conversation) == (thread.joost, thread.conversation)


def test_the_account_is_held_until_its_mail_is_handled(thread: SimpleNamespace) -> None:
    message = intake.store(mail(in_reply_to="<first@baton.example>"), mailbox=thread.mailbox)
    thread.account.refresh_from_db()
    assert thread.account.unhandled_mail == 1

    intake.handle(message.pk)

    thread.account.refresh_from_db()
    assert thread.account.unhandled_mail == 0


def test_when_a_receiver_fails_nothing_is_half_done_and_the_mail_is_tried_again(
    thread: SimpleNamespace, broken: Callable[..., None]
) -> None:
    message = intake.receive(mail(in_reply_to="<first@baton.example>"), recipients=HERE)
    assert (message.state, message.failures, message.conversation) == ("stored", 1, None)
    message_received.disconnect(broken)

    assert intake.handle_unhandled() == 1

    message.refresh_from_db()
    assert (message.state, message.failures) == ("handled", 0)


def test_a_mail_that_keeps_failing_is_quarantined_after_three_tries_with_its_raw_kept(
    thread: SimpleNamespace, broken: Callable[..., None]
) -> None:
    message = intake.receive(mail(in_reply_to="<first@baton.example>"), recipients=HERE)

    intake.handle_unhandled()
    intake.handle_unhandled()

    message.refresh_from_db()
    assert (message.state, message.failures) == ("quarantined", 3)
    assert "a receiver fails" in message.last_error
    thread.account.refresh_from_db()
    assert thread.account.unhandled_mail == 1


def test_a_mail_that_takes_its_worker_down_is_counted_before_each_try(
    thread: SimpleNamespace, monkeypatch: Any
) -> None:
    message = intake.store(mail(in_reply_to="<first@baton.example>"), mailbox=thread.mailbox)

    def die(pk: int) -> bool:
        raise SystemExit

    monkeypatch.setattr(intake, "_handle", die)
    for _ in range(3):
        with pytest.raises(SystemExit):
            intake.handle_unhandled()
    intake.handle_unhandled()

    message.refresh_from_db()
    assert message.state == "quarantined"


def test_an_answer_that_comes_before_our_own_message_is_on_file_finds_its_thread(
    thread: SimpleNamespace, heard: list[Message]
) -> None:
    early = intake.receive(
        mail(sender="friend@freemail.example", in_reply_to="<second@baton.example>"), recipients=HERE
    )
    assert early.account is None
    raw = b"From: ada@baton.example\r\nMessage-ID: <second@baton.example>\r\n\r\nAnd one more thing.\r\n"
    conversations.record_outgoing(
        raw, conversation=thread.conversation, mailbox=thread.mailbox, account=thread.account, contact=thread.joost,
        message_id="second@baton.example", subject="x", text="y", at=NOW,
    )  # fmt: skip

    intake.handle_unhandled()

    early.refresh_from_db()
    assert early.conversation == thread.conversation
    assert heard == [early]


def test_what_one_of_us_writes_in_their_own_mail_program_joins_the_thread_and_starts_nothing(
    thread: SimpleNamespace, heard: list[Message]
) -> None:
    raw = mail(sender="ada@baton.example", to="joost@maasdekker.example", in_reply_to="<first@baton.example>")

    message = intake.receive(raw, recipients=HERE)

    assert (message.direction, message.conversation) == ("out", thread.conversation)
    assert heard == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\x00",
        b"no headers at all",
        b"From: \xff\xfe\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\n--x\r\n",
    ],
)
def test_a_malformed_message_is_kept_and_shown_as_text_at_worst(thread: SimpleNamespace, raw: bytes) -> None:
    message = intake.receive(raw, recipients=HERE)

    assert message.state == "handled"
    assert message.raw == raw


def test_an_arrival_is_on_the_timeline_as_content_of_its_team(thread: SimpleNamespace) -> None:
    message = intake.receive(mail(in_reply_to="<first@baton.example>"), recipients=HERE)

    row = Event.objects.get(kind="message.received")
    assert (row.account, row.contact, row.team, row.message) == (
        thread.account,
        thread.joost,
        thread.mailbox.team,
        message,
    )


@pytest.mark.corpus
@pytest.mark.parametrize("folder", ["mime", "bounces/flufl/data", "replies"])
def test_real_mail_of_every_sort_is_handled_and_its_raw_kept(thread: SimpleNamespace, folder: str) -> None:
    files = sorted(path for path in (CORPORA / folder).rglob("*") if path.is_file())[::8]

    for path in files:
        message = intake.receive(path.read_bytes(), recipients=HERE)
        assert message.state == "handled", (path.name, message.last_error)
        assert Message.objects.get(pk=message.pk).raw == path.read_bytes()


def test_a_second_team_s_copy_that_comes_while_the_first_is_handled_gets_its_own_thread(
    thread: SimpleNamespace, stranger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, real = make_mailbox(stranger), intake.once
    raw = mail(in_reply_to="<first@baton.example>")
    first = intake.store(raw, mailbox=thread.mailbox)

    def handled_before_the_sighting(model: Any, **key: Any) -> Any:
        if model is Sighting:
            intake.handle(first.pk)
        return real(model, **key)

    monkeypatch.setattr(intake, "once", handled_before_the_sighting)
    intake.store(raw, mailbox=other)

    seen = Sighting.objects.get(message=first, mailbox=other)
    assert seen.conversation is not None
    assert seen.conversation.team == stranger.team


def test_what_could_not_be_read_is_given_no_account_before_it_was_tried_again(
    thread: SimpleNamespace, broken: Callable[..., None], ada: Any
) -> None:
    message = intake.receive(mail(sender="someone@elsewhere.example"), recipients=HERE)
    Message.objects.filter(pk=message.pk).update(state="quarantined")

    with pytest.raises(Refused, match="could not be read"):
        intake.assign(message, thread.account, by=ada)
    assert Message.objects.get(pk=message.pk).account is None


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("Office <Office@maasdekker.example>", "office@maasdekker.example"),
        ("joost@maasdekker.example", ""),
        ("ada+0123456789abcdef0123456789abcdef@baton.example", ""),
        ("one@maasdekker.example, two@maasdekker.example", ""),
        ("not an address", ""),
    ],
)
def test_where_they_ask_for_answers_is_kept_where_it_is_one_address_of_theirs(
    thread: SimpleNamespace, asked: str, kept: str
) -> None:
    message = intake.receive(mail(in_reply_to="<first@baton.example>", reply_to=asked), recipients=HERE)
    assert message.reply_to == kept
