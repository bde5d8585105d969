"""The funnel's figures and the accounts behind them, as the pages show them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from appointments import reports
from appointments.cut_form import CUTS, DAYS, CutForm, step_words
from crm.access import visible_conversations
from crm.api.paging import ByKey
from crm.models import Account

ASKED = [
    OpenApiParameter(name, OpenApiTypes.DATE if name in DAYS else OpenApiTypes.STR, description=str(field.label))
    for name, field in CutForm.base_fields.items()
]
PAGING = ("cursor", "page_size")


class FunnelStepSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    accounts = serializers.IntegerField()
    people = serializers.IntegerField(allow_null=True)
    share = serializers.FloatField(allow_null=True, help_text="Of the step before, the accounts on both; 0 to 1.")
    usual = serializers.FloatField(allow_null=True)


class RateSerializer(serializers.Serializer):
    share = serializers.FloatField(allow_null=True, help_text="0 to 1; of cohorts old enough to judge.")
    low = serializers.FloatField(help_text="Wilson's interval, 95 %.")
    high = serializers.FloatField()
    usual = serializers.FloatField(allow_null=True, help_text="The team's own, of the year before.")
    benchmark = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()
    of = serializers.IntegerField()
    needed = serializers.IntegerField(help_text="About how many are needed to tell a drop by a third from chance.")
    too_few = serializers.BooleanField()
    below = serializers.BooleanField(help_text="Below usual (or the benchmark), and not by chance.")


class VerdictSerializer(serializers.Serializer):
    key = serializers.ChoiceField(["lead_generation", "appointment_setting", "both", "neither", "too_few"])
    sentence = serializers.CharField()
    text = serializers.CharField()
    needed = serializers.IntegerField()


class LeakSerializer(serializers.Serializer):
    key = serializers.CharField()
    half = serializers.ChoiceField(["before", "after"])
    title = serializers.CharField()
    count = serializers.IntegerField()
    text = serializers.CharField()


class BandSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    replies = serializers.IntegerField()
    booked = serializers.IntegerField()
    booked_share = serializers.FloatField(allow_null=True)
    held = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True, help_text="Held.")


class CohortSerializer(serializers.Serializer):
    start = serializers.DateField(help_text="A fortnight of enrollment, in your zone.")
    version = serializers.CharField(help_text="The version that does not compare, where it begins here.")
    breaks = serializers.BooleanField()
    young = serializers.BooleanField()
    enrolled = serializers.IntegerField()
    contacted = serializers.IntegerField()
    engaged = serializers.IntegerField()
    reply_rate = serializers.FloatField(allow_null=True)
    replies = serializers.IntegerField(help_text="Of the setter, where one is asked for.")
    held = serializers.IntegerField()
    meeting_rate = serializers.FloatField(allow_null=True)


class FunnelSerializer(serializers.Serializer):
    left = FunnelStepSerializer(many=True)
    right = FunnelStepSerializer(many=True)
    inbound = serializers.IntegerField(help_text="Wrote without being contacted; in no rate.")
    reply_rate = RateSerializer()
    meeting_rate = RateSerializer()
    verdict = VerdictSerializer()
    leak = LeakSerializer(many=True)
    bands = BandSerializer(many=True)
    cohorts = CohortSerializer(many=True)
    young = serializers.IntegerField(help_text="Accounts enrolled too lately to judge.")


class BehindSerializer(serializers.ModelSerializer):
    class Meta:
        model = Account
        fields = ["id", "name"]


def cut_asked(request: Request, *besides: str) -> dict[str, Any]:
    """The same form as the page's; a parameter that it does not know is refused by name."""
    asked = request.query_params.dict()
    if strange := sorted(set(asked) - {*CUTS, *besides}):
        raise ValidationError({name: ["This is not known here."] for name in strange})
    form = CutForm({name: asked.get(name, "") for name in CUTS})
    if not form.is_valid():
        raise ValidationError({name: list(errors) for name, errors in form.errors.items()})
    return form.cut


class FunnelView(APIView):
    """Both halves, both rates and the verdict, counted in accounts; the definitions are those of the page."""

    policy = "member"

    @extend_schema(operation_id="funnel_retrieve", parameters=ASKED, responses=FunnelSerializer)
    def get(self, request: Request) -> Response:
        return Response(FunnelSerializer(reports.funnel(cut_asked(request))).data)


class FunnelAccountsView(APIView):
    """The accounts behind one figure. Lists by what was said hold only conversations that you may read."""

    policy = "member"

    @extend_schema(
        operation_id="funnel_accounts_list",
        parameters=[
            *ASKED,
            OpenApiParameter("step", str, required=True, description="As `key` of a step, leak or band; `said-LABEL`."),
            OpenApiParameter("mature", bool, description="1: only cohorts old enough to judge, as the rates count."),
            OpenApiParameter("cursor", str),
            OpenApiParameter("page_size", int),
        ],
        responses=BehindSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        cut, step = cut_asked(request, "step", "mature", *PAGING), request.query_params.get("step", "")
        if not step_words(step):
            raise ValidationError({"step": ["The funnel has no such figure."]})
        mature = request.query_params.get("mature") in ("1", "true")
        rows: QuerySet[Account] = reports.accounts_behind(
            cut, step, mature=mature, readable=visible_conversations(request.user)
        )
        pages = ByKey()
        found = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(BehindSerializer(found, many=True).data)
