"""Target lists as kept: refreshed when due, one list by priority, pins that end, snapshots, stale facts, health."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Suppression
from crm.services import imports
from prospecting import tasks
from prospecting.models import ListEntry, ListRefresh, Pin, Segment, Snapshot, TargetList
from prospecting.queries import list_health, looks, stale, why
from prospecting.queries.bounded import Count
from prospecting.services import lists, pins, priorities, routes, segments, snapshots
from tests.prospecting.world import MONDAY, account_named, enrolled


@pytest.fixture
def rivals(world: SimpleNamespace, ada: Any) -> SimpleNamespace:
    """Two segments that want the same accounts; the first goes first."""
    other = segments.create_segment(
        name="Everyone", statement="Others.", rule="sites > 0", route_version=world.route, by=ada
    )
    segments.publish(other.versions.get(), by=ada)
    priorities.set_place(world.segment, 1, by=ada)
    priorities.set_place(other, 2, by=ada)
    return SimpleNamespace(**vars(world), other=other)


def on(segment: Segment) -> set[str]:
    here = ListEntry.objects.filter(target_list__segment=segment, left_at=None)
    return set(here.values_list("account__name", flat=True))


def test_an_account_stands_on_the_list_that_goes_first_and_the_other_says_which(rivals: Any) -> None:
    left = ListEntry.objects.get(target_list__segment=rivals.other, left_at__isnull=False)

    assert (on(rivals.segment), on(rivals.other)) == ({"Maas Dekker"}, set())
    assert left.left_reason == "now on the list of Cold-store operators, which goes first"
    assert left.version_out.segment == rivals.other
    answer = why.why(rivals.other, rivals.account, rivals.other.versions.get())
    assert "stands on the list of Cold-store operators, which goes first" in answer.sentence


def test_what_the_first_list_lets_go_the_next_one_takes_up(rivals: Any) -> None:
    Account.objects.update(industry="Bakery")
    lists.refresh_all()

    assert (on(rivals.segment), on(rivals.other)) == (set(), {"Maas Dekker"})


def test_a_pin_goes_before_the_rule_of_a_list_that_goes_first(rivals: Any, ada: Any) -> None:
    segments.pin(rivals.other, rivals.account, "include", "Their wish.", by=ada)
    lists.refresh_all()

    assert (on(rivals.segment), on(rivals.other)) == (set(), {"Maas Dekker"})


def test_an_account_pinned_to_a_list_that_goes_first_is_not_pinned_to_another(rivals: Any, ada: Any) -> None:
    segments.pin(rivals.segment, rivals.account, "include", "Ours.", by=ada)

    with pytest.raises(Refused, match="pinned to the list of Cold-store operators, which goes first"):
        segments.pin(rivals.other, rivals.account, "include", "Theirs.", by=ada)


def test_a_place_that_is_taken_moves_the_others_down(rivals: Any, ada: Any) -> None:
    priorities.set_place(rivals.other, 1, by=ada)

    assert [segment.name for segment in priorities.ranked()] == ["Everyone", "Cold-store operators"]
    assert (on(rivals.segment), on(rivals.other)) == (set(), {"Maas Dekker"})


def test_a_dry_run_names_the_lists_it_takes_accounts_from(rivals: Any, ada: Any) -> None:
    account_named("Bakery", owner=ada, industry="Bakery")
    segments.refresh_list(rivals.other)
    draft = segments.draft(rivals.segment, rule="sites > 0", route_version=rivals.route, by=ada)

    run = segments.dry_run(draft)

    assert [(row.segment.name, row.accounts, row.moves) for row in run.overlaps] == [("Everyone", 1, True)]


def test_a_pin_ends_on_its_day_and_the_rule_decides_again(world: Any, ada: Any) -> None:
    segments.pin(world.segment, world.account, "exclude", "A customer.", by=ada, expires_on=date(2026, 6, 10))
    before = on(world.segment)
    with clock.at(MONDAY + timedelta(days=2)):
        segments.refresh_list(world.segment)

    assert (before, on(world.segment)) == (set(), {"Maas Dekker"})
    assert not Pin.objects.exists()
    assert Event.objects.filter(kind="pin.expired", why="A customer.").count() == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"reason": " "}, "Say why"),
        ({"reason": "x", "expires_on": date(2026, 6, 8)}, "name one after today"),
        ({"reason": "x", "kind": "neither"}, "pinned to the list or kept off"),
    ],
)
def test_a_pin_without_sense_is_refused(world: Any, ada: Any, given: dict[str, Any], says: str) -> None:
    target = TargetList.objects.select_related("segment").get()
    with pytest.raises(Refused, match=says):
        pins.pin(target, world.account, by=ada, **{"kind": "include", **given})


def test_beat_refreshes_the_lists_whose_hour_has_come(world: Any) -> None:
    account_named("Later", owner=world.ada)
    early = tasks.refresh_lists()
    with clock.at(MONDAY + timedelta(hours=25)):
        due = tasks.refresh_lists()
        TargetList.objects.update(every_hours=0)
    with clock.at(MONDAY + timedelta(days=9)):
        by_hand_only = tasks.refresh_lists()

    assert (early, due, by_hand_only) == (0, 1, 0)
    assert ListRefresh.objects.order_by("pk").last().asked_by == "the schedule"


def test_each_run_says_who_asked_and_who_came_and_went(world: Any, ruth: Any) -> None:
    account_named("New", owner=world.ada)
    Account.objects.filter(pk=world.account.pk).update(industry="Bakery")
    segments.refresh_list(world.segment, by=ruth)
    run = ListRefresh.objects.order_by("pk").last()

    assert (run.asked_by, run.entered, run.left, run.members, run.version.number) == ("Ruth", 1, 1, 1, 1)


def test_a_clock_set_back_makes_no_entries_that_overlap(world: Any, ada: Any) -> None:
    Account.objects.update(industry="Bakery")
    segments.refresh_list(world.segment)
    Account.objects.update(industry="Cold storage")
    with clock.at(MONDAY - timedelta(hours=5)):
        segments.refresh_list(world.segment)
    first, second = ListEntry.objects.order_by("pk")

    assert first.left_at <= second.entered_at


def test_a_snapshot_keeps_the_list_whatever_happens_to_it(world: Any, ada: Any) -> None:
    row = snapshots.take(world.segment, name="June", reason="for the board", by=ada)
    account_named("New", owner=ada)
    Account.objects.filter(pk=world.account.pk).update(industry="Bakery", name="Renamed")
    segments.refresh_list(world.segment)

    from prospecting.queries import snapshots as reading  # noqa: PLC0415 - beside the verb of the same name

    assert list(row.entries.values_list("name", flat=True)) == ["Maas Dekker"]
    assert reading.changes(row) == {"gone": 1, "moved": 0, "since": 1}
    assert [(one.name, one.domain) for one in reading.rows(row, "")] == [("Maas Dekker", "maas-dekker.example")]


def test_the_two_routes_of_a_list_are_counted_and_opened(world: Any, ada: Any) -> None:
    account_named("Big", owner=ada, sites=40)
    routes.set_variant(world.segment, "Procurement-first", "sites > 10", world.route, by=ada)
    segments.refresh_list(world.segment)
    health = list_health.health(world.segment)
    variant = world.segment.variants.get()
    rows = looks.open_entries(world.segment.target_list)

    assert health.warning == "This list decides in two ways; split it."
    assert [(name, count.number) for name, _, count in health.ways] == [("Procurement-first", 1), ("everyone else", 1)]
    assert looks.of_route(rows, world.segment, variant).get().account.name == "Big"
    assert looks.of_route(rows, world.segment, None).get().account.name == "Maas Dekker"


def test_each_figure_of_the_health_opens_the_accounts_behind_it(world: Any, ada: Any, as_: Any) -> None:
    for n in range(3):
        account_named(f"Frost {n}", owner=None if n else ada)
    segments.refresh_list(world.segment)
    enrolled(world)
    Account.objects.filter(name="Frost 1").update(closed_at=MONDAY)
    Suppression.objects.create(kind="account", account=Account.objects.get(name="Frost 2"), value_hash="x", at=MONDAY)
    health = list_health.health(world.segment)
    figures = {name: count.number for name, count in health.figures.items()}
    client = as_(ada)

    assert figures == {"closed": 0, "unowned": 2, "shut": 1, "walking": 1, "doubles": 0, "suppressed": 1, "guessed": 0}
    for look, number in figures.items():
        page = client.get(f"/segments/{world.segment.pk}/list/", {"look": look}).context["page"]
        assert len(page.rows) == number, look


def test_a_large_list_is_judged_by_a_part_of_it(world: Any, ada: Any, monkeypatch: Any) -> None:
    for n in range(9):
        account_named(f"Frost {n}", owner=ada)
    segments.refresh_list(world.segment)
    monkeypatch.setattr(list_health, "EXACT", 4)

    health = list_health.health(world.segment)

    assert health.members == Count(10, exact=False)
    assert not health.figures["walking"].exact
    assert str(health.members) == "about 10"


def test_a_stale_fact_is_shown_oldest_first_and_renewed_by_one_button(world: Any, as_: Any, ada: Any) -> None:
    Account.objects.filter(pk=world.account.pk).update(
        facts={"industry": {"source": "import", "at": "2020-01-01"}, "sites": {"source": "import", "at": "2021-01-01"}}
    )
    Contact.objects.filter(pk=world.joost.pk).update(facts={"title": {"source": "import", "at": "2022-01-01"}})
    target, url = world.segment.target_list, f"/segments/{world.segment.pk}/stale/"
    rows, more, sampled = stale.queue(target, "account")
    client = as_(ada)
    shown = client.get(url).content.decode()
    client.post("/segments/checked/", {"account": world.account.pk, "field": "industry", "back": url})
    client.post("/segments/checked/", {"account": world.account.pk, "field": "sites", "value": "7", "back": url})
    client.post("/segments/checked/", {"contact": world.joost.pk, "field": "title", "back": url})

    assert ([row.field for row in rows], more, sampled) == (["industry", "sites"], None, False)
    assert "Maas Dekker" in shown and "Cold storage" in shown
    assert (stale.queue(target, "account")[0], stale.queue(target, "contact")[0]) == ([], [])
    assert Account.objects.get(pk=world.account.pk).sites == 7


def test_a_value_no_column_can_keep_is_refused_in_words(world: Any, as_: Any, ada: Any) -> None:
    client = as_(ada)
    for value in ("many", "-1", "9" * 30, "13"):
        form = {"account": world.account.pk, "field": "fiscal_year_end", "value": value, "back": "/segments/"}
        assert client.post("/segments/checked/", form).status_code == 302
    long = {"account": world.account.pk, "field": "phone", "value": "1" * 300, "back": "//evil.example/"}

    assert client.post("/segments/checked/", long).headers["Location"] == "/segments/"
    assert Account.objects.get(pk=world.account.pk).fiscal_year_end is None


def test_a_stranger_renews_no_fact_of_another_team(world: Any, as_: Any, stranger: Any) -> None:
    form = {"account": world.account.pk, "field": "industry", "back": "/segments/"}

    assert as_(stranger).post("/segments/checked/", form).status_code == 404


PAGES = ["", "list/", "list/?look=left", "list/?look=new", "health/", "stale/", "stale/?of=contact", "pinned/",
         "pinned/find/?find=maas", "versions/", "refreshes/", "snapshots/", "why/", "why/?find=ma"]  # fmt: skip


def test_every_page_of_a_segment_opens_for_a_member_and_changes_nothing(
    world: Any, as_: Any, ada: Any, client: Any, django_assert_max_num_queries: Any
) -> None:
    segments.draft(world.segment, rule="sites > 1", route_version=world.route, by=ada)
    snapshot = snapshots.take(world.segment, name="June", by=ada)
    base, events = f"/segments/{world.segment.pk}/", Event.objects.count()
    paths = [*PAGES, "dry-run/", "dry-run/?show=leave", "dry-run/?show=stay", f"snapshots/{snapshot.pk}/",
             f"snapshots/{snapshot.pk}/?show=since",
             f"why/?account={world.account.pk}&version=draft", "pins/many/?account=1"]  # fmt: skip
    for path in paths[:-1]:
        with django_assert_max_num_queries(45):
            assert as_(ada).get(base + path).status_code == 200, path
        assert client.get(base + path).status_code == 302, path

    assert as_(ada).get(base + paths[-1]).status_code == 403
    assert as_(ada).get(f"/accounts/{world.account.pk}/lists/").status_code == 200
    assert Event.objects.count() == events


@pytest.mark.parametrize("path", ["words/", "place/", "snapshots/take/", "pins/many/", "refresh/"])
def test_an_sdr_changes_no_list(world: Any, as_: Any, path: str) -> None:
    assert as_(world.ada).post(f"/segments/{world.segment.pk}/{path}", {"name": "x"}).status_code == 403


def test_an_account_is_found_by_typing_and_pinned_without_javascript(world: Any, as_: Any, ruth: Any) -> None:
    bakery = account_named("Bakery Maas", owner=ruth, industry="Bakery")
    client, base = as_(ruth), f"/segments/{world.segment.pk}"
    found = client.get(f"{base}/pinned/find/", {"find": "baker"}).content.decode()
    nothing = client.post(f"{base}/pins/", {"kind": "include", "reason": "They asked."})
    done = client.post(f"{base}/pins/", {"account": bakery.pk, "kind": "include", "reason": "They asked."})

    assert f'name="account" value="{bakery.pk}"' in found
    assert (nothing.status_code, done.status_code) == (422, 302)
    assert "Find the account first" in nothing.content.decode()
    assert on(world.segment) == {"Maas Dekker", "Bakery Maas"}


def test_the_picked_are_counted_before_they_are_kept_off(world: Any, as_: Any, ruth: Any) -> None:
    other = account_named("Frost", owner=ruth)
    segments.refresh_list(world.segment)
    url, ids = reverse("prospecting:pin_many", args=[world.segment.pk]), [world.account.pk, other.pk]
    asked = as_(ruth).get(url, {"account": ids, "kind": "exclude"}).content.decode()
    before = on(world.segment)
    as_(ruth).post(url, {"account": ids, "kind": "exclude", "reason": "Customers.", "expires_on": "2026-09-01"})

    assert "2 accounts" in asked and len(before) == 2
    assert on(world.segment) == set()
    assert Pin.objects.filter(expires_on=date(2026, 9, 1)).count() == 2
    assert Event.objects.filter(kind="pin.excluded").count() == 2


def test_what_does_not_fit_is_said_while_someone_types(world: Any, as_: Any, ada: Any) -> None:
    client = as_(ada)
    good = client.post("/segments/check/", {"rule": "sites > 1", "when_rule": "closed = False"}).content.decode()
    unfinished = client.post("/segments/check/", {"rule": "sites > 1 and employees >"}).content.decode()
    wrong = client.post("/segments/check/", {"rule": "sites > 1\nand colour = 3"}).content.decode()

    typed = client.post(
        "/segments/check/", {"rule": "sites > 1", "when_rule": 'role_filled = "problem ownr"'}
    ).content.decode()
    assert "Did you mean “Problem owner”?" in typed and "accounts fit" not in typed
    assert "<strong>1</strong>" in good and "1 of them may be contacted now" in good
    assert "up to here" in unfinished and "a value is expected" in unfinished
    assert '<mark class="wrong">colour</mark>' in wrong and 'data-at="14"' in wrong


def test_two_versions_are_compared_term_by_term(world: Any, as_: Any, ada: Any) -> None:
    rule = 'industry = "Cold storage" and sites > 1'
    segments.publish(segments.draft(world.segment, rule=rule, route_version=world.route, by=ada), reason="x", by=ada)
    page = as_(ada).get(f"/segments/{world.segment.pk}/versions/").context["compared"]

    assert page["rule"] == [("", 'industry = "Cold storage"'), ("add", "and sites > 1")]
    assert page["route"] is False


def test_the_words_of_a_segment_change_without_a_version(world: Any, ruth: Any, as_: Any) -> None:
    form = {"name": "Cold stores", "statement": "Operations signs."}
    as_(ruth).post(f"/segments/{world.segment.pk}/words/", form)

    assert Segment.objects.get().name == "Cold stores"
    assert world.segment.versions.count() == 1
    assert Snapshot.objects.count() == 0


def test_a_list_taken_along_and_taken_in_again_changes_no_account(world: SimpleNamespace, ada: Any, as_: Any) -> None:
    client = as_(ada)
    snapshot = snapshots.take(world.segment, name="June", by=ada)
    asked = {
        "list": f"segment={world.segment.pk}&on_list=true", "snapshot": f"snapshot={snapshot.pk}", "missing-roles": "",
    }  # fmt: skip

    for name, query in asked.items():
        answer = client.get(f"/export/{name}.csv?{query}")
        report = imports.import_rows(b"".join(answer.streaming_content), "accounts", by="a test")
        assert (report["created"], report["updated"]) == (0, 0), name

    assert Account.objects.get(pk=world.account.pk).custom == {}


def test_the_account_found_stays_chosen_when_the_pin_is_refused(world: SimpleNamespace, ruth: Any, as_: Any) -> None:
    given = {
        "account": world.account.pk,
        "find": "Maas",
        "kind": "exclude",
        "reason": "Wish.",
        "expires_on": "2020-01-01",
    }

    answer = as_(ruth).post(f"/segments/{world.segment.pk}/pins/", given)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'name="account" value="{world.account.pk}" checked' in page
    assert '<input type="hidden" name="find" value="Maas">' in page
