"""R11: people unsubscribe, answer and bounce while their mail is being sent; after that was answered no DATA for them follows."""

import random
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.test import Client

from crm import clock
from crm.models import Message
from crm.services import intake
from prospecting.models import Attempt, Enrollment, Outgoing, Touch
from prospecting.services import letters, planner
from tests.faults import stage
from tests.faults.scripted import Scripted
from tests.faults.senders import Sender

PAUSE = 0.002  # seconds before each answer of the server while people click
SLOWER = 0.04  # while they answer: taking an answer in takes longer than a click, and must come while steps leave
AHEAD = 6  # a click hits one of the next so many that are due
ONE_CLICK = {"List-Unsubscribe": "One-Click"}  # RFC 8058 §3.2
NEVER = float("inf")
UNTIL_THE_SECOND_STEP = timedelta(days=3)


def run(races: int = 120, answers: int = 20, seed: int = 11) -> dict[str, Any]:
    """One click for about every third message, then answers and bounces in turn; the server notes when it is asked to take which text."""
    began, dice = time.monotonic(), random.Random(seed)
    server = Scripted(pause=PAUSE)
    inside, settings.INSIDE_ADDRESSES = settings.INSIDE_ADDRESSES, ["127.0.0.0/8"]
    try:
        _, ada, boxes = stage.office(server.port)
        stage.mails_due(boxes, 3 * races, apart=True)
        clicks = raced(lambda: click_while_it_leaves(races, dice))
        late, before, twice = late_data(server, clicks), left_before(server, clicks), doubled(server)
        stopped = stage.states()["skipped"]
        first_steps_sent(ada, 2 * answers)
        server.asked.clear()
        server.taken.clear()
        server.pause = SLOWER
        heard = raced(lambda: hear_while_it_leaves(answers, dice))
        late_steps, before_steps = late_data(server, heard), left_before(server, heard)
    finally:
        server.stop()
        settings.INSIDE_ADDRESSES = inside
    return {
        "figure": "R11", "races": len(clicks), "data_after_the_click_was_answered": late, "left_before": before, "stopped": stopped,
        "answers_and_bounces": len(heard), "data_after_an_answer": late_steps, "steps_left_before": before_steps,
        "steps_stopped": Touch.objects.filter(state__in=["cancelled", "skipped"], channel="email").count(),
        "twice": twice + doubled(server), "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def raced(strike: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Two senders send while people act; over when nothing may leave any more."""
    senders = [Sender(connection.settings_dict["NAME"], f"racer {n}") for n in range(2)]
    try:
        found = strike()
        stage.wait_until(
            lambda: not still_leaving().exists() and not steps_leaving().exists(), "all that may leave is sent"
        )
    finally:
        for one in senders:
            one.stop()
    return found


def still_leaving() -> Any:
    """Not what the database itself refused in the last moment: that is looked at again in five minutes."""
    return Outgoing.objects.filter(Q(state="planned", not_before=None) | Q(state="in_flight"))


def steps_leaving() -> Any:
    """Also what waits a moment for the mailbox, which sends one after the other."""
    soon = Q(not_before=None) | Q(not_before__lte=clock.now() + timedelta(minutes=2))
    due = soon & Q(state="planned", released=True, enrollment__state="active", due_on__lte=clock.today())
    return Touch.objects.filter(due | Q(state="in_flight"), channel="email")


def late_data(server: Scripted, ends: dict[str, float]) -> int:
    return sum(at > ends.get(address, NEVER) for address, at in server.asked)


def left_before(server: Scripted, ends: Iterable[str]) -> int:
    return len({address for address, _ in server.asked} & set(ends))


def doubled(server: Scripted) -> int:
    return sum(many > 1 for many in server.taken.values())


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
        clicks[address] = NEVER if b"on its way" in answer.content else time.monotonic()
    return clicks


# Answers and bounces -------------------------------------------------------------------------------------------------


def first_steps_sent(ada: Any, many: int) -> None:
    """So many walks whose first mail left days ago, and whose second one is due."""
    stage.touches_due(ada, many)
    raced(dict)
    stage.move_to(clock.now() + UNTIL_THE_SECOND_STEP)
    Enrollment.objects.update(plan_at=clock.now())
    while planner.plan_due():
        pass


def hear_while_it_leaves(many: int, dice: random.Random) -> dict[str, float]:
    """Addresses with the moment their answer or report was taken in; what is in flight just then is on its way."""
    heard: dict[str, float] = {}
    while len(heard) < many:
        rows = Touch.objects.filter(state__in=["planned", "in_flight"], channel="email", contact__email__startswith="t")
        due = list(rows.exclude(contact__email__in=heard).order_by("due_on", "pk").select_related("contact")[:AHEAD])
        if not due:
            break
        touch = dice.choice(due)
        address = touch.contact.email
        asked = Attempt.objects.filter(touch__contact=touch.contact, outcome="accepted").earliest("pk")
        raw = (bounce if len(heard) % 2 else answer)(address, asked)
        message = intake.receive(raw, recipients=[asked.mailbox.address])
        assert message.state == Message.State.HANDLED, message.last_error
        leaving = Touch.objects.filter(contact=touch.contact, state="in_flight").exists()
        heard[address] = NEVER if leaving else time.monotonic()
    return heard


def answer(address: str, asked: Attempt) -> bytes:
    return (
        f"From: {address}\r\nTo: {asked.mailbox.address}\r\nSubject: Re: Four sites\r\nMessage-ID: <answer-{asked.pk}@{stage.THEIRS}>\r\n"
        f"In-Reply-To: <{asked.message_id}>\r\nDate: Thu, 26 Nov 2026 10:00:00 +0000\r\n\r\nTell me more, please.\r\n"
    ).encode()


def bounce(address: str, asked: Attempt) -> bytes:
    """A report as RFC 3464 has it, weeks of habit: the address does not exist."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {asked.mailbox.address}\r\nSubject: Undelivered mail\r\n"
        f"Message-ID: <report-{asked.pk}@mx.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"\r\n\r\n'
        "--=_r\r\nContent-Type: text/plain\r\n\r\nThe address does not exist.\r\n"
        "--=_r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--=_r\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{asked.message_id}>\r\nTo: {address}\r\n\r\n--=_r--\r\n"
    ).encode()
