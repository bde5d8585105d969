"""What a webhook is told of a meeting or a work item."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from appointments.models import Meeting, WorkItem
from crm.models import Event
from crm.services.registries import webhook_facts


def of_meeting(event: Event) -> dict[str, Any] | None:
    """As it stands when it is told: it may have moved since. Times are UTC."""
    rows = Meeting.objects.select_related("meeting_type", "host", "setter")
    row = rows.filter(pk=event.subject_id or 0).first()
    if row is None:
        return None
    return {
        "meeting": {
            "id": row.pk, "type": row.meeting_type.name, "state": row.state, "side": row.side,
            "starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat(), "sequence": row.sequence,
            "host": row.host.email, "setter": row.setter.email if row.setter else None,
            "url": settings.BASE_URL + reverse("appointments:meeting", args=[row.pk]),
        }
    }  # fmt: skip


def of_work_item(event: Event) -> dict[str, Any] | None:
    row = WorkItem.objects.select_related("setter").filter(pk=event.subject_id or 0).first()
    if row is None:
        return None
    return {
        "work_item": {
            "id": row.pk, "next": row.next, "due_at": row.due_at.isoformat(),
            "setter": row.setter.email if row.setter else None,
            "url": settings.BASE_URL + reverse("appointments:reply", args=[row.pk]),
        }
    }  # fmt: skip


webhook_facts.update({"appointments.meeting": of_meeting, "appointments.workitem": of_work_item})
