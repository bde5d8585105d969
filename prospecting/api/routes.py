"""Routes, their versions, stages and gates, the variants of segments, and what routes taught us."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm import clock
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, creates, edits, needed, verb
from prospecting import filters
from prospecting.models import Route, RouteVariant, RouteVersion, Segment, Stage
from prospecting.queries import routes as asked
from prospecting.reports import learning
from prospecting.rules.learning import verdict
from prospecting.services import routes, variants


class RouteSerializer(StrictModel):
    class Meta:
        model = Route
        fields = ["id", "name", "description", "created_at"]


class StageSerializer(StrictModel):
    roles = serializers.SlugRelatedField(slug_field="slug", many=True, read_only=True)

    class Meta:
        model = Stage
        fields = ["id", "order", "name", "roles", "min_people", "max_people", "patience_days", "gate"]


class RouteVersionSerializer(StrictModel):
    stages = StageSerializer(many=True, read_only=True)

    class Meta:
        model = RouteVersion
        fields = [
            "id", "route", "number", "state", "stages", "departments_out", "reason", "by", "created_at", "published_at",
        ]  # fmt: skip


class ProblemSerializer(serializers.Serializer):
    """`stage` is its number, 0 the route itself; what does not block may be published."""

    stage = serializers.IntegerField()
    sentence = serializers.CharField()
    blocks = serializers.BooleanField()


class WholeVersionSerializer(RouteVersionSerializer):
    """One version, with what is wrong, what it changes against the one before, and what using it would do."""

    problems = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()
    effect = serializers.SerializerMethodField()

    class Meta(RouteVersionSerializer.Meta):
        fields = [*RouteVersionSerializer.Meta.fields, "problems", "changes", "effect"]

    @extend_schema_field(ProblemSerializer(many=True))
    def get_problems(self, version: RouteVersion) -> Any:
        return ProblemSerializer(routes.found_in(asked.stops_of(version), version.route), many=True).data

    def get_changes(self, version: RouteVersion) -> list[str]:
        return routes.changes(version)

    def get_effect(self, version: RouteVersion) -> list[str]:
        return routes.effect(version) if version.state == RouteVersion.State.DRAFT else []


class NewRoute(Strict):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class RouteWords(Strict):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=1000, allow_blank=True)


class NewStage(Strict):
    name = serializers.CharField(max_length=80)
    roles = serializers.ListField(child=serializers.SlugField(), allow_empty=False, max_length=20)
    min_people = serializers.IntegerField(min_value=1, max_value=99, required=False)
    max_people = serializers.IntegerField(min_value=1, max_value=99, required=False)
    patience_days = serializers.IntegerField(min_value=0, max_value=1000, required=False)
    gate = serializers.DictField(required=False)


class NewRouteVersion(Strict):
    stages = NewStage(many=True, allow_empty=False, max_length=40)
    departments_out = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=40)


class WhyPublish(Strict):
    reason = serializers.CharField(max_length=300)
    lead_variants = serializers.BooleanField(
        required=False, default=False, help_text="Lead variants on older versions of this route onto it."
    )


class LearningCut(Strict):
    version = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1, help_text="Its number.")
    segment = Own(lambda user: Segment.objects.all(), Segment, required=False)
    since = serializers.DateTimeField(required=False)


class ShareSerializer(serializers.Serializer):
    part = serializers.IntegerField()
    whole = serializers.IntegerField()
    needed = serializers.IntegerField()
    too_few = serializers.BooleanField()
    words = serializers.CharField()


class StageLearnedSerializer(serializers.Serializer):
    stage = serializers.CharField()
    place = serializers.IntegerField()
    role = serializers.IntegerField()
    role_name = serializers.CharField()
    contacted = serializers.IntegerField()
    people = serializers.IntegerField()
    answered = serializers.IntegerField()
    held = serializers.IntegerField()
    wrong = serializers.IntegerField()
    answer_share = ShareSerializer()
    held_share = ShareSerializer()
    wrong_share = ShareSerializer()


class FirstLearnedSerializer(serializers.Serializer):
    role = serializers.IntegerField()
    role_name = serializers.CharField()
    accounts = serializers.IntegerField()
    answered = serializers.IntegerField()
    held = serializers.IntegerField()
    share = ShareSerializer()


class OverrideLearnedSerializer(serializers.Serializer):
    reason = serializers.CharField()
    words = serializers.CharField()
    times = serializers.IntegerField()
    answered = serializers.IntegerField()
    held = serializers.IntegerField()
    stopped = serializers.IntegerField()


class LearnedSerializer(serializers.Serializer):
    """Counted in accounts; `young` walks are not in `first` yet, and a share of too few says so."""

    verdict = serializers.CharField()
    young = serializers.IntegerField()
    first = FirstLearnedSerializer(many=True)
    stages = StageLearnedSerializer(many=True)
    overrides = OverrideLearnedSerializer(many=True)


class RouteViewSet(Read):
    """Who is written to in which order."""

    serializer_class = RouteSerializer
    filterset_class = filters.RouteFilter
    visible = staticmethod(lambda user: Route.objects.all())
    queryset = Route.objects.none()

    @creates(NewRoute, policy="lead")
    def create(self, name: str, description: str) -> Route:
        return routes.create_route(name, description, by=self.request.user)

    @edits(RouteWords, policy="lead")
    def partial_update(self, route: Route, **words: str) -> None:
        given = {"name": route.name, "description": route.description, **words}
        routes.edit_route(route, by=self.request.user, **given)

    @verb(NewRouteVersion, answer=WholeVersionSerializer, policy="lead")
    def draft(self, route: Route, stages: list[dict[str, Any]], **more: Any) -> RouteVersion:
        return routes.draft(route, stages, by=self.request.user, **more)

    @verb(WhyPublish, answer=RouteVersionSerializer, policy="lead")
    def publish(self, route: Route, reason: str, lead_variants: bool) -> RouteVersion:
        draft = needed(routes.draft_of(route), "This route has no draft.")
        return routes.publish(draft, reason=reason, lead_variants=lead_variants, by=self.request.user)

    @verb(policy="lead")
    def discard(self, route: Route) -> None:
        routes.discard(needed(routes.draft_of(route), "This route has no draft."), by=self.request.user)

    @verb(LearningCut, answer=LearnedSerializer)
    def learning(self, route: Route, **cut: Any) -> dict[str, Any]:
        """Reads only."""
        asked_of = learning.Cut(route, **cut)
        first, young = learning.by_first_role(asked_of, clock.now())
        return {
            "verdict": verdict(learning.firsts(first)),
            "young": young,
            "first": first,
            "stages": learning.by_stage(asked_of),
            "overrides": learning.by_override(asked_of),
        }


class RouteVersionViewSet(Read):
    """A route as enrollments walk it; immutable once published."""

    filterset_class = filters.RouteVersionFilter
    visible = staticmethod(lambda user: RouteVersion.objects.select_related("route"))
    prefetched = ("stages__roles",)
    queryset = RouteVersion.objects.none()

    def get_serializer_class(self) -> type[RouteVersionSerializer]:
        return RouteVersionSerializer if self.action == "list" else WholeVersionSerializer


class VariantSerializer(StrictModel):
    class Meta:
        model = RouteVariant
        fields = ["id", "segment", "order", "name", "condition", "route_version"]


def published(user: Any) -> Any:
    return RouteVersion.objects.filter(state=RouteVersion.State.PUBLISHED)


def living(user: Any) -> Any:
    return Segment.objects.filter(archived_at=None)


class VariantWords(Strict):
    name = serializers.CharField(max_length=80)
    condition = serializers.CharField(max_length=4000)
    route_version = Own(published, RouteVersion)


class NewVariant(VariantWords):
    segment = Own(living, Segment)


class VariantPlace(Strict):
    place = serializers.IntegerField(min_value=1, max_value=variants.MOST_VARIANTS)


class RouteVariantViewSet(Read):
    """Other routes for accounts of a segment that meet a condition, tried in their order; the first that fits is taken."""

    serializer_class = VariantSerializer
    filterset_class = filters.RouteVariantFilter
    visible = staticmethod(lambda user: RouteVariant.objects.filter(segment__archived_at=None))
    related = ("segment", "route_version")
    queryset = RouteVariant.objects.none()

    @creates(NewVariant, policy="lead")
    def create(self, segment: Segment, **words: Any) -> RouteVariant:
        return variants.add_variant(segment, by=self.request.user, **words)

    @edits(VariantWords, policy="lead")
    def partial_update(self, variant: RouteVariant, **words: Any) -> None:
        kept = {"name": variant.name, "condition": variant.condition, "route_version": variant.route_version}
        variants.change_variant(variant, by=self.request.user, **{**kept, **words})

    @verb(VariantPlace, policy="lead")
    def place(self, variant: RouteVariant, place: int) -> None:
        variants.place_variant(variant, place, by=self.request.user)

    @verb(answer=VariantSerializer, policy="lead")
    def remove(self, variant: RouteVariant) -> RouteVariant:
        gone = RouteVariant(
            id=variant.pk, segment=variant.segment, order=variant.order, name=variant.name,
            condition=variant.condition, route_version=variant.route_version,
        )  # fmt: skip
        variants.remove_variant(variant, by=self.request.user)
        return gone


class ChoiceTermSerializer(serializers.Serializer):
    text = serializers.CharField()
    holds = serializers.BooleanField()
    own = serializers.CharField()


class VariantChoiceSerializer(serializers.Serializer):
    """One way through the segment, why it fits or not, and whether it is the one taken."""

    name = serializers.CharField()
    variant = serializers.IntegerField(source="variant.pk", allow_null=True, default=None)
    route_version = serializers.IntegerField(source="route.pk")
    taken = serializers.BooleanField()
    tried = serializers.BooleanField()
    wrong = serializers.CharField()
    terms = ChoiceTermSerializer(many=True)


class ChoicesSerializer(serializers.Serializer):
    choices = VariantChoiceSerializer(many=True)
