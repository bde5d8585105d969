"""What a route taught us: contacted, answered, met; whom to begin with; overrides; never a rate from too few."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.models import Contact
from crm.services import intake
from prospecting.models import Override, Reply, Touch
from prospecting.reports import learning
from prospecting.rules import ladder
from prospecting.rules.learning import First, Share, enough, verdict
from prospecting.services import milestones, segments, sending
from prospecting.signals import reply_received
from tests.prospecting.world import MONDAY, Server, account_named, enrolled, person_at

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(days=60)


@pytest.fixture(autouse=True)
def left_half_alone(monkeypatch):
    """What the right half does about a reply is told in its own tests."""
    monkeypatch.setattr(reply_received, "receivers", [])
    reply_received.sender_receivers_cache.clear()
    yield
    reply_received.sender_receivers_cache.clear()


def walked(world, name, *, says="", meets=False):
    """An account whose problem owner was written to, answered and met as told."""
    account, server = account_named(name, owner=world.ada), Server()
    person = person_at(account, f"Otto {name}", "problem-owner")
    segments.refresh_list(world.segment)
    walk = enrolled(world, account)
    sending.send_due(hand_over=server)
    if says:
        raw = (
            f"From: Otto <{person.email}>\r\nTo: ada@baton.example\r\nSubject: Re: Four sites\r\nMessage-ID: <{name}@{account.domain}>\r\n"
            f"In-Reply-To: <{server.kept[0].message_id}>\r\nDate: Mon, 08 Jun 2026 10:00:00 +0000\r\n\r\nHello\r\n"
        ).encode()
        with clock.at(MONDAY + timedelta(hours=1)):
            intake.receive(raw, recipients=["ada@baton.example"])
        Reply.objects.filter(account=account).update(label=says, counts=True)
        milestones.reach(account, ladder.ENGAGED, enrollment=walk, contact=person, by="the test")
    if meets:
        milestones.reach(account, ladder.HELD, enrollment=walk, contact=person, by="the test")
    return walk


@pytest.fixture
def four(world):
    for name, says, meets in (("Alpha", "interested", True), ("Beta", "wrong_person", False), ("Gamma", "", False)):
        walked(world, name, says=says, meets=meets)
    world.cut = learning.Cut(world.route.route)
    return world


def test_each_stage_and_role_is_counted_in_accounts(four):
    [row] = learning.by_stage(four.cut)
    counted = {name: row[name] for name in ("stage", "place", "role_name", "contacted", "answered", "held", "wrong")}
    assert counted == {
        "stage": "Problem owner", "place": 1, "role_name": "Problem owner", "contacted": 3, "answered": 2, "held": 1, "wrong": 1,
    }  # fmt: skip


def test_every_figure_opens_the_accounts_behind_it(four, ada, as_):
    page = as_(ada).get(f"/routes/{four.route.route_id}/learning/")
    [row] = page.context["stages"]
    for what in ("contacted", "answered", "held", "wrong"):
        shown = as_(ada).get(f"{row['behind']}&what={what}")
        assert len(shown.context["page"].rows) == row[what], what


def test_who_said_they_are_the_wrong_person_is_read_by_their_team(four, stranger, as_):
    page = as_(stranger).get(f"/routes/{four.route.route_id}/learning/")
    [row] = page.context["stages"]
    shown = as_(stranger).get(f"{row['behind']}&what=wrong")
    assert row["wrong"] == 1
    assert shown.context["page"].rows == []
    assert "read by the team" in shown.content.decode()


def test_the_first_role_counts_walks_as_old_as_their_patience(four):
    young, left_out = learning.by_first_role(four.cut, MONDAY + timedelta(days=2))
    old, none_left = learning.by_first_role(four.cut, LATER)
    assert (young, left_out, none_left) == ([], 3, 0)
    assert [(row["role_name"], row["accounts"], row["answered"], row["held"]) for row in old] == [
        ("Problem owner", 3, 2, 1)
    ]


def test_a_touch_that_came_back_is_no_contact_and_a_voided_meeting_none(four):
    walk = walked(four, "Delta", says="interested", meets=True)
    milestones.void(walk, ladder.HELD, why="it was not")
    Touch.objects.filter(account__name="Gamma", state="sent").update(state="bounced")
    [row] = learning.by_stage(four.cut)
    assert (row["contacted"], row["held"]) == (3, 1)


def test_an_answer_from_before_we_wrote_is_no_answer_to_it(four):
    Reply.objects.update(at=MONDAY - timedelta(days=1))
    [row] = learning.by_stage(four.cut)
    assert row["answered"] == 0


def test_the_cut_by_version_and_segment_narrows(four, ada):
    other = segments.create_segment(name="Other", statement="x", rule="sites > 99", route_version=four.route, by=ada)
    assert learning.by_stage(learning.Cut(four.route.route, version=2)) == []
    assert learning.by_stage(learning.Cut(four.route.route, segment=other)) == []
    assert learning.by_stage(learning.Cut(four.route.route, segment=four.segment))[0]["contacted"] == 3


def test_overrides_are_counted_with_what_came_of_them(four, ruth):
    alpha = Contact.objects.get(last_name="Alpha")
    beta = Contact.objects.get(last_name="Beta")
    for person, at in ((alpha, MONDAY), (beta, MONDAY), (beta, MONDAY - timedelta(days=9))):
        account = person.memberships.get().account
        Override.objects.create(
            account=account, contact=person, reason="account_cap", sentence="He asked.", by=ruth, at=at
        )
    Reply.objects.filter(contact=beta).update(label="not_interested")
    [row] = learning.by_override(four.cut)
    assert (row["times"], row["answered"], row["held"], row["stopped"]) == (2, 2, 1, 1)


# What it says -----------------------------------------------------------------------------------------------------


def test_a_share_of_too_few_is_never_a_rate():
    assert Share(3, 14, 60).words == "Too few to say: 14, need about 60"
    assert Share(0, 0, 60).words == "nobody yet"
    assert Share(30, 100, 60).words == "30 %, likely 22 % to 40 %"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "Nobody was written to on this route yet."),
        ([First("Approver", 14, 3)], "Too few to say whom to begin with: 14, need about"),
        ([First("Approver", 900, 90)], "there is nothing to compare it with"),
        ([First("Approver", 900, 90), First("Champion", 20, 19)], "there is nothing to compare"),
        ([First("Approver", 900, 90), First("Champion", 900, 20)], "Begin with the approver: 90 of 900 held a meeting"),
        ([First("Approver", 900, 90), First("Champion", 900, 88)], "may be chance"),
    ],
)
def test_whom_to_begin_with_is_said_only_where_chance_does_not_say_it_too(rows, says):
    assert says in verdict(rows)


def test_how_many_are_needed_follows_what_the_route_usually_has():
    assert enough([First("a", 100, 20)]) < enough([First("a", 100, 5)])
    assert enough([First("a", 100, 0)]) == enough([]) > 0


def test_the_page_asks_no_more_when_there_is_more(four, ada, as_, django_assert_num_queries):
    client, path = as_(ada), f"/routes/{four.route.route_id}/learning/"
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for name in ("Delta", "Echo", "Foxtrot"):
        walked(four, name, says="interested")
    with django_assert_num_queries(len(few)):
        client.get(path)


@pytest.mark.parametrize(
    "query", ["version=x&segment=y", "version=-1", "segment=99999999999999999999", "version=2147483648000"]
)
def test_a_cut_nobody_gave_is_left_out(four, ada, as_, query):
    assert as_(ada).get(f"/routes/{four.route.route_id}/learning/?{query}").status_code == 200
    tail = "&stage=%00&role=x&first=y&reason=%00&what=password&after=nonsense"
    assert as_(ada).get(f"/routes/{four.route.route_id}/learning/accounts/?{query}{tail}").status_code == 200
