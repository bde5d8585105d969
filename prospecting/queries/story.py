"""What lead generation tells in the story of an account: lists and rules, and why a touch was sent and not sooner."""

import datetime as dt
from typing import Any

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from crm.models import Account, Event
from crm.rules import saying
from crm.rules.story import Beside, Why
from prospecting.models import Attempt, ListEntry, SegmentVersion, StageVisit, Touch
from prospecting.queries import checks

MOST = 2_000  # of either kind on one page, the latest


def of_lists(accounts: QuerySet[Account], since: dt.datetime | None, until: dt.datetime | None) -> list[Beside]:
    """When a rule let it in or out, and each version that came into use while it stood on the list; two questions."""

    def meanwhile(dated: str) -> Q:
        return Q(**({f"{dated}__gte": since} if since else {}), **({f"{dated}__lt": until} if until else {}))

    entries = ListEntry.objects.filter(meanwhile("entered_at") | meanwhile("left_at"), account__in=accounts)
    moves = [
        told
        for entry in entries.select_related("account", "target_list__segment").order_by("-entered_at", "-pk")[:MOST]
        for told in came_and_went(entry)
        if (since is None or told.at >= since) and (until is None or told.at < until)
    ]
    return moves + [new_version(row) for row in versions_met(accounts, meanwhile("published_at"))[:MOST]]


def versions_met(accounts: QuerySet[Account], when: Q) -> Any:
    """A row for each version and each account that stood on its list when it came into use."""
    entry = "segment__target_list__entries"
    stayed = Q(**{f"{entry}__left_at": None}) | Q(**{f"{entry}__left_at__gte": F("published_at")})
    stood = Q(**{f"{entry}__account__in": accounts, f"{entry}__entered_at__lt": F("published_at")})
    rows = SegmentVersion.objects.filter(when & stood & stayed, state=SegmentVersion.State.PUBLISHED)
    return rows.order_by("-published_at", "-pk").values(
        "pk", "number", "reason", "published_at", "segment", "by__name", name=F("segment__name"),
        entry=F(f"{entry}__pk"), account=F(f"{entry}__account__name"),
    )  # fmt: skip


def came_and_went(entry: ListEntry) -> list[Beside]:
    segment = entry.target_list.segment
    where = (entry.account.name, reverse("prospecting:segment", args=[segment.pk]), "The segment")
    onto, off = f"Onto the list {segment.name}", f"Off the list {segment.name}"
    told = [Beside(f"l{entry.pk}-in", entry.entered_at, onto, *where, why=capital(entry.entered_reason))]
    if entry.left_at:
        told.append(Beside(f"l{entry.pk}-out", entry.left_at, off, *where, tone="", why=capital(entry.left_reason)))
    return told


def new_version(row: dict[str, Any]) -> Beside:
    number = row["number"]
    url = f"{reverse('prospecting:segment_versions', args=[row['segment']])}?newer={number}&older={number - 1}"
    return Beside(
        f"v{row['pk']}-{row['entry']}", row["published_at"], f"{row['name']}: v{number} of its rule came into use",
        row["account"], url, "What changed", "edit", why=row["reason"], by=row["by__name"] or "",
    )  # fmt: skip


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def of_touches(events: list[Event], with_checks: bool) -> dict[int, Why]:
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
    return {ids[pk].pk: why(rows[-1].touch, rows, with_checks) for pk, rows in tries.items()}


def why(touch: Touch, tries: list[Attempt], with_checks: bool) -> Why:
    walk, last = touch.enrollment, tries[-1]
    under = f"{walk.segment_version}; {walk.route_version}; {walk.sequence_version}"
    stage = stage_words(touch.visit, timezone.localtime(touch.sent_at or last.started_at).date())
    planned = f" Planned because: {touch.why}." if touch.why else ""
    because = f"{touch.step}, from {last.mailbox.address}. Stage: {stage}.{planned}"
    return Why(because, not_sooner(touch, tries), under, checks.of_touch(touch, tries) if with_checks else ())


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
