"""Every figure of the funnel is what the timeline says, on any day and in any cut, and nothing done later changes it."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from appointments import reports
from appointments.reports import behind, comparing
from appointments.reports.halves import cut_of
from appointments.services import work_items
from crm import clock
from prospecting.models import Enrollment, Milestone, Standing
from prospecting.services import ladder_log, milestones, segments
from tests.appointments import brute
from tests.appointments.world import item_of, later, replied
from tests.prospecting.world import MONDAY, account_named, person_at

pytestmark = pytest.mark.django_db
STEPS = ("targeted", "contacted", "engaged", "qualified", "booked", "held", "accepted")
VOIDED = ("contacted", "engaged", "held", "accepted")
FEW = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
deeds = some.lists(
    some.tuples(
        some.integers(0, 4),  # whose walk
        some.sampled_from([*STEPS[1:], *STEPS[1:], "in_hand", *(f"no {rung}" for rung in VOIDED)]),
        some.integers(0, 3),  # days that it was written down late
    ),
    min_size=3,
    max_size=30,
)


class Undone(Exception):
    """Ends an example: what it did is rolled back."""


@pytest.fixture
def five(world: SimpleNamespace, ada: Any, ben: Any) -> SimpleNamespace:
    """Five walks of four accounts, under two segment versions and two prospectors; one account is walked a second time."""
    world.ben = ben
    world.second = segments.draft(world.segment, rule="sites > 1", route_version=world.route, by=ada)
    segments.publish(world.second, reason="fewer", by=ada)
    world.accounts = [world.account, *(account_named(f"Site {n}", owner=ada) for n in range(3))]
    pins = {name: getattr(world.enrollment, name) for name in ("route_version", "sequence_version", "policy")}
    world.walks = [world.enrollment]
    for n, account in enumerate([*world.accounts[1:], world.accounts[1]]):
        walk = Enrollment.objects.create(
            account=account, prospector=(ada, ben)[n % 2], state="active" if n < 3 else "finished",
            segment_version=(world.second, world.enrollment.segment_version)[n % 2],
            started_at=MONDAY + timedelta(days=7 * n), **pins,
        )  # fmt: skip
        with clock.at(walk.started_at):
            milestones.reach_first([walk], "targeted", by=ada)
        world.walks.append(walk)
    return world


def live(world: SimpleNamespace, told: Any) -> None:
    """What the deeds say, a day apart, beginning when the last walk has begun."""
    for day, (whose, what, late) in enumerate(told, start=30):
        walk, now = world.walks[whose], MONDAY + timedelta(days=day)
        with clock.at(now):
            if what.startswith("no "):
                milestones.void(walk, what[3:], why="a mistake", by=world.ada)
            elif what == "in_hand":
                milestones.give_to((world.ada, world.ben)[day % 2], enrollment=walk, contact=None, by="the test")
            else:
                at = max(walk.started_at, now - timedelta(days=late))
                milestones.reach(walk.account, what, enrollment=walk, by=world.ada, at=at)


def days(world: SimpleNamespace) -> list[dict[str, Any]]:
    first = world.enrollment.segment_version_id
    return [
        {}, {"segment_version": first}, {"prospector": world.ben.pk}, {"setter": world.ada.pk},
        {"until": MONDAY + timedelta(days=8)}, {"since": MONDAY + timedelta(days=1), "prospector": world.ada.pk},
        *({"on": MONDAY + timedelta(days=day, hours=1)} for day in (3, 31, 38, 45)),
        {"on": MONDAY + timedelta(days=40), "setter": world.ben.pk, "segment_version": world.second.pk},
    ]  # fmt: skip


def ids(cut: dict[str, Any], step: str) -> set[int]:
    return set(reports.accounts_behind(cut, step).values_list("pk", flat=True))


def agrees(cut: dict[str, Any]) -> None:
    """Page, lists and brute force: one answer."""
    wanted = {"since": MONDAY - timedelta(days=400), **cut}
    told, shown = brute.figures(wanted), reports.funnel(wanted)
    left = {row["key"]: row["accounts"] for row in shown["left"]}
    right = {row["key"]: row["accounts"] for row in shown["right"]}
    assert left == {step: len(told[step]) for step in ("targeted", "contacted", "engaged")}, cut
    assert right == {"engaged": len(told["replies"])} | {step: len(told[step]) for step in STEPS[3:]}, cut
    assert shown["inbound"] == len(told["inbound"]), cut
    for step in (*STEPS, "inbound"):
        assert ids(wanted, step) == told[step], (cut, step)


@FEW
@given(told=deeds)
def test_brute_force_from_the_timeline_equals_every_figure(five: SimpleNamespace, told: Any) -> None:
    with pytest.raises(Undone), transaction.atomic():
        live(five, told)
        with clock.at(MONDAY + timedelta(days=90)):
            for cut in days(five):
                agrees(cut)
            assert ladder_log.check()["equal"]
        raise Undone


def everything(world: SimpleNamespace) -> list[Any]:
    """Each figure of the past, with the accounts behind it."""
    found: list[Any] = []
    for cut in days(world):
        wanted = {"since": MONDAY - timedelta(days=400), "on": MONDAY + timedelta(days=80), **cut}
        shown = reports.funnel(wanted)
        found.append(
            [shown[key] for key in ("left", "right", "inbound", "reply_rate", "meeting_rate", "cohorts", "young")]
        )
        found.append([ids(wanted, step) for step in STEPS])
    return found


@settings(FEW, max_examples=4)
@given(told=deeds, rule=some.sampled_from(["sites > 99", "sites > 0"]))
def test_no_change_of_a_rule_alters_a_figure_of_the_past(five: SimpleNamespace, told: Any, rule: str) -> None:
    with pytest.raises(Undone), transaction.atomic():
        live(five, told)
        with clock.at(MONDAY + timedelta(days=90)):
            before = everything(five)
            new = segments.draft(five.segment, rule=rule, route_version=five.route, by=five.ada)
            segments.publish(new, reason="otherwise", by=five.ada)
            segments.refresh_list(five.segment)  # members leave and enter
            Enrollment.objects.update(prospector=five.ben, segment_version=new)  # and today's walk is another's
            for account in five.accounts:
                account.owner = five.ben
                account.save(update_fields=["owner"])
            milestones.give_to(five.ben, enrollment=five.walks[1], contact=None, by="the test")
            assert everything(five) == before
            assert ladder_log.check()["equal"]
        raise Undone


def test_a_rung_taken_back_and_reached_anew_keeps_all_three_days(world: SimpleNamespace) -> None:
    walk = world.enrollment
    with later(days=1):
        milestones.void(walk, "contacted", why="the mail bounced")
    with later(days=2):
        assert milestones.reach(world.account, "contacted", enrollment=walk, by="the test")
    rows = Milestone.objects.filter(enrollment=walk, rung="contacted").order_by("turn", "voids")
    assert [(row.turn, row.voids) for row in rows] == [(0, False), (0, True), (1, False)]
    stood = [day for day in (0, 1, 2) if ids({"on": MONDAY + timedelta(days=day, hours=5)}, "contacted")]
    assert stood == [0, 2]


def test_what_is_reached_anew_is_never_dated_before_it_was_taken_back(world: SimpleNamespace) -> None:
    with later(days=3):
        milestones.void(world.enrollment, "contacted", why="the mail bounced")
        milestones.reach(world.account, "contacted", enrollment=world.enrollment, at=MONDAY)
    assert Standing.objects.get(until=None).contacted_at == Milestone.objects.get(voids=True).at


def test_a_milestone_is_never_changed(world: SimpleNamespace) -> None:
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Milestone.objects.update(at=MONDAY - timedelta(days=1))


def test_a_milestone_carries_what_held_on_its_day(world: SimpleNamespace, ada: Any) -> None:
    replied(world, "Tuesday works, can you send an invite?")
    contacted, in_hand = (Milestone.objects.get(rung=rung) for rung in ("contacted", "in_hand"))
    walk, touch = world.enrollment, world.touch
    assert (contacted.step, contacted.mailbox, contacted.role) == (touch.step, touch.mailbox, touch.step.role)
    assert contacted.segment_version == walk.segment_version and contacted.enrolled_at == walk.started_at
    assert (contacted.sequence_version, contacted.route_version) == (walk.sequence_version, walk.route_version)
    assert (in_hand.setter, in_hand.prospector) == (ada, walk.prospector)


def test_the_first_setter_stays_the_setter_of_the_walk(world: SimpleNamespace, ada: Any, ben: Any) -> None:
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    work_items.hand_over(item, ben, by=ada)
    assert (ids({"setter": ada.pk}, "booked_and_qualified"), ids({"setter": ben.pk}, "qualified")) == (set(), set())
    shown = {who.pk: reports.funnel({"setter": who.pk})["right"][0]["accounts"] for who in (ada, ben)}
    assert shown == {ada.pk: 1, ben.pk: 0}


def test_role_mailbox_and_label_are_those_of_what_was_delivered_and_said(world: SimpleNamespace, ben: Any) -> None:
    reply = replied(world, "Tuesday works, can you send an invite?")
    role, box = world.touch.step.role_id, world.touch.mailbox_id
    for cut, there in (
        ({"role": role}, 1), ({"role": role + 1000}, 0), ({"mailbox": box}, 1), ({"mailbox": box + 1000}, 0),
        ({"label": reply.label}, 1), ({"label": "referral"}, 0), ({"step": world.touch.step_id}, 1),
    ):  # fmt: skip
        assert len(ids(cut, "engaged")) == there, cut
        if "step" not in cut:
            agrees(cut)


def test_the_ladder_is_built_again_from_the_timeline(world: SimpleNamespace) -> None:
    replied(world, "Tuesday works, can you send an invite?")
    before = list(Milestone.objects.order_by("at", "rung").values_list("rung", "at", "step", "setter"))
    Milestone.objects.filter(rung="engaged").delete()
    assert ladder_log.check()["missing"]["milestone"] == 1
    assert ladder_log.rebuild()["equal"] is False
    assert list(Milestone.objects.order_by("at", "rung").values_list("rung", "at", "step", "setter")) == before
    assert ladder_log.check()["equal"] and Standing.objects.get(until=None).engaged_at


def test_everybody_who_counts_the_same_gets_the_same_accounts(
    five: SimpleNamespace, ada: Any, ruth: Any, stranger: Any, as_: Any
) -> None:
    live(five, [(0, "engaged", 0), (1, "contacted", 0), (1, "engaged", 0), (2, "contacted", 0), (1, "qualified", 0)])
    with clock.at(MONDAY + timedelta(days=60)):
        for step in (*STEPS, "inbound"):
            told = {row.pk for row in reports.accounts_behind({}, step)}
            for someone in (ada, ruth, stranger):
                client = as_(someone)
                page = client.get("/funnel/accounts/", {"step": step}).context["rows"]
                api = client.get("/api/v1/funnel/accounts/", {"step": step}).json()["results"]
                assert {row["account"].pk for row in page} == {row["id"] for row in api} == told, (someone, step)


def test_every_leak_opens_as_many_accounts_as_it_counts(five: SimpleNamespace) -> None:
    replied(five, "Tuesday works, can you send an invite?")
    live(five, [(1, "contacted", 0), (2, "contacted", 0), (2, "no contacted", 0), (3, "contacted", 0)])
    with clock.at(MONDAY + timedelta(days=120)):
        found = reports.funnel({})
        assert {row["key"] for row in found["leak"]} >= {"unworked", "not_qualified", "silent", "nobody"}
        for row in found["leak"]:
            assert len(ids({}, row["key"])) == row["count"], row
        for row in found["labels"]:
            assert len(ids({}, f"{behind.SAID}{row['label']}")) == row["count"]


@pytest.mark.parametrize(
    ("rule", "compared", "counted"), [('name != "Nobody"', "comparable", [2]), ("sites > 999", "shifted", [1, 2])]
)
def test_like_for_like_counts_an_account_once_in_a_line_of_versions(
    world: SimpleNamespace, ada: Any, rule: str, compared: str, counted: list[int]
) -> None:
    pins = {name: getattr(world.enrollment, name) for name in ("route_version", "sequence_version", "policy")}
    first = world.enrollment.segment_version
    second = segments.draft(world.segment, rule=f"({first.rule}) and {rule}", route_version=world.route, by=ada)
    segments.publish(second, reason="fewer", by=ada)
    store = account_named("Site 1", owner=ada)
    for version in (first, second):
        walk = Enrollment.objects.create(
            account=store, prospector=ada, state="finished", segment_version=version, started_at=MONDAY, **pins
        )
        milestones.reach_first([walk], "targeted", by=ada)
        milestones.reach(store, "contacted", enrollment=walk, by=ada)
    with clock.at(MONDAY + timedelta(days=120)):
        found = comparing.strata(cut_of({"prospector": ada.pk}))
        lines = [row["breaks"] for row in reports.funnel({"prospector": ada.pk})["cohorts"]]

    assert second.compared == compared
    assert any(lines) is (compared == "shifted")
    assert sorted(row["contacted"] for row in found.values() if row["contacted"]) == counted


def test_a_second_person_makes_no_second_account(world: SimpleNamespace) -> None:
    person_at(world.account, "Anna Second", "approver")
    replied(world, "Tuesday works, can you send an invite?")
    agrees({})
