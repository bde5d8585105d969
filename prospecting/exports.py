"""The lists of lead generation as files."""

from django.db.models import QuerySet

from crm.exports import Export, exports
from crm.models import User
from prospecting import access
from prospecting.filters import (
    EnrollmentFilter,
    ListEntryFilter,
    PinFilter,
    ReplyFilter,
    RouteFilter,
    SegmentFilter,
    SequenceFilter,
    TouchFilter,
)
from prospecting.models import ListEntry, Pin, Route, Segment, Sequence


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


ACCOUNT = {"account": "account__name", "external_id": "account__external_id", "domain": "account__domain"}
exports["segments"] = Export(
    "Segments", SegmentFilter, every_segment,
    {"name": "name", "statement": "statement", "priority": "priority", "since": "created_at", "archived": "archived_at"}, ("name",),
)  # fmt: skip
exports["list"] = Export(
    "List", ListEntryFilter, every_entry,
    {
        **ACCOUNT, "city": "account__city", "country": "account__country", "industry": "account__industry",
        "owner": "account__owner__email", "stands at": "account__rung", "segment": "target_list__segment__name",
        "on the list since": "entered_at", "because": "entered_reason", "version in": "version_in__number", "left": "left_at",
        "left because": "left_reason", "window open": "window_open",
    },
    ("account__name", "pk"),
)  # fmt: skip
exports["pins"] = Export(
    "Pins", PinFilter, every_pin,
    {**ACCOUNT, "segment": "target_list__segment__name", "kind": "kind", "reason": "reason", "by": "by__name", "at": "at",
     "until": "expires_on"},
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
     "channel": "step__channel", "state": "state", "due": "due_on", "sent": "sent_at"},
)  # fmt: skip
exports["replies"] = Export(
    "Replies", ReplyFilter, access.visible_replies,
    {**ACCOUNT, "first_name": "contact__first_name", "last_name": "contact__last_name", "email": "contact__email",
     "label": "label", "a person wrote it": "counts", "at": "at", "what they said": "message__newest"},
)  # fmt: skip
