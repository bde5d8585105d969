"""How a kind of meeting is reminded of: the standard, its own plan, and what a change does to what is booked."""

from datetime import timedelta

import pytest

from appointments.models import Reminder, ReminderRule
from appointments.rules.reminders import STANDARD, Rule
from appointments.services import late, reminder_plans, reminding
from crm import clock
from prospecting.models import Outgoing
from tests.appointments.world import at, booked

pytestmark = pytest.mark.django_db
TUESDAY = at(16, 9)


@pytest.fixture
def world(ada, ben, noor, ruth, monday, once):
    return once(booked, ada, noor)


@pytest.fixture
def meeting(world):
    return world.meeting


def due(meeting, kind):
    return meeting.reminders.filter(kind=kind, state="planned").values_list("due_at", flat=True).first()


def changed(kind, **said):
    return [Rule(kind, **said) if rule.kind == kind else rule for rule in STANDARD]


def test_a_plan_that_changes_moves_what_is_due_and_leaves_what_was_sent(meeting, ruth):
    with clock.at(TUESDAY - timedelta(hours=24)):
        reminding.send_due()
        said = [
            Rule("hour", 30, 30),
            Rule("day", 2880, 2880),
            *(one for one in STANDARD if one.kind not in ("hour", "day")),
        ]
        assert reminder_plans.keep(meeting.meeting_type, said, by=ruth) == 1
    assert due(meeting, "hour") == TUESDAY - timedelta(minutes=30)
    assert meeting.reminders.get(kind="day").state == "sent"


def test_a_reminder_switched_off_and_on_again_is_planned_again(meeting, ruth):
    off = changed("task", before=180, ahead=360, active=False)
    reminder_plans.keep(meeting.meeting_type, off, by=ruth)
    assert due(meeting, "task") is None and ReminderRule.objects.count() == 1
    reminder_plans.keep(meeting.meeting_type, STANDARD, by=ruth)
    assert due(meeting, "task") == TUESDAY - timedelta(hours=3) and not ReminderRule.objects.exists()


def test_a_lead_writes_the_plan_and_nobody_else(meeting, ruth, ada, stranger, as_):
    address = f"/booking-pages/{meeting.meeting_type_id}/reminders/"
    client = as_(ruth)
    assert as_(ada).get(address).status_code == 403
    form = client.get(address).context["form"]
    said = {name: field.initial for name, field in form.fields.items()}
    said = {name: value for name, value in said.items() if value is not False}
    assert client.post(address, {**said, "hour_before": 2, "hour_ahead": 1}).status_code == 400
    assert client.post(address, {**said, "hour_before": 2, "hour_before_unit": 60, "hour_ahead": 4}).status_code == 302
    assert due(meeting, "hour") == TUESDAY - timedelta(hours=2)


def test_the_host_gets_the_brief_an_hour_before(meeting):
    with clock.at(TUESDAY - timedelta(hours=1)):
        reminding.send_due()
    body = Outgoing.objects.get(key=f"meeting:{meeting.pk}:host:0").body
    assert "Joost Dekker" in body and "Tuesday works" in body and "They have not confirmed." in body


def test_the_day_before_asks_yes_another_time_or_not_at_all(meeting, client):
    with clock.at(TUESDAY - timedelta(hours=24)):
        reminding.send_due()
        body = Outgoing.objects.get(key=f"meeting:{meeting.pk}:day:0").body
        assert all(words in body for words in ("- Yes: ", "- Another time: ", "#move", "- I cannot come: ", "#cancel"))
        page = "/m/" + body.partition("/m/")[2].split()[0]
        assert client.get(page).status_code == 200
    meeting.refresh_from_db()
    assert meeting.confirmed_at is None


def test_reminders_that_nobody_sends_are_an_alarm(meeting):
    with clock.at(TUESDAY - timedelta(hours=23, minutes=50)):
        (said,) = late.faults()
        reminding.send_due()
        assert (said.startswith("reminders: 2 overdue"), late.faults()) == (True, [])


def test_by_the_databases_clock_a_machine_that_runs_ahead_sends_nothing_early(meeting, monkeypatch):
    start = clock.now()
    Reminder.objects.filter(kind="hour").update(due_at=start + timedelta(days=3650))
    Reminder.objects.exclude(kind="hour").delete()
    monkeypatch.setattr(clock, "now", lambda: start + timedelta(days=36500))
    assert reminding.send_due() == 0
