"""What a key asks about one reply: its label, later, whom to hand it to, a note, or how it ended."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from appointments import access
from appointments.views import ending, next_step, shown
from appointments.views.asked import TITLES, asked
from appointments.views.reply import paused_by_hand
from crm.access import policy
from crm.views.back import back_to


@require_safe
@policy("member")
def ask(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """The form in a dialog's place for htmx, a page of its own otherwise."""
    item = access.item_write(request.user, pk)
    if what not in TITLES or (item.reply is None and what == "label"):
        raise Http404
    context = {
        **asked(request.user),
        "item": item,
        "what": what,
        "title": TITLES[what],
        "pk": pk,
        "back": back_to(request),
    }
    if what == "done":
        form = ending.proposed(item, next_step.of(item), shown.standing(item))
        if ending.asks_why(item, form):
            form.fields["reason"].widget.attrs["autofocus"] = True
        context |= {"done_form": form, "paused_by_hand": paused_by_hand(item)}
    template = "appointments/ask_done.html" if request.htmx and what == "done" else "appointments/ask.html"  # type: ignore[attr-defined]
    return render(request, template, context)
