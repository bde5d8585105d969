"""Meetings from offered slots to their outcome."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from appointments import access, filters
from appointments.models import CounterProposal, Meeting, MeetingType, Offer, Recovery, WorkItem
from appointments.services import booking, outcomes, rsvp
from crm.api.serializers import Strict, StrictModel
from crm.api.views import Read, verb
from crm.models import User


class MeetingSerializer(StrictModel):
    class Meta:
        model = Meeting
        fields = [
            "id", "account", "contact", "team", "enrollment", "conversation", "offer", "work_item", "meeting_type",
            "host", "setter", "state", "starts_at", "ends_at", "guest_name", "guest_email", "guest_zone", "guest_note", "answers",
            "place", "uid", "sequence", "confirmed_at", "outcome_at", "side", "cancelled_reason", "replaces",
            "created_at", "held_by",
        ]  # fmt: skip


class OutcomeWhy(Strict):
    why = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class Held(OutcomeWhy):
    next = serializers.ChoiceField(WorkItem.Next.choices, required=False, default="")
    rest_until = serializers.DateField(required=False, allow_null=True, default=None)
    held_by = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(is_active=True), required=False, allow_null=True, default=None
    )


class NoShow(OutcomeWhy):
    side = serializers.ChoiceField(Meeting.Side.choices)


class NewTime(Strict):
    start = serializers.DateTimeField()


class CancelReason(Strict):
    reason = serializers.CharField(max_length=300)


class MeetingViewSet(Read):
    """Booked, held, no-show or cancelled. A meeting nobody gave an outcome never counts as held."""

    serializer_class = MeetingSerializer
    filterset_class = filters.MeetingFilter
    visible = staticmethod(access.visible_meetings)
    write = staticmethod(access.meeting_write)
    ordering = ("-id",)
    queryset = Meeting.objects.none()

    @verb(Held)
    def held(self, meeting: Meeting, **outcome: Any) -> None:
        outcomes.mark_held(meeting, by=self.request.user, **outcome)

    @verb(NoShow)
    def no_show(self, meeting: Meeting, side: str, why: str) -> None:
        outcomes.mark_no_show(meeting, side=side, by=self.request.user, why=why)

    @verb(NewTime)
    def move(self, meeting: Meeting, start: Any) -> None:
        booking.move(meeting, start, by=self.request.user)

    @verb(CancelReason)
    def called_off(self, meeting: Meeting, reason: str) -> None:
        """It is over and had been called off: nobody is told any more."""
        outcomes.mark_cancelled(meeting, by=self.request.user, why=reason)

    @verb(CancelReason)
    def cancel(self, meeting: Meeting, reason: str) -> None:
        booking.cancel(meeting, reason=reason, by=self.request.user)

    @verb()
    def confirm(self, meeting: Meeting) -> None:
        booking.confirm(meeting, by=self.request.user)


class CounterProposalSerializer(StrictModel):
    class Meta:
        model = CounterProposal
        fields = [
            "id",
            "meeting",
            "state",
            "address",
            "starts_at",
            "ends_at",
            "comment",
            "at",
            "decided_at",
            "decided_by",
        ]


class CounterProposalViewSet(Read):
    """Other times that guests' calendars propose: accepted, the meeting moves; refused, their calendar is told."""

    serializer_class = CounterProposalSerializer
    filterset_class = filters.CounterProposalFilter
    visible = staticmethod(access.visible_counters)
    write = staticmethod(access.counter_write)
    ordering = ("-id",)
    queryset = CounterProposal.objects.none()

    @verb()
    def accept(self, proposal: CounterProposal) -> None:
        rsvp.accept(proposal, by=self.request.user)

    @verb()
    def refuse(self, proposal: CounterProposal) -> None:
        rsvp.refuse(proposal, by=self.request.user)


class MeetingTypeSerializer(StrictModel):
    hosts = serializers.SlugRelatedField(slug_field="user_id", many=True, read_only=True)

    class Meta:
        model = MeetingType
        fields = [
            "id",
            "name",
            "slug",
            "team",
            "minutes",
            "buffer_before",
            "buffer_after",
            "place",
            "description",
            "hosting",
            "owner_first",
            "most_guests",
            "archived_at",
            "hosts",
        ]


class MeetingTypeViewSet(Read):
    """Kinds of meeting and who holds them."""

    serializer_class = MeetingTypeSerializer
    filterset_class = filters.MeetingTypeFilter
    visible = staticmethod(access.visible_meeting_types)
    prefetched = ("hosts",)
    queryset = MeetingType.objects.none()


class OfferSerializer(StrictModel):
    class Meta:
        model = Offer
        fields = [
            "id", "account", "contact", "reply", "work_item", "conversation", "team", "meeting_type", "slots",
            "guest_zone", "by", "replaces", "created_at", "expires_at", "revoked_at",
        ]  # fmt: skip


def visible_offers(user: User) -> QuerySet[Offer]:
    """Content of the conversation they were made in."""
    if user.is_admin:
        return Offer.objects.all()
    if user.job == User.Job.EXECUTIVE:
        return Offer.objects.filter(meetings__in=access.visible_meetings(user).values("pk"))
    return Offer.objects.filter(team=user.team_id, team__isnull=False)


class OfferViewSet(Read):
    """Times offered to someone. The link itself is only in the mail to them."""

    serializer_class = OfferSerializer
    filterset_class = filters.OfferFilter
    visible = staticmethod(visible_offers)
    ordering = ("-id",)
    queryset = Offer.objects.none()


class RecoverySerializer(StrictModel):
    class Meta:
        model = Recovery
        fields = [
            "id",
            "meeting",
            "account",
            "state",
            "tries",
            "next_at",
            "offer",
            "new_meeting",
            "started_at",
            "ended_at",
        ]


class RecoveryViewSet(Read):
    """After a no-show: two tries in five working days, then a person."""

    serializer_class = RecoverySerializer
    filterset_class = filters.RecoveryFilter
    visible = staticmethod(access.visible_recoveries)
    ordering = ("-id",)
    queryset = Recovery.objects.none()
