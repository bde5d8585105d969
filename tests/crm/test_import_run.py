"""An import is watched, stopped and killed while it runs: nothing half of it stays, and no row comes twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from crm.errors import Refused
from crm.models import Account, DuplicatePair, Event, Import
from crm.services import import_run, import_undo, imports

FILE = b"external_id,name\n" + b"".join(b"%d,Firm %d\n" % (n, n) for n in range(3000))
ROOT = Path(__file__).resolve().parents[2]


def started(by: Any, content: bytes = FILE) -> Import:
    return imports.start_import(kind="accounts", content=content, file_name="list.csv", by=by)


@pytest.fixture
def held(monkeypatch: Any) -> Iterator[threading.Event]:
    """The import stands still before it writes, until it is let go."""
    go, write = threading.Event(), import_run._write

    def slowly(*args: Any) -> None:
        while not go.wait(0.05):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.05)")
        write(*args)

    monkeypatch.setattr(import_run, "_write", slowly)
    yield go
    go.set()


def running(pk: int) -> threading.Thread:
    def work() -> None:
        imports.run_import(pk)
        connections.close_all()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def until(holds: Any) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to be")


@pytest.mark.django_db(transaction=True)
def test_how_far_it_is_can_be_seen_while_it_runs(
    transactional_db: None, ada: Any, as_: Any, held: threading.Event
) -> None:
    row = started(ada)
    thread = running(row.pk)

    until(lambda: Import.objects.get(pk=row.pk).rows_done == 3000)
    page = as_(ada).get(f"/imports/{row.pk}/").content.decode()
    held.set()
    thread.join(60)

    assert "Comparing with what is on file" in page
    assert 'value="3000"' in page
    assert Import.objects.get(pk=row.pk).counts["created"] == 3000


@pytest.mark.django_db(transaction=True)
def test_it_stops_in_the_middle_when_asked_and_nothing_stays(
    transactional_db: None, ada: Any, as_: Any, held: threading.Event
) -> None:
    row = started(ada)
    thread = running(row.pk)
    until(lambda: Import.objects.get(pk=row.pk).rows_done == 3000)

    as_(ada).post(f"/imports/{row.pk}/cancel/")
    thread.join(60)

    assert Import.objects.get(pk=row.pk).state == "cancelled"
    assert not Account.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_run_the_same_import(transactional_db: None, ada: Any, held: threading.Event) -> None:
    row = started(ada)
    thread = running(row.pk)
    until(lambda: Import.objects.get(pk=row.pk).rows_done == 3000)

    imports.run_waiting()
    held.set()
    thread.join(60)

    assert Account.objects.count() == 3000


def test_what_no_worker_has_stops_at_once(ada: Any) -> None:
    row = imports.cancel(started(ada), by=ada)

    imports.run_waiting()

    assert row.state == "cancelled"
    assert not Account.objects.exists()


def test_a_file_that_kills_its_worker_is_not_tried_for_ever(ada: Any) -> None:
    row = started(ada)
    Import.objects.filter(pk=row.pk).update(options={**row.options, "tries": 3})

    imports.run_waiting()

    row.refresh_from_db()
    assert (row.state, "never came to its end" in row.counts["failed"]) == ("failed", True)
    assert imports.again(row, by=ada).state == "running"
    imports.run_waiting()
    assert Account.objects.count() == 3000


def test_a_row_that_is_not_accounted_for_fails_the_whole_import(ada: Any, monkeypatch: Any) -> None:
    row = started(ada)
    outcomes = import_run._outcomes

    def lossy(kind: str) -> None:
        outcomes(kind)
        import_run.run("DELETE FROM outcome WHERE row = 7")

    monkeypatch.setattr(import_run, "_outcomes", lossy)
    imports.run_import(row.pk)

    row.refresh_from_db()
    assert row.state == "failed"
    assert not Account.objects.exists()
    with pytest.raises(import_run.RowsLost):
        imports.import_rows(FILE, "accounts", by=ada)


def test_more_rows_than_allowed_are_refused_in_words(ada: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(import_run.tables, "MOST_ROWS", 100)

    with pytest.raises(Refused, match="more than 100 rows"):
        imports.import_rows(FILE, "accounts", by=ada)


WORKER = """
import django, os, signal, sys, threading, time
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[2]
from crm.services import import_run, import_undo, imports
write = import_run.import_write.find_parents
def die(*args):
    print("written", flush=True)
    time.sleep(60)
