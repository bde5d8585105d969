"""What lead generation tells in the story of an account: lists and rules, and why a touch was sent and not sooner."""

import datetime as dt
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone

from crm.models import Account, Event
from crm.rules import saying
from crm.story import Beside, Why
from prospecting.models import Attempt, SegmentVersion, StageVisit, Touch
from prospecting.queries import checks

MOST = 2_000


def of_lists(accounts: QuerySet[Account]) -> list[Beside]:
    """When a rule let it in or out, and each version that came into use while it stood on the list; one question."""
    entry = "segment__target_list__entries"
    rows = SegmentVersion.objects.filter(state=SegmentVersion.State.PUBLISHED, **{f"{entry}__account__in": accounts})
    found: Any = rows.order_by("-published_at", "-pk").values(
        "pk", "number", "reason", "published_at", "segment", "by__name", name=F("segment__name"), entry=F(f"{entry}__pk"),
        account=F(f"{entry}__account__name"), entered=F(f"{entry}__entered_at"), left=F(f"{entry}__left_at"),
        entered_why=F(f"{entry}__entered_reason"), left_why=F(f"{entry}__left_reason"),
    )[:MOST]  # fmt: skip
    told: list[Beside] = []
    seen: set[int] = set()
    for row in found:
        if row["entry"] not in seen:
            seen.add(row["entry"])
            told += came_and_went(row)
        if row["entered"] < row["published_at"] and (row["left"] is None or row["published_at"] <= row["left"]):
            told.append(new_version(row))
    return told


def came_and_went(row: dict[str, Any]) -> list[Beside]:
    about = {
        "account": row["account"],
        "url": reverse("prospecting:segment", args=[row["segment"]]),
        "link": "The segment",
    }
    told = [
        Beside(f"l{row['entry']}-in", row["entered"], "list.entered", f"Onto the list {row['name']}", icon="list",
               why=capital(row["entered_why"]), **about)
    ]  # fmt: skip
    if row["left"]:
        told.append(
            Beside(f"l{row['entry']}-out", row["left"], "list.left", f"Off the list {row['name']}", icon="list", tone="",
                   why=capital(row["left_why"]), **about)
        )  # fmt: skip
    return told


def new_version(row: dict[str, Any]) -> Beside:
    older = row["number"] - 1
    url = f"{reverse('prospecting:segment_versions', args=[row['segment']])}?newer={row['number']}&older={older}"
    return Beside(
        f"v{row['pk']}-{row['entry']}", row["published_at"], "segmentversion.published",
        f"{row['name']}: v{row['number']} of its rule came into use", row["account"], "edit", "before", row["reason"],
        row["by__name"] or "", url, "What changed",
    )  # fmt: skip


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def of_touches(events: list[Event]) -> dict[int, Why]:
    """Why each touch among these was sent, and why not sooner; one question for all of them."""
    ids = {
        event.subject_id: event
        for event in events
        if event.kind == "touch.sent" and event.subject_type == "prospecting.touch"
    }
    if not ids:
        return {}
    beside = (
        "touch__step__role", "touch__visit__stage", "touch__enrollment__sequence_version__sequence", "touch__contact",
        "touch__enrollment__segment_version__segment", "touch__enrollment__route_version__route", "mailbox",
    )  # fmt: skip
    tries: dict[Any, list[Any]] = {}
    for row in Attempt.objects.filter(touch__in=ids).defer("raw").select_related(*beside).order_by("pk"):
        tries.setdefault(row.touch_id, []).append(row)
    return {ids[pk].pk: why(rows[-1].touch, rows) for pk, rows in tries.items()}


def why(touch: Touch, tries: list[Attempt]) -> Why:
    walk, last = touch.enrollment, tries[-1]
    under = f"{walk.segment_version}; {walk.route_version}; {walk.sequence_version}"
    stage = stage_words(touch.visit, timezone.localtime(touch.sent_at or last.started_at).date())
    planned = f" Planned because: {touch.why}." if touch.why else ""
    because = f"{touch.step}, from {last.mailbox.address}. Stage: {stage}.{planned}"
    return Why(because, not_sooner(touch, tries), under, checks.of_touch(touch, tries))


def stage_words(visit: StageVisit, today: dt.date) -> str:
    """Which stage it belongs to, since when that was open, and what opened it while it still says so."""
    since = f", open since {day(timezone.localtime(visit.opened_at).date(), today)}" if visit.opened_at else ""
    opened = f" ({visit.why.rstrip('.')})" if visit.why and visit.state == StageVisit.State.OPEN else ""
    return f"{visit.stage.name}{since}{opened}"


def not_sooner(touch: Touch, tries: list[Attempt]) -> str:
    """From which day it could leave, and what kept it after that."""
    sent = timezone.localtime(touch.sent_at or tries[-1].started_at)
    due = f"The plan said from {day(touch.due_on, sent.date())} on"
    made = timezone.localtime(touch.created_at).date()
    head = f"{due}; it was planned {day(made, sent.date())}." if made <= touch.due_on else f"{due}."
    later = [words for one in tries[:-1] if (words := one.response or one.outcome)]
    said = f" Tried before: {later[-1]}." if later else ""
    late = (sent.date() - touch.due_on).days
    if late <= 0:
        return f"{head}{said} It left on that day, at {sent:%H:%M}, within the hours and the cap of its mailbox."
    kept = (
        touch.waits_because.rstrip(".")
        if touch.waits_because
        else "its hours, its mailbox's cap, or a pause of the account"
    )
    return f"{head}{said} It left {saying.count(late, 'day')} later, on {day(sent.date(), sent.date())}, at {sent:%H:%M}; what kept it: {kept}."


def day(date: dt.date, today: dt.date) -> str:
    return saying.dated(date, today)
