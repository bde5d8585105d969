"""Walks through everything that the sending and the ingesting path can do; a second walk finishes what a first one began."""

from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from django.db import connections

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Conversation, Mailbox, Message, Provider, User
from crm.services import contacts, intake, provider_posts, registries
from crm.signals import message_received
from prospecting.models import Attempt, Enrollment, Outgoing, Segment, SequenceVersion, Touch
from prospecting.services import enrollment, segments, sending
from tests import mailgun
from tests.faults.stage import THEIRS
from tests.prospecting.world import account_named, person_at

ELSEWHERE = "elsewhere.example"


def prepare_sending(name: str) -> None:
    """What a tour finds: one whose sender died, one uncertain, one whose mailbox is paused, a call to make."""
    ada, box = User.objects.get(email="ada@faults.example"), Mailbox.objects.get(address="ada0@baton.example")
    paused = Mailbox.objects.get(address="ada3@baton.example")
    for what, state in (("dead", "in_flight"), ("open", "uncertain")):
        row = outgoing(
            f"{name}:{what}", box, f"{name}-{what}@{ELSEWHERE}", state=state, lease_until="2020-01-01T00:00:00Z"
        )
        outcome = "in_flight" if what == "dead" else "unknown"
        Attempt.objects.create(
            outgoing=row, mailbox=box, message_id=f"{name}-{what}@baton.example", recipient=row.to_address, fence=0,
            raw=b"From: ada0@baton.example\r\nTo: x@elsewhere.example\r\nSubject: x\r\n\r\nx\r\n", outcome=outcome,
            started_at=clock.now(),
        )  # fmt: skip
    # An answer that quotes it: the first one did arrive.
    Message.objects.create(
        direction="in", state="handled", content_hash=name, message_id=f"{name}-answer@{ELSEWHERE}",
        in_reply_to=f"{name}-dead@baton.example", at=clock.now(),
    )  # fmt: skip
    outgoing(f"{name}:held", paused, f"{name}-held@{ELSEWHERE}")
    steps_due(ada, name)
    walk = Enrollment.objects.select_related("account").earliest("pk")
    first = Touch.objects.filter(enrollment=walk).earliest("pk")
    callee = Contact.objects.create(
        first_name=name, last_name="C", email=f"{name}-c@{ELSEWHERE}", created_at=clock.now()
    )
    Touch.objects.create(
        enrollment=walk, account=walk.account, contact=callee, visit=first.visit, step=first.step, channel="call",
        due_on=clock.today(), why=name, created_at=clock.now(),
    )  # fmt: skip
    Conversation.objects.create(
        team=ada.team, mailbox=box, root_message_id=f"{name}@{ELSEWHERE}", subject="Hello", last_message_at=clock.now(),
        created_at=clock.now(),
    )  # fmt: skip


def steps_due(ada: User, name: str) -> None:
    """Two steps at one account, the second for somebody whose stage is not open: the batch of the first gives it back."""
    account = account_named(f"Tour {name}", owner=ada)
    contacts.add_contact(
        account, by="the test", role="problem-owner", first_name="Otto", last_name="T", email=f"{name}+4@{THEIRS}"
    )
    anna = person_at(account, "Anna T", "approver")
    segment, version = Segment.objects.get(), SequenceVersion.objects.get(state="published")
    segments.refresh_list(segment)
    walk = enrollment.enroll(account, segment=segment, sequence_version=version, prospector=ada, by=ada)
    first = Touch.objects.select_related("step").get(enrollment=walk)
    later = version.steps.filter(role__slug="approver", channel="email").earliest("order")
    Touch.objects.create(
        enrollment=walk, account=account, contact=anna, visit=first.visit, step=later, channel="email",
        due_on=first.due_on, created_at=clock.now(),
    )  # fmt: skip


def outgoing(key: str, box: Mailbox, address: str, **fields: Any) -> Outgoing:
    return Outgoing.objects.create(
        key=key, purpose="meeting", mailbox=box, to_address=address, subject="Hello", body="Hello", created_at=clock.now(),
        **fields,
    )  # fmt: skip


def send(line: Connection | None, name: str) -> None:
    ada, box = User.objects.get(email="ada@faults.example"), Mailbox.objects.get(address="ada0@baton.example")
    sending.meeting_mail(
        f"{name}:meeting",
        to_address=f"{name}+1@{THEIRS}",
        to_name="Otto",
        subject="Monday",
        body="At ten.",
        mailbox=box,
    )
    sending.internal_mail(f"{name}:internal", f"{name}+2@{THEIRS}", "For you", "A note.")
    thread = Conversation.objects.get(root_message_id=f"{name}@{ELSEWHERE}")
    with suppress(Refused):
        answer = sending.answer(thread, "Thanks.", by=ada, to=f"{name}+3@{THEIRS}", key=name)
        sending.undo(answer, by=ada)
    sending.send_due(20, worker=name)
    sending.reap()
    sending.reconcile()
    with suppress(Refused):
        sending.settle_uncertain(Outgoing.objects.get(key=f"{name}:open"), "dropped", by=ada)
    with suppress(Refused):
        sending.log_touch(Touch.objects.get(channel="call", why=name), outcome="spoke", reached=True, by=ada)
    if line:
        connections.close_all()


