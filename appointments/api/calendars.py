"""Hosts' calendars elsewhere: how they are, never what is in them; and what they hold against meetings."""

from rest_framework import serializers

from appointments import access, filters
from appointments.models import Calendar, CalendarConflict
from appointments.services import calendar_reading, calendars
from crm.api.serializers import Strict, StrictModel
from crm.api.views import Read, verb


class CalendarSerializer(StrictModel):
    class Meta:
        model = Calendar
        fields = [
            "id", "host", "kind", "name", "busy", "writes", "read_at", "skipped", "error", "failing_since", "due_at",
            "created_at",
        ]  # fmt: skip


class Switch(Strict):
    on = serializers.BooleanField()


class CalendarViewSet(Read):
    """Connections of hosts. Addresses, user names and passwords go in by the page and never come out."""

    serializer_class = CalendarSerializer
    filterset_class = filters.CalendarFilter
    visible = staticmethod(access.visible_calendars)
    write = staticmethod(access.calendar_write)
    ordering = ("-id",)
    queryset = Calendar.objects.none()

    @verb()
    def read(self, calendar: Calendar) -> None:
        """Read it now."""
        calendar_reading.read_now([calendar])

    @verb(Switch)
    def count(self, calendar: Calendar, on: bool) -> None:
        """Whether its events take time."""
        calendars.count_as_busy(calendar, on, by=self.request.user)

    @verb(Switch)
    def write_meetings(self, calendar: Calendar, on: bool) -> None:
        """Whether meetings are written into it."""
        calendars.write_into(calendar, on, by=self.request.user)


class ConflictSerializer(StrictModel):
    class Meta:
        model = CalendarConflict
        fields = ["id", "meeting", "calendar", "starts_at", "ends_at", "found_at", "over_at"]


class ConflictViewSet(Read):
    """Booked meetings at the same time as something else in a calendar. The meeting stands until a person acts."""

    serializer_class = ConflictSerializer
    filterset_class = filters.CalendarConflictFilter
    visible = staticmethod(access.visible_conflicts)
    ordering = ("-id",)
    queryset = CalendarConflict.objects.none()
