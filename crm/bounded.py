"""Posts from outside may only be so large: what is larger is turned away before it fills memory or disk."""

from collections.abc import Awaitable, Callable
from typing import Any

from crm.rules.provider_post import LARGEST

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
PREFIX = "/hooks/"


class Bounded:
    """Wraps an ASGI application; Django itself would first take in the whole body, whatever its size."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.application(scope, receive, send)
        elif _told_length(scope) > LARGEST:
            await refuse(send)
        else:
            await self.counted(scope, receive, send)

    async def counted(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Count what comes; after too much the application hears that the other side is gone."""
        seen, begun = 0, False

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            return message if seen <= LARGEST else {"type": "http.disconnect"}

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        await self.application(scope, bounded, noted)
        if seen > LARGEST and not begun:
            await refuse(send)


def _told_length(scope: dict[str, Any]) -> int:
    told = dict(scope["headers"]).get(b"content-length", b"0")
    return int(told) if told.isdigit() and len(told) < 20 else 0


async def refuse(send: Send) -> None:
    await send({"type": "http.response.start", "status": 413, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": b"too large"})
