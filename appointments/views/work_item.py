"""What one does with a work item beside answering: label, done, later, hand over, take, who was named."""

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from appointments import access
from appointments.forms import DoneForm, HandOverForm, LabelForm, NamesForm, RoleForm, SnoozeForm
from appointments.models import WorkItem
from appointments.services import classifying, named_people, putting_back, work_items
from appointments.views.inbox import undoing
from appointments.views.reply import colleagues, neighbours, show
from crm import clock, toasts
from crm.access import policy
from crm.errors import Refused
from crm.rules import saying
from crm.services import notes
from crm.views.back import back_to
from prospecting.models import Reply
from prospecting.rules import labels

LATER = "Put off until {}."
NOTE_LENGTH = 10_000


@require_POST
@policy("member")
def label(request: HttpRequest, pk: int) -> HttpResponse:
    """`keep_secondary`: a form that asks for the main label only leaves the others as they are."""
    item = access.item_write(request.user, pk)
    form = LabelForm(request.POST)
    reply = reply_meant(item, request.POST.get("reply", ""))
    if not form.is_valid() or reply is None:
        return wrong(request, item, form, "label_form")
    said = form.cleaned_data
    others = reply.secondary if "keep_secondary" in request.POST else said["secondary"]
    undo = undoing(request, [putting_back.as_it_stands(item)])
    secondary = [one for one in others if one != said["label"]]
    classifying.correct(reply, said["label"], secondary=secondary, by=request.user)
    words = f"Label changed to “{labels.words(said['label'])}”."
    toasts.say(request, words, undo=undo if reply == item.reply else "")
    return redirect(back_to(request, after_label(request, item)))


def wrong(request: HttpRequest, item: WorkItem, form: forms.Form, name: str) -> HttpResponse:
    """What cannot be read is said where it was typed: in the dialog of the queue, or on the reply's page."""
    if request.htmx:  # type: ignore[attr-defined]
        raise Refused(next((str(rows[0]) for rows in form.errors.values()), "This cannot be done here."))
    return show(request, item, status=400, **{name: form})


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
        return wrong(request, item, form, "done_form")
    said, undo = form.cleaned_data, undoing(request, [putting_back.as_it_stands(item)])
    following = neighbours(item, request.user)["next_waiting"]
    try:
        work_items.done(
            item, outcome=said["outcome"], next=said["next"], rest_until=said["rest_until"], reason=said["reason"],
            note=said["note"], cause=said["cause"], shown=said["shown"], by=request.user,
        )  # fmt: skip
    except Refused as error:
        if request.htmx:  # type: ignore[attr-defined]
            raise
        form.add_error(None, error.sentence)
        form.data = {**form.data.dict(), "shown": item.reply_id}  # the page that says so shows the newest
        return show(request, item, status=409, done_form=form)
    toasts.say(request, f"Done: {item.contact or item.person_address}.", undo=undo)
    return redirect(back_to(request, after(following)))


def after(following: int | None) -> str:
    """The next reply, or Today where none is left."""
    return reverse("appointments:reply", args=[following]) if following else reverse("appointments:today")


@require_POST
@policy("member")
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    work_items.reopen(item, by=request.user)
    toasts.say(request, "Open again.")
    return redirect("appointments:reply", item.pk)


@require_POST
@policy("member")
def put_back(request: HttpRequest) -> HttpResponse:
    """Undo of the last thing done in the queue, for one or for several."""
    rows = putting_back.read(request.GET.get("was", ""))
    found = [(access.item_write(request.user, row["pk"]), row) for row in rows]
    with transaction.atomic():
        back = [putting_back.put_back(item, row, by=request.user) for item, row in found]
    toasts.say(request, "As it was." if len(back) == 1 else f"{saying.count(len(back), 'reply', 'replies')} as before.")
    first = reverse("appointments:reply", args=[back[0].pk]) if back else reverse("appointments:inbox")
    return redirect(back_to(request, first))


@require_POST
@policy("member")
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return wrong(request, item, form, "snooze_form")
    until, undo = form.cleaned_data["until"], undoing(request, [putting_back.as_it_stands(item)])
    following = neighbours(item, request.user)["next_waiting"]
    work_items.snooze(item, until, by=request.user)
    day = saying.moment(timezone.localtime(until), timezone.localdate(clock.now()))
    toasts.say(request, LATER.format(day), undo=undo)
    return redirect(back_to(request, after(following)))


@require_POST
@policy("member")
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    form = HandOverForm(request.POST, people=colleagues(request.user, item))
    if not form.is_valid():
        return wrong(request, item, form, "hand_form")
    to, undo = form.cleaned_data["to"], undoing(request, [putting_back.as_it_stands(item)])
    following = neighbours(item, request.user)["next_waiting"]
    work_items.hand_over(item, to, by=request.user, words=form.cleaned_data["words"])
    toasts.say(request, f"{to} answers this now." if to else "It is in the pool: whoever is free takes it.", undo=undo)
    return redirect(back_to(request, after(following)))


@require_POST
@policy("member")
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    item = access.item_write(request.user, pk)
    undo = undoing(request, [putting_back.as_it_stands(item)])
    work_items.claim(item, by=request.user)
    toasts.say(request, "It is yours.", undo=undo)
    return redirect(back_to(request, reverse("appointments:reply", args=[item.pk])))


@require_POST
@policy("member")
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """A word for colleagues beside this reply; whoever is mentioned is told."""
    item = access.item_write(request.user, pk)
    page = reverse("appointments:reply", args=[item.pk])
    if item.account is None:
        raise Refused("Say whose mail this is first; a note stands with its account.")
    kept = notes.add_note(
        item.account, request.POST.get("text", "")[:NOTE_LENGTH], by=request.user, contact=item.contact,
        conversation=item.conversation, url=f"{page}#notes",
    )  # fmt: skip
    told = [str(person) for person in kept.mentioned.exclude(pk=request.user.pk)]
    toasts.say(request, f"Kept. {' and '.join(told)} {'is' if len(told) == 1 else 'are'} told." if told else "Kept.")
    return redirect(back_to(request, f"{page}#notes"))


@require_POST
@policy("member")
def names(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone the writer named joins the account, with the sentence as evidence."""
    item = access.item_write(request.user, pk)
    form = NamesForm(request.POST)
    if not form.is_valid() or item.account is None:
        return show(request, item, status=400, names_form=form)
    said = {**form.cleaned_data, "role": form.cleaned_data["role"].slug}
    person = named_people.keep(item, by=request.user, **said)
    toasts.say(request, f"{person} is kept on {item.account}.")
    return redirect("appointments:reply", item.pk)


@require_POST
@policy("member")
def role(request: HttpRequest, pk: int) -> HttpResponse:
    """They are not the one: which part they play instead."""
    item = access.item_write(request.user, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return show(request, item, status=400, role_form=form)
    person = named_people.correct_role(item, form.cleaned_data["role"].slug, by=request.user)
    toasts.say(request, f"{person} is {form.cleaned_data['role'].name.lower()} at {item.account} now.")
    return redirect("appointments:reply", item.pk)
