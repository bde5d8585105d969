"""The mail sandbox: what was sent as its recipient sees it, and answering as the prospect."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from crm import paging, toasts
from crm.access import policy
from crm.models import SandboxMessage
from crm.rules import mime
from crm.services import sandbox
from crm.views.numbers import whole

LONGEST_HOURS = 24 * 60


def where_it_runs(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Everywhere else these pages do not exist."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.SANDBOX:
            raise Http404
        return view(request, *args, **kwargs)

    return checked


class AnswerForm(forms.Form):
    text = forms.CharField(
        max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 6}), label="Their answer"
    )
    as_address = forms.EmailField(
        required=False,
        label="Written from",
        help_text="Empty: whoever it was sent to. A colleague's address works too.",
    )


@policy("member")
@where_it_runs
def mail_list(request: HttpRequest) -> HttpResponse:
    rows = SandboxMessage.objects.all()
    to = request.GET.get("to", "").strip()[:120]
    if to:
        rows = rows.filter(rcpt_to__icontains=to.replace("\x00", ""))
    page = paging.page(rows, keys=("at", "pk"), after=request.GET.get("after", ""), size=40, down=True)
    shown = [(row, mime.parse_head(bytes(row.raw))) for row in page.rows]
    template = "crm/sandbox_part.html" if request.htmx else "crm/sandbox.html"
    return render(request, template, {"page": page, "rows": shown, "to": to})


@policy("member")
@where_it_runs
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(SandboxMessage, pk=pk)
    return render(request, "crm/sandbox_message.html", {"form": AnswerForm(), **letter(row)})


def letter(row: SandboxMessage) -> dict:
    parsed = mime.parse(bytes(row.raw))
    telling = [(name, value) for name, value in parsed.headers.items() if name.lower() in SHOWN]
    return {"row": row, "mail": parsed, "telling": telling, "examples": sandbox.EXAMPLES}


SHOWN = ("list-unsubscribe", "list-unsubscribe-post", "auto-submitted", "reply-to", "in-reply-to")


@require_POST
@policy("member")
@where_it_runs
def mail_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """A real message that comes back through the intake door."""
    row = get_object_or_404(SandboxMessage, pk=pk)
    form, example = AnswerForm(request.POST), request.POST.get("example") or None
    if not form.is_valid() or not (example or form.cleaned_data["text"].strip()):
        form.add_error("text", "Write what they answer, or press one of the examples.")
        return render(request, "crm/sandbox_message.html", {"form": form, **letter(row)}, status=422)
    if example and example not in sandbox.EXAMPLES:
        raise Http404
    data = form.cleaned_data
    sandbox.answer(row, text=data["text"], as_address=data["as_address"] or None, example=example)
    toasts.say(request, "Answered as the prospect. It is in the queue in a moment.")
    return redirect("crm:sandbox_message", pk)


@require_POST
@policy("member")
@where_it_runs
def move_clock(request: HttpRequest) -> HttpResponse:
    """Moves every process of the sandbox ahead; time never goes back."""
    hours = whole(request.POST.get("hours"))
    if not 0 < hours <= LONGEST_HOURS:
        raise Http404
    sandbox.move_clock(hours * 3600)
    toasts.say(request, f"The sandbox is {hours} h further.")
    return redirect("crm:sandbox")
