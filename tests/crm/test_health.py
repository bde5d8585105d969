"""What /healthz answers."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from crm.models import Heartbeat
from crm.services import running


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
    def away() -> list[str]:
        raise OperationalError("connection refused")

    monkeypatch.setattr(running, "what_is_wrong", away)
    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_a_page_without_a_database_is_503_and_never_a_trace(
    client: Any, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("connection to server at 10.0.0.1 failed")

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
