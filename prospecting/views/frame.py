"""The head every page of a segment shares: its name, what it is about, and the ways to look at it."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse

from crm import access
from prospecting.models import Segment
from prospecting.queries.dry_runs import version_in_use

TABS = (
    ("rule", "Rule", "prospecting:segment"),
    ("members", "Members", "prospecting:segment_list"),
    ("health", "Health", "prospecting:segment_health"),
    ("roles", "Roles", "prospecting:segment_roles"),
    ("routes", "Routes", "prospecting:segment_routes"),
    ("learning", "What it taught us", "prospecting:segment_learning"),
    ("pins", "Pinned and excluded", "prospecting:segment_pins"),
    ("versions", "Versions", "prospecting:segment_versions"),
    ("refreshes", "Refreshes", "prospecting:segment_refreshes"),
    ("snapshots", "Snapshots", "prospecting:segment_snapshots"),
)
HISTORY = ("versions", "refreshes", "snapshots")  # what is left to read of a segment that was put away


def segment_or_404(pk: int) -> Segment:
    return get_object_or_404(Segment.objects.select_related("target_list"), pk=pk, archived_at=None)


def segment_ever_or_404(pk: int) -> Segment:
    """One that was put away too: its history is still read."""
    return get_object_or_404(Segment.objects.select_related("target_list"), pk=pk)


def framed(request: HttpRequest, segment: Segment, tab: str, **shown: Any) -> dict[str, Any]:
    """What the head needs beside the page's own."""
    tabs = [one for one in TABS if one[0] in HISTORY] if segment.archived_at else TABS
    version = shown["version"] if "version" in shown else version_in_use(segment.pk)
    return {
        "segment": segment,
        "version": version,
        "tab": tab,
        "tabs": [(name, words, url) for name, words, path in tabs if (url := address(path, segment.pk))],
        "may_write": access.holds(request.user, "lead") and not segment.archived_at,
        "may_restore": access.holds(request.user, "lead") and segment.archived_at,
        **shown,
    }


def address(name: str, pk: int) -> str:
    """A tab that this installation does not have is left out."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def ids_of(asked: Any, name: str) -> list[str]:
    """The keys that stand under a name, as they were given."""
    return [one for one in asked.getlist(name) if one.isascii() and one.isdecimal()]
