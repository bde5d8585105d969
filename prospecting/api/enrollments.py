"""Accounts on their way: enrollments, stages, touches, milestones."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm import access as crm_access
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, creates, verb
from crm.errors import Refused
from crm.filters import people_of
from crm.models import Account, Contact, User
from prospecting import access, filters
from prospecting.models import Enrollment, Milestone, Segment, SequenceVersion, StageVisit, Touch
from prospecting.models.touch import Flight
from prospecting.queries import checks
from prospecting.rules import outcomes
from prospecting.services import approving, calls, sending, skipping
from prospecting.services import enrollment as walking


class EnrollmentSerializer(StrictModel):
    class Meta:
        model = Enrollment
        fields = [
            "id", "account", "prospector", "segment_version", "route_version", "sequence_version", "policy", "state",
            "reason", "approval", "rests_until", "started_at", "ended_at", "next_words",
        ]  # fmt: skip


def living_segments(user: Any) -> QuerySet[Segment]:
    return filters.living_segments()


def published_sequences(user: Any) -> QuerySet[SequenceVersion]:
    return SequenceVersion.objects.filter(state=SequenceVersion.State.PUBLISHED)


class NewEnrollment(Strict):
    """Enrols an account: the guard is asked first, and says in a sentence why not."""

    account = Own(crm_access.workable_accounts, Account)
    segment = Own(living_segments, Segment)
    sequence_version = Own(published_sequences, SequenceVersion)
    prospector = Own(people_of, User, required=False, help_text="Else the caller.")
    approval = serializers.BooleanField(required=False, help_text="A person looks at each mail first.")


class Why(Strict):
    why = serializers.CharField(max_length=200)


class RestUntil(Why):
    until = serializers.DateField()


class LookFirst(Strict):
    on = serializers.BooleanField()


class LeftOut(Why):
    contact = Own(crm_access.visible_contacts, Contact)


class EnrollmentViewSet(Read):
    """One account walking one sequence on one route."""

    serializer_class = EnrollmentSerializer
    filterset_class = filters.EnrollmentFilter
    visible = staticmethod(access.visible_enrollments)
    write = staticmethod(access.enrollment_write)
    ordering = ("-id",)
    queryset = Enrollment.objects.none()

    @creates(NewEnrollment)
    def create(self, account: Account, prospector: User | None = None, **road: Any) -> Enrollment:
        user = self.request.user
        return walking.enroll(account, prospector=prospector or user, by=user, **road)

    @verb(Why)
    def pause(self, row: Enrollment, why: str) -> None:
        walking.pause(row, why, by=self.request.user)

    @verb()
    def resume(self, row: Enrollment) -> None:
        walking.resume(row, by=self.request.user)

    @verb(RestUntil)
    def rest(self, row: Enrollment, until: Any, why: str) -> None:
        walking.rest(row, until, why, by=self.request.user)

    @verb(LookFirst)
    def look_first(self, row: Enrollment, on: bool) -> None:
        approving.look_first(row, on, by=self.request.user)

    @verb(LeftOut)
    def leave_out(self, row: Enrollment, contact: Contact, why: str) -> None:
        skipping.skip_person(row, contact, why, by=self.request.user)

    @verb(Why)
    def finish(self, row: Enrollment, why: str) -> None:
        walking.finish(row, by=self.request.user, why=why)

    @verb(Why)
    def close(self, row: Enrollment, why: str) -> None:
        walking.close(row, by=self.request.user, why=why)


class StageVisitSerializer(StrictModel):
    stage_name = serializers.CharField(source="stage.name", read_only=True)

    class Meta:
        model = StageVisit
        fields = [
            "id", "enrollment", "account", "stage", "stage_name", "state", "why", "opened_at", "closed_at", "waits_until",
        ]  # fmt: skip


class StageVisitViewSet(Read):
    """The stages of an enrollment, each with the reason it is open or shut."""

    serializer_class = StageVisitSerializer
    filterset_class = filters.StageVisitFilter
    visible = staticmethod(lambda user: StageVisit.objects.all())
    write = staticmethod(access.visit_write)
    related = ("stage",)
    queryset = StageVisit.objects.none()

    @verb(Why)
    def open(self, visit: StageVisit, why: str) -> None:
        walking.open_stage(visit, why, by=self.request.user)

    @verb(Why)
    def close(self, visit: StageVisit, why: str) -> None:
        walking.close_stage(visit, why, by=self.request.user)


class TouchSerializer(StrictModel):
    class Meta:
        model = Touch
        fields = [
            "id", "enrollment", "account", "contact", "visit", "step", "channel", "state", "due_on", "not_before",
            "waits_because", "why", "released", "outcome", "reached", "mailbox", "message", "sent_at", "created_at",
        ]  # fmt: skip


class Logged(Strict):
    """What came of a call, note or task; it counts ten seconds later, until then it can be undone."""

    outcome = serializers.ChoiceField(outcomes.CHOICES)
    words = serializers.CharField(max_length=500, required=False, allow_blank=True)
    until = serializers.DateField(required=False, help_text="Not before this day, as they asked.")


class Edited(Strict):
    subject = serializers.CharField(max_length=200, required=False, allow_blank=True)
    body = serializers.CharField(max_length=20_000)


class CheckSerializer(serializers.Serializer):
    reason = serializers.CharField()
    planned = serializers.CharField()
    sent = serializers.CharField()


class TouchWhySerializer(serializers.Serializer):
    """Why it was planned, what the guard said then, and each check at planning and in the moment of sending."""

    planned_because = serializers.CharField()
    verdict = serializers.DictField()
    checks = CheckSerializer(many=True)


class Settled(Strict):
    to = serializers.ChoiceField(
        [(state.value, state.label) for state in (Flight.SENT, Flight.BOUNCED, Flight.PLANNED, Flight.DROPPED)]
    )


class TouchViewSet(Read):
    """Planned and made contact attempts."""

    serializer_class = TouchSerializer
    filterset_class = filters.TouchFilter
    visible = staticmethod(access.visible_touches)
    write = staticmethod(access.touch_write)
    ordering = ("-id",)
    queryset = Touch.objects.none()

    @verb(Logged)
    def log(self, touch: Touch, outcome: str, **said: Any) -> None:
        calls.log(touch.account, touch.contact, outcome, by=self.request.user, touch=touch, **said)

    @verb(Edited)
    def edit(self, touch: Touch, body: str, subject: str = "") -> None:
        approving.edit(touch, subject, body, by=self.request.user)

    @verb()
    def release(self, touch: Touch) -> None:
        found = approving.release([touch], by=self.request.user)
        if sentence := found.refused.get(touch.pk):
            raise Refused(sentence)

    @verb()
    def hold_back(self, touch: Touch) -> None:
        if not approving.take_back([touch], by=self.request.user):
            raise Refused("It has left already, or nobody is asked to look at it.")

    @verb(Why)
    def leave_out(self, touch: Touch, why: str) -> None:
        skipping.skip_steps([touch], why, by=self.request.user)

    @verb()
    def plan_again(self, touch: Touch) -> None:
        skipping.undo_steps([touch], by=self.request.user)

    @extend_schema(responses=TouchWhySerializer, filters=False)
    @action(detail=True, methods=["get"])
    def why(self, request: Request, pk: str) -> Response:
        """The checks it passed, or what stood against it."""
        touch = self.get_object()
        told = {"planned_because": touch.why, "verdict": touch.verdict, "checks": checks.of_touch(touch)}
        return Response(TouchWhySerializer(told).data)

    @verb(Settled)
    def settle(self, touch: Touch, to: str) -> None:
        sending.settle_uncertain(touch, to, by=self.request.user)


class MilestoneSerializer(StrictModel):
    class Meta:
        model = Milestone
        fields = ["id", "enrollment", "account", "contact", "rung", "at", "voids", "by"]


class MilestoneViewSet(Read):
    """The rungs accounts reached, dated when it happened: what every rate is counted from."""

    serializer_class = MilestoneSerializer
    filterset_class = filters.MilestoneFilter
    visible = staticmethod(lambda user: Milestone.objects.all())
    ordering = ("-id",)
    queryset = Milestone.objects.none()
