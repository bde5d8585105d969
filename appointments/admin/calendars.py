"""Hosts' hours and calendars; connecting one is its owner's matter, on their own page."""

from django.contrib import admin
from django.http import HttpRequest

from appointments import access, filters
from appointments.models import Calendar, CalendarConflict, CalendarEntry, HoursException
from appointments.services import calendar_reading, calendars
from crm.admin.actions import each
from crm.admin.base import NounAdmin, shared
from crm.errors import Refused


@admin.register(HoursException)
class HoursExceptionAdmin(NounAdmin):
    list_display = ("host", "day", "start", "end", "reason")
    editable = ("host", "day", "start", "end", "reason")
    addable = deletable = True
    ordering = ("-day",)


@admin.register(Calendar)
class CalendarAdmin(NounAdmin):
    listed = filters.CalendarFilter
    list_display = ("name", "host", "kind", "busy", "writes", "read_at", "error", "due_at")
    list_filter = shared(filters.CalendarFilter, "host", "kind", "failing")
    hidden = ("secret", "lease_until")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("read", "take_away")

    @each("Read it now", write=access.calendar_write)
    def read(self, request: HttpRequest, calendar: Calendar) -> None:
        if not calendar_reading.read_now([calendar]):
            calendar.refresh_from_db()
            raise Refused(calendar.error or "It is being read.")

    @each("Take away", write=access.calendar_write)
    def take_away(self, request: HttpRequest, calendar: Calendar) -> None:
        calendars.take_away(calendar, by=request.user)


@admin.register(CalendarEntry)
class CalendarEntryAdmin(NounAdmin):
    listed = filters.CalendarEntryFilter
    list_display = ("meeting", "calendar", "state", "sequence", "tries", "error", "due_at")
    list_select_related = ("calendar", "meeting__meeting_type", "meeting__account")
    list_filter = shared(filters.CalendarEntryFilter, "state")
    hidden = ("lease_until",)
    ordering = ("-id",)
    sortable_by = ()


@admin.register(CalendarConflict)
class CalendarConflictAdmin(NounAdmin):
    listed = filters.CalendarConflictFilter
    list_display = ("meeting", "calendar", "starts_at", "ends_at", "found_at", "over_at")
    list_select_related = ("calendar", "meeting__meeting_type", "meeting__account")
    list_filter = shared(filters.CalendarConflictFilter, "over")
    ordering = ("-id",)
    sortable_by = ()
