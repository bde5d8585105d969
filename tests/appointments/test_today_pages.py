"""Today and the counts beside the navigation."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments import queries as questions
from appointments.models import WorkItem
from appointments.services.late import reasons
from crm import clock
from tests.appointments.world import item_of, replied
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


def test_the_number_beside_the_inbox_is_that_of_its_tabs_and_leaves_out_what_is_put_off(world, as_):
    mine, pool, later = [
        WorkItem.objects.get(
            reply=replied(world, WANTS, sender=person_at(world.account, name, "user").email, name=name)
        )
        for name in ("Anna Bos", "Bram Vos", "Cato Smit")
    ]
    WorkItem.objects.filter(pk__in=[mine.pk, later.pk]).update(setter=world.ada)
    WorkItem.objects.filter(pk=pool.pk).update(setter=None)
    WorkItem.objects.filter(pk=later.pk).update(state="snoozed", snoozed_until=clock.now() + timedelta(days=1))
    client, inside = as_(world.ada), {"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox/?box=team"}
    counts = client.get("/today/counts/", headers=inside).content.decode()
    assert 'id="count-inbox" hx-swap-oob="true">2<' in counts
    page = client.get("/inbox/").content.decode()
    for tab, number in (("yours", 1), ("pool", 1), ("team", 2)):
        assert f'<span id="tab-{tab}" hx-swap-oob="true">{number}</span>' in counts
        assert f'<span id="tab-{tab}">{number}</span>' in page
    assert "tab-" not in client.get("/today/counts/").content.decode()


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


def test_late_is_one_number_wherever_it_is_said(world: Any, ruth: Any) -> None:
    """On Today, beside the navigation, and for whoever watches over the installation; a task is nobody who waits."""
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    for what, late in (("answer", 1), ("answer_counter", 1), ("find_successor", 0)):
        WorkItem.objects.filter(pk=item.pk).update(
            what=what, setter=ruth, reply=None if what == "answer_counter" else item.reply_id
        )
        with clock.at(clock.now() + timedelta(days=3)):
            now = clock.now()
            assert questions.overdue(WorkItem.objects.all(), now).count() == late
            assert questions.counts(ruth, now)["late"] == len(questions.today(ruth, now)["late"]) == late
            assert any("overdue" in reason for reason in reasons()) == bool(late)
