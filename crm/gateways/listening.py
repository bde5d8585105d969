"""One LISTEN connection a process, fanned out to every open stream of that process."""

import asyncio
from typing import Any

import psycopg
from django.conf import settings

from crm.services.live import CHANNEL

RETRY_SECONDS = 2
MOST_WAITING = 100


class Hub:
    """Streams join and leave; the connection lives while there is one. A slow reader loses the oldest, not the newest."""

    def __init__(self) -> None:
        self.listeners: set[asyncio.Queue[str]] = set()
        self.task: asyncio.Task[None] | None = None

    def join(self) -> asyncio.Queue[str]:
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self.listeners.add(queue)
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self.listen())
        return queue

    def leave(self, queue: asyncio.Queue[str]) -> None:
        self.listeners.discard(queue)
        if not self.listeners and self.task is not None:
            self.task.cancel()
            self.task = None

    async def listen(self) -> None:
        while self.listeners:
            try:
                async with await psycopg.AsyncConnection.connect(**parameters(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notice in connection.notifies():
                        self.spread(notice.payload)
            except psycopg.OperationalError:
                await asyncio.sleep(RETRY_SECONDS)

    def spread(self, payload: str) -> None:
        for queue in self.listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(payload)


def parameters() -> dict[str, Any]:
    """libpq's names for the database of the settings, without a pool: this connection stays."""
    default = settings.DATABASES["default"]
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    found = {to: default[name] for name, to in names.items() if default.get(name)}
    return {**found, **{name: value for name, value in default.get("OPTIONS", {}).items() if isinstance(value, str | int)}}


hub = Hub()
