"""Benchmarks and costs: leads change them, and the funnel compares with them."""

import pytest

from appointments.models import Benchmark, Cost
from crm.models import Event

pytestmark = pytest.mark.django_db
SAID = {"reply_rate": "9.5", "reply_to_meeting_rate": "40", "account_on_list": "7.25", "touch_sent": "1",
        "working_hour": "50", "currency": "GBP"}  # fmt: skip


def test_a_lead_changes_what_the_funnel_compares_with(ruth, as_):
    client = as_(ruth)
    assert "/funnel/figures/" in client.get("/funnel/").content.decode()
    assert client.post("/funnel/figures/", SAID).headers["Location"] == "/funnel/"
    assert dict(Benchmark.objects.values_list("key", "value")) == {"reply_rate": 0.095, "reply_to_meeting_rate": 0.4}
    assert Cost.objects.get(key="working_hour").amount == 50
    assert "£ 50.00 an hour" in client.get("/funnel/").content.decode()


def test_what_changed_stands_on_the_timeline(ruth, as_):
    as_(ruth).post("/funnel/figures/", SAID)
    event = Event.objects.get(kind="figures.changed")
    assert (event.actor, event.facts["reply_rate"]) == (ruth, ["0.08", "0.095"])


def test_it_shows_percent_as_people_write_them(ruth, as_):
    assert 'value="8.0"' in as_(ruth).get("/funnel/figures/").content.decode()


@pytest.mark.parametrize(("field", "value"), [("reply_rate", "101"), ("working_hour", "-1"), ("currency", "euro")])
def test_a_figure_that_cannot_be_is_refused_at_its_field(ruth, as_, field, value):
    answer = as_(ruth).post("/funnel/figures/", {**SAID, field: value})
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert Benchmark.objects.get(key="reply_rate").value == 0.08


def test_others_neither_see_the_link_nor_change_anything(ada, as_):
    client = as_(ada)
    assert "/funnel/figures/" not in client.get("/funnel/").content.decode()
    assert client.post("/funnel/figures/", SAID).status_code == 403
    assert Benchmark.objects.get(key="reply_rate").value == 0.08
