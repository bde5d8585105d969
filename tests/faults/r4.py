"""R4: PostgreSQL cut off, its sessions killed, its disk full, while people write and mail comes and goes."""

import random
import time
from contextlib import nullcontext
from typing import Any

from django.db import connection

from crm.models import Message, Note
from tests.faults import live, stage
from tests.faults.imap_mischief import deliver
from tests.faults.visitors import Busy, Visitor
from tests.prospecting.world import account_named

KILLS_A_SECOND = 10
FULL_SECONDS = 4.0
_VICTIM = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1
"""


def run(
    restarts: int = 3, kill_seconds: int = 4, sends: int = 120, seed: int = 4, on: tuple[live.Live, stage.Stage] | None = None
) -> dict[str, Any]:  # fmt: skip
    """No acknowledged write is lost, no part has to be started again, no page fails otherwise than by 503."""
    began, dice = time.monotonic(), random.Random(seed)
    with nullcontext(on) if on else live.staged(small=True) as (product, scene):
        before = product.deaths()
        account = account_named("Struck Stores", owner=scene.ada)
        visitor = Visitor(product.address, scene.ada.email, live.PASSWORD)
        people = [
            Busy(Visitor(product.address, scene.ada.email, live.PASSWORD), f"Writer {n}", account.pk) for n in range(2)
        ]
        for one in people:
            one.start()
        waits = struck(product, scene, visitor, restarts, kill_seconds, sends, dice)
        filled = disk_is_full(product, scene, visitor, sends // (restarts + 2))
        for one in people:
            one.end()
        product.everything_lives()
        live.sent_out()
        judged = live.settled(scene)
        came = incoming(restarts)
        return {
            "figure": "R4", "restarts": restarts, "kills": kill_seconds * KILLS_A_SECOND, "disk_full": filled, **judged,
            **answers(people), **came, "parts_that_died": product.deaths()[len(before) :],
            "recovery_s": round(max(waits), 1), "seconds": round(time.monotonic() - began, 1),
        }  # fmt: skip


def struck(
    product: live.Live, scene: stage.Stage, visitor: Visitor, restarts: int, kill_seconds: int, sends: int, dice: random.Random
) -> list[float]:  # fmt: skip
    """Seconds after each blow until a page came again."""
    waits, portion = [], sends // (restarts + 2)
    for turn in range(restarts):
        live.patiently(lambda turn=turn: stage.mails_due(scene.boxes, portion, name=f"r4x{turn}"))  # type: ignore[misc]
        deliver(scene.dovecot, "ada0@baton.example", letter(turn))
        time.sleep(dice.uniform(0.2, 3.0))
        began = time.monotonic()
        product.restart_database()
        waits.append(time.monotonic() - began + visitor.answers_again())
    live.patiently(lambda: stage.mails_due(scene.boxes, portion, name="r4killed"))
    for _ in range(kill_seconds * KILLS_A_SECOND):
        live.patiently(kill_a_session)
        time.sleep(1 / KILLS_A_SECOND)
    waits.append(visitor.answers_again())
    return waits


def kill_a_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_VICTIM)


def disk_is_full(product: live.Live, scene: stage.Stage, visitor: Visitor, sends: int) -> str:
    """Everything is on a volume without a free byte for a few seconds."""
    if not product.data.is_mount():
        return "not run: this machine lets nobody mount a small volume"
    live.patiently(lambda: stage.mails_due(scene.boxes, sends, name="r4full"))
    with live.full(product.data):
        time.sleep(FULL_SECONDS)
    visitor.answers_again()
    return f"{FULL_SECONDS:.0f} s"


def letter(number: int) -> bytes:
    return (
        f"From: someone{number}@elsewhere.example\r\nTo: ada0@baton.example\r\nSubject: Hello {number}\r\n"
        f"Message-ID: <r4-{number}@elsewhere.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nHello.\r\n"
    ).encode()


def incoming(many: int) -> dict[str, int]:
    """Mail that came in meanwhile: each once, and handled."""
    rows = Message.objects.filter(message_id__startswith="r4-")
    stage.wait_until(lambda: rows.filter(state="handled").count() >= many, "all mail that came in is handled")
    return {"came_in": many, "came_in_lost_or_twice": abs(rows.count() - many)}


def answers(people: list[Busy]) -> dict[str, Any]:
    """What the pages said, and what became of the notes that they acknowledged."""
    kept = [words for one in people for words in one.kept]
    there = set(Note.objects.filter(text__in=kept).values_list("text", flat=True))
    codes = {code: sum(one.codes[code] for one in people) for one in people for code in one.codes}
    return {
        "acknowledged": len(kept), "acknowledged_lost": len(set(kept) - there), "answers": codes,
        "wrong_answers": sorted({fault for one in people for fault in one.faults}),
    }  # fmt: skip
