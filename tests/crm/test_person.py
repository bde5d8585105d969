"""Who signs in, with which hours and keys; mailboxes and their secrets."""

from datetime import time
from typing import Any

import pytest
from django.test import override_settings

from crm.errors import Refused
from crm.models import ApiToken, Mailbox, Notification
from crm.services import api_tokens, mailboxes, notifications, people


def test_a_new_person_has_office_hours(north: Any, adm: Any) -> None:
    zoe = people.create_person("zoe@baton.example", "Zoe", "sdr", north, by=adm)

    assert zoe.hours.count() == 5
    with pytest.raises(Refused):
        people.create_person("Zoe@baton.example", "Zoe", "sdr", north, by=adm)


def test_overlapping_hours_are_refused_and_nothing_changes(ada: Any) -> None:
    with pytest.raises(Refused):
        people.set_hours(ada, [(0, time(9), time(12)), (0, time(11), time(15))])

    assert ada.hours.count() == 5


def test_a_key_is_shown_once_and_kept_as_a_hash(ada: Any) -> None:
    token, plain = api_tokens.issue(ada, "script")

    assert api_tokens.user_of(plain) == ada
    assert plain not in str(ApiToken.objects.values_list().get())
    api_tokens.revoke(token, by=ada)
    assert api_tokens.user_of(plain) is None
    assert api_tokens.user_of("bt_guess") is None


def test_the_key_of_someone_who_left_opens_nothing(ada: Any) -> None:
    _, plain = api_tokens.issue(ada, "script")
    ada.is_active = False
    ada.save()

    assert api_tokens.user_of(plain) is None


def test_a_mailbox_keeps_its_secret_encrypted(ada: Any) -> None:
    box = mailboxes.create_mailbox(
        address="Ada@Baton.example", owner=ada, smtp_host="smtp.baton.example", secret="s3cret", by=ada
    )

    assert "s3cret" not in Mailbox.objects.get().secret
    assert mailboxes.open_secret(box) == "s3cret"
    assert (box.address, box.team) == ("ada@baton.example", ada.team)


def test_an_older_key_still_opens_what_it_locked(ada: Any, settings: Any) -> None:
    box = mailboxes.create_mailbox(address="a@b.example", owner=ada, smtp_host="x.example", secret="old", by=ada)
    newer = "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8="

    with override_settings(MAILBOX_KEYS=[newer, *settings.MAILBOX_KEYS]):
        assert mailboxes.open_secret(box) == "old"
    with override_settings(MAILBOX_KEYS=[newer]), pytest.raises(Refused):
        mailboxes.open_secret(box)


def test_a_paused_mailbox_says_why_until_it_is_resumed(ada: Any) -> None:
    box = mailboxes.create_mailbox(address="a@b.example", owner=ada, smtp_host="x.example", by=ada)

    mailboxes.pause_mailbox(box, "wrong password", by="the sender")
    assert (box.state, box.paused_reason) == ("paused", "wrong password")
    mailboxes.resume_mailbox(box, by=ada)

    assert (box.state, box.paused_reason) == ("active", "")


def test_a_notification_is_read_once(ada: Any) -> None:
    row = notifications.notify(ada, "reply", "Joost answered.", "/replies/1/")

    notifications.mark_read(row)

    assert Notification.objects.get().read_at is not None
