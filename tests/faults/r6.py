"""R6: SMTP servers that misbehave in every way we know, and the state each message is in afterwards."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from crm.gateways import smtp
from crm.models import Mailbox, User
from crm.services import suppression
from prospecting.models import Outgoing
from prospecting.services import sending
from tests.faults import stage
from tests.faults.scripted import CUT, OK, RESET, SILENT, Scripted
from tests.faults.senders import Program, keep_all_hands_sending

SENT, LATER, PAUSED, BOUNCED, UNCERTAIN = "sent", "later", "paused", "bounced", "uncertain"
QUICK = {"OPERATION_SECONDS": 2, "BEFORE_DATA_SECONDS": 3, "AFTER_DATA_SECONDS": 2}

# what it is, what the server does, what must become of the message, what its mailbox asks for
Behaviour = tuple[str, dict[str, Any], str, dict[str, Any]]
LOGIN = {"username": "ada", "secret": "secret"}
BEHAVIOURS: list[Behaviour] = [
    ("takes it", {}, SENT, {}),
    ("answers byte by byte", {"slow": 0.002}, SENT, {}),
    ("resets at QUIT", {"script": {"quit": RESET}}, SENT, {}),
    ("421 at QUIT", {"script": {"quit": b"421 4.3.2 bye\r\n"}}, SENT, {}),
    ("takes it with 251", {"script": {"rcpt": b"251 2.1.5 will forward\r\n"}}, SENT, {}),
    ("banner 421", {"script": {"banner": b"421 too busy\r\n"}}, LATER, {}),
    ("banner 554", {"script": {"banner": b"554 5.7.1 not you\r\n"}}, PAUSED, {}),
    ("no banner", {"script": {"banner": SILENT}}, LATER, {}),
    ("banner of a byte a second", {"slow": 0.5}, LATER, {}),
    ("banner of 10 MB", {"script": {"banner": b"220 " + b"x" * 10_000_000}}, LATER, {}),
    ("banner without end", {"script": {"banner": b"220-more\r\n" * 100_000}}, LATER, {}),
    ("speaks HTTP", {"script": {"banner": b"HTTP/1.1 400 Bad\r\n"}}, LATER, {}),
    ("hangs up at once", {"script": {"banner": CUT}}, LATER, {}),
    ("EHLO and HELO 421", {"script": {"ehlo": b"421 later\r\n", "helo": b"421 later\r\n"}}, LATER, {}),
    ("hangs up at EHLO", {"script": {"ehlo": CUT}}, LATER, {}),
    ("silent at EHLO", {"script": {"ehlo": SILENT}}, LATER, {}),
    ("wrong password", {"script": {"auth": b"535 5.7.8 no\r\n"}}, PAUSED, LOGIN),
    ("log-in not possible now", {"script": {"auth": b"454 4.7.0 later\r\n"}}, LATER, LOGIN),
    ("no log-in offered", {"script": {"ehlo": b"250 mx.example\r\n"}}, PAUSED, LOGIN),
    ("no encryption offered", {}, PAUSED, {"smtp_security": "starttls"}),
    ("STARTTLS 454", {"script": {"ehlo": b"250-x\r\n250 STARTTLS\r\n", "star": b"454 4.7.0 later\r\n"}}, LATER,
     {"smtp_security": "starttls"}),
    ("STARTTLS, then no TLS", {"script": {"ehlo": b"250-x\r\n250 STARTTLS\r\n", "star": b"220 go\r\n250 not TLS\r\n" * 20}}, PAUSED,
     {"smtp_security": "starttls"}),
    ("TLS asked for, plain spoken", {}, PAUSED, {"smtp_security": "tls"}),
    ("MAIL 451", {"script": {"mail": b"451 4.3.0 later\r\n"}}, LATER, {}),
    ("MAIL 550", {"script": {"mail": b"550 5.7.1 not from you\r\n"}}, PAUSED, {}),
    ("hangs up at MAIL", {"script": {"mail": RESET}}, LATER, {}),
    ("RCPT greylisted", {"script": {"rcpt": b"450 4.7.1 greylisted\r\n"}}, LATER, {}),
    ("RCPT 550 5.1.1", {"script": {"rcpt": b"550 5.1.1 no such user\r\n"}}, BOUNCED, {}),
    ("RCPT 550", {"script": {"rcpt": b"550 no such user\r\n"}}, BOUNCED, {}),
    ("RCPT 554 relay denied", {"script": {"rcpt": b"554 5.7.1 relay access denied\r\n"}}, PAUSED, {}),
    ("RCPT 553 sender unknown", {"script": {"rcpt": b"553 5.1.8 sender domain unknown\r\n"}}, PAUSED, {}),
    ("RCPT 530 log in first", {"script": {"rcpt": b"530 5.7.0 authentication required\r\n"}}, PAUSED, {}),
    ("RCPT 550 with an address in its words", {"script": {"rcpt": b"550 blocked 5.7.1.9 no such user\r\n"}}, BOUNCED, {}),
    ("RCPT 421", {"script": {"rcpt": b"421 4.3.2 shutting down\r\n"}}, LATER, {}),
    ("RCPT 354", {"script": {"rcpt": b"354 go on\r\n"}}, LATER, {}),
    ("RCPT 999", {"script": {"rcpt": b"999 what\r\n"}}, LATER, {}),
    ("hangs up at RCPT", {"script": {"rcpt": CUT}}, LATER, {}),
    ("DATA 451", {"script": {"data": b"451 4.3.0 later\r\n"}}, LATER, {}),
    ("DATA 554", {"script": {"data": b"554 5.7.1 no\r\n"}}, PAUSED, {}),
    ("DATA 250", {"script": {"data": OK}}, LATER, {}),
    ("every answer twice", {"script": dict.fromkeys(("ehlo", "mail", "rcpt"), OK + OK)}, LATER, {}),
    ("552 in the middle of the text", {"script": {"early": b"552 5.3.4 too big\r\n"}}, PAUSED, {}),
    ("resets in the middle of the text", {"half": True}, f"{LATER} or {UNCERTAIN}", {}),
    ("451 after the text", {"script": {"dot": b"451 4.3.0 later\r\n"}}, LATER, {}),
    ("421 after the text", {"script": {"dot": b"421 4.3.2 later\r\n"}}, LATER, {}),
    ("554 spam after the text", {"script": {"dot": b"554 5.7.1 spam\r\n"}}, PAUSED, {}),
    ("552 full after the text", {"script": {"dot": b"552 5.2.2 mailbox full\r\n"}}, BOUNCED, {}),
    ("hangs up after the text", {"script": {"dot": CUT}}, UNCERTAIN, {}),
    ("takes it and hangs up", {"script": {"dot": RESET, "keeps": b"yes"}}, UNCERTAIN, {}),
    ("silent after the text", {"script": {"dot": SILENT}}, UNCERTAIN, {}),
    ("nonsense after the text", {"script": {"dot": b"kept, I think\r\n"}}, UNCERTAIN, {}),
    ("354 after the text", {"script": {"dot": b"354 go on\r\n"}}, UNCERTAIN, {}),
    ("nobody listens", {"script": {}}, LATER, {"smtp_port": 0}),
]  # fmt: skip


def run(mails: int = 2, beside: int = 40) -> dict[str, Any]:
    """`mails` to each server, from a mailbox each; every one must end in the right state and leave at most once.

    Then `beside` mails of mailboxes in order, alone and beside one whose server hangs.
    """
    began = time.monotonic()
    with quick():
        servers = [Scripted(**does) for _, does, _, _ in BEHAVIOURS]
        try:
            _, ada, _ = stage.office(servers[0].port)
            for number, (server, (_, _, _, fields)) in enumerate(zip(servers, BEHAVIOURS, strict=True)):
                port = server.port if fields.get("smtp_port") is None else free_port()
                box = stage.mailbox(ada, 100 + number, port, **{**fields, "smtp_port": port})
                stage.mails_due([box], mails, name=f"b{number}x")
            while never_tried().exists():
                sending.send_due(500)
            found = [judge(number, server) for number, server in enumerate(servers)]
            alone, slowed = seconds_beside(ada, beside, []), seconds_beside(ada, beside, [SILENT])
        finally:
            for server in servers:
                server.stop()
    return {
        "figure": "R6", "behaviours": len(BEHAVIOURS), "mails": len(BEHAVIOURS) * mails,
        "wrong": [words for words in found if words], "beside": beside, "left_alone": alone[0], "left_beside_a_fault": slowed[0],
        "alone_s": alone[1], "slower": round(slowed[1] / alone[1] - 1, 3), "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def never_tried() -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(state="planned", fence=0)


def seconds_beside(ada: User, mails: int, faults: list[bytes]) -> tuple[int, float]:
    """How many mails of four mailboxes left by one sender process, and in how long; `faults` hang at the greeting."""
    name = f"{'beside' if faults else 'alone'}"
    well, ill = Scripted(pause=0.01), [Scripted(script={"ehlo": fault, "helo": fault}) for fault in faults]
    number = 300 + 10 * len(faults)
    sick = [stage.mailbox(ada, number + 5 + n, server.port) for n, server in enumerate(ill)]
    if sick:
        stage.mails_due(sick, mails, name=f"sick{name}")  # first in the queue
    stage.mails_due([stage.mailbox(ada, number + n, well.port) for n in range(4)], mails, name=name)
    sender = Program(connection.settings_dict["NAME"], keep_all_hands_sending, name)
    try:
        sender.is_ready()
        began = time.monotonic()
        stage.wait_until(lambda: len(well.taken) == mails, "mail leaves beside a server that hangs", 120 + mails)
        return len(well.taken), round(max(at for _, at in well.asked) - began, 2)
    finally:
        sender.kill()
        for server in [well, *ill]:
            server.stop()


def judge(number: int, server: Scripted) -> str:
    """What is wrong with the messages that went to one server; empty when nothing is."""
    name, _, wanted, _ = BEHAVIOURS[number]
    box = Mailbox.objects.get(address=f"ada{100 + number}@baton.example")
    rows = Outgoing.objects.filter(mailbox=box)
    seen = {state_of(row, box) for row in rows}
    sent = {row.to_address for row in rows if row.state == "sent"}
    burnt = suppression.standing([row.to_address for row in rows]) if wanted in (LATER, PAUSED) else set()
    if not seen <= set(wanted.split(" or ")) or not seen:
        return f"{name}: {', '.join(sorted(seen))} instead of {wanted}"
    if max(server.taken.values(), default=0) > 1 or (wanted == SENT and sent != set(server.taken)) or burnt:
        return f"{name}: taken {dict(server.taken)}, sent {sorted(sent)}, burnt {burnt}"
    return ""


def state_of(row: Outgoing, box: Mailbox) -> str:
    if row.state == "planned":
        return PAUSED if box.state == "paused" else LATER
    return str(row.state)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def quick() -> Iterator[None]:
    """Seconds instead of minutes for what takes its time."""
    before = {name: getattr(smtp, name) for name in QUICK}
    inside, settings.INSIDE_ADDRESSES = settings.INSIDE_ADDRESSES, ["127.0.0.0/8"]
    for name, seconds in QUICK.items():
        setattr(smtp, name, seconds)
    try:
        yield
    finally:
        settings.INSIDE_ADDRESSES = inside
        for name, seconds in before.items():
            setattr(smtp, name, seconds)
