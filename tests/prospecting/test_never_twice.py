"""Nothing is sent twice, whoever dies: counted in the mailbox of a real SMTP server, with real processes."""

import asyncio
import socket
import threading
import time
from collections import Counter
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, connections

from crm import clock
from crm.models import Mailbox, Team
from prospecting.models import Outgoing, Touch
from prospecting.services import enrollment, reactions, segments, sending, unsubscribe
from tests.conftest import person
from tests.prospecting.sending_worker import Worker
from tests.prospecting.world import (
    MONDAY,
    Server,
    account_named,
    enrolled,
    mailbox_of,
    person_at,
    playbook,
    small_world,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


class Box:
    """Keeps every message it accepted; may wait, with the message kept, before it says 250."""

    def __init__(self):
        self.kept, self.waiting, self.go_on = [], threading.Event(), threading.Event()
        self.go_on.set()

    async def handle_DATA(self, server, session, envelope):
        self.kept.append(message_from_bytes(envelope.content)["Message-ID"].strip("<>"))
        self.waiting.set()
        while not self.go_on.is_set():
            await asyncio.sleep(0.01)
        return "250 kept"


@pytest.fixture
def box():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = Box()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    kept.port = port
    yield kept
    kept.go_on.set()
    controller.stop()


@pytest.fixture
def worker():
    """Starts senders as processes; ends those that a test left alive."""
    started = []

    def start(name):
        started.append(Worker(connection.settings_dict["NAME"], name))
        return started[-1]

    yield start
    for one in started:
        one.kill()


def mails(ada, port, count):
    """So many messages that are due now, from one mailbox."""
    mailbox = mailbox_of(ada, smtp_port=port)
    return [
        sending.meeting_mail(
            f"m:{n}", to_address=f"p{n}@guest.example", to_name="", subject=f"Mail {n}", body="Hello", mailbox=mailbox
        )
        for n in range(count)
    ]


@pytest.fixture
def ada(organisation):
    return person("Ada", "sdr", Team.objects.create(name="Team North"))


def lease_is_over():
    for model in (Touch, Outgoing):
        model.objects.exclude(lease_until=None).update(lease_until="2020-01-01T00:00:00Z")


def test_a_worker_killed_between_the_message_and_its_250_sends_nothing_twice(ada, box, worker):
    [row] = mails(ada, box.port, 1)
    box.go_on.clear()
    first = worker("first")
    first.go()
    assert box.waiting.wait(20)
    first.kill()
    box.go_on.set()
    wait_until_the_dead_ones_locks_are_gone()
    lease_is_over()
    second = worker("second")
    for _ in range(2):
        second.go()
        assert second.done()
        assert sending.reap() in (0, 1)
    row.refresh_from_db()
    assert (row.state, len(box.kept)) == ("uncertain", 1)


def wait_until_the_dead_ones_locks_are_gone():
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                " WHERE locktype = 'advisory' AND datname = current_database()"
            )
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.05)


def test_what_a_living_worker_is_handing_over_is_not_called_uncertain(ada, box, worker):
    [row] = mails(ada, box.port, 1)
    box.go_on.clear()
    worker("slow").go()
    assert box.waiting.wait(20)
    lease_is_over()
    assert sending.reap() == 0
    row.refresh_from_db()
    assert row.state == "in_flight"


def test_two_workers_never_share_a_message(ada, box, worker):
    mails(ada, box.port, 40)
    workers = [worker("one"), worker("two")]
    for _ in range(6):
        for one in workers:
            one.go()
        assert all(one.done() for one in workers)
    assert Outgoing.objects.filter(state="sent").count() == 40
    assert max(Counter(box.kept).values()) == 1
    assert len(box.kept) == 40


def test_after_random_kills_nothing_is_lost_or_twice(ada, box, worker):
    mails(ada, box.port, 60)
    for n in range(6):
        victim = worker(f"victim {n}")
        for _ in range(2):
            victim.go()
        time.sleep(0.05 * (n + 1))
        victim.kill()
        wait_until_the_dead_ones_locks_are_gone()
        lease_is_over()
        sending.reap()
    last = worker("last")
    for _ in range(15):
        last.go()
        assert last.done()
    states = Counter(Outgoing.objects.values_list("state", flat=True))
    assert set(states) <= {"sent", "uncertain"}
    assert max(Counter(box.kept).values()) == 1
    assert states["sent"] <= len(set(box.kept)) <= 60
    assert states["uncertain"] <= 6


def test_an_opt_out_waits_for_the_message_that_is_leaving_and_nothing_follows(ada, box, worker, monkeypatch):
    monkeypatch.setattr(unsubscribe, "WAIT_SECONDS", 1)
    mails(ada, box.port, 1)
    box.go_on.clear()
    worker("slow").go()
    assert box.waiting.wait(20)
    stopped = unsubscribe.unsubscribe({"address": "p0@guest.example"}, how="one-click")
    assert stopped.on_its_way
    box.go_on.set()
    sending.meeting_mail(
        "m:later", to_address="p0@guest.example", to_name="", subject="x", body="y", mailbox=Mailbox.objects.get()
    )
    sending.send_due()
    assert len(box.kept) == 1


def test_a_touch_goes_all_the_way_to_a_real_server(ada, box, monday):
    account = account_named("Maas Dekker", owner=ada)
    person_at(account, "Joost Dekker", "problem-owner")
    person_at(account, "Willem Maas", "approver")
    book = playbook(ada)
    segments.publish(book.segment.versions.get(), by=ada)
    mailbox_of(ada, smtp_port=box.port)
    enrollment.enroll(account, segment=book.segment, sequence_version=book.sequence, prospector=ada, by=ada)
    sending.send_due()
    assert box.kept == [Touch.objects.get().message.message_id]


def test_a_pause_that_races_a_claimed_send_either_stops_it_or_finds_it_in_flight(ada, monday):
    world, server, lost = small_world(ada), Server(), []
    for n in range(8):
        account = account_named(f"Store {n}", owner=ada)
        person_at(account, f"Otto S{n}", "problem-owner")
        person_at(account, f"Anna A{n}", "approver")
        segments.refresh_list(world.segment)
        enrolled(world, account)
        together(lambda: sending.send_due(limit=5, hand_over=server), lambda a=account: pause(a))
        touch = Touch.objects.get(account=account)
        sent = any(attempt.touch_id == touch.pk for attempt in server.kept)
        if (touch.state, sent) not in {("sent", True), ("paused", False)}:
            lost.append((touch.state, sent))
    assert lost == []


def pause(account):
    reactions.pause_account(account, "Otto wrote.", by="the intake")


def together(*verbs):
    """Run verbs at once, each on a connection of its own, on the same Monday."""
    started = threading.Barrier(len(verbs))

    def run(verb):
        with clock.at(MONDAY):
            started.wait()
            verb()
        connections.close_all()

    threads = [threading.Thread(target=run, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
