"""No host that somebody types leads inside: every spelling of an inside address at every door, without one connection (S12)."""

import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from crm.gateways import imap, oauth, reach, smtp, trying
from crm.models import Mailbox
from crm.services import mailbox_trials
from tests.crm.doors import NAME_SERVER, door, name_server, names
from tests.make import make_mailbox

HELLO = b"220 mail.halden.example ESMTP\r\n"
ROOT = Path(__file__).resolve().parents[2]

_V4 = (
    "127.0.0.1", "127.1", "127.0.1", "127.127.127.127", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "0x7f.0x0.0x0.0x1",
    "0177.0.0.1", "0177.0.0.01", "127.0x0.0.1", "0", "0.0", "0.0.0", "0x0", "00000", "10.0.0.1", "10.1", "0xa000001", "012.0.0.1",
    "167772161", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.1", "3232235521", "0xc0a80001", "169.254.169.254",
    "169.254.43518", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.2.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "0.1.2.3", "127.0.0.1.",
)  # fmt: skip
_V6 = (
    "::1", "0:0:0:0:0:0:0:1", "::", "::127.0.0.1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:0:127.0.0.1",
    "0:0:0:0:0:ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::FFFF:192.168.0.1", "64:ff9b::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::127.0.0.1", "64:ff9b:1::10.0.0.1", "2002:7f00:1::",
    "2002:a00:1::1", "2002:c0a8:1::", "2001::1", "2001:db8::1", "fc00::1", "fd00::1", "fd12:3456:789a::1", "fe80::1", "fe80::1%lo",
    "fec0::1", "ff02::1", "ff05::2", "100::1", "2001:10::1", "::1%lo",
)  # fmt: skip
_NAMES = {
    "localhost": "127.0.0.1", "localhost.": "127.0.0.1", "LOCALHOST": "127.0.0.1", "localhost.localdomain": "127.0.0.1",
    "ip6-localhost": "::1", "printer.local": "192.168.1.9", "mail.internal": "10.0.0.5", "intranet": "10.0.0.6",
    "metadata.google.internal": "169.254.169.254", "127.0.0.1.nip.example": "127.0.0.1", "a.lvh.example": "127.0.0.1",
    "db.halden.example": "10.3.0.7", "kubernetes.default.svc": "10.96.0.1", "host.docker.internal": "172.17.0.1",
    "xn--lclhst-bua.example": "127.0.0.1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ": "127.0.0.1", "１２７.０.０.１": "127.0.0.1", "mapped.example": "::ffff:10.0.0.1",
    "nat64.example": "64:ff9b::a00:1", "multi.example": "8.8.8.8 127.0.0.1",
}  # fmt: skip
_TRICKS = (
    "http://127.0.0.1", "https://localhost/", "smtp://127.0.0.1", "gopher://127.0.0.1:25/_", "file:///etc/passwd", "//127.0.0.1",
    "user@127.0.0.1", "smtp.gmail.com@127.0.0.1", "127.0.0.1@smtp.gmail.com", "127.0.0.1:25", "[::1]", "[::ffff:127.0.0.1]",
    "[127.0.0.1]", "127.0.0.1#", "127.0.0.1/", "127.0.0.1?x", "127.0.0.1%00", "127.0.0.1\x00.example", "127.0.0.1\r\n", "127.0.0.1 ",
    " 127.0.0.1", "\t127.0.0.1", "127。0。0。1", "127.0.0.1\\@smtp.gmail.com", "smtp.gmail.com\\.127.0.0.1", "127.0.0.1;smtp.gmail.com", "fe80::1%25lo", "[fe80::1%25lo]", "::ffff:127.0.0.1%lo", "127.0.0.1%lo", "0x7f000001.", "2130706433.", "127.0.0.1..",
    "localhost%2e", "smtp.gmail.com#@127.0.0.1", "127.0.0.1&smtp.gmail.com", "‮1.0.0.721", "127.0.0.１", "①②⑦.⓪.⓪.①", "٠.٠.٠.٠",
)  # fmt: skip
FORMS = list(dict.fromkeys([*_V4, *_V6, *_NAMES, *_TRICKS]))


