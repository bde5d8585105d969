"""Reply rate, and what the account page says."""

from datetime import timedelta

from crm import clock
from prospecting import queries
from prospecting.models import Milestone, Touch
from prospecting.rules import ladder
from prospecting.services import milestones, planner, reactions, segments, sending
from tests.prospecting.figures import left_half
from tests.prospecting.world import MONDAY, Server, account_named, enrolled, person_at


def walked(world, name, *, replied):
    account = account_named(name, owner=world.ada)
    person_at(account, f"Otto {name}", "problem-owner")
    person_at(account, f"Anna {name}", "approver", title="Boss")
    segments.refresh_list(world.segment)
    walk = enrolled(world, account)
    sending.send_due(hand_over=Server())
    if replied:
        milestones.reach(account, ladder.ENGAGED, enrollment=walk, by="the test")
    return walk


def test_reply_rate_is_accounts_engaged_of_accounts_contacted(world):
    for n in range(4):
        walked(world, f"Store{n}", replied=n == 0)
    half = left_half()
    assert (half["targeted"], half["contacted"], half["engaged"], half["rate"]) == (4, 4, 1, 0.25)


def test_an_engagement_without_a_contact_is_inbound_and_in_no_rate(world):
    walk = enrolled(world)
    milestones.reach(world.account, ladder.ENGAGED, enrollment=walk, by="the test")
    half = left_half()
    assert (half["engaged"], half["inbound"], half["rate"]) == (0, 1, None)


def test_a_voided_contact_is_not_counted(world):
    walk = walked(world, "Store", replied=False)
    milestones.void(walk, ladder.CONTACTED, why="bounced")
    assert left_half()["contacted"] == 0
    assert Milestone.objects.filter(enrollment=walk, rung="contacted").count() == 2


def test_a_young_cohort_is_kept_out_of_the_verdict(world):
    walked(world, "Store", replied=True)
    young = left_half(now=MONDAY + timedelta(days=2))
    old = left_half(now=MONDAY + timedelta(days=60))
    assert (young["targeted"], young["mature"]["targeted"], old["mature"]["targeted"]) == (1, 0, 1)


def test_a_cohort_is_of_those_who_were_enrolled_in_its_days(world):
    walk = walked(world, "Store", replied=True)
    assert left_half(segment=world.segment)["accounts"] == [walk.account_id]
    assert left_half(since=MONDAY + timedelta(days=1))["accounts"] == []


def test_the_account_page_says_what_happens_next_and_under_which_versions(world):
    enrolled(world)
    said = queries.explain(world.account)
    assert said["next"] == "One mail to Joost Dekker, Mon 8 June at the earliest."
    assert said["not_else"].startswith("Approver opens after silence")
    assert said["versions"] == (
        "Cold-store operators, v1, Ops-led, route 1, Four sites, v1, politeness policy 1; pinned on Mon 8 June."
    )


def test_while_somebody_talks_nothing_is_sent_and_it_says_so(world):
    enrolled(world)
    reactions.pause_account(world.account, "Joost Dekker wrote.", by="the intake")
    said = queries.explain(world.account)
    assert said["next"] == "Nothing is sent until the answer is worked and done. Joost Dekker wrote."


def test_an_account_nobody_walks_says_so(world):
    assert queries.explain(world.account)["next"] == "Nothing is planned: Maas Dekker is not enrolled."


def test_the_route_map_shows_people_along_their_stages(world, server):
    enrolled(world)
    sending.send_due(hand_over=server)
    stages = queries.route_map(world.account)["stages"]
    assert [(s["name"], s["state"]) for s in stages] == [("Problem owner", "open"), ("Approver", "shut")]
    assert stages[0]["people"][0]["did"] == "1 mail"


def test_the_route_map_names_who_is_off_the_route(world):
    person_at(world.account, "Lars Legal", "legal")
    enrolled(world)
    assert [m.contact.name for m in queries.route_map(world.account)["off_route"]] == ["Lars Legal"]


def test_why_it_was_sent_is_kept_with_the_attempt(world, server):
    enrolled(world)
    sending.send_due(hand_over=server)
    row = queries.sent_or_not(world.account)[0]
    assert (row["decision"], row["who"]) == ("Sent", "Joost Dekker")
    assert row["why"].startswith("Joost Dekker may be written to: the stage is open")


def test_planning_one_account_asks_a_bounded_number_of_queries(world, server, django_assert_max_num_queries):
    walk = enrolled(world)
    sending.send_due(hand_over=server)
    with clock.at(MONDAY + timedelta(days=2)), django_assert_max_num_queries(40):
        planner.plan(walk)
    assert Touch.objects.filter(state="planned").exists()


def test_the_ladder_shows_the_day_of_each_rung(world):
    enrolled(world)
    rungs = {row["rung"]: row["reached"] for row in queries.rungs(world.account)}
    assert (rungs["targeted"], rungs["contacted"]) == (True, False)


def test_list_health_counts_roles_that_are_missing(world, ada):
    account_named("Lonely", owner=ada)
    segments.refresh_list(world.segment)
    health = queries.health(world.segment)
    assert [(row["role"].slug, row["percent"]) for row in health["coverage"]] == [
        ("problem-owner", 50),
        ("approver", 50),
    ]
    assert health["missing_roles"] == 2
