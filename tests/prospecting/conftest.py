"""The small world of prospecting, on a Monday morning."""

from types import SimpleNamespace
from typing import Any

import pytest

from crm import clock
from tests.prospecting.world import MONDAY, Server, small_world


@pytest.fixture
def monday() -> Any:
    with clock.at(MONDAY):
        yield MONDAY


@pytest.fixture
def world(ada: Any, monday: Any, once: Any) -> SimpleNamespace:
    return once(small_world, ada)


@pytest.fixture
def server() -> Server:
    return Server()
