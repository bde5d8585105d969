"""What people type about the record: shapes and limits, no writing."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from crm import clock
from crm.models import Account, Organisation, Role, User

ZONES = [
    (zone, zone.replace("_", " "))
    for zone in sorted(available_timezones())
    if "/" in zone and not zone.startswith(("Etc/", "posix", "right", "SystemV"))
]
ROLES = {"queryset": Role.objects.all(), "to_field_name": "slug"}


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class Words(forms.CharField):
    """Several words in one line, separated by commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        found = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
        if any(len(word) > 60 for word in found):
            raise forms.ValidationError("Keep each of them under 60 characters.")
        return found


class AccountForm(forms.ModelForm):
    tags = Words(required=False, help_text="Separated by commas.")
    regulated = Words(required=False, label="Regulated categories", help_text="Separated by commas.")

    class Meta:
        model = Account
        fields = [
            "name", "domain", "phone", "street", "postcode", "city", "state_name", "country", "zone", "industry",
            "employees", "sites", "regulated", "tags", "window_from", "window_until", "fiscal_year_end", "renewal_on",
            "recontact_not_before",
        ]  # fmt: skip
        widgets = {name: DateInput() for name in ("window_from", "window_until", "renewal_on", "recontact_not_before")}
        labels = {"sites": "Number of sites", "employees": "People", "fiscal_year_end": "Fiscal year ends in month"}


class NoteForm(forms.Form):
    text = forms.CharField(label="Note", max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))


class RestForm(forms.Form):
    until = forms.DateField(label="Rest until", widget=DateInput())
    why = forms.CharField(label="Why", max_length=200)

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until <= clock.today():
            raise forms.ValidationError("Choose a day after today.")
        return until


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(queryset=User.objects.none(), required=False, empty_label="Nobody")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]


class ContactForm(forms.Form):
    first_name = forms.CharField(max_length=80, required=False)
    last_name = forms.CharField(max_length=80, required=False)
    email = forms.EmailField(label="Address", max_length=320, required=False)
    phone = forms.CharField(max_length=40, required=False)
    title = forms.CharField(max_length=160, required=False)
    role = forms.ModelChoiceField(**ROLES, empty_label="Unknown", required=False)
    evidence = forms.CharField(label="How do you know", max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not any(data.get(name) for name in ("first_name", "last_name", "email")):
            raise forms.ValidationError("Give a name or an address.")
        return data


class RoleForm(forms.Form):
    role = forms.ModelChoiceField(**ROLES)
    evidence = forms.CharField(label="How do you know", max_length=300)


class ReasonForm(forms.Form):
    why = forms.CharField(label="Why", max_length=200)


class ImportForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is in the file",
        choices=[("accounts", "Accounts: one company or site a row"), ("contacts", "People: one person a row")],
        widget=forms.RadioSelect,
        initial="accounts",
    )
    file = forms.FileField(
        label="CSV file", help_text="UTF-8 or a Windows encoding, up to 50 MB; the first line names the columns."
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > 50 * 1024 * 1024:
            raise forms.ValidationError("The file is larger than 50 MB. Split it.")
        return file


class PersonForm(forms.ModelForm):
    """What someone may change about themselves."""

    zone = forms.ChoiceField(label="Time zone", choices=ZONES)

    class Meta:
        model = User
        fields = ["name", "zone", "country", "single_keys", "mail_alerts"]
        labels = {"single_keys": "Single-letter keys", "mail_alerts": "Send my alerts by mail too"}
        help_texts = {"country": "Two letters; its public holidays are not working days.", "single_keys": ""}


class AwayForm(forms.Form):
    until = forms.DateTimeField(
        label="Back on", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )


class TokenForm(forms.Form):
    name = forms.CharField(label="What is it for", max_length=80)


class OrganisationForm(forms.ModelForm):
    zone = forms.ChoiceField(label="Time zone", choices=ZONES)

    class Meta:
        model = Organisation
        fields = ["name", "postal_address", "country", "zone", "sites_share_budget"]
        widgets = {"postal_address": forms.Textarea(attrs={"rows": 3})}
        labels = {"sites_share_budget": "A company and its sites share one politeness budget"}


class HoursForm(forms.Form):
    """Two stretches a day at most; an empty line is a day off."""

    DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, name in enumerate(self.DAYS):
            for part in (1, 2):
                for edge in ("start", "end"):
                    words = f"{name}, {'second ' if part == 2 else ''}{'from' if edge == 'start' else 'until'}"
                    widget = forms.TimeInput(attrs={"type": "time", "aria-label": words, "class": "in"}, format="%H:%M")
                    self.fields[f"{edge}_{day}_{part}"] = forms.TimeField(required=False, label=words, widget=widget)

    def lines(self) -> list[tuple[str, list[Any]]]:
        return [
            (name, [self[f"{edge}_{day}_{part}"] for part in (1, 2) for edge in ("start", "end")])
            for day, name in enumerate(self.DAYS)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for day, name in enumerate(self.DAYS):
            parts = [(data.get(f"start_{day}_{part}"), data.get(f"end_{day}_{part}")) for part in (1, 2)]
            for start, end in parts:
                if bool(start) != bool(end) or (start and end and end <= start):
                    raise forms.ValidationError(f"{name}: say from when until when, the end after the start.")
            if all(parts[1]) and (not all(parts[0]) or parts[1][0] < parts[0][1]):  # type: ignore[operator]
                raise forms.ValidationError(f"{name}: the second stretch begins after the first one ends.")
        return data

    def rows(self) -> list[dict[str, Any]]:
        """One dict a stretch: weekday (Monday is 0), start, end."""
        data = self.cleaned_data
        return [
            {"weekday": day, "start": data[f"start_{day}_{part}"], "end": data[f"end_{day}_{part}"]}
            for day in range(7)
            for part in (1, 2)
            if data.get(f"start_{day}_{part}")
        ]
