"""What a webhook is told of a reply: what it is, never what was said in it."""

from typing import Any

from crm.models import Event
from crm.services.registries import webhook_facts
from prospecting.models import Reply


def of_message(event: Event) -> dict[str, Any] | None:
    """None for a machine's mail, and where a message became no reply."""
    reply = Reply.objects.filter(message=event.subject_id, counts=True).first()
    return _said(reply) if reply else None


def of_reply(event: Event) -> dict[str, Any] | None:
    reply = Reply.objects.filter(pk=event.subject_id or 0).first()
    return _said(reply) if reply else None


def _said(reply: Reply) -> dict[str, Any]:
    """As it stands when it is told: a label may have been corrected since."""
    return {
        "reply": {
            "id": reply.pk, "label": reply.label, "secondary": reply.secondary, "counts": reply.counts,
            "received_at": reply.at.isoformat(), "enrollment": reply.enrollment_id, "conversation": reply.conversation_id,
        }
    }  # fmt: skip


webhook_facts.update({"crm.message": of_message, "prospecting.reply": of_reply})
