"""What admins type about the rules for titles: shapes and limits, no writing."""

from typing import Any

from django import forms

from crm.models import TitleRule
from crm.rules import titles


class TitleRuleForm(forms.ModelForm):
    """One rule for titles; the verb says what is wrong with it."""

    function = forms.CharField(max_length=40, required=False, widget=forms.TextInput(attrs={"list": "title-functions"}))
    if_function = forms.CharField(
        label="Only in the function",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"list": "title-functions"}),
    )
    level = forms.ChoiceField(choices=[("", "says none"), *titles.LEVELS.items()], required=False)
    if_level = forms.MultipleChoiceField(
        label="Only at the levels",
        choices=list(titles.LEVELS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = TitleRule
        fields = [
            "phrases",
            "if_function",
            "if_level",
            "function",
            "level",
            "role",
            "confidence",
            "language",
            "active",
            "note",
        ]
        widgets = {"phrases": forms.Textarea(attrs={"rows": 6, "spellcheck": "false"})}
        labels = {"phrases": "Words", "active": "In use"}
        help_texts = {
            "phrases": "One a line, whole words, any case. Empty: any title with the function and levels below.",
            "function": "",
            "language": "Two letters, for your own order.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["if_level"] = self.instance.if_level.split()
        self.fields["role"].empty_label = "says none"  # type: ignore[attr-defined]

    def clean_if_level(self) -> str:
        return " ".join(self.cleaned_data["if_level"])

    def _post_clean(self) -> None:
        """The verb writes and checks."""


class TitlesForm(forms.Form):
    titles = forms.CharField(
        label="Titles to try",
        max_length=8000,
        required=False,
        help_text="One a line.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def lines(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["titles"].splitlines() if line.strip()][:50]
