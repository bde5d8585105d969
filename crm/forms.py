"""What people type about the record: shapes and limits, no writing."""

import re
from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import Q
from django.forms.fields import InvalidJSONInput
from django.urls import reverse_lazy

from crm import clock
from crm.models import Account, Contact, Organisation, Role, User
from crm.rules import countries, phones
from crm.rules.strict_json import read_json
from crm.rules.zones import DERIVED

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


class StrictJsonField(forms.JSONField):
    """JSON with nothing in it that the database refuses or a page cannot show."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value not in self.empty_values:
            try:
                return read_json(value)
            except ValueError as error:
                raise forms.ValidationError(f"This is not JSON we can read: {error}") from error
        return super().to_python(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return read_json(data) if isinstance(data, str) and not self.disabled else super().bound_data(data, initial)
        except ValueError:
            return InvalidJSONInput(data)


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


class AccountField(forms.CharField):
    """An account by name, domain or number, found while one types (`crm:account_find` fills the list)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 300, **kwargs})

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return super().widget_attrs(widget) | {
            "list": "found-accounts", "autocomplete": "off", "hx-get": reverse_lazy("crm:account_find"), "hx-target": "#found-accounts",
            "hx-trigger": "input changed delay:200ms", "hx-params": "*", "placeholder": "Name, domain or number",
        }  # fmt: skip

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int) and (account := Account.objects.filter(pk=value).first()):
            return called(account)
        return called(value) if isinstance(value, Account) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))

    def clean(self, value: Any) -> Account | None:
        text = super().clean(value).strip()
        if not text:
            return None
        number = re.search(r"#(\d{1,18})\)?$", text)
        if number or (text.isascii() and text.isdecimal() and len(text) < 19):
            rows = Account.objects.filter(pk=int(number[1] if number else text))
        else:
            rows = Account.objects.filter(Q(name__iexact=text) | Q(domain=text.lower()))
        found = list(rows.order_by("pk")[:2])
        if len(found) != 1:
            said = "No account is called" if not found else "Several accounts are called"
            raise forms.ValidationError(f"{said} “{text[:80]}”. Choose one from the list.")
        return found[0]


def called(account: Account) -> str:
    """How a chooser names an account: the number makes it certain."""
    return f"{account.name}{f', {account.domain}' if account.domain else ''} (#{account.pk})"


