"""R11: people unsubscribe while their mail is being sent; after the answer to their click no DATA for them follows."""

import random
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.test import Client

from prospecting.models import Outgoing
from prospecting.services import letters
from tests.faults import stage
from tests.faults.scripted import Scripted
from tests.faults.senders import Sender

AHEAD = 6  # a click hits one of the next so many that are due
ONE_CLICK = {"List-Unsubscribe": "One-Click"}  # RFC 8058 §3.2


def run(races: int = 120, seed: int = 11) -> dict[str, Any]:
    """One click for every other message; the server notes when it is asked to take which one's text."""
    began, dice = time.monotonic(), random.Random(seed)
    server = Scripted(pause=0.002)
    inside, settings.INSIDE_ADDRESSES = settings.INSIDE_ADDRESSES, ["127.0.0.0/8"]
    _, _, boxes = stage.office(server.port)
    stage.mails_due(boxes, 2 * races, apart=True)
    senders = [Sender(connection.settings_dict["NAME"], f"racer {n}") for n in range(2)]
    try:
        clicks = click_while_it_leaves(races, dice)
        stage.wait_until(lambda: not still_leaving().exists(), "all that may leave is sent")
    finally:
        for one in senders:
            one.stop()
        server.stop()
        settings.INSIDE_ADDRESSES = inside
    late = [address for address, at in server.asked if at > clicks.get(address, float("inf"))]
    return {
        "figure": "R11", "races": len(clicks), "data_after_the_click_was_answered": len(late),
        "left_before": len({address for address, _ in server.asked} & clicks.keys()), "stopped": stage.states()["skipped"],
        "twice": sum(many > 1 for many in server.taken.values()), "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def still_leaving() -> Any:
    """Not what the database itself refused in the last moment: that is looked at again in five minutes."""
    return Outgoing.objects.filter(Q(state="planned", not_before=None) | Q(state="in_flight"))


def click_while_it_leaves(races: int, dice: random.Random) -> dict[str, float]:
    """Addresses with the moment their click had its 200. Where the page said that one is on its way, none is claimed."""
    clicks: dict[str, float] = {}
    client = Client(headers={"host": urlsplit(settings.BASE_URL).netloc})
    while len(clicks) < races:
        due = list(
            Outgoing.objects.filter(state__in=["planned", "in_flight"]).exclude(to_address__in=clicks)
            .order_by("pk").values_list("to_address", flat=True)[:AHEAD]
        )  # fmt: skip
        if not due:
            break
        address = dice.choice(due)
        path = urlsplit(letters.unsubscribe_url(address, contact=None, account=None)).path
        answer = client.post(path, ONE_CLICK)
        assert answer.status_code == 200, answer.status_code
        clicks[address] = float("inf") if b"on its way" in answer.content else time.monotonic()
    return clicks
