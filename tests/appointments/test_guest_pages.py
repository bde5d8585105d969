"""A guest chooses, confirms, moves and cancels behind a signed link."""

import re

import pytest
from django.test import Client

from appointments.models import Meeting
from appointments.services import booking, meeting_mails, offers
from appointments.views import slots
from crm.models import Event
from tests.appointments.world import item_of, replied

WANTS = "Tuesday works, can you send an invite?"


@pytest.fixture
def offer(world):
    item = item_of(replied(world, WANTS))
    return offers.offer(item, offers.propose(item), by=world.ada)


@pytest.fixture
def link(offer):
    return path_of(offers.link(offer))


def path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def form_of(page: str, **said: str) -> dict:
    key = re.search(r'name="key" value="([^"]*)"', page).group(1)
    return {
        "key": key,
        "zone": "Europe/Amsterdam",
        "name": "Joost Dekker",
        "email": "joost@maas-dekker.example",
        **said,
    }


def first_slot(page: str) -> str:
    return re.search(r'name="slot" value="([^"]*)"', page).group(1)


def test_the_page_shows_the_offered_times_in_the_guests_zone(link):
    page = Client().get(f"{link}?zone=Asia/Tokyo").content.decode()
    assert "Offered to you" in page
    assert "Tokyo, now" in page


@pytest.mark.parametrize(
    ("lang", "words"), [("de", "Diesen Termin buchen"), ("fr", "Réserver cet horaire"), ("es", "Reservar esta hora")]
)
def test_it_speaks_the_guests_language(link, lang, words):
    page = Client().get(link, headers={"Accept-Language": lang}).content.decode()
    assert words in page
    assert f'<html lang="{lang}">' in page


def test_looking_books_nothing(link):
    before = Event.objects.count()
    for way in (Client().get, Client().head):
        assert way(link).status_code == 200
    assert (Meeting.objects.count(), Event.objects.count()) == (0, before)


def test_a_double_press_books_once(link):
    guest = Client()
    page = guest.get(link).content.decode()
    said = form_of(page, slot=first_slot(page))
    answers = [guest.post(link, said) for _ in range(2)]
    assert Meeting.objects.filter(state="booked").count() == 1
    assert {answer.status_code for answer in answers} == {302}


def test_a_taken_time_is_refused_with_the_three_nearest_and_everything_typed_kept(link, offer, world):
    guest = Client()
    page = guest.get(link).content.decode()
    start, _ = slots.read(first_slot(page))
    booking.book(offer.meeting_type, start, host=world.noor, guest_name="Another", guest_email="a@other.example",
                 guest_zone="UTC", key="other", account=world.account)  # fmt: skip
    answer = guest.post(link, form_of(page, slot=first_slot(page), note="Bring the logbook."))
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "was taken while you were reading" in said
    assert said.count('class="times wide-times"') == 1
    assert len(re.findall(r"data-when", said.split("</fieldset>")[0])) == 3
    assert "Bring the logbook." in said
    assert 'value="Joost Dekker"' in said


def test_a_host_who_holds_no_meetings_is_never_booked(link, stranger):
    guest = Client()
    page = guest.get(link).content.decode()
    start, _ = slots.read(first_slot(page))
    guest.post(link, form_of(page, slot=slots.write(start, stranger.pk)))
    assert not Meeting.objects.filter(host=stranger).exists()


@pytest.mark.parametrize("slot", ["", "tomorrow", "2026-06-09T10:00", "2026-06-09T10:00+00:00~x;drop", "9" * 300])
def test_a_forged_time_books_nothing_and_breaks_nothing(link, slot):
    guest = Client()
    answer = guest.post(link, form_of(guest.get(link).content.decode(), slot=slot))
    assert answer.status_code in (400, 409)
    assert not Meeting.objects.exists()


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Mars/Base", "x" * 500])
def test_a_forged_zone_falls_back_to_the_one_we_know(link, zone):
    assert Client().get(link, {"zone": zone}).status_code == 200


def test_a_tampered_link_says_so_plainly(link):
    answer = Client().get(link[:-3] + "xx/")
    assert answer.status_code == 404
    assert "This link does not work" in answer.content.decode()


def test_a_link_of_one_purpose_opens_nothing_of_another(link, offer):
    token = link.removeprefix("/b/")
    assert Client().get(f"/m/{token}").status_code == 404


def booked(link: str) -> tuple[Client, Meeting, str]:
    guest = Client()
    page = guest.get(link).content.decode()
    guest.post(link, form_of(page, slot=first_slot(page)))
    meeting = Meeting.objects.get()
    return guest, meeting, path_of(meeting_mails.manage_link(meeting))


def test_after_booking_the_same_link_leads_to_the_meeting(link):
    guest, _, own = booked(link)
    said = own.partition(":")[0]
    assert guest.get(link).headers["Location"].startswith(f"{said}:")


def test_the_guest_confirms_by_a_button_and_never_by_looking(link):
    guest, meeting, own = booked(link)
    guest.get(own)
    meeting.refresh_from_db()
    assert meeting.confirmed_at is None
    guest.post(own, {"do": "confirm"})
    meeting.refresh_from_db()
    assert meeting.confirmed_at is not None


def test_the_guest_moves_it_and_the_invitation_keeps_its_uid(link):
    guest, meeting, own = booked(link)
    free = re.findall(r'name="slot" value="([^"]*)"', guest.get(own).content.decode())
    guest.post(own, {"do": "move", "slot": free[-1]})
    moved = Meeting.objects.get()
    assert (moved.uid, moved.sequence) == (meeting.uid, 1)
    assert moved.starts_at == slots.read(free[-1])[0]


def test_the_guest_cancels_and_is_told(link):
    guest, _, own = booked(link)
    page = guest.post(own, {"do": "cancel", "reason": "On holiday"}, follow=True).content.decode()
    assert Meeting.objects.get().cancelled_reason == "On holiday"
    assert "The meeting is cancelled" in page


def test_an_unknown_button_changes_nothing(link):
    guest, _, own = booked(link)
    assert guest.post(own, {"do": "delete"}).status_code == 409
    assert Meeting.objects.get().state == "booked"


def test_the_page_is_kept_from_caches_and_gives_no_referrer_away(link):
    answer = Client().get(link)
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
