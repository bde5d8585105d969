"""Role templates of segments, how far they are filled, and who is missing where."""

from typing import Any

import django_filters as f
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.contacts import role_field
from crm.api.serializers import Strict
from crm.api.views import Read, verb
from crm.filters import IdFilter, Listed, YesNoFilter, people
from crm.models import Role, User
from prospecting.filters import required_roles
from prospecting.models import ListEntry, Segment
from prospecting.queries import roles
from prospecting.services import role_templates


class Needed(Strict):
    role = role_field()
    required = serializers.IntegerField(min_value=1, max_value=role_templates.MOST)


class Template(Strict):
    roles = Needed(many=True)


class RoleTemplateSerializer(serializers.ModelSerializer):
    """A segment and who must be known at each of its accounts."""

    roles = Needed(source="roles_needed", many=True, read_only=True)

    class Meta:
        model = Segment
        fields = ["id", "name", "roles"]


class RoleHealthSerializer(RoleTemplateSerializer):
    """One segment, with how far its list is filled; `percent` is null without a template or members."""

    completeness = serializers.SerializerMethodField()
    cover = serializers.SerializerMethodField()
    unknown = serializers.SerializerMethodField()

    class Meta(RoleTemplateSerializer.Meta):
        fields = [*RoleTemplateSerializer.Meta.fields, "completeness", "cover", "unknown"]

    @extend_schema_field(serializers.DictField())
    def get_completeness(self, segment: Segment) -> dict[str, Any]:
        return roles.completeness(segment)

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_cover(self, segment: Segment) -> list[dict[str, Any]]:
        return roles.cover(segment)

    @extend_schema_field(serializers.DictField())
    def get_unknown(self, segment: Segment) -> dict[str, Any]:
        return roles.unknown_share(segment)


class RoleTemplateFilter(Listed):
    class Meta:
        model = Segment
        fields: list[str] = []


def living(user: User) -> QuerySet[Segment]:
    return Segment.objects.filter(archived_at=None)


class RoleTemplateViewSet(Read):
    """Who must be known at each account of a segment's list, and how many."""

    filterset_class = RoleTemplateFilter
    visible = staticmethod(living)
    prefetched = ("roles_needed__role",)
    queryset = Segment.objects.none()

    def get_serializer_class(self) -> type[RoleTemplateSerializer]:
        return RoleTemplateSerializer if self.action == "list" else RoleHealthSerializer

    @verb(Template, path="set", policy="lead")
    def set_roles(self, segment: Segment, roles: list[dict[str, Any]]) -> None:
        wanted = {row["role"].slug: row["required"] for row in roles}
        role_templates.set_template(segment, wanted, by=self.request.user)


class MissingRoleSerializer(serializers.Serializer):
    """One account of one list, and the roles for which too few are known."""

    account = serializers.IntegerField(source="account.pk")
    name = serializers.CharField(source="account.name")
    segment = serializers.IntegerField(source="segment.pk")
    owner = serializers.IntegerField(source="account.owner_id", allow_null=True)
    percent = serializers.IntegerField()
    missing = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_missing(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"role": place["role"].slug, "people": place["missing"]} for place in row["missing"]]


class MissingRoleFilter(Listed):
    segment = IdFilter("target_list__segment_id", label="Segment")
    role = f.ModelChoiceFilter(method="of_role", queryset=required_roles, to_field_name="slug", label="Role")
    owner = f.ModelChoiceFilter("account__owner", queryset=people, label="Owner")
    unowned = YesNoFilter("account__owner", "isnull", label="Without an owner")

    class Meta:
        model = ListEntry
        fields: list[str] = []

    def of_role(self, rows: QuerySet[ListEntry], name: str, value: Role) -> QuerySet[ListEntry]:
        return rows.filter(pk__in=roles.missing(role=value).order_by().values("pk"))


class MissingRoleViewSet(Read):
    """The worklist: members of lists that lack people in required roles."""

    serializer_class = MissingRoleSerializer
    filterset_class = MissingRoleFilter
    visible = staticmethod(lambda user: roles.missing())
    queryset = ListEntry.objects.none()
    http_method_names = ["get", "head", "options"]

    def paginate_queryset(self, queryset: QuerySet[ListEntry]) -> list[Any] | None:
        """A page of entries with what each lacks: two queries more, whatever its length."""
        return roles.fill(super().paginate_queryset(queryset) or [])
