"""Closed work is attributed once, and what outcomes say of a rule becomes a draft only by a person's hand."""

import dataclasses
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event
from prospecting import findings
from prospecting.models import Attribution, EnrolledFacts, Enrollment, Milestone, SegmentVersion, Touch
from prospecting.rules import ladder
from prospecting.services import attributing, milestones, proposals, reactions, segments, stages
from prospecting.services import enrollment as walking
from tests.prospecting.world import MONDAY, account_named, person_at, small_world

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(days=90)


def begun(world, names, **fields):
    """Accounts with a problem owner each, on the list and walking."""
    for name in names:
        person_at(account_named(name, owner=world.ada, **fields), f"Otto {name}", "problem-owner")
    segments.refresh_list(world.segment)
    accounts = Account.objects.filter(name__in=names)
    road = {"segment": world.segment, "sequence_version": world.sequence, "prospector": world.ada, "by": world.ada}
    walks = {walk.account.name: walk for walk in walking.enroll_many(accounts, **road)}
    return [walks[name] for name in names]


def forty_plants(ada):
    """Twenty plants with one site of whom nobody answered, twenty with six of whom most did; all had their time."""
    world = small_world(ada)
    few = begun(world, [f"Small {n}" for n in range(20)], sites=1)
    many = begun(world, [f"Large {n}" for n in range(20)], sites=6)
    rows = [
        Milestone(enrollment=walk, account=walk.account, rung=ladder.CONTACTED, at=MONDAY) for walk in [*few, *many]
    ]
    rows += [Milestone(enrollment=walk, account=walk.account, rung=ladder.ENGAGED, at=MONDAY) for walk in many[:16]]
    Milestone.objects.bulk_create(rows)
    return world


@pytest.fixture
def forty(ada, monday, once):
    return once(forty_plants, ada)


# What was known -------------------------------------------------------------------------------------------------


def test_what_was_known_at_the_beginning_stays_as_it_was(world):
    [walk] = begun(world, ["Alpha"], sites=2, employees=80)
    Account.objects.filter(name="Alpha").update(sites=9, industry="Dairy")

    facts = EnrolledFacts.objects.get(enrollment=walk).facts
    assert (facts["sites"], facts["employees"], facts["industry"]) == (2, 80, "Cold storage")
    assert facts["role_filled"] == ["Problem owner"]


def test_findings_are_measured_on_what_was_known_then(forty):
    Account.objects.update(sites=6)

    found = findings.taught(forty.segment, LATER)
    assert found.proposals == []  # nobody on the list has one site any more
    assert found.search.proposals[0].keep.rule == "sites >= 6"
    assert found.measured.as_of_today == 0


def test_where_nothing_was_kept_todays_facts_are_taken_and_counted(forty):
    EnrolledFacts.objects.all().delete()

    assert findings.measured(forty.segment, LATER).as_of_today == 40


# The proposal ---------------------------------------------------------------------------------------------------


def test_the_outcomes_propose_an_edit_with_its_dry_run(forty):
    [one] = findings.taught(forty.segment, LATER).proposals

    assert one.key == "sites >= 6"
    assert "20 accounts, 0 answered and 0 held a meeting; of the 20 others 16 did" in one.sentence
    assert one.removes == "would remove 21 of 41 targeted"  # the 41st has four sites and walks nothing
    assert one.expected.startswith("answered: 40 % of the contacted until now, 80 % without this group")


def test_walks_that_are_too_young_say_nothing(forty):
    found = findings.taught(forty.segment, MONDAY + timedelta(days=1))

    assert (found.search.accounts, found.measured.young, found.proposals) == (0, 40, [])


def test_accepting_makes_a_draft_and_changes_nothing_else(forty, ruth):
    before = list(forty.segment.target_list.entries.values_list("account", "left_at"))
    with clock.at(LATER):
        draft = proposals.take_up(forty.segment, "sites >= 6", by=ruth)

    assert draft.state == SegmentVersion.State.DRAFT
    assert draft.rule.endswith("\nand sites >= 6")
    assert "0 answered" in draft.reason
    assert list(forty.segment.target_list.entries.values_list("account", "left_at")) == before
    assert segments.current_version(forty.segment).number == 1


