"""Watching mailboxes as a process: one thread each, IDLE on the inbox, every folder once a minute; one process a mailbox."""

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from crm.errors import Refused
from crm.gateways import imap, reach
from crm.models import Mailbox, MailFolder
from crm.services import reading, running
from crm.services.fetching import Pace

NAME = "reader"
EVERY_FOLDER = (
    60.0  # seconds; IDLE is begun anew as often, so a connection that died in silence is noticed within two minutes
)
FOLDERS_ANEW = 600.0  # seconds after which new and renamed folders are looked for
TABLE_EVERY = 10.0  # seconds between two looks at the mailboxes: added, changed, removed
SHORT_PAUSE = 0.5  # seconds after a connection that got us on: it broke off, and goes on where it did
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0  # seconds, doubling with jitter after connections that got us nowhere
LAST_WORDS = 5.0  # seconds the threads get to finish the message in hand
_LOCKS = 0x4D41  # the class of the advisory locks that make one process the reader of a mailbox
log = logging.getLogger(__name__)


class Watch:
    """One mailbox, read by a thread until it is told to stop."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.pk, self.mark = mailbox.pk, reading.login_mark(mailbox)
        self.pace = Pace()
        self.stopping = threading.Event()
        self.talk: imap.Session | None = None
        self.looked = False
        self.thread = threading.Thread(target=self.run, name=f"mailbox-{mailbox.pk}", daemon=True)
        self.thread.start()

    def run(self) -> None:
        pause = FIRST_PAUSE
        while not self.stopping.is_set():
            before, self.looked = self.pace.steps, False
            try:
                self._tell(self._read_on())
            except (DatabaseError, InterfaceError):
                log.warning("mailbox %s: the database is away", self.pk)
            except Exception:
                log.exception("mailbox %s could not be read", self.pk)
            finally:
                self.talk = None
                connection.close()
            went_on = self.looked or self.pace.steps > before
            pause = FIRST_PAUSE if went_on else min(pause * 2, LONGEST_PAUSE)
            self.stopping.wait((SHORT_PAUSE if went_on else pause) * random.uniform(0.5, 1.0))

    def _read_on(self) -> Callable[[Mailbox], None] | None:
        """Read until something ends it; what is to be told about that, to the mailbox's row."""
        mailbox = reading.read_here().filter(pk=self.pk).first()
        if mailbox is None or not reading.may_log_in(mailbox):
            self.stopping.wait(TABLE_EVERY)
            return None
        try:
            with reading.session(mailbox) as self.talk:
                self._stay(self.talk, mailbox)
        except imap.LoginRefused as refused:
            why = str(refused)
            return lambda box: reading.login_refused(box, why)
        except (imap.Trouble, imap.NotNow, reach.NotAllowed, Refused) as trouble:
            why = str(trouble)
            return None if self.stopping.is_set() else lambda box: reading.reads_badly(box, why)
        return None

    def _tell(self, told: Callable[[Mailbox], None] | None) -> None:
        mailbox = Mailbox.objects.filter(pk=self.pk).first() if told else None
        if told and mailbox and reading.login_mark(mailbox) == self.mark:
            told(mailbox)

    def _stay(self, talk: imap.Session, mailbox: Mailbox) -> None:
        """All folders, then the inbox for a minute; again and again."""
        folders: list[MailFolder] = []
        anew = 0.0
        while not self.stopping.is_set():
            if time.monotonic() >= anew:
                folders, anew = reading.discover(talk, mailbox), time.monotonic() + FOLDERS_ANEW
            reading.read_folders(talk, mailbox, folders, self.pace)
            self.looked = True
            self._wait_at_the_inbox(talk, folders)

    def _wait_at_the_inbox(self, talk: imap.Session, folders: list[MailFolder]) -> None:
        inbox = next((row for row in folders if row.role == MailFolder.Role.INBOX), None)
        until = time.monotonic() + EVERY_FOLDER
        while not self.stopping.is_set() and (left := until - time.monotonic()) > 0:
            if inbox is None:
                self.stopping.wait(left)
                return
            reading.read_folder(talk, inbox, self.pace)
            connection.close()  # nothing is asked of the database while nothing comes
            talk.wait(left)

    def stop(self) -> None:
        """Ask it to end; whoever waits at the server is woken by the cut."""
        self.stopping.set()
        if talk := self.talk:
            talk.cut()


class Watches:
    """The mailboxes that this process reads, each locked in the database against a second reader."""

    def __init__(self) -> None:
        self.watches: dict[int, Watch] = {}
        self.backend = 0

    def look(self) -> None:
        """Begin, end and begin anew what changed in the table."""
        running.beat(NAME)
        backend = _backend()
        if self.backend != backend:
            self._end(lambda watch: True)  # the locks went with the old connection
            self.backend = backend
        wanted = {row.pk: reading.login_mark(row) for row in reading.read_here()}
        self._end(lambda watch: wanted.get(watch.pk) != watch.mark or not watch.thread.is_alive())
        for mailbox in reading.read_here().filter(pk__in=wanted.keys() - self.watches.keys()):
            if _locked(mailbox.pk):
                self.watches[mailbox.pk] = Watch(mailbox)

    def _end(self, over: Callable[[Watch], Any]) -> None:
        for watch in [one for one in self.watches.values() if over(one)]:
            watch.stop()
            watch.thread.join(LAST_WORDS)
            if watch.thread.is_alive():
                continue  # it holds a message; the next look finds it gone
            del self.watches[watch.pk]
            _unlocked(watch.pk)

    def stop(self) -> None:
        for watch in self.watches.values():
            watch.stop()
        until = time.monotonic() + LAST_WORDS
        for watch in self.watches.values():
            watch.thread.join(max(0.0, until - time.monotonic()))


def run(stopped: threading.Event) -> None:
    """Read all mailboxes until `stopped`; a database that is away is waited for."""
    watches = Watches()
    while not stopped.is_set():
        try:
            watches.look()
        except (DatabaseError, InterfaceError):
            log.warning("the database is away; the mailboxes are looked at again")
            connection.close()
        stopped.wait(TABLE_EVERY)
    watches.stop()


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _locked(pk: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCKS, pk])
        return bool(cursor.fetchone()[0])


def _unlocked(pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCKS, pk])
