"""The lists of appointment setting as files."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.db.models import QuerySet

from appointments import access, queries, reports
from appointments.cut_form import CUTS, CutForm, step_words
from appointments.filters import (
    CorrectionFilter,
    CreditFilter,
    MeetingFilter,
    MeetingTypeFilter,
    PlaybookFilter,
    QualificationFilter,
    RecoveryFilter,
    WorkItemFilter,
)
from appointments.models import Meeting, Playbook, Recovery, WorkItem
from appointments.reports import money
from appointments.reports.money import NAMES
from appointments.services import understanding
from crm import clock
from crm.access import visible_conversations
from crm.errors import Refused
from crm.exports import Composed, Export, batches, exports, refuse_unknown
from crm.models import User
from prospecting.exports import ACCOUNT
from prospecting.filters import ReplyFilter
from prospecting.models import Reply
from prospecting.rules import labels

PERSON = {
    "account": "account__name", "first_name": "contact__first_name", "last_name": "contact__last_name", "email": "contact__email",
}  # fmt: skip


def in_box(rows: QuerySet[WorkItem], user: User, asked: Any) -> QuerySet[WorkItem]:
    """With a box what the inbox shows there; without one everything."""
    if "box" not in asked:
        return rows
    return queries.box(rows, user, asked["box"] if asked["box"] in queries.BOXES else "")


def at_times(rows: QuerySet[Meeting], user: User, asked: Any) -> QuerySet[Meeting]:
    """With a tab what the list of meetings shows there; without one everything."""
    if "when" not in asked:
        return rows
    return queries.meetings_when(rows, asked["when"] if asked["when"] in queries.TIMES else "", clock.now())


def unsure(rows: QuerySet[Meeting], user: User, asked: Any) -> QuerySet[Meeting]:
    """What the page of confirmations shows: those not confirmed, or with `only=all` every one of these days."""
    coming = queries.to_confirm(rows, clock.now())
    return coming if asked.get("only") == "all" else coming.filter(confirmed_at=None)


def at_the_desk(rows: QuerySet[Recovery], user: User, asked: Any) -> QuerySet[Recovery]:
    """With a tab what the desk shows there; without one everything."""
    return queries.recoveries_in(rows, asked["tab"]) if "tab" in asked else rows


def only_machines(rows: QuerySet[Reply], user: User, asked: Any) -> QuerySet[Reply]:
    return queries.machines(rows)


def drafts(user: User) -> QuerySet[Playbook]:
    return Playbook.objects.all()


exports["inbox"] = Export(
    "Inbox", WorkItemFilter, access.visible_items,
    {**PERSON, "label": "reply__label", "what they said": "reply__message__newest", "state": "state", "setter": "setter__name",
     "due": "due_at", "waits since": "since", "outcome": "outcome", "done": "done_at"},
    ("due_at", "pk"), within=in_box, steering=frozenset({"box"}),
)  # fmt: skip
exports["machines"] = Export(
    "Machines", ReplyFilter, access.visible_replies,
    {**ACCOUNT, "email": "message__from_address", "label": "label", "at": "at", "what it said": "message__newest"},
    ("-at", "-pk"), within=only_machines,
)  # fmt: skip
exports["meetings"] = Export(
    "Meetings", MeetingFilter, access.visible_meetings,
    {**PERSON, "guest": "guest_name", "guest's address": "guest_email", "kind": "meeting_type__name", "state": "state",
     "starts": "starts_at", "ends": "ends_at", "host": "host__name", "set by": "setter__name"},
    ("starts_at", "pk"), within=at_times, steering=frozenset({"when"}),
)  # fmt: skip
exports["confirmations"] = Export(
    "Confirmations", MeetingFilter, access.visible_meetings,
    {**PERSON, "guest": "guest_name", "guest's address": "guest_email", "phone": "contact__phone", "starts": "starts_at",
     "host": "host__name", "confirmed": "confirmed_at"},
    ("starts_at", "pk"), within=unsure, steering=frozenset({"only"}),
)  # fmt: skip
exports["no-shows"] = Export(
    "No-shows", RecoveryFilter, access.visible_recoveries,
    {"account": "account__name", "guest": "meeting__guest_name", "guest's address": "meeting__guest_email",
     "missed": "meeting__starts_at", "host": "meeting__host__name", "side": "meeting__side", "state": "state",
     "tries": "tries", "next": "next_at", "our fault": "priority", "since": "started_at", "ended": "ended_at"},
    ("-started_at", "-pk"), within=at_the_desk, steering=frozenset({"tab"}),
)  # fmt: skip
exports["qualifications"] = Export(
    "Qualifications", QualificationFilter, access.visible_qualifications,
    {"account": "account__name", "qualified": "qualified_at", "accepted": "accepted"},
)  # fmt: skip
exports["corrections"] = Export(
    "Corrections", CorrectionFilter, understanding.corrections,
    {"at": "at", "by": "by__name", "was": "was", "was decided by": "was_by", "it is": "label", "and also": "secondary",
     "account": "reply__account__name", "what they said": "reply__message__newest", "taken back": "undone_at"},
    ("-at", "-pk"),
)  # fmt: skip
exports["playbook"] = Export(
    "Playbook", PlaybookFilter, drafts,
    {"name": "name", "label": "label", "language": "language", "segment": "segment__name", "text": "body",
     "offers times for": "meeting_type__name", "books by itself": "books_itself", "put away": "archived_at"},
    ("label", "language", "name"),
)  # fmt: skip
exports["booking-pages"] = Export(
    "Kinds of meeting", MeetingTypeFilter, access.visible_meeting_types,
    {"name": "name", "team": "team__name", "minutes": "minutes", "before": "buffer_before", "after": "buffer_after",
     "place": "place", "description": "description"},
    ("name", "pk"),
)  # fmt: skip
exports["turns"] = Export(
    "Turns", CreditFilter, access.visible_credits,
    {"kind of meeting": "meeting_type__name", "host": "host__name", "at": "at", "what": "why", "meetings": "amount",
     "account": "meeting__account__name", "note": "note", "by": "by__name"},
    ("-at", "-pk"),
)  # fmt: skip


def behind(user: User, asked: Any) -> Iterator[list[Any]]:
    """The accounts that a figure of the funnel counts, as its page lists them."""
    refuse_unknown(asked, *CUTS, "step", "mature")
    form, step = CutForm({name: asked.get(name, "") for name in CUTS}), asked.get("step", "")
    if not form.is_valid() or not step_words(step):
        raise Refused("The funnel has no such figure.")
    mature = asked.get("mature") == "1"
    rows = reports.accounts_behind(form.cut, step, mature=mature, readable=visible_conversations(user))
    shown = rows.values_list("name", "external_id", "domain", "city", "country", "owner__email", "rung", "rung_at")
    return (list(row) for batch in batches(shown) for row in batch)


exports["funnel"] = Composed(
    "Funnel", ("account", "external_id", "domain", "city", "country", "owner", "stands at", "since"), behind
)


def cut_asked(asked: Any) -> dict[str, Any]:
    """The same cut as the page's, refused in the same cases."""
    refuse_unknown(asked, *CUTS, *NAMES)
    form = CutForm({name: asked.get(name, "") for name in CUTS})
    if not form.is_valid():
        raise Refused("The funnel cannot be cut so.")
    return form.cut


