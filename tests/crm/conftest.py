"""What tests of the record share."""

from types import SimpleNamespace
from typing import Any

import pytest

from crm.services import accounts, contacts, conversations
from tests.make import NOW, make_mailbox


@pytest.fixture
def thread(ada: Any) -> SimpleNamespace:
    """Ada wrote to Joost, the problem owner at Maas & Dekker, from her own mailbox."""
    mailbox = make_mailbox(ada)
    account = accounts.create_account(name="Maas & Dekker", by=ada, owner=ada, domain="maasdekker.example")
    joost = contacts.add_contact(
        account, by=ada, role="problem-owner", first_name="Joost", last_name="Maas", email="joost@maasdekker.example"
    )
    conversation = conversations.start_conversation(
        team=ada.team, mailbox=mailbox, account=account, contact=joost, subject="Two minutes about routing",
        root_message_id="first@baton.example", at=NOW,
    )  # fmt: skip
    raw = (
        b"From: ada@baton.example\r\nTo: joost@maasdekker.example\r\nSubject: Two minutes about routing\r\n"
        b"Message-ID: <first@baton.example>\r\n\r\nHow do you route vendors?\r\n"
    )
    sent = conversations.record_outgoing(
        raw, conversation=conversation, mailbox=mailbox, account=account, contact=joost,
        message_id="first@baton.example", subject="Two minutes about routing", text="How do you route vendors?", at=NOW,
    )  # fmt: skip
    return SimpleNamespace(mailbox=mailbox, account=account, joost=joost, conversation=conversation, sent=sent)
