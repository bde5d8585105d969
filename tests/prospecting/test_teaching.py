"""Closed work is attributed once, and what outcomes say of a rule becomes a draft only by a person's hand."""

import dataclasses
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.errors import Refused
from crm.models import Account, Conversation, Event, Mailbox, Message, User
from crm.services import merging
from prospecting import access
from prospecting.models import (
    Attribution,
    EnrolledFacts,
    Enrollment,
    ListEntry,
    Milestone,
    Reply,
    SegmentVersion,
    Touch,
)
from prospecting.reports import findings
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
    assert one.expected.startswith("Answered: 40 % of the contacted until now, 80 % without this group")


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


def test_only_what_is_proposed_is_put_aside_and_once(forty, ruth, as_):
    with clock.at(LATER):
        with pytest.raises(Refused, match="do not speak"):
            proposals.put_aside(forty.segment, "sites >= 2", reason="No.", by=ruth)
        for _ in range(2):
            proposals.put_aside(forty.segment, "sites >= 6", reason="They merge.", by=ruth)

    assert Event.objects.filter(kind="segment.proposal_aside").count() == 1


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


def test_a_form_that_closes_never_opens_again(world, ada, as_):
    path = f"/accounts/{world.account.pk}/shut/"
    for _ in range(2):  # a second tab, or a second click
        as_(ada).post(path, {"why": "They merged."})

    assert Account.objects.get(pk=world.account.pk).is_closed
    assert Event.objects.filter(kind="account.closed").count() == 1


def test_an_unknown_cause_closes_nothing(world, ada):
    [walk] = begun(world, ["Alpha"])
    with pytest.raises(Refused, match="Say what it came down to"):
        reactions.close_account(walk.account, "x", cause="weather", by=ada)
    walk.account.refresh_from_db()
    assert not walk.account.is_closed


# Whose it is ------------------------------------------------------------------------------------------------------


def heard(walk, label, team):
    """Somebody wrote, and the mailbox of a team heard it."""
    at, account = walk.started_at + timedelta(hours=1), walk.account
    thread = Conversation.objects.create(
        account=account, team=team, mailbox=Mailbox.objects.first(), root_message_id=f"{walk.pk}@x", last_message_at=at,
        created_at=at,
    )  # fmt: skip
    about = {"conversation": thread, "at": at, "sent_at": at, "handled_at": at}
    mail = Message.objects.create(message_id=f"<{walk.pk}-{team.pk}@x.example>", direction="in", team=team, **about)
    return Reply.objects.create(
        message=mail, account=account, conversation=thread, team=team, enrollment=walk, label=label, counts=True, at=at
    )


def asked_at(client, account):
    return client.get(f"/accounts/{account.pk}/came-down-to/", headers={"HX-Request": "true"}).content.decode()


@pytest.fixture
def walked(world):
    """Ada's walk, on which they asked for another time."""
    [walk] = begun(world, ["Alpha"])
    heard(walk, "not_now", world.ada.team)
    return walk


def given_away(walk, to):
    Account.objects.filter(pk=walk.account_id).update(owner=to)


def test_the_next_owner_is_asked_without_what_the_first_team_was_told(walked, ada, stranger, as_):
    assert "As proposed: the timing" in asked_at(as_(ada), walked.account)
    given_away(walked, stranger)
    shown = asked_at(as_(stranger), walked.account)
    assert ("<select" in shown, "As proposed" in shown) == (True, False)

    as_(stranger).post(f"/accounts/{walked.account_id}/shut/", {"why": "They merged.", "cause": "list"})
    row = Attribution.objects.get(enrollment=walked)
    assert (row.cause, row.by, row.team) == ("list", stranger, ada.team)
    assert not access.visible_attributions(stranger).exists()
    assert Event.objects.get(kind="enrollment.attributed").team == ada.team


