"""Calendars of other servers over HTTP: CalDAV (RFC 4791) and ICS feeds; to pinned addresses, bounded in size and time."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
import tldextract
from caldav import DAVClient
from caldav.elements import cdav, dav
from caldav.lib import error as caldav_error
from django.conf import settings
from lxml import etree
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from crm.gateways import reach, trying, wire

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
ALTOGETHER_SECONDS = 25.0
MOST_BYTES = 8 * 1024 * 1024
MOST_CALENDARS = 20
_PIECE = 64 * 1024
_HOST = re.compile(r"\w[\w.-]{0,252}|[0-9A-Fa-f:.]{2,45}(%\w+)?")  # whatever else is typed is looked up nowhere
_registrable = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


class Trouble(Exception):
    """It could not be done: `kind` as appointments.rules.calendar_trials words it, `said` the server's own answer."""

    def __init__(self, kind: str, said: str = "") -> None:
        super().__init__(f"{kind} {said}".strip())
        self.kind, self.said = kind, said


@dataclass(frozen=True, repr=False)
class Login:
    """Where a calendar is, and who reads it."""

    url: str
    username: str = ""
    password: str = ""
    seconds: float = ALTOGETHER_SECONDS  # for the whole conversation


@dataclass(frozen=True)
class Found:
    """A calendar on a server."""

    url: str
    name: str


# Reaching a server ------------------------------------------------------------------------------------------------


class _Talk:
    """One conversation: its deadline, its sockets, and the one registrable domain it may speak to."""

    def __init__(self, url: str, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.home = _domain(urlsplit(url).hostname or "")
        self.sockets: list[socket.socket] = []
        self.watch = wire.watch(lambda: self.sockets[-1] if self.sockets else None, seconds)

    def dialled(self, host: str, port: int) -> socket.socket:
        pinned = reach.pinned(host, port, settings.INSIDE_ADDRESSES)
        self.sockets.append(wire.dialled(pinned, port, CONNECT_SECONDS))
        return self.sockets[-1]

    def close(self) -> None:
        self.watch.cancel()


class _Pinned(HTTPAdapter):
    """Every connection goes to the address that was looked at; the answer is read up to a limit, and follows nothing."""

    def __init__(self, talk: _Talk) -> None:
        self.talk = talk
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        talk = self.talk

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return talk.dialled(self.host, self.port)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return talk.dialled(self.host, self.port)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain  # type: ignore[assignment]

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure  # type: ignore[assignment]

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        check_address(str(request.url))
        if _domain(urlsplit(str(request.url)).hostname or "") != self.talk.home:
            raise Trouble("elsewhere", urlsplit(str(request.url)).hostname or "")
        kwargs.update(stream=True, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), proxies={})
        answer = super().send(request, *args, **kwargs)
        body = bytearray()
        for piece in answer.iter_content(_PIECE):
            body += piece
            if len(body) > MOST_BYTES:
                answer.close()
                raise Trouble("too_long")
            if time.monotonic() > self.talk.ends:
                answer.close()
                raise Trouble("silent")
        if b"<!DOCTYPE" in body[:4096].upper() and "xml" in answer.headers.get("Content-Type", "").lower():
            raise Trouble("no_calendar")  # WebDAV has no document types; entities hide in them
        answer._content = bytes(body)
        self._quiet(request, answer)
        if answer.is_redirect:
            raise Trouble("moved", urljoin(str(request.url), answer.headers.get("Location", ""))[:200])
        return answer

    @staticmethod
    def _quiet(request: requests.PreparedRequest, answer: requests.Response) -> None:
        """The library logs whole bodies that it cannot read; nobody needs those of errors, and a web page is no calendar."""
        if answer.status_code >= 400 or request.method in ("PUT", "DELETE"):
            answer._content = b""
        elif request.method in ("PROPFIND", "REPORT") and "html" in answer.headers.get("Content-Type", "").lower():
            raise Trouble("no_calendar")


