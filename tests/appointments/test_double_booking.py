"""Sixteen guests want the same half hour: one gets it, nobody waits in a deadlock, the database holds no overlap."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction

from appointments.models import Meeting, MeetingType
from appointments.services import booking
from crm import clock
from crm.errors import Refused
from tests.make import make_account
from tests.prospecting.world import MONDAY

RACERS = 16
START = MONDAY + timedelta(days=8)
OVERLAPS = """
    SELECT count(*) FROM appointments_meeting a JOIN appointments_meeting b
    ON a.id < b.id AND a.host_id = b.host_id
    AND tstzrange(a.busy_from, a.busy_until) && tstzrange(b.busy_from, b.busy_until)
    WHERE a.state IN ('pencilled', 'booked', 'held', 'no_show') AND b.state IN ('pencilled', 'booked', 'held', 'no_show')
"""


def race(attempt):
    """Everybody starts at once, each on a connection of their own."""
    gate = Barrier(RACERS)

    def run(number):
        gate.wait()
        try:
            with clock.at(MONDAY):
                return attempt(number)
        except Refused as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(run, range(RACERS)))


def overlaps():
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_racers_for_one_time_one_wins_and_the_others_are_offered_others(ada, noor):
    kind = MeetingType.objects.get()
    accounts = [make_account(f"Maas {number}", owner=ada) for number in range(RACERS)]

    def attempt(number):
        return booking.book(
            kind, START, account=accounts[number], guest_name=f"Guest {number}", guest_email=f"g{number}@maas.example",
            guest_zone="Europe/Amsterdam", key=f"race-{number}",
        )  # fmt: skip

    results = race(attempt)
    refused = [one for one in results if isinstance(one, Refused)]
    assert (len(refused), Meeting.objects.filter(state="booked").count(), overlaps()) == (15, 1, 0)
    assert all(len(one.details["nearest"]) == 3 for one in refused)


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_clicks_on_one_form_one_meeting_comes(ada, noor):
    account, kind = make_account(owner=ada), MeetingType.objects.get()

    def attempt(number):
        return booking.book(
            kind, START, account=account, guest_name="Joost", guest_email="joost@maas.example",
            guest_zone="Europe/Amsterdam", key="one-form",
        )  # fmt: skip

    results = race(attempt)
    assert Meeting.objects.filter(state="booked").count() == 1 and overlaps() == 0
    assert len({one.pk for one in results}) == 1


@pytest.mark.django_db
def test_the_database_itself_forbids_an_overlap(ada, noor):
    kind, account = MeetingType.objects.get(), make_account(owner=ada)
    fields = {
        "account": account, "team": ada.team, "meeting_type": kind, "host": noor, "state": "booked", "starts_at": START,
        "ends_at": START + timedelta(minutes=30), "busy_from": START, "busy_until": START + timedelta(minutes=40),
        "created_at": MONDAY,
    }  # fmt: skip
    Meeting.objects.create(uid="one", **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.create(uid="two", **fields)
