"""The funnel, the playbook and the booking pages on screen."""

import re

import pytest

from appointments.models import MeetingType, Playbook, Vacation
from crm import words
from tests.appointments.world import item_of, later, replied

INLINE = re.compile(
    r"""<[^>]+\s(style|on[a-z]+)=|<style|<script(?![^>]*\s(?:src=|type="application/json"))""", re.IGNORECASE
)  # a block of JSON is no script (HTML, "data block")


@pytest.fixture
def answered(world):
    return replied(world, "Tuesday works, can you send an invite?")


def test_the_verdict_is_the_headline(answered, world, as_):
    page = as_(world.ada).get("/funnel/").content.decode()
    assert re.search(r"<h1>Too few to say: \d+, need about \d+\.</h1>", page)
    assert "1 contacted, 1 replied" in page


def test_every_count_opens_the_accounts_behind_it(answered, world, as_):
    client = as_(world.ada)
    page = client.get("/funnel/").content.decode()
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/funnel/accounts/[^"]*)"', page)}
    assert {client.get(link).status_code for link in links} == {200}
    assert "Maas Dekker" in client.get("/funnel/accounts/?step=contacted").content.decode()


def test_the_replies_nobody_worked_say_what_and_how_late_to_whoever_reads_them(answered, world, stranger, as_):
    with later(days=3):
        seen, other = (
            as_(who).get("/funnel/accounts/?step=unworked").content.decode() for who in (world.ada, stranger)
        )
    item = item_of(answered)
    assert words.label(answered.label).text in seen and "days" in seen and f"/replies/{item.pk}/" in seen
    assert "Maas Dekker" in other and f"/replies/{item.pk}/" not in other and "late" not in other.split("<main")[1]


def test_a_cut_narrows_it_and_a_bad_one_is_said_at_its_field(answered, world, as_):
    client = as_(world.ada)
    assert "0 contacted" in client.get("/funnel/?since=2020-01-01&until=2020-02-01").content.decode()
    answer = client.get("/funnel/?route=99999")
    assert answer.status_code == 400
    assert "not one of the available choices" in answer.content.decode()


@pytest.mark.parametrize("step", ["", "owner__password", "said-nonsense", "x" * 300])
def test_an_unknown_step_is_refused(answered, world, as_, step):
    assert as_(world.ada).get("/funnel/accounts/", {"step": step}).status_code == 400


def test_what_if_works_as_a_plain_form(answered, world, as_):
    client = as_(world.ada)
    page = client.get("/funnel/?contacted=3&reply=100&qualified=100&booked=100&held=100").content.decode()
    assert "0 → 3 held meetings" in page
    assert client.get("/funnel/?contacted=nan&reply=1e999&held=-5").status_code == 200


def test_the_two_sums_to_know_by_heart_stand_on_the_page(answered, world, as_):
    page = as_(world.ada).get("/funnel/").content.decode()
    assert "100 replies, 20% held, answered so that 35% are: 20 → 35 held meetings, +75%" in page
    assert "Twice the sending instead, still 20%: 20 → 40" in page
    assert "€ 6,000 more" in page and "€ 800 more" in page  # 1,000 accounts on the list and at risk once more


TABLES = ["steps", "rates", "cohorts", "lost", "speed", "said", "what-if", "alike"]


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_a_file_cut_as_the_page_is(answered, world, as_, table):
    client = as_(world.ada)
    found = b"".join(client.get(f"/export/funnel-{table}.csv", {"since": "2020-01-01"}).streaming_content).decode()
    assert len(found.splitlines()) > 1 or table in ("cohorts", "lost", "said")
    assert client.get(f"/export/funnel-{table}.csv", {"route": "99999"}).status_code in (400, 409)


def test_the_funnel_is_asked_on_a_day_and_kept_as_a_view(answered, world, ruth, as_):
    client = as_(ruth)
    page = client.get("/funnel/?on=2026-06-08&prospector=" + str(world.ada.pk))
    assert "as it stood on" in page.content.decode()
    client.post("/views/", {"page": "funnel", "name": "Ada's", "query": "prospector=1", "back": "/funnel/"})
    assert "Ada&#x27;s" in client.get("/funnel/").content.decode()


def test_like_for_like_is_a_page_of_its_own(answered, world, as_):
    assert "left out" in as_(world.ada).get("/funnel/like-for-like/").content.decode()


def test_the_funnel_asks_the_database_as_often_however_many_there_are(
    answered, world, ruth, as_, django_assert_max_num_queries
):
    client = as_(ruth)
    client.get("/funnel/")
    with django_assert_max_num_queries(12):
        client.get("/funnel/")


def test_leads_write_the_playbook_and_others_read_it(world, ruth, as_):
    said = {"name": "Price", "label": "question", "language": "en", "body": "Hi {{first_name}}, it is 190 a site."}
    assert as_(world.ada).post("/playbook/new/", said).status_code == 409
    as_(ruth).post("/playbook/new/", said)
    row = Playbook.objects.get(name="Price")
    assert "Hi Joost, it is 190 a site." in as_(world.ada).get(f"/playbook/{row.pk}/").content.decode()


def test_an_unknown_field_in_a_draft_is_refused_where_it_stands(ruth, world, as_):
    said = {"name": "Price", "label": "question", "language": "en", "body": "Hi {{password}}"}
    answer = as_(ruth).post("/playbook/new/", said)
    assert answer.status_code == 400
    assert "Line 1" in answer.content.decode()
    assert "{{password}}" in answer.content.decode()


def test_leads_make_kinds_of_meeting(world, ruth, as_):
    said = {"name": "An hour on site", "minutes": 60, "buffer_before": 0, "buffer_after": 15, "hosts": [world.noor.pk]}
    said |= {"hosting": "turns", "most_guests": 0}
    assert as_(world.ada).post("/booking-pages/new/", said).status_code == 403
    as_(ruth).post("/booking-pages/new/", said)
    kind = MeetingType.objects.get(name="An hour on site")
    assert [row.user for row in kind.hosts.all()] == [world.noor]
    assert "An hour on site" in as_(world.ada).get("/booking-pages/").content.decode()


def test_days_away_are_ones_own(world, as_):
    mine = f"/hours/{world.noor.pk}/away/"
    as_(world.noor).post(mine, {"first_day": "2026-06-15", "last_day": "2026-06-19"})
    row = Vacation.objects.get()
    assert as_(world.ada).post(f"{mine}{row.pk}/drop/").status_code == 404
    as_(world.noor).post(f"{mine}{row.pk}/drop/")
    assert not Vacation.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["/today/", "/inbox/", "/meetings/", "/no-shows/", "/funnel/", "/playbook/", "/playbook/new/", "/booking-pages/"],
)
def test_no_page_carries_inline_script_or_style(answered, world, ruth, as_, address):
    assert INLINE.findall(as_(ruth).get(address).content.decode()) == []