def test_a_draft_that_stands_is_added_to_and_not_proposed_again(forty, ruth, ada):
    version = segments.current_version(forty.segment)
    segments.draft(
        forty.segment, rule='industry = "Cold storage" or name = "x"', route_version=version.route_version, by=ada
    )
    with clock.at(LATER):
        draft = proposals.take_up(forty.segment, "sites >= 6", by=ruth)
        again = findings.taught(forty.segment, LATER)

    assert draft.rule == '(industry = "Cold storage" or name = "x")\nand sites >= 6'
    assert (again.proposals, again.drafted) == ([], ["sites >= 6"])


def test_what_the_outcomes_do_not_say_cannot_be_taken_up(forty, ruth):
    with clock.at(LATER), pytest.raises(Refused, match="do not speak"):
        proposals.take_up(forty.segment, "sites >= 2", by=ruth)


def test_a_proposal_that_was_put_aside_rests(forty, ruth):
    with clock.at(LATER):
        with pytest.raises(Refused, match="Say why not"):
            proposals.put_aside(forty.segment, "sites >= 6", reason=" ", by=ruth)
        proposals.put_aside(forty.segment, "sites >= 6", reason="They merge next year.", by=ruth)
        assert findings.taught(forty.segment, LATER).proposals[0].aside
    assert not findings.taught(forty.segment, LATER + timedelta(days=91)).proposals[0].aside


def drafted(forty, ada, rule):
    version = segments.current_version(forty.segment)
    segments.draft(forty.segment, rule=rule, route_version=version.route_version, by=ada)


@pytest.mark.parametrize("rule", ["sites >= 60", 'name != "and sites >= 6"', "sites >= 6 or employees = None"])
def test_a_term_that_only_looks_like_the_proposal_does_not_hold_it(forty, ada, rule):
    drafted(forty, ada, rule)

    found = findings.taught(forty.segment, LATER)
    assert (found.drafted, [one.key for one in found.proposals]) == ([], ["sites >= 6"])


def test_an_edit_that_the_language_refuses_is_not_proposed(forty, ada):
    drafted(forty, ada, " and ".join(f'name != "{n}"' for n in range(200)))

    assert findings.taught(forty.segment, LATER).proposals == []


def test_a_dry_run_that_takes_too_long_is_said_to(forty, monkeypatch):
    monkeypatch.setattr(findings, "dry_run", lambda version: slow())

    [one] = findings.taught(forty.segment, LATER).proposals
    assert one.sentence.endswith("; what it would remove takes too long to count here, and the draft shows it.")


def slow():
    raise OperationalError("canceling statement due to statement timeout")


def test_dry_runs_are_made_for_what_is_shown_and_for_nothing_else(forty, ruth, monkeypatch):
    runs = []
    monkeypatch.setattr(findings, "dry_run", lambda version: runs.append(version) or slow())
    search = findings.taught(forty.segment, LATER).search
    twice = dataclasses.replace(search, findings=search.findings * 2)
    base = findings.rule_to_narrow(forty.segment)
    runs.clear()
    next(findings.proposals(forty.segment, base, twice, LATER))
    assert len(runs) == 1
    with clock.at(LATER):
        proposals.put_aside(forty.segment, "sites >= 6", reason="They merge.", by=ruth)
        assert findings.taught(forty.segment, LATER).proposals[0].removes == ""
        proposals.take_up(forty.segment, "sites >= 6", by=ruth)
    assert len(runs) == 1


def test_the_latest_accounts_are_searched_where_there_are_too_many(forty, monkeypatch):
    monkeypatch.setattr(findings, "MOST", 10)
    with CaptureQueriesContext(connection) as asked:
        found = findings.measured(forty.segment, LATER)

    assert (len(found.accounts), found.cut_short) == (10, True)
    assert any("LIMIT 11" in one["sql"] for one in asked)


def test_the_page_opens_the_accounts_behind_each_figure(forty, ruth, as_):
    client = as_(ruth)
    with clock.at(LATER):
        page = client.get(f"/segments/{forty.segment.pk}/learning/")
        assert "would remove 21 of 41 targeted" in page.content.decode()
        counts = {
            what: len(client.get(f"/segments/{forty.segment.pk}/learning/accounts/?term=sites+%3E%3D+6&what={what}").context["page"].rows)
            for what in ("group", "hit", "others", "others_hit")
        }  # fmt: skip
        lines = b"".join(
            client.get(
                f"/export/taught.csv?segment={forty.segment.pk}&term=sites+%3E%3D+6&what=others_hit"
            ).streaming_content
        )
    assert counts == {"group": 20, "hit": 0, "others": 20, "others_hit": 16}
    assert lines.decode().count("\r\n") == 17


