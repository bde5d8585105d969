"""The web server's door."""

import socket
from types import SimpleNamespace
from typing import Any

import pytest

from crm import web


def test_what_the_web_server_writes_leaves_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it every answer after the first of a connection waits 40 ms (Nagle against delayed acknowledgement)."""
    doors: list[socket.socket] = []

    def several(config: Any, sockets: list[socket.socket]) -> SimpleNamespace:
        return SimpleNamespace(run=lambda: doors.extend(sockets))

    monkeypatch.setattr(web, "Multiprocess", several)
    assert web.main(["--port", "0", "--workers", "2"]) == 0
    (door,) = doors
    with door:
        door.listen()
        with socket.create_connection(door.getsockname()), door.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
