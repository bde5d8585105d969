"""The rules for titles: kept by admins, read by everyone."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from crm import access
from crm.api.authentication import Policy
from crm.api.contacts import role_field
from crm.api.serializers import Strict, StrictModel
from crm.api.views import Read, creates, edits
from crm.filters import TitleRuleFilter
from crm.models import TitleRule
from crm.rules.titles import Reading
from crm.services import titles

RULE = (
    "order",
    "phrases",
    "if_function",
    "if_level",
    "function",
    "level",
    "role",
    "confidence",
    "language",
    "active",
    "note",
)


class TitleRuleSerializer(StrictModel):
    role = role_field(required=False, allow_null=True)

    class Meta:
        model = TitleRule
        fields = ["id", *RULE]


class Rule(StrictModel):
    role = role_field(required=False, allow_null=True)

    class Meta:
        model = TitleRule
        fields = [*RULE]


class Titles(Strict):
    titles = serializers.ListField(child=serializers.CharField(max_length=200), min_length=1, max_length=100)


class ReadingSerializer(serializers.Serializer):
    """What a title says; `role` is unknown where the evidence is weak, `hint` then says what it hints at."""

    title = serializers.CharField()
    function = serializers.CharField()
    level = serializers.CharField()
    role = serializers.CharField()
    hint = serializers.CharField()
    rules = serializers.DictField(child=serializers.IntegerField())


class ChangesSerializer(serializers.Serializer):
    people = serializers.IntegerField()
    titles = serializers.IntegerField()
    roles = serializers.ListField(child=serializers.DictField())


class TitleRuleViewSet(Read):
    """From a title to function, level and role, in order; the first rule that says a thing stands."""

    serializer_class = TitleRuleSerializer
    filterset_class = TitleRuleFilter
    visible = staticmethod(lambda user: TitleRule.objects.all())
    related = ("role",)
    ordering = ("order", "id")
    queryset = TitleRule.objects.none()

    @creates(Rule, policy="admin")
    def create(self, **fields: Any) -> TitleRule:
        return titles.save_rule(None, by=self.request.user, **fields)

    @edits(Rule)
    def partial_update(self, rule: TitleRule, **fields: Any) -> None:
        self.admins_only()
        titles.save_rule(rule, by=self.request.user, **fields)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        self.admins_only()
        titles.drop_rule(self.mine(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=Titles, responses=ReadingSerializer(many=True))
    @action(detail=False, methods=["post"])
    def read(self, request: Request) -> Response:
        """What titles say by the rules as they are; nothing is written."""
        lines = self.checked(Titles)["titles"]
        reader = titles.reader()
        return Response([said(line, reader.read(line)) for line in lines])

    @extend_schema(responses=ChangesSerializer)
    @action(detail=False, methods=["get"], url_path="dry-run", policy="admin")
    def dry_run(self, request: Request) -> Response:
        """How many people on file would change role if the rules were applied to everyone."""
        return Response(ChangesSerializer(titles.would_change()).data)

    @extend_schema(request=None, responses={202: None})
    @action(detail=False, methods=["post"], policy="admin")
    def apply(self, request: Request) -> Response:
        """Have a worker read everyone's title anew; what a person set stays."""
        titles.ask_to_apply(by=request.user)
        return Response(status=status.HTTP_202_ACCEPTED)

    def admins_only(self) -> None:
        if not access.holds(self.request.user, "admin"):
            raise PermissionDenied(Policy.message)


def said(title: str, reading: Reading) -> dict[str, Any]:
    weak = reading.role if reading.certain_role != reading.role else ""
    return {
        "title": title,
        "function": reading.function,
        "level": reading.level,
        "role": reading.certain_role,
        "hint": weak,
        "rules": reading.by,
    }