def test_a_lead_takes_it_up_on_the_page_and_an_sdr_does_not(forty, ruth, ada, as_):
    path = f"/segments/{forty.segment.pk}/learning/draft/"
    with clock.at(LATER):
        assert as_(ada).post(path, {"term": "sites >= 6"}).status_code == 403
        assert as_(ruth).get(f"/segments/{forty.segment.pk}/learning/part/").status_code == 302
        part = as_(ruth).get(f"/segments/{forty.segment.pk}/learning/part/", headers={"HX-Request": "true"})
        assert "would remove 21 of 41 targeted" in part.content.decode()
        as_(ruth).post(path, {"term": "sites >= 6"})
        page = as_(ruth).get(f"/segments/{forty.segment.pk}/")
    assert segments.draft_of(forty.segment).rule.endswith("sites >= 6")
    assert "0 answered" in page.context["publish_form"].initial["reason"]


def test_the_api_says_what_the_page_says(forty, ruth, as_):
    with clock.at(LATER):
        said = as_(ruth).post(f"/api/v1/segments/{forty.segment.pk}/taught/", content_type="application/json").json()
        made = as_(ruth).post(
            f"/api/v1/segments/{forty.segment.pk}/take-up/", {"term": "sites >= 6"}, content_type="application/json"
        )
    assert (said["proposals"][0]["leaves"], said["proposals"][0]["term"]) == (21, "sites >= 6")
    assert made.json()["rule"].endswith("and sites >= 6")


# What it came down to -------------------------------------------------------------------------------------------


def test_a_walk_that_ends_is_attributed_in_the_same_moment(world):
    [walk] = begun(world, ["Alpha"])
    Touch.objects.filter(enrollment=walk).update(state="sent", sent_at=MONDAY)
    stages.finish(walk, by="the planner", why="the route was walked to its end")

    row = Attribution.objects.get(enrollment=walk)
    assert (row.cause, row.confirmed_at) == ("list", None)
    assert row.because == "1 touch to 1 person, no answer, and nobody else was known there."


def test_many_walks_ask_no_more_than_one(world, django_assert_num_queries):
    walks = begun(world, [f"Alpha {n}" for n in range(6)])
    Enrollment.objects.update(state="finished", ended_at=MONDAY)
    with CaptureQueriesContext(connection) as one:
        attributing.attribute([walks[0].pk])
    with django_assert_num_queries(len(one)):
        assert attributing.attribute([walk.pk for walk in walks[1:]]) == 5


def test_a_held_meeting_is_no_lost_work(world):
    one, two = begun(world, ["Alpha", "Beta"])
    milestones.reach(one.account, ladder.HELD, enrollment=one, by="the test")
    for walk in (one, two):
        stages.finish(walk, by="the planner", why="over")
    milestones.reach(two.account, ladder.HELD, enrollment=two, by="the test")  # a meeting that was booked before

    assert list(Attribution.objects.values_list("enrollment", flat=True)) == [two.pk]
    assert not findings.closed().exists()


def test_what_a_person_said_is_not_proposed_away(world, ada):
    [walk] = begun(world, ["Alpha"])
    attributing.confirm(walk, "timing", by=ada)
    stages.finish(walk, by="the planner", why="over")

    row = Attribution.objects.get(enrollment=walk)
    assert (row.cause, row.by) == ("timing", ada)
    event = Event.objects.get(kind="enrollment.attributed")
    assert (event.team, event.facts["cause"]) == (ada.team, "timing")


def test_whoever_closes_an_account_is_asked_once(world, ada, as_):
    [walk] = begun(world, ["Alpha"])
    client, account = as_(ada), walk.account
    asked = client.get(f"/accounts/{account.pk}/came-down-to/", headers={"HX-Request": "true"}).content.decode()
    client.post(f"/accounts/{account.pk}/shut/", {"why": "They merged.", "cause": "list"})
    again = client.get(f"/accounts/{account.pk}/came-down-to/", headers={"HX-Request": "true"}).content.decode()

    assert '<select class="in" id="cause"' in asked
    assert "is known: the list, said Ada" in again
    row = Attribution.objects.get(enrollment=walk)
    assert (row.cause, row.because != "", row.by) == ("list", True, ada)