def test_the_next_owner_is_not_asked_again_and_cannot_overwrite_it(walked, ada, stranger, as_):
    attributing.confirm(walked, "timing", by=ada)
    given_away(walked, stranger)
    shown = asked_at(as_(stranger), walked.account)
    assert "<select" not in shown
    assert "timing" not in shown

    for guess in ("timing", "list"):  # the right one is no easier
        late = as_(stranger).post(f"/accounts/{walked.account_id}/shut/", {"why": "They merged.", "cause": guess})
        assert late.status_code == 409
    assert not Account.objects.get(pk=walked.account_id).is_closed
    assert Attribution.objects.get(enrollment=walked).by == ada
    as_(stranger).post(f"/accounts/{walked.account_id}/shut/", {"why": "They merged."})
    assert Account.objects.get(pk=walked.account_id).is_closed


def test_a_walk_that_brought_a_held_meeting_is_not_asked_about(walked, ada, as_):
    milestones.reach(walked.account, ladder.HELD, enrollment=walked, by="the test")

    assert "<select" not in asked_at(as_(ada), walked.account)
    assert as_(ada).post(f"/accounts/{walked.account_id}/shut/", {"why": "x", "cause": "list"}).status_code == 409
    assert not Attribution.objects.exists()


def test_what_was_said_to_two_teams_is_for_neither(walked, ada, stranger, adm, as_):
    heard(walked, "objection_price", stranger.team)
    stages.finish(walked, by="the planner", why="over")

    assert Attribution.objects.get(enrollment=walked).cause == "list"
    for user, sees in ((ada, False), (stranger, False), (adm, True)):
        assert access.visible_attributions(user).exists() is sees


def test_content_without_a_team_is_for_admins(walked, ada, stranger, adm):
    Reply.objects.update(counts=False, enrollment=None)
    User.objects.filter(pk=ada.pk).update(team=None)
    row = attributing.confirm(walked, "timing", by=adm)

    assert (row.content, row.team) == (True, None)
    assert not access.visible_attributions(stranger).exists()
    event = Event.objects.get(kind="enrollment.attributed")
    assert (event.why, event.facts) == ("", {})


def test_a_word_beyond_what_happened_is_for_the_team_and_one_that_repeats_it_is_for_all(world, ada, stranger):
    one, two = begun(world, ["Alpha", "Beta"])
    for walk in (one, two):
        Touch.objects.filter(enrollment=walk).update(state="sent", sent_at=MONDAY)
        stages.finish(walk, by="the planner", why="over")
    attributing.confirm(one, "list", by=ada)  # as it was proposed: nobody answered, and nobody else was known
    attributing.confirm(two, "timing", by=ada)

    assert [row.enrollment for row in access.visible_attributions(stranger)] == [one]
    assert list(Event.objects.filter(kind="enrollment.attributed").order_by("pk").values_list("team", flat=True)) == [
        None, ada.team_id,
    ]  # fmt: skip


def test_who_may_read_is_the_same_of_one_row_and_of_a_list(walked, cast):
    stages.finish(walked, by="the planner", why="over")
    row = Attribution.objects.get()
    for content in (True, False):
        for team in (None, cast.ada.team, cast.stranger.team):
            row.content, row.team = content, team
            row.save()
            for user in vars(cast).values():
                assert access.may_read_attribution(user, row) is access.visible_attributions(user).exists()


def test_older_rows_are_read_by_strangers_only_where_they_surely_give_nothing_away(world, ada, ben, stranger):
    names = ["Free", "Said", "Late", "Known", "Gone"]
    walks = dict(zip(names, begun(world, names), strict=True))
    ended = {"at": MONDAY, "content": True, "cause": "list", "proposed": "list"}
    spoken = {"by": ben, "confirmed_at": MONDAY, "proposed": "copy"}
    says = {
        "Free": {"because": "1 touch to 1 person, no answer, and nobody else was known there."},
        "Said": {"because": "1 touch to 1 person, no answer, and nobody else was known there.", **spoken},
        "Late": {"because": "They waited 1 day 3 h for an answer; nothing came after it."},
        "Known": {"because": "They declined.", "team": ada.team},
        "Gone": {"because": "They declined."},  # its team was deleted
    }
    for name, walk in walks.items():
        Attribution.objects.create(enrollment=walk, account=walk.account, **{**ended, **says[name]})
    import_module("prospecting.migrations.0018_attributions_say_if_they_are_content").carry(
        None, SimpleNamespace(connection=connection)
    )

    assert {row.account.name for row in access.visible_attributions(stranger)} == {"Free"}
    assert {row.account.name for row in access.visible_attributions(ada)} == {"Free", "Said", "Late", "Known"}


