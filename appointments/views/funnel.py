"""The funnel split at the reply: the verdict, both halves, where it leaked, cohorts and what if."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from appointments import access, queries, reports
from appointments.cut_form import CUTS, CutForm, step_words
from appointments.models import WorkItem
from appointments.rules import drawing
from appointments.views import what_if
from crm import clock
from crm.access import holds, policy, visible_conversations
from crm.models import Account, User
from crm.paging import page
from crm.rules import saying


class Asked:
    """The cut a request asks for, its form, and links that keep it."""

    def __init__(self, request: HttpRequest) -> None:
        self.form = CutForm({name: request.GET.get(name, "") for name in CUTS})
        self.valid = self.form.is_valid()
        self.cut = self.form.cut if self.valid else {}
        self.kept = {name: request.GET[name] for name in CUTS if request.GET.get(name)} if self.valid else {}

    def behind(self, step: str, **more: Any) -> str:
        return f"{reverse('appointments:funnel_accounts')}?{urlencode({**self.kept, 'step': step, **more})}"

    @property
    def words(self) -> str:
        return self.form.words if self.valid else ""


@require_safe
@policy("member")
def funnel(request: HttpRequest) -> HttpResponse:
    asked = Asked(request)
    found = reports.funnel(asked.cut)
    left, right = found["left"], found["right"]
    flow = drawing.flow([step["accounts"] for step in left], [step["accounts"] for step in right])
    context = {
        "form": asked.form,
        "alike_url": f"{reverse('appointments:funnel_alike')}?{urlencode(asked.kept)}",
        "tables": TABLES,
        "cut_words": asked.words,
        "verdict": {"headline": headline(found["verdict"]["sentence"]), "text": found["verdict"]["text"]},
        "halves": [before(found, asked), after(found, asked)],
        "flow": flow,
        "steps": steps(left, flow.left, "before", asked) + steps(right, flow.right, "after", asked),
        "joins": joins([*left, *right], flow.joins),
        "engaged": right[0]["accounts"],
        "drawn_larger": bool(right[0]["accounts"]),
        "described": described(left, right),
        "unworked": unworked(found["leak"], right[0]["accounts"], flow, asked),
        "may_write": holds(request.user, "lead"),
        "inbound": found["inbound"],
        "inbound_url": asked.behind("inbound"),
        "lost": [
            {"title": title, "rows": rows}
            for half, title in (("after", "After the reply"), ("before", "Before the reply"))
            if (rows := [leak(row, asked) for row in found["leak"] if row["half"] == half])
        ],
        "bands": bands(found["bands"], asked),
        "times": times(found["times"]),
        "questions": found["questions"],
        "labels": [{**row, "url": asked.behind(f"said-{row['label']}")} for row in found["labels"]],
        "reasons": [
            {**row, "words": WorkItem.Reason(row["reason"]).label, "url": asked.behind(f"why-{row['reason']}")}
            for row in found["reasons"]
        ],
        **charts(found, asked),
        "what": what_if.shown(request, found["what_if"], asked.kept),
    }
    return render(request, "appointments/funnel.html", context, status=200 if asked.valid else 400)


def headline(sentence: str) -> str:
    return sentence if sentence.endswith(".") else f"{sentence}."


def before(found: dict[str, Any], asked: Asked) -> dict[str, Any]:
    half = {"title": "Before the reply: lead generation", "name": "reply rate", "tone": "before", "did": "replied"}
    return (
        half
        | {"of_name": "contacted", "beside": ""}
        | rate_shown(found["reply_rate"], asked, "engaged", "contacted", "Reply rate")
    )


def after(found: dict[str, Any], asked: Asked) -> dict[str, Any]:
    half = {
        "title": "After the reply: appointment setting",
        "name": "reply-to-meeting rate",
        "tone": "after",
        "did": "held",
    }
    shares = found["beside"]
    said = [
        f"{name} {percent(shares.get(key))}"
        for key, name in (("booked", "to booked"), ("accepted", "to accepted"))
        if shares.get(key) is not None
    ]
    beside = f"Reply {', '.join(said)}." if said else ""
    return (
        half
        | {"of_name": "replies", "beside": beside}
        | rate_shown(found["meeting_rate"], asked, "held", "engaged", "Reply-to-meeting rate")
    )


def rate_shown(rate: dict[str, Any], asked: Asked, part: str, whole: str, name: str) -> dict[str, Any]:
    share = rate["share"]
    says = f"{name} {percent(share)}, between {percent(rate['low'])} and {percent(rate['high'])}."
    says += f" The team usually has {percent(rate['usual'])}." if rate["usual"] is not None else ""
    says += f" The benchmark is {percent(rate['benchmark'])}." if rate["benchmark"] is not None else ""
    return {
        "rate": {**rate, "enough": share is not None},
        "too_few": "No rate yet",
        "badge": judged(rate),
        "gauge": drawing.gauge(share, rate["low"], rate["high"], rate["usual"], rate["benchmark"])
        if share is not None
        else None,
        "says": says,
        "count_url": asked.behind(part, mature=1),
        "of_url": asked.behind(whole, mature=1),
    }


def judged(rate: dict[str, Any]) -> dict[str, str]:
    """What the rate means, in a badge that says whether it may be chance."""
    against = "usual" if rate["usual"] is not None else "the benchmark"
    if rate["below"]:
        return {"text": f"Below {against}, and it is not chance", "icon": "warning", "tone": "late"}
    if rate["too_few"]:
        return {"text": f"Too few to say: {rate['of']}, need about {rate['needed']}", "icon": "question", "tone": ""}
    if rate["usual"] is None and rate["benchmark"] is None:
        return {"text": "Nothing to compare with yet", "icon": "question", "tone": ""}
    return {"text": f"As {against} or better", "icon": "check", "tone": ""}


def percent(value: float | None) -> str:
    return "unknown" if value is None else saying.percent(value)


def steps(rows: list[dict[str, Any]], bars: list[drawing.Bar], tone: str, asked: Asked) -> list[dict[str, Any]]:
    return [
        {**row, "bar": bar, "tone": tone, "url": asked.behind(row["key"])} for row, bar in zip(rows, bars, strict=True)
    ]


def joins(rows: list[dict[str, Any]], places: list[float]) -> list[dict[str, Any]]:
    """The share under each gap; red where it is far below what is usual."""
    # the first step of each half has no step before it
    shares = [row for n, row in enumerate(rows) if n not in (0, 3)]
    return [
        {
            "x": x,
            "share": row["share"],
            "usual": row["usual"],
            "low": bool(row["usual"] and row["share"] is not None and row["share"] < 0.75 * row["usual"]),
        }
        for row, x in zip(shares, places, strict=True)
    ]


def described(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> str:
    def said(rows: list[dict[str, Any]]) -> str:
        return ", ".join(f"{row['accounts']:,} {row['name'].lower()}" for row in rows)

    return f"Before the reply: {said(left)}. After the reply: {said(right)}."


def unworked(leaks: list[dict[str, Any]], engaged: int, flow: drawing.Flow, asked: Asked) -> dict[str, Any] | None:
    """The part of the replies nobody worked, drawn on top of their bar."""
    count = next((row["count"] for row in leaks if row["key"] == "unworked"), 0)
    if not count or not engaged:
        return None
    bar = flow.right[0]
    height = round(max(3.0, bar.height * min(count, engaged) / engaged), 1)
    return {"count": count, "y": bar.y, "height": height, "text_y": bar.name_y, "url": asked.behind("unworked")}


def leak(row: dict[str, Any], asked: Asked) -> dict[str, Any]:
    late = row["key"] == "unworked"
    return {**row, "late": late, "url": asked.behind(row["key"]), "action": f"Open {row['count']}"}


def times(found: dict[str, float | None]) -> str:
    """Half within so long, nine in ten within so long, in working hours."""
    if found["median"] is None or found["ninth"] is None:
        return ""
    half, most = (saying.duration(dt.timedelta(minutes=found[name] or 0)) for name in ("median", "ninth"))
    return f"Half within {half}, nine in ten within {most}, in working hours."


def bands(rows: list[dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
    """Speed bands with their meetings; nobody-yet stands out only where somebody waits."""
    return (
        [
            {
                **row,
                "came": row["held"],
                "url": asked.behind(row["key"]),
                "never": row["name"] == "nobody yet" and row["replies"] > 0,
                "tone": "after",
                "share": row["booked_share"] or 0,
            }
            for row in rows
        ]
        if any(row["replies"] for row in rows)
        else []
    )


def charts(found: dict[str, Any], asked: Asked) -> dict[str, Any]:
    rows = [row for row in found["cohorts"] if row["contacted"]]
    if not rows:
        return {"twin": [], "cohorts": []}
    most = max(row["engaged"] for row in rows)
    top = max([band["booked_share"] or 0 for band in found["bands"]] or [0]) or 1
    return {
        "twin": [
            chart(rows, "reply_rate", "Reply rate", "before", found["reply_rate"]["usual"]),
            chart(rows, "meeting_rate", "Reply-to-meeting rate", "after", found["meeting_rate"]["usual"]),
        ],
        "cohorts": [cohort(row, asked) for row in rows],
        "cohort_word": "fortnight",
        "per_cohort": f"At most {saying.count(most, 'reply', 'replies')} a fortnight: read the slope, not one bar.",
        "band_top": top,
    }


def cohort(row: dict[str, Any], asked: Asked) -> dict[str, Any]:
    first, last = row["start"], row["start"] + dt.timedelta(days=14)
    since, until = (asked.form.cleaned_data.get(name) for name in ("since", "until"))
    days = {"since": max(first, since or first).isoformat(), "until": min(last, until or last).isoformat()}
    urls = {step: asked.behind(step, **days) for step in ("contacted", "engaged", "held")}
    return {**row, "urls": urls, "counts": "too young" if row["young"] else "counts"}


def chart(rows: list[dict[str, Any]], key: str, title: str, tone: str, usual: float | None) -> dict[str, Any]:
    shares = [row[key] or 0.0 for row in rows]
    columns = drawing.columns(
        shares, young=[row["young"] for row in rows], breaks=[row["breaks"] for row in rows], usual=usual
    )
    last_break = max([n for n, row in enumerate(rows) if row["breaks"]] or [0])
    every = 1 + len(rows) // 7
    bars = [
        {
            "at": at, "young": row["young"], "old": n < last_break, "number": round(100 * share), "number_y": round(at.y - 5, 1),
            "date": row["start"] if n % every == 0 else None,
        }
        for n, (row, share, at) in enumerate(zip(rows, shares, columns.bars, strict=True))
    ]  # fmt: skip
    named = [row["version"] for row in rows if row["breaks"]]
    breaks = [
        {"x": x, "text_x": x + 5, "text": f"{name} from here: not comparable"}
        for x, name in zip(columns.break_xs, named, strict=True)
    ]
    says = f"{title} by fortnight of enrollment. The figures are in the table below."
    return {
        "title": title,
        "tone": tone,
        "columns": columns,
        "half": columns.top / 2,
        "bars": bars,
        "breaks": breaks,
        "says": says,
    }


TABLES = {
    "funnel-steps": "Steps", "funnel-rates": "Rates and verdict", "funnel-cohorts": "Fortnights", "funnel-lost": "Where they were lost",
    "funnel-speed": "Answers by speed", "funnel-said": "What they said", "funnel-what-if": "What if",
    "funnel-alike": "Like for like",
}  # fmt: skip


@require_safe
@policy("member")
def alike(request: HttpRequest) -> HttpResponse:
    """The cohort against the one before it, on what they share."""
    asked = Asked(request)
    found = reports.like_for_like(asked.cut)
    context = {
        **found,
        "cut_words": asked.words,
        "tables": {"funnel-alike": TABLES["funnel-alike"]},
        "halves": [
            {"title": "Reply rate", "tone": "before", "alike": found["reply_rate"], "whole": "contacted accounts"},
            {"title": "Reply-to-meeting rate", "tone": "after", "alike": found["meeting_rate"], "whole": "replies"},
        ],
        "back": f"{reverse('appointments:funnel')}?{urlencode(asked.kept)}",
    }
    return render(request, "appointments/funnel_alike.html", context, status=200 if asked.valid else 400)


@require_safe
@policy("member")
def behind(request: HttpRequest) -> HttpResponse:
    """The accounts a count stands for."""
    asked = Asked(request)
    step = request.GET.get("step", "")
    known = bool(step_words(step))
    mature = request.GET.get("mature") == "1"
    own = visible_conversations(request.user)
    rows = Account.objects.none()
    if known and asked.valid:
        rows = reports.accounts_behind(asked.cut, step, mature=mature, readable=own)
    found = page(rows.select_related("owner"), keys=("name", "pk"), after=request.GET.get("after", ""))
    late = late_items(request.user, [row.pk for row in found.rows]) if step == "unworked" else {}
    context = {
        "title": step_words(step) or "No such figure",
        "total": rows.count(),
        "rows": [{"account": row, "at": row.rung_at, "item": late.get(row.pk)} for row in found.rows],
        "page": found,
        "explained": explained(asked, mature, reports.says_words(step, asked.cut) and not request.user.is_admin),
        "back": f"{reverse('appointments:funnel')}?{urlencode(asked.kept)}",
    }
    return render(request, "appointments/funnel_accounts.html", context, status=200 if known and asked.valid else 400)


def late_items(user: User, accounts: list[int]) -> dict[int | None, WorkItem]:
    """Account → the reply there that has waited longest, where the reader may open it."""
    rows = queries.overdue(access.visible_items(user).filter(account__in=accounts), clock.now())
    return {item.account_id: item for item in rows.select_related("reply").order_by("-due_at")}


def explained(asked: Asked, mature: bool, narrowed: bool) -> str:
    cut = f"Of the cut: {asked.words}." if asked.words else "Enrolled in the last twenty weeks."
    young = "Cohorts too young to judge are left out." if mature else ""
    words = "What was said is read by its team: only conversations that you may read are listed." if narrowed else ""
    return " ".join(filter(None, [cut, young, words]))
