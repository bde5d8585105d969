"""Two people say what a walk came down to, or one while it ends: under real concurrency the first word stands."""

import threading
from contextlib import suppress
from typing import Any

import pytest

from crm import clock
from crm.errors import Refused
from prospecting.models import Attribution
from prospecting.services import attributing, stages
from tests.prospecting.test_route_races import at_once
from tests.prospecting.world import MONDAY, enrolled, small_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def walk(ada: Any) -> Any:
    with clock.at(MONDAY):
        return enrolled(small_world(ada))


@pytest.fixture
def both_have_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gathers what happened waits for the other one, who must not come as far before the first is through."""
    met, gathered = threading.Barrier(2), attributing.gathered

    def together(*given: Any) -> Any:
        found = gathered(*given)
        with suppress(threading.BrokenBarrierError):
            met.wait(1)
        return found

    monkeypatch.setattr(attributing, "gathered", together)


def test_of_two_who_say_so_at_once_the_second_is_told(walk: Any, ada: Any, ben: Any, both_have_looked: None) -> None:
    raised = at_once(
        lambda: attributing.confirm(walk, "role", by=ada), lambda: attributing.confirm(walk, "timing", by=ben)
    )

    assert [type(one) for one in raised] == [Refused]
    row = Attribution.objects.get()
    assert (row.cause, row.by) in {("role", ada), ("timing", ben)}


def test_what_is_said_while_the_walk_ends_is_not_proposed_away(walk: Any, ada: Any, both_have_looked: None) -> None:
    raised = at_once(
        lambda: attributing.confirm(walk, "role", by=ada), lambda: stages.finish(walk, by="the planner", why="over")
    )

    assert raised == []
    row = Attribution.objects.get()
    assert (row.cause, row.by) == ("role", ada)
