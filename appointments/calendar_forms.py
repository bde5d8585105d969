"""What people type about a host's days and calendars."""

from datetime import time
from typing import Any

from django import forms

from appointments.models import Calendar
from appointments.services.calendars import Typed

_TIME: dict[str, Any] = {"required": False, "widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}


class ExceptionForm(forms.Form):
    """A date with other hours; without any it is a day off."""

    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    start = forms.TimeField(label="From", help_text="Both empty: a day off.", **_TIME)
    end = forms.TimeField(label="Until", **_TIME)
    start_2 = forms.TimeField(label="and from", **_TIME)
    end_2 = forms.TimeField(label="Until", **_TIME)
    reason = forms.CharField(label="Why", max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        pairs = [(data.get("start"), data.get("end")), (data.get("start_2"), data.get("end_2"))]
        if any(bool(start) != bool(end) or (start and end and end <= start) for start, end in pairs):
            raise forms.ValidationError("Say from when until when, the end after the start.")
        if pairs[1][0] and (not pairs[0][1] or pairs[1][0] < pairs[0][1]):
            raise forms.ValidationError("The second stretch begins after the first one ends.")
        return data

    def stretches(self) -> list[tuple[time, time]]:
        data = self.cleaned_data
        pairs = [(data["start"], data["end"]), (data["start_2"], data["end_2"])]
        return [(start, end) for start, end in pairs if start and end]


class CalendarForm(forms.Form):
    """Where a calendar is and who reads it; the password goes in and never comes out."""

    kind = forms.ChoiceField(
        label="What kind", choices=Calendar.Kind.choices, initial=Calendar.Kind.CALDAV, widget=forms.RadioSelect,
        help_text="CalDAV is read and written. A feed is only read: Google's and Outlook's secret iCal address is one.",
    )  # fmt: skip
    url = forms.CharField(
        label="Address", max_length=900, widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        help_text="Of the calendar, or of the CalDAV server: then all your calendars there are found.",
    )  # fmt: skip
    username = forms.CharField(label="User name", max_length=320, required=False)
    password = forms.CharField(
        label="Password", max_length=500, required=False, strip=False, help_text="Kept encrypted and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    name = forms.CharField(label="What you call it", max_length=120, required=False)
    writes = forms.BooleanField(label="Write my meetings into it", required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == Calendar.Kind.CALDAV and not (data.get("username") and data.get("password")):
            self.add_error("username", "A CalDAV server asks for user name and password.")
        return data

    def typed(self) -> Typed:
        data = self.cleaned_data
        feed = data["kind"] == Calendar.Kind.FEED
        return Typed(
            data["kind"], data["url"], "" if feed else data["username"], "" if feed else data["password"], data["name"]
        )
