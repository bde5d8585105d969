"""Segments, their versions, and the lists they keep."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm import access
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, creates, needed, verb
from crm.models import Account
from prospecting import filters
from prospecting.models import ListEntry, Pin, RouteVersion, Segment, SegmentVersion, TargetList
from prospecting.services import segments


def published_routes(user: Any) -> QuerySet[RouteVersion]:
    return RouteVersion.objects.filter(state=RouteVersion.State.PUBLISHED)


class VersionSerializer(StrictModel):
    class Meta:
        model = SegmentVersion
        fields = [
            "id", "segment", "number", "state", "rule", "when_rule", "route_version", "reason", "expected", "compared",
            "overlap", "members", "by", "created_at", "published_at",
        ]  # fmt: skip


class SegmentSerializer(StrictModel):
    target_list = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Segment
        fields = ["id", "name", "statement", "target_list", "by", "created_at", "archived_at"]


class Rules(Strict):
    rule = serializers.CharField(max_length=8000)
    when_rule = serializers.CharField(max_length=8000, required=False, allow_blank=True, default="")
    route_version = Own(published_routes, RouteVersion)


class NewSegment(Rules):
    name = serializers.CharField(max_length=120)
    statement = serializers.CharField(max_length=1000)


class Publish(Strict):
    reason = serializers.CharField(max_length=300)
    expected = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class RefreshedSerializer(serializers.Serializer):
    entered = serializers.IntegerField()
    left = serializers.IntegerField()
    members = serializers.IntegerField()
    window_closed = serializers.IntegerField()


class DryRunSerializer(serializers.Serializer):
    """What a draft would do, before anyone decides."""

    members = serializers.IntegerField()
    enters = serializers.IntegerField()
    leaves = serializers.IntegerField()
    stays = serializers.IntegerField()
    enter_sample = serializers.SerializerMethodField()
    leave_sample = serializers.SerializerMethodField()
    open_enrollments = serializers.IntegerField()
    window_closed = serializers.IntegerField()
    compared = serializers.CharField()
    overlap = serializers.FloatField(allow_null=True)
    seconds = serializers.FloatField()

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_enter_sample(self, run: segments.DryRun) -> list[int]:
        return [account.pk for account in run.enter_sample]

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_leave_sample(self, run: segments.DryRun) -> list[int]:
        return [account.pk for account in run.leave_sample]


class NewPin(Strict):
    account = Own(access.visible_accounts, Account)
    kind = serializers.ChoiceField(Pin.Kind.choices)
    reason = serializers.CharField(max_length=200)


class SegmentViewSet(Read):
    """Accounts that decide the same way. A change of rule is a draft, dried first, then published."""

    serializer_class = SegmentSerializer
    filterset_class = filters.SegmentFilter
    visible = staticmethod(lambda user: Segment.objects.all())
    related = ("target_list",)
    queryset = Segment.objects.none()

    @creates(NewSegment, policy="lead")
    def create(self, **given: Any) -> Segment:
        return segments.create_segment(by=self.request.user, **given)

    @verb(Rules, answer=VersionSerializer, policy="lead")
    def draft(self, segment: Segment, **rules: Any) -> SegmentVersion:
        return segments.draft(segment, by=self.request.user, **rules)

    @verb(answer=DryRunSerializer)
    def dry_run(self, segment: Segment) -> segments.DryRun:
        return segments.dry_run(self.draft_of(segment))

    @verb(Publish, answer=VersionSerializer, policy="lead")
    def publish(self, segment: Segment, **why: str) -> SegmentVersion:
        return segments.publish(self.draft_of(segment), by=self.request.user, **why)

    @verb(policy="lead")
    def discard(self, segment: Segment) -> None:
        segments.discard(self.draft_of(segment), by=self.request.user)

    @verb(answer=RefreshedSerializer, policy="lead")
    def refresh(self, segment: Segment) -> Any:
        return segments.refresh_list(segment, by=self.request.user)

    def draft_of(self, segment: Segment) -> SegmentVersion:
        return needed(segments.draft_of(segment), "This segment has no draft.")


class SegmentVersionViewSet(Read):
    """Two rules and a route, immutable once published."""

    serializer_class = VersionSerializer
    filterset_class = filters.SegmentVersionFilter
    visible = staticmethod(lambda user: SegmentVersion.objects.all())
    queryset = SegmentVersion.objects.none()


class TargetListSerializer(StrictModel):
    class Meta:
        model = TargetList
        fields = ["id", "segment", "refreshed_at"]


class PinSerializer(StrictModel):
    class Meta:
        model = Pin
        fields = ["id", "target_list", "account", "kind", "reason", "by", "at"]


class TargetListViewSet(Read):
    """The list a segment keeps; its members are the current entries."""

    serializer_class = TargetListSerializer
    filterset_class = filters.TargetListFilter
    visible = staticmethod(lambda user: TargetList.objects.all())
    related = ("segment",)
    queryset = TargetList.objects.none()

    @verb(NewPin, answer=PinSerializer, policy="lead")
    def pin(self, target: TargetList, account: Account, kind: str, reason: str) -> Pin:
        return segments.pin(target.segment, account, kind, reason, by=self.request.user)


class EntrySerializer(StrictModel):
    class Meta:
        model = ListEntry
        fields = [
            "id", "target_list", "account", "version_in", "entered_at", "version_out", "left_at", "left_reason",
            "window_open",
        ]  # fmt: skip


class EntryViewSet(Read):
    """Dated intervals on a list: which version let an account in, which let it out, and why."""

    serializer_class = EntrySerializer
    filterset_class = filters.ListEntryFilter
    visible = staticmethod(lambda user: ListEntry.objects.all())
    queryset = ListEntry.objects.none()


class PinViewSet(Read):
    """Accounts kept on or off a list by hand."""

    serializer_class = PinSerializer
    filterset_class = filters.PinFilter
    visible = staticmethod(lambda user: Pin.objects.all())
    queryset = Pin.objects.none()
