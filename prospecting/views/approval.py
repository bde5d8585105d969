"""To approve: mails that wait for a person, worked through by keyboard."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crm import access, clock, paging, toasts
from crm.access import policy
from crm.errors import Refused
from crm.models import User
from crm.rules import saying
from crm.views.back import back_to
from crm.views.numbers import whole
from prospecting import access as own_access
from prospecting.models import Sequence, Touch
from prospecting.queries import approvals
from prospecting.services import approving, skipping
from prospecting.views.frame import ids_of
from prospecting.work_forms import DraftForm


@require_safe
@policy("member")
def approval_queue(request: HttpRequest) -> HttpResponse:
    """The list; beside it the mail of the row in focus. Live, only the counts change: what is picked stays picked."""
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "prospecting/approvals_counts.html", {"counts": approvals.counts(request.user)})
    rows = approvals.shown(approvals.waiting(request.user))
    page = paging.page(rows, keys=("due_on", "pk"), after=request.GET.get("after", ""), size=40)
    first = page.rows[0] if page.rows else None
    shown = {
        "page": page,
        "counts": approvals.counts(request.user),
        "today": clock.today(),
        "first": first,
        "words": approving.words_of(first) if first else None,
        "touch": first,
        "sequences": approvals.sequences(),
        "may_set": access.holds(request.user, "lead"),
    }
    return render(request, "prospecting/approvals.html", shown)


def waiting_touch(user: User, pk: int) -> Touch:
    mine = approvals.shown(approvals.waiting(user)).filter(account__in=access.workable_accounts(user).values("pk"))
    return get_object_or_404(mine, pk=pk)


@policy("member")
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail: as it would leave, and in an editor."""
    touch = waiting_touch(request.user, pk)
    words = approving.words_of(touch)
    form = DraftForm(request.POST or None, initial={"subject": words.subject, "body": words.body})
    if request.method == "POST" and form.is_valid() and saved(request, touch, form):
        return onward(request.user, touch)
    shown = {"touch": touch, "words": words, "form": form, "today": clock.today()}
    if request.GET.get("preview"):
        return render(request, "prospecting/approval_preview.html", shown)
    return render(request, "prospecting/approval.html", shown)


def onward(user: User, touch: Touch) -> HttpResponse:
    """Back to the queue, at the mail that stood after this one: whoever works through it goes on where they were."""
    later = Q(due_on__gt=touch.due_on) | Q(due_on=touch.due_on, pk__gt=touch.pk)
    after = approvals.waiting(user).filter(later).order_by("due_on", "pk").values_list("pk", flat=True).first()
    place = f"#hit-{after}" if after else ""
    return redirect(reverse("prospecting:approvals") + place)


def saved(request: HttpRequest, touch: Touch, form: DraftForm) -> bool:
    """Keep the words, and let the mail go where that was asked; a refusal stays on the page."""
    said = form.cleaned_data
    try:
        if request.POST.get("do") == "as_written":
            approving.as_written(touch, by=request.user)
            toasts.say(request, "The step's own text again.")
            return True
        approving.edit(touch, said["subject"], said["body"], by=request.user)
        if request.POST.get("do") != "release":
            toasts.say(request, f"Kept. The mail to {touch.contact} still waits.")
            return True
        return told(request, [touch], approving.release([touch], by=request.user))
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return False


@require_POST
@policy("member")
def approval_bulk(request: HttpRequest) -> HttpResponse:
    """Release or skip the picked; each refusal says why and holds nobody else up."""
    rows = picked(request)
    if not rows:
        toasts.refuse(request, "Pick one with X first.")
        return redirect("prospecting:approvals")
    what = "release" if "only" in request.POST else request.POST.get("do", "")
    try:
        DOES.get(what, nothing)(request, rows)
    except Refused as refused:
        toasts.refuse(request, refused.sentence)
    return redirect("prospecting:approvals")


def picked(request: HttpRequest) -> list[Touch]:
    asked = request.POST.getlist("only") or request.POST.getlist("touch")
    numbers = [whole(one) for one in asked[: approving.MOST]]
    mine = approvals.shown(approvals.waiting(request.user)).filter(pk__in=numbers)
    return list(mine.filter(account__in=access.workable_accounts(request.user).values("pk")))


def release(request: HttpRequest, rows: list[Touch]) -> None:
    told(request, rows, approving.release(rows, by=request.user))


