"""Segments, their rules, versions and lists."""

import pytest
from django.db import Error, transaction

from crm.errors import Refused
from crm.models import Account
from prospecting.models import ListEntry, SegmentVersion
from prospecting.queries.rule_language import accounts_matching
from prospecting.services import routes, segments
from tests.prospecting.world import account_named, enrolled, person_at


def names(rule):
    return set(accounts_matching(rule).values_list("name", flat=True))


@pytest.fixture
def some(ada, monday):
    one = account_named("One", owner=ada, sites=1, tags=["own BMS"], regulated=["F-gas"], custom={"freezers": "12"})
    account_named("Two", owner=ada, sites=2, industry="Bakery", country="DE")
    person_at(one, "Olga One", "problem-owner")
    return one


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ('industry = "Cold storage" and sites < 2', {"One"}),
        ('sites > 1 or tag = "own BMS"', {"One", "Two"}),
        ('regulated in ("F-gas", "ATEX")', {"One"}),
        ('role_filled = "problem owner"', {"One"}),
        ('role_filled != "problem owner"', {"Two"}),
        ('custom.freezers = "12"', {"One"}),
        ('country in ("DE") and rung < "targeted"', {"Two"}),
        ("renewal_on = None and closed = False", {"One", "Two"}),
        ("sites > 99999999999999999999999", set()),
        ('created_at >= "2026-06-08" and name ~ "tw"', {"Two"}),
    ],
)
def test_a_rule_finds_its_accounts(some, rule, found):
    assert names(rule) == found


@pytest.mark.parametrize(
    ("rule", "says", "column"),
    [
        ("sites > ", "it ends too early, a value is expected", 8),
        ('sites > "many"', "sites is compared with whole numbers", 9),
        ("sites > 1\nand colour = 2", "Line 2, character 5", 5),
        ('name ~ "x', "its closing quotation mark is missing", 8),
        ("closed > True", "cannot stand here", 10),
        ("window_open = True and industri = 2", "Did you mean industry?", 24),
        ('regulated > "F-gas"', "can be compared with", 11),
        ('industry = "x" and colour = "red"', "Unknown field: colour", 20),
        ('owner.password = "x"', "fields of the account only", 1),
        ('memberships.role = "x"', "fields of the account only", 1),
        ('rung = "moon"', "is no rung", 8),
        ('renewal_on > "soon"', "is no day", 14),
        ("(" * 60 + "sites > 1" + ")" * 60, "brackets", None),
        ("", "Write a rule first", None),
        ('name = "\x00"', "a character that is none", None),
    ],
)
def test_a_bad_rule_is_refused_with_a_sentence_and_its_place(some, rule, says, column):
    with pytest.raises(Refused) as error:
        list(accounts_matching(rule)) if rule else segments.check_rule(rule)
    assert says in error.value.sentence
    if column:
        assert error.value.details["column"] == column


def test_two_people_in_a_role_do_not_count_their_account_twice(some):
    person_at(some, "Otto One", "problem-owner")
    assert accounts_matching('role_filled = "problem owner"').count() == 1


def test_publishing_fills_the_list_and_keeps_the_version(world):
    entry = ListEntry.objects.get()
    assert (entry.account, entry.version_in.number, entry.left_at) == (world.account, 1, None)


def test_a_published_version_cannot_be_changed(world):
    version = world.segment.versions.get()
    with pytest.raises(Error), transaction.atomic():
        SegmentVersion.objects.filter(pk=version.pk).update(rule="sites > 9")


def test_a_dry_run_says_who_enters_and_leaves_and_changes_nothing(world, ada):
    bakery = account_named("Bakery", owner=ada, industry="Bakery")
    enrolled(world)
    draft = segments.draft(world.segment, rule='industry = "Bakery"', route_version=world.route, by=ada)
    run = segments.dry_run(draft)
    assert (run.enters, run.leaves, run.open_enrollments, run.compared) == (1, 1, 1, "shifted")
    assert (run.enter_sample, run.leave_sample) == ([bakery], [world.account])
    assert ListEntry.objects.filter(left_at=None).count() == 1


def test_leaving_closes_the_entry_with_the_version_that_let_it_out(world, ada):
    draft = segments.draft(world.segment, rule='industry = "Bakery"', route_version=world.route, by=ada)
    segments.publish(draft, reason="Only bakeries.", by=ada)
    entry = ListEntry.objects.get()
    assert (entry.version_in.number, entry.version_out.number) == (1, 2)
    assert entry.left_reason == "no longer fits the rule of v2"


