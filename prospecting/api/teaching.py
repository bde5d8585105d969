"""What closed work taught: causes, and the rule edits that outcomes speak for."""

from typing import Any

from rest_framework import serializers

from crm.api.serializers import Strict, StrictModel
from crm.api.views import Read, verb
from prospecting import access, filters
from prospecting.models import Attribution
from prospecting.reports import findings
from prospecting.rules import attribution, cuts
from prospecting.services import attributing


class AttributionSerializer(StrictModel):
    segment = serializers.IntegerField(source="enrollment.segment_version.segment_id", read_only=True)

    class Meta:
        model = Attribution
        fields = ["id", "enrollment", "account", "segment", "cause", "proposed", "because", "by", "confirmed_at", "at"]


class SaidCause(Strict):
    cause = serializers.ChoiceField(attribution.CHOICES)
    instead_of = serializers.ChoiceField(
        attribution.CHOICES, required=False, default="", allow_blank=True,
        help_text="What another person said, where this replaces it; refused where that is not what they said.",
    )  # fmt: skip


class AttributionViewSet(Read):
    """What walks without a held meeting came down to: proposed when they ended, confirmed or changed by a person."""

    serializer_class = AttributionSerializer
    filterset_class = filters.AttributionFilter
    visible = staticmethod(lambda user: access.visible_attributions(user).filter(pk__in=findings.closed().values("pk")))
    write = staticmethod(access.attribution_write)
    ordering = ("-id",)
    queryset = Attribution.objects.none()

    @verb(SaidCause)
    def confirm(self, row: Attribution, **said: str) -> None:
        attributing.confirm(row.enrollment, by=self.request.user, **said)


class CauseShareSerializer(serializers.Serializer):
    cause = serializers.CharField()
    walks = serializers.IntegerField()
    confirmed = serializers.IntegerField()


class FindingSerializer(serializers.Serializer):
    """A group against everybody else; `adjusted` is the p-value after all comparisons that were made."""

    words = serializers.CharField(source="group.words")
    rule = serializers.CharField(source="group.rule")
    outcome = serializers.ChoiceField(list(cuts.OUTCOMES.items()))
    count = serializers.IntegerField()
    of = serializers.IntegerField()
    rest_count = serializers.IntegerField()
    rest_of = serializers.IntegerField()
    p = serializers.FloatField()
    adjusted = serializers.FloatField()
    sentence = serializers.CharField()


class EditSerializer(serializers.Serializer):
    """An edit of the rule with its dry run; nothing changes before somebody makes it a draft and publishes that."""

    finding = FindingSerializer()
    term = serializers.CharField(source="key")
    rule = serializers.CharField()
    leaves = serializers.IntegerField(source="run.leaves", default=None, allow_null=True)
    stays = serializers.IntegerField(source="run.stays", default=None, allow_null=True)
    sentence = serializers.CharField()
    aside = serializers.BooleanField()


class TaughtSerializer(serializers.Serializer):
    """What the outcomes of a segment say, by the definitions of its page."""

    accounts = serializers.IntegerField(source="search.accounts")
    engaged = serializers.IntegerField(source="search.engaged")
    held = serializers.IntegerField(source="search.held")
    compared = serializers.IntegerField(source="search.looked")
    as_of_today = serializers.IntegerField(source="measured.as_of_today")
    young = serializers.IntegerField(source="measured.young")
    sentence = serializers.CharField(source="search.sentence")
    findings = FindingSerializer(source="search.findings", many=True)
    proposals = EditSerializer(many=True)
    causes = CauseShareSerializer(many=True)


class FoundTerm(Strict):
    term = serializers.CharField(max_length=600, help_text="The `term` of a proposal.")


class Aside(FoundTerm):
    reason = serializers.CharField(max_length=300)


def with_causes(found: findings.Taught, segment: Any) -> dict[str, Any]:
    return {**vars(found), "causes": findings.shares(segment)}
