"""What people type after the reply, checked; a form may save one row of master data."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import slugify

from appointments.models import Availability, Meeting, MeetingType, Playbook, Vacation, WorkItem
from appointments.rules import amending, auto_answer
from appointments.services import playbooks
from crm import clock
from crm.errors import Refused
from crm.models import Role, User
from prospecting.rules import attribution, labels, languages

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
LANGUAGES = sorted(languages.NAMES.items(), key=lambda one: (one[0] != "en", one[1]))


class AnswerForm(forms.Form):
    """`seen` names what was on the page when it was rendered; `key` makes a double press one answer."""

    body = forms.CharField(
        max_length=20_000, widget=forms.Textarea, error_messages={"required": "Write something first."}
    )
    seen = forms.CharField(max_length=60, required=False)
    key = forms.CharField(max_length=64, required=False)
    again = forms.CharField(max_length=300, required=False, label="Why a second answer is right")


class AmendForm(forms.Form):
    """What was read wrongly, put right: a day, or a person; all of it empty says that it was not there."""

    kind = forms.ChoiceField(choices=[(one, one) for one in (*amending.DAYS, *amending.PEOPLE)])
    place = forms.IntegerField(min_value=0, max_value=20)
    day = forms.DateField(required=False)
    name = forms.CharField(max_length=120, required=False)
    email = forms.CharField(max_length=254, required=False)
    title = forms.CharField(max_length=120, required=False)

    def said(self) -> dict[str, str]:
        return {name: str(self.cleaned_data.get(name) or "") for name in ("day", "name", "email", "title")}


class LabelForm(forms.Form):
    label = forms.ChoiceField(choices=labels.CHOICES, label="What it says")
    secondary = forms.MultipleChoiceField(choices=labels.CHOICES, required=False, label="And also")


class DoneForm(forms.Form):
    """Done asks two things: the outcome, and what the account does next."""

    shown = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the reply that was read
    outcome = forms.ChoiceField(choices=WorkItem.Outcome.choices, label="How it ended")
    next = forms.ChoiceField(choices=WorkItem.Next.choices, label="What the account does next")
    rest_until = forms.DateField(required=False, widget=DATE, label="Rest until")
    reason = forms.ChoiceField(
        choices=[("", "Choose…"), *WorkItem.Reason.choices], required=False, label="Why they decline or wait"
    )
    note = forms.CharField(max_length=200, required=False, label="In their words")
    cause = forms.ChoiceField(
        choices=[("", "As proposed when it ends"), *attribution.CHOICES], required=False, label="What it came down to"
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("outcome") == WorkItem.Outcome.NURTURE and not said.get("reason"):
            self.add_error("reason", "Say why they wait.")
        if said.get("next") == WorkItem.Next.REST and not said.get("rest_until"):
            self.add_error("rest_until", "Say until when it rests.")
        if said.get("rest_until") and said["rest_until"] <= timezone.localdate(clock.now()):
            self.add_error("rest_until", "That day is over. Choose a later one.")
        if said.get("next") == WorkItem.Next.WAIT and said.get("outcome") != WorkItem.Outcome.BOOKED:
            self.add_error("next", "Only a booked meeting is waited for.")
        return said


class SnoozeForm(forms.Form):
    until = forms.DateTimeField(widget=MOMENT, label="Back on top")

    def clean_until(self) -> dt.datetime:
        until: dt.datetime = self.cleaned_data["until"]
        if until <= clock.now():
            raise forms.ValidationError("That is over. Choose a later time.")
        return until


class HandOverForm(forms.Form):
    """A colleague, or the pool, where whoever is free takes it."""

    to = forms.ModelChoiceField(User.objects.none(), required=False, label="To whom", empty_label="Whoever is free")
    words = forms.CharField(max_length=500, required=False, label="A sentence to them")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people


class NamesForm(forms.Form):
    """Someone the writer names: kept on the account with the sentence as evidence."""

    first_name = forms.CharField(max_length=80, required=False, label="First name")
    last_name = forms.CharField(max_length=80, label="Last name")
    email = forms.EmailField(required=False, label="E-mail address")
    role = forms.ModelChoiceField(Role.objects.all(), to_field_name="slug", label="Their part", initial="unknown")
    evidence = forms.CharField(max_length=300, required=False, label="The sentence that says so")
    may_cite = forms.BooleanField(required=False, label="A text to them may say who sent us")


class RoleForm(forms.Form):
    role = forms.ModelChoiceField(Role.objects.all(), to_field_name="slug", label="Their part", empty_label=None)


class HeldForm(forms.Form):
    """They met; what the account does next may be said at once, else it becomes a task."""

    next = forms.ChoiceField(
        choices=[("", "Ask me later"), *(one for one in WorkItem.Next.choices if one[0] != WorkItem.Next.WAIT)],
        required=False,
        label="What the account does next",
    )
    rest_until = forms.DateField(required=False, widget=DATE, label="Rest until")
    held_by = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Who held it", help_text="Where somebody stood in for the host."
    )
    why = forms.CharField(max_length=300, required=False, label="Why the change")

    def __init__(
        self, *args: Any, people: Any = None, host: Any = None, correcting: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].required = correcting
        field = self.fields["held_by"]
        field.queryset = (people if people is not None else User.objects.none()).exclude(pk=getattr(host, "pk", None))
        field.empty_label = str(host or "The host")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("next") == WorkItem.Next.REST and not said.get("rest_until"):
            self.add_error("rest_until", "Say until when it rests.")
        return said


class NoShowForm(forms.Form):
    side = forms.ChoiceField(choices=Meeting.Side.choices, widget=forms.RadioSelect, label="Whose side")
    why = forms.CharField(max_length=300, required=False, label="What happened")

    def __init__(self, *args: Any, correcting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].required = correcting


class MoveForm(forms.Form):
    """A free slot from the list, or any time typed by hand."""

    start = forms.ChoiceField(required=False, label="Free times")
    other = forms.DateTimeField(required=False, widget=MOMENT, label="Or another time")

    def __init__(self, *args: Any, slots: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start"].choices = [("", "Choose…"), *slots]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("start") and not said.get("other"):
            raise forms.ValidationError("Choose a time, or type one.")
        said["at"] = said.get("other") or dt.datetime.fromisoformat(said["start"])
        return said


class CancelForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Why")


class PlaybookForm(forms.ModelForm):
    language = forms.ChoiceField(choices=LANGUAGES)
    label = forms.ChoiceField(choices=labels.CHOICES, label="When the reply says")
    also = forms.ChoiceField(choices=[("", "Nothing else"), *labels.CHOICES], required=False, label="And also says")
    percent = forms.IntegerField(
        min_value=90, max_value=100, initial=97, label="Only when this sure of what they say, percent"
    )

    class Meta:
        model = Playbook
        fields = [
            "name",
            "label",
            "also",
            "segment",
            "language",
            "body",
            "meeting_type",
            "books_itself",
            "sends_itself",
        ]
        labels = {
            "body": "The draft",
            "meeting_type": "Times are offered for",
            "books_itself": "Books by itself when a time is accepted in plain words",
            "sends_itself": "May be sent by itself, without a person",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["percent"].required = False
        self.fields["meeting_type"].queryset = MeetingType.objects.filter(archived_at=None).order_by("name")
        self.fields["meeting_type"].empty_label = "The first kind of meeting of whoever answers"
        if self.instance.pk:
            self.fields["percent"].initial = round(100 * self.instance.least_confidence)

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        try:
            playbooks.check(body)
        except Refused as refused:
            raise forms.ValidationError(refused.sentence) from refused
        return body

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("sends_itself") and said.get("label") not in auto_answer.LABELS:
            self.add_error("sends_itself", "What they say here is never answered without a person.")
        if said.get("also") and said["also"] == said.get("label"):
            self.add_error("also", "That is what the reply says already. Choose something else, or nothing.")
        return said

    def keep(self, by: User) -> Playbook:
        """The draft as typed; who switches the sending on, or changes when, is who allowed it."""
        row: Playbook = self.save(commit=False)
        row.least_confidence = (self.cleaned_data.get("percent") or 97) / 100
        return playbooks.keep(row, by=by, changed=self.changed_data)


class MeetingTypeForm(forms.ModelForm):
    """A kind of meeting with its hosts, their weights and its questions; saving is `services.meeting_types.keep`."""

    hosts = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True).order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Who holds it",
    )

    class Meta:
        model = MeetingType
        fields = [
            "name", "description", "place", "minutes", "buffer_before", "buffer_after", "team", "hosting", "owner_first",
            "most_guests",
        ]  # fmt: skip
        labels = {
            "minutes": "Minutes", "buffer_before": "Free before, minutes", "buffer_after": "Free after, minutes",
            "hosting": "With several hosts", "owner_first": "Who knows the account comes first",
            "most_guests": "Further guests, at most",
        }  # fmt: skip
        help_texts = {"buffer_before": "", "buffer_after": "", "most_guests": "People a guest may bring along."}
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].empty_label = "Every team"
        self.weighed = dict(self.instance.hosts.values_list("user", "weight")) if self.instance.pk else {}
        if self.weighed:
            self.fields["hosts"].initial = list(self.weighed)

    def clean_minutes(self) -> int:
        minutes: int = self.cleaned_data["minutes"]
        if not 5 <= minutes <= 480:
            raise forms.ValidationError("Between 5 minutes and 8 hours.")
        return minutes

    def clean_most_guests(self) -> int:
        most: int = self.cleaned_data["most_guests"]
        if most > 20:
            raise forms.ValidationError("At most 20.")
        return most

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("hosting") == MeetingType.Hosting.TOGETHER and len(said.get("hosts", ())) < 2:
            self.add_error("hosts", "Together means two or more. Choose who, or let one of them hold it.")
        if not self.instance.slug and said.get("name"):
            self.instance.slug = free_slug(said["name"])
        return said

    @property
    def weights(self) -> dict[int, int]:
        """By user id, 1 to 10; what was not said stays as it was."""
        return {host.pk: self._weight(host.pk) for host in self.cleaned_data["hosts"]}

    def _weight(self, pk: int) -> int:
        said = str(self.data.get(f"weight-{pk}", ""))
        return min(max(int(said), 1), 10) if said.isdecimal() and len(said) < 4 else self.weighed.get(pk, 1)


class CreditForm(forms.Form):
    """Puts a balance of round robin right."""

    host = forms.ModelChoiceField(User.objects.none(), label="Whose")
    amount = forms.DecimalField(max_digits=6, decimal_places=1, label="Meetings, less with a minus")
    note = forms.CharField(max_length=200, label="Why")


class FurtherGuestForm(forms.Form):
    name = forms.CharField(max_length=200, required=False, label="Name")
    email = forms.EmailField(max_length=320, label="Mail address")


def free_slug(name: str) -> str:
    stem = slugify(name)[:40] or "meeting"
    taken = set(MeetingType.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for n in range(1, 1000) if (slug := stem if n == 1 else f"{stem}-{n}") not in taken)


class AvailabilityForm(forms.ModelForm):
    class Meta:
        model = Availability
        fields = ["notice_hours", "horizon_days", "daily_maximum"]
        labels = {"notice_hours": "Notice, hours", "horizon_days": "Days ahead", "daily_maximum": "Most a day"}

    def clean_horizon_days(self) -> int:
        days: int = self.cleaned_data["horizon_days"]
        if not 1 <= days <= 180:  # calendars are read no further
            raise forms.ValidationError("Between 1 and 180 days.")
        return days


class VacationForm(forms.ModelForm):
    class Meta:
        model = Vacation
        fields = ["first_day", "last_day", "reason"]
        widgets = {"first_day": DATE, "last_day": DATE}
        labels = {"first_day": "From", "last_day": "Until, included"}

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("first_day") and said.get("last_day") and said["last_day"] < said["first_day"]:
            self.add_error("last_day", "The last day is before the first.")
        return said


class GuestForm(forms.Form):
    """What a guest says when booking; the words of its errors are in the guest's language."""

    slot = forms.CharField(max_length=60)
    name = forms.CharField(max_length=200)
    email = forms.EmailField(max_length=320)
    note = forms.CharField(max_length=1000, required=False)
    guests = forms.CharField(max_length=1000, required=False)
    key = forms.CharField(max_length=64)
    zone = forms.CharField(max_length=64, required=False)


