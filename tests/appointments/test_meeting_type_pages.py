"""A lead keeps kinds of meeting, their hosts, questions and turns; a member reads them."""

import pytest

from appointments.models import Credit, MeetingType
from appointments.services import booking, credits, offers
from tests.appointments.world import at, item_of, replied

pytestmark = pytest.mark.django_db
SAID = {
    "name": "Site visit", "minutes": "90", "buffer_before": "30", "buffer_after": "30", "hosting": "turns", "most_guests": "2",
    "question-new1": "Which gate?", "needed-new1": "on", "de-new1": "Welches Tor?", "question-new2": " ",
}  # fmt: skip


def test_a_lead_keeps_a_kind_with_hosts_shares_and_questions(world, ruth, as_):
    hosts = {"hosts": [world.noor.pk, world.ben.pk] if hasattr(world, "ben") else [world.noor.pk, world.ada.pk]}
    answer = as_(ruth).post("/booking-pages/new/", {**SAID, **hosts, f"weight-{world.noor.pk}": "3"})
    kind = MeetingType.objects.get(name="Site visit")
    asked = kind.questions.get()
    assert answer.status_code == 302
    assert (asked.text, asked.required, asked.words("de"), asked.words("fr")) == (
        "Which gate?",
        True,
        "Welches Tor?",
        "Which gate?",
    )
    assert dict(kind.hosts.values_list("user", "weight"))[world.noor.pk] == 3


def test_an_emptied_question_is_asked_no_more(world, ruth, as_):
    kind = MeetingType.objects.get()
    gone, stays = kind.questions.create(text="Old?", order=1), kind.questions.create(text="Kept?", order=2)
    said = SAID | {
        "name": kind.name,
        "hosts": [world.noor.pk],
        f"question-{gone.pk}": "",
        f"question-{stays.pk}": "Kept?",
    }
    as_(ruth).post(f"/booking-pages/{kind.pk}/", {k: v for k, v in said.items() if "new" not in k})
    assert [one.text for one in kind.questions.all()] == ["Kept?"]


def test_together_needs_two(world, ruth, as_):
    answer = as_(ruth).post("/booking-pages/new/", SAID | {"hosting": "together", "hosts": [world.noor.pk]})
    assert answer.status_code == 400 and "two or more" in answer.content.decode()


def test_the_page_shows_turns_and_ledger_and_a_balance_is_put_right(world, ruth, as_):
    kind = MeetingType.objects.get()
    credits.set_hosts(kind, {world.noor.pk: 1, world.ada.pk: 1}, by=ruth)
    said = {"host": world.noor.pk, "amount": "2", "note": "Two demos by phone"}
    assert as_(ruth).post(f"/booking-pages/{kind.pk}/turns/", said).status_code == 302
    page = as_(ruth).get(f"/booking-pages/{kind.pk}/").content.decode()
    assert "Two demos by phone" in page and credits.balances(kind)[world.noor.pk] == 2


def test_a_kind_that_is_put_away_is_offered_no_more_and_the_last_one_stays(world, ruth, as_):
    first = MeetingType.objects.get()
    assert as_(ruth).post(f"/booking-pages/{first.pk}/away/", headers={"accept": "text/html"}).status_code == 409
    second = MeetingType.objects.create(name="Second", slug="second", team=world.ada.team)
    as_(ruth).post(f"/booking-pages/{second.pk}/away/")
    assert offers.meeting_type_for(world.ada.team_id) == first


def test_a_member_keeps_no_kinds_and_puts_no_balance_right(world, as_):
    kind = MeetingType.objects.get()
    client = as_(world.ada)
    codes = [client.post(f"/booking-pages/{kind.pk}/{what}", {}).status_code for what in ("", "away/", "turns/")]
    assert all(code in (403, 404) for code in codes) and not Credit.objects.exists()


def test_a_colleague_is_asked_along_and_links_are_made_void_on_the_page(world, as_):
    item = item_of(replied(world, "Tuesday works."))
    meeting = booking.book_for(item, at(16, 9), by=world.ada)
    client = as_(world.ada)
    client.post(f"/meetings/{meeting.pk}/guests/", {"name": "Piet", "email": "piet@maas-dekker.example"})
    client.post(f"/meetings/{meeting.pk}/links/")
    meeting.refresh_from_db()
    assert (meeting.guests.get().email, meeting.link_number) == ("piet@maas-dekker.example", 1)


def test_a_stranger_asks_nobody_along(world, as_, stranger):
    meeting = booking.book_for(item_of(replied(world, "Tuesday works.")), at(16, 9), by=world.ada)
    assert as_(stranger).post(f"/meetings/{meeting.pk}/guests/", {"email": "x@y.example"}).status_code == 404


def test_an_open_link_is_made_void_from_the_reply(world, as_):
    item = item_of(replied(world, "Tuesday works."))
    offer = offers.offer(item, [at(16, 9)], by=world.ada)
    as_(world.ada).post(f"/replies/{item.pk}/link/{offer.pk}/void/")
    offer.refresh_from_db()
    assert offer.revoked_at
