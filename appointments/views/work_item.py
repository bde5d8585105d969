"""What one does with a work item beside answering: label, done, later, hand over, take, who was named."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from appointments import access
from appointments.forms import DoneForm, HandOverForm, LabelForm, NamesForm, SnoozeForm
from appointments.models import WorkItem
from appointments.services import classifying, work_items
from appointments.views.reply import colleagues, neighbours, show
from crm import clock, toasts
from crm.access import policy
from crm.errors import Refused
from crm.rules import saying
from crm.services import contacts, referrals
from prospecting.models import Reply
from prospecting.rules import labels


@require_POST
@policy("member")
def label(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    form = LabelForm(request.POST)
    reply = reply_meant(item, request.POST.get("reply", ""))
    if not form.is_valid() or reply is None:
        return show(request, item, status=400, label_form=form)
    said = form.cleaned_data
    secondary = [one for one in said["secondary"] if one != said["label"]]
    classifying.correct(reply, said["label"], secondary=secondary, by=request.user)
    toasts.say(request, f"Label changed to “{labels.words(said['label'])}”.")
    return redirect(after_label(request, item))


def reply_meant(item: WorkItem, named: str) -> Reply | None:
    """The latest, or another of the same thread that is named."""
    if not named:
        return item.reply
    return get_object_or_404(Reply, pk=named if named.isdigit() else 0, conversation=item.conversation_id)


def after_label(request: HttpRequest, item: WorkItem) -> str:
    """The new label may have closed this item or opened another; show the one that is open."""
    rows = access.visible_items(request.user).filter(
        conversation=item.conversation_id, person_address=item.person_address
    )
    latest = rows.exclude(state=WorkItem.State.DONE).order_by("-pk").first()
    return reverse("appointments:reply", args=[latest.pk if latest else item.pk])


@require_POST
@policy("member")
def done(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    form = DoneForm(request.POST)
    if not form.is_valid():
        return show(request, item, status=400, done_form=form)
    said = form.cleaned_data
    try:
        work_items.done(
            item, outcome=said["outcome"], next=said["next"], rest_until=said["rest_until"], by=request.user
        )
    except Refused as error:
        form.add_error(None, error.sentence)
        return show(request, item, status=409, done_form=form)
    toasts.say(
        request,
        f"Done: {item.contact or item.person_address}.",
        undo=reverse("appointments:reply_reopen", args=[item.pk]),
    )
    following = neighbours(item, request.user)["next_item"]
    return redirect("appointments:reply", following) if following else redirect("appointments:today")


@require_POST
@policy("member")
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    work_items.reopen(item, by=request.user)
    toasts.say(request, "Open again.")
    return redirect("appointments:reply", item.pk)


@require_POST
@policy("member")
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return show(request, item, status=400, snooze_form=form)
    until = form.cleaned_data["until"]
    work_items.snooze(item, until, by=request.user)
    toasts.say(
        request,
        f"Put off until {saying.moment(timezone.localtime(until), timezone.localdate(clock.now()))}.",
        undo=reverse("appointments:reply_claim", args=[item.pk]),
    )
    return redirect("appointments:today")


@require_POST
@policy("member")
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    form = HandOverForm(request.POST, people=colleagues(request.user, item))
    if not form.is_valid():
        return show(request, item, status=400, hand_form=form)
    work_items.hand_over(item, form.cleaned_data["to"], by=request.user)
    toasts.say(
        request,
        f"{form.cleaned_data['to']} answers this now.",
        undo=reverse("appointments:reply_claim", args=[item.pk]),
    )
    return redirect("appointments:today")


@require_POST
@policy("member")
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    work_items.claim(item, by=request.user)
    toasts.say(request, "It is yours.")
    return redirect("appointments:reply", item.pk)


@require_POST
@policy("member")
def names(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone the writer named joins the account, with the sentence as evidence."""
    item = access.item_write(request.user, pk)
    form = NamesForm(request.POST)
    if not form.is_valid() or item.account is None:
        return show(request, item, status=400, names_form=form)
    said = dict(form.cleaned_data)
    cite = said.pop("may_cite")
    person = contacts.add_contact(item.account, by=request.user, source="referral", confidence="high", **said)
    if item.contact and item.contact != person:
        referrals.named(
            person, item.account, by_contact=item.contact, may_cite=cite, by=request.user,
            message=item.reply.message if item.reply else None, team=item.team,
        )  # fmt: skip
    toasts.say(request, f"{person} is kept on {item.account}.")
    return redirect("appointments:reply", item.pk)
