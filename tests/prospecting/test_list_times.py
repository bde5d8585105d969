"""Stays of one account on one list never overlap, also after two accounts became one, and none is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm import clock
from crm.models import Account
from crm.services import merging
from crm.services.journal import as_row
from prospecting.models import ListEntry
from prospecting.rules import spans
from tests.prospecting.world import MONDAY, account_named, small_world

ADMITTED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HOURS = st.lists(st.integers(0, 30), max_size=8, unique=True).map(sorted)


def stays(hours: list[int]) -> list[tuple[Any, Any]]:
    """From the first hour to the second, from the third to the fourth; an odd one out stays open."""
    at = [MONDAY + timedelta(hours=hour) for hour in hours]
    return list(zip(at[::2], [*at[1::2], *([None] if len(at) % 2 else [])], strict=True))


def inside(moment: Any, those: list[tuple[Any, Any]]) -> int:
    return sum(start <= moment and (end is None or moment < end) for start, end in those)


@given(HOURS, HOURS)
def test_what_is_left_and_what_covers_make_up_the_whole(one: list[int], two: list[int]) -> None:
    whole, by = stays([0, 30])[0], stays(two)

    left = spans.uncovered(whole, by)

    for hour in range(31):
        moment = MONDAY + timedelta(hours=hour, minutes=30)
        assert inside(moment, left) == (inside(moment, [whole]) and not inside(moment, by))


@pytest.fixture
def pair(ada: Any) -> Any:
    with clock.at(MONDAY + timedelta(days=3)):
        world = small_world(ada)
        yield world.segment.target_list, [account_named("Maas", owner=ada), account_named("Maas BV", owner=ada)], ada


@ADMITTED
@given(HOURS, HOURS)
def test_times_of_two_that_became_one_never_overlap_and_have_no_new_gap(
    pair: Any, one: list[int], two: list[int]
) -> None:
    target, (kept, gone), ada = pair
    with transaction.atomic():
        for account, hours in ((kept, one), (gone, two)):
            ListEntry.objects.bulk_create(entry(target, account, stay) for stay in stays(hours))
        before = rows()

        merge = merging.merge(Account.objects.get(pk=kept.pk), Account.objects.get(pk=gone.pk), by=ada)

        after = list(ListEntry.objects.filter(target_list=target, account=kept).values_list("entered_at", "left_at"))
        for hour in range(31):
            moment = MONDAY + timedelta(hours=hour, minutes=30)
            assert inside(moment, after) == bool(inside(moment, stays(one)) or inside(moment, stays(two)))
        merging.undo_merge(merge, by=ada)
        assert rows() == before
        transaction.set_rollback(True)


def entry(target: Any, account: Any, stay: tuple[Any, Any]) -> ListEntry:
    version = target.segment.versions.first()
    out = {"version_out": version, "left_reason": "left"} if stay[1] else {}
    return ListEntry(
        target_list=target, account=account, version_in=version, entered_at=stay[0], left_at=stay[1], **out
    )


def rows() -> list[dict[str, Any]]:
    return [as_row(one) for one in ListEntry.objects.order_by("pk")]


def test_the_database_refuses_two_stays_at_once(pair: Any) -> None:
    target, (one, two), _ = pair
    first, second = (entry(target, account, stays([1, 5])[0]) for account in (one, two))
    ListEntry.objects.bulk_create([first, second])

    with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        ListEntry.objects.filter(pk=second.pk).update(account=one)
    ListEntry.objects.filter(pk=first.pk).update(left_at=MONDAY + timedelta(hours=2))
    with pytest.raises(IntegrityError, match="overlap"), transaction.atomic():
        ListEntry.objects.filter(pk=second.pk).update(account=one, entered_at=MONDAY)
