"""What people do themselves: approve, leave out, call, write; orders, intakes, the policy, and why anything happened."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm import access as crm_access
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, creates, edits, verb
from crm.filters import people_of
from crm.models import Account, Contact, Team, User
from prospecting import access, filters, work_filters
from prospecting.api.enrollments import Why, living_segments, published_sequences
from prospecting.models import (
    Call,
    EnrollOrder,
    Intake,
    Override,
    PolitenessPolicy,
    Segment,
    Sequence,
    SequenceVersion,
    Skip,
)
from prospecting.queries import overrides
from prospecting.rules import outcomes
from prospecting.services import calls, enrolling, intakes, policies, skipping
from prospecting.tasks import run_orders


class CallSerializer(StrictModel):
    class Meta:
        model = Call
        fields = [
            "id", "account", "contact", "enrollment", "touch", "channel", "outcome", "label", "reached", "words", "until",
            "by", "at", "settled_at", "undone_at",
        ]  # fmt: skip


class NewCall(Strict):
    """A call or note to somebody of an account; for a task of a sequence use the touch's own verb."""

    account = Own(crm_access.workable_accounts, Account)
    contact = Own(crm_access.visible_contacts, Contact)
    channel = serializers.ChoiceField(["call", "social"], default="call")
    outcome = serializers.ChoiceField(outcomes.CHOICES)
    words = serializers.CharField(max_length=500, required=False, allow_blank=True)
    until = serializers.DateField(required=False)


class CallViewSet(Read):
    """What was called and noted; it counts ten seconds later."""

    serializer_class = CallSerializer
    filterset_class = work_filters.CallFilter
    visible = staticmethod(access.visible_calls)
    write = staticmethod(access.call_write)
    ordering = ("-id",)
    queryset = Call.objects.none()

    @creates(NewCall)
    def create(self, account: Account, contact: Contact, outcome: str, **said: Any) -> Call:
        return calls.log(account, contact, outcome, by=self.request.user, **said)

    @verb()
    def undo(self, call: Call) -> None:
        calls.undo(call, by=self.request.user)


class SkipSerializer(StrictModel):
    class Meta:
        model = Skip
        fields = ["id", "enrollment", "account", "contact", "why", "by", "at", "undone_at"]


class SkipViewSet(Read):
    """People left out of one walk."""

    serializer_class = SkipSerializer
    filterset_class = work_filters.SkipFilter
    visible = staticmethod(lambda user: Skip.objects.all())
    write = staticmethod(access.skip_write)
    ordering = ("-id",)
    queryset = Skip.objects.none()

    @verb()
    def undo(self, skip: Skip) -> None:
        skipping.undo_person(skip, by=self.request.user)


class OrderSerializer(StrictModel):
    class Meta:
        model = EnrollOrder
        fields = [
            "id", "segment", "sequence_version", "prospector", "approval", "query", "state", "wanted", "started",
            "waiting", "refused", "by", "created_at", "ended_at",
        ]  # fmt: skip


class NewOrder(Strict):
    """Enrols everything that a view of the accounts shows (`query`, as in its address) or the accounts named."""

    segment = Own(living_segments, Segment)
    sequence_version = Own(published_sequences, SequenceVersion)
    prospector = Own(people_of, User, required=False, help_text="Else the caller.")
    query = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    accounts = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=5000, required=False)
    approval = serializers.BooleanField(required=False)
    preview = serializers.BooleanField(required=False, help_text="Only say what would happen.")

    def validate(self, attrs: Any) -> Any:
        if ("query" in attrs) == ("accounts" in attrs):
            raise serializers.ValidationError("Give either query or accounts.")
        return super().validate(attrs)


class ForeseenSerializer(serializers.Serializer):
    """What enrolling would do."""

    whole = serializers.IntegerField()
    starts = serializers.IntegerField()
    waits = serializers.DictField()
    refused = serializers.DictField()
    sentence = serializers.CharField()


