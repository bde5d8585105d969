"""What may be filtered of what people do themselves: calls, people left out, orders and intakes."""

import django_filters as f

from crm.filters import IdFilter, Listed, YesNoFilter, people, since
from prospecting.models import Call, EnrollOrder, Intake, Skip
from prospecting.rules import outcomes


class CallFilter(Listed):
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    enrollment = IdFilter("enrollment_id", label="Enrollment")
    channel = f.ChoiceFilter(choices=Call.Channel.choices, label="Channel")
    outcome = f.ChoiceFilter(choices=outcomes.CHOICES, label="What came of it")
    reached = YesNoFilter("reached", label="Reached")
    by = f.ModelChoiceFilter(queryset=people, label="By")
    since = since("at", "Since")

    class Meta:
        model = Call
        fields: list[str] = []


class SkipFilter(Listed):
    account = IdFilter("account_id", label="Account")
    contact = IdFilter("contact_id", label="Person")
    enrollment = IdFilter("enrollment_id", label="Enrollment")

    class Meta:
        model = Skip
        fields: list[str] = []


class IntakeFilter(Listed):
    segment = IdFilter("segment_id", label="Segment")
    state = f.ChoiceFilter(choices=Intake.State.choices, label="State")

    class Meta:
        model = Intake
        fields: list[str] = []


class EnrollOrderFilter(Listed):
    state = f.ChoiceFilter(choices=EnrollOrder.State.choices, label="State")

    class Meta:
        model = EnrollOrder
        fields: list[str] = []