def at_once(cells: Callable[[User, Any], Iterator[list[Any]]]) -> Callable[[User, Any], Iterator[list[Any]]]:
    """Few rows: what is refused is refused before the first byte leaves."""

    @wraps(cells)
    def made(user: User, asked: Any) -> Iterator[list[Any]]:
        return iter(list(cells(user, asked)))

    return made


@at_once
def funnel_steps(user: User, asked: Any) -> Iterator[list[Any]]:
    found = reports.funnel(cut_asked(asked))
    for half in ("left", "right"):
        for row in found[half]:
            yield [HALVES[half], row["name"], row["accounts"], row["people"], row["share"], row["usual"]]
    yield ["In no rate", "Wrote first", found["inbound"], None, None, None]


@at_once
def funnel_rates(user: User, asked: Any) -> Iterator[list[Any]]:
    found = reports.funnel(cut_asked(asked))
    for name, key in (("Reply rate", "reply_rate"), ("Reply-to-meeting rate", "meeting_rate")):
        row = found[key]
        yield [name, row["count"], row["of"], row["share"], row["low"], row["high"], row["usual"], row["benchmark"],
               row["needed"], found["verdict"]["sentence"]]  # fmt: skip


@at_once
def funnel_cohorts(user: User, asked: Any) -> Iterator[list[Any]]:
    for row in reports.funnel(cut_asked(asked))["cohorts"]:
        yield [row["start"], row["version"], row["enrolled"], row["contacted"], row["engaged"], row["reply_rate"], row["replies"],
               row["held"], row["meeting_rate"], "too young" if row["young"] else "counts"]  # fmt: skip


