"""Mail as it is stored: a conversation, one message, its parts, and what still waits for an account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crm import access, lookups, paging, toasts
from crm.access import policy
from crm.services import intake
from crm.views.numbers import whole


@policy("member")
def conversation_page(request: HttpRequest, pk: int) -> HttpResponse:
    conversation = access.conversation_read(request.user, pk)
    messages = (
        conversation.messages.select_related("contact").prefetch_related("attachments").order_by("at", "pk")[:200]
    )
    return render(request, "crm/conversation.html", {"conversation": conversation, "messages_": list(messages)})


@policy("member")
def message_page(request: HttpRequest, pk: int) -> HttpResponse:
    message = access.message_read(request.user, pk)
    return render(request, "crm/message.html", {"message": message, "attachments": message.attachments.all()})


@policy("member")
def message_raw(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail exactly as it came, for a mail program; never shown as a page of ours."""
    message = access.message_read(request.user, pk)
    return download(bytes(message.raw), f"message-{pk}.eml", "message/rfc822")


@policy("member")
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """Always a download: what strangers send is never opened under our address."""
    row = access.attachment_read(request.user, pk)
    return download(bytes(row.content), row.name or f"attachment-{pk}", "application/octet-stream")


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    safe = "".join(sign if sign.isprintable() and sign not in '"\\/' else "_" for sign in name)[:150]
    ascii_name = safe.encode("ascii", "replace").decode().replace("?", "_")
    response["Content-Disposition"] = f'attachment; filename="{ascii_name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@policy("member")
def unmatched(request: HttpRequest) -> HttpResponse:
    page = paging.page(
        lookups.unmatched(request.user), keys=("at", "pk"), after=request.GET.get("after", ""), down=True
    )
    return render(request, "crm/unmatched.html", {"page": page, "quarantined": lookups.quarantined(request.user)[:20]})


@require_POST
@policy("member")
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which account a message belongs to; from then on it is handled like any other."""
    message = access.message_read(request.user, pk)
    account = access.account_read(request.user, whole(request.POST.get("account")))
    intake.assign(message, account, by=request.user)
    toasts.say(request, f"The message belongs to {account}.")
    return redirect("crm:unmatched")
