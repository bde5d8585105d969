"""What /healthz answers."""

import socket
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from crm.gateways import broker as the_broker
from crm.management import doors
from crm.models import Heartbeat
from crm.services import running


def away(*args: Any, **kwargs: Any) -> None:
    raise OperationalError("connection to server at 10.0.0.1 failed")


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.gateways.broker.answers", lambda url: True)


def test_is_ok_while_every_part_lives(db: None, client: Any, broker: None) -> None:
    running.beat("worker")
    running.beat("beat")
    running.beat("sender")
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "reasons": []}


def test_names_the_part_that_fell_silent(db: None, client: Any, broker: None) -> None:
    running.beat("beat")
    running.beat("sender")
    Heartbeat.objects.create(name="worker", at=Now() - timedelta(minutes=1))
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert [reason.partition(":")[0] for reason in answer.json()["reasons"]] == ["worker"]


def test_is_degraded_without_a_broker(db: None, client: Any, settings: Any) -> None:
    settings.REDIS_URL = "redis+socket:///nowhere/valkey.sock"
    running.beat("worker")
    running.beat("beat")
    running.beat("sender")

    assert client.get("/healthz").json()["reasons"][0].startswith("broker")


def test_is_503_only_when_the_database_does_not_answer(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "what_is_wrong", away)
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_a_page_without_a_database_is_503_and_never_a_trace(
    client: Any, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("crm.views.health.running.what_is_wrong", lambda: 1 / 0)
    fault = client.get("/healthz")
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)
    client.cookies["sessionid"] = "anything"
    answer = client.get("/admin/")

    assert fault.status_code == 500
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "10.0.0.1" not in answer.content.decode()


def test_the_api_says_503_in_its_own_shape(as_: Any, ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.api.accounts.AccountViewSet.list", away)
    answer = as_(ada).get("/api/v1/accounts/")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["code"] == "unavailable"


def test_pages_say_that_the_queue_does_not_answer(
    as_: Any, ada: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "the queue does not answer"
    monkeypatch.setattr(running._queue, "ask_at", 0.0)
    before = as_(ada).get("/today/").content.decode()
    settings.REDIS_URL = "redis+socket:///nowhere/valkey.sock"
    monkeypatch.setattr(running._queue, "ask_at", 0.0)
    after = as_(ada).get("/today/").content.decode()

    assert words not in before
    assert words in after


def test_a_broker_that_is_there_and_says_nothing_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not the_broker.answers(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")


def test_mail_doors_stay_open_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "close_old_connections", lambda: None)
    monkeypatch.setattr(running, "beat", away)

    doors.show_life("intake")


def test_a_form_sent_by_htmx_says_so_beside_the_form(as_: Any, ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = as_(ada)
    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)
    answer = client.post("/accounts/1/note/", {"text": "x"}, headers={"HX-Request": "true"})

    assert answer.status_code == 503
    assert "may not have been kept" in answer.headers["HX-Trigger"]
