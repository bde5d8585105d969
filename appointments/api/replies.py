"""Replies, what was judged of them, and what must be done about them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from appointments import access, filters
from appointments.api.meetings import MeetingSerializer, OfferSerializer
from appointments.models import Classification, Meeting, MeetingType, Offer, WorkItem
from appointments.services import answering, booking, classifying, offers, work_items
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, needed, verb
from crm.filters import people_of
from crm.models import User
from prospecting.api.replies import NewAnswer, OutgoingSerializer, ReplySerializer
from prospecting.filters import ReplyFilter
from prospecting.models import Outgoing, Reply
from prospecting.rules import attribution, labels


class NewLabel(Strict):
    label = serializers.ChoiceField(labels.CHOICES)
    secondary = serializers.ListField(child=serializers.ChoiceField(labels.CHOICES), required=False, max_length=5)


class ReplyViewSet(Read):
    """What people wrote, with its label. A correction fires the matrix anew; undoing takes back what can be."""

    serializer_class = ReplySerializer
    filterset_class = ReplyFilter
    visible = staticmethod(access.visible_replies)
    write = staticmethod(access.reply_write)
    ordering = ("-id",)
    queryset = Reply.objects.none()

    @verb(NewLabel)
    def label(self, reply: Reply, label: str, secondary: list[str] | None = None) -> None:
        classifying.correct(reply, label, secondary=secondary or (), by=self.request.user)

    @verb()
    def undo_label(self, reply: Reply) -> None:
        standing = needed(classifying.standing(reply), "This reply has no label to undo.")
        classifying.undo(standing, by=self.request.user)


class ClassificationSerializer(StrictModel):
    class Meta:
        model = Classification
        fields = [
            "id", "reply", "label", "secondary", "confidence", "decided_by", "entities", "needs_person", "by", "at",
            "undone_at",
        ]  # fmt: skip


def visible_classifications(user: User) -> QuerySet[Classification]:
    return Classification.objects.filter(reply__in=access.visible_replies(user).values("pk"))


class ClassificationViewSet(Read):
    """Every judgement of a reply: who or what decided, how sure, and what stands."""

    serializer_class = ClassificationSerializer
    filterset_class = filters.ClassificationFilter
    visible = staticmethod(visible_classifications)
    ordering = ("-id",)
    queryset = Classification.objects.none()


class WorkItemSerializer(StrictModel):
    class Meta:
        model = WorkItem
        fields = [
            "id", "conversation", "team", "account", "contact", "person_address", "reply", "setter", "state", "what",
            "due_at", "snoozed_until", "escalated_at", "asked_at", "first_answer_at", "answered_at", "outcome", "next",
            "rest_until", "reason", "note", "done_at", "done_by", "since", "minutes", "runs_out_at", "created_at",
        ]  # fmt: skip


class HandOver(Strict):
    to = Own(people_of, User)


class Snooze(Strict):
    until = serializers.DateTimeField()


class Done(Strict):
    outcome = serializers.ChoiceField(WorkItem.Outcome.choices)
    next = serializers.ChoiceField(WorkItem.Next.choices, required=False, default="")
    rest_until = serializers.DateField(required=False, allow_null=True, default=None)
    reason = serializers.ChoiceField(WorkItem.Reason.choices, required=False, default="", allow_blank=True)
    note = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    cause = serializers.ChoiceField(
        attribution.CHOICES, required=False, default="", allow_blank=True, help_text="What the walk came down to."
    )


KIND = Own(
    access.visible_meeting_types, MeetingType, required=False,
    help_text="What times are offered for; without one the draft's, else the team's first.",
)  # fmt: skip


class ItemAnswer(NewAnswer):
    meeting_type = KIND
    slots = serializers.ListField(child=serializers.DateTimeField(), required=False, max_length=10)
    again = serializers.CharField(
        required=False, max_length=300, help_text="Why an objection that was answered is answered once more."
    )


class NewOffer(Strict):
    meeting_type = KIND
    slots = serializers.ListField(child=serializers.DateTimeField(), allow_empty=False, max_length=10)


class Booked(Strict):
    meeting_type = KIND
    start = serializers.DateTimeField()


class Draft(serializers.Serializer):
    body = serializers.CharField()


class WorkItemViewSet(Read):
    """The inbox: one open item per conversation and person, with its clock."""

    serializer_class = WorkItemSerializer
    filterset_class = filters.WorkItemFilter
    visible = staticmethod(access.visible_items)
    write = staticmethod(access.item_write)
    ordering = ("-id",)
    queryset = WorkItem.objects.none()

    @verb()
    def claim(self, item: WorkItem) -> None:
        work_items.claim(item, by=self.request.user)

    @verb(HandOver)
    def hand_over(self, item: WorkItem, to: User) -> None:
        work_items.hand_over(item, to, by=self.request.user)

    @verb(Snooze)
    def snooze(self, item: WorkItem, until: Any) -> None:
        work_items.snooze(item, until, by=self.request.user)

    @verb(Done)
    def done(self, item: WorkItem, **said: Any) -> None:
        work_items.done(item, **said, by=self.request.user)

    @verb()
    def reopen(self, item: WorkItem) -> None:
        work_items.reopen(item, by=self.request.user)

    @verb(answer=Draft)
    def draft(self, item: WorkItem) -> dict[str, str]:
        """What the playbook would answer; nothing is sent."""
        return {"body": answering.draft(item)}

    @verb(ItemAnswer, answer=OutgoingSerializer)
    def answer(self, item: WorkItem, body: str, **more: Any) -> Outgoing:
        offers.check_kind(item.team_id, more.get("meeting_type"))
        return answering.send_answer(item, body, by=self.request.user, **more)

    @verb(NewOffer, answer=OfferSerializer)
    def offer(self, item: WorkItem, slots: list[Any], **more: Any) -> Offer:
        offers.check_kind(item.team_id, more.get("meeting_type"))
        return offers.offer(item, slots, by=self.request.user, **more)

    @verb(Booked, answer=MeetingSerializer)
    def book(self, item: WorkItem, start: Any, **more: Any) -> Meeting:
        """A time they accepted in words; 409 with the nearest free times where it is taken."""
        offers.check_kind(item.team_id, more.get("meeting_type"))
        return booking.book_for(item, start, by=self.request.user, **more)