def test_an_unknown_cause_closes_nothing(world, ada):
    [walk] = begun(world, ["Alpha"])
    with pytest.raises(Refused, match="Say what it came down to"):
        reactions.close_account(walk.account, "x", cause="weather", by=ada)
    walk.account.refresh_from_db()
    assert not walk.account.is_closed


def test_walks_from_before_are_attributed_by_the_hour(world):
    walks = begun(world, ["Alpha", "Beta"])
    milestones.reach(walks[0].account, ladder.HELD, enrollment=walks[0], by="the test")
    Enrollment.objects.update(state="closed", ended_at=MONDAY)

    assert (attributing.attribute_older(), attributing.attribute_older()) == (1, 0)


@pytest.fixture
def closed(world):
    walks = begun(world, ["Alpha", "Beta", "Gamma"])
    for walk in walks:
        stages.finish(walk, by="the planner", why="over")
    secret = Attribution.objects.get(enrollment=walks[0])
    Attribution.objects.filter(pk=secret.pk).update(
        cause="timing", team=world.ada.team, because="They asked for another time."
    )
    world.secret = secret
    return world


def test_closed_work_is_confirmed_or_changed_row_by_row_and_together(closed, ada, as_):
    client, path = as_(ada), f"/segments/{closed.segment.pk}/closed/"
    rows = {row.account.name: row.pk for row in client.get(path).context["page"].rows}
    client.post(f"{path}confirm/", {"only": rows["Beta"], f"cause-{rows['Beta']}": "role"})
    client.post(f"{path}confirm/", {"row": [rows["Alpha"], rows["Gamma"]], f"cause-{rows['Gamma']}": "copy"})

    said = dict(Attribution.objects.values_list("account__name", "cause"))
    assert said == {"Alpha": "timing", "Beta": "role", "Gamma": "copy"}
    assert Attribution.objects.filter(by=ada, confirmed_at__isnull=False).count() == 3
    assert [row.account.name for row in client.get(f"{path}?cause=role&confirmed=true").context["page"].rows] == [
        "Beta"
    ]


def test_a_stranger_reads_the_share_and_not_the_row_that_tells_their_words(closed, stranger, ada, as_):
    path = f"/segments/{closed.segment.pk}/closed/"
    shown = as_(stranger).get(path)
    assert {row.account.name for row in shown.context["page"].rows} == {"Beta", "Gamma"}
    assert "another time" not in shown.content.decode()
    assert sum(part.walks for part in shown.context["parts"]) == 3
    assert as_(stranger).post(f"{path}confirm/", {"only": closed.secret.pk}).status_code == 404
    assert as_(stranger).get(f"/api/v1/attributions/{closed.secret.pk}/").status_code == 404
    assert b"another time" not in b"".join(as_(stranger).get("/export/attributions.csv").streaming_content)
    assert (
        as_(ada)
        .post(f"/api/v1/attributions/{closed.secret.pk}/confirm/", {"cause": "role"}, content_type="application/json")
        .json()["cause"]
        == "role"
    )


def test_the_pages_ask_no_more_when_more_was_closed(closed, ada, as_, django_assert_num_queries):
    client = as_(ada)
    for path in (f"/segments/{closed.segment.pk}/closed/", f"/segments/{closed.segment.pk}/learning/"):
        client.get(path)
        with CaptureQueriesContext(connection) as few:
            client.get(path)
        for walk in begun(closed, [f"{len(path)}{n} more" for n in range(4)]):
            stages.finish(walk, by="the planner", why="over")
        with django_assert_num_queries(len(few)):
            client.get(path)


@pytest.mark.parametrize("query", ["term=sites+%3C+99", "first=99999999999", "route=x", "what=password", "term=%00"])
def test_a_figure_nobody_showed_is_not_there(world, ada, as_, query):
    assert as_(ada).get(f"/segments/{world.segment.pk}/learning/accounts/?{query}").status_code == 404
