"""Calls, notes and plain tasks: the script, what came of it in one press, ten seconds to take it back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from crm import access, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import Account, Contact
from crm.rules import saying
from crm.views.back import back_to
from crm.views.numbers import whole
from prospecting import access as own_access
from prospecting.models import Touch
from prospecting.models.touch import Flight
from prospecting.queries import screens
from prospecting.rules import outcomes
from prospecting.services import approving, calls, skipping
from prospecting.work_forms import CallForm, OutcomeForm


@policy("member")
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: whom, what to say, and a button for each thing that can come of it."""
    touch = own_access.touch_write(request.user, pk)
    if touch.channel == "email":
        return redirect("crm:account", touch.account_id)
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return logged(
                request, calls.log(touch.account, touch.contact, by=request.user, touch=touch, **form.cleaned_data)
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
    return render(request, "prospecting/task.html", {**shown(touch), "form": form})


def shown(touch: Touch) -> dict[str, Any]:
    script = approving.words_of(touch) if touch.step.template_id else None
    return {
        "touch": touch,
        "is_open": touch.state == Flight.PLANNED,
        "words": script if script and not script.wrong else None,
        "wrong": script.wrong if script else "",
        "outcomes": outcomes.of_channel(touch.channel),
        "before": screens.calls_to(touch.contact, touch.account)[:5],
    }


def logged(request: HttpRequest, call: Any) -> HttpResponse:
    """Said, with ten seconds to take it back."""
    known = outcomes.OUTCOMES[call.outcome]
    toasts.say(
        request,
        f"{call.contact}: {known.words.lower()}. {known.then}",
        undo=reverse("prospecting:call_undo", args=[call.pk]),
    )
    return redirect(
        back_to(request, reverse("crm:account", args=[call.account_id]) if call.label else reverse("crm:home"))
    )


@require_POST
@policy("member")
def call_undo(request: HttpRequest, pk: int) -> HttpResponse:
    call = own_access.call_write(request.user, pk)
    calls.undo(call, by=request.user)
    toasts.say(request, f"Taken back. The call to {call.contact} was not logged.")
    return redirect("prospecting:task", call.touch_id) if call.touch_id else redirect("crm:account", call.account_id)


@require_POST
@policy("member")
def task_skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave out the step, the person or the account, with a reason."""
    touch = own_access.touch_write(request.user, pk)
    why, what = request.POST.get("why", ""), request.POST.get("do", "")
    try:
        if what == "skip_person":
            row = skipping.skip_person(touch.enrollment, touch.contact, why, by=request.user)
            undo = reverse("prospecting:person_back", args=[row.pk])
            toasts.say(request, f"{touch.contact} is left out of this walk.", undo=undo)
        elif what == "skip_account":
            skipping.skip_account(touch.enrollment, why, by=request.user)
            toasts.say(request, f"The walk of {touch.account} has ended.")
        else:
            gone = skipping.skip_steps([touch], why, by=request.user)
            undo = f"{reverse('prospecting:skip_undo')}?touch={touch.pk}"
            toasts.say(request, f"{saying.count(len(gone), 'step', 'steps')} left out.", undo=undo)
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
        return redirect("prospecting:task", pk)
    return redirect("crm:account", touch.account_id)


@policy("member")
def call_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Log a call or a note to somebody of an account, whether the sequence asked for it or not."""
    account = access.account_write(request.user, pk)
    people = people_of(account)
    asked = whole(request.GET.get("contact", ""))
    initial = {"contact": asked, "channel": "call", "outcome": "connected"}
    form = CallForm(request.POST or None, people=people, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            return logged(request, log(account, request.user, said))
        except Refused as refused:
            form.add_error(None, refused.sentence)
    told = {"account": account, "form": form, "somebody": people.exists(), "outcomes": list(outcomes.OUTCOMES.values())}
    return render(request, "prospecting/call.html", told)


def log(account: Account, user: Any, said: dict[str, Any]) -> Any:
    """The open task of that person and kind is what was done; without one it is a call beside the sequence."""
    contact, channel = said.pop("contact"), said.pop("channel")
    touch = Touch.objects.filter(account=account, contact=contact, channel=channel, state=Flight.PLANNED).first()
    return calls.log(account, contact, by=user, channel=channel, touch=touch, **said)


def people_of(account: Account) -> Any:
    here = Contact.objects.filter(memberships__account=account, memberships__until=None)
    return here.distinct().order_by("last_name", "first_name", "pk")
