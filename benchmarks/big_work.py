"""What is done with a big installation's accounts: one list, walks on a route, answers and the work they make."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from appointments.models import WorkItem
from appointments.services.starting import ensure_starting
from benchmarks.big import SEED, commas, falling, spread
from benchmarks.copying import copy, filling
from crm import clock
from crm.models import Conversation, Mailbox, Membership, Message, Team, User
from crm.services import mailboxes
from prospecting.models import Enrollment, ListEntry, Reply, Segment, SequenceVersion, StageVisit, Touch
from prospecting.rules import labels
from prospecting.services import routes, segments, sequences
from prospecting.services.starting import ensure_policy

OPEN_EACH = 60  # work that waits for each person, at any size
CALLS_EACH = 10
STAGES: list[dict[str, Any]] = [
    {"name": "Problem owner", "roles": ["problem-owner"], "max_people": 2, "gate": {"start": {}}},
    {"name": "Approver", "roles": ["approver"], "gate": {"silence": {"touches": 2, "working_days": 3}}},
]
ENTRY = "id target_list_id account_id version_in_id entered_at entered_reason version_out_id left_at left_reason window_open"
WALK = """id account_id prospector_id segment_version_id route_version_id sequence_version_id policy_id state reason in_conversation
paused_by_hand started_at ended_at next_words"""
VISIT = "id enrollment_id account_id stage_id state why opened_at"
TOUCH = """id enrollment_id account_id contact_id visit_id step_id channel state due_on why outcome reached sent_at created_at
lease_owner fence tries waits_because"""
CONVERSATION = "id team_id mailbox_id account_id root_message_id tag subject last_message_at created_at"
MESSAGE = """id direction state content_hash message_id in_reply_to "references" from_address from_name "to" cc subject text html newest
signature quoted kind certainly_machine matched_by account_id conversation_id team_id failures last_error at"""
REPLY = "id message_id account_id conversation_id team_id label secondary counts at"
ITEM = """id conversation_id team_id account_id person_address reply_id setter_id state what due_at outcome next done_at since asked_at
created_at"""


def work(accounts: int, seed: int = SEED) -> Segment:
    """After `big.fill`: a fifth on the list, a twentieth walking, a fiftieth has answered."""
    ensure_starting()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE prospecting_listentry, prospecting_enrollment, crm_conversation, crm_message CASCADE")
    chance, now = random.Random(seed + 3), clock.now()
    setters = list(User.objects.filter(email__startswith="person", email__endswith="@bench.example").order_by("pk"))
    segment, sequence = playbook(setters[0])
    with filling(ListEntry) as table:
        copy(table, commas(ENTRY), entry_lines(accounts, segment, chance, now))
    walk(accounts, segment, sequence, setters, chance, now)
    answers(accounts, setters, chance, now)
    return segment


def playbook(by: User) -> tuple[Segment, Any]:
    """Published while there is no account, so that nothing is walked or counted by it."""
    found = Segment.objects.filter(name="Bench operators").first()
    if found:
        return found, SequenceVersion.objects.get(sequence__name="Bench sequence", state="published")
    route = routes.publish(routes.draft(routes.create_route("Bench route", by=by), STAGES, by=by), by=by)
    segment = segments.create_segment(
        name="Bench operators", statement="Operations decides.", rule='name = "nobody yet"', route_version=route, by=by
    )
    segments.publish(segment.versions.get(), by=by)
    hello = sequences.save_template("Bench hello", subject="One place", body="Hello {{first_name}}", by=by)
    steps: list[dict[str, Any]] = [
        {"role": "problem-owner", "template": hello, "wait_days": 0},
        {"role": "problem-owner", "channel": "call", "task": "Call them", "wait_days": 2},
        {"role": "approver", "template": hello, "wait_days": 0},
    ]
    sequence = sequences.draft(sequences.create_sequence("Bench sequence", by=by), steps, by=by)
    return segment, sequences.publish(sequence, by=by)


def entry_lines(accounts: int, segment: Segment, chance: random.Random, now: dt.datetime) -> Iterator[str]:
    """A fifth of the accounts, some of whom left; in the order of a shuffled table, as refreshes leave it."""
    target, version = segment.target_list.pk, segment.versions.get(state="published").pk
    for pk, account in enumerate(chance.sample(range(1, accounts + 1), accounts // 5), start=1):
        entered = now - dt.timedelta(days=400 * chance.random())
        gone = pk % 20 == 0
        left = (version, now, "The rule no longer fits") if gone else ("\\N", "\\N", "")
        window = "f" if pk % 9 == 0 else "t"
        yield "\t".join(map(str, [pk, target, account, version, entered, "The rule fits", *left, window]))


# Walks -------------------------------------------------------------------------------------------------------------


def walk(
    accounts: int, segment: Segment, sequence: Any, setters: list[User], chance: random.Random, now: dt.datetime
) -> None:
    version = segment.versions.get(state="published")
    pins = (version.pk, version.route_version_id, sequence.pk, ensure_policy().pk)
    stage = version.route_version.stages.get(order=1).pk
    steps = {step.channel: step.pk for step in sequence.steps.filter(role__slug="problem-owner")}
    found = Membership.objects.filter(role__slug="problem-owner").order_by("account", "pk").distinct("account")
    most = max(accounts // 20, len(setters) * CALLS_EACH)
    people = list(found.values_list("account", "contact")[:most])
    rows = list(zip(range(1, len(people) + 1), people, strict=False))
    with filling(Enrollment) as table:
        copy(table, commas(WALK), (walk_line(pk, who, pins, setters, now) for pk, who in rows))
    with filling(StageVisit) as table:
        copy(table, commas(VISIT), (f"{pk}\t{pk}\t{who[0]}\t{stage}\topen\tStart\t{now}" for pk, who in rows))
    with filling(Touch) as table:
        copy(table, commas(TOUCH), (touch_line(pk, who, steps, len(setters), now) for pk, who in rows))


def walk_line(pk: int, who: tuple[int, int], pins: tuple[int, ...], setters: list[User], now: dt.datetime) -> str:
    setter = setters[pk % len(setters)].pk
    state, ended = ("finished", now) if pk % 3 == 0 else ("active", "\\N")
    values = [
        pk,
        who[0],
        setter,
        *pins,
        state,
        "",
        "f",
        "f",
        now - dt.timedelta(hours=pk % 9000),
        ended,
        "Waits for a day",
    ]
    return "\t".join(map(str, values))


def touch_line(pk: int, who: tuple[int, int], steps: dict[str, int], setters: int, now: dt.datetime) -> str:
    """The first ones are calls that are due today; the rest are mails, sent or still to come."""
    call = pk <= setters * CALLS_EACH
    sent = not call and pk % 4 != 0
    day = now.date() if call else now.date() + dt.timedelta(days=pk % 30 + 1)
    channel = "call" if call else "email"
    values = [pk, pk, *who, pk, steps[channel], channel, "sent" if sent else "planned", day, "", "", "t", now if sent else "\\N", now,
              "", 0, 0, ""]  # fmt: skip
    return "\t".join(map(str, values))


# Answers -----------------------------------------------------------------------------------------------------------


def answers(accounts: int, setters: list[User], chance: random.Random, now: dt.datetime) -> None:
    boxes = {team.pk: box_of(team, setters) for team in Team.objects.filter(name__startswith="Bench team")}
    known = [label for label, _ in labels.CHOICES if label not in ("bounce", "auto_reply", "out_of_office")]
    wait = len(setters) * OPEN_EACH
    total = wait + accounts // 50
    falls = falling(len(known))
    rows = [
        (pk, setters[pk % len(setters)], spread(chance.random(), accounts), chance.choices(known, cum_weights=falls)[0])
        for pk in range(1, total + 1)
    ]

    def lay(model: Any, columns: str, line: Callable[..., list[Any]]) -> None:
        with filling(model) as table:
            copy(table, commas(columns), ("\t".join(map(str, line(*row, wait, boxes, now))) for row in rows))

    lay(Conversation, CONVERSATION, conversation_line)
    lay(Message, MESSAGE, message_line)
    lay(Reply, REPLY, reply_line)
    lay(WorkItem, ITEM, item_line)


def box_of(team: Team, setters: list[User]) -> Mailbox:
    owner = next(user for user in setters if user.team_id == team.pk)
    found = owner.mailboxes.first()
    return found or mailboxes.create_mailbox(address=owner.email, owner=owner, smtp_host="127.0.0.1", by="the bench")


def written(pk: int, wait: int, now: dt.datetime) -> dt.datetime:
    return now - dt.timedelta(minutes=pk) if pk <= wait else now - dt.timedelta(hours=pk % 17_000)


def conversation_line(
    pk: int, setter: User, account: int, label: str, wait: int, boxes: Any, now: dt.datetime
) -> list[Any]:
    at, box = written(pk, wait, now), boxes[setter.team_id].pk
    return [pk, setter.team_id, box, account, f"root{pk}@bench.example", "", f"Re: One place for {pk} sites", at, at]


def message_line(pk: int, setter: User, account: int, label: str, wait: int, boxes: Any, now: dt.datetime) -> list[Any]:
    said = "What does this cost for three sites, and is the calibration included? We have looked at two others."
    return [
        pk, "in", "handled", f"{pk:064}", f"m{pk}@company.example", "", "{}", f"person{pk}@company.example", f"Person {pk}", "{}", "{}",
        "Re: One place", said, "", said, "", "", "human", "f", "references", account, pk, setter.team_id, 0, "", written(pk, wait, now),
    ]  # fmt: skip


def reply_line(pk: int, setter: User, account: int, label: str, wait: int, boxes: Any, now: dt.datetime) -> list[Any]:
    return [pk, pk, account, pk, setter.team_id, label, "{}", "t", written(pk, wait, now)]


def item_line(pk: int, setter: User, account: int, label: str, wait: int, boxes: Any, now: dt.datetime) -> list[Any]:
    at = written(pk, wait, now)
    waits = pk <= wait
    state, outcome, done = ("open", "", "\\N") if waits else ("done", "answered", at)
    what = ("answer", "answer_with_slots", "find_successor")[pk % 3] if waits else "answer"
    return [
        pk, pk, setter.team_id, account, f"person{pk}@company.example", pk, setter.pk, state, what,
        at + dt.timedelta(hours=3 + pk % 70), outcome, "resume" if outcome else "", done, at, at, at,
    ]  # fmt: skip
