"""Trying a mail server: what is wrong is said in words, and a domain is read without network."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from crm.gateways import dns, trying
from crm.rules import mail_servers, mail_trials, sender_domain
from crm.services import mailbox_trials
from tests import servers
from tests.crm import doors
from tests.crm.doors import Authority, door, dripping, name_server
from tests.make import make_mailbox

HELLO = b"220 mail.halden.example ESMTP\r\n"
GREETING = b"* OK ready\r\n"


def words(found: Any, protocol: str = "SMTP", host: str = "mail.halden.example", port: int = 587) -> str:
    return mail_trials.explain(found, protocol=protocol, host=host, port=port)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def known(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The authority is known to this machine, as a real one would be."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


# What is wrong, in words ----------------------------------------------------------------------------------------


def test_a_real_server_lets_us_in_and_names_its_sent_folder(dovecot: servers.Dovecot) -> None:
    found = trying.try_imap(trying.Door("127.0.0.1", dovecot.imap, "none", "ada@halden.example", servers.PASSWORD))

    assert (found.kind, mail_trials.sent_folder(found.folders)) == ("ok", "Sent")
    assert {"INBOX", "Junk", "Trash", "Drafts", "Archive"} < {one.name for one in found.folders}
    assert words(found, "IMAP") == "Connected and signed in: 6 folders, what is sent is kept in “Sent”."


def test_a_real_server_refuses_a_wrong_password(dovecot: servers.Dovecot, postfix: servers.Postfix) -> None:
    reading = trying.try_imap(trying.Door("127.0.0.1", dovecot.imap, "none", "ada@halden.example", "wrong"))
    sending = trying.try_smtp(trying.Door("127.0.0.1", postfix.smtp, "none", "ada@halden.example", "wrong"))

    assert [reading.kind, sending.kind] == ["login", "login"]
    assert "does not accept this user name and password" in words(sending)


def test_signing_in_sends_nothing(dovecot: servers.Dovecot, postfix: servers.Postfix) -> None:
    found = trying.try_smtp(trying.Door("127.0.0.1", postfix.smtp, "none", "ada@halden.example", servers.PASSWORD))

    assert found.kind == "ok"
    assert postfix.waiting() == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"host": "localhost", "days": -1}, "has expired"),
        ({"host": "elsewhere.example"}, "is not for localhost"),
        ({"host": "localhost"}, None),
    ],
    ids=["expired", "another name", "good"],
)
def test_a_wrong_certificate_is_named_for_what_it_is(
    known: Authority, options: dict[str, Any], said: str | None
) -> None:
    with door(HELLO, b"250 mail.halden.example\r\n", context=known.context(**options)) as (port, _):
        found = trying.try_smtp(trying.Door("localhost", port, "tls"))
    with door(GREETING, context=known.context(**options)) as (port, _):
        reading = trying.try_imap(trying.Door("localhost", port, "tls"))

    assert found.kind == "ok" if said is None else said in words(found, host="localhost")
    assert reading.kind == "no_greeting" if said is None else said in words(reading, "IMAP", "localhost")


def test_a_certificate_nobody_vouches_for(authority: Authority) -> None:
    with door(HELLO, context=authority.context("localhost", by_itself=True)) as (port, _):
        by_itself = trying.try_smtp(trying.Door("localhost", port, "tls"))
    with door(HELLO, context=authority.context("localhost")) as (port, _):
        unknown = trying.try_smtp(trying.Door("localhost", port, "tls"))

    assert "signed its TLS certificate itself" in words(by_itself)
    assert "issued by someone this machine does not know" in words(unknown)


ANSWERS = {
    "no STARTTLS": ("starttls", [HELLO, b"250 mail.halden.example\r\n"], "does not offer STARTTLS"),
    "no sign-in": ("none", [HELLO, b"250 mail.halden.example\r\n"], "offers no way to sign in"),
    "sign-in after STARTTLS": ("none", [HELLO, b"250-mail\r\n250 STARTTLS\r\n"], "before the connection is encrypted"),
    "not SMTP": ("none", [b"HTTP/1.1 400 Bad Request\r\n"], "something else answers"),
    "turned away": ("none", [b"554 5.7.1 not you\r\n"], "turned us away"),
    "plain where TLS was chosen": ("tls", [HELLO], "does not begin with TLS"),
    "an app password": (
        "none",
        [HELLO, b"250-mail\r\n250 AUTH PLAIN\r\n", b"534 5.7.9 Application-specific password required\r\n"],
        "wants an app password",
    ),
    "passwords are off": (
        "none",
        [
            HELLO,
            b"250-mail\r\n250 AUTH PLAIN\r\n",
            b"535 5.7.139 Authentication unsuccessful, basic authentication is disabled\r\n",
        ],
        "takes no passwords from programs",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_what_an_smtp_server_says_is_explained(case: str) -> None:
    security, lines, said = ANSWERS[case]
    with door(*lines) as (port, _):
        found = trying.try_smtp(trying.Door("127.0.0.1", port, security, "ada", "pw"))

    assert said in words(found)


def test_what_an_imap_server_says_is_explained() -> None:
    for security, kind in (("starttls", "no_starttls"), ("none", "no_auth")):
        with door(GREETING, b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK done\r\n") as (port, _):
            assert trying.try_imap(trying.Door("127.0.0.1", port, security, "ada", "pw")).kind == kind
    with door(HELLO) as (port, _):
        assert trying.try_imap(trying.Door("127.0.0.1", port, "none", "ada", "pw")).kind == "no_greeting"


def test_a_server_that_waits_for_tls_is_recognised(known: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "CONNECT_SECONDS", 0.3)
    with door(HELLO, context=known.context("localhost")) as (port, _):
        found = [one(trying.Door("localhost", port, "starttls")).kind for one in (trying.try_smtp, trying.try_imap)]

    assert found == ["wants_tls", "wants_tls"]


def test_a_closed_port_and_a_host_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = servers.free_ports(1)
    assert "its port" in words(trying.try_smtp(trying.Door("127.0.0.1", port, "none")))
    monkeypatch.setattr(socket, "getaddrinfo", doors.names({}))

    assert "There is no host called" in words(trying.try_smtp(trying.Door("nobody.example", 587, "starttls")))
    assert trying.try_imap(trying.Door("\ud800..", 993, "tls")).kind == "unknown_host"


SIGNED_IN = (GREETING, b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n", b"TAG OK signed in\r\n")


def listed(*lines: bytes) -> trying.Found:
    """What is found at a server whose LIST says these lines."""
    rows = b"".join(b"* LIST " + line + b"\r\n" for line in lines)
    with door(*SIGNED_IN, rows + b"TAG OK done\r\n") as (port, _):
        return trying.try_imap(trying.Door("127.0.0.1", port, "none", "ada", "pw"))


def test_names_of_folders_are_read_however_they_are_written() -> None:
    found = listed(
        b'() "/" "Entw&APw-rfe"', b'() "/" "A &- B"', b'() "/" "&U,BTFw-"', b'() "/" "Gel\xc3\xb6scht"', b'() "/" "&bad"',
        b'() "/" "&2AA-"', b'(\\Noselect) "/" "top"', b'() NIL 2026',
    )  # fmt: skip

    assert [one.name for one in found.folders][:4] == ["Entwürfe", "A & B", "台北", "Gelöscht"]
    assert [one.name for one in found.folders][-1] == "2026"
    assert (found.kind, len(found.folders)) == ("ok", 7)


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ([b'() "/" "Sent Items"', b'(\\Sent) "/" "Archive"'], "Archive"),
        ([b'() "." "INBOX.Verzonden items"'], "INBOX.Verzonden items"),
        ([b'() "/" "Work"'], ""),
    ],
    ids=["by its flag", "by its name", "none"],
)
def test_the_folder_of_sent_mail_is_the_one_the_reader_will_search(lines: list[bytes], name: str) -> None:
    assert mail_trials.sent_folder(listed(*lines).folders) == name


def test_a_list_of_folders_without_end_is_given_up() -> None:
    found = listed(*[b'() "/" "and so on"'] * 120_000)

    assert (found.kind, found.folders) == ("hung_up", ())


def test_a_server_that_is_busy_is_not_said_to_refuse_the_password() -> None:
    with door(*SIGNED_IN[:2], b"TAG NO [UNAVAILABLE] directory is away\r\n") as (port, _):
        found = trying.try_imap(trying.Door("127.0.0.1", port, "none", "ada", "pw"))

    assert "wants a pause" in words(found, "IMAP")


def test_one_byte_of_a_handshake_now_and_then_is_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "CONNECT_SECONDS", 0.3)
    with dripping() as port:
        found = [one(trying.Door("localhost", port, "tls")).kind for one in (trying.try_smtp, trying.try_imap)]

    assert found == ["silent", "silent"]


@pytest.mark.parametrize(
    ("address", "exchanges", "host"),
    [
        ("pia@gmail.com", (), "smtp.gmail.com"),
        ("pia@halden.example", ("aspmx.l.google.com.",), "smtp.gmail.com"),
        ("pia@halden.example", ("halden.mail.protection.outlook.com",), "smtp.office365.com"),
        ("pia@halden.example", ("notgoogle.com",), "mail.halden.example"),
        ("pia@halden.example", (), "mail.halden.example"),
    ],
)
def test_the_servers_of_an_address_are_guessed(address: str, exchanges: tuple[str, ...], host: str) -> None:
    assert mail_servers.guess(address, exchanges).smtp_host == host


# SPF, DKIM and DMARC --------------------------------------------------------------------------------------------

KEY = "v=DKIM1; k=rsa; p=" + "A" * 392
GOOD = {
    ("halden.example", "TXT"): ['"v=spf1 include:_spf.mail.example ~all"', '"other=1"'],
    ("_spf.mail.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ~all"'],
    ("_dmarc.halden.example", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:x@halden.example"'],
    ("default._domainkey.halden.example", "TXT"): [f'"{KEY[:200]}" "{KEY[200:]}"'],
    ("halden.example", "MX"): ["10 aspmx.l.google.com.", "5 first.halden.example."],
}


def states(found: dict[str, Any]) -> dict[str, str]:
    return {name: found[name]["state"] for name in ("spf", "dkim", "dmarc")}


def test_a_domain_in_order_is_said_to_be(settings: Any, ada: Any) -> None:
    box = make_mailbox(ada)
    box.address = "ada@halden.example"
    box.save()
    with name_server(GOOD) as address:
        settings.DNS_SERVERS = [address]
        assert states(mailbox_trials.check_domain(box).domain_found) == {"spf": "good", "dkim": "good", "dmarc": "good"}
        exchanges = dns.exchanges("halden.example")
        missing = mailbox_trials.check_domain(box, selector="other").domain_found

    assert exchanges == ["first.halden.example", "aspmx.l.google.com"]
    assert states(missing) == {"spf": "good", "dkim": "missing", "dmarc": "good"}
    assert box.domain_found["dkim"]["words"] == "There is no key under the selector “other”."


def test_without_network_it_says_so_and_stops_nothing(settings: Any, ada: Any) -> None:
    settings.DNS_SERVERS = [f"127.0.0.1:{servers.free_ports(1)[0]}"]
    box = mailbox_trials.check_domain(make_mailbox(ada))

    assert states(box.domain_found) == {"spf": "unknown", "dkim": "unknown", "dmarc": "unknown"}
    assert box.domain_found["spf"]["words"] == "This could not be checked just now: no name server answered."
    assert (box.state, mailbox_trials.guess("pia@halden.example").smtp_host) == ("active", "mail.halden.example")


def texts(**known: Any) -> Callable[[str], list[str]]:
    found = {name.replace("__", "."): value if isinstance(value, list) else [value] for name, value in known.items()}
    return lambda name: found.get(name, [])


@pytest.mark.parametrize(
    ("record", "state", "said"),
    [
        ([], "missing", "does not say which servers"),
        ("v=spf1 mx -all", "good", "says which servers"),
        (["v=spf1 mx -all", "v=spf1 a -all"], "missing", "There are 2 SPF records"),
        ("v=spf1 +all", "weak", "lets any server"),
        ("v=spf1 mx ?all", "weak", "lets any server"),
        ("v=spf1 mx", "weak", "end it with ~all"),
        ("v=spf1 redirect=other.example", "good", "says which servers"),
        ("v=spf1 " + " ".join(f"a:{n}.x.example" for n in range(11)) + " -all", "weak", "11 look-ups"),
        ("v=spf1 include:loop.example -all", "good", "says which servers"),
    ],
)
def test_spf_is_judged(record: Any, state: str, said: str) -> None:
    found = sender_domain.spf(
        "halden.example", texts(halden__example=record, loop__example="v=spf1 include:loop.example ~all")
    )

    assert (found["state"], said in found["words"]) == (state, True)


def test_spf_must_name_the_provider_one_sends_from() -> None:
    asked = texts(halden__example="v=spf1 include:a.example -all", a__example="v=spf1 include:_spf.google.com ~all")
    missing = sender_domain.spf("halden.example", texts(halden__example="v=spf1 mx -all"), "smtp.gmail.com")

    assert sender_domain.spf("halden.example", asked, "smtp.gmail.com")["state"] == "good"
    assert missing["publish"] == "v=spf1 include:_spf.google.com mx -all"


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (KEY, "good"), ("v=DKIM1; p=", "missing"), ("v=DKIM1; k=rsa; p=" + "A" * 100, "weak"), ("v=DKIM1; t=y; p=" + "A" * 300, "weak"),
        ("v=DKIM1; k=ed25519; p=" + "A" * 44, "good"), ([], "missing"),
    ],
)  # fmt: skip
def test_dkim_is_judged(record: Any, state: str) -> None:
    assert (
        sender_domain.dkim("x.example", texts(google___domainkey__x__example=record))["state"] == state
        or state == "missing"
    )
    assert (
        sender_domain.dkim("x.example", lambda name: texts(k=record)("k") if name.startswith("own.") else [], "own")[
            "state"
        ]
        == state
    )


@pytest.mark.parametrize(
    ("record", "state", "said"),
    [
        ([], "missing", "forged mail"), ("v=DMARC1; p=none", "good", "only watches"), ("v=DMARC1; p=reject", "good", "reject"),
        ("v=DMARC1; p=maybe", "missing", "names no policy"), (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "missing", "There are 2"),
    ],
)  # fmt: skip
def test_dmarc_is_judged_at_the_domain_and_above_it(record: Any, state: str, said: str) -> None:
    def ask(name: str) -> list[str]:
        return ([record] if isinstance(record, str) else record) if name == "_dmarc.halden.example" else []

    found = sender_domain.dmarc("mail.halden.example", ask)

    assert (found["state"], said in found["words"]) == (state, True)
