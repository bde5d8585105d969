"""The other time that a guest's calendar proposes, as the meeting's page and its task show it."""

import datetime as dt
from typing import Any

from django.utils import timezone

from appointments.models import CounterProposal, Meeting
from appointments.services import offers
from crm.rules import saying


def shown(row: Meeting, now: dt.datetime) -> dict[str, Any] | None:
    """The other time that waits for an answer, in the reader's words, and whether the host is free then."""
    found = row.counters.filter(state=CounterProposal.State.OPEN).first()
    if found is None:
        return None
    free = offers.free_slots(row.meeting_type, now=now, team_id=row.team_id, host=row.host, but=row, days=60)
    when = saying.moment(timezone.localtime(found.starts_at), timezone.localtime(now).date())
    return {"row": found, "when": when, "free": any(slot.start == found.starts_at for slot in free)}
