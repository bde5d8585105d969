"""What people type about lists, routes, sequences and sending: shapes and limits, no writing."""

from typing import Any

from django import forms

from crm.models import Role, User
from prospecting.models import RouteVersion, Segment, SequenceVersion, Step, TemplateVersion
from prospecting.rules import labels

RULE = forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false", "autocomplete": "off", "data-rule": ""})
SMALL = forms.Textarea(attrs={"rows": 2})


def published_routes() -> Any:
    newest_first = RouteVersion.objects.filter(state=RouteVersion.State.PUBLISHED).select_related("route")
    return newest_first.order_by("route__name", "-number")


def published_sequences() -> Any:
    rows = SequenceVersion.objects.filter(state=SequenceVersion.State.PUBLISHED).select_related("sequence")
    return rows.order_by("sequence__name", "-number")


class SegmentForm(forms.Form):
    name = forms.CharField(max_length=120)
    statement = forms.CharField(
        label="Who decides, and how they buy", max_length=1000, widget=SMALL,
        help_text="One sentence. Accounts that decide otherwise belong in another segment.",
    )  # fmt: skip
    rule = forms.CharField(label="Who belongs", max_length=8000, widget=RULE)
    when_rule = forms.CharField(label="When they may be contacted", max_length=8000, widget=RULE, required=False)
    route_version = forms.ModelChoiceField(label="Route", queryset=RouteVersion.objects.none())

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


class PinForm(forms.Form):
    account = forms.IntegerField(label="Number of the account", min_value=1)
    kind = forms.ChoiceField(
        label="What", choices=[("include", "Pin it to the list"), ("exclude", "Keep it off the list")]
    )
    reason = forms.CharField(label="Why", max_length=200)


class NameForm(forms.Form):
    name = forms.CharField(max_length=120)
    description = forms.CharField(max_length=1000, widget=SMALL, required=False)


OUTCOMES = [
    ("start", "At the start"),
    ("silence", "Silence"),
    ("reply", "A reply that says…"),
    ("referral", "A colleague names them"),
    ("role_filled", "A role is known"),
    ("meeting_held", "A meeting was held"),
    ("timing", "A window"),
    ("by_hand", "By hand"),
]


