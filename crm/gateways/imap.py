"""Reading a mailbox by IMAP (RFC 9051, 3501): nothing is marked, moved or deleted; every answer is bounded in time and size."""

import imaplib
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.conf import settings
from imapclient import IMAPClient
from imapclient.exceptions import LoginError, ProtocolError
from imapclient.imap_utf7 import decode as decode_utf7

from crm.gateways import reach
from crm.gateways.imap_wire import CONNECT_SECONDS, OVERHEAD, SILENCE_SECONDS, Talk

_LATER = ("UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "CONTACTADMIN", "OVERQUOTA")  # RFC 5530: not the password
_WIDEST = 2**32

P = ParamSpec("P")
R = TypeVar("R")


class Trouble(OSError):
    """The connection is of no more use; a new one may be."""


class NotOffered(Trouble):
    """The server has no such way: `what` is starttls or auth."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__(said)
        self.what = what


class NotNow(Exception):
    """The server said NO or BAD to one command; the connection lives."""


class LoginRefused(Exception):
    """The server does not accept this user name and password."""


@dataclass(frozen=True)
class Login:
    """Where and as whom; `token` says that the secret is an OAuth 2 access token (XOAUTH2)."""

    host: str
    port: int
    security: str
    username: str
    secret: str
    token: bool = False


@dataclass(frozen=True)
class Folder:
    """As LIST gives it: `uses` are special uses (RFC 6154) in lower case without backslash."""

    name: str
    uses: frozenset[str]


@dataclass(frozen=True)
class There:
    """A folder as it is on the server now."""

    uidvalidity: int
    uidnext: int
    exists: int


@dataclass(frozen=True)
class Piece:
    """The first bytes of a mail; `whole` when the server said that there are no more."""

    internaldate: datetime | None
    raw: bytes
    whole: bool


class _Client(IMAPClient):
    """The library's client over a session of ours."""

    def __init__(self, login: Login, pinned: str, seconds: float) -> None:
        self.login_to, self.pinned, self.seconds = login, pinned, seconds
        self.context = ssl.create_default_context() if login.security != "none" else None
        super().__init__(login.host, login.port, ssl=login.security == "tls", ssl_context=self.context)
        self.normalise_times = False
        self._imap.debug = 0  # its log would spell out every line, the log-in's too

    def _create_IMAP4(self) -> Talk:
        return Talk(
            self.login_to.host,
            self.login_to.port,
            self.pinned,
            self.context if self.login_to.security == "tls" else None,
            self.seconds,
        )

    def _set_read_timeout(self) -> None:
        """Each piece has its own bound."""


def _said(method: Callable[Concatenate["Session", P], R]) -> Callable[Concatenate["Session", P], R]:
    """What goes wrong is one of three things: the connection, this command, or the log-in."""

    @wraps(method)
    def asked(self: "Session", *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except (imaplib.IMAP4.abort, ProtocolError, OSError) as error:
            raise Trouble(words(error)) from error
        except imaplib.IMAP4.error as error:
            raise NotNow(words(error)) from error
        except (ValueError, TypeError, KeyError, IndexError, AssertionError, RecursionError) as error:
            raise Trouble(f"the server's answer cannot be read: {words(error)}") from error

    return asked


class Session:
    """One signed-in connection. Folders are opened by EXAMINE, mail is fetched by BODY.PEEK: the server's flags stay as they are."""

    def __init__(self, client: _Client) -> None:
        self.client = client
        self.talk: Talk = client._imap
        self.seen_exists = 0

    @_said
    def folders(self) -> list[Folder]:
        """Every folder that can be opened."""
        found = []
        self.client.folder_encode = (
            False  # the library gives up on the whole list for one name that is not encoded well
        )
        try:
            told = self.client.list_folders()
        finally:
            self.client.folder_encode = True
        for flags, _, name in told:
            uses = frozenset(flag.decode("ascii", "replace").lstrip("\\").lower() for flag in flags)
            if not uses & {"noselect", "nonexistent"}:
                found.append(Folder(_named(name), uses))
        return found

    @_said
    def examine(self, name: str) -> There:
        """Open a folder for reading only."""
        told = self.client.select_folder(name, readonly=True)
        self.seen_exists = int(told.get(b"EXISTS", 0))
        if b"UIDVALIDITY" not in told:
            raise NotNow("the server numbers no messages in this folder (no UIDVALIDITY)")
        uidnext = int(told.get(b"UIDNEXT", 0))
        if not uidnext:
            last = self.client.search(["UID", "*"]) if self.seen_exists else []
            uidnext = max(last, default=0) + 1
        return There(int(told[b"UIDVALIDITY"]), uidnext, self.seen_exists)

    @_said
    def status(self, name: str) -> There:
        """Whether a look is worth while, without opening the folder."""
        told = self.client.folder_status(name, ["UIDVALIDITY", "UIDNEXT", "MESSAGES"])
        return There(int(told.get(b"UIDVALIDITY", 0)), int(told.get(b"UIDNEXT", 0)), int(told.get(b"MESSAGES", 0)))

    def numbers(
        self, first: int, end: int, *, since: date | None, width: Callable[[], int]
    ) -> Iterator[tuple[int, list[int]]]:
        """UIDs from first to before end, by stretches: (end of the stretch, its UIDs); gaps are passed in growing steps."""
        step = width()
        while first < end:
            beyond = min(first + step, end)
            found = self._search(first, beyond - 1, since)
            yield beyond, found
            step = width() if found else min(step * 2, _WIDEST)
            first = beyond

    @_said
    def _search(self, first: int, last: int, since: date | None) -> list[int]:
        asked: list[Any] = ["UID", f"{first}:{last}"]
        asked += ["SINCE", since] if since else []
        return sorted(uid for uid in set(self.client.search(asked)) if first <= uid <= last)

    @_said
    def holds(self, message_id: str) -> bool:
        """Whether the open folder has a message with this Message-ID."""
        return bool(self.client.search(["HEADER", "Message-ID", message_id]))

    @_said
    def still_there(self, uid: int) -> bool:
        return bool(self.client.search(["UID", str(uid)]))

    @_said
    def sizes(self, uids: Iterable[int]) -> dict[int, int]:
        """What the server says they are long; a hint, never a promise."""
        told = self.client.fetch(list(uids), ["RFC822.SIZE"])
        return {uid: int(one[b"RFC822.SIZE"]) for uid, one in told.items() if isinstance(one.get(b"RFC822.SIZE"), int)}

    @_said
    def fetch(self, uids: list[int], *, most: int, in_all: int) -> dict[int, Piece]:
        """The first bytes of each mail, `most` of each; what is gone meanwhile is not in the answer."""
        self.talk.most = in_all + OVERHEAD
        try:
            told = self.client.fetch(uids, ["INTERNALDATE", f"BODY.PEEK[]<0.{most}>"])
        finally:
            self.talk.most = OVERHEAD
        return {uid: piece for uid, one in told.items() if (piece := _piece(one, most))}

    @_said
    def more(self, uid: int, offset: int, most: int) -> bytes:
        """The bytes of one mail that follow; fewer than asked for at its end."""
        self.talk.most = most + OVERHEAD
        try:
            told = self.client.fetch([uid], [f"BODY.PEEK[]<{offset}.{most}>"])
        finally:
            self.talk.most = OVERHEAD
        answer = told.get(uid)
        if answer is None:
            raise NotNow("the server gave no more of the message")
        piece = _piece(answer, most)
        return piece.raw if piece else b""  # NIL: there is nothing beyond its end

    @_said
    def dated(self, uid: int) -> datetime | None:
        told = self.client.fetch([uid], ["INTERNALDATE"]).get(uid, {}).get(b"INTERNALDATE")
        return told if isinstance(told, datetime) else None

    @_said
    def wait(self, seconds: float) -> bool:
        """IDLE (RFC 2177) in the open folder, or NOOP where the server knows no IDLE; True when something arrived."""
        if self.arrived():
            return True
        if not self.client.has_capability("IDLE"):
            time.sleep(min(seconds, 10.0))
            self.client.noop()
            return self.arrived()
        tag = self.talk._command("IDLE")
        while self.talk._get_response() is not None:  # type: ignore[attr-defined]
            if self.talk.tagged_commands[tag]:  # type: ignore[attr-defined]
                raise self.talk.error("the server refused IDLE")
        news = self._listen(seconds)
        self.talk.bound(SILENCE_SECONDS, OVERHEAD)
        self.talk.send(b"DONE\r\n")
        self.client._consume_until_tagged_response(tag, "IDLE")
        return news or self.arrived()

    def _listen(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            line = self.talk.line_within(left).upper()
            if line.startswith(b"* BYE"):
                raise self.talk.abort(line.decode("ascii", "replace"))
            if b" EXISTS" in line or b" EXPUNGE" in line:
                return True
        return False

    def arrived(self) -> bool:
        """Whether the server, by the way, told of another number of messages than the folder had when it was opened."""
        told: list[Any] = self.talk.untagged_responses.get("EXISTS") or []  # type: ignore[attr-defined]
        return any(int(one) != self.seen_exists for one in told[-1:])

    def close(self) -> None:
        """Leave politely, but do not wait long for the answer."""
        with suppress(Exception):
            self.talk.bound(2.0, OVERHEAD)
            self.talk.send(b"Z LOGOUT\r\n")
        self.cut()

    def cut(self) -> None:
        """End the connection from another thread: whoever waits in it finds it gone."""
        self.talk.shutdown()


@contextmanager
def opened(login: Login) -> Iterator[Session]:
    """A signed-in session. Raises LoginRefused, reach.NotAllowed, or Trouble in words."""
    session = connected(login)
    try:
        sign_in(session, login)
        yield session
    finally:
        session.close()


def connected(login: Login, seconds: float = CONNECT_SECONDS) -> Session:
    """A session that has been greeted and is not signed in. Raises reach.NotAllowed, or Trouble in words."""
    try:
        return Session(_Client(login, reach.pinned(login.host, login.port, settings.INSIDE_ADDRESSES), seconds))
    except reach.NotAllowed:
        raise
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        raise Trouble(f"{login.host}: {words(error)}") from error


def sign_in(session: Session, login: Login) -> None:
    """Encrypt where that was chosen, and sign in. Raises LoginRefused, or Trouble in words."""
    client = session.client
    if any(ord(char) < 32 for char in login.username + login.secret):
        raise LoginRefused("User name and password may hold no control characters.")
    try:
        if login.security == "starttls":
            _encrypt(client, login)
        if login.token:
            client.oauth2_login(login.username, login.secret)
        elif client.has_capability("AUTH=PLAIN"):
            client.plain_login(login.username, login.secret)
        elif client.has_capability("LOGINDISABLED"):
            raise NotOffered("auth", f"{login.host} offers no way to sign in on port {login.port}")
        else:
            client.login(client._imap._quote(login.username), login.secret)
    except LoginError as error:
        # The library makes one error of a refused password and of a connection that was cut while asking.
        said = words(error)
        cut = isinstance(error.__context__, imaplib.IMAP4.abort | OSError)
        if cut or any(f"[{code}" in said.upper() for code in _LATER):
            raise Trouble(said) from error
        raise LoginRefused(said) from error
    except UnicodeError as error:
        raise LoginRefused("This server takes no letters beyond ASCII in a password.") from error
    except NotOffered:
        raise
    except (OSError, imaplib.IMAP4.error, ValueError, TypeError) as error:
        raise Trouble(f"{login.host}: {words(error)}") from error


def _encrypt(client: _Client, login: Login) -> None:
    if not client.has_capability("STARTTLS"):
        raise NotOffered("starttls", f"{login.host} does not offer STARTTLS on port {login.port}")
    client.starttls(ssl_context=client.context)


def _named(name: bytes | str) -> str:
    """A folder's name out of modified UTF-7 (RFC 3501 §5.1.3); as it is where it was never put in."""
    raw = name if isinstance(name, bytes) else str(name).encode()
    try:
        found = decode_utf7(raw) if raw.isascii() else raw.decode("utf-8", "replace")
    except UnicodeError:
        found = raw.decode("ascii", "replace")
    return found.encode("utf-8", "replace").decode().replace("\x00", "")


def _piece(told: dict[bytes, Any], most: int) -> Piece | None:
    """The body among what came; a server may send it all although a part was asked for."""
    for key, value in told.items():
        if key.startswith(b"BODY[]") and isinstance(value, bytes):
            date_told = told.get(b"INTERNALDATE")
            dated = date_told if isinstance(date_told, datetime) else None
            return Piece(dated, value, b"<" not in key or len(value) < most)
    return None


def words(error: BaseException) -> str:
    """What went wrong, as one line: b'…' and the names of commands that the library puts around it are left out."""
    said = " ".join(str(error).replace("\x00", "").split()) or type(error).__name__
    return said.replace("b'", "").replace("'", "").strip()[:300]


def day_before(moment: datetime) -> date:
    """SINCE compares days without a zone (RFC 9051 §6.4.4): a day earlier misses nothing."""
    return (moment - timedelta(days=1)).date()
