"""The lists of lead generation as files."""

from typing import Any

from django.db.models import QuerySet

from crm.exports import Composed, Export, exports
from crm.models import User
from crm.rules.tables import OURS
from prospecting import access, worklists
from prospecting.filters import (
    AttributionFilter,
    EnrollmentFilter,
    ListEntryFilter,
    ListRefreshFilter,
    PinFilter,
    ReplyFilter,
    RouteFilter,
    SegmentFilter,
    SegmentVersionFilter,
    SequenceFilter,
    SnapshotFilter,
    TouchFilter,
)
from prospecting.models import (
    Attribution,
    ListEntry,
    ListRefresh,
    Pin,
    Route,
    Segment,
    SegmentVersion,
    Sequence,
    Snapshot,
    Touch,
)
from prospecting.queries import approvals, screens
from prospecting.reports import findings
from prospecting.work_filters import IntakeFilter


def every_segment(user: User) -> QuerySet[Segment]:
    return Segment.objects.all()


def every_entry(user: User) -> QuerySet[ListEntry]:
    return ListEntry.objects.all()


def every_pin(user: User) -> QuerySet[Pin]:
    return Pin.objects.all()


def every_route(user: User) -> QuerySet[Route]:
    return Route.objects.all()


def every_sequence(user: User) -> QuerySet[Sequence]:
    return Sequence.objects.all()


def every_version(user: User) -> QuerySet[SegmentVersion]:
    return SegmentVersion.objects.exclude(state=SegmentVersion.State.DISCARDED)


def every_refresh(user: User) -> QuerySet[ListRefresh]:
    return ListRefresh.objects.all()


def every_snapshot(user: User) -> QuerySet[Snapshot]:
    return Snapshot.objects.all()


def on_tab(rows: QuerySet[Touch], user: User, asked: Any) -> QuerySet[Touch]:
    """With a tab what the sending page shows, of the same team; without one every touch."""
    if "tab" not in asked:
        return rows
    tab = asked["tab"] if asked["tab"] in ("paused", "tasks", "uncertain", "sent") else ""
    mine = screens.touches_of_team(user).order_by().values("pk")
    return screens.touches_in_tab(rows.filter(pk__in=mine), tab)


def beside(columns: dict[str, str]) -> dict[str, str]:
    """Columns that say something about the list, not about the account: taken in again the file changes no account by them."""
    return {f"{OURS}{name}": path for name, path in columns.items()}


