"""Requests in line: so many at once, nobody sent away, and no place kept by who has his answer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crm.in_line import InLine

HTTP = {"type": "http"}


class Busy:
    """An application that reads its request and is slow then; how many it has begun to work on."""

    def __init__(self, *, answers: bool = False) -> None:
        self.answers, self.begun, self.done = answers, 0, asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while scope["type"] == "http" and (await receive())["more_body"]:
            pass
        self.begun += 1
        if self.answers:
            await send({"type": "http.response.start"})
        await self.done.wait()


async def whole() -> Any:
    return {"type": "http.request", "more_body": False}


async def slowly() -> Any:
    await asyncio.Event().wait()


async def nobody(message: Any) -> None:
    pass


async def crowd(line: InLine, busy: Busy, many: int, scope: Any = HTTP) -> int:
    """So many come at once; how many were let in before any was done."""
    tasks = [asyncio.create_task(line(scope, whole, nobody)) for _ in range(many)]
    await turns()
    inside = busy.begun
    busy.done.set()
    await asyncio.gather(*tasks)
    return inside


def alone(tried: Callable[[], Any]) -> Any:
    """In a thread of its own: a test in a browser leaves an event loop behind in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(tried())).result()


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("answers", "scope", "inside"),
    [(False, HTTP, 3), (True, HTTP, 10), (False, {"type": "lifespan"}, 10)],
)
def test_a_crowd_stands_in_line_and_everyone_is_served(answers: bool, scope: Any, inside: int) -> None:
    """What streams has begun its answer, and gives its place to the next."""

    async def tried() -> tuple[int, int]:
        busy = Busy(answers=answers)
        return await crowd(InLine(busy, 3), busy, 10, scope), busy.begun

    assert alone(tried) == (inside, 10)


def test_a_request_that_fails_gives_its_place_back() -> None:
    async def tried() -> int:
        async def fails(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            raise ValueError

        line = InLine(fails, 1)
        for _ in range(3):
            with pytest.raises(ValueError):
                await line(HTTP, whole, nobody)
        return line.places._value

    assert alone(tried) == 1


def test_who_sends_slowly_holds_no_place() -> None:
    async def tried() -> int:
        busy = Busy()
        line = InLine(busy, 1)
        slow = [asyncio.create_task(line(HTTP, slowly, nobody)) for _ in range(5)]
        await turns()
        inside = await crowd(line, busy, 1)
        for one in slow:
            one.cancel()
        return inside

    assert alone(tried) == 1


def test_a_request_that_is_heard_twice_holds_one_place() -> None:
    async def tried() -> int:
        async def hears_twice(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await receive()

        line = InLine(hears_twice, 2)
        await line(HTTP, whole, nobody)
        return line.places._value

    assert alone(tried) == 2
