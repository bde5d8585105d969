"""What the dialogs of the queue and of a reply offer, the same for every reply of a page."""

import datetime as dt
from typing import Any

from django.utils import timezone

from crm import clock
from crm.models import User
from crm.rules import saying
from crm.services import notes
from prospecting.rules import labels

TITLES = {
    "label": "What it says",
    "later": "Back on top",
    "hand-over": "Hand over to",
    "note": "A note for colleagues",
    "done": "How it ended",
}
# What people type who look for a label, beside its own words.
ALSO = {
    "bounce": "returned undelivered", "unsubscribe": "opt out stop remove", "left_company": "gone quit",
    "out_of_office": "holiday vacation ooo", "auto_reply": "machine receipt", "meeting_request": "meet call yes book",
    "referral": "colleague forward", "not_now": "later quarter", "objection_price": "expensive budget cost",
    "objection_competitor": "competitor vendor", "objection_authority": "boss decider", "not_interested": "no declines",
    "question": "asks what", "interested": "tell me more positive", "other": "unclear",
}  # fmt: skip
# As often as people look for them; the machines last.
ORDER = (
    "interested", "meeting_request", "question", "not_now", "referral", "not_interested", "objection_price",
    "objection_competitor", "objection_authority", "objection_other", "wrong_person", "left_company", "unsubscribe",
    "out_of_office", "auto_reply", "bounce", "other",
)  # fmt: skip


def asked(user: User) -> dict[str, Any]:
    """What the dialogs offer, the same for every reply of a page."""
    team = list(notes.readers(user.team_id))
    return {
        "titles": TITLES,
        "label_choices": [
            {"key": key, "words": words, "also": ALSO.get(key, "")}
            for key, words in sorted(labels.CHOICES, key=lambda row: ORDER.index(row[0]))
        ],
        "later_choices": later_choices(timezone.localtime(clock.now())),
        "people": [one for one in team if one.team_id == user.team_id and one != user],
        "readers": [str(one) for one in team],
    }


def later_choices(local: dt.datetime) -> list[dict[str, str]]:
    """Times one puts a reply off to: mornings of working days, in the reader's zone."""
    morning = local.replace(hour=9, minute=0, second=0, microsecond=0)
    monday = morning + dt.timedelta(days=7 - local.weekday())
    times = [
        ("In two hours", local.replace(second=0, microsecond=0) + dt.timedelta(hours=2)),
        ("Tomorrow", morning + dt.timedelta(days=1)),
        ("In three days", morning + dt.timedelta(days=3)),
        ("On Monday", monday),
        ("In two weeks", morning + dt.timedelta(days=14)),
        ("In a month", morning + dt.timedelta(days=30)),
    ]
    today = local.date()
    return [{"words": words, "value": f"{at:%Y-%m-%dT%H:%M}", "says": saying.moment(at, today)} for words, at in times]
