"""What may be filtered in appointment setting: one FilterSet per noun, shared by page, API, admin action and export."""

import django_filters as f
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from appointments import queries
from appointments.models import (
    Calendar,
    CalendarConflict,
    CalendarEntry,
    Classification,
    ClassifierVersion,
    CounterProposal,
    Credit,
    MatrixRow,
    Meeting,
    MeetingType,
    Offer,
    OutsideOpinion,
    Playbook,
    Qualification,
    Reaction,
    Recovery,
    Reminder,
    Rsvp,
    WorkItem,
)
from crm import clock
from crm.filters import IdFilter, Listed, YesNoFilter, people, since, until
from prospecting.rules import labels


class WorkItemFilter(Listed):
    """The inbox: by label, state, setter, mailbox, segment, words, what is late and what a person should look at."""

    q = f.CharFilter(method="words", label="Words")
    label = f.ChoiceFilter(field_name="reply__label", choices=labels.CHOICES, label="Label", empty_label="Every label")
    state = f.MultipleChoiceFilter(choices=WorkItem.State.choices, label="State")
    setter = f.ModelChoiceFilter(queryset=people, label="Setter", empty_label="Everyone")
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    conversation = IdFilter("conversation_id", label="Conversation")
    due_before = until("due_at", "Due before")
    escalated = YesNoFilter("escalated_at", "isnull", exclude=True, label="Escalated")
    overdue = YesNoFilter(method="is_overdue", label="Overdue")
    unworked = YesNoFilter(method="nobodys", label="Unworked")
    mailbox = IdFilter("conversation__mailbox_id", label="Mailbox")
    segment = IdFilter("reply__enrollment__segment_version__segment_id", label="Segment")
    late = YesNoFilter(method="runs_late", label="Late")
    needs_person = YesNoFilter(method="unsure", label="A person should look")

    class Meta:
        model = WorkItem
        fields: list[str] = []

    def is_overdue(self, items: QuerySet[WorkItem], name: str, value: bool) -> QuerySet[WorkItem]:
        """Whoever wrote waits longer than was promised."""
        found = queries.overdue(items, clock.now())
        return found if value else items.exclude(pk__in=found.values("pk"))

    def nobodys(self, items: QuerySet[WorkItem], name: str, value: bool) -> QuerySet[WorkItem]:
        """Someone wrote and nobody has it."""
        found = queries.unworked(items, clock.now())
        return found if value else items.exclude(pk__in=found.values("pk"))

    def runs_late(self, items: QuerySet[WorkItem], name: str, value: bool) -> QuerySet[WorkItem]:
        late = Q(due_at__lte=clock.now(), answered_at=None) & ~Q(state__in=["done", "snoozed"])
        return items.filter(late) if value else items.exclude(late)

    def unsure(self, items: QuerySet[WorkItem], name: str, value: bool) -> QuerySet[WorkItem]:
        asks = Classification.objects.filter(reply=OuterRef("reply"), undone_at=None, needs_person=True)
        return items.filter(Exists(asks) if value else ~Exists(asks))

    def words(self, items: QuerySet[WorkItem], name: str, value: str) -> QuerySet[WorkItem]:
        return items.filter(
            Q(account__name__icontains=value)
            | Q(contact__first_name__icontains=value)
            | Q(contact__last_name__icontains=value)
            | Q(person_address__icontains=value)
            | Q(reply__message__newest__icontains=value)
        )


class MeetingFilter(Listed):
    """Meetings by state, host, day and words."""

    state = f.ChoiceFilter(choices=Meeting.State.choices, label="State", empty_label="Every state")
    host = f.ModelChoiceFilter(queryset=people, label="Host", empty_label="Every host")
    setter = f.ModelChoiceFilter(queryset=people, label="Set by", empty_label="Everyone")
    starts = f.IsoDateTimeFromToRangeFilter(field_name="starts_at", label="Starts")
    account = IdFilter("account_id", label="Account")
    meeting_type = IdFilter("meeting_type_id", label="Meeting type")
    q = f.CharFilter(method="words", label="Account or guest")

    class Meta:
        model = Meeting
        fields: list[str] = []

    def words(self, meetings: QuerySet[Meeting], name: str, value: str) -> QuerySet[Meeting]:
        return meetings.filter(
            Q(account__name__icontains=value) | Q(guest_name__icontains=value) | Q(guest_email__icontains=value)
        )


class ClassificationFilter(Listed):
    reply = IdFilter("reply_id", label="Reply")
    label = f.ChoiceFilter(choices=labels.CHOICES, label="Label")
    decided_by = f.ChoiceFilter(choices=Classification.Layer.choices, label="Decided by")
    needs_person = YesNoFilter("needs_person", label="A person should look")
    standing = YesNoFilter("undone_at", "isnull", label="Standing")

    class Meta:
        model = Classification
        fields: list[str] = []


