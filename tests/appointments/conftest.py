"""An account that was written to, and a person there who answers."""

from types import SimpleNamespace
from typing import Any

import pytest

from crm import clock
from tests.appointments.world import reached
from tests.prospecting.world import MONDAY


@pytest.fixture
def monday() -> Any:
    with clock.at(MONDAY):
        yield MONDAY


@pytest.fixture
def world(ada: Any, ben: Any, noor: Any, ruth: Any, monday: Any, once: Any) -> SimpleNamespace:
    """Ada wrote to Joost of Maas Dekker; Noor holds the team's meetings."""
    return once(reached, ada, noor)
