"""The small world one step further: a first mail has left, so that somebody can answer it."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

from appointments.models import Classification, WorkItem
from appointments.services import booking, classifying, offers
from crm import clock
from crm.models import Mailbox, Message
from crm.services import intake
from prospecting.models import Reply, Touch
from prospecting.services import sending
from tests.prospecting.world import MONDAY, Server, enrolled, small_world


def reached(ada: Any, noor: Any) -> SimpleNamespace:
    """One account enrolled, its problem owner written to, and everybody's mail accepted by a server that is played."""
    world = small_world(ada)
    Mailbox.objects.create(
        address="baton@baton.example", internal=True, smtp_host="127.0.0.1", smtp_port=2525, smtp_security="none",
        created_at=MONDAY,
    )  # fmt: skip
    world.enrollment, world.noor, world.server = enrolled(world), noor, Server()
    sending.send_due(hand_over=world.server)
    world.touch = Touch.objects.get(contact=world.joost, state="sent")
    return world


GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}


def booked(ada: Any, noor: Any) -> SimpleNamespace:
    """Joost answered and took Tuesday the 16th, 11:00 in Amsterdam, with Noor."""
    world = reached(ada, noor)
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    offer = offers.offer(item, [at(16, 9)], by=ada)
    world.meeting = booking.book(offer, at(16, 9), key="form", **GUEST)
    return world


def hear(
    world: SimpleNamespace, text: str, *, sender: str = "", name: str = "Joost Dekker", came: datetime | None = None, **headers: str
) -> Message:  # fmt: skip
    """A real MIME message comes in through the door as the answer to what was sent; `came`: when it did, if not now."""
    sent = world.touch.message
    mail = EmailMessage()
    mail["From"] = f"{name} <{sender or world.joost.email}>"
    mail["To"] = world.mailbox.address
    mail["Subject"] = f"Re: {sent.subject}"
    mail["Message-ID"] = f"<{abs(hash((text, sender, clock.now())))}@customer.example>"
    mail["In-Reply-To"] = sent.message_id if sent.message_id.startswith("<") else f"<{sent.message_id}>"
    for header, value in headers.items():
        mail[header.replace("_", "-")] = value
    mail.set_content(text)
    return intake.receive(mail.as_bytes(), recipients=[world.mailbox.address], at=came or clock.now())


def replied(world: SimpleNamespace, text: str, **facts: Any) -> Reply:
    return Reply.objects.get(message=hear(world, text, **facts))


def read_as(world: SimpleNamespace, label: str, text: str, **facts: Any) -> Reply:
    """The same, labelled by a person where the machine left it to one."""
    reply = replied(world, text, **facts)
    if judgement(reply).needs_person:
        classifying.correct(reply, label, by=world.ada)
        reply.refresh_from_db()
    assert reply.label == label
    return reply


def item_of(reply: Reply) -> WorkItem:
    return WorkItem.objects.select_related("account", "contact", "conversation", "setter", "team", "reply").get(
        reply=reply
    )


def judgement(reply: Reply) -> Classification:
    return Classification.objects.get(reply=reply, undone_at=None)


def leave_all(world: SimpleNamespace) -> list[Any]:
    """Whatever is due leaves, eleven seconds from now; what the server got by it."""
    before = len(world.server.kept)
    with clock.at(clock.now() + timedelta(seconds=11)):
        sending.send_due(hand_over=world.server)
    return world.server.kept[before:]


def later(**delta: int) -> Any:
    return clock.at(clock.now() + timedelta(**delta))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return MONDAY.replace(day=day, hour=hour, minute=minute)
