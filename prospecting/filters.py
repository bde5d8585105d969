"""What may be filtered in lead generation: one FilterSet per noun, shared by page, API, admin action and export."""

from typing import Any

import django_filters as f
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from crm.filters import AccountFilter, IdFilter, Listed, WholeFilter, YesNoFilter, people, since, until
from crm.models import Account, Role
from prospecting.models import (
    Attribution,
    Enrollment,
    ListEntry,
    ListRefresh,
    Milestone,
    Outgoing,
    Override,
    Pin,
    PolitenessPolicy,
    Reply,
    Route,
    RouteVariant,
    RouteVersion,
    Segment,
    SegmentVersion,
    Sequence,
    SequenceVersion,
    Snapshot,
    Snippet,
    SnippetVersion,
    StageVisit,
    TargetList,
    Template,
    TemplateVersion,
    Touch,
)
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import Flight
from prospecting.queries import looks
from prospecting.queries.roles import short_of
from prospecting.queries.rule_language import accounts_matching
from prospecting.rules import attribution, labels, ladder


def living_segments(request: Any = None) -> QuerySet[Segment]:
    return Segment.objects.filter(archived_at=None)


def on_list(rows: QuerySet[Account], name: str, value: Segment) -> QuerySet[Account]:
    """The list by its own key: through a join the planner takes every list for a small one."""
    target = Subquery(TargetList.objects.filter(segment=value).values("pk")[:1])
    return rows.filter(Exists(ListEntry.objects.filter(target_list=target, left_at=None, account=OuterRef("pk"))))