# Taking in -------------------------------------------------------------------------------------------------------


def explode(message: Message, **_: Any) -> None:
    if "poison" in message.subject:
        raise RuntimeError("a mail that nobody can handle")


def letters(name: str) -> dict[str, bytes]:
    """From a person of an account, from nobody we know, and one whose handling fails every time."""
    return {
        "known": letter(name, "known", f"t0+0@{THEIRS}", "Sounds good"),
        "stranger": letter(name, "stranger", f"{name}@{ELSEWHERE}", "Who are you?"),
        "poison": letter(name, "poison", f"t0+0@{THEIRS}", "poison"),
    }


def letter(name: str, what: str, sender: str, subject: str) -> bytes:
    return (
        f"From: {sender}\r\nTo: ada0@baton.example\r\nSubject: {subject} {name}\r\nMessage-ID: <{name}-{what}@{ELSEWHERE}>\r\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nHello Ada, tell me more about {name}.\r\n"
    ).encode()


def ingest(line: Connection | None, name: str) -> None:
    """Redelivered as a mail server would, handled, set aside after three failures, looked at by a person."""
    message_received.connect(explode, dispatch_uid="explode")
    ada = User.objects.get(email="ada@faults.example")
    for raw in letters(name).values():
        intake.receive(raw, recipients=["ada0@baton.example"])
    for _ in range(4):
        intake.handle_unhandled()
    poison = Message.objects.get(message_id=f"{name}-poison@{ELSEWHERE}")
    if poison.state == "quarantined":
        with suppress(Refused):
            intake.release(poison, by=ada)
    for _ in range(4):
        intake.handle_unhandled()
    stranger = Message.objects.get(message_id=f"{name}-stranger@{ELSEWHERE}")
    with suppress(Refused):
        intake.assign(stranger, Account.objects.earliest("pk"), by=ada)
    if line:
        connections.close_all()


# A provider's posts ----------------------------------------------------------------------------------------------


def explode_at_poison(mailbox: Mailbox, told: Any) -> None:
    if "poison" in told.message_id:
        raise RuntimeError("news that nobody can act on")


def prepare_news(name: str) -> None:
    """A mail of which nobody knows whether it arrived, until the provider says so."""
    row = outgoing(f"{name}:told", Provider.objects.get().mailbox, f"{name}@{ELSEWHERE}", state="uncertain", fence=1)
    Attempt.objects.create(
        outgoing=row, mailbox=row.mailbox, message_id=f"{name}-told@baton.example", recipient=row.to_address, fence=1,
        raw=b"From: x\r\n\r\nx\r\n", outcome="unknown", started_at=clock.now(),
    )  # fmt: skip


def posts(name: str, door: Provider) -> list[tuple[str, str, bytes]]:
    """The same post each time it is made: a mail, the news of an arrival, and news that fails whoever acts on it."""
    now, began = clock.now().timestamp(), Attempt.objects.get(message_id=f"{name}-told@baton.example").started_at

    def signed(what: str) -> dict[str, str]:
        return mailgun.signature(now, token=f"{name}-{what}")

    def news(what: str) -> tuple[str, bytes]:
        data = mailgun.event(
            "delivered",
            f"{name}-{what}@baton.example",
            f"{name}@{ELSEWHERE}",
            at=began.timestamp(),
            id=f"{name}-{what}",
        )
        return mailgun.told(data, signed(what))

    mail = mailgun.mail(posted_letter(name), signed("mail"), recipient=str(door.mailbox))
    return [("mail", *mail), ("event", *news("told")), ("event", *news("poison"))]


def posted_letter(name: str) -> bytes:
    return letter(name, "posted", f"t0+0@{THEIRS}", "Sounds good")


def be_told(line: Connection | None, name: str) -> None:
    """Posted again, acted on, set aside after three failures, tried once more by a person's word."""
    if explode_at_poison not in registries.provider_told:
        registries.provider_told.append(explode_at_poison)
    ada, door = User.objects.get(email="ada@faults.example"), Provider.objects.select_related("mailbox").get()
    for kind, content_type, body in posts(name, door):
        provider_posts.take(door.tag, kind, content_type, body)
    for _ in range(4):
        provider_posts.handle_waiting()
    provider_posts.release(door.mailbox, by=ada)
    for _ in range(4):
        provider_posts.handle_waiting()
        intake.handle_unhandled()
    registries.provider_told.remove(explode_at_poison)
    if line:
        connections.close_all()