@at_once
def funnel_lost(user: User, asked: Any) -> Iterator[list[Any]]:
    for row in reports.funnel(cut_asked(asked))["leak"]:
        yield [
            "After the reply" if row["half"] == "after" else "Before the reply",
            row["title"],
            row["count"],
            row["text"],
        ]


@at_once
def funnel_speed(user: User, asked: Any) -> Iterator[list[Any]]:
    for row in reports.funnel(cut_asked(asked))["bands"]:
        yield [row["name"], row["replies"], row["booked"], row["booked_share"], row["held"], row["share"]]


@at_once
def funnel_said(user: User, asked: Any) -> Iterator[list[Any]]:
    found = reports.funnel(cut_asked(asked))
    yield from (["label", labels.words(row["label"]), row["count"]] for row in found["labels"])
    yield from (["reason", str(WorkItem.Reason(row["reason"]).label), row["count"]] for row in found["reasons"])
    yield from (["answered with no", row["question"], row["count"]] for row in found["questions"])


@at_once
def funnel_what_if(user: User, asked: Any) -> Iterator[list[Any]]:
    start = reports.funnel(cut_asked(asked))["what_if"]
    base = money.base_of(start)
    wanted = {name: money.read(asked.get(name, ""), base[name], name) for name in NAMES}
    ways = {
        "As it is": base,
        "As asked": wanted,
        "Answer better": money.bettered(base),
        "Send twice as much": {**base, "contacted": 2 * base["contacted"]},
    }
    for name, at in ways.items():
        found = money.ask(start, base, at)
        yield [name, *(at[one] for one in NAMES), round(found.held_after, 1), round(found.cost, 2),
               None if found.per_extra is None else round(found.per_extra, 2), start["costs"]["currency"]]  # fmt: skip


@at_once
def funnel_alike(user: User, asked: Any) -> Iterator[list[Any]]:
    found = reports.like_for_like(cut_asked(asked))
    for name, key in (("Reply rate", "reply_rate"), ("Reply-to-meeting rate", "meeting_rate")):
        one = found[key]
        yield [name, one.earlier, one.later, one.earlier_alike, one.later_alike, one.shared, one.left_out]


HALVES = {"left": "Before the reply", "right": "After the reply"}
exports["funnel-steps"] = Composed(
    "Funnel steps", ("half", "step", "accounts", "people", "of the step before", "usual"), funnel_steps
)
exports["funnel-rates"] = Composed(
    "Funnel rates",
    ("rate", "accounts", "of", "share", "likely from", "likely to", "usual", "benchmark", "needed", "verdict"),
    funnel_rates,
)
exports["funnel-cohorts"] = Composed(
    "Funnel fortnights",
    ("enrolled from", "not comparable from here", "enrolled", "contacted", "replied", "reply rate", "replies", "held",
     "reply-to-meeting rate", "verdict"), funnel_cohorts,
)  # fmt: skip
exports["funnel-lost"] = Composed("Funnel leaks", ("half", "what", "accounts", "more"), funnel_lost)
exports["funnel-speed"] = Composed(
    "Funnel speed", ("answered", "replies", "booked", "booking rate", "held", "held rate"), funnel_speed
)
exports["funnel-said"] = Composed("Funnel answers", ("kind", "what", "accounts"), funnel_said)
exports["funnel-what-if"] = Composed(
    "Funnel what if", ("way", *NAMES, "held", "extra cost", "per extra meeting", "currency"), funnel_what_if
)
exports["funnel-alike"] = Composed(
    "Funnel like for like",
    ("rate", "before", "now", "before, like for like", "now, like for like", "of", "left out"),
    funnel_alike,
)
