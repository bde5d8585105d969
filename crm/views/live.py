"""The stream of what changed, for open pages: kinds and ids only, filtered for whoever listens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from crm.access import policy
from crm.gateways.hearing import Ear
from crm.services.live import CHANNEL, heard_by

BREATH_SECONDS = 20
_ears: dict[int, Ear] = {}


@policy("member")
def live(request: HttpRequest) -> HttpResponse:
    """Server-sent events (WHATWG HTML §9.2). Each begins with what to ask again after a gap."""
    user: Any = request.user
    who = {"user_id": user.pk, "team_id": user.team_id, "admin": user.is_admin}
    release_connection()
    response = StreamingHttpResponse(said_to(who), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache, no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def release_connection() -> None:
    """A stream lasts for hours; it must not keep a connection of the pool that long."""
    if not connections["default"].in_atomic_block:
        connections["default"].close()


async def said_to(who: dict[str, Any]) -> AsyncIterator[str]:
    ear = ear_of_this_loop()
    queue = ear.open()
    try:
        yield "retry: 2000\n\n"
        with suppress(TimeoutError):
            await asyncio.wait_for(ear.listening.wait(), BREATH_SECONDS)
        yield 'data: {"kind": "again"}\n\n'
        while True:
            try:
                payload = await asyncio.wait_for(queue.get(), BREATH_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            said = json.loads(payload)
            if heard_by(said, **who):
                yield f"data: {json.dumps({key: value for key, value in said.items() if key not in ('team', 'user')})}\n\n"
    finally:
        ear.close(queue)


def ear_of_this_loop() -> Ear:
    loop = id(asyncio.get_running_loop())
    if loop not in _ears:
        _ears[loop] = Ear(CHANNEL, connect_parameters())
    return _ears[loop]


def connect_parameters() -> dict[str, Any]:
    """The database of this process, without the pool: a listener keeps its connection."""
    known = connections["default"].get_connection_params()
    names = ("host", "port", "dbname", "user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey", "options")
    return {name: known[name] for name in names if known.get(name)}
