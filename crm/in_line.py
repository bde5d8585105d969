"""Requests wait in line for a place, not for a connection to the database: a crowd is slow, and is not sent away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class InLine:
    """Wraps an ASGI application: so many requests are worked on at once, the others stand in line and cost nothing.

    A place is taken when the whole request is here, so that who sends slowly holds none, and given back when the answer
    begins: neither does a page that stays open for what is new, nor who reads slowly.
    """

    def __init__(self, application: Callable[..., Awaitable[None]], at_once: int) -> None:
        self.application, self.places = application, asyncio.Semaphore(at_once)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        held = entered = False

        async def arrived() -> Message:
            nonlocal held, entered
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body") and not entered:
                entered = True  # once: whatever else is heard on this connection, one request has one place
                await self.places.acquire()
                held = True
            return message

        def leave() -> None:
            nonlocal held
            if held:
                held = False
                self.places.release()

        async def begun(message: Message) -> None:
            leave()
            await send(message)

        try:
            await self.application(scope, arrived, begun)
        finally:
            leave()
