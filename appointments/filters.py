"""One FilterSet per noun of appointment setting, shared by page, API, admin action and export."""

import django_filters as filters
from django.db.models import Q, QuerySet

from appointments.models import Meeting, WorkItem
from crm.models import User
from prospecting.rules import labels


class WorkItemFilter(filters.FilterSet):
    """The inbox: by label, state, setter, and words."""

    q = filters.CharFilter(method="words", label="Words")
    label = filters.ChoiceFilter(
        field_name="reply__label", choices=labels.CHOICES, label="Label", empty_label="Every label"
    )
    state = filters.MultipleChoiceFilter(choices=WorkItem.State.choices, label="State")
    setter = filters.ModelChoiceFilter(queryset=User.objects.all(), label="Setter", empty_label="Everyone")

    class Meta:
        model = WorkItem
        fields = ["q", "label", "state", "setter", "account"]

    def words(self, items: QuerySet[WorkItem], name: str, value: str) -> QuerySet[WorkItem]:
        return items.filter(
            Q(account__name__icontains=value)
            | Q(contact__first_name__icontains=value)
            | Q(contact__last_name__icontains=value)
            | Q(person_address__icontains=value)
            | Q(reply__message__newest__icontains=value)
        )


class MeetingFilter(filters.FilterSet):
    """Meetings by state, host, day and words."""

    state = filters.ChoiceFilter(choices=Meeting.State.choices, label="State", empty_label="Every state")
    host = filters.ModelChoiceFilter(queryset=User.objects.all(), label="Host", empty_label="Every host")
    setter = filters.ModelChoiceFilter(queryset=User.objects.all(), label="Set by", empty_label="Everyone")
    starts = filters.IsoDateTimeFromToRangeFilter(field_name="starts_at", label="Starts")
    q = filters.CharFilter(method="words", label="Account or guest")

    class Meta:
        model = Meeting
        fields = ["state", "host", "setter", "account", "meeting_type"]

    def words(self, meetings: QuerySet[Meeting], name: str, value: str) -> QuerySet[Meeting]:
        return meetings.filter(
            Q(account__name__icontains=value) | Q(guest_name__icontains=value) | Q(guest_email__icontains=value)
        )
