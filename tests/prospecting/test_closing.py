"""A worker that gets SIGTERM finishes the message in hand, gives back its other claims, and ends."""

import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from django.db import connection

from crm.celery import app
from prospecting.models import Outgoing
from tests.prospecting.test_never_twice import ada, box, mails  # noqa: F401 - its mailbox server and people

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:task_always_eager")]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds; a bound against hanging
WORKER = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from crm.celery import app
app.worker_main(["--quiet", "worker", "-P", "threads", "-c", "2", "-Q", sys.argv[2], "--without-gossip", "--without-mingle", "-l", "ERROR"])
"""


@pytest.fixture
def worker():
    """A real Celery worker with threads, as senders are, on a queue of this test's own."""
    queue = f"test-{uuid.uuid4().hex}"
    command = [sys.executable, "-W", "ignore", "-c", WORKER, connection.settings_dict["NAME"], queue]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    process.queue = queue
    yield process
    process.kill()
    process.wait()


def states():
    return list(Outgoing.objects.order_by("pk").values_list("state", "lease_until"))


def test_the_message_in_hand_is_finished_and_the_others_are_given_back(ada, box, worker):  # noqa: F811
    mails(ada, box.port, 3)
    box.go_on.clear()
    app.send_task("prospecting.tasks.send_due", queue=worker.queue)
    assert box.waiting.wait(PATIENCE)
    worker.send_signal(signal.SIGTERM)
    box.go_on.set()
    worker.wait(PATIENCE)
    assert states() == [("sent", None), ("planned", None), ("planned", None)]
    assert len(box.kept) == 1


def test_the_next_worker_sends_what_was_given_back(ada, box, worker):  # noqa: F811
    from prospecting.services import sending  # noqa: PLC0415 - this process plays the next worker

    mails(ada, box.port, 2)
    box.go_on.clear()
    app.send_task("prospecting.tasks.send_due", queue=worker.queue)
    assert box.waiting.wait(PATIENCE)
    worker.send_signal(signal.SIGTERM)
    box.go_on.set()
    worker.wait(PATIENCE)
    assert sending.send_due() == 1
    assert [state for state, _ in states()] == ["sent", "sent"] and len(set(box.kept)) == 2
