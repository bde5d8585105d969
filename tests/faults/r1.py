"""R1: senders killed at random times, again and again; counted in the Maildirs of a real Dovecot behind a real Postfix."""

import random
import time
from typing import Any

from prospecting.services import sending
from tests.faults import stage
from tests.faults.senders import Sender

AT_ONCE = 2
TOUCHES = 0.4  # the share that the planner made, which leave in batches; the rest is meeting mail, one by one


def run(sends: int = 1_500, kills: int = 60, seed: int = 1) -> dict[str, Any]:
    """Every message lies in its Maildir once; whatever became uncertain is settled by what the Sent folder shows."""
    began = time.monotonic()
    with stage.stage() as scene:
        touches = int(sends * TOUCHES)
        stage.touches_due(scene.ada, touches)
        stage.mails_due(scene.boxes, sends - touches)
        killed = kill_at_random(scene, sends, kills, random.Random(seed))
        found = stage.settle_everything(scene)
        judged = stage.judged(scene)
    return {
        "figure": "R1", "sends": sends, "kills": killed, **judged, "uncertain": found.get("uncertain", 0),
        "settled_by_evidence": found.get("settled", 0), "resent": stage.resent(),
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def kill_at_random(scene: stage.Stage, sends: int, kills: int, dice: random.Random) -> int:
    """Kill one of the senders after a random while, spread over the whole run; another takes its place."""
    living = [Sender(scene.database, f"sender {n}") for n in range(AT_ONCE)]
    began, killed = time.monotonic(), 0
    try:
        while left := stage.states()["planned"]:
            if killed == kills:
                time.sleep(0.1)
                continue
            rate = max(sends - left, 1) / (time.monotonic() - began)
            time.sleep(min(2.0, dice.uniform(0, 2) * left / rate / (kills - killed + 1)))
            victim = living.pop(dice.randrange(AT_ONCE))
            victim.kill()
            killed += 1
            living.append(Sender(scene.database, f"sender {AT_ONCE + killed}"))
            stage.claims_end(victim.name)
            sending.reap()
    finally:
        for one in living:
            one.stop()
            stage.claims_end(one.name)
    return killed