import_run.import_write.find_parents = die
imports.run_import(int(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_one_brings_each_row_once(
    transactional_db: None, ada: Any
) -> None:
    row = started(ada)
    name = connection.settings_dict["NAME"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(row.pk), name], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    assert worker.stdout.readline().strip() == "written"

    worker.send_signal(signal.SIGKILL)
    worker.wait(30)

    assert not Account.objects.exists()
    until(lambda: _let_go(row.pk))
    imports.run_waiting()
    row.refresh_from_db()
    assert (row.state, row.counts["created"]) == ("done", 3000)
    assert Account.objects.values("external_id").distinct().count() == Account.objects.count() == 3000
    assert Event.objects.filter(kind="account.created").count() == 3000


def _let_go(pk: int) -> bool:
    """PostgreSQL notices in a moment that the worker's connection is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('crm.import'), %s)", [pk])
        free = cursor.fetchone()[0]
        if free:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('crm.import'), %s)", [pk])
    return bool(free)


ALIKE = (
    b"external_id,name,phone,street,city\n1,Frost Bakeries GmbH,+49 30 901820,Am Markt 4,Ulm\n,,,,\n2,Maas,,,\n"
    b"3,Frost Bakery,+49 30 901820,Am Markt 4,Ulm\n4,Old Mill Group,+44 20 7946 0100,1 Mill Road,Leeds\n"
)


def test_what_may_be_the_same_is_looked_for_once_the_file_is_on_record(ada: Any, as_: Any, monkeypatch: Any) -> None:
    imports.import_rows(
        b"name,phone,street,city\nOld Mill Ltd,+44 20 7946 0100,1 Mill Road,Leeds\n", "accounts", by=ada
    )
    old = Account.objects.get()
    row = started(ada, ALIKE.replace(b",,,,", b"9,,,,"))  # its second row cannot be used
    with monkeypatch.context() as patched:
        patched.setattr(imports, "compare", lambda pk: {})  # the worker is gone after the commit
        imports.run_import(row.pk)

    page = as_(ada).get(f"/imports/{row.pk}/").content.decode()
    assert ("What may be the same is being looked for" in page, Account.objects.count()) == (True, 5)

    imports.run_waiting()

    row.refresh_from_db()
    found = row.counts["duplicates"]
    assert [(one["row_a"], one["row_b"]) for one in found["row_pairs"]] == [(1, 4)]
    assert [(one["row"], one["id"]) for one in found["record_pairs"]] == [(5, old.pk)]
    ids = dict(Account.objects.values_list("external_id", "pk"))
    proposed = set(DuplicatePair.objects.values_list("low_id", "high_id"))
    assert proposed == {(ids["1"], ids["3"]), (old.pk, ids["4"])}
    page = as_(ada).get(f"/imports/{row.pk}/").content.decode()
    assert ("being looked for" in page, "Rows 1 and 4" in page) == (False, True)


def test_a_search_that_kills_its_worker_is_not_tried_for_ever_and_the_import_stands(ada: Any, monkeypatch: Any) -> None:
    def broken(*said: Any) -> Any:
        raise ValueError

    monkeypatch.setattr(import_run, "compare", broken)
    row = started(ada, ALIKE)
    imports.run_import(row.pk)
    for _ in range(4):
        imports.run_waiting()

    row.refresh_from_db()
    assert (row.state, Account.objects.count(), "compare" in row.options) == ("done", 4, False)
    assert "daily search" in row.counts["duplicates"]["left_out"][0]


def test_who_asks_for_the_undo_during_the_search_gets_it(ada: Any, monkeypatch: Any) -> None:
    row, compare = started(ada, ALIKE), import_run.compare

    def meanwhile(order: Any) -> Any:
        import_undo.ask_for(Import.objects.get(pk=row.pk), by=ada)
        return compare(order)

    monkeypatch.setattr(import_run, "compare", meanwhile)
    imports.run_import(row.pk)
    import_undo.undo_waiting()

    row.refresh_from_db()
    assert (row.state, Account.objects.count()) == ("undone", 0)
