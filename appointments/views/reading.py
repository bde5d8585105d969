"""What was read from a reply, and putting it right."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from appointments import access
from appointments.forms import AmendForm
from appointments.services import classifying
from appointments.views.reply import show
from appointments.views.work_item import after_label
from crm import toasts
from crm.access import policy
from crm.errors import Refused


@require_POST
@policy("member")
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """A day or a person read wrongly is put right; what the wrong one set off is undone and done again."""
    item = access.item_write(request.user, pk)
    form = AmendForm(request.POST)
    if item.reply is None or not form.is_valid():
        return show(request, item, status=400, misread=wrong_words(form))
    said = form.cleaned_data
    try:
        classifying.amend(item.reply, said["kind"], said["place"], form.said(), by=request.user)
    except Refused as error:
        return show(request, item, status=409, misread=error.sentence)
    toasts.say(request, "Put right. What it had set off is done again with it.")
    return redirect(after_label(request, item))


def wrong_words(form: AmendForm) -> str:
    return "Write the day as in 2026-08-24." if "day" in form.errors else "That cannot be read. Load the page again."
