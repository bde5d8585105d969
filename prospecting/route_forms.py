"""What people type about routes: stages with their gates, why a version is used, variants of a segment; no writing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from crm.forms import StrictJsonField
from crm.rules.strict_json import read_json
from prospecting.forms import RULE, SMALL, published_routes
from prospecting.models import RouteVersion
from prospecting.queries.routes import role_names
from prospecting.rules import gate_checks, gates, labels
from prospecting.rules.route_checks import Stop

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
MOST_STAGES = gate_checks.MOST_STAGES
DAY = {"required": False, "widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
EARLIER = [(str(n), f"of stage {n}") for n in range(1, MOST_STAGES)]


class StageForm(forms.Form):
    """One stage of a route with its gate."""

    name = forms.CharField(max_length=80, required=False, help_text="Empty: the name of its role.")
    roles = forms.MultipleChoiceField(
        label="Writes to", widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Say whom this stage writes to."},
    )  # fmt: skip
    min_people = forms.IntegerField(label="People needed", min_value=1, max_value=9, initial=1)
    max_people = forms.IntegerField(label="People at most", min_value=1, max_value=9, initial=2)
    patience_days = forms.IntegerField(
        label="Patience, working days", min_value=0, max_value=250, initial=10,
        help_text="How long silence here is only waiting.",
    )  # fmt: skip
    opens_on = forms.MultipleChoiceField(
        label="Opens on", choices=OUTCOMES, required=False, widget=forms.CheckboxSelectMultiple
    )
    together = forms.ChoiceField(
        label="When several", choices=[("any", "any of them"), ("all", "all of them")], required=False
    )
    touches = forms.IntegerField(
        label="Touches", min_value=1, max_value=gate_checks.MOST_TOUCHES, initial=3, required=False
    )
    working_days = forms.IntegerField(label="then working days", min_value=0, max_value=120, initial=8, required=False)
    silence_stage = forms.ChoiceField(
        label="Whose silence", choices=[("", "of the stage before"), *EARLIER], required=False
    )
    labels = forms.MultipleChoiceField(
        label="It says", choices=labels.CHOICES, required=False, widget=forms.CheckboxSelectMultiple
    )
    reply_stage = forms.ChoiceField(label="Whose reply", choices=[("", "of anyone there"), *EARLIER], required=False)
    gate_role = forms.ChoiceField(label="Which role", required=False)
    named_role = forms.ChoiceField(label="In which role", required=False)
    window_from = forms.DateField(label="From", **DAY)  # type: ignore[arg-type]
    window_to = forms.DateField(label="to", **DAY)  # type: ignore[arg-type]
    kept_gate = StrictJsonField(required=False, widget=forms.HiddenInput)
    keep_gate = forms.BooleanField(label="Keep the gate as it is", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "empty_permitted": False})
        self.names = role_names()
        choices = list(self.names.items())
        self.fields["roles"].choices = choices  # type: ignore[attr-defined]
        self.fields["gate_role"].choices = [("", "none"), *choices]  # type: ignore[attr-defined]
        self.fields["named_role"].choices = [("", "any"), *choices]  # type: ignore[attr-defined]
        for name in ("silence_stage", "reply_stage"):
            self.offer_earlier(name)

    def offer_earlier(self, name: str) -> None:
        """Only stages before this one are offered; one that is named already stays, so that it can be read and mended."""
        here, named = self.prefix.rpartition("-")[2] if self.prefix else "", str(self[name].value() or "")
        if here.isdigit():
            offered = {"", named, *(str(n) for n in range(1, int(here) + 1))}
            field = self.fields[name]
            field.widget.choices = [one for one in field.choices if one[0] in offered]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        least, most = data.get("min_people"), data.get("max_people")
        if least and most and least > most:
            self.add_error(
                "max_people", f"It needs {gates.counted(least, 'person', 'people')}; allow as many at least."
            )
        if data.get("keep_gate"):
            if not (self.keeps_gate and self.kept_words):
                self.add_error("keep_gate", "This gate cannot be kept: it names something that is not there any more.")
            return data
        if not data.get("opens_on") and "opens_on" not in self.errors:
            self.add_error("opens_on", "Say what opens this stage; “by hand” is an answer too.")
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
    def held(self) -> dict[str, Any] | None:
        """The gate kept beside the boxes, where it is sound."""
        held = self["kept_gate"].value()
        try:
            held = read_json(held) if isinstance(held, str) else held
        except ValueError:
            return None
        return held if isinstance(held, dict) and not gate_checks.problems(held, roles=self.names) else None

    @property
    def kept_words(self) -> str:
        """The gate that the boxes cannot show, in words."""
        return gates.words(self.held) if self.held else ""

    def stage(self) -> dict[str, Any]:
        data = self.cleaned_data
        keep = ("name", "roles", "min_people", "max_people", "patience_days")
        return {**{name: data[name] for name in keep}, "gate": self.gate()}

    def gate(self) -> dict[str, Any]:
        data = self.cleaned_data
        return data["kept_gate"] if self.keeps_gate else gate_of(data)

    def stop(self, number: int) -> Stop:
        """The stage as far as it can be read already, for the drawing."""
        data = getattr(self, "cleaned_data", {})
        roles = tuple(data.get("roles") or ())
        name = data.get("name") or (self.names.get(roles[0], "") if roles else f"Stage {number}")
        least = data.get("min_people") or 1
        patience = data.get("patience_days")
        return Stop(
            number, name, roles, least, data.get("max_people") or least,
            10 if patience is None else patience, self.gate() if data else {"by_hand": {}},
        )  # fmt: skip

    @property
    def said(self) -> list[str]:
        """What the form itself refuses, as sentences for the stage."""
        return [str(line) for lines in self.errors.values() for line in lines]


def gate_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The gate that the boxes of a stage say."""
    days = data.get("working_days")
    terms: dict[str, dict[str, Any]] = {
        "silence": {
            "touches": data.get("touches") or 3,
            "working_days": 8 if days is None else days,
            **of_stage(data.get("silence_stage")),
        },
        "reply": {"labels": data.get("labels") or [], **of_stage(data.get("reply_stage"))},
        "referral": {"role": data["named_role"]} if data.get("named_role") else {},
        "role_filled": {"role": data.get("gate_role") or ""},
        "timing": {k: str(d) for k, d in (("from", data.get("window_from")), ("to", data.get("window_to"))) if d},
    }
    chosen = [{kind: terms.get(kind, {})} for kind in data.get("opens_on") or ()]
    if len(chosen) == 1:
        return chosen[0]
    return {data.get("together") or "any": chosen} if chosen else {"by_hand": {}}