@pytest.fixture
def canary(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, list[bytes]]]:
    """Someone listens on every inside address of this machine; an operator allowed nothing."""
    settings.INSIDE_ADDRESSES = []
    monkeypatch.setattr(socket, "getaddrinfo", names(_NAMES))
    opened: list[Any] = []
    reached = socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: (opened.append(a[0]), reached(*a, **k))[1])
    with door(HELLO, HELLO) as (port, heard):
        monkeypatch.setattr(trying, "CONNECT_SECONDS", 1)
        yield port, heard
        assert (heard, opened) == ([], [])


def test_there_are_enough_forms() -> None:
    assert len(FORMS) >= 120


def _box(ada: Any, host: str, port: int) -> Any:
    """A mailbox as it stands in memory: not every form goes into a column."""
    return Mailbox(address=ada.email, smtp_host=host, smtp_port=port, smtp_security="none")


def send(ada: Any, host: str, port: int) -> bool:
    return smtp.hand_over(_box(ada, host, port), "pw", "ada@baton.example", "pia@x.example", b"x").outcome in (
        "sender",
        "away",
    )


def read(_: Any, host: str, port: int) -> bool:
    try:
        with imap.opened(imap.Login(host, port, "none", "ada", "pw")):
            return False
    except (reach.NotAllowed, imap.Trouble):
        return True


def tried(one: Callable[[trying.Door], trying.Found], host: str, port: int, security: str) -> bool:
    return one(trying.Door(host, port, security)).kind in ("inside", "unknown_host")


DOORS: dict[str, Callable[[Any, str, int], bool]] = {
    "sending": send,
    "reading": read,
    **{
        f"{name} trial, {security}": lambda _, host, port, one=one, security=security: tried(one, host, port, security)
        for name, one in (("SMTP", trying.try_smtp), ("IMAP", trying.try_imap))
        for security in ("none", "starttls", "tls")
    },
}


@pytest.mark.parametrize("way", DOORS)
def test_no_form_of_an_inside_address_is_reached(canary: tuple[int, list[bytes]], way: str, ada: Any) -> None:
    port, _ = canary
    wrong = [form for form in FORMS if not DOORS[way](ada, form, port)]

    assert wrong == []


