"""Who works replies: the team's setting, who is there, and what happens to what is open."""

from datetime import timedelta

import pytest

from appointments.models import WorkItem
from appointments.services import escalating, work_items
from crm import clock
from crm.models import Event, Team, User
from crm.services import people
from tests.appointments.world import item_of, later, replied

pytestmark = pytest.mark.django_db
CURIOUS = "Sounds interesting, tell me more."


def way(team):
    return Team.objects.get(pk=team.pk).setters


def test_a_lead_sets_who_works_replies(world, north, ruth, as_):
    client = as_(ruth)
    page = client.get("/team/").content.decode()
    assert "Whoever wrote to them" in page and "At work" in page
    client.post(f"/team/{north.pk}/replies/", {"way": "round_robin"})
    assert way(north) == "round_robin" and Event.objects.filter(kind="team.setters").exists()


def test_who_leaves_leaves_no_reply_behind(world, ben, adm, as_):
    item = item_of(replied(world, CURIOUS))
    fields = {"email": world.ada.email, "name": "Ada", "job": "sdr", "team": world.ada.team_id, "zone": "Europe/London", "country": "GB"}  # fmt: skip
    hours = {"hours-TOTAL_FORMS": "0", "hours-INITIAL_FORMS": "0"}
    answer = as_(adm).post(f"/admin/crm/user/{world.ada.pk}/change/", fields | hours)  # not active any more
    assert answer.status_code == 302, answer.content.decode()
    due = item.due_at
    item.refresh_from_db()
    assert (item.setter, item.due_at) == (ben, due)
    assert not User.objects.get(pk=world.ada.pk).is_active


def test_who_joins_another_team_takes_no_reply_along(world, ben, south):
    item = item_of(replied(world, CURIOUS))
    world.ada.team = south
    world.ada.save()
    people.left(world.ada, by="the admin")
    item.refresh_from_db()
    assert item.setter == ben


def test_what_is_no_way_is_refused(world, north, ruth, as_):
    assert as_(ruth).post(f"/team/{north.pk}/replies/", {"way": "dice"}).status_code == 409
    assert way(north) == "prospector"


def test_others_do_not_set_it(world, north, ada, stranger, south, as_):
    lead = User.objects.create_user("una@baton.example", "x", name="Una", job="lead", team=south)
    for user in (ada, stranger, lead):
        assert as_(user).post(f"/team/{north.pk}/replies/", {"way": "pool"}).status_code in (403, 404)
    assert way(north) == "prospector"


def test_when_the_pool_ends_what_nobody_took_is_given_out(world, north, ada, ben, ruth, as_):
    client = as_(ruth)
    client.post(f"/team/{north.pk}/replies/", {"way": "pool"})
    item = item_of(replied(world, CURIOUS))
    assert item.setter is None
    client.post(f"/team/{north.pk}/replies/", {"way": "prospector"})
    assert WorkItem.objects.get(pk=item.pk).setter == ada


def test_a_lead_says_that_someone_is_away_and_back(world, ada, ruth, as_):
    client = as_(ruth)
    client.post(f"/team/people/{ada.pk}/")
    assert User.objects.get(pk=ada.pk).is_away
    client.post(f"/team/people/{ada.pk}/", {"back": "1"})
    assert not User.objects.get(pk=ada.pk).is_away


def test_the_page_asks_no_more_for_more_people(world, north, ruth, as_, django_assert_max_num_queries):
    client = as_(ruth)
    client.get("/team/")
    for n in range(8):
        User.objects.create_user(f"s{n}@baton.example", "x", name=f"S{n}", job="sdr", team=north)
    with django_assert_max_num_queries(16):
        assert "S7" in client.get("/team/").content.decode()


def test_what_nobody_took_stands_on_everyones_today(world, north, ada, ben, ruth, stranger, as_):
    Team.objects.filter(pk=north.pk).update(setters="pool")
    replied(world, CURIOUS)
    for user, there in ((ada, True), (ben, True), (ruth, True), (stranger, False)):
        assert ("Joost Dekker" in as_(user).get("/today/").content.decode()) is there


