"""What a server does to a message, and what the product makes of it."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from crm.gateways import reach, smtp
from crm.gateways.listener import Door

RAW = b"From: a@baton.example\r\nTo: b@maas.example\r\nSubject: x\r\n\r\n.a line with a dot\r\n"
Server = Callable[..., SimpleNamespace]


@pytest.fixture(autouse=True)
def quick(monkeypatch: Any, settings: Any) -> None:
    settings.INSIDE_ADDRESSES = ["127.0.0.0/8"]
    monkeypatch.setattr(smtp, "OPERATION_SECONDS", 2)
    monkeypatch.setattr(smtp, "AFTER_DATA_SECONDS", 2)
    monkeypatch.setattr(smtp, "BEFORE_DATA_SECONDS", 3)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that answers from a script: by command, or `cut` to close the connection."""
    sockets: list[socket.socket] = []

    def start(**script: bytes) -> SimpleNamespace:
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)
        threading.Thread(target=_serve, args=(listening, script), daemon=True).start()
        return box(listening.getsockname()[1])

    yield start
    for one in sockets:
        one.close()


def box(port: int, **fields: Any) -> SimpleNamespace:
    return SimpleNamespace(
        **{"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "username": "", **fields}
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _serve(listening: socket.socket, script: dict[str, bytes]) -> None:
    talk, _ = listening.accept()
    with suppress(OSError), talk, talk.makefile("rb") as lines:
        talk.sendall(script.get("banner", b"220 test\r\n"))
        for line in lines:
            said = script.get(line[:4].decode().strip().lower(), b"250 ok\r\n")
            if line.upper().startswith(b"DATA"):
                said = script.get("data", b"354 go on\r\n")
                talk.sendall(said)
                if said.startswith(b"354"):
                    while lines.readline() not in (b".\r\n", b""):
                        pass
                    if script.get("dot") == b"cut":
                        return
                    talk.sendall(script.get("dot", b"250 2.0.0 queued\r\n"))
                continue
            talk.sendall(said)


def handed(mailbox: Any) -> smtp.Handover:
    return smtp.hand_over(mailbox, "", "a@baton.example", "b@maas.example", RAW)


def test_what_the_server_takes_is_accepted_with_its_words(server: Server) -> None:
    assert handed(server()) == smtp.Handover("accepted", "250 2.0.0 queued")


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ({"banner": b"421 too busy\r\n"}, "away"),
        ({"banner": b"554 no service\r\n"}, "sender"),
        ({"banner": b"HTTP/1.1 400 Bad\r\n"}, "away"),
        ({"mail": b"451 later\r\n"}, "away"),
        ({"mail": b"550 5.7.1 not from you\r\n"}, "sender"),
        ({"rcpt": b"450 4.7.1 greylisted\r\n"}, "temporary"),
        ({"rcpt": b"550 5.1.1 no such user\r\n"}, "permanent"),
        ({"rcpt": b"550 no such user\r\n"}, "permanent"),
        ({"rcpt": b"554 5.7.1 relay access denied\r\n"}, "sender"),
        ({"rcpt": b"553 5.1.8 sender domain unknown\r\n"}, "sender"),
        ({"data": b"451 not now\r\n"}, "temporary"),
        ({"dot": b"554 5.7.1 spam\r\n"}, "sender"),
        ({"dot": b"552 5.2.2 mailbox full\r\n"}, "permanent"),
        ({"dot": b"451 4.3.0 try later\r\n"}, "temporary"),
        ({"quit": b"500 what\r\n"}, "accepted"),
    ],
)  # fmt: skip
def test_each_refusal_says_whose_problem_it_is(server: Server, script: dict[str, bytes], outcome: str) -> None:
    assert handed(server(**script)).outcome == outcome


@pytest.mark.parametrize("dot", [b"cut", b""])
def test_silence_after_the_final_dot_means_that_nobody_knows(server: Server, dot: bytes) -> None:
    assert handed(server(dot=dot)).outcome == "unknown"


def test_an_answer_without_end_is_cut_off(server: Server) -> None:
    assert handed(server(banner=b"220-more\r\n" * 200_000)).outcome == "away"


def test_a_server_that_never_answers_takes_a_bounded_time(server: Server) -> None:
    assert handed(server(ehlo=b"", helo=b"")).outcome == "away"


def test_nobody_there_is_temporary() -> None:
    assert handed(box(free_port())).outcome == "away"


def test_a_server_without_the_encryption_asked_for_is_our_problem(server: Server) -> None:
    mailbox = server()
    mailbox.smtp_security = "starttls"

    assert handed(mailbox).outcome == "sender"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0x7f.1",
        "2130706433",
        "::1",
        "::ffff:127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "64:ff9b::7f00:1",
    ],
)
def test_inside_addresses_are_not_reached_unless_an_operator_allows_them(host: str) -> None:
    with pytest.raises(OSError):
        reach.pinned(host, 25, [])


def test_the_door_takes_exactly_what_was_sent() -> None:
    taken: list[tuple[str, list[str], bytes]] = []
    door = Door(lambda sender, to, raw: taken.append((sender, to, raw)), "127.0.0.1", free_port())
    door.start()

    found = handed(box(door.port))
    door.stop()

    assert found.outcome == "accepted"
    assert taken == [("a@baton.example", ["b@maas.example"], RAW)]


def test_what_cannot_be_taken_in_is_refused_for_now() -> None:
    def fail(sender: str, to: list[str], raw: bytes) -> None:
        raise RuntimeError("the database is away")

    door = Door(fail, "127.0.0.1", free_port())
    door.start()

    found = handed(box(door.port))
    door.stop()

    assert found.outcome == "temporary"


def test_by_lmtp_each_recipient_gets_an_answer_of_their_own() -> None:
    taken: list[list[str]] = []
    door = Door(lambda sender, to, raw: taken.append(to), "127.0.0.1", free_port(), lmtp=True)
    door.start()
    with socket.create_connection(("127.0.0.1", door.port), 5) as talk, talk.makefile("rwb") as lines:
        for said in (
            b"LHLO here",
            b"MAIL FROM:<>",
            b"RCPT TO:<a@baton.example>",
            b"RCPT TO:<b@baton.example>",
            b"DATA",
        ):
            lines.write(said + b"\r\n")
        lines.write(RAW + b".\r\nNOOP\r\nQUIT\r\n")
        lines.flush()
        answers = [line[:3] for line in lines if line[3:4] == b" "]
    door.stop()

    assert taken == [["a@baton.example", "b@baton.example"]]
    assert answers == [b"220", b"250", b"250", b"250", b"250", b"354", b"250", b"250", b"250", b"221"]
