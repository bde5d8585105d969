"""How replies are understood, and the versions learnt from what people corrected."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from appointments import filters
from appointments.models import ClassifierVersion
from appointments.rules import understanding as rules
from appointments.services import classifier, examples_to_learn, learning, understanding
from crm.api.serializers import Strict, StrictModel
from crm.api.views import Read, verb
from crm.models import User


class ClassifierVersionSerializer(StrictModel):
    class Meta:
        model = ClassifierVersion
        fields = [
            "id", "state", "parent", "asked_by", "asked_at", "trained_at", "corrections", "project_rows", "figures", "reason",
            "used_at",
        ]  # fmt: skip


def visible_versions(user: User) -> QuerySet[ClassifierVersion]:
    """Figures over everybody's replies, and no word of any: the same for every member."""
    return ClassifierVersion.objects.defer("head", "learnt")


class ClassifierVersionViewSet(Read):
    """What was learnt here: its figures on both golds, before and after, and why it was refused where it was."""

    serializer_class = ClassifierVersionSerializer
    filterset_class = filters.ClassifierVersionFilter
    visible = staticmethod(visible_versions)
    ordering = ("-id",)
    queryset = ClassifierVersion.objects.none()

    @verb(policy="admin")
    def roll_back(self, version: ClassifierVersion) -> None:
        """This version, which was in use before, judges again."""
        learning.roll_back(version.pk, by=self.request.user)


class PartSerializer(serializers.Serializer):
    part = serializers.IntegerField()
    whole = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True, help_text="Null where there are too few to say.")


class LineSerializer(serializers.Serializer):
    label = serializers.CharField()
    decided = serializers.IntegerField()
    changed = serializers.IntegerField()
    precision = PartSerializer()
    recall = PartSerializer()


class UnderstandingSerializer(serializers.Serializer):
    in_use = serializers.IntegerField(help_text="The version that judges; 0 came with the product.")
    unlearnt = serializers.IntegerField(help_text="Corrections that nothing was learnt from yet.")
    verdict = serializers.CharField()
    drift = serializers.CharField()
    coverage = PartSerializer()
    accuracy = PartSerializer()
    per_label = LineSerializer(many=True)


class ClassifierView(APIView):
    """How well replies are understood, over those one may read."""

    policy = "lead"

    @extend_schema(operation_id="classifier_retrieve", responses=UnderstandingSerializer)
    def get(self, request: Request) -> Response:
        Strict(data=request.query_params.dict()).is_valid(raise_exception=True)
        rows = understanding.counted(request.user)
        return Response(UnderstandingSerializer(figures(rows)).data)

    @extend_schema(operation_id="classifier_learn", request=None, responses={202: ClassifierVersionSerializer})
    def post(self, request: Request) -> Response:
        """Learn from the corrections, in the background."""
        Strict(data=request.data).is_valid(raise_exception=True)
        return Response(ClassifierVersionSerializer(learning.ask(by=request.user)).data, status=202)


def figures(rows: list[rules.Counted]) -> dict[str, Any]:
    return {
        "in_use": classifier.current_version(), "unlearnt": examples_to_learn.unlearnt(), "verdict": rules.verdict(rows),
        "drift": rules.drift(rows), "coverage": rules.coverage(rows), "accuracy": rules.accuracy(rows),
        "per_label": rules.per_label(rows),
    }  # fmt: skip
