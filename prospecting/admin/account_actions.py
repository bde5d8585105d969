"""What lead generation adds to the list of accounts: filters and verbs."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from crm import access
from crm.admin.accounts import AccountAdmin
from crm.admin.actions import Asked, Rest, Why, each, every
from crm.admin.base import shared
from crm.filters import AccountFilter, people
from crm.models import Account, User
from prospecting.filters import living_segments
from prospecting.models import Segment, SequenceVersion
from prospecting.services import enrolling, enrollment, reactions, segments
from prospecting.tasks import run_orders


class Road(Asked):
    segment = forms.ModelChoiceField(Segment.objects.none())
    sequence_version = forms.ModelChoiceField(SequenceVersion.objects.none(), label="Sequence")
    prospector = forms.ModelChoiceField(User.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        published = SequenceVersion.objects.filter(state=SequenceVersion.State.PUBLISHED)
        self.choose("segment", living_segments())
        self.choose("sequence_version", published.select_related("sequence"))
        self.choose("prospector", people())

    def choose(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]


@each("Enroll in a sequence", form=Road, write=access.account_write)
def enrol(self: Any, request: HttpRequest, account: Account, **road: Any) -> None:
    """The guard decides for each; a refusal says why and holds nobody else up."""
    enrollment.enroll(account, by=request.user, **road)


@every("Enroll all of them in the background", form=Road)
def enrol_all(self: Any, request: HttpRequest, accounts: QuerySet[Account], **road: Any) -> int:
    """However many: they are taken in by batches, and the order says who started and who was refused for which reason."""
    picked = list(accounts.order_by().values_list("pk", flat=True))
    enrolling.order(by=request.user, wanted=len(picked), picked=picked, **road)
    run_orders.delay_on_commit()
    return len(picked)


@each("Rest until a date", form=Rest, write=access.account_write)
def rest(self: Any, request: HttpRequest, account: Account, until: Any, reason: str) -> None:
    reactions.rest_account(account, until, reason, by=request.user)


@each("Close", form=Why, write=access.account_write)
def close(self: Any, request: HttpRequest, account: Account, why: str) -> None:
    reactions.close_account(account, why, by=request.user)


class PinTo(Asked):
    segment = forms.ModelChoiceField(Segment.objects.none(), label="List of")
    kind = forms.ChoiceField(
        choices=[("include", "Pin it to the list"), ("exclude", "Keep it off the list")], label="What"
    )
    reason = forms.CharField(max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = living_segments()  # type: ignore[attr-defined]


@each("Pin to a list, or keep off it", form=PinTo, write=access.account_write)
def pin(self: Any, request: HttpRequest, account: Account, segment: Segment, kind: str, reason: str) -> None:
    segments.pin(segment, account, kind, reason, by=request.user)


# The account's admin belongs to crm; like its filters, its list of actions is open to the apps above.
AccountAdmin.actions = (enrol, enrol_all, *AccountAdmin.actions, rest, close, pin)
AccountAdmin.list_filter = [*shared(AccountFilter, "segment", "enrolled", "missing_role"), *AccountAdmin.list_filter]
