"""What a mail server may do to whoever reads it: a proxy that cuts, and a Maildir in which numbers, copies and mails come and go."""

import os
import random
import re
import smtplib
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests import servers

CUT_EVERY = 64 * 1024
_MARK = re.compile(rb"\[(mark-[^\]]+)\]")


class Cutting:
    """A TCP proxy that cuts every connection after so many bytes from the server."""

    def __init__(self, port: int, cut_every: int = CUT_EVERY) -> None:
        self.behind, self.cut_every = port, cut_every
        self.connections = self.cuts = 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.door.getsockname()[1])
        self.open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.door.accept()
                self.connections += 1
                far = socket.create_connection(("127.0.0.1", self.behind))
                self.open |= {near, far}
                threading.Thread(target=self._pass, args=(near, far, None), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near, self.cut_every), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, most: int | None) -> None:
        left = most
        with suppress(OSError):
            while (left is None or left > 0) and (got := source.recv(16384)):
                target.sendall(got if left is None else got[:left])
                left = None if left is None else left - len(got)
        self.cuts += left is not None and left <= 0
        for one in (source, target):
            self.open.discard(one)
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def stop(self) -> None:
        self.door.close()
        for one in list(self.open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class Maildir:
    """A mailbox as files; what it holds is known by a mark in every mail, counted from outside the product."""

    def __init__(self, dovecot: servers.Dovecot, address: str, seed: int = 7) -> None:
        self.dovecot, self.address, self.chance = dovecot, address, random.Random(seed)
        self.count = 0
        self.gone: set[str] = set()
        deliver(dovecot, address, self.mail(self.mark()))  # Dovecot makes the folders
        self.home = dovecot.maildir(address)

    def mark(self) -> str:
        self.count += 1
        return f"mark-{self.count:06d}-of-{self.address.partition('@')[0]}"

    def mail(self, mark: str, message_id: str = "", size: int = 0) -> bytes:
        filler = "".join(f"{mark} line {n} of a longer mail\r\n" for n in range(size // 45))
        return (
            f"From: Someone <someone{self.count % 50}@elsewhere.example>\r\nTo: {self.address}\r\nSubject: About {mark}\r\n"
            f"Message-ID: <{message_id or mark}@elsewhere.example>\r\nDate: Thu, 11 Jun 2026 10:00:00 +0000\r\n\r\n[{mark}]\r\n{filler}"
        ).encode()

    def fill(self, many: int, *, copies: int, same_id: int, days: int) -> None:
        """So many mails in no order, some of them twice, some with an id that another has too, dated over so many days."""
        mails = [self.mail(self.mark(), size=self.chance.choice([0, 500, 2000, 8000])) for _ in range(many - same_id)]
        mails += [self.mail(self.mark(), message_id=f"mark-{n + 2:06d}-reused") for n in range(same_id // 2)]
        mails += [self.mail(self.mark(), message_id=f"mark-{n + 2:06d}-reused") for n in range(same_id - same_id // 2)]
        again = [b"Received: from mx%d.example\r\n" % n + self.chance.choice(mails) for n in range(copies)]
        mails += again
        self.chance.shuffle(mails)
        for number, raw in enumerate(mails):
            self._put(raw, f"{number}", time.time() - days * 86400 * (1 - number / len(mails)))

    def _put(self, raw: bytes, name: str, mtime: float) -> None:
        path = self.home / "new" / f"{int(mtime)}.M{name}P{self.chance.getrandbits(32)}.mx"
        path.write_bytes(raw)
        os.utime(path, (mtime, mtime))
        owner = self.home.stat()
        os.chown(path, owner.st_uid, owner.st_gid)

    def number_anew(self) -> None:
        """A new UIDVALIDITY: what Dovecot knew of the numbers is lost."""
        for path in [*self.home.glob("dovecot*"), *self.home.glob("*/dovecot*")]:
            with suppress(OSError):
                path.unlink()

    def files(self) -> list[Path]:
        return [one for part in ("new", "cur") for one in (self.home / part).glob("*")]

    def expunge_some(self, many: int) -> None:
        """Mails vanish, whoever is reading them."""
        for path in self.chance.sample(self.files(), many):
            with suppress(OSError):
                self.gone.add(marked(path.read_bytes()))
                path.unlink()

    def marks(self) -> set[str]:
        return {marked(path.read_bytes()) for path in self.files()}


def marked(raw: bytes) -> str:
    found = _MARK.search(raw)
    return found[1].decode() if found else ""


def deliver(dovecot: servers.Dovecot, address: str, raw: bytes) -> None:
    """As a mail server does: what is put off, while the mailbox is being renumbered, is tried again."""
    for _ in range(100):
        try:
            with smtplib.LMTP("127.0.0.1", dovecot.lmtp) as talk:
                talk.sendmail("someone@elsewhere.example", [address], raw)
            return
        except smtplib.SMTPResponseException as put_off:
            if put_off.smtp_code >= 500:
                raise
            time.sleep(0.1)
    raise TimeoutError("The mailbox took no mail for ten seconds.")


def stored_marks() -> Counter[str]:
    """How often each mail is on file."""
    from crm.models import RawMail  # noqa: PLC0415 - the helpers above need no Django

    return Counter(marked(bytes(raw)) for raw in RawMail.objects.values_list("data", flat=True).iterator(500))
