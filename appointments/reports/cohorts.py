"""Fortnights of enrollment with both rates; young ones are drawn hatched, a version that does not compare draws a line."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Func, IntegerField, Min, OuterRef, Subquery, Value
from django.utils import timezone

from appointments.reports.halves import Asked, counts, share
from prospecting.models import SegmentVersion
from prospecting.reports import Tally

FIRST_MONDAY = date(2001, 1, 1)


class Fortnight(Func):
    """Whole fortnights since a Monday, on the reader's calendar."""

    template = f"(((%(expressions)s)::date - DATE '{FIRST_MONDAY}') / 14)"
    arg_joiner = " AT TIME ZONE "
    output_field = IntegerField()


def fortnight() -> Fortnight:
    return Fortnight("enrolled_at", Value(timezone.get_current_timezone_name()))


def of(day: date) -> int:
    return (day - FIRST_MONDAY).days // 14


def cohorts(asked: Asked, found: dict[Any, Tally]) -> list[dict[str, Any]]:
    """Oldest first. What a reader counts in a fortnight opens by its first and last day."""
    rows = []
    for number in sorted(key for key in found if key is not None):
        one = counts(found[number], setter=bool(asked.setter))
        every = counts(found[number])
        rows.append({
            "number": number, "start": FIRST_MONDAY + timedelta(days=14 * number), "young": not found[number].settled,
            "enrolled": one["targeted"], "contacted": one["contacted"], "engaged": every["engaged"],
            "replies": one["engaged"], "held": one["held"],
            "reply_rate": share(every["engaged"], every["contacted"]), "meeting_rate": share(one["held"], one["engaged"]),
        })  # fmt: skip
    return with_breaks(asked, rows)


def with_breaks(asked: Asked, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A line stands before the fortnight in which a segment was first walked under a version that does not compare."""
    named = {}
    seen: set[int] = set()
    for version, began in versions(asked):
        if version.segment_id in seen and version.stands_apart:
            named[of(timezone.localdate(began))] = str(version)
        seen.add(version.segment_id)
    return [{**row, "breaks": row["number"] in named, "version": named.get(row["number"], "")} for row in rows]


def versions(asked: Asked) -> list[tuple[SegmentVersion, Any]]:
    """Each segment version of the cut with the day it was first walked, in the order of the versions."""
    walked = asked.rows().order_by().values("segment_version").annotate(first=Min("enrolled_at"))
    rows = SegmentVersion.objects.filter(pk__in=walked.values("segment_version")).select_related("segment")
    first = Subquery(walked.filter(segment_version=OuterRef("pk")).values("first"))
    return [(row, row.first) for row in rows.annotate(first=first).order_by("segment", "number")]
