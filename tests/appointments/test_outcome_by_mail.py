"""One tap in the mail: what the host's link shows, keeps and refuses; and the desk that works the same by key."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from appointments.models import Availability, Meeting, Recovery, WorkItem
from appointments.services import booking, offers, outcomes, recovering, reminding, work_items
from crm import clock
from crm.errors import Refused
from crm.models import Event
from prospecting.models import Milestone, Outgoing
from tests.appointments.world import GUEST, at, booked, later

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(ada, ben, noor, ruth, monday, once):
    return once(booked, ada, noor)


@pytest.fixture
def meeting(world):
    return world.meeting


@pytest.fixture
def over(meeting):
    with clock.at(meeting.ends_at + timedelta(minutes=16)):
        reminding.send_due()
        yield meeting


def path(meeting):
    return outcomes.link(meeting).partition("/o/")[1] + outcomes.link(meeting).partition("/o/")[2]


def test_the_mail_brings_a_link_for_each_answer_and_looking_changes_nothing(over):
    body = Outgoing.objects.get(key=f"outcome:{over.pk}:0").body
    links = [line.rpartition(": ")[2] for line in body.splitlines() if "?was=" in line]
    before = Meeting.objects.values().get()
    for link in links:
        assert "Held" in Client().get("/o/" + link.partition("/o/")[2]).content.decode()
    assert len(links) == 5 and Meeting.objects.values().get() == before


@pytest.mark.parametrize(
    ("was", "state", "side"),
    [
        ("held", "held", ""),
        ("guest", "no_show", "guest"),
        ("host", "no_show", "host"),
        ("technical", "no_show", "technical"),
        ("cancelled", "cancelled", ""),
    ],
)
def test_one_tap_keeps_what_the_host_says_as_the_hosts_word(over, was, state, side):
    answer = Client().post(path(over), {"was": was})
    said = Meeting.objects.get()
    assert (answer.status_code, said.state, said.side) == (200, state, side)
    assert Event.objects.filter(kind=f"meeting.{state}", actor=over.host).exists()


def test_a_link_corrects_nothing_and_asks_a_changed_word_again(over):
    client = Client()
    assert client.post(path(over), {"was": "nonsense"}).status_code == 409
    client.post(path(over), {"was": "held"})
    assert client.post(path(over), {"was": "guest"}).status_code == 409
    assert Meeting.objects.get().state == "held"


def test_a_link_of_another_purpose_version_or_host_opens_nothing(world, meeting, ada, ruth):
    token = path(meeting)
    assert Client().get(token[:-3] + "xyz/").status_code == 404
    booking.move(meeting, at(18, 10), by=ada)
    assert Client().get(token).status_code == 404


def test_before_it_begins_the_link_asks_nothing(meeting):
    assert "has not begun yet" in Client().get(path(meeting)).content.decode()
    assert Client().post(path(meeting), {"was": "held"}).status_code == 409


def test_a_meeting_that_moved_after_it_was_asked_about_is_asked_about_again(over, ada):
    booking.move(over, at(18, 10), by=ada)
    with clock.at(at(18, 10, 50)):
        reminding.send_due()
    assert Outgoing.objects.filter(key=f"outcome:{over.pk}:1").exists()


def test_a_stand_in_is_written_down_as_who_held_it(over, noor, ruth, stranger):
    with pytest.raises(Refused, match="does not hold"):
        outcomes.mark_held(over, by=noor, held_by=stranger)
    held = outcomes.mark_held(over, by=noor, held_by=ruth)
    assert (held.held_by, held.host) == (ruth, noor)


def test_what_was_called_off_counts_as_neither_and_tells_nobody(world, over, noor):
    outcomes.mark_cancelled(over, by=noor, why="They rang on Monday.")
    assert not Outgoing.objects.filter(key__contains=":cancelled:").exists()
    assert not Recovery.objects.exists() and not Milestone.objects.filter(rung="held").exists()
    assert WorkItem.objects.filter(what="rebook").exists()


def test_our_own_no_show_goes_first_with_the_soonest_times_and_a_person(over, noor, ada):
    outcomes.mark_no_show(over, side="host", by=noor)
    item = WorkItem.objects.exclude(state="done").get(what="rebook")
    assert item.setter == ada and item.due_at - clock.now() < timedelta(hours=1)
    recovering.send_due()
    recovery = Recovery.objects.select_related("offer__meeting_type").get()
    free = sorted({slot.start for slot in offers.free_slots(over.meeting_type, team_id=over.team_id, goes_first=True)})
    offered = offers.offered(recovery.offer)
    assert recovery.priority and offered == [one for one in free if 6 <= one.hour < 16][: len(offered)]


def test_a_corrected_outcome_asks_nothing_of_the_earlier_one(over, noor):
    def asked() -> list[str]:
        return [item.what for item in work_items.open_items().filter(account=over.account)]

    outcomes.mark_held(over, by=noor)
    assert asked() == ["decide_next"]
    outcomes.mark_no_show(over, side="host", by=noor, why="It was another room.")
    assert asked() == ["rebook"]
    outcomes.mark_held(over, by=noor, why="They met after all.")
    assert asked() == ["decide_next"]


def test_whom_we_stood_up_goes_before_minimum_notice_and_daily_maximum_but_over_nobody(over, noor):
    Availability.objects.update_or_create(host=noor, defaults={"notice_hours": 200, "daily_maximum": 1})
    outcomes.mark_no_show(over, side="host", by=noor)
    recovering.send_due()
    offer = offers.read_link(offers.token(Recovery.objects.get().offer))
    start = offers.offered(offer)[0]
    assert start - clock.now() < timedelta(hours=48)
    assert offers.free_slots(over.meeting_type, team_id=over.team_id, days=8) == []
    assert booking.book(offer, start, key="form-10", **GUEST).starts_at == start
    again = offers.free_slots(over.meeting_type, team_id=over.team_id, goes_first=True)
    assert start not in [slot.start for slot in again]


def test_a_new_time_closes_what_was_asked_of_a_person(over, noor):
    outcomes.mark_no_show(over, side="host", by=noor)
    recovering.send_due()
    recovery = Recovery.objects.get()
    booking.book(recovery.offer, offers.offered(recovery.offer)[0], key="form-9", **GUEST)
    assert not WorkItem.objects.filter(what="rebook").exclude(state="done").exists()


def test_the_desk_shows_both_lists_and_its_keys_say_what_came_of_it(world, over, as_, stranger, noor):
    client = as_(world.ada)
    page = client.get("/no-shows/").content.decode()
    assert 'aria-keyshortcuts="H"' in page and "Nobody has said" in page
    assert as_(stranger).post(f"/meetings/{over.pk}/came-of-it/", {"was": "held"}).status_code == 404
    assert client.post(f"/meetings/{over.pk}/came-of-it/", {"was": "guest"}).status_code == 302
    recovery = Recovery.objects.get()
    assert as_(stranger).post(f"/no-shows/{recovery.pk}/take/").status_code == 404
    client.post(f"/no-shows/{recovery.pk}/take/")
    recovery.refresh_from_db()
    assert (recovery.state, "Yours now" in client.get("/no-shows/").content.decode()) == ("returned", True)


def test_confirmations_list_who_has_not_said_yes_until_the_next_working_day(meeting, world, as_, stranger):
    with clock.at(meeting.starts_at - timedelta(hours=20)):
        client = as_(world.ada)
        assert "Maas Dekker" in client.get("/confirmations/").content.decode()
        assert "Maas Dekker" not in as_(stranger).get("/confirmations/").content.decode()
        answer = client.post(f"/meetings/{meeting.pk}/confirm/", {"back": "/confirmations/"})
        assert answer.url == "/confirmations/" and "all confirmed" in client.get("/confirmations/").content.decode()
        assert "Maas Dekker" in client.get("/confirmations/?only=all").content.decode()
        assert client.get(reverse("crm:export", args=["confirmations", "csv"]) + "?only=all").status_code == 200
    with later(days=-2) if meeting.starts_at > clock.now() else clock.at(clock.now()):
        assert "No meetings until" in client.get("/confirmations/").content.decode()
