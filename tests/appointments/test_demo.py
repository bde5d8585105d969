"""The demonstration world, at a reduced size."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from appointments.demo.companies import companies
from appointments.models import Meeting, Recovery, WorkItem
from appointments.rules.matrix import ROWS
from crm import clock
from crm.models import Account, Contact, Event, Message, User
from prospecting.models import IntakeDay, Reply, SegmentVersion, Touch
from prospecting.services import ladder_log
from tests.appointments.test_funnel_facts import agrees

pytestmark = [pytest.mark.django_db, pytest.mark.long]
NOW = datetime(2026, 6, 11, 10, 30, tzinfo=UTC)  # a Thursday


def demo(**options: Any) -> dict[str, Any]:
    out = io.StringIO()
    with clock.at(NOW):
        call_command("demo", stdout=out, accounts=60, months=3, hands=1, **options)
    return dict(json.loads(out.getvalue()))


@pytest.fixture(scope="module")
def loaded(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """One load for all of this module, taken back at its end."""
    from django.conf import settings  # noqa: PLC0415 - put back below

    kept, settings.DATA_DIR = settings.DATA_DIR, tmp_path_factory.mktemp("data")
    with django_db_blocker.unblock(), transaction.atomic():
        yield demo()
        transaction.set_rollback(True)
    settings.DATA_DIR = kept


def test_it_loads_without_a_single_failed_act(loaded: dict[str, Any]) -> None:
    assert loaded["loaded"]
    assert loaded["failed"] == []
    assert loaded["counts"]["accounts"] == Account.objects.count() == 60


def test_every_label_is_heard(loaded: dict[str, Any]) -> None:
    heard = set(Reply.objects.values_list("label", flat=True))

    assert {row.label for row in ROWS} <= heard


def test_segments_have_more_than_one_version_behind_them(loaded: dict[str, Any]) -> None:
    numbers = SegmentVersion.objects.filter(state="published").values_list("segment__name", "number")

    assert len({name for name, _ in numbers}) == 4
    assert max(number for _, number in numbers) == 3


def test_the_present_day_is_in_the_middle_of_things(loaded: dict[str, Any]) -> None:
    waiting = WorkItem.objects.exclude(state="done")

    assert waiting.filter(due_at__lt=NOW, answered_at=None).exists()
    assert waiting.filter(due_at__gt=NOW).exists()
    assert Meeting.objects.filter(starts_at__date=NOW.date()).count() >= 2
    assert Meeting.objects.filter(state="booked", ends_at__lt=NOW).exists()
    assert Recovery.objects.filter(state="running").exists()
    assert Touch.objects.filter(state="planned").exists()
    assert Message.objects.filter(direction="in", account=None).exists()
    assert Account.objects.filter(rests_until__gt=NOW.date()).exists()
    assert IntakeDay.objects.filter(started__gt=0).exists()
    assert Touch.objects.filter(state="planned", enrollment__approval=True, released=False).exists()


def test_nothing_in_it_lies_in_the_future(loaded: dict[str, Any]) -> None:
    assert not Event.objects.filter(at__gt=NOW).exists()
    assert not Message.objects.filter(at__gt=NOW).exists()


def test_every_address_is_a_reserved_one(loaded: dict[str, Any]) -> None:
    addresses = [*Contact.objects.values_list("email", flat=True), *User.objects.values_list("email", flat=True)]
    addresses += [one for to in Message.objects.values_list("to", flat=True) for one in to]

    assert [one for one in addresses if one and not one.endswith(".example")] == []


def test_a_second_load_changes_nothing_and_says_so(loaded: dict[str, Any]) -> None:
    before = Event.objects.count()

    again = demo()

    assert again["already_there"] and not again["loaded"]
    assert Event.objects.count() == before


def test_the_companies_are_the_same_every_time() -> None:
    today = NOW.date()

    assert companies(600, today) == companies(600, today)
    assert len({company.domain for company in companies(600, today)}) == 600


def test_the_funnel_of_the_demonstration_is_what_its_timeline_says(loaded: dict[str, Any]) -> None:
    with clock.at(NOW):
        for cut in (
            {},
            {"on": NOW - timedelta(days=20)},
            {"label": "not_now"},
            {"setter": User.objects.get(name="Ada Mensah").pk},
        ):
            agrees(cut)
        assert ladder_log.check()["equal"]
