"""What holds for every list whatever is done to it: dated entries, refreshes, pins, priorities, versions."""

import itertools
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from crm import clock
from crm.models import Account
from prospecting.models import ListEntry, ListRefresh, Pin, TargetList
from prospecting.services import lists, milestones, priorities, segments
from tests.prospecting.figures import left_half
from tests.prospecting.world import MONDAY, account_named, enrolled

RULES = ["sites > 1", "sites <= 2", 'industry = "Bakery"', "sites > 1 and employees > 5", "employees <= 5 or sites = 3"]
FEW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
acts = some.lists(
    some.one_of(
        some.tuples(some.just("publish"), some.integers(0, 1), some.sampled_from(RULES)),
        some.tuples(some.just("refresh"), some.integers(0, 1), some.just("")),
        some.tuples(some.sampled_from(["include", "exclude", "unpin"]), some.integers(0, 1), some.integers(0, 5)),
        some.tuples(some.just("edit"), some.integers(0, 5), some.integers(0, 4)),
        some.tuples(some.just("place"), some.integers(0, 1), some.sampled_from([None, 1, 2])),
    ),
    min_size=1,
    max_size=12,
)


class Undone(Exception):
    """Ends an example: what it did is rolled back."""


@pytest.fixture
def two(world: SimpleNamespace, ada: Any) -> SimpleNamespace:
    """Two segments in use and six accounts."""
    other = segments.create_segment(
        name="Second", statement="Others.", rule="sites > 0", route_version=world.route, by=ada
    )
    segments.publish(other.versions.get(), by=ada)
    accounts = [account_named(f"Firm {n}", owner=ada, sites=n % 4, employees=n * 3) for n in range(6)]
    return SimpleNamespace(segments=[world.segment, other], accounts=accounts, route=world.route, ada=ada, world=world)


def do(two: SimpleNamespace, what: str, which: int, value: Any) -> None:
    """One thing a person or the schedule may do; what is refused is nothing done."""
    if what == "edit":
        Account.objects.filter(pk=two.accounts[which].pk).update(sites=value, employees=value * 4)
        return
    segment = two.segments[which]
    segment.refresh_from_db()
    if what == "publish":
        draft = segments.draft(segment, rule=value, route_version=two.route, by=two.ada)
        segments.publish(draft, reason="because", by=two.ada)
    elif what == "refresh":
        segments.refresh_list(segment)
    elif what == "place":
        priorities.set_place(segment, value, by=two.ada)
    elif what == "unpin":
        for pin in Pin.objects.filter(target_list__segment=segment, account=two.accounts[value]):
            segments.unpin(pin, by=two.ada)
    else:
        segments.pin(segment, two.accounts[value], what, "said so", by=two.ada)


def story(two: SimpleNamespace, deeds: list[Any], check: Any) -> None:
    """The deeds an hour apart, the check after each, and everything as it was before."""
    with pytest.raises(Undone), transaction.atomic():
        for hour, deed in enumerate(deeds, start=1):
            with clock.at(MONDAY + timedelta(hours=hour)):
                try:
                    with transaction.atomic():
                        do(two, *deed)
                except segments.Refused:
                    pass
                check(two)
        raise Undone


def intervals(two: SimpleNamespace) -> None:
    """No two entries of one account on one list overlap, none ends before it began, and each was opened by somebody."""
    for target in TargetList.objects.all():
        for account in two.accounts:
            rows = list(ListEntry.objects.filter(target_list=target, account=account).order_by("entered_at", "pk"))
            for row in rows:
                assert row.left_at is None or row.entered_at <= row.left_at
                assert row.entered_reason and (row.left_at is None) == (row.left_reason == "")
                assert (row.left_at is None) == (row.version_out_id is None)
            for before, after in itertools.pairwise(rows):
                assert before.left_at is not None and before.left_at <= after.entered_at


def exclusive(two: SimpleNamespace) -> None:
    """Of lists with a priority, an account stands on one."""
    ranked = ListEntry.objects.filter(left_at=None, target_list__segment__priority__isnull=False)
    on = list(ranked.values_list("account_id", flat=True))
    assert len(on) == len(set(on))


@FEW
@given(deeds=acts)
def test_entries_of_one_account_never_overlap_whatever_is_done(two: SimpleNamespace, deeds: list[Any]) -> None:
    story(two, deeds, intervals)


@FEW
@given(deeds=acts)
def test_an_account_stands_on_one_list_only_of_those_with_a_priority(two: SimpleNamespace, deeds: list[Any]) -> None:
    story(two, deeds, exclusive)


def moved_nobody(two: SimpleNamespace) -> None:
    """A second refresh in the order of the lists finds nothing left to do, and no gap opens between the two."""
    lists.refresh_all()
    lists.refresh_all()
    before = list(ListEntry.objects.order_by("pk").values())
    again = lists.refresh_all()
    assert [(run.entered, run.left) for run in again] == [(0, 0)] * len(again)
    assert list(ListEntry.objects.order_by("pk").values()) == before


@FEW
@given(deeds=acts)
def test_refreshing_twice_is_refreshing_once(two: SimpleNamespace, deeds: list[Any]) -> None:
    story(two, deeds, moved_nobody)


def accounted(two: SimpleNamespace) -> None:
    """Every entry that a refresh opened or closed stands in a run of that moment, and the runs add up."""
    lists.refresh_all()
    for target in TargetList.objects.all():
        run = ListRefresh.objects.filter(target_list=target).order_by("-at", "-pk").first()
        assert run is not None
        assert run.members == ListEntry.objects.filter(target_list=target, left_at=None).count()


@FEW
@given(deeds=acts)
def test_every_run_is_kept_and_counts_what_stands(two: SimpleNamespace, deeds: list[Any]) -> None:
    story(two, deeds, accounted)


@FEW
@given(rules=some.lists(some.sampled_from(RULES), min_size=1, max_size=5))
def test_a_rule_change_never_alters_a_past_report(two: SimpleNamespace, rules: list[str]) -> None:
    with pytest.raises(Undone), transaction.atomic():
        walk = enrolled(two.world)
        milestones.reach(two.world.account, "contacted", enrollment=walk, by="the test")
        past = {"since": MONDAY - timedelta(days=30), "until": MONDAY + timedelta(hours=1)}
        before = report(past)
        for week, rule in enumerate(rules, start=1):
            with clock.at(MONDAY + timedelta(weeks=week)):
                do(two, "publish", 0, rule)
                assert report(past) == before
        raise Undone


def report(past: dict[str, Any]) -> Any:
    """Everything a report of that time counts, and the accounts behind it."""
    return left_half(now=MONDAY + timedelta(hours=1), **past)
