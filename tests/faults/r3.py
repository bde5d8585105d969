"""R3: the broker killed, flushed and put back to an old state while mail leaves; the pages without it."""

import random
import shutil
import time
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import redis
from celery import Celery

from appointments.models import WorkItem
from crm.models import Message
from crm.services import intake
from prospecting.models import Attempt, Outgoing, Touch
from tests.faults import live, stage
from tests.faults.visitors import Visitor

STALE_TASKS = 200
NOTE = "the queue does not answer"


def run(
    sends: int = 200, kills: int = 2, flushes: int = 2, restores: int = 1, seed: int = 3,
    on: tuple[live.Live, stage.Stage] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Nothing is lost or sent twice, and people go on working; seconds from each blow to the next mail that leaves."""
    began, dice = time.monotonic(), random.Random(seed)
    with nullcontext(on) if on else live.staged() as (product, scene):
        before = product.deaths()
        item = answerable(scene)
        stale, kept = keep_a_copy(product)
        blows = ["kill"] * kills + ["flush"] * flushes + ["restore"] * restores
        dice.shuffle(blows)
        waits = [struck(product, scene, blow, turn, sends // len(blows), kept, dice) for turn, blow in enumerate(blows)]
        pages = without_the_queue(product, scene, item)
        live.sent_out()
        judged = live.settled(scene)
        return {
            "figure": "R3", "kills": kills, "flushes": flushes, "restores": restores, "stale_tasks": stale,
            **judged, **pages, "parts_that_died": product.deaths()[len(before) :],
            "back_after_s": round(max(waits), 1), "seconds": round(time.monotonic() - began, 1),
        }  # fmt: skip


def answerable(scene: stage.Stage) -> WorkItem:
    """A reply to a mail that the product sent, waiting on Ada's list."""
    stage.touches_due(scene.ada, 1)
    touch = Touch.objects.get(channel="email", enrollment__account__name="Store 0")
    stage.wait_until(lambda: Touch.objects.get(pk=touch.pk).state == "sent", "the first mail of a walk leaves")
    asked = Attempt.objects.filter(touch=touch).latest("pk")
    raw = (
        f"From: Otto <otto.answers@{stage.THEIRS}>\r\nTo: {asked.mailbox.address}\r\nSubject: Re: Four sites\r\n"
        f"Message-ID: <r3-reply@{stage.THEIRS}>\r\nIn-Reply-To: <{asked.message_id}>\r\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nHello Ada, what would this cost us for four sites?\r\n"
    ).encode()
    message = intake.receive(raw, recipients=[asked.mailbox.address])
    assert message.state == Message.State.HANDLED, message.last_error
    return WorkItem.objects.get(reply__message=message)


def keep_a_copy(product: live.Live) -> tuple[int, Path]:
    """A dump of the broker while it holds tasks: how many, and where it is."""
    app = Celery(broker=product.engines.redis_url, set_as_current=False)
    app.conf.broker_transport_options = {"socket_timeout": 5}
    with app.connection_for_write() as line:
        for _ in range(STALE_TASKS):
            app.send_task("prospecting.tasks.send_due", queue="mail", connection=line)
    held = int(product.queue.llen("mail"))
    product.queue.save()
    kept = product.engines.home / "old.rdb"
    shutil.move(product.engines.home / "dump.rdb", kept)
    kept.chmod(0o644)
    return held, kept


def struck(
    product: live.Live, scene: stage.Stage, blow: str, turn: int, portion: int, kept: Path, dice: random.Random
) -> float:
    stage.mails_due(scene.boxes, portion, name=f"r3x{turn}")
    time.sleep(dice.uniform(0.0, 3.5))
    began = time.monotonic()
    if blow == "flush":
        product.queue.flushall()
    else:
        if blow == "restore":
            shutil.copy(kept, product.engines.home / "dump.rdb")
        product.kill_queue()
    stage.wait_until(lambda: answers(product), "the broker is back")
    (product.engines.home / "dump.rdb").unlink(missing_ok=True)
    stage.mails_due(scene.boxes[:1], 1, name=f"r3probe{turn}x")
    probe = Outgoing.objects.filter(key__startswith=f"r3probe{turn}x", state="sent")
    stage.wait_until(probe.exists, "mail leaves again")
    return time.monotonic() - began


def answers(product: live.Live) -> bool:
    with suppress(redis.RedisError, OSError):
        return bool(product.queue.ping())
    return False


def without_the_queue(product: live.Live, scene: stage.Stage, item: WorkItem) -> dict[str, Any]:
    """Sign in, look at Today, answer a reply, all without a broker; the answer leaves when it is back."""
    said = f"It depends on the size of the sites. {uuid4().hex}"
    with product.nothing_revived():
        product.kill_queue()
        began = time.monotonic()
        visitor = Visitor(product.address, scene.ada.email, live.PASSWORD)
        today = visitor.get("/today/")
        page = visitor.get(f"/replies/{item.pk}/")
        answered = visitor.post(f"/replies/{item.pk}/answer/", page.text, body=said, key=uuid4().hex)
        slowest = time.monotonic() - began
        time.sleep(6)  # for so long a page may go by what it knew of the broker
        later = visitor.get("/today/")
        state = product.health().get("status", "")
    stage.wait_until(Outgoing.objects.filter(body__contains=said, state="sent").exists, "the answer leaves")
    stage.all_delivered(scene)  # it has left us once Postfix has taken it
    arrived = sum(said.encode() in raw for raw in scene.dovecot.mails(f"otto.answers@{stage.THEIRS}"))
    codes = [
        visitor.signed_in.status_code,
        today.status_code,
        page.status_code,
        answered.status_code,
        later.status_code,
    ]
    return {
        "pages_without_it": codes, "pages_took_s": round(slowest, 1), "says_so": NOTE in later.text, "health_without_it": state,
        "answers_arrived": arrived,
    }  # fmt: skip
