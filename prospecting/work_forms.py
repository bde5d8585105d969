"""What people type when they enroll, call, write, approve and set the policy: shapes and limits, no writing."""

from typing import Any

from django import forms

from crm.models import Contact, Team, User
from prospecting.forms import prospectors, published_sequences
from prospecting.models import Intake, Segment, Sequence, SequenceVersion, TemplateVersion
from prospecting.rules import labels, outcomes

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
WEEKDAYS = list(enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")))
SMALL = forms.Textarea(attrs={"rows": 3})
COOLS_OFF = ("not_interested", "objection_price", "objection_competitor", "objection_authority", "objection_other",
             "wrong_person", "not_now")  # fmt: skip


class DraftForm(forms.Form):
    """The words of one mail that waits."""

    subject = forms.CharField(max_length=200, required=False)
    body = forms.CharField(
        label="Text", max_length=20_000, widget=forms.Textarea(attrs={"rows": 14}), strip=True,
        error_messages={"required": "Write something first: the mail is empty."},
    )  # fmt: skip


class CallForm(forms.Form):
    """Who was called or written to on a network, and what came of it."""

    contact = forms.ModelChoiceField(label="Who", queryset=Contact.objects.none(), empty_label=None)
    channel = forms.ChoiceField(label="How", choices=[("call", "Call"), ("social", "Note on a network")])
    outcome = forms.ChoiceField(label="What came of it", choices=outcomes.CHOICES)
    until = forms.DateField(label="Not before", required=False, widget=DAY, help_text="For “not now” and “try again”.")
    words = forms.CharField(label="What was said", max_length=500, required=False, widget=SMALL)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = people  # type: ignore[attr-defined]


class OutcomeForm(forms.Form):
    """What came of a task that is there; the button pressed is the outcome."""

    outcome = forms.ChoiceField(choices=outcomes.CHOICES)
    until = forms.DateField(label="Not before", required=False, widget=DAY, help_text="For “not now” and “try again”.")
    words = forms.CharField(label="What was said", max_length=500, required=False, widget=SMALL)


class WriteForm(forms.Form):
    """A mail by hand."""

    subject = forms.CharField(max_length=200, required=False)
    body = forms.CharField(
        label="Text", max_length=20_000, widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": "Write something first: the mail is empty."},
    )  # fmt: skip
    sentence = forms.CharField(
        label="Why you write all the same", max_length=300, required=False,
        help_text="One sentence. It stands on the timeline, and how often this happens is counted.",
    )  # fmt: skip


class AskedForm(forms.Form):
    """To whom, for what, and which text to start from; a GET form."""

    contact = forms.ModelChoiceField(label="To", queryset=Contact.objects.none(), empty_label=None)
    purpose = forms.ChoiceField(
        label="Purpose", choices=[("outreach", "Outreach"), ("answer", "Answer: they wrote to us")], initial="outreach"
    )
    template = forms.ModelChoiceField(
        label="Start from", queryset=TemplateVersion.objects.none(), required=False, empty_label="an empty page"
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = people  # type: ignore[attr-defined]
        newest = TemplateVersion.objects.order_by("template_id", "-number").distinct("template_id")
        texts = TemplateVersion.objects.filter(pk__in=newest.values("pk")).select_related("template")
        self.fields["template"].queryset = texts.order_by("template__name")  # type: ignore[attr-defined]


class OrderForm(forms.Form):
    """By which list and sequence many accounts start, and in whose name."""

    segment = forms.ModelChoiceField(label="List", queryset=Segment.objects.none(), empty_label=None)
    sequence_version = forms.ModelChoiceField(
        label="Sequence", queryset=SequenceVersion.objects.none(), empty_label=None
    )
    prospector = forms.ModelChoiceField(label="Who writes", queryset=User.objects.none(), empty_label=None)
    approval = forms.BooleanField(
        label="I look at each mail before it leaves", required=False, help_text="Drafts wait under To approve."
    )

    def __init__(self, *args: Any, user: User, segments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = segments  # type: ignore[attr-defined]
        self.fields["sequence_version"].queryset = published_sequences()  # type: ignore[attr-defined]
        self.fields["prospector"].queryset = prospectors(user)  # type: ignore[attr-defined]
        self.fields["prospector"].initial = user.pk if user.job == User.Job.SDR else None


class IntakeForm(forms.Form):
    """A standing order."""

    name = forms.CharField(max_length=120)
    segment = forms.ModelChoiceField(label="From the list of", queryset=Segment.objects.none(), empty_label=None)
    sequence = forms.ModelChoiceField(
        label="Sequence", queryset=Sequence.objects.none(), empty_label=None,
        help_text="Each day by the version in use on that day.",
    )  # fmt: skip
    per_day = forms.IntegerField(label="Accounts a day, at most", min_value=1, max_value=500, initial=20)
    weekdays = forms.TypedMultipleChoiceField(
        label="On", choices=WEEKDAYS, coerce=int, initial=[0, 1, 2, 3, 4], widget=forms.CheckboxSelectMultiple,
        help_text="Never on our holidays.", error_messages={"required": "Choose at least one day of the week."},
    )  # fmt: skip
    owners = forms.ChoiceField(label="Who writes", choices=Intake.Owners.choices, initial="owner")
    person = forms.ModelChoiceField(
        label="The person", queryset=User.objects.none(), required=False, empty_label="Nobody chosen"
    )
    team = forms.ModelChoiceField(
        label="The team", queryset=Team.objects.none(), required=False, empty_label="None chosen"
    )
    approval = forms.BooleanField(
        label="A person looks at each mail before it leaves", required=False, help_text="Drafts wait under To approve."
    )

    def __init__(self, *args: Any, user: User, segments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        published = SequenceVersion.objects.filter(state=SequenceVersion.State.PUBLISHED).values("sequence")
        self.fields["segment"].queryset = segments  # type: ignore[attr-defined]
        self.fields["sequence"].queryset = Sequence.objects.filter(pk__in=published)  # type: ignore[attr-defined]
        self.fields["person"].queryset = prospectors(user)  # type: ignore[attr-defined]
        teams = Team.objects.all() if user.is_admin else Team.objects.filter(pk=user.team_id or 0)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for owners in ("person", "team"):
            if data.get("owners") == owners and not data.get(owners):
                self.add_error(owners, "Say which one.")
        return data


class PolicyForm(forms.Form):
    """How polite we are to one account, over all sequences, people and mailboxes."""

    people_at_once = forms.IntegerField(label="People at once", min_value=1, max_value=10)
    touches_a_week = forms.IntegerField(label="Touches within seven days", min_value=1, max_value=20)
    days_between_people = forms.IntegerField(
        label="Working days between two people", min_value=0, max_value=30, help_text="0: none."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for label in COOLS_OFF:
            self.fields[f"cool_{label}"] = forms.IntegerField(
                label=labels.words(label), min_value=0, max_value=200, required=False
            )

    @property
    def cooling(self) -> list[Any]:
        return [self[f"cool_{label}"] for label in COOLS_OFF]

    def policy(self) -> dict[str, Any]:
        data = self.cleaned_data
        own = ("people_at_once", "touches_a_week", "days_between_people")
        days = {label: data[f"cool_{label}"] for label in COOLS_OFF if data[f"cool_{label}"]}
        return {**{name: data[name] for name in own}, "cool_off": days}


def policy_initial(policy: Any) -> dict[str, Any]:
    own = ("people_at_once", "touches_a_week", "days_between_people")
    cool = {f"cool_{label}": policy.cool_off.get(label, 0) for label in COOLS_OFF}
    return {**{name: getattr(policy, name) for name in own}, **cool}


class WhyForm(forms.Form):
    why = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why; it stands on the record."})
