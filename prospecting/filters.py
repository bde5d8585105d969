"""One FilterSet for each noun of prospecting, shared by pages, API, admin actions and exports."""

import django_filters as filters
from django.db.models import Q, QuerySet

from crm.models import Role, User
from prospecting.models import Enrollment, ListEntry, Milestone, Outgoing, Reply, Route, Segment, Sequence, Touch
from prospecting.rules import labels, ladder


class SegmentFilter(filters.FilterSet):
    q = filters.CharFilter(method="search", label="Name")

    class Meta:
        model = Segment
        fields: list[str] = []

    def search(self, queryset: QuerySet[Segment], name: str, value: str) -> QuerySet[Segment]:
        return queryset.filter(Q(name__icontains=value) | Q(statement__icontains=value))


class RouteFilter(filters.FilterSet):
    q = filters.CharFilter(field_name="name", lookup_expr="icontains", label="Name")

    class Meta:
        model = Route
        fields: list[str] = []


class SequenceFilter(filters.FilterSet):
    q = filters.CharFilter(field_name="name", lookup_expr="icontains", label="Name")

    class Meta:
        model = Sequence
        fields: list[str] = []


class ListEntryFilter(filters.FilterSet):
    q = filters.CharFilter(field_name="account__name", lookup_expr="icontains", label="Account")
    segment = filters.ModelChoiceFilter(field_name="target_list__segment", queryset=Segment.objects.all())
    window_open = filters.BooleanFilter(label="Window open")
    on_list = filters.BooleanFilter(field_name="left_at", lookup_expr="isnull", label="On the list now")

    class Meta:
        model = ListEntry
        fields: list[str] = []


class EnrollmentFilter(filters.FilterSet):
    q = filters.CharFilter(field_name="account__name", lookup_expr="icontains", label="Account")
    state = filters.MultipleChoiceFilter(choices=Enrollment.State.choices)
    prospector = filters.ModelChoiceFilter(queryset=User.objects.filter(is_active=True))
    segment = filters.ModelChoiceFilter(field_name="segment_version__segment", queryset=Segment.objects.all())
    sequence = filters.ModelChoiceFilter(field_name="sequence_version__sequence", queryset=Sequence.objects.all())
    account = filters.NumberFilter(field_name="account_id")
    in_conversation = filters.BooleanFilter()
    started = filters.DateFromToRangeFilter(field_name="started_at")

    class Meta:
        model = Enrollment
        fields: list[str] = []


class TouchFilter(filters.FilterSet):
    q = filters.CharFilter(method="search", label="Account or person")
    state = filters.MultipleChoiceFilter(choices=Touch._meta.get_field("state").choices)
    channel = filters.CharFilter()
    account = filters.NumberFilter(field_name="account_id")
    contact = filters.NumberFilter(field_name="contact_id")
    enrollment = filters.NumberFilter(field_name="enrollment_id")
    role = filters.ModelChoiceFilter(field_name="step__role", queryset=Role.objects.all())
    due = filters.DateFromToRangeFilter(field_name="due_on")

    class Meta:
        model = Touch
        fields: list[str] = []

    def search(self, queryset: QuerySet[Touch], name: str, value: str) -> QuerySet[Touch]:
        person = Q(contact__first_name__icontains=value) | Q(contact__last_name__icontains=value)
        return queryset.filter(person | Q(account__name__icontains=value))


class OutgoingFilter(filters.FilterSet):
    state = filters.MultipleChoiceFilter(choices=Outgoing._meta.get_field("state").choices)
    purpose = filters.ChoiceFilter(choices=Outgoing.Purpose.choices)
    account = filters.NumberFilter(field_name="account_id")

    class Meta:
        model = Outgoing
        fields: list[str] = []


class ReplyFilter(filters.FilterSet):
    label = filters.MultipleChoiceFilter(choices=labels.CHOICES)
    counts = filters.BooleanFilter()
    account = filters.NumberFilter(field_name="account_id")
    contact = filters.NumberFilter(field_name="contact_id")
    at = filters.DateFromToRangeFilter()

    class Meta:
        model = Reply
        fields: list[str] = []


class MilestoneFilter(filters.FilterSet):
    rung = filters.MultipleChoiceFilter(choices=ladder.CHOICES)
    account = filters.NumberFilter(field_name="account_id")
    enrollment = filters.NumberFilter(field_name="enrollment_id")
    at = filters.DateFromToRangeFilter()

    class Meta:
        model = Milestone
        fields: list[str] = []
