"""Open pages hear what changed when it is committed: kinds and ids only, and only what is theirs to hear."""

import json
import threading
import urllib.request
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from crm.services import live


@pytest.mark.parametrize(
    ("said", "hears"),
    [
        ({}, ["ada", "stranger", "adm"]),
        ({"team": 1}, ["ada", "adm"]),
        ({"user": 11}, ["ada"]),
        ({"user": 12, "team": 1}, ["stranger"]),
    ],
)
def test_a_team_hears_its_own_and_a_person_theirs(said: dict[str, Any], hears: list[str]) -> None:
    people = {
        "ada": {"user_id": 11, "team_id": 1, "admin": False},
        "stranger": {"user_id": 12, "team_id": 2, "admin": False},
        "adm": {"user_id": 13, "team_id": None, "admin": True},
    }

    assert [name for name, who in people.items() if live.heard_by(said, **who)] == hears


def test_nobody_signed_in_hears_nothing(client: Client, db: None) -> None:
    assert client.get("/live/").status_code == 302


def listening(site: str, user: Any) -> tuple[Any, list[dict[str, Any]], threading.Event]:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    request = urllib.request.Request(f"{site}/live/", headers={"Cookie": f"{name}={client.cookies[name].value}"})  # noqa: S310 - our own address
    stream = urllib.request.urlopen(request, timeout=20)  # noqa: S310 - our own address
    heard: list[dict[str, Any]] = []
    ready = threading.Event()

    def read() -> None:
        for line in stream:
            if line.startswith(b"data:"):
                heard.append(json.loads(line[5:]))
                ready.set()
                if heard[-1]["kind"] == "last":
                    return

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert ready.wait(10)
    return thread, heard, ready


def test_a_stream_gives_what_was_committed_without_its_addressees(site: str, ada: Any, stranger: Any) -> None:
    mine, heard, _ = listening(site, ada)
    theirs, overheard, _ = listening(site, stranger)

    live.tell("reply", team=ada.team, reply=7)
    live.tell("last")
    mine.join(10)
    theirs.join(10)

    assert [one for one in heard if one["kind"] != "again"] == [{"kind": "reply", "reply": 7}, {"kind": "last"}]
    assert [one for one in overheard if one["kind"] != "again"] == [{"kind": "last"}]