class FiguresForm(forms.Form):
    """Benchmarks are typed in percent and kept as shares; one currency for all costs."""

    PERCENT = ("reply_rate", "reply_to_meeting_rate")
    MONEY = ("account_on_list", "touch_sent", "mailbox", "risk", "working_hour")
    reply_rate = forms.FloatField(min_value=0, max_value=100, label="Reply rate, in %")
    reply_to_meeting_rate = forms.FloatField(min_value=0, max_value=100, label="Reply-to-meeting rate, in %")
    account_on_list = forms.DecimalField(min_value=0, max_digits=10, decimal_places=2, label="One account on a list")
    touch_sent = forms.DecimalField(min_value=0, max_digits=10, decimal_places=2, label="One touch sent")
    mailbox = forms.DecimalField(
        min_value=0, max_digits=10, decimal_places=2, label="Mailboxes, per account", required=False,
        help_text="What mailboxes and domains cost a month, by the accounts they carry.",
    )  # fmt: skip
    risk = forms.DecimalField(
        min_value=0, max_digits=10, decimal_places=2, label="Risk, per account", required=False,
        help_text="A burnt domain's cost, by how many accounts one is burnt.",
    )  # fmt: skip
    working_hour = forms.DecimalField(min_value=0, max_digits=10, decimal_places=2, label="One hour of work")
    currency = forms.RegexField(r"^[A-Z]{3}$", label="Currency", help_text="Three letters, as in EUR.")

    @classmethod
    def shown(cls, figures: Mapping[str, Any]) -> dict[str, Any]:
        """The stored figures as the form shows them."""
        return {**figures, **{key: round(100 * figures[key], 2) for key in cls.PERCENT if key in figures}}

    @property
    def benchmarks(self) -> dict[str, float]:
        return {key: round(self.cleaned_data[key] / 100, 4) for key in self.PERCENT}

    @property
    def costs(self) -> dict[str, Decimal]:
        return {key: self.cleaned_data[key] or Decimal(0) for key in self.MONEY}


class OutsideModelForm(forms.Form):
    """An endpoint of one's own choosing; its key goes in and never comes out."""

    on = forms.BooleanField(required=False, label="Ask it about replies that nobody could read")
    url = forms.URLField(
        required=False, max_length=500, label="Address", assume_scheme="https", help_text="An address of HTTPS."
    )
    key = forms.CharField(
        required=False, max_length=500, label="Key", widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Sent along as a bearer token. Empty keeps the one there is, unless the address is another.",
    )  # fmt: skip

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if url and not url.startswith("https://"):
            raise forms.ValidationError("Only addresses that begin with https:// are asked.")
        return url

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("on") and not found.get("url") and "url" not in self.errors:
            self.add_error("url", "Say which address is to be asked.")
        return found
