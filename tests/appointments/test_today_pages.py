"""Today and the counts beside the navigation."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.models import WorkItem
from crm import clock
from tests.appointments.world import replied
from tests.prospecting.world import person_at

WANTS = "Tuesday works, can you send an invite?"


def test_who_waits_too_long_comes_first(world, as_):
    replied(world, WANTS)
    with clock.at(clock.now() + timedelta(hours=2)):
        page = as_(world.ada).get("/today/").content.decode()
    assert page.index("Late: no one has answered these") < page.index("Joost Dekker")
    assert "1 h 55 min late" in page


def test_a_calm_day_says_that_nobody_waits(world, as_):
    assert "Nobody is waiting for you" in as_(world.ada).get("/today/").content.decode()


def test_a_stranger_sees_nothing_of_it(world, stranger, as_):
    replied(world, WANTS)
    assert "Joost" not in as_(stranger).get("/today/").content.decode()


def test_htmx_gets_the_part_alone(world, as_):
    part = as_(world.ada).get("/today/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


def test_the_counts_find_their_own_place(world, as_):
    replied(world, WANTS)
    counts = as_(world.ada).get("/today/counts/").content.decode()
    assert '<span class="count" id="count-inbox" hx-swap-oob="true">1</span>' in counts


def test_the_query_count_does_not_grow_with_the_rows(world, as_):
    client = as_(world.ada)
    replied(world, WANTS)
    few = queries(client, "/today/")
    for name in ("Anna Bos", "Bram Vos", "Cato Smit", "Daan Mol"):
        replied(world, WANTS, sender=person_at(world.account, name, "user").email, name=name)
    assert WorkItem.objects.count() == 5
    assert queries(client, "/today/") == few


def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert client.get(address).status_code == 200
    return len(found)


@pytest.mark.parametrize(
    "address", ["/today/", "/inbox/", "/meetings/", "/funnel/", "/no-shows/", "/playbook/", "/booking-pages/"]
)
def test_nobody_is_sent_to_sign_in(organisation, client, address):
    assert client.get(address).headers["Location"].startswith("/accounts/sign-in/")
