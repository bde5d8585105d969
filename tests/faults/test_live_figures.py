"""What the running product does when its engines are struck, in the short form: only counts are asserted."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults import live, r3, r4, stage

pytestmark = [pytest.mark.long, pytest.mark.postfix, pytest.mark.dovecot]
NONE_OF = dict.fromkeys(["twice", "lost", "wrong", "unresolved", "not_sent"], 0) | {"parts_that_died": []}


@pytest.fixture(scope="module")
def on(django_db_blocker: Any) -> Iterator[tuple[live.Live, stage.Stage]]:
    """The whole product with engines of its own, which both figures strike; this process looks into its database."""
    with django_db_blocker.unblock(), live.staged(small=True) as there:
        yield there


def test_r3_a_broker_killed_flushed_and_put_back_costs_no_mail_and_no_page(on):
    found = r3.run(sends=150, kills=2, flushes=2, restores=1, on=on)
    print(found)
    assert {name: found[name] for name in NONE_OF} == NONE_OF
    assert found["pages_without_it"] == [302, 200, 200, 302, 200]
    assert found["says_so"]
    assert found["health_without_it"] == "degraded"
    assert found["answers_arrived"] == 1


def test_r4_a_database_that_is_struck_loses_no_acknowledged_write_and_shows_no_trace(on):
    found = r4.run(restarts=3, kill_seconds=3, sends=100, on=on)
    print(found)
    assert {name: found[name] for name in NONE_OF} == NONE_OF
    assert found["acknowledged"] > 0
    assert found["acknowledged_lost"] == 0
    assert found["came_in_lost_or_twice"] == 0
    assert found["wrong_answers"] == []