def check_address(url: str) -> None:
    """https, or http where an operator opened inside addresses. Raises Trouble."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.INSIDE_ADDRESSES):
        raise Trouble("not_https")
    if not _HOST.fullmatch(parts.hostname or "") or parts.username or parts.password:
        raise Trouble("no_address")


def _domain(host: str) -> str:
    found = _registrable(host)
    return (found.top_domain_under_public_suffix if found.suffix else "") or host.lower()


@contextmanager
def _talking(url: str, seconds: float) -> Iterator[requests.Session]:
    """A session of its own; whatever goes wrong in it comes out as Trouble."""
    try:
        talk = _Talk(url, seconds)
    except ValueError as bad:
        raise Trouble("no_address") from bad
    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Pinned(talk))
    try:
        check_address(url)
        yield session
    except Trouble:
        raise
    except caldav_error.AuthorizationError as refused:
        raise Trouble("login") from refused
    except caldav_error.NotFoundError as gone:
        raise Trouble("not_found") from gone
    except Exception as wrong:  # two libraries between us and a stranger's server: each finds its own way to fail
        raise Trouble(*_why(wrong)) from wrong
    finally:
        talk.close()
        session.close()


def _why(wrong: BaseException) -> tuple[str, str]:
    """What lies behind an error as requests and urllib3 pack it."""
    seen: BaseException | None = wrong
    for _ in range(12):
        if isinstance(seen, Trouble):
            return seen.kind, seen.said
        if isinstance(seen, caldav_error.AuthorizationError):
            return "login", ""
        if isinstance(seen, requests.Timeout):
            return "silent", ""
        if isinstance(seen, OSError) and not isinstance(seen, requests.RequestException):
            return trying.kind_of(seen), ""
        inner = [one for one in getattr(seen, "args", ()) if isinstance(one, BaseException)]
        following = getattr(seen, "reason", None)
        following = following if isinstance(following, BaseException) else None
        seen = (inner[-1] if inner else None) or following or (seen.__cause__ or seen.__context__ if seen else None)
        if seen is None:
            break
    if isinstance(wrong, requests.RequestException):
        return "hung_up", ""
    return "no_calendar", ""


# Feeds ------------------------------------------------------------------------------------------------------------


def feed(login: Login) -> bytes:
    """The text of an ICS feed. Raises Trouble."""
    with _talking(login.url, login.seconds) as session:
        answer = session.get(
            login.url, headers={"Accept": "text/calendar", "User-Agent": "Baton"}, allow_redirects=False
        )
        _check_status(answer.status_code)
        return answer.content


def _check_status(status: int) -> None:
    if status in (401, 403):
        raise Trouble("login")
    if status in (404, 410):
        raise Trouble("not_found")
    if status >= 500 or status == 429:
        raise Trouble("refused", str(status))
    if not 200 <= status < 300:
        raise Trouble("no_calendar", str(status))


# CalDAV -----------------------------------------------------------------------------------------------------------


@contextmanager
def _client(login: Login) -> Iterator[DAVClient]:
    with _talking(login.url, login.seconds) as session:
        client = DAVClient(url=login.url, username=login.username, password=login.password)
        client.session.close()
        client.session = session
        yield client


def calendars(login: Login) -> list[Found]:
    """The calendars for events behind an address: the one it names itself, else all of its owner. Raises Trouble."""
    with _client(login) as client:
        itself = _listed(client, login.url, depth=0)
        if itself:
            return itself
        answer = client.propfind(login.url, _asks(dav.CurrentUserPrincipal()), depth=0)
        _check_status(answer.status)
        principal = _href(answer, dav.CurrentUserPrincipal.tag)
        home = login.url
        if principal:
            answer = client.propfind(urljoin(login.url, principal), _asks(cdav.CalendarHomeSet()), depth=0)
            _check_status(answer.status)
            home = urljoin(login.url, _href(answer, cdav.CalendarHomeSet.tag) or login.url)
        found = _listed(client, home, depth=1)
        if not found:
            raise Trouble("no_calendar")
        return found[:MOST_CALENDARS]


def _within(outer: Any, *inner: Any) -> Any:
    for one in inner:
        outer.append(one)
    return outer


def _asks(*properties: Any) -> str:
    root = _within(dav.Propfind(), _within(dav.Prop(), *properties))
    return etree.tostring(root.xmlelement(), encoding="unicode")


def _href(answer: Any, tag: str) -> str:
    for properties in answer.find_objects_and_props().values():
        element = properties.get(tag)
        for inner in element.iter(dav.Href.tag) if element is not None else ():
            return str(inner.text or "").strip()
    return ""


def _listed(client: DAVClient, url: str, *, depth: int) -> list[Found]:
    asked = _asks(dav.ResourceType(), dav.DisplayName(), cdav.SupportedCalendarComponentSet())
    answer = client.propfind(url, asked, depth=depth)
    _check_status(answer.status)
    found = []
    for href, properties in answer.find_objects_and_props().items():
        kinds = properties.get(dav.ResourceType.tag)
        if kinds is None or kinds.find(cdav.Calendar.tag) is None or not _holds_events(properties):
            continue
        name = properties.get(dav.DisplayName.tag)
        label = str((name.text if name is not None else "") or "").strip()
        found.append(Found(urljoin(url, quote(str(href))), (label or str(href).strip("/").rpartition("/")[2])[:120]))
    return found


def _holds_events(properties: Any) -> bool:
    """A collection that names its components holds events only if it names them (RFC 4791 §5.2.3)."""
    element = properties.get(cdav.SupportedCalendarComponentSet.tag)
    named = [one.get("name") for one in element] if element is not None else []
    return not named or "VEVENT" in named


def events(login: Login, begin: datetime, end: datetime) -> list[bytes]:
    """Every event that touches a time, each as its own calendar text with its exceptions. Raises Trouble."""
    span = cdav.TimeRange(begin.astimezone(UTC), end.astimezone(UTC))
    query = _query(_within(cdav.CompFilter("VEVENT"), span))
    with _client(login) as client:
        return [text.encode("utf-8", "replace") for _, text in _reported(client, login.url, query)]


def _query(inner: Any) -> str:
    wanted = _within(cdav.Filter(), _within(cdav.CompFilter("VCALENDAR"), inner))
    root = _within(cdav.CalendarQuery(), _within(dav.Prop(), cdav.CalendarData()), wanted)
    return etree.tostring(root.xmlelement(), encoding="unicode")


def _reported(client: DAVClient, url: str, query: str) -> list[tuple[str, str]]:
    answer = client.report(url, query, depth=1)
    _check_status(answer.status)
    found = []
    for href, properties in answer.find_objects_and_props().items():
        data = properties.get(cdav.CalendarData.tag)
        if data is not None and data.text:
            found.append((urljoin(url, quote(str(href))), str(data.text)))
    return found


def write(login: Login, href: str, uid: str, text: str) -> str:
    """Lay an event down under an address of ours, over whatever lies there; where it lies in the end. Raises Trouble.

    A server that already holds this UID elsewhere, as after the host took the invitation in, refuses a second one
    (RFC 4791 §5.3.2.1, no-uid-conflict): then the one there is written over.
    """
    with _client(login) as client:
        status = _put(client, href, text)
        if status in (403, 409, 412):
            match = _within(cdav.PropFilter("UID"), cdav.TextMatch(uid))
            there = _reported(client, login.url, _query(_within(cdav.CompFilter("VEVENT"), match)))
            if not there:
                raise Trouble("not_written", str(status))
            href = there[0][0]
            status = _put(client, href, text)
        if status not in (200, 201, 204):
            _check_status(status)
            raise Trouble("not_written", str(status))
        return href


def _put(client: DAVClient, href: str, text: str) -> int:
    try:
        return int(client.put(href, text, {"Content-Type": "text/calendar; charset=utf-8"}).status)
    except caldav_error.AuthorizationError:
        return 403  # the library makes one of both; whether it was the password shows when the calendar is asked


def remove(login: Login, href: str) -> None:
    """Take an event out; one that is gone already is fine. Raises Trouble."""
    with _client(login) as client:
        status = int(client.delete(href).status)
        if status not in (404, 410):
            _check_status(status)
