"""Routes under real concurrency: a version put to use during a planner run harms neither, and no draft is torn."""

import threading
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, connections

from crm import clock
from crm.errors import Refused
from prospecting.models import Enrollment, RouteVersion, Stage, StageVisit, Touch
from prospecting.queries import routes as asked
from prospecting.services import planner, routes, segments, variants
from tests.prospecting.world import MONDAY, account_named, enrolled, person_at, small_world

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = {"name": "Owner", "roles": ["problem-owner"], "gate": {"start": {}}}
SIGNS = {"name": "Signs", "roles": ["approver"], "gate": {"silence": {"touches": 1, "working_days": 0}}}
MANY = 60


@pytest.fixture
def many(ada: Any) -> SimpleNamespace:
    with clock.at(MONDAY):
        world = small_world(ada)
        for n in range(MANY):
            person_at(account_named(f"Frost {n}", owner=ada), "Ann Frost", "problem-owner")
        segments.refresh_list(world.segment)
        for entry in world.segment.target_list.entries.filter(left_at=None).select_related("account"):
            enrolled(world, entry.account)
        Touch.objects.all().delete()
        Enrollment.objects.update(plan_at=MONDAY)
    return world


def at_once(*jobs: Any) -> list[Any]:
    """Each job in a thread with a connection of its own, all let go together; what each raised."""
    ready, raised = threading.Barrier(len(jobs)), []

    def run(job: Any) -> None:
        ready.wait()
        try:
            with clock.at(MONDAY):
                job()
        except Exception as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def test_a_version_put_to_use_during_a_planner_run_changes_nothing_in_flight(many: SimpleNamespace, ada: Any) -> None:
    before = Counter(StageVisit.objects.values_list("stage", flat=True))
    route = many.route.route

    def publishing() -> None:
        for n in range(8):
            stages = [{**OWNER, "name": f"Owner {n}"}, SIGNS]
            routes.publish(routes.draft(route, stages, by=ada), reason="again", by=ada, lead_variants=True)

    raised = at_once(publishing, lambda: planner.plan_due(), lambda: planner.plan_due())

    assert raised == []
    assert Counter(StageVisit.objects.values_list("stage", flat=True)) == before
    assert set(Enrollment.objects.values_list("route_version", flat=True)) == {many.route.pk}
    assert Touch.objects.count() == Touch.objects.values("contact").distinct().count() == MANY + 1
    assert list(route.versions.order_by("number").values_list("number", "state")) == [
        (n, "published") for n in range(1, 10)
    ]


def test_whoever_writes_the_draft_while_it_is_put_to_use_never_tears_it(many: SimpleNamespace, ada: Any) -> None:
    route = many.route.route
    for turn in range(6):
        draft = routes.draft(route, [OWNER, SIGNS, {**SIGNS, "name": "Third", "roles": ["executive"]}], by=ada)
        raised = at_once(
            lambda: routes.draft(route, [OWNER], by=ada), lambda draft=draft: routes.publish(draft, reason="x", by=ada)
        )
        draft.refresh_from_db()
        assert raised == [], turn
        assert draft.state == "published"
        # Either the writer came first and the short draft is in use, or a draft of its own follows the long one.
        follows = routes.draft_of(route)
        assert (len(asked.stops_of(draft)), follows is not None) in {(1, False), (3, True)}
        if follows:
            routes.discard(follows, by=ada)


def test_two_leads_put_a_draft_to_use_at_once_and_one_of_them_does(many: SimpleNamespace, ada: Any) -> None:
    draft = routes.draft(many.route.route, [OWNER, SIGNS], by=ada)
    copies = [RouteVersion.objects.get(pk=draft.pk) for _ in range(4)]
    raised = at_once(*(lambda copy=copy: routes.publish(copy, reason="x", by=ada) for copy in copies))

    assert [type(error) for error in raised] == [Refused] * 3
    assert Stage.objects.filter(version=draft).count() == 2


def test_variants_made_and_ordered_at_once_keep_an_order(many: SimpleNamespace, ada: Any) -> None:
    def adding(n: int) -> Any:
        words = {"name": f"V{n}", "condition": f"sites > {n}", "route_version": many.route}
        return lambda: variants.add_variant(many.segment, by=ada, **words)

    raised = at_once(*(adding(n) for n in range(6)), adding(0))
    places = list(many.segment.variants.values_list("order", flat=True))

    assert [type(error) for error in raised] == [Refused]  # one name, two people: the second is told
    assert places == [1, 2, 3, 4, 5, 6]


def test_an_enrollment_during_a_publication_pins_a_whole_version(many: SimpleNamespace, ada: Any) -> None:
    with clock.at(MONDAY):
        person_at(account_named("Late", owner=ada), "Lea Late", "problem-owner")
        segments.refresh_list(many.segment)
        variants.add_variant(many.segment, name="All", condition="sites > 0", route_version=many.route, by=ada)
    late = many.segment.target_list.entries.select_related("account").get(account__name="Late").account
    draft = routes.draft(many.route.route, [OWNER, SIGNS], by=ada)
    raised = at_once(
        lambda: enrolled(many, late), lambda: routes.publish(draft, reason="x", by=ada, lead_variants=True)
    )
    walk = Enrollment.objects.get(account=late)

    assert raised == []
    assert set(walk.visits.values_list("stage__version", flat=True)) == {walk.route_version_id}
    assert walk.visits.count() == 2
    connection.close()
