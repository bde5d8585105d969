"""Turns events into what the timeline shows: by day, newest first, each row with its why."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.utils import timezone

from crm import clock, words
from crm.lookups import QUOTED
from crm.models import Event
from crm.rules import saying


def days(events: Iterable[Event], *, places: bool = False) -> list[dict[str, Any]]:
    """With `places` each row says at which account: for a person who has been at several."""
    today = timezone.localtime(clock.now()).date()
    groups = groupby(events, key=lambda event: timezone.localtime(event.at).date())
    return [{"heading": heading(date, today), "rows": [row(event, places) for event in rows]} for date, rows in groups]


def heading(date: Any, today: Any) -> str:
    named = {"today": "Today, ", "yesterday": "Yesterday, "}.get(saying.day(date, today), "")
    return named + saying.dated(date, today, long=True)


def row(event: Event, places: bool = False) -> dict[str, Any]:
    telling = words.telling(event.kind)
    text = telling.text if isinstance(telling.text, str) else telling.text(event)
    label = event.facts.get("label", "") if telling.family == "said" else ""
    told = {text, words.label(label).text} if label else {text}
    said = event.message if event.kind == "message.received" else None
    quote = said and (said.newest or event.begins)  # type: ignore[attr-defined]
    return {
        "at": event.at,
        "icon": telling.icon,
        "tone": telling.tone,
        "text": text,
        "label": label,
        "place": event.account.name if places and event.account else "",
        "quote": shortened(quote) if said else event.facts.get("text", ""),
        "why": "" if event.why in told else event.why.removeprefix(f"{text}: "),
        "by": event.actor_name if event.actor_id else "",
    }


def shortened(text: str) -> str:
    """At most `QUOTED` characters, whole words where there are any."""
    text = text.strip()
    return text if len(text) <= QUOTED else f"{(text[:QUOTED].rpartition(' ')[0] or text[:QUOTED]).rstrip()} …"