ACCOUNT = {"account": "account__name", "external_id": "account__external_id", "domain": "account__domain"}
exports["segments"] = Export(
    "Segments", SegmentFilter, every_segment,
    {"name": "name", "statement": "statement", "priority": "priority", "since": "created_at", "archived": "archived_at"}, ("name",),
)  # fmt: skip
exports["list"] = Export(
    "List", ListEntryFilter, every_entry,
    {
        **ACCOUNT, "city": "account__city", "country": "account__country", "industry": "account__industry",
        "owner": "account__owner__email",
        **beside(
            {
                "stands at": "account__rung", "segment": "target_list__segment__name", "on the list since": "entered_at",
                "because": "entered_reason", "version in": "version_in__number", "left": "left_at",
                "left because": "left_reason", "window open": "window_open",
            }
        ),
    },
    ("account__name", "pk"),
)  # fmt: skip
exports["pins"] = Export(
    "Pins", PinFilter, every_pin,
    {
        **ACCOUNT,
        **beside(
            {"segment": "target_list__segment__name", "kind": "kind", "reason": "reason", "by": "by__name", "at": "at",
             "until": "expires_on"}
        ),
    },
)  # fmt: skip
exports["routes"] = Export(
    "Routes", RouteFilter, every_route, {"name": "name", "description": "description"}, ("name",)
)
exports["sequences"] = Export(
    "Sequences", SequenceFilter, every_sequence, {"name": "name", "description": "description"}, ("name",)
)
exports["enrollments"] = Export(
    "Enrollments", EnrollmentFilter, access.visible_enrollments,
    {**ACCOUNT, "state": "state", "prospector": "prospector__name", "segment": "segment_version__segment__name",
     "sequence": "sequence_version__sequence__name", "started": "started_at"},
)  # fmt: skip
exports["touches"] = Export(
    "Touches", TouchFilter, access.visible_touches,
    {**ACCOUNT, "first_name": "contact__first_name", "last_name": "contact__last_name", "email": "contact__email",
     "channel": "step__channel", "state": "state", "due": "due_on", "sent": "sent_at", "why": "why",
     "waits because": "waits_because", "mailbox": "mailbox__address", "outcome": "outcome",
     "prospector": "enrollment__prospector__name"},
    within=on_tab, steering=frozenset({"tab"}),
)  # fmt: skip
exports["replies"] = Export(
    "Replies", ReplyFilter, access.visible_replies,
    {**ACCOUNT, "first_name": "contact__first_name", "last_name": "contact__last_name", "email": "contact__email",
     "label": "label", "a person wrote it": "counts", "at": "at", "what they said": "message__newest"},
)  # fmt: skip
exports["versions"] = Export(
    "Versions", SegmentVersionFilter, every_version,
    {"segment": "segment__name", "version": "number", "state": "state", "who belongs": "rule", "when": "when_rule",
     "route": "route_version__route__name", "route version": "route_version__number", "because": "reason",
     "expected": "expected", "compared": "compared", "overlap": "overlap", "members": "members", "by": "by__name",
     "published": "published_at"},
    ("segment__name", "-number"),
)  # fmt: skip
exports["refreshes"] = Export(
    "Refreshes", ListRefreshFilter, every_refresh,
    {"segment": "target_list__segment__name", "at": "at", "asked by": "asked_by", "version": "version__number",
     "entered": "entered", "left": "left", "members": "members", "window closed": "window_closed", "seconds": "seconds"},
    ("-at", "-pk"),
)  # fmt: skip
exports["snapshots"] = Export(
    "Snapshots", SnapshotFilter, every_snapshot,
    {"segment": "target_list__segment__name", "name": "name", "reason": "reason", "members": "members",
     "version": "version__number", "by": "by__name", "at": "at"},
    ("-at", "-pk"),
)  # fmt: skip
exports["snapshot"] = Composed("Snapshot", ("name", "domain", f"{OURS}rung"), worklists.as_it_stood)
exports["missing-roles"] = Composed("Missing roles", worklists.MISSING, worklists.missing)
exports["stale"] = Composed("Stale facts", worklists.STALE, worklists.old_facts)
exports["unknown-roles"] = Composed("Unknown roles", worklists.UNKNOWN, worklists.unknown)
exports["overrides"] = Composed("Against the guard", worklists.AGAINST, worklists.against_the_guard)
exports["learning"] = Composed("What a route taught", worklists.BEHIND, worklists.taught)


def to_approve(user: User) -> QuerySet[Touch]:
    return approvals.waiting(user)


exports["approvals"] = Export(
    "To approve", TouchFilter, to_approve,
    {**ACCOUNT, "first_name": "contact__first_name", "last_name": "contact__last_name", "email": "contact__email",
     "role": "step__role__name", "from": "due_on", "sequence": "enrollment__sequence_version__sequence__name",
     "prospector": "enrollment__prospector__name"},
    ("due_on", "pk"),
)  # fmt: skip
exports["intakes"] = Export(
    "Intake", IntakeFilter, access.visible_intakes,
    {"name": "name", "segment": "segment__name", "sequence": "sequence__name", "a day": "per_day", "state": "state",
     "because": "reason"},
    ("name", "pk"),
)  # fmt: skip
exports["texts"] = Composed("Texts", worklists.TEXTS, worklists.texts)
exports["snippets"] = Composed("Snippets", worklists.SNIPPETS, worklists.snippets)


def closed(user: User) -> QuerySet[Attribution]:
    """Walks that ended without a held meeting, as far as one may read what they came down to."""
    return access.visible_attributions(user).filter(pk__in=findings.closed().values("pk"))


exports["attributions"] = Export(
    "Closed work", AttributionFilter, closed,
    {
        **ACCOUNT,
        **beside(
            {
                "segment": "enrollment__segment_version__segment__name", "version": "enrollment__segment_version__number",
                "ended": "at", "came down to": "cause", "proposed": "proposed", "because": "because",
                "said by": "by__name", "said at": "confirmed_at",
            }
        ),
    },
    ("-at", "-pk"),
)  # fmt: skip
exports["taught"] = Composed("What a segment taught", worklists.BEHIND, worklists.taught_of_segment)
