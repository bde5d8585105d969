"""Sixty days of random accounts, routes, answers and operators: what must never happen does not, whatever anybody does.

`SIXTY_DAYS=150 pytest tests/prospecting/test_sixty_days.py` lives that many stories, other ones each time.
"""

import os
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings

from crm import clock
from tests.prospecting.deeds import every_account_is_explained
from tests.prospecting.lives import Life
from tests.prospecting.stories import Story, stories
from tests.prospecting.world import MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.long]
MANY = int(os.environ.get("SIXTY_DAYS", 0))
FEW = settings(
    max_examples=MANY or 5, deadline=None, derandomize=not MANY, database=None, report_multiple_bugs=False,
    phases=[Phase.generate],  # a story takes seconds: what fails is read, not made smaller
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large,
                           HealthCheck.large_base_example],
)  # fmt: skip


class Over(Exception):
    """Ends a story: what it did is rolled back."""


@pytest.fixture
def people(ada: Any, ruth: Any) -> SimpleNamespace:
    return SimpleNamespace(ada=ada, ruth=ruth)


@FEW
@given(story=stories())
def test_sixty_days_break_no_promise(people: SimpleNamespace, story: Story) -> None:
    with pytest.raises(Over), transaction.atomic():
        with clock.at(MONDAY):
            life = Life(story, people.ada, people.ruth)
        try:
            life.live()
            with clock.at(life.now):
                every_account_is_explained(life)
        except AssertionError:
            print(story, *life.told(), sep="\n")
            raise
        raise Over
