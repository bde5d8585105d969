"""When a host can be booked, who may say so, and the calendar that shows it."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from appointments.gateways import calendars as gateway
from appointments.models import BusyTime, Calendar, HoursException, Vacation
from appointments.rules import week_page
from appointments.rules.slots import Week
from appointments.services import hours, offers
from crm import clock
from crm.services import secrets_kept
from tests.appointments.world import at, item_of, replied
from tests.crm import test_inside_addresses as inside

pytestmark = pytest.mark.django_db
canary = inside.canary
BERLIN, LONDON = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/London")
MONDAY, TUESDAY = date(2026, 6, 15), date(2026, 6, 16)
FEED = "https://calendar.halden.example/private-7f3a/basic.ics"


def feed_of(host: Any, **fields: Any) -> Calendar:
    now = clock.now()
    row = {
        "name": "Own",
        "kind": "feed",
        "secret": secrets_kept.locked(FEED),
        "read_at": now,
        "due_at": now,
        "created_at": now,
    }
    return Calendar.objects.create(host=host, **{**row, "url": "https://calendar.halden.example/…", **fields})


def free(world: Any) -> list[datetime]:
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    return [slot.start for slot in offers.free_slots(offers.meeting_type_for(item.team_id), team_id=item.team_id)]


# Hours ------------------------------------------------------------------------------------------------------------


def test_a_vacation_goes_before_an_exception_before_a_holiday_before_the_week() -> None:
    week = Week(
        BERLIN, exceptions={MONDAY: [(time(7), time(8))], TUESDAY: [], date(2026, 6, 17): [(time(7), time(8))]},
        holidays={MONDAY, date(2026, 6, 18)}, days_off={date(2026, 6, 17)},
    )  # fmt: skip
    lengths = [[end - start for start, end in week.stretches(MONDAY + timedelta(days=n))] for n in range(5)]

    assert lengths == [[timedelta(hours=1)], [], [], [], [timedelta(hours=8)]]


def test_an_exception_changes_what_is_offered(world: Any, noor: Any) -> None:
    hours.except_on(noor, TUESDAY, [(time(14), time(15))])
    hours.except_on(noor, date(2026, 6, 17), [])

    found = free(world)

    zone = ZoneInfo(noor.zone)
    days = [start.astimezone(zone) for start in found]
    assert {moment.time() for moment in days if moment.date() == TUESDAY} == {time(14), time(14, 30)}
    assert not [moment for moment in days if moment.date() == date(2026, 6, 17)]


def test_other_calendars_of_the_team_do_not_concern_a_host(world: Any, ben: Any) -> None:
    feed_of(ben, error="It cannot be read.")

    assert at(16, 9) in free(world)


@pytest.mark.parametrize("state", [{"error": "It cannot be read."}, {"read_at": None}, {"read_at": at(1, 9)}])
def test_a_calendar_nobody_has_read_keeps_its_host_busy(world: Any, noor: Any, state: dict[str, Any]) -> None:
    feed_of(noor, **state)

    assert free(world) == []


def test_a_calendar_that_does_not_count_keeps_nobody_busy(world: Any, noor: Any) -> None:
    feed_of(noor, busy=False, error="It cannot be read.")

    assert at(16, 9) in free(world)


# The page ---------------------------------------------------------------------------------------------------------


def test_a_host_keeps_their_own_hours_days_and_limits(noor: Any, as_: Any, monday: Any) -> None:
    client, of = as_(noor), {"host": noor.pk}
    client.post(reverse("appointments:hours_week", kwargs=of), {"start_0_1": "08:00", "end_0_1": "12:00"})
    client.post(
        reverse("appointments:hours_limits", kwargs=of), {"notice_hours": 6, "horizon_days": 30, "daily_maximum": 2}
    )
    client.post(
        reverse("appointments:exception_new", kwargs=of), {"day": "2026-06-16", "start": "14:00", "end": "15:00"}
    )
    client.post(reverse("appointments:away_new", kwargs=of), {"first_day": "2026-06-22", "last_day": "2026-06-26"})

    page = client.get(reverse("appointments:hours")).content.decode()

    assert [(row.weekday, row.start) for row in noor.hours.all()] == [(0, time(8))]
    assert "14:00 to 15:00" in page and "22 June" in page and 'value="30"' in page
    client.post(reverse("appointments:exception_drop", kwargs=of | {"pk": HoursException.objects.get().pk}))
    client.post(reverse("appointments:away_drop", kwargs=of | {"pk": Vacation.objects.get().pk}))
    assert not HoursException.objects.exists() and not Vacation.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": "2026-06-16", "start": "15:00", "end": "14:00"}, "the end after the start"),
        (
            {"day": "2026-06-16", "start": "09:00", "end": "14:00", "start_2": "13:00", "end_2": "15:00"},
            "second stretch",
        ),
        ({"day": "", "start": "", "end": ""}, "required"),
    ],
)
def test_days_that_make_no_sense_are_said_at_the_form(noor: Any, as_: Any, typed: dict[str, str], said: str) -> None:
    answer = as_(noor).post(reverse("appointments:exception_new", kwargs={"host": noor.pk}), typed)

    assert answer.status_code == 400 and said in answer.content.decode()


def test_a_feed_is_connected_read_and_shown_without_its_address(
    noor: Any, as_: Any, monkeypatch: Any, monday: Any
) -> None:
    text = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260616T090000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    monkeypatch.setattr(gateway, "feed", lambda login: text if login.url == FEED else b"")
    client = as_(noor)
    answer = client.post(
        reverse("appointments:calendar_connect", kwargs={"host": noor.pk}), {"kind": "feed", "url": FEED}
    )
    row = Calendar.objects.get()

    page = client.get(reverse("appointments:hours")).content.decode()

    assert answer.status_code == 302 and BusyTime.objects.get().starts_at == at(16, 9)
    assert "Last read" in page and "private-7f3a" not in page + row.url
    for what, left in (("busy", 1), ("drop", 0)):
        client.post(reverse(f"appointments:calendar_{what}", args=[row.pk]), {"on": "0"})
        assert (Calendar.objects.count(), BusyTime.objects.count()) == (left, 0)


def test_what_goes_wrong_stands_at_the_address_and_the_password_does_not_come_back(
    noor: Any, as_: Any, canary: Any
) -> None:
    typed = {"kind": "caldav", "url": "https://127.0.0.1/dav/", "username": "noor", "password": "tell-nobody"}
    answer = as_(noor).post(reverse("appointments:calendar_connect", kwargs={"host": noor.pk}), typed)
    page = answer.content.decode()

    assert answer.status_code == 400 and "inside this network" in page and "https://127.0.0.1/dav/" in page
    assert "tell-nobody" not in page and not Calendar.objects.exists()


def test_no_spelling_of_an_inside_address_is_called(canary: Any) -> None:
    _, opened = canary
    for form in inside.FORMS:
        host = f"[{form}]" if ":" in form and not form.startswith("[") and "/" not in form and "@" not in form else form
        with pytest.raises(gateway.Trouble):
            gateway.feed(gateway.Login(f"https://{host}/x.ics"))
        with pytest.raises(gateway.Trouble):
            gateway.calendars(gateway.Login(f"https://{host}/dav/", "noor", "secret"))
    assert opened == []


# Who may ----------------------------------------------------------------------------------------------------------


def test_a_lead_keeps_hours_of_the_team_and_nobody_elses_passwords(noor: Any, ruth: Any, as_: Any) -> None:
    calendar = feed_of(noor)
    client = as_(ruth)

    assert client.get(reverse("appointments:hours_of", args=[noor.pk])).status_code == 200
    assert client.post(reverse("appointments:hours_limits", args=[noor.pk]), {}).status_code == 400
    assert client.post(reverse("appointments:calendar_connect", args=[noor.pk]), {}).status_code == 404
    assert client.post(reverse("appointments:calendar_drop", args=[calendar.pk])).status_code == 404


@pytest.mark.parametrize("who", ["ada", "stranger"])
def test_anybody_else_meets_nothing_there(who: str, noor: Any, cast: Any, as_: Any) -> None:
    calendar = feed_of(noor)
    client = as_(getattr(cast, who))

    answers = {client.get(reverse("appointments:hours_of", args=[noor.pk])).status_code}
    for name in ("hours_week", "hours_limits", "exception_new", "away_new", "calendar_connect"):
        answers.add(client.post(reverse(f"appointments:{name}", args=[noor.pk])).status_code)
    for name in ("read", "busy", "write", "drop"):
        answers.add(client.post(reverse(f"appointments:calendar_{name}", args=[calendar.pk])).status_code)
    assert answers == {404}


def test_the_api_tells_how_a_calendar_is_and_never_where(noor: Any, ruth: Any, stranger: Any, as_: Any) -> None:
    calendar = feed_of(noor, error="It cannot be read.", username="noor")

    said = as_(ruth).get("/api/v1/calendars/").json()["results"]

    assert [(row["id"], row["error"]) for row in said] == [(calendar.pk, "It cannot be read.")]
    assert not {"url", "username", "secret"} & said[0].keys()
    assert as_(stranger).get(f"/api/v1/calendars/{calendar.pk}/").status_code == 404
    assert as_(ruth).post(f"/api/v1/calendars/{calendar.pk}/count/", {"on": False}).status_code == 404


# The week ---------------------------------------------------------------------------------------------------------


def test_a_day_is_cut_into_meetings_other_business_and_what_is_left() -> None:
    day = week_page.day_of(
        TUESDAY, LONDON, [(at(16, 8), at(16, 16))], [(at(16, 9), at(16, 11)), (at(15, 0), at(15, 5))],
        [((at(16, 10), at(16, 10, 30)), "Joost")],
    )  # fmt: skip
    said = [(block.kind, f"{block.start:%H:%M}", f"{block.end:%H:%M}", block.of) for block in day.blocks]

    assert said == [
        ("free", "08:00", "09:00", None), ("busy", "09:00", "10:00", None), ("meeting", "10:00", "10:30", "Joost"),
        ("busy", "10:30", "11:00", None), ("free", "11:00", "16:00", None),
    ]  # fmt: skip


def test_every_column_of_the_week_fills_its_rows_once() -> None:
    meetings = [((at(16, 10, minute), at(16, 10, minute + 10)), minute) for minute in (0, 15, 40)]
    days = [
        week_page.day_of(MONDAY + timedelta(days=n), LONDON, [], [(at(16, 3), at(16, 22))], meetings) for n in range(3)
    ]

    rows = week_page.grid(days, LONDON)

    for column in range(3):
        assert sum(cells[column].rows for _, cells in rows if cells[column]) == len(rows)
    shown = [
        block.of for _, cells in rows for cell in cells if cell for block in cell.blocks if block.kind == "meeting"
    ]
    assert sorted(shown) == [0, 15, 40]


def test_the_week_shows_what_a_reader_may_see_and_the_rest_as_busy(world: Any, noor: Any, ada: Any, as_: Any) -> None:
    feed_of(noor).busy_times.create(host=noor, starts_at=at(16, 9), ends_at=at(16, 11))
    address = reverse("appointments:calendar")

    for view in ("week", "days", "team"):
        page = as_(ada).get(address, {"host": noor.pk, "from": "2026-06-16", "view": view}).content.decode()
        assert "15 June" in page or "15 Jun" in page
        assert ("2 h busy" if view == "team" else "Busy") in page


def test_a_stranger_sees_nobodys_week(noor: Any, stranger: Any, as_: Any) -> None:
    address = reverse("appointments:calendar")

    assert as_(stranger).get(address, {"host": noor.pk}).status_code == 404
    assert noor.name not in as_(stranger).get(address, {"view": "team"}).content.decode()
    assert as_(stranger).get(address, {"host": "x" * 50}).status_code == 404
    assert as_(stranger).get(address, {"from": "9999-99-99"}).status_code == 200


def test_a_week_asks_as_often_for_many_hosts_as_for_one(
    noor: Any, ada: Any, as_: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        feed_of(noor, name=str(number)).busy_times.create(host=noor, starts_at=at(16, 9), ends_at=at(16, 11))
    client = as_(ada)
    with django_assert_max_num_queries(20):
        client.get(reverse("appointments:calendar"), {"view": "team", "from": "2026-06-16"})