class CorrectionFilter(Listed):
    """What people said: by label, by whom and since when; of corrections alone, or of confirmations too."""

    label = f.ChoiceFilter(choices=labels.CHOICES, label="It is", empty_label="Every label")
    by = f.ModelChoiceFilter(queryset=people, label="By", empty_label="Everyone")
    changed = f.ChoiceFilter(
        method="other",
        choices=[("true", "Changed"), ("false", "Confirmed")],
        label="What they did",
        empty_label="Either",
    )
    since = since("at", "Since")

    class Meta:
        model = Classification
        fields: list[str] = []

    def other(self, rows: QuerySet[Classification], name: str, value: str) -> QuerySet[Classification]:
        """Whether it stood as something else before."""
        return rows.exclude(was=F("label")) if value == "true" else rows.filter(was=F("label"))


class ClassifierVersionFilter(Listed):
    state = f.ChoiceFilter(choices=ClassifierVersion.State.choices, label="State")

    class Meta:
        model = ClassifierVersion
        fields: list[str] = []


class OutsideOpinionFilter(Listed):
    label = f.ChoiceFilter(choices=labels.CHOICES, label="Label")
    counted = YesNoFilter("became", "isnull", exclude=True, label="Counted")

    class Meta:
        model = OutsideOpinion
        fields: list[str] = []


class ReactionFilter(Listed):
    classification = IdFilter("classification_id", label="Classification")
    cell = f.ChoiceFilter(choices=Reaction.Cell.choices, label="Cell")

    class Meta:
        model = Reaction
        fields: list[str] = []


class MatrixRowFilter(Listed):
    label = f.ChoiceFilter(choices=labels.CHOICES, label="Label")
    segment = IdFilter("segment_id", label="Segment")

    class Meta:
        model = MatrixRow
        fields: list[str] = []


class MeetingTypeFilter(Listed):
    team = IdFilter("team_id", label="Team")

    class Meta:
        model = MeetingType
        fields: list[str] = []


class CalendarFilter(Listed):
    """Connections of hosts: whose, of which kind, and those that cannot be read."""

    host = f.ModelChoiceFilter(queryset=people, label="Host", empty_label="Every host")
    kind = f.ChoiceFilter(choices=Calendar.Kind.choices, label="Kind", empty_label="Every kind")
    failing = YesNoFilter("failing_since", "isnull", exclude=True, label="Cannot be read")

    class Meta:
        model = Calendar
        fields: list[str] = []


class CalendarEntryFilter(Listed):
    """Meetings as they stand in calendars: by state, and those a server does not take."""

    state = f.ChoiceFilter(choices=CalendarEntry.State.choices, label="State", empty_label="Every state")
    calendar = IdFilter("calendar_id", label="Calendar")
    meeting = IdFilter("meeting_id", label="Meeting")

    class Meta:
        model = CalendarEntry
        fields: list[str] = []


class CalendarConflictFilter(Listed):
    """Meetings at the same time as something else."""

    host = IdFilter("meeting__host_id", label="Host")
    meeting = IdFilter("meeting_id", label="Meeting")
    over = YesNoFilter("over_at", "isnull", exclude=True, label="Over")

    class Meta:
        model = CalendarConflict
        fields: list[str] = []


class CreditFilter(Listed):
    meeting_type = IdFilter("meeting_type_id", label="Kind of meeting")
    host = f.ModelChoiceFilter(queryset=people, label="Host", empty_label="Every host")

    class Meta:
        model = Credit
        fields: list[str] = []


class OfferFilter(Listed):
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    work_item = IdFilter("work_item_id", label="Work item")

    class Meta:
        model = Offer
        fields: list[str] = []


class ReminderFilter(Listed):
    meeting = IdFilter("meeting_id", label="Meeting")
    state = f.ChoiceFilter(choices=Reminder.State.choices, label="State")
    kind = f.ChoiceFilter(choices=Reminder.Kind.choices, label="Kind")

    class Meta:
        model = Reminder
        fields: list[str] = []


class RsvpFilter(Listed):
    meeting = IdFilter("meeting_id", label="Meeting")
    answer = f.ChoiceFilter(choices=Rsvp.Answer.choices, label="Answer")

    class Meta:
        model = Rsvp
        fields: list[str] = []


class CounterProposalFilter(Listed):
    meeting = IdFilter("meeting_id", label="Meeting")
    state = f.ChoiceFilter(choices=CounterProposal.State.choices, label="State")

    class Meta:
        model = CounterProposal
        fields: list[str] = []


class RecoveryFilter(Listed):
    account = IdFilter("account_id", label="Account")
    meeting = IdFilter("meeting_id", label="Meeting")
    state = f.ChoiceFilter(choices=Recovery.State.choices, label="State")

    class Meta:
        model = Recovery
        fields: list[str] = []


class QualificationFilter(Listed):
    account = IdFilter("account_id", label="Account")
    enrollment = IdFilter("enrollment_id", label="Enrollment")
    qualified = YesNoFilter("qualified_at", "isnull", exclude=True, label="Qualified")
    accepted = YesNoFilter("accepted", label="Accepted")
    qualified_since = since("qualified_at", "Qualified since")

    class Meta:
        model = Qualification
        fields: list[str] = []


class PlaybookFilter(Listed):
    label = f.ChoiceFilter(choices=labels.CHOICES, label="Label")
    segment = IdFilter("segment_id", label="Segment")
    language = f.CharFilter("language", "iexact", max_length=2, label="Language")
    archived = YesNoFilter("archived_at", "isnull", exclude=True, label="Archived")

    class Meta:
        model = Playbook
        fields: list[str] = []
