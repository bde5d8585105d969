"""The database's own word against writing to whoever is suppressed: by address, by domain, by account."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from crm import clock
from crm.services import suppression
from prospecting.models import Attempt, Outgoing, Touch
from prospecting.services import sending
from prospecting.services.departure import suppression as looked_at
from tests.prospecting.world import Server, enrolled


def bar(world: SimpleNamespace, how: str) -> None:
    by: dict[str, Any] = {"reason": "asked", "by": world.ada}
    if how == "address":
        suppression.suppress_address(world.joost.email.upper(), **by)
    elif how == "domain":
        suppression.suppress_domain("maas-dekker.example", **by)
    else:
        suppression.suppress_account(world.account, **by)


def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every check in Python has a hole; what is left is the database."""
    monkeypatch.setattr(looked_at, "barred", lambda people: {})
    monkeypatch.setattr("prospecting.services.guard_facts.suppression.barred", lambda people: {}, raising=False)


@pytest.mark.parametrize("how", ["address", "domain", "account"])
def test_no_attempt_is_written_for_a_suppressed_person(
    world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    enrolled(world)
    bar(world, how)
    blind(monkeypatch)
    server = Server()
    sending.send_due(hand_over=server)

    assert server.kept == []
    assert not Attempt.objects.exists()
    assert not Touch.objects.filter(state__in=["sent", "in_flight"]).exists()


def test_what_the_database_refuses_at_the_last_moment_reads_as_what_it_is(
    world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    enrolled(world)
    bar(world, "address")
    with monkeypatch.context() as only_now:
        blind(only_now)
        sending.send_due(hand_over=Server())
    waits = [*Touch.objects.filter(contact=world.joost).values_list("state", "waits_because")]
    with clock.at(clock.now() + timedelta(seconds=20)):
        sending.send_due(hand_over=Server())

    assert waits == [("planned", sending.BARRED_WORDS)]
    assert not [one for one in caplog.records if one.levelname == "ERROR"]
    assert [*Touch.objects.filter(contact=world.joost).values_list("state", flat=True)] == ["skipped"]


@pytest.mark.parametrize("how", ["address", "domain", "account"])
def test_nothing_gets_in_flight_to_them_again(world: SimpleNamespace, how: str) -> None:
    enrolled(world)
    sending.send_due(hand_over=Server("temporary", "451 later"))
    touch = Touch.objects.get(state="planned", attempts__isnull=False)
    bar(world, how)

    with pytest.raises(DatabaseError, match="suppressed"), transaction.atomic():
        Touch.objects.filter(pk=touch.pk).update(state="in_flight")


def test_a_lifted_one_may_be_written_to(world: SimpleNamespace) -> None:
    enrolled(world)
    sending.send_due(hand_over=Server("temporary", "451 later"))
    suppression.lift(suppression.suppress_address(world.joost.email, reason="x", by=world.ada), by=world.ada)

    assert Touch.objects.filter(attempts__isnull=False).update(state="in_flight") == 1


def test_mail_to_our_own_people_is_none_of_its_business(world: SimpleNamespace) -> None:
    suppression.suppress_domain("baton.example", reason="x", by=world.ada)
    sending.internal_mail("k", world.ada, "s", "b")
    Outgoing.objects.update(mailbox=world.mailbox)
    sending.send_due(hand_over=Server())

    assert Outgoing.objects.get().state == "sent"
