"""One LISTEN connection a process, its notices handed to every open stream."""

import asyncio
import logging
from typing import Any

import psycopg

MOST_WAITING = 100
_AGAIN_SECONDS = 1.0
log = logging.getLogger(__name__)


class Ear:
    """Listens while anyone has a stream open; each stream has a queue. Belongs to one event loop."""

    def __init__(self, channel: str, connect: dict[str, Any]) -> None:
        self.channel = channel
        self.connect = connect
        self.queues: set[asyncio.Queue[str]] = set()
        self.task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()

    def open(self) -> "asyncio.Queue[str]":
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self.queues.add(queue)
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._listen())
        return queue

    def close(self, queue: "asyncio.Queue[str]") -> None:
        self.queues.discard(queue)
        if not self.queues and self.task is not None:
            self.task.cancel()
            self.task = None
            self.listening.clear()

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (psycopg.Error, OSError) as error:
                self.listening.clear()
                log.warning("live pages wait for the database: %s", type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _hear(self) -> None:
        connection = await psycopg.AsyncConnection.connect(**self.connect, autocommit=True)
        async with connection:
            await connection.execute(f"LISTEN {self.channel}")
            self.listening.set()
            # Whoever listens anew may have missed something: pages look again.
            self._give('{"kind": "again"}')
            async for notice in connection.notifies():
                self._give(notice.payload)

    def _give(self, payload: str) -> None:
        for queue in self.queues:
            if not queue.full():
                queue.put_nowait(payload)
