"""R8: a provider's posts again and again, shuffled, side by side, and forged ones among them; effects counted by SQL."""

import http.client
import json
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from multiprocessing.connection import Connection
from typing import Any

from django.db import connection

from crm import clock
from crm.models import Account, Contact, Event, Mailbox, Message, Provider, ProviderPost, Suppression
from crm.rules import provider_post
from crm.services import intake, provider_posts, suppression
from crm.services.filing import Newcomer, add_contacts, create_accounts
from prospecting.models import Attempt, Outgoing
from tests import mailgun
from tests.conftest import CORPORA
from tests.crm.mails import mail
from tests.faults import stage
from tests.faults.senders import IDLE, Program
from tests.faults.web import Web

LONG = {"events": 5_000, "forged": 1_000}
PARALLEL = 16
HANDLERS = 2
COPIES = ((1, 2, 3, 4, 5), (1, 1, 1, 2, 5))  # how often an event is posted, and how often that is so: 3.9 on average
SHARES = (("mail", 40), ("delivered", 20), ("bounced", 20), ("complained", 10), ("unsubscribed", 10))
TAKEN = 200
Post = tuple[str, str, str, bytes]  # tag, door, content type, body


@dataclass
class News:
    """One thing that the provider tells; `again` holds a post of it that was made, and when."""

    kind: str
    name: str
    door: Provider
    message_id: str
    recipient: str
    contact: int | None = None
    row: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    again: tuple[float, Post] | None = None


