"""A walk takes a newer version of its sequence: what changes, what is refused, and that nobody gets a step twice."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.errors import Refused
from crm.models import Event
from prospecting.models import Enrollment, SequenceVersion, Touch
from prospecting.models.touch import Flight
from prospecting.services import adoption, enrollment, segments, sequences
from tests.prospecting.test_sequences import OWNER, steps_of
from tests.prospecting.world import MONDAY, account_named, enrolled, person_at


def everyones(version: SequenceVersion) -> list[dict[str, Any]]:
    return [*steps_of(version), *steps_of(version, "approver")]


def next_version(world: SimpleNamespace, steps: list[dict[str, Any]]) -> SequenceVersion:
    return sequences.publish(sequences.draft(world.sequence.sequence, steps, by=world.ada), by=world.ada)


def with_call_first(world: SimpleNamespace) -> SequenceVersion:
    call = {"role": OWNER, "channel": "call", "task": "Ask who keeps the log.", "wait_days": 0, "key": 0}
    return next_version(world, [call, *everyones(world.sequence)])


def said(look: adoption.Look) -> list[str]:
    return [change.sentence for change in look.changes]


def test_a_look_says_what_would_change_and_changes_nothing(world: SimpleNamespace) -> None:
    walk = enrolled(world)
    touch, version = Touch.objects.get(), with_call_first(world)
    events = Event.objects.count()
    [look] = adoption.look([walk], version, by=world.ada)

    assert said(look) == [
        "Joost Dekker: step 1, mail “Hello”, planned for Mon 8 June, is taken back.",
        "Joost Dekker: step 1, call “Ask who keeps the log.”, is planned for Mon 8 June.",
    ]
    assert Touch.objects.get().pk == touch.pk
    assert Event.objects.count() == events
    assert Enrollment.objects.get().sequence_version == world.sequence


def test_taking_a_version_does_what_the_look_said(world: SimpleNamespace, ruth: Any) -> None:
    walk, version = enrolled(world), with_call_first(world)
    adoption.adopt(walk, version, by=ruth, why="Calls come first now.")
    planned = Touch.objects.get(state=Flight.PLANNED)

    assert (walk.sequence_version, planned.channel, planned.step.version) == (version, "call", version)
    told = Event.objects.get(kind="enrollment.adopted")
    assert (told.actor, told.account, told.why) == (
        ruth,
        world.account,
        "Four sites, v2 instead of v1: Calls come first now.",
    )


def test_what_stays_the_same_keeps_its_day_and_its_words(world: SimpleNamespace) -> None:
    walk = enrolled(world)
    touch = Touch.objects.get()
    sequences.save_template("Hello", subject="Five sites", body="Hello {{first_name}}", by=world.ada)
    version = sequences.publish(sequences.draft_newest_texts(world.sequence.sequence, by=world.ada), by=world.ada)
    [look] = adoption.look([walk], version, by=world.ada)
    adoption.adopt(walk, version, by=world.ada)

    assert said(look) == ["Joost Dekker: step 1, mail “Hello”, has its text in v2 instead of v1."]
    assert Touch.objects.get().pk == touch.pk
    assert Touch.objects.get().step.template.subject == "Five sites"


def test_nobody_gets_a_step_again_wherever_it_moved(world: SimpleNamespace) -> None:
    walk = enrolled(world)
    sent(world)
    first, second, *others = everyones(world.sequence)
    version = next_version(world, [second | {"template": world.hello}, first, *others])
    [look] = adoption.look([walk], version, by=world.ada)
    adoption.adopt(walk, version, by=world.ada)

    assert "Joost Dekker has had step 2 of 2; nothing of that comes again." in look.had
    assert [touch.step.key for touch in Touch.objects.filter(state=Flight.PLANNED)] == [2]


def sent(world: SimpleNamespace) -> None:
    Touch.objects.update(state=Flight.SENT, sent_at=MONDAY)


@pytest.mark.parametrize("state", ["paused", "resting"])
def test_a_walk_that_stands_still_takes_the_version_and_goes_on_with_it(world: SimpleNamespace, state: str) -> None:
    walk, version = enrolled(world), with_call_first(world)
    if state == "paused":
        enrollment.pause(walk, "Trade fair", by=world.ada)
    else:
        enrollment.rest(walk, clock.today().replace(day=20), "Trade fair", by=world.ada)
    adoption.adopt(walk, version, by=world.ada)
    assert not Touch.objects.filter(state__in=[Flight.PLANNED, Flight.PAUSED]).exists()
    walk.refresh_from_db()
    enrollment.go_on(walk, by=world.ada)

    assert [touch.channel for touch in Touch.objects.filter(state=Flight.PLANNED)] == ["call"]


def test_what_is_leaving_now_is_left_alone(world: SimpleNamespace) -> None:
    walk, version = enrolled(world), with_call_first(world)
    Touch.objects.update(state=Flight.IN_FLIGHT)
    adoption.adopt(walk, version, by=world.ada)

    assert [t.state for t in Touch.objects.filter(step__version=world.sequence)] == [Flight.IN_FLIGHT]


def test_a_version_without_steps_for_a_role_on_the_route_is_refused(world: SimpleNamespace) -> None:
    walk, version = enrolled(world), next_version(world, steps_of(world.sequence))
    with pytest.raises(Refused, match="no step for a role on its route: Approver"):
        adoption.adopt(walk, version, by=world.ada)

    assert Enrollment.objects.get().sequence_version == world.sequence
    assert Touch.objects.get().state == Flight.PLANNED


def test_what_cannot_be_is_refused_in_words(world: SimpleNamespace) -> None:
    walk, version = enrolled(world), with_call_first(world)
    draft = sequences.draft(world.sequence.sequence, everyones(world.sequence), by=world.ada)
    other = sequences.draft(
        sequences.create_sequence("Other", by=world.ada), [{"role": OWNER, "template": world.hello}], by=world.ada
    )
    sequences.publish(other, by=world.ada)
    words = {"draft cannot be walked": draft, "another sequence": other, "walks v1 already": world.sequence}
    for sentence, chosen in words.items():
        with pytest.raises(Refused, match=sentence):
            adoption.adopt(walk, chosen, by=world.ada)
    adoption.adopt(walk, version, by=world.ada)
    with pytest.raises(Refused, match="newer version"):
        adoption.adopt(walk, world.sequence, by=world.ada)
    enrollment.close(walk, by=world.ada)
    with pytest.raises(Refused, match="over"):
        adoption.adopt(walk, version, by=world.ada)


def test_all_that_can_take_it_and_the_others_are_named(world: SimpleNamespace) -> None:
    first = enrolled(world)
    walks = [first, *(enrolled(world, account) for account in frosts(world, 3))]
    enrollment.close(walks[-1], by=world.ada)
    found = adoption.adopt_many([walk.pk for walk in walks], with_call_first(world), by=world.ada)

    assert found.done == [walk.pk for walk in walks[:-1]]
    assert [walk.pk for walk in found.refused["The walk is over."]] == [walks[-1].pk]
    assert found.sentence == "3 took it over, 1 could not."


def test_a_look_at_many_asks_no_more_than_a_look_at_few(world: SimpleNamespace) -> None:
    first, version = enrolled(world), with_call_first(world)
    few = queries(lambda: adoption.look([first], version, by=world.ada))
    walks = [first, *(enrolled_on(world, account) for account in frosts(world, 5))]

    assert queries(lambda: adoption.look(walks, version, by=world.ada)) <= few + 3


def enrolled_on(world: SimpleNamespace, account: Any) -> Enrollment:
    walk = enrolled(world, account)
    return Enrollment.objects.select_related("account", "sequence_version", "route_version").get(pk=walk.pk)


def queries(what: Any) -> int:
    with CaptureQueriesContext(connection) as asked:
        what()
    return len(asked)


def frosts(world: SimpleNamespace, many: int) -> list[Any]:
    rows = [account_named(f"Frost {n}", owner=world.ada) for n in range(many)]
    for row in rows:
        person_at(row, "Ann Frost", "problem-owner")
        person_at(row, "Bo Frost", "approver")
    segments.refresh_list(world.segment)
    return rows
