"""The outbox: what is uncertain with what is known of it, what leaves next, what left; settled by a person, never sent again by itself."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.models import Event
from crm.services import conversations
from prospecting.models import Outgoing, Touch
from prospecting.queries import leaving
from prospecting.services import lists, sending
from tests.prospecting.world import MONDAY, Server, account_named, enrolled, person_at

OUTBOX = "/sending/outbox/"


@pytest.fixture
def unsure(world: SimpleNamespace) -> Touch:
    """Handed over, and the line broke before the answer."""
    enrolled(world)
    sending.send_due(hand_over=Server("unknown", "no answer after the message: timed out"))
    return Touch.objects.get(state="uncertain")


def answer_to(world: SimpleNamespace, **more: Any) -> Outgoing:
    thread = conversations.start_conversation(
        team=world.ada.team, mailbox=world.mailbox, account=world.account, contact=world.joost, subject="Logbook",
        root_message_id="one@baton.example", at=MONDAY,
    )  # fmt: skip
    return sending.answer(thread, "Yes, gladly.", by=world.ada, to=world.joost.email, **more)


def test_what_is_uncertain_stands_first_with_what_is_known(as_: Callable[..., Any], ada: Any, unsure: Touch) -> None:
    page = as_(ada).get(OUTBOX).content.decode()

    assert "of 1 nobody knows whether it arrived" in page
    assert "no answer after the message: timed out" in page
    assert unsure.attempts.get().message_id in page
    assert (
        page.index("Do not send again")
        < page.index("It arrived")
        < page.index("It came back")
        < page.index("Send once more…")
    )


@pytest.mark.parametrize(("to", "state"), [("dropped", "dropped"), ("sent", "sent"), ("bounced", "bounced")])
def test_a_person_says_what_became_of_it(as_: Callable[..., Any], ada: Any, unsure: Touch, to: str, state: str) -> None:
    as_(ada).post(f"{OUTBOX}touch/{unsure.pk}/settle/", {"to": to})

    unsure.refresh_from_db()
    assert unsure.state == state
    assert Event.objects.filter(kind=f"touch.{state}", actor_name=str(ada)).count() == 1


def test_once_more_needs_a_sentence(as_: Callable[..., Any], ada: Any, unsure: Touch) -> None:
    client, place = as_(ada), f"{OUTBOX}touch/{unsure.pk}/settle/"
    client.post(place, {"to": "planned", "why": ""})
    unsure.refresh_from_db()
    assert unsure.state == "uncertain"
    client.post(place, {"to": "planned", "why": "Joost says that nothing came."})
    unsure.refresh_from_db()

    assert unsure.state == "planned"
    assert Event.objects.filter(kind="touch.planned", why="Joost says that nothing came.").exists()


def test_nothing_is_said_about_it_twice(as_: Callable[..., Any], ada: Any, unsure: Touch) -> None:
    client, place = as_(ada), f"{OUTBOX}touch/{unsure.pk}/settle/"
    answers = [client.post(place, {"to": to}).status_code for to in ("dropped", "sent", "nonsense")]

    unsure.refresh_from_db()
    assert (answers, unsure.state) == ([302, 409, 302], "dropped")


def test_an_uncertain_answer_is_settled_there_too(as_: Callable[..., Any], ada: Any, world: SimpleNamespace) -> None:
    row = answer_to(world)
    with clock.at(MONDAY + timedelta(seconds=11)):
        sending.send_due(hand_over=Server("unknown", "silence"))
    row.refresh_from_db()
    assert row.state == "uncertain"
    as_(ada).post(f"{OUTBOX}message/{row.pk}/settle/", {"to": "dropped"})
    row.refresh_from_db()

    assert row.state == "dropped"


def test_another_team_sees_and_settles_nothing(
    as_: Callable[..., Any], stranger: Any, unsure: Touch, world: SimpleNamespace
) -> None:
    row = answer_to(world)
    page = as_(stranger).get(OUTBOX).content.decode()
    answers = [
        as_(stranger).post(f"{OUTBOX}{one}/settle/", {"to": "sent"}).status_code
        for one in (f"touch/{unsure.pk}", f"message/{row.pk}", f"nonsense/{row.pk}")
    ]

    assert world.joost.name not in page
    assert [*answers, as_(stranger).post(f"{OUTBOX}{row.pk}/undo/").status_code] == [404] * 4


def test_an_answer_is_taken_back_within_its_ten_seconds(
    as_: Callable[..., Any], ada: Any, world: SimpleNamespace
) -> None:
    row, client = answer_to(world), as_(ada)
    assert "Take back" in client.get(OUTBOX).content.decode()
    with clock.at(MONDAY + timedelta(seconds=11)):
        assert "Take back" not in client.get(OUTBOX).content.decode()
    client.post(f"{OUTBOX}{row.pk}/undo/")
    row.refresh_from_db()

    assert row.state == "cancelled"
    assert sending.send_due(hand_over=Server()) == 0


def test_what_left_today_and_what_leaves_next(
    as_: Callable[..., Any], ada: Any, world: SimpleNamespace, server: Server
) -> None:
    answer_to(world)
    with clock.at(MONDAY + timedelta(seconds=11)):
        sending.send_due(hand_over=server)
        enrolled(world)
        client = as_(ada)
        left, soon = client.get(OUTBOX, {"tab": "left"}).content.decode(), client.get(OUTBOX).content.decode()
    with clock.at(MONDAY + timedelta(days=1)):
        tomorrow = as_(ada).get(OUTBOX, {"tab": "left"}).content.decode()

    assert "Answer: Re: Logbook" in left
    assert "1 left today" in left
    assert "Its turn comes with the next look of the sender." in soon
    assert "Nothing left today" in tomorrow


def many(world: SimpleNamespace, names: list[str]) -> None:
    for n, name in enumerate(names):
        account = account_named(name, owner=world.ada)
        person_at(account, f"P{n} {name}", "problem-owner")
        lists.refresh(world.segment.target_list, by=world.ada)
        enrolled(world, account)
        Outgoing.objects.create(
            purpose="meeting", key=name, account=account, mailbox=world.mailbox, to_address=f"p{n}@x.example", subject="s",
            body="b", created_at=MONDAY + timedelta(seconds=n), not_before=MONDAY + timedelta(minutes=n % 3),
        )  # fmt: skip


def test_pages_show_each_message_once_and_cost_the_same(
    as_: Callable[..., Any], ada: Any, world: SimpleNamespace
) -> None:
    client = as_(ada)
    many(world, ["One"])
    client.get(OUTBOX)
    with CaptureQueriesContext(connection) as few:
        client.get(OUTBOX)
    many(world, ["Two", "Three", "Four"])
    with CaptureQueriesContext(connection) as more:
        client.get(OUTBOX)
    everything = Touch.objects.all(), Outgoing.objects.all()
    seen, after = [], ""
    while True:
        page = leaving.merged(*everything, "next", after=after, today=MONDAY, size=3)
        seen += [(row.kind, row.pk) for row in page.rows]
        if not (after := page.next):
            break

    assert len(seen) == len(set(seen)) == 8
    assert len(few) == len(more)
    assert leaving.merged(*everything, "next", after="rubbish", today=MONDAY).back is False