def test_health_counts_what_is_overdue_and_unworked_without_content(world, north, client, monkeypatch):
    monkeypatch.setattr("crm.gateways.broker.answers", lambda url: True)
    Team.objects.filter(pk=north.pk).update(setters="pool")
    replied(world, CURIOUS)
    said = [one for one in client.get("/healthz").json()["reasons"] if one.startswith("replies")]
    assert said == ["replies: 1 unworked, nobody has taken them"]
    with later(hours=2):
        said = [one for one in client.get("/healthz").json()["reasons"] if one.startswith("replies")]
    assert said[0] == "replies: 1 overdue, the oldest promise ran out 2026-06-08 10:00 UTC" and "Joost" not in str(said)


def test_the_funnels_figure_of_unworked_replies_opens_them(world, ada, as_):
    item = item_of(replied(world, CURIOUS))
    with later(hours=2):
        page = as_(ada).get("/funnel/accounts/?step=unworked").content.decode()
    assert f"/replies/{item.pk}/" in page


# Admin -----------------------------------------------------------------------------------------------------------


def act(client, noun, action, row, **answers):
    given = {"answered": "1", **answers} if answers else {}
    page = client.post(f"/admin/{noun}/", {"action": action, "_selected_action": [row.pk], **given}, follow=True)
    return " ".join(str(one) for one in page.context["messages"])


def test_the_admin_shows_all_that_came_of_a_reply_as_one_history(world, adm, as_, ada, ben):
    reply = replied(world, CURIOUS)
    work_items.hand_over(item_of(reply), ben, by=ada)
    page = as_(adm).get(f"/admin/prospecting/reply/{reply.pk}/change/").content.decode()
    for words in ("Handed over", "In the queue", "Qualification", "Meetings and reminders"):
        assert words in page


def test_the_verbs_of_a_reply_are_guarded_in_the_admin(world, adm, as_, ada, ben, stranger):
    client, reply = as_(adm), replied(world, CURIOUS)
    noun = "prospecting/reply"
    act(client, noun, "hand_over", reply, to=ben.pk)
    assert item_of(reply).setter == ben
    assert "not in Team North" in act(client, noun, "hand_over", reply, to=stranger.pk)
    assert (
        "what the account does next" in act(client, noun, "done", reply, outcome="answered", next="nonsense")
        or item_of(reply).state != "done"
    )
    act(client, noun, "snooze", reply, day=(clock.now() + timedelta(days=3)).date())
    assert item_of(reply).state == "snoozed"
    act(client, noun, "done", reply, outcome="answered", next="resume")
    assert item_of(reply).state == "done"
    assert "Open it again" in act(client, noun, "hand_over", reply, to=ada.pk)
    act(client, noun, "reopen", reply)
    assert item_of(reply).state == "open"


def test_a_reply_that_asks_for_nothing_says_so(world, adm, as_, ben):
    reply = replied(world, "Not now, please come back in October.")
    assert "Nothing is to be done" in act(as_(adm), "prospecting/reply", "hand_over", reply, to=ben.pk)


def test_the_queue_in_the_admin_filters_what_is_overdue(world, adm, as_):
    replied(world, CURIOUS)
    with later(hours=2):
        escalating.escalate_due()
        rows = as_(adm).get("/admin/appointments/workitem/?overdue=true").context["cl"].result_count
        none = as_(adm).get("/admin/appointments/workitem/?unworked=true").context["cl"].result_count
    assert (rows, none) == (1, 0)


def test_the_admin_sets_who_works_replies_by_the_same_verb(world, north, adm, as_):
    act(as_(adm), "crm/team", "who_works", north, way="round_robin")
    assert way(north) == "round_robin" and Event.objects.filter(kind="team.setters", actor=adm).exists()
