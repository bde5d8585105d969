"""Routes, their versions, stages and gates."""

from typing import Any

from rest_framework import serializers

from crm.api.serializers import Strict, StrictModel
from crm.api.views import Read, creates, needed, verb
from prospecting import filters
from prospecting.models import Route, RouteVersion, Stage
from prospecting.services import routes


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
            "id",
            "route",
            "number",
            "state",
            "stages",
            "departments_out",
            "reason",
            "by",
            "created_at",
            "published_at",
        ]


class NewRoute(Strict):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


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
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class RouteViewSet(Read):
    """Who is written to in which order."""

    serializer_class = RouteSerializer
    filterset_class = filters.RouteFilter
    visible = staticmethod(lambda user: Route.objects.all())
    queryset = Route.objects.none()

    @creates(NewRoute, policy="lead")
    def create(self, name: str, description: str) -> Route:
        return routes.create_route(name, description, by=self.request.user)

    @verb(NewRouteVersion, answer=RouteVersionSerializer, policy="lead")
    def draft(self, route: Route, stages: list[dict[str, Any]], **more: Any) -> RouteVersion:
        return routes.draft(route, stages, by=self.request.user, **more)

    @verb(WhyPublish, answer=RouteVersionSerializer, policy="lead")
    def publish(self, route: Route, reason: str) -> RouteVersion:
        draft = route.versions.filter(state=RouteVersion.State.DRAFT).first()
        return routes.publish(needed(draft, "This route has no draft."), reason=reason, by=self.request.user)


class RouteVersionViewSet(Read):
    """A route as enrollments walk it; immutable once published."""

    serializer_class = RouteVersionSerializer
    filterset_class = filters.RouteVersionFilter
    visible = staticmethod(lambda user: RouteVersion.objects.all())
    prefetched = ("stages__roles",)
    queryset = RouteVersion.objects.none()
