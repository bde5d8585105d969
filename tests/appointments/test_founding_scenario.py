"""One account with operations, finance, IT and an admin at the gate: silence, then every answer the problem owner may give."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from appointments.models import WorkItem
from appointments.services import classifying, work_items
from crm import clock
from crm.models import Account, Contact, Event, Mailbox, Membership, Suppression
from crm.services import intake
from prospecting.models import Enrollment, Milestone, Reply, Touch
from prospecting.rules.labels import PRECEDENCE
from prospecting.services import enrollment, planner, routes, segments, sending, sequences
from tests.appointments.world import hear, judgement
from tests.prospecting.world import MONDAY, Server, account_named, enrolled, mailbox_of, person_at

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
ANSWERED_AT = MONDAY + timedelta(hours=1)  # Monday 8 June, 11:00 in London: an hour after the first mail
PEOPLE = {
    "Olga Prins": "problem-owner",
    "Iris Tan": "technical-evaluator",
    "Finn Berg": "budget-owner",
    "Gerda Moor": "gatekeeper",
}
SILENCE = {"silence": {"touches": 2, "working_days": 5}}
STAGES = [
    {"name": "Operations", "roles": ["problem-owner"], "gate": {"start": {}}},
    {"name": "IT", "roles": ["technical-evaluator"], "gate": {"any": [SILENCE, {"referral": {"role": "technical-evaluator"}}]}},
    {"name": "Finance", "roles": ["budget-owner"], "gate": {"any": [SILENCE, {"referral": {"role": "budget-owner"}}]}},
    {"name": "Gate", "roles": ["gatekeeper"], "gate": SILENCE},
]  # fmt: skip


def founded(ada: Any) -> SimpleNamespace:
    """Everybody known, the walk begun, the first mail gone to operations and the second one planned."""
    account = account_named("Northwind", owner=ada)
    people = {name.partition(" ")[0].lower(): person_at(account, name, role) for name, role in PEOPLE.items()}
    version = routes.publish(routes.draft(routes.create_route("Ops-led", by=ada), STAGES, by=ada), by=ada)
    segment = segments.create_segment(
        name="Stores", statement="Operations decides.", rule="sites > 1", route_version=version, by=ada
    )
    segments.publish(segment.versions.get(), by=ada)
    buying = routes.draft(routes.create_route("Buying-led", by=ada), [{"roles": ["procurement"]}], by=ada)
    routes.set_variant(segment, "Purchasing", "sites > 99", routes.publish(buying, by=ada), by=ada)
    world = SimpleNamespace(
        ada=ada, account=account, segment=segment, mailbox=mailbox_of(ada), server=Server(), **people
    )
    world.sequence = sequence(ada)
    Mailbox.objects.create(
        address="baton@baton.example", internal=True, smtp_host="127.0.0.1", smtp_port=2525, smtp_security="none",
        created_at=MONDAY,
    )  # fmt: skip
    world.joost = world.olga  # whom `hear` answers as
    world.enrollment = enrolled(world)
    work(world)
    world.touch = Touch.objects.select_related("message").get(contact=world.olga, state="sent")
    return world


def sequence(ada: Any) -> Any:
    """Two mails for each role, three working days apart; one for purchasing."""
    hello = sequences.save_template("Hello", subject="One logbook", body="Hello {{first_name}}?", by=ada)
    again = sequences.save_template("Again", subject="", body="Still you, {{first_name}}?", by=ada)
    steps = [
        {"role": role, "template": text, "wait_days": wait}
        for role in PEOPLE.values()
        for text, wait in ((hello, 0), (again, 3))
    ]
    steps.append({"role": "procurement", "template": hello})
    return sequences.publish(sequences.draft(sequences.create_sequence("Four roles", by=ada), steps, by=ada), by=ada)


@pytest.fixture
def world(ada: Any, ben: Any, ruth: Any, once: Any) -> Any:
    with clock.at(MONDAY):
        yield once(founded, ada)


def work(world: SimpleNamespace) -> None:
    """The clock wakes who rests, the planner plans, the sender sends, until nothing is left to do now."""
    enrollment.wake_resting(clock.now())
    while planner.plan_due() + sending.send_due(hand_over=world.server):
        pass


def pass_days(world: SimpleNamespace, first: int, last: int) -> None:
    for n in range(first, last + 1):
        with clock.at(ANSWERED_AT + timedelta(days=n)):
            work(world)


def day(moment: Any) -> str:
    return f"{moment:%a} {moment.day} {moment:%b}"


def mails(world: SimpleNamespace, since: datetime = MONDAY) -> list[str]:
    """Who was written to, and when, in this order."""
    rows = (
        Touch.objects.filter(account=world.account, sent_at__gte=since)
        .select_related("contact")
        .order_by("sent_at", "pk")
    )
    return [f"{row.contact.first_name} {day(row.sent_at)}" for row in rows]


# Silence -----------------------------------------------------------------------------------------------------------


def test_sixty_days_of_silence_walk_the_route_from_operations_to_the_gate(world):
    pass_days(world, 1, 60)
    assert mails(world) == [
        "Olga Mon 8 Jun", "Olga Thu 11 Jun",  # five working days of silence after the second
        "Iris Thu 18 Jun", "Iris Tue 23 Jun",
        "Finn Tue 30 Jun", "Finn Fri 3 Jul",
        "Gerda Fri 10 Jul", "Gerda Wed 15 Jul",
    ]  # fmt: skip
    walk = Enrollment.objects.get(pk=world.enrollment.pk)
    assert (walk.state, day(walk.ended_at)) == ("finished", "Wed 29 Jul")  # ten working days of patience


# The matrix --------------------------------------------------------------------------------------------------------

Answer = Callable[[SimpleNamespace], Any]


def says(text: str, **facts: str) -> Answer:
    return lambda world: hear(world, text, name="Olga Prins", **facts)


def finance_says(text: str) -> Answer:
    return lambda world: hear(world, text, sender=world.finn.email, name="Finn Berg")


def report(kind: str, status: str = "", text: str = "refused") -> Answer:
    """What a server says of the mail to operations."""

    def arrives(world: SimpleNamespace) -> Any:
        sent, to = world.touch.message.message_id.strip("<>"), world.olga.email
        fields = {
            "delivery-status": f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {to}\nAction: failed\n"
            f"Status: {status}\nDiagnostic-Code: smtp; 550 {status} {text}\n",
            "feedback-report": "Feedback-Type: abuse\nUser-Agent: Test/1\nVersion: 1\n",
        }[kind]
        raw = (
            f"From: Mail Delivery System <mailer-daemon@mx.example>\nTo: {world.mailbox.address}\nSubject: Report\n"
            f"Message-ID: <report@mx.example>\nIn-Reply-To: <{sent}>\nMIME-Version: 1.0\n"
            f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
            f"--b\nContent-Type: text/plain\n\nA report.\n--b\nContent-Type: message/{kind}\n\n{fields}\n"
            f"--b\nContent-Type: message/rfc822\n\nMessage-ID: <{sent}>\nTo: {to}\n\nHello\n--b--\n"
        )
        return intake.receive(raw.encode(), recipients=[world.mailbox.address], at=clock.now())

    return arrives


@dataclass(frozen=True)
class Row:
    """A row of the matrix for one answer: what it does to person and account, what work it makes, who is written to next."""

    label: str
    case: str
    answer: Answer
    contact: str
    account: str
    item: str  # what, until when in London, whose
    mails: tuple[str, ...] = ()  # of the ten days that follow, while nobody does the work


AWAY = {"Auto_Submitted": "auto-replied"}
PAUSED = "paused; open: Operations"
ON = "goes on; open: Operations"
SECOND = ("Olga Thu 11 Jun",)

# fmt: off
MATRIX = [
    Row("bounce", "hard", report("delivery-status", "5.1.1", "User unknown"),
        "suppressed", "goes on; open: Operations; Contacted voided; problem-owner missing", "refresh_data, Wed 10:00, Ada"),
    Row("bounce", "soft", report("delivery-status", "4.2.2", "Mailbox full"),
        "as before", ON, "none", (*SECOND, "Iris Thu 18 Jun")),
    Row("bounce", "block", report("delivery-status", "5.7.1", "Blocked, listed at Spamhaus"),
        "as before", ON, "mailbox_alert, Wed 10:00, Ada", (*SECOND, "Iris Thu 18 Jun")),
    Row("out_of_office", "dated", says("I am out of office and back on Monday 15 June.", **AWAY),
        "away until 15 Jun", f"{ON}; patience until 16 Jun", "none", ("Olga Tue 16 Jun",)),
    Row("out_of_office", "undated", says("I am out of the office with limited access to mail.", **AWAY),
        "away until 19 Jun", f"{ON}; patience until 22 Jun", "none", ()),
    Row("auto_reply", "receipt", says("Thank you for contacting us. This is an automated message, please do not reply.", **AWAY),
        "as before", ON, "none", (*SECOND, "Iris Thu 18 Jun")),
    Row("auto_reply", "changed address", says("This is an automated message. My new email address is olga@northwind-group.example.", **AWAY),
        "as before", ON, "check_change, Wed 10:00, Ada", (*SECOND, "Iris Thu 18 Jun")),
    Row("left_company", "", says("I no longer work at Northwind."),
        "left", "goes on; open: Operations; problem-owner missing", "find_successor, Tue 10:30, Ada"),
    Row("unsubscribe", "plain", says("Please remove me from your list."),
        "stopped, suppressed", PAUSED, "confirm_opt_out, Tue 10:30, Ada"),
    Row("unsubscribe", "company", says("Do not contact me or anyone at our company again."),
        "stopped, suppressed", "walk closed; account closed; account suppressed", "confirm_opt_out, Tue 10:30, Ada"),
    Row("unsubscribe", "legal", says("Stop writing to me or I will take legal action."),
        "stopped, suppressed", "walk closed; account closed; account suppressed", "confirm_opt_out, Mon 12:00, Ruth"),
    Row("unsubscribe", "complaint", report("feedback-report"),
        "stopped, suppressed", PAUSED, "confirm_opt_out, Mon 12:00, Ruth"),
    Row("meeting_request", "", says("Tuesday works, can you send an invite?"),
        "stopped", PAUSED, "answer_with_slots, Mon 11:05, Ada"),
    Row("interested", "", says("Sounds interesting, tell me more."),
        "stopped", PAUSED, "answer, Mon 12:00, Ada"),
    Row("question", "", says("What does it cost for three sites?"),
        "stopped", PAUSED, "answer_from_playbook, Mon 12:00, Ada"),
    Row("referral", "person", says("Please speak to our CFO Vera Lund (vera@northwind.example), she handles this."),
        "stopped", "goes on; open: Operations, Finance; Vera is budget-owner", "write_to_referred, Mon 15:00, Ada",
        ("Finn Wed 10 Jun", "Vera Fri 12 Jun", "Finn Tue 16 Jun", "Vera Thu 18 Jun")),
    Row("referral", "department", says("Please contact our purchasing department about this."),
        "stopped, is gatekeeper", "goes on; open: Procurement; route Buying-led", "find_person, Tue 10:30, Ada"),
    Row("wrong_person", "", says("I think you have the wrong person, this is not my area."),
        "is unknown", "goes on; open: Operations, IT; problem-owner missing", "correct_role, Tue 10:30, Ada",
        ("Iris Wed 10 Jun", "Iris Mon 15 Jun")),
    # It is they who hear from us after the rest, which ends the stop.
    Row("not_now", "dated", says("Not now. Please write again on 15 September."),
        "stopped", "rests until 1 Sep; open: Operations", "none"),
    Row("not_now", "undated", says("We are too busy at the moment, perhaps later."),
        "stopped", "rests until 6 Sep; open: Operations", "set_date, Tue 10:30, Ada"),
    Row("objection_price", "", says("We have no budget for this, it is far too expensive for us."),
        "stopped", PAUSED, "answer_objection, Mon 15:00, Ada"),
    Row("objection_competitor", "renewal", says("We use another supplier, and the contract renews on 1 March 2027."),
        "stopped", f"{PAUSED}; renewal 1 Mar", "answer_objection, Mon 15:00, Ada"),
    Row("objection_authority", "", says("I cannot decide this here, head office makes all such choices."),
        "stopped, is gatekeeper", f"{PAUSED}; variant proposed", "find_decider, Tue 10:30, Ada"),
    Row("objection_other", "", says("We are only six people, I doubt that this fits a firm as small as ours."),
        "stopped", PAUSED, "person_answers, Mon 15:00, Ada"),
    Row("not_interested", "of operations", says("Not interested, thanks."),
        "stopped", "goes on; open: Operations, IT", "give_reason, Tue 10:30, Ada", ("Iris Thu 18 Jun",)),
    Row("not_interested", "of finance, who decides", finance_says("Not interested, thanks."),
        "Finn stopped", "rests until 5 Dec; open: Operations", "give_reason, Tue 10:30, Ada"),
    Row("other", "", says("The harbour looks nice in June."),
        "as before", PAUSED, "read_and_label, Mon 15:00, Ada"),
]
# fmt: on


def named(row: Row) -> str:
    return f"{row.label} {row.case}".strip()


def each_row(test: Any) -> Any:
    return pytest.mark.parametrize("row", MATRIX, ids=named)(test)


# What the database says, in the words of the table --------------------------------------------------------------------


def contact_says(world: SimpleNamespace) -> str:
    return (
        ", ".join(said for name in ("olga", "finn") for said in person_says(getattr(world, name).pk, name))
        or "as before"
    )


def person_says(pk: int, name: str) -> list[str]:
    person = Contact.objects.get(pk=pk)
    here = Membership.objects.filter(contact=person, until=None).select_related("role").first()
    role = {"olga": "problem-owner", "finn": "budget-owner"}[name]
    found = [
        ("stopped", person.stopped_at is not None),
        ("suppressed", Suppression.objects.filter(kind="address", value=person.email, lifted_at=None).exists()),
        (f"away until {person.away_until:%-d %b}" if person.away_until else "", person.away_until is not None),
        ("left", here is None),
        (f"is {here.role.slug}" if here else "", here is not None and here.role.slug != role),
    ]
    return [said if name == "olga" else f"{name.capitalize()} {said}" for said, holds in found if holds]


def account_says(world: SimpleNamespace) -> str:
    account, walk = Account.objects.get(pk=world.account.pk), Enrollment.objects.get(pk=world.enrollment.pk)
    state = {"active": "goes on", "paused": "paused", "closed": "walk closed"}.get(walk.state, "")
    rests = f"rests until {walk.rests_until:%-d %b}" if walk.state == "resting" else ""
    assert walk.rests_until == account.rests_until
    visits = walk.visits.select_related("stage").order_by("stage__order")
    opened = ", ".join(visit.stage.name for visit in visits if visit.state == "open")
    until = next((visit.waits_until for visit in visits if visit.waits_until), None)
    happened = set(Event.objects.filter(account=account).values_list("kind", flat=True))
    missing = Event.objects.filter(account=account, kind="role.missing").first()
    vera = Membership.objects.filter(contact__first_name="Vera", until=None).select_related("role").first()
    found = [
        state or rests,
        "account closed" if account.is_closed else "",
        f"open: {opened}" if opened else "",
        f"route {walk.route_version.route}" if walk.route_version.route.name != "Ops-led" else "",
        "account suppressed" if Suppression.objects.filter(kind="account", lifted_at=None).exists() else "",
        "Contacted voided" if Milestone.objects.filter(enrollment=walk, rung="contacted", voids=True).exists() else "",
        f"{missing.facts['role']} missing" if missing else "",
        f"patience until {until:%-d %b}" if until else "",
        f"Vera is {vera.role.slug}" if vera else "",
        f"renewal {account.renewal_on:%-d %b}" if account.renewal_on else "",
        "variant proposed" if "route.variant_proposed" in happened else "",
    ]
    return "; ".join(filter(None, found))


def item_says(world: SimpleNamespace) -> str:
    item = WorkItem.objects.filter(account=world.account).exclude(state="done").select_related("setter").first()
    return f"{item.what}, {item.due_at.astimezone(LONDON):%a %H:%M}, {item.setter}" if item else "none"


def answered(world: SimpleNamespace, row: Row) -> Reply:
    with clock.at(ANSWERED_AT):
        reply = Reply.objects.get(message=row.answer(world))
        if judgement(reply).needs_person:  # whatever the machine dares to decide, its row does the same
            classifying.correct(reply, row.label, by=world.ada)
            reply.refresh_from_db()
        work(world)
    return reply


@each_row
def test_what_operations_says_does_what_its_row_says(world: SimpleNamespace, row: Row) -> None:
    reply = answered(world, row)

    assert reply.label == row.label
    assert contact_says(world) == row.contact
    assert account_says(world) == row.account
    assert item_says(world) == row.item
    pass_days(world, 1, 10)
    assert tuple(mails(world, ANSWERED_AT)) == row.mails


def test_the_table_has_a_row_for_every_label() -> None:
    assert {row.label for row in MATRIX} == set(PRECEDENCE)


# Undone ------------------------------------------------------------------------------------------------------------

# A bounce stays a fact of the touch, and a walk that ended stays ended: the account may be enrolled anew.
STAYS = {
    "bounce hard": f"{PAUSED}; Contacted voided; problem-owner missing",
    "left_company": f"{PAUSED}; problem-owner missing",
    "wrong_person": f"{PAUSED}; problem-owner missing",
    "objection_authority": f"{PAUSED}; variant proposed",
    "unsubscribe company": "walk closed",
    "unsubscribe legal": "walk closed",
}


@pytest.mark.parametrize("row", MATRIX[:-1], ids=named)
def test_undoing_it_gives_back_what_it_took_and_the_walk_goes_on_where_it_was(world: SimpleNamespace, row: Row) -> None:
    reply = answered(world, row)

    with clock.at(ANSWERED_AT + timedelta(minutes=5)):
        classifying.undo(judgement(reply), by=world.ada)
        assert contact_says(world) == "as before"
        assert account_says(world) == STAYS.get(named(row), PAUSED)
        assert item_says(world).startswith("read_and_label")
        assert "stays sent" in Event.objects.filter(kind="reply.label_undone").latest("pk").why
        item = WorkItem.objects.exclude(state="done").get(account=world.account)
        work_items.done(item, outcome="answered", next="resume", by=world.ada)

    pass_days(world, 1, 4)
    assert tuple(mails(world, ANSWERED_AT)) == (() if account_says(world).startswith("walk closed") else SECOND)