def enrolled(rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
    """By the state of the open enrollment; `no`: those that nothing walks."""
    walking = Enrollment.objects.filter(state__in=OPEN if value == "no" else [value]).values("account")
    return rows.exclude(pk__in=walking) if value == "no" else rows.filter(pk__in=walking)


def by_rule(rows: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
    """The language of segments; raises Refused for a rule that cannot be read."""
    return accounts_matching(value, rows)


def required_roles(request: Any = None) -> QuerySet[Role]:
    return Role.objects.exclude(slug="unknown")


WALKS = [("active", "Active"), ("paused", "Paused"), ("resting", "Resting"), ("no", "Not enrolled")]

# What lead generation knows of an account, on the one account list: entered when the app is ready.
AccountFilter.also(
    {
        "segment": f.ModelChoiceFilter(method=on_list, queryset=living_segments, label="On the list of"),
        "enrolled": f.ChoiceFilter(method=enrolled, choices=WALKS, label="Enrollment"),
        "rule": f.CharFilter(method=by_rule, label="Rule"),
        "missing_role": f.ModelChoiceFilter(
            method=short_of, queryset=required_roles, to_field_name="slug", label="Missing on a list"
        ),
    }
)


class SegmentFilter(Listed):
    q = f.CharFilter(method="search", label="Name or statement")
    archived = YesNoFilter("archived_at", "isnull", exclude=True, label="Archived")

    class Meta:
        model = Segment
        fields: list[str] = []

    def search(self, rows: QuerySet[Segment], name: str, value: str) -> QuerySet[Segment]:
        return rows.filter(Q(name__icontains=value) | Q(statement__icontains=value))


class SegmentVersionFilter(Listed):
    segment = IdFilter("segment_id", label="Segment")
    state = f.ChoiceFilter(choices=SegmentVersion.State.choices, label="State")
    compared = f.ChoiceFilter(choices=SegmentVersion.Compared.choices, label="Compared with the one before")

    class Meta:
        model = SegmentVersion
        fields: list[str] = []


class TargetListFilter(Listed):
    segment = IdFilter("segment_id", label="Segment")

    class Meta:
        model = TargetList
        fields: list[str] = []


class ListEntryFilter(Listed):
    q = f.CharFilter("account__name", "icontains", label="Account's name")
    target_list = IdFilter("target_list_id", label="List")
    segment = IdFilter("target_list__segment_id", label="Segment")
    account = IdFilter("account_id", label="Account")
    on_list = YesNoFilter("left_at", "isnull", label="On the list now")
    window_open = YesNoFilter("window_open", label="Window open")
    look = f.ChoiceFilter(method="looked_at", choices=looks.CHOICES, label="Behind a figure of its health")
    variant = WholeFilter(method="of_route", label="Taken by the route (0: by none of the variants)")
    entered_since = since("entered_at", "Entered since")
    left_since = since("left_at", "Left since")

    class Meta:
        model = ListEntry
        fields: list[str] = []

    def looked_at(self, rows: QuerySet[ListEntry], name: str, value: str) -> QuerySet[ListEntry]:
        return looks.looked_at(rows, value)

    def of_route(self, rows: QuerySet[ListEntry], name: str, value: int) -> QuerySet[ListEntry]:
        """Needs to know the list: the variants are those of its segment."""
        segment = self.queryset_segment()
        if segment is None:
            return rows.none()
        variant = RouteVariant.objects.filter(segment=segment, pk=value).first()
        return rows.none() if value and variant is None else looks.of_route(rows, segment, variant)

    def queryset_segment(self) -> Segment | None:
        row = self.queryset.select_related("target_list__segment").first()
        return row.target_list.segment if row else None


class AttributionFilter(Listed):
    account = IdFilter("account_id", label="Account")
    segment = IdFilter("enrollment__segment_version__segment_id", label="Segment")
    cause = f.ChoiceFilter(
        choices=[("none", "Nobody has said"), *attribution.CHOICES], method="of_cause", label="What it came down to"
    )
    confirmed = YesNoFilter("confirmed_at", "isnull", exclude=True, label="Somebody said so")
    since = since("at", "Ended since")
    until = until("at", "Ended before")

    class Meta:
        model = Attribution
        fields: list[str] = []

    def of_cause(self, rows: QuerySet[Attribution], name: str, value: str) -> QuerySet[Attribution]:
        return rows.filter(cause="" if value == "none" else value)


class ListRefreshFilter(Listed):
    target_list = IdFilter("target_list_id", label="List")
    segment = IdFilter("target_list__segment_id", label="Segment")
    since = since("at", "Since")

    class Meta:
        model = ListRefresh
        fields: list[str] = []


class SnapshotFilter(Listed):
    q = f.CharFilter("name", "icontains", label="Name")
    target_list = IdFilter("target_list_id", label="List")
    segment = IdFilter("target_list__segment_id", label="Segment")

    class Meta:
        model = Snapshot
        fields: list[str] = []


class PinFilter(Listed):
    target_list = IdFilter("target_list_id", label="List")
    account = IdFilter("account_id", label="Account")
    kind = f.ChoiceFilter(choices=Pin.Kind.choices, label="Kind")

    class Meta:
        model = Pin
        fields: list[str] = []


class RouteFilter(Listed):
    q = f.CharFilter("name", "icontains", label="Name")

    class Meta:
        model = Route
        fields: list[str] = []


class RouteVersionFilter(Listed):
    route = IdFilter("route_id", label="Route")
    state = f.ChoiceFilter(choices=RouteVersion.State.choices, label="State")

    class Meta:
        model = RouteVersion
        fields: list[str] = []


class RouteVariantFilter(Listed):
    q = f.CharFilter("name", "icontains", label="Name")
    segment = IdFilter("segment_id", label="Segment")
    route = IdFilter("route_version__route_id", label="Route")

    class Meta:
        model = RouteVariant
        fields: list[str] = []


class SequenceFilter(Listed):
    q = f.CharFilter("name", "icontains", label="Name")

    class Meta:
        model = Sequence
        fields: list[str] = []


class SequenceVersionFilter(Listed):
    sequence = IdFilter("sequence_id", label="Sequence")
    state = f.ChoiceFilter(choices=SequenceVersion.State.choices, label="State")

    class Meta:
        model = SequenceVersion
        fields: list[str] = []


class TemplateFilter(Listed):
    q = f.CharFilter("name", "icontains", label="Name")
    language = f.CharFilter("language", "iexact", max_length=2, label="Language")

    class Meta:
        model = Template
        fields: list[str] = []


class TemplateVersionFilter(Listed):
    template = IdFilter("template_id", label="Template")

    class Meta:
        model = TemplateVersion
        fields: list[str] = []


class SnippetFilter(Listed):
    q = f.CharFilter("name", "icontains", label="Name")

    class Meta:
        model = Snippet
        fields: list[str] = []


class SnippetVersionFilter(Listed):
    snippet = IdFilter("snippet_id", label="Snippet")

    class Meta:
        model = SnippetVersion
        fields: list[str] = []


class EnrollmentFilter(Listed):
    q = f.CharFilter("account__name", "icontains", label="Account's name")
    account = IdFilter("account_id", label="Account")
    prospector = f.ModelChoiceFilter(queryset=people, label="Prospector")
    state = f.MultipleChoiceFilter(choices=Enrollment.State.choices, label="State")
    in_conversation = YesNoFilter("in_conversation", label="In conversation")
    segment = f.ModelChoiceFilter("segment_version__segment", queryset=living_segments, label="Segment")
    segment_version = IdFilter("segment_version_id", label="Segment version")
    route_version = IdFilter("route_version_id", label="Route version")
    sequence = IdFilter("sequence_version__sequence_id", label="Sequence")
    sequence_version = IdFilter("sequence_version_id", label="Sequence version")
    started_since = since("started_at", "Started since")
    started_before = until("started_at", "Started before")

    class Meta:
        model = Enrollment
        fields: list[str] = []


class StageVisitFilter(Listed):
    enrollment = IdFilter("enrollment_id", label="Enrollment")
    account = IdFilter("account_id", label="Account")
    state = f.ChoiceFilter(choices=StageVisit.State.choices, label="State")

    class Meta:
        model = StageVisit
        fields: list[str] = []


class TouchFilter(Listed):
    q = f.CharFilter(method="search", label="Account or person")
    enrollment = IdFilter("enrollment_id", label="Enrollment")
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    role = f.ModelChoiceFilter(
        "step__role", queryset=lambda request: Role.objects.all(), to_field_name="slug", label="Role"
    )
    channel = f.ChoiceFilter(
        choices=[("email", "E-mail"), ("call", "Call"), ("social", "Social"), ("task", "Task")], label="Channel"
    )
    state = f.MultipleChoiceFilter(choices=Flight.choices, label="State")
    due_on_or_before = f.DateFilter("due_on", "lte", label="Due on or before")
    sent_since = since("sent_at", "Sent since")
    sent_before = until("sent_at", "Sent before")

    class Meta:
        model = Touch
        fields: list[str] = []

    def search(self, rows: QuerySet[Touch], name: str, value: str) -> QuerySet[Touch]:
        person = Q(contact__first_name__icontains=value) | Q(contact__last_name__icontains=value)
        return rows.filter(person | Q(account__name__icontains=value))


class OutgoingFilter(Listed):
    purpose = f.ChoiceFilter(choices=Outgoing.Purpose.choices, label="Purpose")
    state = f.MultipleChoiceFilter(choices=Flight.choices, label="State")
    account = IdFilter("account_id", label="Account")

    class Meta:
        model = Outgoing
        fields: list[str] = []


class ReplyFilter(Listed):
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    conversation = IdFilter("conversation_id", label="Conversation")
    enrollment = IdFilter("enrollment_id", label="Enrollment")
    label = f.MultipleChoiceFilter(choices=labels.CHOICES, label="Label")
    counts = YesNoFilter("counts", label="A person wrote it")
    since = since("at", "Since")
    until = until("at", "Before")

    class Meta:
        model = Reply
        fields: list[str] = []


class MilestoneFilter(Listed):
    account = IdFilter("account_id", label="Account")
    enrollment = IdFilter("enrollment_id", label="Enrollment")
    rung = f.MultipleChoiceFilter(choices=ladder.CHOICES, label="Rung")
    voids = YesNoFilter("voids", label="Takes a milestone back")
    since = since("at", "Since")
    until = until("at", "Before")

    class Meta:
        model = Milestone
        fields: list[str] = []


class OverrideFilter(Listed):
    account = IdFilter("account_id", label="Account")
    reason = f.CharFilter(label="The guard's reason")

    class Meta:
        model = Override
        fields: list[str] = []


class PolitenessPolicyFilter(Listed):
    class Meta:
        model = PolitenessPolicy
        fields: list[str] = []