# What is asked of which walk --------------------------------------------------------------------------------------


def test_what_happened_on_one_walk_is_not_told_of_another(world):
    [first] = begun(world, ["Alpha"])
    Event.record("role.missing", by="the planner", account=first.account)
    Enrollment.objects.filter(pk=first.pk).update(state="closed", ended_at=MONDAY + timedelta(days=1))
    with clock.at(MONDAY + timedelta(days=30)):
        [second] = begun(world, ["Alpha"])
    Enrollment.objects.filter(pk=second.pk).update(state="closed", ended_at=MONDAY + timedelta(days=50))
    with clock.at(MONDAY + timedelta(days=60)):  # another walk may be under way by now
        Event.record("role.missing", by="the planner", account=second.account)
    with clock.at(LATER):
        attributing.attribute_older()

    said = dict(Attribution.objects.values_list("enrollment", "because"))
    assert said == {first.pk: "Nobody was known for the role.", second.pk: "It ended before anything left."}


def test_todays_window_says_nothing_of_what_ended_before(world):
    past, today = begun(world, ["Alpha", "Beta"])
    ListEntry.objects.update(window_open=False)
    Enrollment.objects.filter(pk=past.pk).update(state="closed", ended_at=MONDAY)
    with clock.at(LATER):
        attributing.attribute_older()
        stages.finish(today, by="the planner", why="over")

    assert dict(Attribution.objects.values_list("enrollment", "cause")) == {past.pk: "", today.pk: "timing"}


def test_a_walk_that_only_a_merge_ended_stays_out(world, ada):
    kept, gone = begun(world, ["Alpha", "Beta"])
    merging.merge(kept.account, gone.account, by=ada)

    assert (attributing.attribute_older(), Attribution.objects.count()) == (0, 0)


def test_zero_employees_are_known(world):
    [walk] = begun(world, ["Alpha"], employees=0)

    assert EnrolledFacts.objects.get(enrollment=walk).facts["employees"] == 0


def test_what_was_said_on_the_way_is_dated_by_the_end(world, ada):
    [walk] = begun(world, ["Alpha"])
    attributing.confirm(walk, "timing", by=ada)
    with clock.at(LATER):
        stages.finish(walk, by="the planner", why="over")

    assert Attribution.objects.get().at == LATER


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
        cause="timing", content=True, team=world.ada.team, because="They asked for another time."
    )
    world.secret = secret
    return world


def test_closed_work_is_confirmed_or_changed_row_by_row_and_together(closed, ada, as_):
    client, path = as_(ada), f"/segments/{closed.segment.pk}/closed/"
    rows = {row.account.name: row.pk for row in client.get(path).context["page"].rows}
    client.post(f"{path}confirm/", {"only": rows["Beta"], f"cause-{rows['Beta']}": "role"})
    both = {f"cause-{rows['Alpha']}": "timing", f"cause-{rows['Gamma']}": "copy"}
    client.post(f"{path}confirm/", {"row": [rows["Alpha"], rows["Gamma"]], **both})

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
    assert "Keep the picked ones" not in shown.content.decode()
    assert as_(stranger).post(f"{path}confirm/", {"only": closed.secret.pk}).status_code == 404
    assert as_(stranger).get(f"/api/v1/attributions/{closed.secret.pk}/").status_code == 404
    assert b"another time" not in b"".join(as_(stranger).get("/export/attributions.csv").streaming_content)
    assert (
        as_(ada)
        .post(f"/api/v1/attributions/{closed.secret.pk}/confirm/", {"cause": "role"}, content_type="application/json")
        .json()["cause"]
        == "role"
    )


