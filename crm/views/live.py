"""The stream that tells an open page that something changed: kinds and ids, never content."""

import asyncio
import json
from collections.abc import AsyncIterator

from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse

from crm.access import policy
from crm.gateways.listening import hub
from crm.services.live import heard_by

BEAT_SECONDS = 20
LONGEST_SECONDS = 15 * 60


@policy("member")
def live(request: HttpRequest) -> StreamingHttpResponse:
    """Server-sent events. The browser comes back by itself when a stream ends."""
    user = request.user
    who = {"user_id": user.pk, "team_id": user.team_id, "admin": user.is_admin}
    connection.close()  # a stream is open for minutes and needs no database connection of its own
    response = StreamingHttpResponse(stream(who), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def stream(who: dict) -> AsyncIterator[str]:
    queue = hub.join()
    until = asyncio.get_running_loop().time() + LONGEST_SECONDS
    try:
        yield "retry: 3000\n\n"
        while asyncio.get_running_loop().time() < until:
            try:
                payload = await asyncio.wait_for(queue.get(), BEAT_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if heard_by(said := json.loads(payload), **who):
                yield f"data: {json.dumps(said)}\n\n"
    finally:
        hub.leave(queue)
