"""Counts and rungs are everyone's; what was said is read by the team of its conversation."""

import pytest

from appointments.services import classifying
from crm.models import Contact, Event
from prospecting.services.guard import may_contact
from tests.appointments.world import later, read_as, replied

pytestmark = pytest.mark.django_db


@pytest.fixture
def declined(world):
    reply = replied(world, "Sounds interesting, tell me more.")
    classifying.correct(reply, "objection_competitor", by=world.ada)
    return reply


def route(client, world):
    return client.get(f"/accounts/{world.account.pk}/route/", headers={"HX-Request": "true"}).content.decode()


def test_the_route_map_says_what_was_said_to_its_team_and_that_they_answered_to_others(declined, world, stranger, as_):
    assert "has a supplier" in route(as_(world.ada), world)
    page = route(as_(stranger), world)
    assert "has a supplier" not in page
    assert "Answered" in page


def test_a_list_by_label_holds_only_what_one_may_read(declined, world, stranger, as_):
    address = "/funnel/accounts/?step=said-objection_competitor"
    with later(days=1):
        assert "Maas Dekker" in as_(world.ada).get(address).content.decode()
        page = as_(stranger).get(address).content.decode()
    assert "Maas Dekker" not in page
    assert "read by its team" in page


def test_counts_stay_the_same_for_everyone(declined, world, stranger, as_):
    with later(days=1):
        mine, theirs = (as_(user).get("/funnel/").context["labels"] for user in (world.ada, stranger))
        assert [(row["label"], row["count"]) for row in mine] == [(row["label"], row["count"]) for row in theirs]
        page = as_(stranger).get("/funnel/accounts/?step=engaged").content.decode()
    assert "Maas Dekker" in page


def test_the_reasons_that_everyone_reads_do_not_repeat_it(declined, world, stranger, as_):
    world.joost.refresh_from_db()
    assert world.joost.stopped_reason == "Joost Dekker answered"
    openly = Event.objects.filter(account=world.account, team=None).values_list("why", flat=True)
    assert not any("has a supplier" in why.lower() for why in openly)
    page = as_(stranger).get(f"/accounts/{world.account.pk}/").content.decode()
    assert "has a supplier" not in page.lower()


def test_an_opt_out_stands_on_the_record_of_the_person_for_everyone(world, stranger, as_):
    replied(world, "Please remove me from your list and stop writing to me.")
    assert "Wants no more mail" in route(as_(stranger), world)


def test_who_was_named_is_known_to_everyone_and_in_which_words_to_the_team(world, stranger, as_):
    read_as(
        world, "referral", "You should speak to my colleague Anouk Vries (anouk@maas-dekker.example), she handles this."
    )
    anouk = Contact.objects.get(email="anouk@maas-dekker.example")
    assert anouk.memberships.get().evidence == "Joost Dekker answered"
    assert Event.objects.get(kind="contact.quoted").team == world.ada.team
    pages = {user: as_(user).get(f"/people/{anouk.pk}/").content.decode() for user in (world.ada, stranger)}
    assert "Anouk Vries was named" in pages[world.ada] and "Anouk Vries was named" not in pages[stranger]
    assert "Joost Dekker answered" in pages[stranger]


def test_the_cool_off_says_to_everyone_that_they_answered_and_not_what(declined, world):
    said = may_contact(world.account, world.willem, now=declined.at).sentence
    assert "said no" not in said
