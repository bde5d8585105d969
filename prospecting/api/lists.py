"""Segments, their versions, and the lists they keep."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm import access, clock
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, below, creates, edits, needed, verb
from crm.models import Account
from prospecting import filters
from prospecting.api.routes import ChoicesSerializer
from prospecting.api.teaching import Aside, FoundTerm, TaughtSerializer, with_causes
from prospecting.models import (
    ListEntry,
    ListRefresh,
    Pin,
    RouteVersion,
    Segment,
    SegmentVersion,
    Snapshot,
    SnapshotEntry,
    TargetList,
)
from prospecting.queries import why
from prospecting.queries.routes import choices
from prospecting.reports import findings
from prospecting.services import archiving, pins, priorities, proposals, segments, snapshots


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
        fields = ["id", "name", "statement", "priority", "target_list", "by", "created_at", "archived_at"]


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


class Words(Strict):
    name = serializers.CharField(max_length=120, required=False)
    statement = serializers.CharField(max_length=1000, required=False)


class Place(Strict):
    place = serializers.IntegerField(min_value=1, max_value=1000, allow_null=True)


class Schedule(Strict):
    every_hours = serializers.IntegerField(min_value=0, max_value=2160)


class RefreshedSerializer(serializers.Serializer):
    entered = serializers.IntegerField()
    left = serializers.IntegerField()
    members = serializers.IntegerField()
    window_closed = serializers.IntegerField()


class OverlapSerializer(serializers.Serializer):
    segment = serializers.IntegerField(source="segment.pk")
    accounts = serializers.IntegerField()
    moves = serializers.BooleanField()


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
    sentences = serializers.ListField(child=serializers.CharField())
    overlaps = OverlapSerializer(many=True)
    walked_elsewhere = serializers.IntegerField()
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
    expires_on = serializers.DateField(required=False, allow_null=True, default=None)


class PinSerializer(StrictModel):
    class Meta:
        model = Pin
        fields = ["id", "target_list", "account", "kind", "reason", "by", "at", "expires_on"]


class NewSnapshot(Strict):
    name = serializers.CharField(max_length=120)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class SnapshotSerializer(StrictModel):
    class Meta:
        model = Snapshot
        fields = ["id", "target_list", "version", "name", "reason", "members", "by", "at"]


class Whose(Strict):
    account = Own(access.visible_accounts, Account)


class TermSerializer(serializers.Serializer):
    text = serializers.CharField()
    field = serializers.CharField()
    holds = serializers.BooleanField()
    own = serializers.CharField()


class OnListSerializer(serializers.Serializer):
    """Why an account is on the list or not, term by term with its own values."""

    on_list = serializers.BooleanField()
    fits = serializers.BooleanField()
    window_open = serializers.BooleanField()
    sentence = serializers.CharField()
    version = serializers.IntegerField(source="version.pk")
    terms = TermSerializer(many=True)
    when = TermSerializer(many=True)


class EntrySerializer(StrictModel):
    class Meta:
        model = ListEntry
        fields = [
            "id", "target_list", "account", "version_in", "entered_at", "entered_reason", "version_out", "left_at",
            "left_reason", "window_open",
        ]  # fmt: skip


class PutAway(Strict):
    reason = serializers.CharField(max_length=500)


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

    @edits(Words, policy="lead")
    def partial_update(self, segment: Segment, **words: str) -> None:
        given = {"name": segment.name, "statement": segment.statement, **words}
        segments.edit_segment(segment, by=self.request.user, **given)

    @verb(Place, policy="lead")
    def place(self, segment: Segment, place: int | None) -> None:
        priorities.set_place(segment, place, by=self.request.user)

    @verb(Schedule, policy="lead")
    def schedule(self, segment: Segment, every_hours: int) -> None:
        segments.set_schedule(segment, every_hours, by=self.request.user)

    @verb(PutAway, policy="lead")
    def archive(self, segment: Segment, reason: str) -> None:
        archiving.archive(segment, reason, by=self.request.user)

    @verb(policy="lead")
    def restore(self, segment: Segment) -> None:
        archiving.restore(segment, by=self.request.user)

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

    @verb(Whose, answer=OnListSerializer)
    def why(self, segment: Segment, account: Account) -> why.Why:
        version = segments.current_version(segment) or segments.draft_of(segment)
        return why.why(segment, account, needed(version, "This segment has no rule yet."))

    @verb(Whose, answer=ChoicesSerializer)
    def route_of(self, segment: Segment, account: Account) -> dict[str, Any]:
        """Which route the account takes in this segment, and why not another. Reads only."""
        version = needed(segments.current_version(segment), "This segment has no version in use yet.")
        return {"choices": choices(segment, account, version.route_version)}

    @verb(answer=TaughtSerializer)
    def taught(self, segment: Segment) -> dict[str, Any]:
        """What outcomes say about the segment and its rule. Reads only."""
        return with_causes(findings.taught(segment, clock.now()), segment)

    @verb(FoundTerm, answer=VersionSerializer, policy="lead")
    def take_up(self, segment: Segment, term: str) -> SegmentVersion:
        """A proposal becomes a draft, or joins the one that stands."""
        return proposals.take_up(segment, term, by=self.request.user)

    @verb(Aside, policy="lead")
    def put_aside(self, segment: Segment, term: str, reason: str) -> None:
        proposals.put_aside(segment, term, reason=reason, by=self.request.user)

    @below(EntrySerializer, filters.ListEntryFilter, ordering=("account_id",))
    def members(self, segment: Segment) -> QuerySet[ListEntry]:
        return ListEntry.objects.filter(target_list__segment=segment, left_at=None)

    @below(PinSerializer, filters.PinFilter, creates=NewPin)
    def pins(self, segment: Segment, given: Any = None) -> Any:
        if given is None:
            return Pin.objects.filter(target_list__segment=segment)
        return segments.pin(segment, by=self.request.user, **given)

    @below(SnapshotSerializer, filters.SnapshotFilter, creates=NewSnapshot)
    def snapshots(self, segment: Segment, given: Any = None) -> Any:
        if given is None:
            return Snapshot.objects.filter(target_list__segment=segment)
        return snapshots.take(segment, by=self.request.user, **given)

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
        fields = ["id", "segment", "refreshed_at", "every_hours"]


class TargetListViewSet(Read):
    """The list a segment keeps; its members are the current entries."""

    serializer_class = TargetListSerializer
    filterset_class = filters.TargetListFilter
    visible = staticmethod(lambda user: TargetList.objects.all())
    related = ("segment",)
    queryset = TargetList.objects.none()

    @verb(NewPin, answer=PinSerializer, policy="lead")
    def pin(self, target: TargetList, **given: Any) -> Pin:
        return segments.pin(target.segment, by=self.request.user, **given)


class EntryViewSet(Read):
    """Dated intervals on a list: which version let an account in, which let it out, and why."""

    serializer_class = EntrySerializer
    filterset_class = filters.ListEntryFilter
    visible = staticmethod(lambda user: ListEntry.objects.all())
    queryset = ListEntry.objects.none()


class UnpinnedSerializer(serializers.Serializer):
    account = serializers.IntegerField()


class PinViewSet(Read):
    """Accounts kept on or off a list by hand."""

    serializer_class = PinSerializer
    filterset_class = filters.PinFilter
    visible = staticmethod(lambda user: Pin.objects.all())
    queryset = Pin.objects.none()

    @verb(answer=UnpinnedSerializer, policy="lead")
    def release(self, pin: Pin) -> dict[str, int]:
        """The rule decides about the account again."""
        pins.unpin(pin, by=self.request.user)
        return {"account": pin.account_id}


class ListRefreshSerializer(StrictModel):
    class Meta:
        model = ListRefresh
        fields = [
            "id", "target_list", "version", "at", "asked_by", "entered", "left", "members", "window_closed", "seconds",
        ]  # fmt: skip


class ListRefreshViewSet(Read):
    """Every run over a list: what asked for it, who came and went."""

    serializer_class = ListRefreshSerializer
    filterset_class = filters.ListRefreshFilter
    visible = staticmethod(lambda user: ListRefresh.objects.all())
    queryset = ListRefresh.objects.none()
    ordering = ("-at", "-id")


class SnapshotEntrySerializer(StrictModel):
    class Meta:
        model = SnapshotEntry
        fields = ["id", "account", "name", "domain", "rung"]


class SnapshotViewSet(Read):
    """A list as it stood at one moment."""

    serializer_class = SnapshotSerializer
    filterset_class = filters.SnapshotFilter
    visible = staticmethod(lambda user: Snapshot.objects.all())
    queryset = Snapshot.objects.none()

    @below(SnapshotEntrySerializer)
    def entries(self, snapshot: Snapshot) -> QuerySet[SnapshotEntry]:
        return snapshot.entries.all()