@pytest.mark.parametrize("way", DOORS)
def test_a_name_that_turns_inside_after_the_look_is_not_followed(
    settings: Any, monkeypatch: pytest.MonkeyPatch, way: str, ada: Any
) -> None:
    """Rebinding: the resolver changes its answer each time it is asked."""
    settings.INSIDE_ADDRESSES, opened, asked = [], [], []

    def turns(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        return really("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port, type=socket.SOCK_STREAM)

    def connect(address: Any, *args: Any, **kwargs: Any) -> Any:
        opened.append(address)
        raise ConnectionRefusedError

    really = socket.getaddrinfo
    box = _box(ada, "turns.example", 25)
    monkeypatch.setattr(socket, "getaddrinfo", turns)
    monkeypatch.setattr(socket, "create_connection", connect)
    if way == "sending":
        smtp.hand_over(box, "pw", "ada@baton.example", "pia@x.example", b"x")
    else:
        DOORS[way](ada, "turns.example", 25)

    assert opened == [("8.8.8.8", 25)]


def test_an_operator_allows_an_inside_address_by_its_network() -> None:
    assert reach.pinned("127.0.0.1", 25, ["127.0.0.0/8"]) == "127.0.0.1"
    with pytest.raises(reach.NotAllowed):
        reach.pinned("127.0.0.1", 25, ["10.0.0.0/8"])
    with pytest.raises(reach.NotAllowed):
        reach.pinned("::1", 25, ["0.0.0.0/0"])


@pytest.mark.parametrize(
    "form", ["https://mail.x.example", "u@mail.x.example", "mail.x.example:25", "[::1]", "a/b", "x\r\ny", "a b"]
)
def test_a_field_for_a_host_takes_a_host_alone(as_: Callable[..., Any], ada: Any, form: str) -> None:
    box = make_mailbox(ada)
    given = {"smtp_host": form, "smtp_port": 587, "smtp_security": "starttls", "imap_port": 993, "imap_security": "tls"}
    answer = as_(ada).post(f"/settings/mailboxes/{box.pk}/servers/", given)
    box.refresh_from_db()

    assert "A host name alone" in answer.content.decode()
    assert box.smtp_host == "127.0.0.1"


# What is not typed but asked for ----------------------------------------------------------------------------------


@pytest.fixture
def spoken_to() -> Iterator[list[Any]]:
    """Every address this process connects or sends to, whatever library does it."""
    found, on = [], [True]

    def hook(event: str, given: tuple[Any, ...]) -> None:
        speaks = on[0] and event in ("socket.connect", "socket.sendto") and isinstance(given[-1], tuple)
        if speaks and threading.current_thread().name != NAME_SERVER:
            found.append(given[-1][:2])

    sys.addaudithook(hook)  # a hook stays for good; it is only switched off
    yield found
    on[0] = False


INSIDE = {
    ("baton.example", "TXT"): [
        '"v=spf1 include:127.0.0.1 include:localhost include:[::1] redirect=inside.example a:10.0.0.1 mx:127.0.0.1 exists:%{i}.127.0.0.1 ip4:127.0.0.1 ~all"'
    ],
    ("baton.example", "MX"): ["0 localhost.", "1 127.0.0.1.", "2 metadata.google.internal."],
    ("_dmarc.baton.example", "TXT"): ['"v=DMARC1; p=none; rua=mailto:x@127.0.0.1,http://127.0.0.1/"'],
    ("localhost", "TXT"): ['"v=spf1 include:localhost -all"'],
}


def test_what_a_domain_says_is_looked_up_and_never_gone_to(settings: Any, ada: Any, spoken_to: list[Any]) -> None:
    box = make_mailbox(ada)
    with name_server(INSIDE) as address:
        settings.DNS_SERVERS, settings.INSIDE_ADDRESSES = [address], []
        mailbox_trials.check_domain(box, selector="../../127.0.0.1:25/")
        mailbox_trials.guess("ada@baton.example")
        host, _, port = address.partition(":")

    assert len(spoken_to) > 4
    assert {*spoken_to} == {(host, int(port))}


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A listener that hears one request and gives this answer; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError), listener.accept()[0] as conn:
            conn.recv(65536)
            conn.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def test_a_token_endpoint_that_points_inside_is_not_followed(settings: Any) -> None:
    with door(b"HTTP/1.1 200 OK\r\n") as (inside, heard):
        moved = f"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:{inside}/\r\nContent-Length: 0\r\n\r\n".encode()
        for code in (b"301", b"302", b"303", b"307", b"308"):
            with answering(moved.replace(b"307", code)) as port:
                settings.OAUTH = {
                    "google": {"client_id": "us", "client_secret": "s", "token": f"http://127.0.0.1:{port}/token"}
                }
                with pytest.raises((oauth.Away, oauth.Refusal)):
                    oauth.renew("google", "ref")

    assert heard == []


@pytest.mark.parametrize("provider", ["http://127.0.0.1/", "password", "", "microsoft"])
def test_a_provider_nobody_registered_is_asked_nothing(settings: Any, spoken_to: list[Any], provider: str) -> None:
    settings.OAUTH = {"google": {"client_id": "us", "token": "http://127.0.0.1:1/"}}
    with pytest.raises(KeyError):
        oauth.renew(provider, "ref")

    assert spoken_to == []


SPEAKS = re.compile(
    r"^\s*(?:import|from) (urllib\.request|http\.client|smtplib|imaplib|imapclient|socket|ssl|requests|httpx|dns)\b",
    re.MULTILINE,
)
# Their own engines, their own doors on loopback, and errors by name.
MAY_SPEAK = {
    "crm/engines.py",
    "crm/services/sandbox.py",
    "crm/web.py",
    "prospecting/tasks.py",
    "appointments/management/commands/up.py",
}


def test_only_gateways_speak_to_a_network() -> None:
    found = {
        str(path.relative_to(ROOT))
        for app in ("crm", "prospecting", "appointments")
        for path in (ROOT / app).rglob("*.py")
        if SPEAKS.search(path.read_text())
    }

    assert {name for name in found if "/gateways/" not in name} <= MAY_SPEAK