def test_another_route_breaks_the_comparison(world, ada):
    other = routes.draft(routes.create_route("IT-led", by=ada), [{"roles": ["champion"]}], by=ada)
    routes.publish(other, by=ada)
    draft = segments.draft(world.segment, rule=world.segment.versions.get().rule, route_version=other, by=ada)
    assert segments.publish(draft, reason="IT decides.", by=ada).compared == "broken"


def test_a_rule_change_without_a_reason_is_refused(world, ada):
    draft = segments.draft(world.segment, rule="sites > 1", route_version=world.route, by=ada)
    with pytest.raises(Refused, match="Say why"):
        segments.publish(draft, by=ada)


def test_an_exclusion_takes_an_account_off_whatever_the_rule_says(world, ada):
    segments.pin(world.segment, world.account, "exclude", "A customer.", by=ada)
    segments.refresh_list(world.segment)
    assert ListEntry.objects.get().left_reason == "excluded: A customer."


def test_a_pin_keeps_an_account_on_the_list(world, ada):
    bakery = account_named("Bakery", owner=ada, industry="Bakery")
    segments.pin(world.segment, bakery, "include", "They asked.", by=ada)
    assert segments.refresh_list(world.segment).left == 0
    assert ListEntry.objects.filter(account=bakery, left_at=None).exists()


def test_the_when_rule_shuts_the_window_without_ejecting(world, ada):
    draft = segments.draft(world.segment, rule="sites > 1", when_rule="sites > 10", route_version=world.route, by=ada)
    segments.publish(draft, reason="Only the big ones now.", by=ada)
    entry = ListEntry.objects.get(left_at=None)
    assert entry.window_open is False


def test_refreshing_again_changes_nothing(world):
    again = segments.refresh_list(world.segment)
    assert (again.entered, again.left, again.members) == (0, 0, 1)


def test_a_list_that_decides_in_two_ways_says_so(world, ada):
    big = account_named("Big", owner=ada, sites=40)
    routes.set_variant(world.segment, "Procurement-first", "sites > 10", world.route, by=ada)
    segments.refresh_list(world.segment)
    assert segments.health_sentence(world.segment) == "This list decides in two ways; split it."
    assert routes.route_for(big, world.segment.versions.get()) == world.route


@pytest.mark.parametrize(
    ("stages", "says"),
    [
        ([{"roles": ["nobody"]}], "names no role"),
        ([{"roles": ["champion"], "gate": {"meeting_held": {}}}], "does not open at the start"),
        ([{"roles": ["champion"]}, {"roles": ["legal"], "gate": {"reply": {"labels": []}}}], "can never open"),
        ([], "at least one stage"),
    ],
)
def test_a_route_nobody_could_walk_is_refused_in_words(world, ada, stages, says):
    with pytest.raises(Refused, match=says):
        routes.publish(routes.draft(routes.create_route("New", by=ada), stages, by=ada), by=ada)


def test_a_route_says_where_nobody_is_known(world, ada):
    version = routes.draft(routes.create_route("New", by=ada), [{"roles": ["legal"]}], by=ada)
    assert routes.problems(version) == ["Legal: nobody in the product holds this role yet."]


def test_a_second_segment_of_the_same_name_is_refused(world, ada):
    with pytest.raises(Refused, match="already"):
        segments.create_segment(
            name="cold-store operators", statement="", rule="sites > 1", route_version=world.route, by=ada
        )


def test_completions_never_lead_to_another_table(db):
    described = segments.rule_completions()
    assert list(described["models"]) == ["crm.account"]
    assert all(field["type"] != "relation" for field in described["models"]["crm.account"].values())
    assert Account._meta.label_lower == "crm.account"


@pytest.mark.parametrize("part", ["stages", "steps"])
def test_what_a_published_version_consists_of_cannot_be_changed(world, part):
    rows = world.route.stages if part == "stages" else world.sequence.steps
    with pytest.raises(Error), transaction.atomic():
        rows.update(order=7)


def test_a_saved_text_cannot_be_changed(world):
    with pytest.raises(Error), transaction.atomic():
        type(world.hello).objects.update(body="Something else")
