"""The story of an account for whoever leads: everything that happened, in words, by day, with its why; a year in a minute."""

import datetime as dt
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from crm import access, clock, story, words
from crm.access import policy
from crm.lookups import members_ever
from crm.models import Account, Event
from crm.rules import saying
from crm.rules.story import Beside, Run, Told, Why
from crm.rules.story import told as told_in_runs
from crm.views.timeline import heading, row

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
# What the whole range says in one line: words, and the kinds that are counted for them.
IN_SHORT = (
    ("mail sent", "mails sent", ("touch.sent", "outgoing.sent")),
    ("call", "calls", ("call.logged",)),
    ("message from them", "messages from them", ("message.received",)),
    ("meeting booked", "meetings booked", ("meeting.booked",)),
    ("held", "held", ("meeting.held",)),
    ("no-show", "no-shows", ("meeting.no_show",)),
    ("time at rest", "times at rest", ("account.resting",)),
    ("note", "notes", ("account.noted",)),
)


class StoryForm(forms.Form):
    """How a story is narrowed; what cannot be read is left out rather than refused, as an address may be typed."""

    about = forms.ChoiceField(required=False, label="About")
    direction = forms.ChoiceField(
        required=False, label="Who to whom", choices=[("", "Anyone"), *words.DIRECTIONS.items()]
    )
    contact = forms.TypedChoiceField(required=False, label="Person", coerce=int, empty_value=None)
    since = forms.DateField(required=False, widget=DATE, label="From")
    until = forms.DateField(required=False, widget=DATE, label="To")
    sites = forms.ChoiceField(required=False, label="Sites", choices=[("", "With its sites"), ("no", "Without")])

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["contact"].choices = [("", "Anyone"), *people]  # type: ignore[attr-defined]
        self.fields["about"].choices = [("", "Everything"), *subjects()]  # type: ignore[attr-defined]

    def asked(self) -> story.Asked:
        self.is_valid()
        said = self.cleaned_data
        zone = timezone.get_current_timezone()
        since = dt.datetime.combine(said["since"], dt.time(), zone) if said.get("since") else None
        last = said.get("until")
        until = (
            dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone) if last and last < dt.date.max else None
        )
        data = {name: str(said[name]) for name in ("about", "direction", "contact") if said.get(name)}
        data |= {name: at.isoformat() for name, at in (("since", since), ("until", until)) if at}
        return story.Asked(data, said.get("sites") != "no", since, until)


def subjects() -> list[tuple[str, str]]:
    return [(key, name) for key, (name, _) in words.SUBJECTS.items()]


@policy("member")
def account_story(request: HttpRequest, pk: int) -> HttpResponse:
    """`at` opens a page at one entry, `print` shows the whole range on paper."""
    account = access.account_told(request.user, pk)
    people = members_ever(account)
    form = StoryForm(request.GET, people=people)
    asked, today = form.asked(), timezone.localdate(clock.now())
    at, whole = request.GET.get("at", "")[:24], "print" in request.GET
    asked = story.Asked({}) if at else asked
    events = story.events(account, request.user, asked)
    after = request.GET.get("after", "") or story.before(events, at, request.GET.get("on", ""))
    page = story.page(events, after=after, whole=whole)
    more = story.told_beside(account, asked, page)
    whys = story.why_of(page.rows, with_checks=not whole)
    lines = [*(line(event, account, whys) for event in page.rows), *(beside(one, account) for one in more)]
    lines.sort(key=lambda one: (one["at"], one["order"]), reverse=True)
    kept = {name: value for name, value in request.GET.items() if name in form.fields and value}
    shown = {
        "account": account,
        "form": form,
        "days": by_day(lines, today, at),
        "page": page,
        "whole": whole,
        "at": at,
        "short": [] if page.back or at else in_short(story.in_short(events)),
        "narrowed": bool(asked.narrows),
        "range": range_words(page.rows, today),
        "query": urlencode(kept),
        "export": urlencode({"account": account.pk, **asked.data}),
        "many": whole and bool(page.next),
    }
    return render(request, "crm/story.html", shown)


def line(event: Event, account: Account, whys: dict[int, Why]) -> dict[str, Any]:
    """One entry; of a message whose words are for another team only that it came."""
    shown = row(event) if event.open_to_me else came(event)  # type: ignore[attr-defined]
    counted = words.COUNTED.get(event.kind)
    counted = counted if counted and (event.actor_id is None or counted.by_hand) else None
    return shown | {
        "key": f"e{event.pk}",
        "order": event.pk,
        "counted": counted,
        "person": event.contact_id,
        "why_sent": whys.get(event.pk),
        "place": event.account.name if event.account and event.account_id != account.pk else "",
    }


def came(event: Event) -> dict[str, Any]:
    return {
        "at": event.at, "icon": "mail", "tone": "after", "text": "A message came in", "label": "", "quote": "",
        "why": "Its words are for the team of its conversation.", "by": "",
    }  # fmt: skip


def beside(one: Beside, account: Account) -> dict[str, Any]:
    return {
        "at": one.at, "key": one.key, "order": -1, "icon": one.icon, "tone": one.tone, "text": one.text, "why": one.why,
        "label": "", "quote": "", "by": one.by, "counted": None, "person": None, "why_sent": None, "url": one.url,
        "link": one.link, "on": one.at.isoformat(), "place": one.account if one.account != account.name else "",
    }  # fmt: skip


def by_day(lines: list[dict[str, Any]], today: dt.date, at: str) -> list[dict[str, Any]]:
    entries = [
        Told(one["key"], timezone.localtime(one["at"]).date(), one["counted"], one["person"], one) for one in lines
    ]
    runs = told_in_runs(entries, today, keep=lambda entry: entry.key == at)
    days = groupby(runs, key=lambda run: run.day)
    return [
        {"heading": heading(day, today), "day": day, "runs": [dressed(run) for run in found]} for day, found in days
    ]


def dressed(run: Run) -> dict[str, Any]:
    rows = [entry.row for entry in run.entries]
    return {"folded": run.folded, "words": run.words, "days": run.days, "rows": rows, "one": rows[0]}


def in_short(by_kind: dict[str, int]) -> list[str]:
    """“41 mails sent, 5 messages from them, 1 meeting booked”: what there was, nothing that was not."""
    said = [(sum(by_kind.get(kind, 0) for kind in kinds), one, many) for one, many, kinds in IN_SHORT]
    return [saying.count(n, one, many) for n, one, many in said if n]


def range_words(rows: list[Event], today: dt.date) -> str:
    if not rows:
        return ""
    last, first = (timezone.localtime(rows[n].at).date() for n in (0, -1))
    return (
        saying.dated(first, today) if first == last else f"{saying.dated(first, today)} to {saying.dated(last, today)}"
    )
