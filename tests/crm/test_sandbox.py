"""The sandbox keeps what was sent and answers as the prospect, with real mail through the intake door."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from crm import clock
from crm.errors import Refused
from crm.models import Message, SandboxMessage
from crm.rules import envelope, mime
from crm.services import intake, sandbox


@pytest.fixture
def kept(thread: SimpleNamespace) -> SandboxMessage:
    """The first mail as the sandbox's server got it."""
    return sandbox.keep("ada@baton.example", ["joost@maasdekker.example"], thread.sent.raw)[0]


@pytest.fixture
def door(monkeypatch: Any) -> Iterator[list[bytes]]:
    """What goes to the intake door, taken in at once."""
    taken: list[bytes] = []

    def deliver(port: int, mail_from: str, recipients: list[str], raw: bytes) -> None:
        taken.append(raw)
        intake.take_in(mail_from, recipients, raw)

    monkeypatch.setattr(sandbox.deliver, "to_door", deliver)
    yield taken


def test_an_answer_comes_back_into_the_thread_with_the_question_quoted(
    kept: SandboxMessage, door: list[bytes], thread: SimpleNamespace
) -> None:
    sandbox.answer(kept, text="Tuesday works, can you send an invite?")

    message = Message.objects.get(direction="in")
    assert message.newest == "Tuesday works, can you send an invite?"
    assert "How do you route vendors?" in message.quoted
    assert (message.conversation, message.contact) == (thread.conversation, thread.joost)


def test_a_colleague_may_answer_instead(kept: SandboxMessage, door: list[bytes], thread: SimpleNamespace) -> None:
    sandbox.answer(kept, text="Joost asked me to answer.", as_address="lies@maasdekker.example")

    message = Message.objects.get(direction="in")
    assert message.account == thread.account
    assert message.from_address == "lies@maasdekker.example"


def test_there_is_one_example_of_each_label() -> None:
    labels = {"bounce", "out_of_office", "auto_reply", "left_company", "unsubscribe", "meeting_request", "interested", "question",
              "referral", "wrong_person", "not_now", "objection_price", "objection_competitor", "objection_authority",
              "objection_other", "not_interested", "other"}  # fmt: skip

    assert set(sandbox.EXAMPLES) == labels


@pytest.mark.parametrize("example", sandbox.EXAMPLES)
def test_every_example_is_the_kind_of_mail_it_says(example: str, kept: SandboxMessage, door: list[bytes]) -> None:
    kinds = {"bounce": "bounce", "out_of_office": "out_of_office", "auto_reply": "auto", "left_company": "auto"}

    sandbox.answer(kept, example=example)

    assert envelope.kind(mime.parse(door[0])).kind == kinds.get(example, "human")


def test_the_clock_only_goes_ahead(db: None) -> None:
    before = clock.now()

    sandbox.move_clock(3600)

    clock._offset_read_at = -1e9
    assert (clock.now() - before).total_seconds() >= 3600
    with pytest.raises(Refused):
        sandbox.move_clock(-1)


def test_where_no_sandbox_runs_nothing_is_answered(kept: SandboxMessage, settings: Any) -> None:
    settings.SANDBOX = False

    with pytest.raises(Refused):
        sandbox.answer(kept, text="Hello")


def test_a_shut_door_is_said_in_words(kept: SandboxMessage, settings: Any) -> None:
    settings.SANDBOX_INTAKE_PORT = 1

    with pytest.raises(Refused, match="not running"):
        sandbox.answer(kept, text="Hello")


def test_mail_for_an_address_of_ours_with_a_token_finds_its_mailbox(thread: SimpleNamespace) -> None:
    assert intake.mailboxes_of(["Ada+abc@baton.example"]) == [thread.mailbox]
