"""Kinds of meeting: one of several hosts in turn, several together, what is asked, and who else comes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from appointments.models import Credit, Meeting, MeetingGuest, MeetingSeat, MeetingType, Vacation
from appointments.services import booking, credits, further_guests, offers, outcomes, pencilling, qualifying, taking
from appointments.services.hosts import Diary
from crm import clock
from crm.errors import Refused
from crm.services import contacts
from prospecting.models import Outgoing
from tests.appointments.world import at, item_of, later, replied
from tests.make import make_account

pytestmark = pytest.mark.django_db
TUESDAY, LATER = at(16, 9), at(16, 13)
GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}


@pytest.fixture
def kind(world):
    return MeetingType.objects.get()


@pytest.fixture
def sam(world, ada):
    from crm.services import people  # noqa: PLC0415 - only here

    return people.create_person("sam@halden.example", "Sam", "executive", ada.team, by=ada)


@pytest.fixture
def pool(kind, world, sam):
    credits.set_hosts(kind, {world.noor.pk: 1, sam.pk: 1}, by=world.ada)
    return kind


@pytest.fixture
def together(pool):
    MeetingType.objects.filter(pk=pool.pk).update(hosting="together")
    pool.refresh_from_db()
    return pool


def book(kind, start, key, account, **more):
    return booking.book(kind, start, key=key, account=account, **{**GUEST, **more})


# in turn -----------------------------------------------------------------------------------------------------------


def test_meetings_go_round_the_pool(pool, world):
    got = [book(pool, at(16, 9 + n), f"k{n}", make_account(f"A {n}", owner=world.ada)).host_id for n in range(4)]
    assert got[0] != got[1] and sorted(got.count(pk) for pk in set(got)) == [2, 2]


def test_a_cancelled_meeting_is_given_back(pool, world):
    meeting = book(pool, TUESDAY, "k", world.account)
    booking.cancel(meeting, reason="ill", by="the guest")
    assert credits.balances(pool)[meeting.host_id] == 0


@pytest.mark.parametrize(("side", "had"), [("guest", 0), ("technical", 0), ("host", 1)])
def test_a_no_show_of_the_guest_is_given_back_and_our_own_is_not(pool, world, side, had):
    meeting = book(pool, TUESDAY, "k", world.account)
    with clock.at(TUESDAY + timedelta(hours=1)):
        outcomes.mark_no_show(meeting, side=side, by=world.noor)
    assert credits.balances(pool)[meeting.host_id] == had


def test_a_no_show_put_right_counts_again(pool, world):
    meeting = book(pool, TUESDAY, "k", world.account)
    with clock.at(TUESDAY + timedelta(hours=1)):
        outcomes.mark_no_show(meeting, side="guest", by=world.noor)
        meeting.refresh_from_db()
        outcomes.mark_held(meeting, by=world.noor, why="They came late.")
    assert credits.balances(pool)[meeting.host_id] == 1


def test_a_refused_account_is_given_back_once(pool, world):
    meeting = book(pool, TUESDAY, "k", world.account)
    found = qualifying.qualification_for(world.account, world.enrollment)
    with clock.at(TUESDAY + timedelta(hours=1)):
        outcomes.mark_held(meeting, by=world.noor)
        qualifying.refuse(found, by=world.noor, reason="They decide nothing here.")
        qualifying.refuse(found, by=world.noor, reason="They decide nothing here.")
    assert credits.balances(pool)[meeting.host_id] == 0


def test_a_new_host_starts_at_the_average(pool, world, ben):
    for n in range(4):
        book(pool, at(16, 9 + n), f"k{n}", make_account(f"A {n}", owner=world.ada))
    credits.set_hosts(
        pool, {world.noor.pk: 1, Credit.objects.exclude(host=world.noor).first().host_id: 1, ben.pk: 2}, by=None
    )
    assert credits.balances(pool)[ben.pk] == 4


def test_days_away_are_settled_once(pool, world, sam):
    Vacation.objects.create(host=world.noor, first_day=date(2026, 6, 15), last_day=date(2026, 6, 16))
    for _ in range(3):
        with clock.at(at(15, 10)):
            credits.write(pool, sam, "booked", 1)
    with later(days=10):
        assert [credits.settle_vacations(), credits.settle_vacations()] == [1, 0]
    assert credits.balances(pool)[world.noor.pk] == 3


def test_the_owner_of_the_account_comes_before_the_turn(pool, world, sam):
    account = make_account("Sam's own", owner=sam)
    for _ in range(3):
        credits.write(pool, sam, "booked", 1)
    assert book(pool, TUESDAY, "k", account).host == sam


def test_a_balance_is_put_right_with_a_reason_only(pool, world):
    with pytest.raises(Refused, match="Say why"):
        credits.by_hand(pool, world.noor, Decimal(2), note=" ", by=world.ada)


def test_moving_to_a_colleague_moves_the_meeting_in_the_ledger(pool, world, sam):
    meeting = book(pool, TUESDAY, "k", world.account, host=world.noor)
    book(pool, LATER, "l", make_account("Other", owner=world.ada), host=world.noor)
    moved = booking.move(meeting, LATER, by="the guest")
    assert moved.host == sam
    assert credits.balances(pool) == {world.noor.pk: 1, sam.pk: 1}


# together ----------------------------------------------------------------------------------------------------------


def test_of_several_together_each_has_a_seat(together, world, sam):
    meeting = book(together, TUESDAY, "k", world.account)
    seats = MeetingSeat.objects.filter(meeting=meeting, takes_time=True)
    assert set(seats.values_list("host", flat=True)) == {world.noor.pk, sam.pk}


def test_what_one_of_them_has_on_is_free_for_nobody(together, world, sam):
    alone = MeetingType.objects.create(name="Alone", slug="alone", minutes=30)
    book(alone, TUESDAY, "one", make_account("Other", owner=world.ada), host=sam)
    with pytest.raises(Refused, match="was taken") as refused:
        book(together, TUESDAY, "k", world.account)
    assert len(refused.value.details["nearest"]) == 3
    assert TUESDAY not in [one.start for one in offers.free_slots(together)]


def test_the_database_forbids_the_second_of_them_another_meeting(together, world, sam):
    book(together, TUESDAY, "k", world.account)
    fields = {
        "account": world.account, "team": world.ada.team, "meeting_type": together, "host": sam, "state": "booked",
        "starts_at": TUESDAY, "ends_at": TUESDAY + timedelta(minutes=30), "busy_from": TUESDAY,
        "busy_until": TUESDAY + timedelta(minutes=30), "created_at": clock.now(), "uid": "by hand",
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="host_never_double_booked"), transaction.atomic():
        Meeting.objects.create(**fields)


def test_every_seat_moves_and_is_let_go_with_its_meeting(together, world):
    meeting = booking.move(book(together, TUESDAY, "k", world.account), LATER, by="the guest")
    assert set(meeting.seats.values_list("starts_at", flat=True)) == {LATER}
    booking.cancel(meeting, reason="", by="the guest")
    assert not meeting.seats.filter(takes_time=True).exists()


def test_each_of_them_may_read_the_meeting(together, world, sam, client):
    meeting = book(together, TUESDAY, "k", world.account)
    client.force_login(sam)
    assert client.get(f"/meetings/{meeting.pk}/").status_code == 200


# what takes time ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["pencilled", "booked", "held", "no_show"])
def test_every_state_that_takes_time_is_in_the_way(kind, world, state):
    meeting = book(kind, TUESDAY, "k", world.account)
    Meeting.objects.filter(pk=meeting.pk).update(state=state, side="guest")
    assert TUESDAY not in [one.start for one in offers.free_slots(kind, host=world.noor)]
    assert meeting.seats.get().takes_time


@pytest.mark.parametrize("state", ["cancelled", "lapsed"])
def test_what_is_off_is_in_nobodys_way(kind, world, state):
    meeting = book(kind, TUESDAY, "k", world.account)
    Meeting.objects.filter(pk=meeting.pk).update(state=state)
    assert TUESDAY in [one.start for one in offers.free_slots(kind, host=world.noor)]


def test_a_pencil_beside_the_chosen_time_gives_way_to_it(world, kind):
    offer = offers.offer(item_of(replied(world, "Tuesday works.")), [TUESDAY], by=world.ada)
    first = pencilling.pencil(offer, TUESDAY)
    booked = booking.book(offer, TUESDAY + timedelta(minutes=30), key="k", **GUEST)
    first.refresh_from_db()
    assert (first.state, booked.state) == ("lapsed", "booked")


def test_a_pencil_that_ran_out_is_no_obstacle_before_it_is_swept(world, kind):
    offer = offers.offer(item_of(replied(world, "Tuesday works.")), [TUESDAY], by=world.ada)
    pencilling.pencil(offer, TUESDAY)
    with later(minutes=16):
        assert book(kind, TUESDAY, "k", make_account("Other", owner=world.ada)).state == "booked"
        assert taking.lapse_due() == 0


# what is asked, and who else comes ------------------------------------------------------------------------------


def test_a_needed_answer_is_asked_of_the_guest_and_kept_in_the_words_asked(world, kind):
    asked = kind.questions.create(text="Which sites?", required=True)
    offer = offers.offer(item_of(replied(world, "Tuesday works.")), [TUESDAY], by=world.ada)
    with pytest.raises(Refused, match="marked as needed"):
        booking.book(offer, TUESDAY, key="k", **GUEST)
    meeting = booking.book(offer, TUESDAY, key="k", answers={asked.pk: "All four"}, **GUEST)
    asked.text = "Something else"
    asked.save()
    meeting.refresh_from_db()
    assert meeting.answers == [{"question": "Which sites?", "answer": "All four"}]


def test_one_of_ours_books_without_the_answers(world, kind):
    kind.questions.create(text="Which sites?", required=True)
    item = item_of(replied(world, "Tuesday works."))
    assert booking.book_for(item, TUESDAY, by=world.ada).state == "booked"


def test_further_people_get_the_invitation_but_not_the_link_that_cancels(world, kind):
    meeting = book(kind, TUESDAY, "k", world.account, guests=[("Piet", "piet@maas-dekker.example")])
    mail = Outgoing.objects.get(to_address="piet@maas-dekker.example")
    assert "METHOD:REQUEST" in mail.calendar.replace("\r\n ", "")
    assert "/m/" not in mail.body + mail.calendar
    assert meeting.guests.get().name == "Piet"


def test_further_people_are_told_when_it_is_off(world, kind):
    meeting = book(kind, TUESDAY, "k", world.account, guests=[("", "piet@maas-dekker.example")])
    booking.cancel(meeting, reason="", by="the guest")
    last = Outgoing.objects.filter(to_address="piet@maas-dekker.example").latest("pk")
    assert "METHOD:CANCEL" in last.calendar


@pytest.mark.parametrize("guests", [[("", "no address")], [("", f"p{n}@x.example") for n in range(4)]])
def test_what_is_no_address_or_too_many_people_books_nothing(world, kind, guests):
    with pytest.raises(Refused):
        book(kind, TUESDAY, "k", world.account, guests=guests)
    assert not Meeting.objects.exists() and not MeetingGuest.objects.exists()


def test_a_second_stakeholder_is_suggested_and_asked_along(world, kind):
    from crm.models import Role  # noqa: PLC0415 - only here

    anna = contacts.add_contact(
        world.account, first_name="Anna", last_name="Bos", email="anna@maas-dekker.example",
        role=Role.objects.get(slug="budget-owner"), by=world.ada,
    )  # fmt: skip
    meeting = book(kind, TUESDAY, "k", world.account, contact=world.joost)
    assert anna in [row.contact for row in further_guests.suggested(meeting)]
    further_guests.add(meeting, name="Anna Bos", email=anna.email, by=world.ada)
    assert meeting.guests.get().contact == anna


def test_one_start_is_free_exactly_where_the_whole_list_has_it(kind, world):
    """The short look that a booking takes and the long one that a page takes agree, beside what is booked too."""
    book(kind, TUESDAY, "k", world.account)
    diary = Diary([world.noor], kind, clock.now())
    listed = set(diary.free(world.noor))
    first = clock.now().replace(minute=0, second=0, microsecond=0)
    quarters = [first + timedelta(minutes=15 * n) for n in range(4 * 24 * 23)]
    assert {one for one in quarters if diary.free_at(world.noor, one)} == listed


def test_who_was_asked_along_reads_that_it_moved_and_gets_no_second_invitation(world, kind):
    meeting = book(kind, TUESDAY, "k", world.account, guests=[("Piet", "piet@maas-dekker.example")])
    booking.move(meeting, LATER, by="the guest")
    sent = Outgoing.objects.filter(to_address="piet@maas-dekker.example").order_by("pk")
    assert [one.subject.partition(":")[0] for one in sent] == ["Invitation", "New time"]