def of_stage(chosen: Any) -> dict[str, int]:
    return {"stage": int(chosen)} if chosen else {}


StageFormSet = forms.formset_factory(
    StageForm, extra=0, min_num=1, max_num=MOST_STAGES, absolute_max=MOST_STAGES, validate_max=True
)


class RouteDraftForm(forms.Form):
    """What a draft says beside its stages."""

    departments_out = forms.CharField(
        label="Departments never written to", max_length=400, required=False,
        help_text="As in marketing, human resources. Separated by commas.",
    )  # fmt: skip
    seen = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    def departments(self) -> list[str]:
        return [name.strip() for name in self.cleaned_data["departments_out"].split(",") if name.strip()]

    def clean_departments_out(self) -> str:
        said: str = self.cleaned_data["departments_out"]
        if any(len(name.strip()) > 80 for name in said.split(",")) or said.count(",") >= 40:
            raise forms.ValidationError("At most 40 departments, each of 80 letters at most.")
        return said


class RoutePublishForm(forms.Form):
    reason = forms.CharField(
        label="Why", max_length=300, widget=SMALL,
        error_messages={"required": "Say why; in six weeks someone will ask."},
    )  # fmt: skip
    lead_variants = forms.BooleanField(label="Lead the variants of this route onto it", required=False, initial=True)
    seen = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)


class VariantForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="As in Admin-first.")
    rule = forms.CharField(
        label="Which accounts take it", max_length=4000, widget=RULE,
        help_text="The language of segment rules; completion comes as you type.",
    )  # fmt: skip
    route_version = forms.ModelChoiceField(
        label="The route they take", queryset=RouteVersion.objects.none(), empty_label="Choose a route"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["route_version"].queryset = published_routes()  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"name": data["name"], "condition": data["rule"], "route_version": data["route_version"]}


# Stages as the form shows them ----------------------------------------------------------------------------------


def stage_initial(stage: Stop) -> dict[str, Any]:
    """A stage as the form shows it; a gate that its boxes cannot say is kept whole beside them."""
    first, terms = gates.one_kind(stage.gate)
    parts = terms if first in ("any", "all") else [stage.gate or {"by_hand": {}}]
    found: dict[str, Any] = {kind: inner or {} for part in parts for kind, inner in part.items()}
    silence, window, reply = (found.get(kind) or {} for kind in ("silence", "timing", "reply"))
    shown = {
        "name": stage.name,
        "roles": list(stage.roles),
        "min_people": stage.least,
        "max_people": stage.most,
        "patience_days": stage.patience,
        "opens_on": [kind for kind, _ in OUTCOMES if kind in found],
        "together": first if first in ("any", "all") else "any",
        "touches": silence.get("touches", 3),
        "working_days": silence.get("working_days", 8),
        "silence_stage": str(silence.get("stage") or ""),
        "labels": reply.get("labels", []),
        "reply_stage": str(reply.get("stage") or ""),
        "gate_role": (found.get("role_filled") or {}).get("role", ""),
        "named_role": (found.get("referral") or {}).get("role") or "",
        "window_from": window.get("from"),
        "window_to": window.get("to"),
    }
    told = not stage.gate or gates.same(gate_of(shown), stage.gate)
    return shown if told else {**shown, "opens_on": [], "kept_gate": stage.gate, "keep_gate": True}


def as_typed(form: StageForm) -> dict[str, Any]:
    """What stands in the boxes of one stage now, whether it can be read or not."""
    typed = {name: form[name].value() for name in form.fields}
    return {**typed, "kept_gate": form.held}


def rearranged(stages: Sequence[dict[str, Any]], act: str) -> tuple[list[dict[str, Any]], int]:
    """The stages after `add`, `up-2`, `down-2` or `remove-2`, gates following the stages they name; and where one is now."""
    what, _, which = act.partition("-")
    numbers = list(range(1, len(stages) + 1))
    at = int(which) if which.isdigit() and int(which) in numbers else 0
    if what == "add" and len(stages) < MOST_STAGES:
        return [*stages, new_stage(first=not stages)], len(stages) + 1
    if at and what == "remove" and len(stages) > 1:
        numbers.remove(at)
    elif at and what in ("up", "down"):
        to = max(1, at - 1) if what == "up" else min(len(stages), at + 1)
        numbers.insert(to - 1, numbers.pop(at - 1))
        at = to
    moved = {old: new for new, old in enumerate(numbers, start=1)}
    return [followed(stages[old - 1], moved) for old in numbers], min(at, len(numbers))


def followed(stage: dict[str, Any], moved: Mapping[int, int]) -> dict[str, Any]:
    """What the boxes of a stage say of other stages, after those have other numbers."""
    kept = stage.get("kept_gate")
    shown = {**stage, "kept_gate": gates.renumbered(kept, moved) if isinstance(kept, dict) else None}
    for name in ("silence_stage", "reply_stage"):
        said = str(stage.get(name) or "")
        shown[name] = str(moved.get(int(said), "")) if said.isdigit() else ""
    return shown


def new_stage(*, first: bool) -> dict[str, Any]:
    """A stage nobody has filled in yet: the first opens at the start, any other on silence."""
    return {
        "min_people": 1, "max_people": 2, "patience_days": 10, "touches": 3, "working_days": 8, "together": "any",
        "opens_on": ["start"] if first else ["silence"],
    }  # fmt: skip
