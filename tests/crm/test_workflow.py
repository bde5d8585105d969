"""Moves: declared, not stale, one timeline row each."""

import pytest
from django.db import ProgrammingError, transaction

from crm.errors import Refused
from crm.models import Event, Mailbox
from crm.models.mailbox import MAILBOX
from tests.make import make_mailbox

pytestmark = pytest.mark.django_db


def test_a_move_changes_the_row_and_writes_one_timeline_row(ada):
    mailbox = make_mailbox(ada)
    MAILBOX.move(mailbox, Mailbox.State.PAUSED, by=ada, why="Wrong password.", set={"paused_reason": "Wrong password."})
    mailbox.refresh_from_db()
    event = Event.objects.get(subject_type="crm.mailbox", subject_id=mailbox.pk)
    assert (mailbox.state, mailbox.paused_reason) == ("paused", "Wrong password.")
    assert (event.kind, event.actor, event.why) == ("mailbox.paused", ada, "Wrong password.")


def test_an_undeclared_move_is_refused(ada):
    mailbox = make_mailbox(ada)
    with pytest.raises(Refused, match="cannot become active"):
        MAILBOX.move(mailbox, Mailbox.State.ACTIVE, by=ada)
    assert not Event.objects.filter(kind__startswith="mailbox.").exists()


def test_a_stale_move_is_refused_and_writes_nothing(ada):
    mailbox = make_mailbox(ada)
    stale = Mailbox.objects.get(pk=mailbox.pk)
    MAILBOX.move(mailbox, Mailbox.State.PAUSED, by=ada)
    with pytest.raises(Refused, match="someone else"):
        MAILBOX.move(stale, Mailbox.State.PAUSED, by=ada)
    assert Event.objects.filter(kind="mailbox.paused").count() == 1


def test_many_rows_move_at_once_and_only_those_that_may(ada, ben):
    active, paused = make_mailbox(ada), make_mailbox(ben)
    MAILBOX.move(paused, Mailbox.State.PAUSED, by=ada)
    moved = MAILBOX.move_many(Mailbox.objects.all(), Mailbox.State.PAUSED, by="the sender", why="Night.")
    assert moved == [active.pk]
    assert Event.objects.filter(kind="mailbox.paused", actor_name="the sender", why="Night.").count() == 1


def test_the_timeline_cannot_be_rewritten(ada):
    event = Event.record("mailbox.noted", by=ada)
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(why="Something else.")
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()