def confirming(client, world, **said):
    """What the form of the page posts: each picked row with what stood there, and whose word it replaces."""
    return client.post(f"/segments/{world.segment.pk}/closed/confirm/", {"row": [int(name[1:]) for name in said if name[0] == "r"], **{
        name.replace("r", "cause-").replace("w", "said-"): value for name, value in said.items()
    }})  # fmt: skip


def test_of_the_picked_rows_it_is_said_which_nobody_has_said(closed, ada, as_):
    client, rows = as_(ada), dict(Attribution.objects.values_list("account__name", "pk"))
    confirming(client, closed, **{f"r{rows['Beta']}": "role", f"r{rows['Gamma']}": ""})
    page = client.get(f"/segments/{closed.segment.pk}/closed/").content.decode()

    assert "Kept. Nobody has said yet what 1 other came down to." in page
    assert "Keep the picked ones" in page
    assert Attribution.objects.get(confirmed_at__isnull=False).account.name == "Beta"


def test_a_page_from_before_does_not_overwrite_what_a_colleague_said(closed, ada, ben, as_):
    row = Attribution.objects.get(account__name="Beta")
    attributing.confirm(row.enrollment, "role", by=ben)
    late = confirming(as_(ada), closed, **{f"r{row.pk}": "timing"})
    twice = confirming(as_(ada), closed, **{f"r{row.pk}": "timing", f"w{row.pk}": "copy"})
    row.refresh_from_db()
    assert (late.status_code, twice.status_code, row.cause, row.by) == (409, 409, "role", ben)
    assert "has been said already" in late.content.decode()

    assert confirming(as_(ada), closed, **{f"r{row.pk}": "timing", f"w{row.pk}": "role"}).status_code == 302
    row.refresh_from_db()
    assert (row.cause, row.by) == ("timing", ada)


def test_what_is_kept_is_what_stood_on_the_page_and_all_of_it_or_nothing(closed, ada, ben, as_):
    rows = {row.account.name: row for row in Attribution.objects.select_related("account", "enrollment")}
    Attribution.objects.filter(pk=rows["Gamma"].pk).update(cause="copy")  # proposed anew after the page was shown
    attributing.confirm(rows["Beta"].enrollment, "role", by=ben)
    said = {f"r{rows['Gamma'].pk}": "list", f"r{rows['Beta'].pk}": "timing"}
    assert confirming(as_(ada), closed, **said).status_code == 409
    assert not Attribution.objects.filter(by=ada).exists()

    confirming(as_(ada), closed, **{f"r{rows['Gamma'].pk}": "list"})
    assert Attribution.objects.get(by=ada).cause == "list"


def test_what_a_colleague_said_keeps_their_name_when_it_is_kept(closed, ada, ben, as_):
    row = Attribution.objects.get(account__name="Beta")
    attributing.confirm(row.enrollment, "role", by=ben)
    confirming(as_(ada), closed, **{f"r{row.pk}": "role", f"w{row.pk}": "role"})

    assert Attribution.objects.get(pk=row.pk).by == ben
    assert Event.objects.filter(kind="enrollment.attributed").count() == 1


def test_the_api_replaces_a_colleagues_word_only_by_name(closed, ada, ben, as_):
    row = Attribution.objects.get(account__name="Beta")
    attributing.confirm(row.enrollment, "role", by=ben)
    path, kind = f"/api/v1/attributions/{row.pk}/confirm/", {"content_type": "application/json"}

    assert as_(ada).post(path, {"cause": "copy"}, **kind).status_code == 409
    assert as_(ada).post(path, {"cause": "copy", "instead_of": "role"}, **kind).json()["cause"] == "copy"


def test_a_row_of_another_segment_is_not_there(closed, ada, as_):
    version = closed.segment.versions.get()
    other = segments.create_segment(
        name="Others", statement="x", rule='industry = "x"', route_version=version.route_version, by=ada
    )
    row = Attribution.objects.get(account__name="Beta")
    asked = {"only": row.pk, f"cause-{row.pk}": "role"}

    assert as_(ada).post(f"/segments/{other.pk}/closed/confirm/", asked).status_code == 404
    assert not Attribution.objects.filter(confirmed_at__isnull=False).exists()


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