class OrderViewSet(Read):
    """Many accounts enrolled at once; they are taken in by batches, and each refusal is counted with its reason."""

    serializer_class = OrderSerializer
    filterset_class = work_filters.EnrollOrderFilter
    visible = staticmethod(access.visible_orders)
    write = staticmethod(access.order_read)
    ordering = ("-id",)
    queryset = EnrollOrder.objects.none()

    @creates(NewOrder)
    def create(self, prospector: User | None = None, **said: Any) -> EnrollOrder:
        rows = self.asked(said)
        said.pop("preview", None)
        row = enrolling.order(
            by=self.request.user, prospector=prospector or self.request.user, wanted=rows.count(),
            query=said.pop("query", ""), picked=said.pop("accounts", ()), **said,
        )  # fmt: skip
        run_orders.delay_on_commit()
        return row

    def asked(self, said: dict[str, Any]) -> Any:
        rows = access.accounts_asked(self.request.user, said.get("query", ""))
        return rows.filter(pk__in=said["accounts"]) if "accounts" in said else rows

    @extend_schema(request=NewOrder, responses=ForeseenSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """Says how many would start, wait or be refused, and enrols nobody."""
        said = dict(self.checked(NewOrder))
        writer = said.get("prospector") or request.user
        seen = enrolling.foresee(self.asked(said), said["sequence_version"], said["segment"], prospector=writer)
        told = {reason: group.n for reason, group in seen.waits.items()}
        refused = {reason: {"n": g.n, "sample": [pk for pk, _ in g.sample]} for reason, g in seen.refused.items()}
        return Response(
            {"whole": seen.whole, "starts": seen.starts.n, "waits": told, "refused": refused, "sentence": seen.sentence}
        )

    @verb()
    def stop(self, order: EnrollOrder) -> None:
        enrolling.stop(order, by=self.request.user, why="stopped by hand")


class IntakeSerializer(StrictModel):
    next_day = serializers.SerializerMethodField()

    class Meta:
        model = Intake
        fields = [
            "id", "name", "segment", "sequence", "owners", "person", "team", "per_day", "weekdays", "approval", "state",
            "reason", "by", "created_at", "next_day",
        ]  # fmt: skip

    def get_next_day(self, row: Intake) -> str | None:
        rows = list(getattr(self.parent, "instance", None) or [row])
        if "next_days" not in self.context:
            self.context["next_days"] = intakes.next_days(rows)
        day = self.context["next_days"].get(row.pk)
        return day.isoformat() if day else None


class IntakeForm(Strict):
    name = serializers.CharField(max_length=120)
    segment = Own(living_segments, Segment)
    sequence = Own(lambda user: Sequence.objects.all(), Sequence)
    owners = serializers.ChoiceField(Intake.Owners.choices)
    person = Own(people_of, User, required=False)
    team = Own(lambda user: Team.objects.all(), Team, required=False)
    per_day = serializers.IntegerField(min_value=1, max_value=500)
    weekdays = serializers.ListField(child=serializers.IntegerField(min_value=0, max_value=6), min_length=1)
    approval = serializers.BooleanField(required=False)


class IntakeViewSet(Read):
    """Standing orders: so many accounts of a list on each of their days."""

    policy = "member"
    serializer_class = IntakeSerializer
    filterset_class = work_filters.IntakeFilter
    visible = staticmethod(access.visible_intakes)
    write = staticmethod(access.intake_read)
    queryset = Intake.objects.none()

    @creates(IntakeForm, policy="lead")
    def create(self, **fields: Any) -> Intake:
        return intakes.create(by=self.request.user, **fields)

    @edits(IntakeForm, policy="lead")
    def partial_update(self, row: Intake, **fields: Any) -> None:
        intakes.change(row, by=self.request.user, **fields)

    @verb(Why, policy="lead")
    def pause(self, row: Intake, why: str) -> None:
        intakes.pause(row, why, by=self.request.user)

    @verb(policy="lead")
    def resume(self, row: Intake) -> None:
        intakes.resume(row, by=self.request.user)

    @verb(Why, policy="lead")
    def stop(self, row: Intake, why: str) -> None:
        intakes.stop(row, why, by=self.request.user)


class PolicySerializer(StrictModel):
    class Meta:
        model = PolitenessPolicy
        fields = [
            "id", "number", "state", "people_at_once", "touches_a_week", "days_between_people", "cool_off", "reason",
            "by", "created_at", "published_at",
        ]  # fmt: skip


class PolicyDraft(Strict):
    people_at_once = serializers.IntegerField(required=False)
    touches_a_week = serializers.IntegerField(required=False)
    days_between_people = serializers.IntegerField(required=False)
    cool_off = serializers.DictField(child=serializers.IntegerField(), required=False)


class PolicyViewSet(Read):
    """How polite we are to one account; adding one writes the draft, publishing it asks for the reason."""

    serializer_class = PolicySerializer
    filterset_class = filters.PolitenessPolicyFilter
    visible = staticmethod(lambda user: PolitenessPolicy.objects.all())
    ordering = ("-id",)
    queryset = PolitenessPolicy.objects.none()

    @creates(PolicyDraft, policy="admin")
    def create(self, **fields: Any) -> PolitenessPolicy:
        return policies.draft(by=self.request.user, **fields)

    @verb(Why, policy="admin")
    def publish(self, row: PolitenessPolicy, why: str) -> None:
        policies.publish(row, why, by=self.request.user)

    @verb(policy="admin")
    def discard(self, row: PolitenessPolicy) -> None:
        policies.discard(row, by=self.request.user)


class GoneAheadSerializer(StrictModel):
    answered = serializers.BooleanField(read_only=True)
    opted_out = serializers.BooleanField(read_only=True)
    held = serializers.BooleanField(read_only=True)

    class Meta:
        model = Override
        fields = [
            "id", "account", "contact", "touch", "outgoing", "reason", "sentence", "by", "at", "answered", "opted_out",
            "held",
        ]  # fmt: skip


class OverrideViewSet(Read):
    """Each time somebody went against the guard, and what came of it since."""

    serializer_class = GoneAheadSerializer
    filterset_class = filters.OverrideFilter
    visible = staticmethod(lambda user: overrides.shown())
    ordering = ("-id",)
    queryset = Override.objects.none()
