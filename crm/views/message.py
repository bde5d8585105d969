"""Mail as it is stored: a conversation, one message, its parts, and how its sender laid it out."""

from django.conf import settings
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm import access
from crm.access import policy
from crm.models import Attachment, Message
from crm.rules import file_names, mail_layout, quoting

# Nothing runs, nothing is sent, nothing reaches the page around it; a link opens a window of its own.
_FRAME = (
    "default-src 'none'; style-src {site}; img-src {pictures}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@policy("member")
def conversation_page(request: HttpRequest, pk: int) -> HttpResponse:
    conversation = access.conversation_read(request.user, pk)
    rows = conversation.messages.defer("html").annotate(laid_out=Q(html__gt=""))
    files = Prefetch("attachments", Attachment.objects.defer("content"))
    messages = rows.select_related("contact").prefetch_related(files).order_by("at", "pk")[:200]
    return render(request, "crm/conversation.html", {"conversation": conversation, "messages_": list(messages)})


@policy("member")
def message_page(request: HttpRequest, pk: int) -> HttpResponse:
    message = access.message_read(request.user, pk)
    said = quoting.around(message.newest or message.text, request.GET.get("said", ""))
    shown = {
        "message": message, "attachments": message.attachments.defer("content"), "laid_out": bool(message.html),
        "said": said,
    }  # fmt: skip
    return render(request, "crm/message.html", shown)


@policy("member")
def message_layout(request: HttpRequest, pk: int) -> HttpResponse:
    """A mail's own layout in its frame, as a page or as a part of one."""
    message = access.message_read(request.user, pk)
    found = layout_of(message)
    template = "crm/mail_layout_part.html" if request.htmx else "crm/mail_layout.html"  # type: ignore[attr-defined]
    return render(request, template, {"message": message, "elsewhere": found.elsewhere})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@policy("member")
def message_frame(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands in the frame. Posted by a person it has the pictures from elsewhere; nothing is kept of that."""
    message = access.message_read(request.user, pk)
    asked = request.method == "POST"
    found = layout_of(message, elsewhere=asked)
    response = render(request, "crm/mail_frame.html", {"message": message, "html": found.html})
    site = settings.BASE_URL if settings.STATIC_URL.startswith("/") else settings.STATIC_URL
    pictures = "data: https: http:" if asked else "data:"
    response["Content-Security-Policy"] = _FRAME.format(site=f"'self' {site}", pictures=pictures)
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    return response


def layout_of(message: Message, *, elsewhere: bool = False) -> mail_layout.Layout:
    """From its bytes; without its pictures where their time to be kept is over."""
    raw = message.raw
    return mail_layout.of(raw, elsewhere=elsewhere) if raw else mail_layout.Layout(message.html, 0)


@policy("member")
def message_raw(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail exactly as it came, for a mail program; never shown as a page of ours."""
    message = access.message_read(request.user, pk)
    return download(message.raw, f"message-{pk}.eml", "message/rfc822")


@policy("member")
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """Always a download: what strangers send is never opened under our address."""
    row = access.attachment_read(request.user, pk)
    name = file_names.safe(row.name, otherwise=f"attachment-{pk}")
    return download(bytes(row.content), name, "application/octet-stream")


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
