"""What people type about lists, routes, sequences and sending: shapes and limits, no writing."""

from typing import Any

from django import forms

from crm.models import User
from prospecting.models import RouteVersion, SequenceVersion

RULE = forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false", "autocomplete": "off", "data-rule": ""})
SMALL = forms.Textarea(attrs={"rows": 2})


def published_routes() -> Any:
    newest_first = RouteVersion.objects.filter(state=RouteVersion.State.PUBLISHED).select_related("route")
    return newest_first.order_by("route__name", "-number")


def published_sequences() -> Any:
    rows = SequenceVersion.objects.filter(state=SequenceVersion.State.PUBLISHED).select_related("sequence")
    return rows.order_by("sequence__name", "-number")


class WordsForm(forms.Form):
    name = forms.CharField(max_length=120)
    statement = forms.CharField(
        label="Who decides, and how they buy", max_length=1000, widget=SMALL,
        help_text="One sentence. Accounts that decide otherwise belong in another segment.",
    )  # fmt: skip


class SegmentForm(WordsForm):
    rule = forms.CharField(label="Who belongs", max_length=8000, widget=RULE)
    when_rule = forms.CharField(label="When they may be contacted", max_length=8000, widget=RULE, required=False)
    route_version = forms.ModelChoiceField(
        label="Route", queryset=RouteVersion.objects.none(), empty_label="Choose a route"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["route_version"].queryset = published_routes()  # type: ignore[attr-defined]


class DraftForm(SegmentForm):
    name = None  # type: ignore[assignment]
    statement = None  # type: ignore[assignment]


class PublishForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300, widget=SMALL)
    expected = forms.CharField(
        label="What do you expect", max_length=300, widget=SMALL,
        error_messages={"required": "Say what should change, so that we can look in six weeks."},
    )  # fmt: skip


DAY = {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), "required": False}


class PinManyForm(forms.Form):
    kind = forms.ChoiceField(
        label="What",
        choices=[("include", "Pin to the list"), ("exclude", "Keep off the list")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Why", max_length=200, error_messages={"required": "Say why; the next person will want to know."}
    )
    expires_on = forms.DateField(
        label="Until", help_text="From this day the rule decides again. Empty: until someone lets go.", **DAY
    )


class PinForm(PinManyForm):
    account = forms.IntegerField(
        label="Account", min_value=1, max_value=2**63 - 1,
        error_messages={"required": "Find the account first, then choose it."},
    )  # fmt: skip


class PlaceForm(forms.Form):
    every_hours = forms.TypedChoiceField(
        label="Refreshed", coerce=int,
        choices=[(1, "every hour"), (6, "every six hours"), (24, "every day"), (168, "every week"), (0, "by hand only")],
    )  # fmt: skip
    place = forms.IntegerField(
        label="Goes first", min_value=1, max_value=1_000, required=False,
        help_text="1 goes first. An account stands on one list only of those with a number; empty: it may stand here beside others.",
    )  # fmt: skip


class SnapshotForm(forms.Form):
    name = forms.CharField(max_length=120)
    reason = forms.CharField(label="What for", max_length=200, required=False)


class NameForm(forms.Form):
    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autofocus": True}))
    description = forms.CharField(max_length=1000, widget=SMALL, required=False)


def prospectors(user: User) -> Any:
    """An SDR writes in their own name; a lead or admin may choose someone of theirs."""
    writing = User.objects.filter(is_active=True, job__in=[User.Job.SDR, User.Job.LEAD])
    if user.is_admin:
        return writing.filter(mailboxes__isnull=False).distinct()
    return writing.filter(team=user.team_id, team__isnull=False) if user.is_lead else writing.filter(pk=user.pk)


class RestForm(forms.Form):
    until = forms.DateField()
    why = forms.CharField(max_length=200)
