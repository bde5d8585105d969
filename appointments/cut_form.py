"""What the funnel may be asked: the cut of a screen, an export and the API, checked in one place."""

import datetime as dt
from typing import Any

from django import forms
from django.db import connection
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from appointments.models import WorkItem
from appointments.reports import KNOWN
from appointments.reports.halves import LEFT, RIGHT
from appointments.reports.lost import BAND_KEYS, NOBODY_YET, UNANSWERED
from appointments.reports.lost import TITLES as LEAKS
from crm import clock
from crm.models import Mailbox, Role, User
from crm.rules import saying
from prospecting.models import Route, SegmentVersion, Sequence, Step
from prospecting.rules import labels

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TITLES = {
    **dict(LEFT), **dict(RIGHT), **LEAKS, "held": "Held and qualified", "inbound": "Wrote first",
    "booked_and_qualified": "Booked and qualified", "held_and_booked": "Held and booked",
}  # fmt: skip
WHICH = ("segment_version", "route", "role", "sequence", "sequence_step", "prospector", "setter", "mailbox", "label")
DAYS = ("since", "until", "on")
CUTS = (*WHICH, *DAYS)
MORE = ("sequence", "sequence_step", "mailbox", "label", "on")  # asked less often
BAND_WORDS = {key: name for name, key in BAND_KEYS.items()}


def step_words(step: str) -> str:
    """What a figure of the funnel counts; empty for one that there is not."""
    said = step.removeprefix("said-")
    if step.startswith("said-"):
        return f"Said: {labels.words(said)}" if labels.known(said) else ""
    why = dict(WorkItem.Reason.choices).get(step.removeprefix("why-"))
    if why and step.startswith("why-"):
        return f"Why they decline or wait: {why.lower()}"
    if step in BAND_WORDS:
        by_nobody = {NOBODY_YET: "Answered by nobody yet", UNANSWERED: "Closed without an answer"}
        return by_nobody.get(BAND_WORDS[step]) or f"Answered {BAND_WORDS[step]}"
    return TITLES.get(step, "") if step in KNOWN else ""


def choices() -> dict[str, list[tuple[str, str]]]:
    """What there is to choose from, all kinds in one question to the database."""
    step = Step.objects.order_by("version__sequence_id", "role_id", "key", "-version__number")
    step = step.distinct("version__sequence_id", "role_id", "key")
    versions = SegmentVersion.objects.filter(state=SegmentVersion.State.PUBLISHED)
    named: dict[str, QuerySet[Any]] = {
        "segment_version": told(versions, Concat("segment__name", Value(", v"), Cast("number", CharField()))),
        "route": told(Route.objects.all(), F("name")),
        "role": told(Role.objects.all(), F("name")),
        "sequence": told(Sequence.objects.all(), F("name")),
        "sequence_step": told(step, Concat(
            "version__sequence__name", Value(": "), "role__name", Value(", "), "channel", Value(" "), Cast("order", CharField()),
            output_field=CharField(),
        )),
        "user": told(User.objects.exclude(name=""), F("name")),
        "mailbox": told(Mailbox.objects.filter(internal=False), F("address")),
    }  # fmt: skip
    parts, values = [], []
    for kind, rows in named.items():
        inner, params = rows.query.sql_with_params()
        parts.append(f"SELECT %s AS kind, q.pk, q.said FROM ({inner}) AS q (pk, said)")  # noqa: S608 - built by the ORM
        values += [kind, *params]
    found: dict[str, list[tuple[str, str]]] = {kind: [] for kind in named}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS one ORDER BY kind, lower(said), pk", values)  # noqa: S608
        for kind, pk, said in cursor.fetchall():
            found[kind].append((str(pk), said))
    found["prospector"] = found["setter"] = found.pop("user")
    return found | {"label": list(labels.CHOICES)}


def told(rows: QuerySet[Any], said: Any) -> QuerySet[Any]:
    return rows.annotate(said_=said).values_list("pk", "said_")


class CutForm(forms.Form):
    """Which walks the funnel counts; the left half also by prospector, the right half by setter."""

    segment_version = forms.ChoiceField(required=False, label="Segment")
    route = forms.ChoiceField(required=False, label="Route")
    role = forms.ChoiceField(required=False, label="Role reached")
    prospector = forms.ChoiceField(required=False, label="Prospector")
    setter = forms.ChoiceField(required=False, label="First setter")
    since = forms.DateField(required=False, widget=DATE, label="Enrolled from")
    until = forms.DateField(required=False, widget=DATE, label="Until, not included")
    sequence = forms.ChoiceField(required=False, label="Sequence")
    sequence_step = forms.ChoiceField(required=False, label="Step reached")
    mailbox = forms.ChoiceField(required=False, label="Mailbox")
    label = forms.ChoiceField(required=False, label="Somebody said")
    on = forms.DateField(required=False, widget=DATE, label="As it stood at the end of")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = choices()
        for name in WHICH:
            field: Any = self.fields[name]
            field.choices = [("", "All"), *there[name]]
        for shown in self.fields.values():
            shown.widget.attrs["class"] = "in"

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("since") and said.get("until") and said["since"] >= said["until"]:
            self.add_error("until", "This is not after the first day.")
        if said.get("on") and said["on"] > timezone.localdate(clock.now()):
            self.add_error("on", "That day is still to come.")
        return said

    @property
    def cut(self) -> dict[str, Any]:
        """What was asked: ids, a label, and days as moments of the reader's zone; `on` is the end of its day."""
        said = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        for name in WHICH:
            if name in said and name != "label":
                said[name] = int(said[name])
        if "sequence_step" in said:
            said["step"] = said.pop("sequence_step")
        for name in DAYS:
            if name in said:
                day = said[name] + dt.timedelta(days=1 if name == "on" else 0)
                said[name] = timezone.make_aware(dt.datetime.combine(day, dt.time()))
        if "on" in said:
            said["on"] = min(said["on"], clock.now())
        return said

    @property
    def words(self) -> str:
        """The cut as a reader says it."""
        said, fields = self.cleaned_data, dict[str, Any](self.fields)
        named = [dict(fields[name].choices)[said[name]] for name in WHICH if said.get(name)]
        days = [saying.short_day(said[name], dt.date.min) for name in ("since", "until") if said.get(name)]
        day = [f"as it stood on {saying.short_day(said['on'], dt.date.min)}"] if said.get("on") else []
        return ", ".join([*named, *([" to ".join(days)] if days else []), *day])

    @property
    def usual_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if name not in MORE]

    @property
    def more_fields(self) -> list[Any]:
        return [self[name] for name in MORE]

    @property
    def asks_more(self) -> bool:
        return any(self[name].value() for name in MORE)