def told(request: HttpRequest, rows: list[Touch], found: approving.Released) -> bool:
    names = {row.pk: str(row.contact) for row in rows}
    if found.done:
        keys = "&".join(f"touch={pk}" for pk in found.done)
        said = names[found.done[0]] if len(found.done) == 1 else saying.count(len(found.done), "mail", "mails")
        undo = f"{reverse('prospecting:approval_back')}?{keys}"
        toasts.say(request, f"Released: {said}.", undo=undo)
    for pk, sentence in list(found.refused.items())[:5]:
        toasts.refuse(request, f"{names[pk]} still waits. {sentence}")
    return bool(found.done)


def skip_step(request: HttpRequest, rows: list[Touch]) -> None:
    gone = skipping.skip_steps(rows, request.POST.get("why", ""), by=request.user)
    keys = "&".join(f"touch={pk}" for pk in gone)
    undo = f"{reverse('prospecting:skip_undo')}?{keys}"
    toasts.say(request, f"{saying.count(len(gone), 'step', 'steps')} left out.", undo=undo)


def skip_person(request: HttpRequest, rows: list[Touch]) -> None:
    done = [
        skipping.skip_person(row.enrollment, row.contact, request.POST.get("why", ""), by=request.user) for row in rows
    ]
    undo = reverse("prospecting:person_back", args=[done[0].pk]) if len(done) == 1 else ""
    toasts.say(request, f"{saying.count(len(done), 'person', 'people')} left out.", undo=undo)


def skip_account(request: HttpRequest, rows: list[Touch]) -> None:
    walks = {row.enrollment_id: row.enrollment for row in rows}
    for walk in walks.values():
        skipping.skip_account(walk, request.POST.get("why", ""), by=request.user)
    toasts.say(request, f"The walk of {saying.count(len(walks), 'account', 'accounts')} has ended.")


def nothing(request: HttpRequest, rows: list[Touch]) -> None:
    raise Refused("Choose what to do with the picked.")


DOES: dict[str, Any] = {
    "release": release, "skip_step": skip_step, "skip_person": skip_person, "skip_account": skip_account,
}  # fmt: skip


@require_POST
@policy("member")
def approval_back(request: HttpRequest) -> HttpResponse:
    """Undo of a release: what has not left yet waits again."""
    touches = touches_asked(request)
    back = approving.take_back(touches, by=request.user)
    if back:
        toasts.say(request, f"{saying.count(back, 'mail waits', 'mails wait')} again.")
    if back < len(touches):
        toasts.refuse(request, f"{saying.count(len(touches) - back, 'mail has', 'mails have')} left already.")
    return redirect("prospecting:approvals")


def touches_asked(request: HttpRequest) -> list[Touch]:
    numbers = [whole(one) for one in ids_of(request.GET, "touch")[: approving.MOST]]
    rows = own_access.visible_touches(request.user).filter(pk__in=numbers)
    return list(rows.filter(account__in=access.workable_accounts(request.user).values("pk")))


@require_POST
@policy("member")
def skip_undo(request: HttpRequest) -> HttpResponse:
    back = skipping.undo_steps(touches_asked(request), by=request.user)
    toasts.say(request, f"{saying.count(back, 'step is', 'steps are')} planned again.")
    return redirect("prospecting:approvals")


@require_POST
@policy("member")
def person_back(request: HttpRequest, pk: int) -> HttpResponse:
    skip = own_access.skip_write(request.user, pk)
    skipping.undo_person(skip, by=request.user)
    toasts.say(request, f"{skip.contact} is not left out any more.")
    return redirect("crm:account", skip.account_id)


@require_POST
@policy("lead")
def approval_of_sequence(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether a person looks at each mail of a sequence; for walks that start from now on."""
    sequence = get_object_or_404(Sequence, pk=pk)
    approving.ask_first(sequence, request.POST.get("on") == "1", by=request.user)
    said = "wait for a person" if sequence.approval else "leave by themselves"
    toasts.say(request, f"Mails of {sequence} {said}, for accounts that start from now on.")
    return redirect(back_to(request, reverse("prospecting:approvals")))


@require_POST
@policy("member")
def approval_of_walk(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for one walk, also for what is planned already."""
    walk = own_access.enrollment_write(request.user, pk)
    on = request.POST.get("on") == "1"
    approving.look_first(walk, on, by=request.user)
    toasts.say(request, "Each mail waits for a person." if on else "Mails leave by themselves again.")
    return redirect("crm:account", walk.account_id)