class PlaceForm(forms.Form):
    """What accounts and people share: a phone that can be one, a country by name, a zone that follows the place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = getattr(self, "instance", None)
        country = row.country if row else ""
        known = countries.choices()
        extra = [] if not country or country in dict(known) else [(country, country)]
        self.fields["country"] = forms.ChoiceField(choices=[("", "Not known"), *extra, *known], required=False)
        zone_ = row.zone if row else ""
        said = (row.facts.get("zone") or {}) if row else {}
        derived = isinstance(said, dict) and said.get("source") == DERIVED
        empty = f"From the place: {zone_.replace('_', ' ')}" if derived and zone_ else "From the place"
        self.fields["zone"] = forms.ChoiceField(label="Time zone", choices=[("", empty), *ZONES], required=False)
        if derived:
            self.initial["zone"] = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        wrong = (
            phones.problem(data.get("phone") or "", data.get("country") or "") if "phone" in self.changed_data else ""
        )
        if wrong:
            self.add_error("phone", wrong)
        return data


class AccountForm(PlaceForm, forms.ModelForm):
    parent = AccountField(label="Part of", required=False, help_text="The group or company this one is a site of.")
    tags = Words(required=False, help_text="Separated by commas.")
    regulated = Words(required=False, label="Regulated categories", help_text="Separated by commas.")

    class Meta:
        model = Account
        fields = [
            "name", "parent", "external_id", "domain", "phone", "street", "postcode", "city", "state_name", "country", "zone",
            "industry", "employees", "sites", "regulated", "tags", "window_from", "window_until", "fiscal_year_end", "renewal_on",
            "recontact_not_before",
        ]  # fmt: skip
        widgets = {name: DateInput() for name in ("window_from", "window_until", "renewal_on", "recontact_not_before")}
        labels = {"sites": "Number of sites", "employees": "People", "fiscal_year_end": "Fiscal year ends in month",
                  "external_id": "Number", "state_name": "State"}  # fmt: skip

    def _post_clean(self) -> None:
        """The verb writes and checks; the form only reads, so nothing is set on the row here."""

    def clean_fiscal_year_end(self) -> int | None:
        month = self.cleaned_data["fiscal_year_end"]
        if month is not None and not 1 <= month <= 12:
            raise forms.ValidationError("A month, from 1 to 12.")
        return month


class AttributeForm(forms.Form):
    name = forms.CharField(max_length=60)
    value = forms.CharField(max_length=1000, required=False)
    source = forms.CharField(label="How do you know", max_length=120, required=False)


class DomainForm(forms.Form):
    domain = forms.CharField(max_length=253)


class NumberForm(forms.Form):
    system = forms.CharField(max_length=60, help_text="Which system gave it.")
    value = forms.CharField(label="Number", max_length=120)


class TagsForm(forms.Form):
    tags = Words(required=False, max_length=8000)


class NoteForm(forms.Form):
    text = forms.CharField(
        label="Note", max_length=10_000, widget=forms.Textarea(attrs={"rows": 4, "data-mentions": "readers"})
    )


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
    department = forms.CharField(max_length=80, required=False)
    role = forms.ModelChoiceField(**ROLES, empty_label="What the title says, else unknown", required=False)
    evidence = forms.CharField(label="How do you know", max_length=300, required=False)

    def __init__(self, *args: Any, country: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country = country

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not any(data.get(name) for name in ("first_name", "last_name", "email")):
            raise forms.ValidationError("Give a name or an address.")
        if wrong := phones.problem(data.get("phone") or "", self.country):
            self.add_error("phone", wrong)
        return data


class ContactEditForm(PlaceForm, forms.ModelForm):
    class Meta:
        model = Contact
        fields = ["first_name", "last_name", "email", "title", "phone", "language", "street", "postcode", "city", "state_name",
                  "country", "zone", "external_id"]  # fmt: skip
        labels = {"email": "Address", "external_id": "Number", "state_name": "State"}
        help_texts = {"zone": "", "language": "Two letters; texts are written in it."}

    def _post_clean(self) -> None:
        """The verb writes and checks; the form only reads, so nothing is set on the row here."""


class PartForm(forms.Form):
    """Title and department at one account."""

    title = forms.CharField(max_length=160, required=False)
    department = forms.CharField(max_length=80, required=False)


class MoveForm(forms.Form):
    account = AccountField(label="Works now at")
    title = forms.CharField(max_length=160, required=False)
    role = forms.ModelChoiceField(**ROLES, empty_label="What the title says, else unknown", required=False)
    why = forms.CharField(label="How do you know", max_length=300)


class JoinForm(forms.Form):
    account = AccountField(label="Account")
    title = forms.CharField(max_length=160, required=False)
    role = forms.ModelChoiceField(**ROLES, empty_label="What the title says, else unknown", required=False)


class RoleForm(forms.Form):
    role = forms.ModelChoiceField(**ROLES, empty_label="Choose a role")
    evidence = forms.CharField(label="How do you know", max_length=300)
    confidence = forms.ChoiceField(
        label="How sure are you",
        choices=[("certain", "Certain"), ("high", "Fairly sure"), ("low", "A guess: counts for nothing")],
        required=False,
    )


class ReasonForm(forms.Form):
    why = forms.CharField(label="Why", max_length=200)


class ImportForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is in the file",
        choices=[
            ("accounts", "Accounts: one company or site a row"),
            ("contacts", "People: one person a row"),
            ("both", "Both: a person and their company in each row"),
        ],
        widget=forms.RadioSelect,
        initial="accounts",
    )
    file = forms.FileField(
        label="File",
        help_text="CSV or Excel (XLSX), up to a million rows and 512 MB. How it is written is found out by itself.",
    )
    source = forms.CharField(
        label="Who is it from",
        required=False,
        max_length=120,
        help_text="A supplier, a fair, a colleague. The next file from there is read with the same columns.",
        widget=forms.TextInput(attrs={"list": "sources"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > 512 * 1024 * 1024:
            raise forms.ValidationError("The file is larger than 512 MB. Split it and import the parts.")
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
        fields = [
            "name", "postal_address", "country", "zone", "unread_calendars_busy", "sites_share_budget", "pause_bounces_percent", "pause_bounces_floor",
            "pause_complaints_day", "pause_complaints_thousand", "pause_replies_thousand", "pause_replies_floor",
        ]  # fmt: skip
        widgets = {"postal_address": forms.Textarea(attrs={"rows": 3})}
        labels = {
            "unread_calendars_busy": "A host whose calendar cannot be read counts as busy",
            "sites_share_budget": "A company and its sites share one politeness budget",
            "pause_bounces_percent": "More than so many per cent bounce",
            "pause_bounces_floor": "counted from so many mails on",
            "pause_complaints_day": "So many mark it as spam within a day",
            "pause_complaints_thousand": "or so many of the last 1,000",
            "pause_replies_thousand": "Fewer than so many of 1,000 are answered",
            "pause_replies_floor": "counted from so many mails on",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = [name for name in self.fields if name.startswith("pause_")]
        for name in self.numbers:
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """A number that is left empty stays what it was."""
        data: dict[str, Any] = super().clean() or {}
        kept = {name: getattr(self.instance, name) for name in self.numbers}
        return {**data, **{name: value for name, value in kept.items() if data.get(name) is None}}


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

    @staticmethod
    def initial_of(user: User) -> dict[str, time]:
        """Someone's stored hours as the form shows them."""
        initial, seen = {}, dict.fromkeys(range(7), 0)
        for row in user.hours.all():
            seen[row.weekday] += 1
            initial[f"start_{row.weekday}_{seen[row.weekday]}"] = row.start
            initial[f"end_{row.weekday}_{seen[row.weekday]}"] = row.end
        return initial

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

    def rows(self) -> list[tuple[int, time, time]]:
        """A line a stretch: weekday (Monday is 0), start, end."""
        data = self.cleaned_data
        return [
            (day, data[f"start_{day}_{part}"], data[f"end_{day}_{part}"])
            for day in range(7)
            for part in (1, 2)
            if data.get(f"start_{day}_{part}")
        ]
