"""Two cohorts on what they share: only versions that compare, and in the same mix."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, F, Value, When
from django.db.models.expressions import Combinable

from appointments.reports.cohorts import versions
from appointments.reports.halves import DEFAULT_DAYS, Asked, counted, counts, cut_of
from appointments.rules.alike import Stratum, compare
from prospecting.models import RouteVersion, SegmentVersion


def like_for_like(filters: Mapping[str, Any]) -> dict[str, Any]:
    """The cohort asked for against the one of the same length before it, walk for walk old enough to judge.

    A stratum is a line of segment versions that compare, on one route. Each rate stands as it is, and like for like:
    strata that both have, the earlier one in the mix of the later.
    """
    now = cut_of(filters)
    since, until = now.cut.since, now.cut.until or now.moment
    if since is None:
        since = until - timedelta(days=DEFAULT_DAYS)
    before = replace(now, cut=replace(now.cut, since=since - (until - since), until=since))
    later, earlier = strata(replace(now, cut=replace(now.cut, since=since))), strata(before)
    names = named({key for found in (later, earlier) for key in found})
    return {
        "since": since, "until": until, "before": before.cut.since,
        "reply_rate": compare(side(earlier, "contacted", "engaged"), side(later, "contacted", "engaged")),
        "meeting_rate": compare(side(earlier, "replies", "held"), side(later, "replies", "held")),
        "strata": [
            {"name": names[key], "sides": [earlier.get(key, {}), later.get(key, {})],
             "shared": key in earlier and key in later}
            for key in sorted(names, key=lambda one: names[one])
        ],
    }  # fmt: skip


Key = tuple[int, int]


def strata(asked: Asked) -> dict[Key, dict[str, int]]:
    """(first version of its line, route) → the accounts counted there, each once. One query for the figures, one for the lines."""
    found: dict[Key, dict[str, int]] = {}
    for number, one in counted(asked, line_of(asked) * PACK + F("route_version__route_id")).items():
        if number is None:
            continue
        left, right = counts(one, settled=True), counts(one, settled=True, setter=bool(asked.setter))
        if left["targeted"]:
            values = (left["contacted"], left["engaged"], right["engaged"], right["held"])
            line, route = divmod(int(number), PACK)
            found[line, route] = dict(zip(COUNTED, values, strict=True))
    return found


def line_of(asked: Asked) -> Combinable:
    """The first version of the line that a walk's segment version belongs to."""
    lines: dict[int, list[int]] = defaultdict(list)
    for version, first in lines_of(asked).items():
        if version != first:
            lines[first].append(version)
    later = [When(segment_version__in=versions, then=Value(first)) for first, versions in lines.items()]
    return Case(*later, default=F("segment_version_id"), output_field=BigIntegerField())


PACK = 1_000_000
COUNTED = ("contacted", "engaged", "replies", "held")


def lines_of(asked: Asked) -> dict[int, int]:
    """Segment version → the first of the line it belongs to: a line ends where a version does not compare."""
    segments = {version.segment_id for version, _ in versions(asked)}
    rows = SegmentVersion.objects.filter(segment__in=segments).exclude(state="draft").order_by("segment", "number")
    found: dict[int, int] = {}
    first, segment = 0, None
    for version in rows.only("segment", "compared"):
        if version.segment_id != segment or version.stands_apart:
            first, segment = version.pk, version.segment_id
        found[version.pk] = first
    return found


def side(found: Mapping[Key, Mapping[str, int]], whole: str, part: str) -> dict[Key, Stratum]:
    return {key: Stratum(one[part], one[whole]) for key, one in found.items() if one[whole]}


def named(keys: set[Key]) -> dict[Key, str]:
    first = {
        row.pk: row for row in SegmentVersion.objects.filter(pk__in={a for a, _ in keys}).select_related("segment")
    }
    routes = dict(RouteVersion.objects.filter(route__in={b for _, b in keys}).values_list("route", "route__name"))
    return {(a, b): f"{first[a].segment}, from v{first[a].number}; {routes[b]}" for a, b in keys}