def run(events: int = 300, forged: int = 60, seed: int = 8) -> dict[str, Any]:
    """Every event once, whatever came how often and in which order; of the forged ones nothing."""
    began, dice = time.monotonic(), random.Random(seed)
    doors = _doors()
    news = _news(doors, events)
    bystanders = list(_people(max(1, forged // 10), "bystander"))
    web = Web().wait()
    handlers = [Program(connection.settings_dict["NAME"], keep_handling) for _ in range(HANDLERS)]
    try:
        posted = post_all(web.port, news, _forged(doors, bystanders, forged, dice), dice)
        stage.wait_until(nothing_waits, "all that was posted is acted on", patience=3600)
    finally:
        for one in handlers:
            one.stop()
        web.stop()
    many = Counter({one.name: 0 for one in news}) + Counter(effects(news))
    found = {one.name: many[one.name] for one in news}
    times = sorted(posted.times)
    return {
        "figure": "R8", "events": events, "posts": len(posted.codes), "forged": len(posted.forged), "parallel": PARALLEL,
        "effects": sum(found.values()), "lost": sum(not n for n in found.values()), "twice": sum(n > 1 for n in found.values()),
        "not_acknowledged": sum(code != TAKEN for code in posted.codes),
        "forged_taken": sum(code == TAKEN for code in posted.forged), "forged_codes": dict(Counter(posted.forged)),
        "forged_effects": effects_of_forged(bystanders), "posts_kept": ProviderPost.objects.count(),
        "set_aside": ProviderPost.objects.filter(state="quarantined").count(),
        "ack_p50_ms": round(statistics.median(times) * 1000, 1), "ack_p95_ms": round(times[int(len(times) * 0.95)] * 1000, 1),
        "ack_max_ms": round(times[-1] * 1000, 1), "posting_s": round(posted.seconds, 1), "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


# What there is to tell -------------------------------------------------------------------------------------------


def _doors() -> list[Provider]:
    """Mailboxes that go through the provider, each with a signing key of its own."""
    _, _, boxes = stage.office(1)
    return [mailgun.joined(box, signing_key=f"signing-{box.pk}") for box in boxes]


def _people(many: int, name: str) -> Iterator[Contact]:
    """As many people, ten at each account."""
    firms = [{"name": f"{name} {n}", "domain": f"{name}{n}.{stage.THEIRS}"} for n in range((many + 9) // 10)]
    accounts: list[Account] = create_accounts(firms, by="the test")
    yield from add_contacts(
        [
            Newcomer(
                accounts[n // 10], role="problem-owner", email=f"p{n}@{name}{n // 10}.{stage.THEIRS}",
                person={"first_name": "Otto", "last_name": f"{name} {n}"},
            )
            for n in range(many)
        ],
        by="the test",
    )  # fmt: skip


def _news(doors: list[Provider], events: int) -> list[News]:
    found: list[News] = []
    for kind, share in SHARES:
        many = events * share // 100
        people = list(_people(many, kind)) if kind not in ("mail", "delivered") else []
        for n in range(many):
            to = people[n].email if people else f"{kind}{n}@{stage.THEIRS}"
            one = News(kind, f"{kind}-{n}", doors[n % len(doors)], f"r8-{kind}-{n}@baton.example", to)
            one.contact = people[n].pk if people else None
            found.append(one)
    _left_earlier([one for one in found if one.kind != "mail"])
    for one in found:
        _describe(one)
    return found


def _left_earlier(news: list[News]) -> None:
    """The mails that the events speak of: sent, or uncertain where an event is to show that it was."""
    now = clock.now()
    accounts = dict(Contact.objects.values_list("pk", "memberships__account"))
    rows = Outgoing.objects.bulk_create(
        Outgoing(
            key=one.name, purpose=Outgoing.Purpose.MEETING, mailbox=one.door.mailbox, to_address=one.recipient,
            state="uncertain" if one.kind == "delivered" else "sent", sent_at=None if one.kind == "delivered" else now,
            contact_id=one.contact, account_id=accounts.get(one.contact), subject="x", body="x", created_at=now, fence=1,
        )
        for one in news
    )  # fmt: skip
    Attempt.objects.bulk_create(
        Attempt(
            outgoing=row, mailbox=one.door.mailbox, message_id=one.message_id, recipient=one.recipient, fence=1, started_at=now,
            outcome="unknown" if one.kind == "delivered" else "accepted", ended_at=now,
            raw=f"From: {one.door.mailbox}\r\nTo: {one.recipient}\r\nSubject: x\r\nMessage-ID: <{one.message_id}>\r\n\r\nx\r\n".encode(),
        )
        for row, one in zip(rows, news, strict=True)
    )  # fmt: skip
    for row, one in zip(rows, news, strict=True):
        one.row = row.pk


def _describe(one: News) -> None:
    given = {"at": clock.now().timestamp(), "id": one.name}
    if one.kind == "bounced":
        one.data = mailgun.failed(one.message_id, one.recipient, **given)
    elif one.kind != "mail":
        one.data = mailgun.event(one.kind, one.message_id, one.recipient, **given)


def _mail_like(message_id: str) -> bytes:
    """A mail that Mailgun once posted, under another Message-ID; where the corpus is missing, one of the tests' own."""
    path = CORPORA / "webhooks" / "multi_mail" / "mailgun" / "raw" / "valid.txt"
    raw = (
        provider_post.fields(mailgun.FORM, path.read_bytes().partition(b"\n\n")[2])["body-mime"]
        if path.exists()
        else mail()
    )
    old = BytesHeaderParser().parsebytes(raw)["Message-ID"]
    return raw.replace(old.encode(), f"<{message_id}>".encode())


def post_of(one: News, signed: dict[str, str]) -> Post:
    if one.kind == "mail":
        return (
            one.door.tag,
            "mime",
            *mailgun.mail(_mail_like(one.message_id), signed, recipient=str(one.door.mailbox)),
        )
    return (one.door.tag, "events", *mailgun.told(one.data, signed))


def real(one: News, dice: random.Random) -> Post:
    """Half of the repetitions are the very bytes of an earlier post, half are signed anew."""
    now = clock.now().timestamp()
    if one.again and now - one.again[0] < 200 and dice.random() < 0.5:
        return one.again[1]
    post = post_of(one, mailgun.signature(now, f"signing-{one.door.mailbox_id}"))
    one.again = (now, post)
    return post


# What is forged --------------------------------------------------------------------------------------------------


def _forged(
    doors: list[Provider], people: list[Contact], many: int, dice: random.Random
) -> list[Callable[[str], Post]]:
    """Functions from the token of a post that was taken to a post that must not be."""
    return [_forge(n, doors, people[n % len(people)], dice.randrange(7)) for n in range(many)]


def _forge(n: int, doors: list[Provider], whom: Contact, way: int) -> Callable[[str], Post]:
    door, other = doors[n % len(doors)], doors[(n + 1) % len(doors)]
    key, named = f"signing-{door.mailbox_id}", f"forged-{n}"

    def make(used: str) -> Post:
        now = clock.now().timestamp()
        signed = (
            lambda: mailgun.signature(now, "guessed"),
            lambda: mailgun.signature(now, f"signing-{other.mailbox_id}"),
            lambda: mailgun.signature(now - 302, key),
            lambda: mailgun.signature(now + 310, key),
            lambda: {
                **mailgun.signature(now - 600, key),
                "timestamp": str(int(now)),
            },  # replayed with a fresh timestamp
            lambda: mailgun.signature(now, key, token=used),  # a token that was used for something else
            lambda: {**mailgun.signature(now, key), "signature": "0" * 64},
        )[way]()
        if n % 3 == 0:
            raw = f"From: {whom.email}\r\nMessage-ID: <{named}@x.example>\r\nSubject: stop\r\n\r\nunsubscribe\r\n".encode()
            return (door.tag, "mime", *mailgun.mail(raw, signed))
        data = mailgun.event(("complained", "unsubscribed")[n % 2], named, whom.email, at=now, id=named)
        return (door.tag, "events", *mailgun.told(data, signed))

    return make


# Posting --------------------------------------------------------------------------------------------------------


class Posted:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.codes: list[int] = []
        self.forged: list[int] = []
        self.times: list[float] = []
        self.tokens: list[str] = []
        self.seconds = 0.0


def post_all(port: int, news: list[News], forged: list[Callable[[str], Post]], dice: random.Random) -> Posted:
    """Sixteen side by side; what a real post's signature bore may then be used by a forged one."""
    work: list[Any] = [one for one in news for _ in range(dice.choices(*COPIES)[0])]
    work += forged
    dice.shuffle(work)
    posted, began = Posted(), time.monotonic()
    threads = [
        threading.Thread(target=_poster, args=(port, work, posted, random.Random(dice.random())), daemon=True)
        for _ in range(PARALLEL)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    posted.seconds = time.monotonic() - began
    return posted


def _poster(port: int, work: list[Any], posted: Posted, dice: random.Random) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        with posted.lock:
            if not work:
                break
            one = work.pop()
            used = dice.choice(posted.tokens) if posted.tokens else ""
        if isinstance(one, News):
            code, took, post = _send(line, real(one, dice))
            with posted.lock:
                posted.codes.append(code)
                posted.times.append(took)
                posted.tokens.append(_token(post))
        elif used:
            code, _, _ = _send(line, one(used))
            with posted.lock:
                posted.forged.append(code)
        else:
            with posted.lock:
                work.insert(0, one)  # it needs a token that was used, and there is none yet
    line.close()


def _send(line: http.client.HTTPConnection, post: Post) -> tuple[int, float, Post]:
    tag, door, kind, body = post
    began = time.perf_counter()
    line.request("POST", f"/hooks/mail/{tag}/{door}", body, {"Content-Type": kind})
    answer = line.getresponse()
    answer.read()
    return answer.status, time.perf_counter() - began, post


def _token(post: Post) -> str:
    _, door, kind, body = post
    signed = json.loads(body)["signature"] if door == "events" else provider_post.fields(kind, body)
    return provider_post.stamp_of(signed).token


# Acting on it, and counting -------------------------------------------------------------------------------------


def keep_handling(line: Connection) -> None:
    """What the workers' sweepers do, until told to stop."""
    while not line.poll():
        if not provider_posts.handle_waiting(50) + intake.handle_unhandled(50):
            time.sleep(IDLE)


def nothing_waits() -> bool:
    waits = ProviderPost.objects.filter(state="waiting").exists() or Message.objects.filter(state="stored").exists()
    return not waits


def effects(news: list[News]) -> dict[str, int]:
    """How often each thing that was told came about, by its name."""
    told = Counter(Message.objects.filter(direction="in").values_list("message_id", flat=True))
    sent = Counter(Event.objects.filter(kind="outgoing.sent").values_list("subject_id", flat=True))
    about = {
        kind: Counter(Event.objects.filter(kind=event).values_list("contact", flat=True))
        for kind, event in (
            ("bounced", "contact.bounced"), ("complained", "suppression.added"), ("unsubscribed", "contact.unsubscribed"),
        )
    }  # fmt: skip
    return {
        one.name: told[one.message_id] if one.kind == "mail" else sent[one.row] if one.kind == "delivered" else about[one.kind][one.contact]
        for one in news
    }  # fmt: skip


def effects_of_forged(people: list[Contact]) -> int:
    """Rows of any kind that a forged post left behind."""
    return (
        ProviderPost.objects.filter(key__contains="forged").count()
        + Message.objects.filter(message_id__startswith="forged").count()
        + Message.objects.filter(from_address__in=[one.email for one in people]).count()
        + len(suppression.standing([one.email for one in people]))
        + Suppression.objects.filter(contact__in=people).count()
        + Mailbox.objects.filter(state="paused").count()
    )
