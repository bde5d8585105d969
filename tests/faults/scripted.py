"""An SMTP server of raw sockets that misbehaves as told, and remembers what it took and when."""

import socket
import struct
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

CUT, RESET, SILENT = b"cut", b"reset", b"silent"
OK = b"250 2.0.0 Ok\r\n"
USUAL = {
    "banner": b"220 mx.example\r\n", "ehlo": b"250-mx.example\r\n250 AUTH PLAIN\r\n", "auth": b"235 2.7.0 Ok\r\n",
    "data": b"354 Go on\r\n", "dot": b"250 2.0.0 Ok: kept\r\n", "quit": b"221 2.0.0 Bye\r\n",
}  # fmt: skip


@dataclass
class Scripted:
    """`script` names the answer to a command; `slow` seconds lie between two bytes of it, `pause` before any answer."""

    script: dict[str, bytes] = field(default_factory=dict)
    slow: float = 0.0
    pause: float = 0.0
    half: bool = False  # close in the middle of the text
    taken: Counter[str] = field(default_factory=Counter)
    asked: list[tuple[str, float]] = field(default_factory=list)  # DATA: for whom, and when

    def __post_init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self.listening.getsockname()[1])
        self.talks: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        for one in [self.listening, *self.talks]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                talk, _ = self.listening.accept()
                self.talks.append(talk)
                threading.Thread(target=self._serve, args=(talk,), daemon=True).start()

    def _serve(self, talk: socket.socket) -> None:
        with suppress(OSError, ValueError), talk, talk.makefile("rb") as lines:
            talk.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            recipient = ""
            if not self._say(talk, "banner"):
                return
            while line := lines.readline():
                verb = line[:4].decode("ascii", "replace").strip().lower()
                if verb == "rcpt":
                    recipient = line.decode().partition("<")[2].partition(">")[0]
                if verb == "data":
                    self.asked.append((recipient, time.monotonic()))
                if not self._say(talk, verb):
                    return
                begun = verb == "data" and self.script.get("data", USUAL["data"]).startswith(b"354")
                if begun and not self._text(talk, lines, recipient):
                    return
                if verb == "quit":
                    return

    def _text(self, talk: socket.socket, lines: Any, recipient: str) -> bool:
        if self.half:
            lines.read(20)
            return self._end(talk, RESET)
        if early := self.script.get("early"):
            talk.sendall(early)
        while (line := lines.readline()) != b".\r\n":
            if not line:
                return False
        answer = self.script.get("dot", USUAL["dot"])
        if answer.startswith(b"250") or self.script.get("keeps"):
            self.taken[recipient] += 1
        return True if self.script.get("early") else self._say(talk, "dot")

    def _say(self, talk: socket.socket, what: str) -> bool:
        """False when the talk is over."""
        answer = self.script.get(what, USUAL.get(what, OK))
        time.sleep(self.pause)
        if answer in (CUT, RESET):
            return self._end(talk, answer)
        if answer == SILENT:
            return bool(talk.recv(1))  # until the other side gives up
        for byte in [answer[n : n + 1] for n in range(len(answer))] if self.slow else [answer]:
            talk.sendall(byte)
            time.sleep(self.slow)
        return True

    def _end(self, talk: socket.socket, how: bytes) -> bool:
        if how == RESET:
            talk.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        talk.close()
        return False
