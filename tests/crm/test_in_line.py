"""Requests in line: so many at once, nobody sent away, and no place kept by who has his answer."""

import asyncio
from typing import Any

import pytest

from crm.in_line import InLine

HTTP = {"type": "http"}


class Busy:
    """An application that is slow; how many it works on at once at most, and how many it has begun."""

    def __init__(self, *, answers: bool = False) -> None:
        self.answers, self.now, self.most, self.begun, self.done = answers, 0, 0, 0, asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.begun += 1
        self.now += 1
        self.most = max(self.most, self.now)
        if self.answers:
            await send({"type": "http.response.start"})
        await self.done.wait()
        self.now -= 1


async def nothing(message: Any = None) -> Any:
    return message


async def crowd(line: InLine, busy: Busy, many: int, scope: Any = HTTP) -> int:
    """So many come at once; how many were let in before any was done."""
    tasks = [asyncio.create_task(line(scope, nothing, nothing)) for _ in range(many)]
    for _ in range(5):
        await asyncio.sleep(0)
    inside = busy.begun
    busy.done.set()
    await asyncio.gather(*tasks)
    return inside


@pytest.mark.parametrize(
    ("answers", "scope", "inside"),
    [(False, HTTP, 3), (True, HTTP, 10), (False, {"type": "lifespan"}, 10)],
)
def test_a_crowd_stands_in_line_and_everyone_is_served(answers: bool, scope: Any, inside: int) -> None:
    """What streams has begun its answer, and gives its place to the next."""

    async def tried() -> tuple[int, int]:
        busy = Busy(answers=answers)
        return await crowd(InLine(busy, 3), busy, 10, scope), busy.begun

    assert asyncio.run(tried()) == (inside, 10)


def test_a_request_that_fails_gives_its_place_back() -> None:
    async def tried() -> int:
        async def fails(scope: Any, receive: Any, send: Any) -> None:
            raise ValueError

        line = InLine(fails, 1)
        for _ in range(3):
            with pytest.raises(ValueError):
                await line(HTTP, nothing, nothing)
        return line.places._value

    assert asyncio.run(tried()) == 1
