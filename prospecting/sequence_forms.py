"""What people type about sequences and texts: steps, words in a language, shared paragraphs; no writing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Max

from crm.models import Mailbox, Role
from prospecting.models import Step, TemplateVersion
from prospecting.rules import languages
from prospecting.services.sequences import MOST_STEPS, MOST_WAIT
from prospecting.services.templates import MOST_SNIPPET

LANGUAGES = sorted(languages.NAMES.items(), key=lambda row: row[1])
COLUMNS = ("role", "key", "channel", "wait_days", "template", "same_thread", "task")


@dataclass(frozen=True)
class Choices:
    """What every step may choose from, read once for all of them."""

    roles: list[tuple[str, str]]
    texts: list[tuple[str, str]]
    names: dict[str, str]

    @classmethod
    def read(cls, used: Iterable[int] = ()) -> "Choices":
        """`used` are versions of texts that the steps have now; beside them the newest of each text."""
        newest = TemplateVersion.objects.order_by().values("template").annotate(n=Max("pk")).values("n")
        rows = TemplateVersion.objects.filter(pk__in=newest) | TemplateVersion.objects.filter(pk__in=set(used))
        found = rows.select_related("template").order_by("template__name", "-number")
        roles = list(Role.objects.exclude(slug="unknown").values_list("slug", "name"))
        texts = [(str(row.pk), f"{row.template} (v{row.number})") for row in found]
        return cls(roles, texts, dict(roles))


class StepForm(forms.Form):
    """One step: whom, how, how long after the step before, with which text."""

    role = forms.ChoiceField(label="Whom")
    key = forms.IntegerField(required=False, min_value=0, max_value=32_000, widget=forms.HiddenInput)
    channel = forms.ChoiceField(label="How", choices=Step.Channel.choices, initial="email")
    wait_days = forms.IntegerField(label="After", min_value=0, max_value=MOST_WAIT, initial=3, help_text="working days")
    template = forms.ChoiceField(label="Text", required=False)
    same_thread = forms.BooleanField(label="Answers in the same thread", required=False, initial=True)
    task = forms.CharField(label="What to do", max_length=200, required=False)

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = choices.roles  # type: ignore[attr-defined]
        self.fields["template"].choices = [("", "none"), *choices.texts]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("channel") == Step.Channel.EMAIL and not data.get("template"):
            self.add_error("template", "A mail needs a text.")
        if data.get("channel") != Step.Channel.EMAIL and not data.get("template") and not data.get("task"):
            self.add_error("task", "Say what to do.")
        return data


StepFormSet = forms.formset_factory(StepForm, extra=0, max_num=MOST_STEPS, absolute_max=MOST_STEPS)


def steps_of(forms_: Iterable[Any]) -> list[dict[str, Any]]:
    """The steps as the verb takes them; their texts in one query."""
    rows = [dict(form.cleaned_data) for form in forms_]
    ids = {int(row["template"]) for row in rows if row["template"]}
    texts = TemplateVersion.objects.in_bulk(ids)
    for row in rows:
        row["template"] = texts.get(int(row["template"])) if row["template"] else None
        row["key"] = row["key"] or 0
    return rows


def typed(posted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps as they stand in the form, right or wrong."""
    total = str(posted.get("form-TOTAL_FORMS", "0"))
    many = min(int(total), MOST_STEPS) if total.isascii() and total.isdigit() and len(total) < 4 else 0
    rows = [{name: posted.get(f"form-{n}-{name}", "") for name in COLUMNS} for n in range(many)]
    return [{**row, "same_thread": bool(row["same_thread"])} for row in rows]


class MailboxesForm(forms.Form):
    mailboxes = forms.ModelMultipleChoiceField(
        label="Leaves from", queryset=Mailbox.objects.none(), required=False, widget=forms.CheckboxSelectMultiple,
        help_text="None: the prospector's own mailbox.",
    )  # fmt: skip

    def __init__(self, *args: Any, mailboxes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mailboxes"].queryset = mailboxes  # type: ignore[attr-defined]


class PublishForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300)


class AdoptForm(forms.Form):
    why = forms.CharField(label="Why", max_length=200, required=False)


class TextForm(forms.Form):
    """A text in one language; its length is judged by the verb, which says what the most is."""

    name = forms.CharField(label="Name of the text", max_length=120)
    language = forms.ChoiceField(choices=LANGUAGES, initial="en", help_text="Who gets none in theirs gets this one.")
    subject = forms.CharField(required=False, max_length=1_000, help_text="Empty: the thread's subject.")
    body = forms.CharField(label="Text", max_length=200_000, widget=forms.Textarea(attrs={"rows": 14}), strip=False)

    def __init__(self, *args: Any, saved: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if saved:
            del self.fields["name"], self.fields["language"]


class SnippetForm(forms.Form):
    name = forms.CharField(max_length=60, help_text="Small letters, figures and hyphens: texts name it.")
    language = forms.ChoiceField(
        choices=LANGUAGES, initial="en", help_text="Texts in other languages without their own words get this."
    )
    about = forms.CharField(label="What it is for", max_length=200, required=False)
    body = forms.CharField(
        label="Paragraph", max_length=MOST_SNIPPET * 4, widget=forms.Textarea(attrs={"rows": 8}), strip=False
    )
    reason = forms.CharField(label="Why it changes", max_length=300, required=False)

    def __init__(self, *args: Any, saved: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if saved:
            del self.fields["name"], self.fields["language"]
        else:
            del self.fields["reason"]
