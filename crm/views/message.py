"""Mail as it is stored: a conversation, one message and its parts."""

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm import access
from crm.access import policy
from crm.models import Attachment


@policy("member")
def conversation_page(request: HttpRequest, pk: int) -> HttpResponse:
    conversation = access.conversation_read(request.user, pk)
    files = Prefetch("attachments", Attachment.objects.defer("content"))
    messages = conversation.messages.select_related("contact").prefetch_related(files).order_by("at", "pk")[:200]
    return render(request, "crm/conversation.html", {"conversation": conversation, "messages_": list(messages)})


@policy("member")
def message_page(request: HttpRequest, pk: int) -> HttpResponse:
    message = access.message_read(request.user, pk)
    return render(
        request, "crm/message.html", {"message": message, "attachments": message.attachments.defer("content")}
    )


@policy("member")
def message_raw(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail exactly as it came, for a mail program; never shown as a page of ours."""
    message = access.message_read(request.user, pk)
    return download(message.raw, f"message-{pk}.eml", "message/rfc822")


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
