"""The route as the page of an account draws it."""

import re

import pytest

from crm import clock
from crm.models import Membership
from prospecting.models import StageVisit
from prospecting.services import reactions, routes, variants
from tests.prospecting.world import enrolled

pytestmark = pytest.mark.django_db
SIGNS = {"name": "Signs", "roles": ["approver"], "gate": {"silence": {"touches": 2, "working_days": 3}}}


def test_the_map_says_what_opens_the_next_stage_and_how_far_it_is(world, ada, as_):
    enrolled(world)
    page = as_(ada).get(f"/accounts/{world.account.pk}/route/").content.decode()
    assert "0 of 2 touches made without an answer" in page
    assert "when a colleague names the approver" in page


def test_where_nobody_is_known_the_map_leads_to_adding_someone(world, ada, as_):
    walk = enrolled(world)
    stage = walk.visits.order_by("stage__order").last().stage
    Membership.objects.filter(account=world.account, role__in=stage.roles.all()).update(until=clock.today())
    page = as_(ada).get(f"/accounts/{world.account.pk}/route/").content.decode()
    link = re.search(r'href="([^"]+)">Add someone', page).group(1).replace("&amp;", "&")
    assert f"role={stage.roles.first().slug}" in link
    assert as_(ada).get(link).status_code == 200


def test_after_a_switch_the_map_shows_the_route_that_is_walked(world, ruth, ada, as_):
    walk = enrolled(world)
    other = routes.publish(
        routes.draft(
            routes.create_route("Admin-first", by=ruth), [{"name": "Door", "roles": ["gatekeeper"]}, SIGNS], by=ruth
        ),
        by=ruth,
    )
    variants.add_variant(world.segment, name="Admin-first", condition="sites > 9", route_version=other, by=ruth)
    reactions.switch_variant(walk, "Admin-first", "they said so", by=ruth)
    page = as_(ada).get(f"/accounts/{world.account.pk}/route/")
    assert [stage["name"] for stage in page.context["stages"]] == ["Door", "Signs"]
    assert StageVisit.objects.filter(enrollment=walk).count() == 4
