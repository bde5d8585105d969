"""Each cell of the matrix fires once for each label a message gets: under retries, crashes, two workers and corrections."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.db import connections
from django.db.models import Count

from appointments.models import Classification, Reaction, WorkItem
from appointments.services import classifying, matrix
from crm import clock, failpoints
from crm.models import Message, Suppression
from crm.services import intake
from prospecting.models import Enrollment, Reply
from prospecting.rules import labels
from tests.appointments.world import hear, judgement, reached, replied
from tests.prospecting.world import MONDAY

WORDS = (
    "Tuesday works, can you send an invite?", "What does it cost per site?", "Please remove me from your list.",
    "We already have a supplier for this.", "Not now, sorry.", "The harbour looks nice in June.",
)  # fmt: skip
PLACES = ("the person's", "the account's", "the work's")


def not_once() -> list[int]:
    """Judgements of which a cell is missing or doubled; messages judged never or twice are among them."""
    standing = Classification.objects.filter(undone_at=None).values_list("reply", flat=True)
    judged = Classification.objects.filter(undone_at=None).annotate(fired=Count("reactions")).exclude(fired=3)
    wrong = [row.pk for row in judged]
    return wrong + sorted(set(Reply.objects.values_list("pk", flat=True)) ^ set(standing))


def crashing(monkeypatch: pytest.MonkeyPatch, places: list[str]) -> None:
    """The next passes die at these places, one each."""

    def reach(name: str) -> None:
        if places and name == places[0]:
            places.pop(0)
            raise RuntimeError("the worker died")

    monkeypatch.setattr(failpoints, "reach", reach)


@pytest.mark.django_db
@pytest.mark.parametrize("text", WORDS[:3])
def test_a_death_after_any_cell_leaves_nothing_half_done_and_the_retry_does_it_once(world, monkeypatch, text):
    left = [f"matrix: {place} cell has fired" for place in PLACES]
    crashing(monkeypatch, left)
    message = hear(world, text)
    for _ in PLACES[1:]:
        assert (Reaction.objects.count(), WorkItem.objects.count(), Suppression.objects.count()) == (0, 0, 0)
        intake.handle_unhandled()
    assert left == []
    message.refresh_from_db()
    assert message.state == Message.State.QUARANTINED
    intake.release(message, by=world.ada)
    intake.handle_unhandled()
    assert Message.objects.get(pk=message.pk).state == Message.State.HANDLED
    assert not_once() == [] and WorkItem.objects.count() <= 1


@pytest.mark.django_db
def test_whatever_is_said_after_whatever_each_label_fires_once_and_the_one_before_is_undone(world, ada):
    reply = replied(world, "You should speak to my colleague Anouk Vries (anouk@maas-dekker.example), not now though.")
    order = [key for key in labels.PRECEDENCE if key != reply.label]
    random.Random(6).shuffle(order)
    for label in order:
        classifying.correct(reply, label, by=ada)
        found = judgement(reply)
        live = Reaction.objects.filter(classification__reply=reply, undone_at=None)
        assert (found.label, set(live.values_list("classification", flat=True)) - {found.pk}) == (label, set())
        assert found.reactions.count() == 3
        assert WorkItem.objects.exclude(state="done").count() <= 1
    classifying.correct(reply, "interested", by=ada)
    world.joost.refresh_from_db()
    world.account.refresh_from_db()
    assert not Suppression.objects.filter(lifted_at=None).exists()
    assert (world.account.is_closed, world.account.rests_until, world.joost.away_until) == (False, None, None)
    assert Enrollment.objects.get(pk=world.enrollment.pk).state == "paused"


@pytest.mark.django_db
def test_firing_again_fires_nothing(world):
    found = judgement(replied(world, WORDS[0]))
    facts = list(found.reactions.values("cell", "facts", "fired_at"))
    for _ in range(3):
        assert matrix.fire(found) == []
    assert list(found.reactions.values("cell", "facts", "fired_at")) == facts


@pytest.fixture
def raced(ada, noor) -> SimpleNamespace:
    with clock.at(MONDAY):
        return reached(ada, noor)


def together(*works) -> None:
    """Each on a connection of its own, begun at once."""
    gate = Barrier(len(works))

    def run(work):
        gate.wait()
        try:
            with clock.at(MONDAY):
                work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        list(pool.map(run, works))


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_two_people_at_once_fire_each_cell_once(raced, ada, monkeypatch):
    monkeypatch.setattr(intake, "_tried", lambda pk: False)
    with clock.at(MONDAY):
        for text in WORDS:
            hear(raced, text)
    monkeypatch.undo()
    together(*[intake.handle_unhandled] * 2)
    with clock.at(MONDAY):
        intake.handle_unhandled()
    assert Reply.objects.count() == len(WORDS) and not_once() == []
    found = list(Classification.objects.filter(undone_at=None).order_by("pk"))

    def confirm_and_correct():
        for one in found:
            matrix.fire(one)
            classifying.correct(Reply.objects.get(pk=one.reply_id), "question", by=ada)

    together(*[confirm_and_correct] * 2)
    assert set(Classification.objects.filter(undone_at=None).values_list("label", flat=True)) == {"question"}
    assert not_once() == []
    assert WorkItem.objects.exclude(state="done").count() == 1
