"""What people type about lists, routes, sequences and sending: shapes and limits, no writing."""

import json
from collections.abc import Mapping
from typing import Any

from django import forms

from crm.models import Role, User
from prospecting.models import RouteVersion, Segment, SequenceVersion, Step, TemplateVersion
from prospecting.rules import gates, labels

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
    name = forms.CharField(max_length=120)
    description = forms.CharField(max_length=1000, widget=SMALL, required=False)


DEEPEST = 60  # lists inside one gate
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
    named_role = forms.ChoiceField(label="Named: in which role", required=False)
    window_from = forms.DateField(
        label="Window from", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    window_to = forms.DateField(
        label="to", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    kept_gate = forms.JSONField(required=False, widget=forms.HiddenInput)
    keep_gate = forms.BooleanField(label="Keep the gate as it is", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = list(Role.objects.exclude(slug="unknown").values_list("slug", "name"))
        self.fields["roles"].choices = choices  # type: ignore[attr-defined]
        self.fields["gate_role"].choices = [("", "none"), *choices]  # type: ignore[attr-defined]
        self.fields["named_role"].choices = [("", "any"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.is_filled and not data.get("roles"):
            self.add_error("roles", "Say whom this stage writes to.")
        if data.get("keep_gate"):
            if not (self.keeps_gate and self.kept_words):
                self.add_error("keep_gate", "This gate cannot be kept: it names something that is not there any more.")
            return data
        if "role_filled" in data.get("opens_on", []) and not data.get("gate_role"):
            self.add_error("gate_role", "Say which role.")
        if "reply" in data.get("opens_on", []) and not data.get("labels"):
            self.add_error("labels", "Say what the reply says.")
        return data

    @property
    def keeps_gate(self) -> bool:
        """A gate that the boxes cannot show stays as it is until someone says otherwise."""
        data = getattr(self, "cleaned_data", {})
        return bool(data.get("keep_gate") and isinstance(data.get("kept_gate"), dict))

    @property
    def kept_words(self) -> str:
        """The gate that the boxes cannot show, in words."""
        held = self["kept_gate"].value()
        try:
            held = json.loads(held) if isinstance(held, str) else held
        except ValueError:
            return ""
        if not isinstance(held, dict) or str(held).count("[") > DEEPEST:
            return ""
        known = [slug for slug, _ in self.fields["named_role"].choices]  # type: ignore[attr-defined]
        return "" if gates.problems(held, roles=known) else gates.words(held)

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
        return data["kept_gate"] if self.keeps_gate else gate_of(data)


def gate_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The gate that the boxes of a stage say."""
    terms: dict[str, dict[str, Any]] = {
        "silence": {
            "touches": data["touches"] or 3,
            "working_days": 8 if data["working_days"] is None else data["working_days"],
        },
        "reply": {"labels": data["labels"]},
        "referral": {"role": data["named_role"]} if data["named_role"] else {},
        "role_filled": {"role": data["gate_role"]},
        "timing": {k: str(d) for k, d in (("from", data["window_from"]), ("to", data["window_to"])) if d},
    }
    chosen = [{kind: terms.get(kind, {})} for kind in data["opens_on"]]
    return chosen[0] if len(chosen) == 1 else {data["together"] or "any": chosen} if chosen else {}


StageFormSet = forms.formset_factory(StageForm, extra=2, max_num=12, absolute_max=14, can_order=True, can_delete=True)


def stage_initial(stage: Any) -> dict[str, Any]:
    """A stage as the form shows it; a gate that its boxes cannot say is kept whole beside them."""
    first, terms = next(iter(stage.gate.items()), ("by_hand", {}))
    parts = terms if first in ("any", "all") else [stage.gate or {"by_hand": {}}]
    found: dict[str, Any] = {kind: inner for part in parts for kind, inner in part.items()}
    silence, window = found.get("silence") or {}, found.get("timing") or {}
    shown = {
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
        "named_role": (found.get("referral") or {}).get("role") or "",
        "window_from": window.get("from"),
        "window_to": window.get("to"),
    }
    told = not stage.gate or gates.same(gate_of(shown), stage.gate)
    return shown if told else {**shown, "opens_on": [], "kept_gate": stage.gate, "keep_gate": True}


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
