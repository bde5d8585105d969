"""Free times of a kind of meeting, as the reply page and the guest's link find them."""

from datetime import UTC, timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from appointments import access
from appointments.models import MeetingType
from appointments.services import offers
from appointments.services.hosts import hosts_of
from crm.api.serializers import Own, Strict
from crm.models import User

MOST_DAYS = 60


class SlotSearch(Strict):
    meeting_type = Own(access.visible_meeting_types, MeetingType)
    host = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, help_text="One of its hosts.")
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, required=False, default=14)


class FreeSlot(serializers.Serializer):
    start = serializers.DateTimeField(default_timezone=UTC, help_text="In UTC.")
    end = serializers.DateTimeField(default_timezone=UTC, help_text="In UTC.")
    host = serializers.IntegerField(help_text="Whose turn it is.")


class FreeSlots(serializers.Serializer):
    meeting_type = serializers.IntegerField()
    slots = FreeSlot(many=True)


class SlotView(APIView):
    """Nothing is held by looking: a time is taken when it is booked."""

    policy = "member"

    @extend_schema(operation_id="slots_list", parameters=[SlotSearch], responses=FreeSlots)
    def get(self, request: Request) -> Response:
        """Every free start of the coming days, with the host whose turn it is."""
        asked = SlotSearch(data=request.query_params.dict(), context={"request": request})
        asked.is_valid(raise_exception=True)
        kind, team = asked.validated_data["meeting_type"], request.user.team_id
        host = self.host_of(kind, team, asked.validated_data.get("host"))
        found = offers.free_slots(kind, days=asked.validated_data["days"], team_id=team, host=host)
        length = timedelta(minutes=kind.minutes)
        rows = [{"start": one.start, "end": one.start + length, "host": one.host_id} for one in found]
        return Response(FreeSlots({"meeting_type": kind.pk, "slots": rows}).data)

    def host_of(self, kind: MeetingType, team: int | None, pk: int | None) -> Any:
        """Only who holds this kind of meeting has a diary to look into."""
        if pk is None:
            return None
        holding = [user.pk for user in hosts_of(kind, team_id=team)]
        return get_object_or_404(User, pk=pk if pk in holding else 0)
