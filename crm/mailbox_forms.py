"""What people type about a mailbox: whose it is, its servers, its limits."""

import re
from typing import Any

from django import forms
from django.conf import settings

from crm import clock
from crm.models import Mailbox, Provider, Team, User
from crm.models.mailbox import SECURITY
from crm.rules.addresses import BadAddress, normal

_HOST = re.compile(r"[A-Za-z0-9À-￿_]([A-Za-z0-9À-￿._-]{0,251}[A-Za-z0-9À-￿])?|[0-9A-Fa-f:.]{2,45}")
PORT: dict[str, Any] = {"min_value": 1, "max_value": 65535}


class HostField(forms.CharField):
    """A host name alone; where it leads is looked at when the connection is made."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 253, **kwargs})

    def clean(self, value: Any) -> str:
        host = super().clean(value).rstrip(".")
        if host and not _HOST.fullmatch(host):
            raise forms.ValidationError("A host name alone, as in smtp.halden.example: without https://, port or path.")
        return host


def securities() -> list[tuple[str, str]]:
    """Without encryption a password can be read on the way: offered only where an operator opened inside addresses."""
    return [(key, name) for key, name in SECURITY if key != "none" or settings.INSIDE_ADDRESSES]


class WhoseForm(forms.Form):
    """The address, and whose it is to be."""

    address = forms.EmailField(label="Address", max_length=254)
    belongs = forms.ChoiceField(label="Whose is it", help_text="A shared mailbox sends where a sequence names it.")

    def __init__(self, *args: Any, people: Any, teams: Any, me: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {f"person-{one.pk}": one for one in people.order_by("name")}
        self.teams = {f"team-{one.pk}": one for one in teams.order_by("name")}
        own = [(key, "Mine") for key, one in self.people.items() if one.pk == me.pk]
        others = [(key, str(one)) for key, one in self.people.items() if one.pk != me.pk]
        shared = [(key, f"Shared by {one}") for key, one in self.teams.items()]
        self.fields["belongs"].choices = [*own, *shared, *others]  # type: ignore[attr-defined]

    def clean_address(self) -> str:
        try:
            address = normal(self.cleaned_data["address"]).lower()
        except BadAddress as bad:
            raise forms.ValidationError(str(bad)) from bad
        if Mailbox.objects.filter(address=address).exists():
            raise forms.ValidationError("This mailbox is already here.")
        return address

    def keeper(self) -> dict[str, User | Team]:
        belongs = self.cleaned_data["belongs"]
        return {"owner": self.people[belongs]} if belongs in self.people else {"team": self.teams[belongs]}


class ServersForm(forms.Form):
    """Where mail goes out and comes in, and the password, which is never shown again."""

    username = forms.CharField(label="User name", max_length=320, required=False)
    password = forms.CharField(
        label="Password", max_length=500, required=False, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Kept encrypted and never shown again.",
    )  # fmt: skip
    smtp_host = HostField(label="Server for sending (SMTP)")
    smtp_port = forms.IntegerField(label="Port", **PORT)
    smtp_security = forms.ChoiceField(label="Encryption", choices=securities)
    imap_host = HostField(
        label="Server for reading (IMAP)", required=False, help_text="Empty: mail comes in another way."
    )
    imap_port = forms.IntegerField(label="Port", **PORT)
    imap_security = forms.ChoiceField(label="Encryption", choices=securities)

    def __init__(self, *args: Any, has_secret: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if has_secret:
            self.fields[
                "password"
            ].help_text = "Empty leaves the one there is. Another server or user asks for it anew."
        self.has_secret = has_secret

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("username") or data.get("password"):
            return data
        if not self.has_secret:
            self.add_error("password", "Type the password of this user.")
        elif self.changed_data:
            self.add_error(
                "password", "Type the password again: it is not sent to another server, or for another user."
            )
        return data


class NewServersForm(ServersForm):
    display_name = forms.CharField(label="Name people see", max_length=120, required=False)
    slowly = forms.BooleanField(
        label="Start slowly", required=False, initial=True,
        help_text="A few mails on the first day and more each working day: a sudden crowd from a new address looks like spam.",
    )  # fmt: skip
    field_order = ("display_name", "username", "password")

    def columns(self) -> dict[str, Any]:
        """What the verb takes besides address, keeper and password."""
        data = {key: value for key, value in self.cleaned_data.items() if key not in ("password", "slowly")}
        return {**data, "ramp_from": clock.today() if self.cleaned_data["slowly"] else None}


def _key(label: str, help_text: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=200, required=False, widget=widget, help_text=help_text)


class ProviderForm(forms.Form):
    """The sending domain at the provider, and the two keys, which are never shown again."""

    domain = HostField(label="Sending domain", help_text="As Mailgun lists it, as in mg.halden.example.")
    region = forms.ChoiceField(label="Region", choices=Provider.Region.choices)
    api_key = _key(
        "Sending key", "Domain settings, Sending keys. It can only send. Kept encrypted and never shown again."
    )
    signing_key = _key(
        "Webhook signing key", "Of the account, under API security. By it we know that a post is Mailgun's."
    )

    def __init__(self, *args: Any, has_keys: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("api_key", "signing_key"):
            self.fields[name].required = not has_keys
            if has_keys:
                self.fields[name].help_text = "Empty leaves the one there is."

    def clean_domain(self) -> str:
        domain = str(self.cleaned_data["domain"]).lower()
        if "." not in domain or not domain.isascii() or ":" in domain:
            raise forms.ValidationError(
                "A domain alone, as in mg.halden.example; one with other letters in its xn-- form."
            )
        return domain


class NewProviderForm(ProviderForm):
    display_name = forms.CharField(label="Name people see", max_length=120, required=False)
    slowly = forms.BooleanField(
        label="Start slowly", required=False, initial=True,
        help_text="A few mails on the first day and more each working day: a sudden crowd from a new address looks like spam.",
    )  # fmt: skip
    field_order = ("display_name",)

    def columns(self) -> dict[str, Any]:
        """What the verb takes besides address and keeper."""
        data = {key: value for key, value in self.cleaned_data.items() if key != "slowly"}
        return {**data, "ramp_from": clock.today() if self.cleaned_data["slowly"] else None}


class LimitsForm(forms.Form):
    """How much leaves, how close together, and when."""

    display_name = forms.CharField(label="Name people see", max_length=120, required=False)
    daily_cap = forms.IntegerField(label="Most mails a day", min_value=0, max_value=2000)
    weekly_cap = forms.IntegerField(label="Most mails a week", min_value=0, max_value=10000)
    gap_seconds = forms.IntegerField(
        label="Least seconds between two",
        min_value=0,
        max_value=86400,
        help_text="Stretched by chance by up to half of itself.",
    )
    ramp_from = forms.DateField(
        label="Slow start since", required=False, help_text="Ten on that day, five more each working day. Empty: at once.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    window_from = forms.TimeField(label="From", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    window_until = forms.TimeField(label="Until", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    plus_addresses = forms.BooleanField(
        label="Its server knows plus addresses", required=False,
        help_text="It delivers name+tag@… to name@…; answers then find their thread without any reference.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("window_from"), data.get("window_until")
        if start and end and end <= start:
            self.add_error("window_until", "The window ends after it begins.")
        return data


class PauseForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300)


class SelectorForm(forms.Form):
    """Under which name the provider publishes its key, where it is none of the usual."""

    selector = forms.RegexField(r"^[A-Za-z0-9._-]*$", label="DKIM selector", max_length=63, required=False)
