"""A guest chooses, confirms, moves and cancels behind a signed link."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from appointments.models import Meeting, MeetingHost, Offer, Vacation
from appointments.services import booking, meeting_mails, offers
from appointments.views import slots
from crm import clock, links
from crm.errors import Refused
from crm.models import Event
from tests.appointments.world import item_of, replied

pytestmark = pytest.mark.django_db
WANTS = "Tuesday works, can you send an invite?"


@pytest.fixture(autouse=True)
def nobody_pressed_yet():
    cache.clear()


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


def test_a_time_in_the_mail_chooses_itself_and_books_only_by_a_press(link, offer):
    start = offers.offered(offer)[0]
    page = Client().get(path_of(offers.link_to(offer, start))).content.decode()
    assert f'value="{first_slot(page)}" checked' in page
    assert page.count(" checked") == 1
    assert not Meeting.objects.exists()


def test_choosing_a_time_pencils_it_for_its_owner_alone(link, offer, world):
    guest = Client()
    slot = first_slot(guest.get(link).content.decode())
    assert guest.post(link, {"do": "pencil", "slot": slot}).status_code == 204
    assert Meeting.objects.get().state == "pencilled"
    assert first_slot(guest.get(link).content.decode()) == slot
    assert slots.read(slot)[0] not in [one.start for one in offers.free_slots(offer.meeting_type, host=world.noor)]


def test_a_needed_answer_is_asked_for_with_everything_typed_kept(link, offer):
    asked = offer.meeting_type.questions.create(
        text="Which sites?", in_languages={"de": "Welche Standorte?"}, required=True
    )
    guest = Client()
    page = guest.get(f"{link}?lang=de").content.decode()
    assert "Welche Standorte?" in page
    said = form_of(page, slot=first_slot(page), note="Bring the logbook.", guests="piet@maas-dekker.example")
    answer = guest.post(link, said)
    kept = answer.content.decode()
    assert answer.status_code == 409 and "Please answer this." in kept
    assert "Bring the logbook." in kept and "piet@maas-dekker.example" in kept
    again = form_of(kept, slot=first_slot(kept), **{f"answer-{asked.pk}": "All four"})
    assert guest.post(link, again).status_code == 302
    assert Meeting.objects.get(state="booked").answers == [{"question": "Which sites?", "answer": "All four"}]


def test_a_link_that_was_taken_back_opens_nothing(link, offer, world):
    offers.revoke(offer, by=world.ada)
    assert Client().get(link).status_code == 404


def test_a_meeting_whose_links_were_made_void_is_opened_by_new_ones_only(link):
    guest, meeting, own = booked(link)
    Meeting.objects.filter(pk=meeting.pk).update(link_number=1)
    meeting.refresh_from_db()
    assert [guest.get(own).status_code, guest.get(path_of(meeting_mails.manage_link(meeting))).status_code] == [
        404,
        200,
    ]


def test_presses_without_end_are_told_to_wait(link):
    guest = Client()
    codes = [guest.post(link, {"do": "pencil", "slot": "x"}).status_code for _ in range(32)]
    assert codes[-1] == 429 and codes[0] == 409


def test_links_guessed_without_end_are_told_to_wait():
    guest = Client()
    codes = [guest.get(f"/b/x{n}:y:z/").status_code for n in range(62)]
    assert (codes[0], codes[-1]) == (404, 429)


def test_an_assistant_with_another_address_books_for_the_same_account(link, world):
    guest = Client()
    page = guest.get(link).content.decode()
    guest.post(link, form_of(page, slot=first_slot(page), name="Mia Vos", email="assistant@elsewhere.example"))
    meeting = Meeting.objects.get(state="booked")
    assert (meeting.account, meeting.contact, meeting.guest_email) == (
        world.account,
        world.joost,
        "assistant@elsewhere.example",
    )


PURPOSES = (offers.LINK, meeting_mails.LINK, "unsubscribe", "invite", "reset", "calendar", "")


def test_no_token_of_another_purpose_or_team_opens_anything(offer, link):
    """S11: ten thousand tokens, each at a door it was not made for."""
    _, meeting, _ = booked(link)
    said = {"offer": offer.pk, "meeting": meeting.pk, "uid": meeting.uid, "number": 0}
    doors = ((offers.LINK, offers.read_link), (meeting_mails.LINK, meeting_mails.read_link))
    tried = opened = 0
    for n in range(10_000):
        purpose, read = doors[n % 2]
        others = [one for one in PURPOSES if one != purpose]
        foreign = n % 100 < 2  # the right purpose, but of another team
        token = links.sign(
            purpose if foreign else others[n % len(others)], **said, team=offer.team_id + foreign * (1 + n)
        )
        tried += 1
        try:
            read(token)
            opened += 1
        except Refused:
            continue
    assert (tried, opened) == (10_000, 0)


def test_a_second_tab_is_told_that_the_first_booked_already(link):
    guest = Client()
    page = guest.get(link).content.decode()
    guest.post(link, form_of(page, slot=first_slot(page)))
    late = guest.get(link, follow=True)
    assert "You have booked already" not in late.content.decode()
    other = guest.post(link, form_of(page, slot=first_slot(page), key="second tab"), follow=True)
    assert "You have booked already" in other.content.decode()


def test_moving_without_a_time_says_so_in_the_guests_language(link):
    guest, _, own = booked(link)
    answer = guest.post(own, {"do": "move", "lang": "de"})
    assert (answer.status_code, "Bitte zuerst einen Termin wählen." in answer.content.decode()) == (409, True)
    assert 'id="move" open' in answer.content.decode()


def test_who_cancelled_finds_the_way_to_another_time(link):
    guest, _, own = booked(link)
    page = guest.post(own, {"do": "cancel"}, follow=True).content.decode()
    again = re.search(r'href="(/b/[^"?]+)', page).group(1)
    assert first_slot(guest.get(again).content.decode())
    Offer.objects.update(revoked_at=clock.now())
    assert "/b/" not in guest.get(own).content.decode()


def test_a_time_that_somebody_else_would_hold_says_who(link, ruth, world):
    guest, meeting, own = booked(link)
    MeetingHost.objects.create(meeting_type=meeting.meeting_type, user=meeting.host)
    MeetingHost.objects.create(meeting_type=meeting.meeting_type, user=ruth)
    assert "<small>" not in guest.get(own).content.decode()  # the host they know is free whenever the other is
    ahead = {"first_day": meeting.starts_at.date(), "last_day": meeting.starts_at.date() + timedelta(days=3)}
    Vacation.objects.create(host=meeting.host, **ahead)
    assert f"<small>{ruth}</small>" in guest.get(own).content.decode()
