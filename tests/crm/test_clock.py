"""The one clock."""

import asyncio
import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from crm import clock


def test_the_clock_stands_still_where_it_is_told_to():
    moment = dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)
    with clock.at(moment):
        assert clock.now() == moment
        assert clock.today() == moment.date()


def test_a_moment_of_another_zone_is_kept_in_utc():
    moment = dt.datetime(2026, 6, 11, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    with clock.at(moment):
        assert clock.now() == dt.datetime(2026, 6, 11, 10, 0, tzinfo=dt.UTC)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"), clock.at(dt.datetime(2026, 6, 11)):  # noqa: DTZ001 - the point
        pass


def test_the_offset_row_counts_only_where_the_sandbox_runs(db, settings):
    from crm.models import ClockOffset  # noqa: PLC0415 - beside its only use

    ClockOffset.objects.create(pk=1, seconds=86_400)
    settings.SANDBOX = False
    assert abs(clock.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(hours=1)


def test_who_may_not_read_the_offset_does_not_keep_others_from_it(db, settings, monkeypatch):
    from crm.models import ClockOffset  # noqa: PLC0415 - beside its only use

    settings.SANDBOX = True
    monkeypatch.setattr(clock, "_offset_seconds", 0.0)
    monkeypatch.setattr(clock, "_offset_read_at", -1e9)
    ClockOffset.objects.create(pk=1, seconds=86_400)

    async def stream():
        return clock.now()

    with monkeypatch.context() as elsewhere, ThreadPoolExecutor(1) as pool:
        elsewhere.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)
        pool.submit(asyncio.run, stream()).result()  # an event loop reads no database

    assert clock.now() - dt.datetime.now(dt.UTC) > dt.timedelta(hours=23)