class StageForm(forms.Form):
    """One stage of a route with its gate; an empty name and no role is an empty line."""

    name = forms.CharField(max_length=80, required=False, help_text="Empty: the name of its role.")
    roles = forms.MultipleChoiceField(label="Writes to", required=False, widget=forms.SelectMultiple(attrs={"size": 4}))
    min_people = forms.IntegerField(label="People needed", min_value=1, max_value=9, initial=1)
    max_people = forms.IntegerField(label="at most", min_value=1, max_value=9, initial=2)
    patience_days = forms.IntegerField(
        label="Patience", min_value=0, max_value=250, initial=10, help_text="Working days."
    )
    opens_on = forms.MultipleChoiceField(
        label="Opens on", choices=OUTCOMES, required=False, widget=forms.CheckboxSelectMultiple
    )
    together = forms.ChoiceField(
        label="When several", choices=[("any", "any of them"), ("all", "all of them")], required=False
    )
    touches = forms.IntegerField(label="Silence: touches", min_value=1, max_value=20, initial=3, required=False)
    working_days = forms.IntegerField(label="and working days", min_value=0, max_value=120, initial=8, required=False)
    labels = forms.MultipleChoiceField(
        label="Reply says", choices=labels.CHOICES, required=False, widget=forms.SelectMultiple(attrs={"size": 4})
    )
    gate_role = forms.ChoiceField(label="Which role is known", required=False)
    window_from = forms.DateField(
        label="Window from", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    window_to = forms.DateField(
        label="to", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = list(Role.objects.exclude(slug="unknown").values_list("slug", "name"))
        self.fields["roles"].choices = choices  # type: ignore[attr-defined]
        self.fields["gate_role"].choices = [("", "none"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.is_filled and not data.get("roles"):
            self.add_error("roles", "Say whom this stage writes to.")
        if "role_filled" in data.get("opens_on", []) and not data.get("gate_role"):
            self.add_error("gate_role", "Say which role.")
        if "reply" in data.get("opens_on", []) and not data.get("labels"):
            self.add_error("labels", "Say what the reply says.")
        return data

    @property
    def is_filled(self) -> bool:
        data = getattr(self, "cleaned_data", {})
        return bool(data.get("name") or data.get("roles")) and not data.get("DELETE")

    def stage(self) -> dict[str, Any]:
        data = self.cleaned_data
        keep = ("name", "roles", "min_people", "max_people", "patience_days")
        return {**{name: data[name] for name in keep}, "gate": self.gate()}

    def gate(self) -> dict[str, Any]:
        data = self.cleaned_data
        terms: dict[str, dict[str, Any]] = {
            "silence": {
                "touches": data["touches"] or 3,
                "working_days": 8 if data["working_days"] is None else data["working_days"],
            },
            "reply": {"labels": data["labels"]},
            "role_filled": {"role": data["gate_role"]},
            "timing": {k: d.isoformat() for k, d in (("from", data["window_from"]), ("to", data["window_to"])) if d},
        }
        chosen = [{kind: terms.get(kind, {})} for kind in data["opens_on"]]
        return chosen[0] if len(chosen) == 1 else {data["together"] or "any": chosen} if chosen else {}


StageFormSet = forms.formset_factory(StageForm, extra=2, max_num=12, absolute_max=14, can_order=True, can_delete=True)


def stage_initial(stage: Any) -> dict[str, Any]:
    """A stage as the form shows it; of a nested gate the outcomes are shown, joined as the outer one says."""
    first, terms = next(iter(stage.gate.items()), ("by_hand", {}))
    parts = terms if first in ("any", "all") else [stage.gate or {"by_hand": {}}]
    found: dict[str, Any] = {kind: inner for part in parts for kind, inner in part.items()}
    silence, window = found.get("silence") or {}, found.get("timing") or {}
    return {
        "name": stage.name,
        "roles": [role.slug for role in stage.roles.all()],
        "min_people": stage.min_people,
        "max_people": stage.max_people,
        "patience_days": stage.patience_days,
        "opens_on": [kind for kind, _ in OUTCOMES if kind in found],
        "together": first if first in ("any", "all") else "any",
        "touches": silence.get("touches", 3),
        "working_days": silence.get("working_days", 8),
        "labels": (found.get("reply") or {}).get("labels", []),
        "gate_role": (found.get("role_filled") or {}).get("role", ""),
        "window_from": window.get("from"),
        "window_to": window.get("to"),
    }


class StepForm(forms.Form):
    """One step: whom, how, how long after the step before, with which text."""

    role = forms.ChoiceField(label="Whom", required=False)
    channel = forms.ChoiceField(label="How", choices=Step.Channel.choices, initial="email")
    wait_days = forms.IntegerField(
        label="Wait",
        min_value=0,
        max_value=120,
        initial=3,
        required=False,
        help_text="Working days after the step before.",
    )
    template = forms.ModelChoiceField(
        label="Text", queryset=TemplateVersion.objects.none(), required=False, empty_label="none"
    )
    same_thread = forms.BooleanField(label="In the same thread", required=False, initial=True)
    task = forms.CharField(
        label="What to do", max_length=200, required=False, help_text="For a call, a note or a task."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = Role.objects.exclude(slug="unknown").values_list("slug", "name")
        self.fields["role"].choices = [("", "nobody: an empty line"), *roles]  # type: ignore[attr-defined]
        texts = TemplateVersion.objects.select_related("template").order_by("template__name", "-number")
        self.fields["template"].queryset = texts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("role") and data.get("channel") == "email" and not data.get("template"):
            self.add_error("template", "A mail needs a text.")
        return data

    def step(self) -> dict[str, Any]:
        keep = ("role", "channel", "template", "same_thread", "task")
        return {**{name: self.cleaned_data[name] for name in keep}, "wait_days": self.cleaned_data["wait_days"] or 0}


StepFormSet = forms.formset_factory(StepForm, extra=2, max_num=40, absolute_max=44, can_order=True, can_delete=True)


class TextForm(forms.Form):
    name = forms.CharField(label="Name of the text", max_length=120)
    subject = forms.CharField(max_length=200, required=False, help_text="Empty: the thread's subject.")
    body = forms.CharField(label="Text", max_length=20_000, widget=forms.Textarea(attrs={"rows": 12}))
    language = forms.CharField(max_length=2, min_length=2, initial="en", help_text="Two letters.")


class EnrollForm(forms.Form):
    """Which list, which sequence, and who prospects."""

    segment = forms.ModelChoiceField(queryset=Segment.objects.none(), empty_label=None)
    sequence_version = forms.ModelChoiceField(
        label="Sequence", queryset=SequenceVersion.objects.none(), empty_label=None
    )
    prospector = forms.ModelChoiceField(label="Who writes", queryset=User.objects.none(), empty_label=None)

    def __init__(self, *args: Any, user: User, segments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = segments  # type: ignore[attr-defined]
        self.fields["sequence_version"].queryset = published_sequences()  # type: ignore[attr-defined]
        self.fields["prospector"].queryset = prospectors(user)  # type: ignore[attr-defined]
        self.fields["prospector"].initial = user.pk if user.job == User.Job.SDR else None


def prospectors(user: User) -> Any:
    """An SDR writes in their own name; a lead or admin may choose someone of theirs."""
    writing = User.objects.filter(is_active=True, job__in=[User.Job.SDR, User.Job.LEAD])
    if user.is_admin:
        return writing.filter(mailboxes__isnull=False).distinct()
    return writing.filter(team=user.team_id, team__isnull=False) if user.is_lead else writing.filter(pk=user.pk)


class LogForm(forms.Form):
    outcome = forms.CharField(label="What came of it", max_length=60)
    reached = forms.BooleanField(label="I reached the person", required=False)


class RestForm(forms.Form):
    until = forms.DateField()
    why = forms.CharField(max_length=200)
