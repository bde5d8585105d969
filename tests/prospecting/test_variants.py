"""Variants of a segment: tried in their order, the first that fits is taken, and anyone can see why."""

import pytest

from crm.errors import Refused
from crm.models import Account, Event
from prospecting.models import RouteVariant
from prospecting.queries import routes as asked
from prospecting.services import enrollment, routes, segments, variants
from tests.prospecting.world import account_named, enrolled, person_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def ways(world, ruth):
    """Three variants that all lead onto another route: compliance first, operations for many sites, the front desk."""
    other = routes.draft(
        routes.create_route("Compliance first", by=ruth), [{"name": "Legal", "roles": ["legal"]}], by=ruth
    )
    world.other = routes.publish(other, by=ruth)
    for name, condition in (
        ("Regulated", 'regulated = "F-gas"'),
        ("Many sites", "sites > 3"),
        ("Front desk", 'role_filled = "gatekeeper"'),
    ):
        variants.add_variant(world.segment, name=name, condition=condition, route_version=world.other, by=ruth)
    return world


def names(segment):
    return list(segment.variants.values_list("name", flat=True))


def test_they_are_tried_in_the_order_people_put_them(ways, ruth):
    row = ways.segment.variants.get(name="Front desk")
    variants.move_variant(row, up=True, by=ruth)
    variants.place_variant(ways.segment.variants.get(name="Regulated"), 3, by=ruth)
    variants.move_variant(ways.segment.variants.get(name="Regulated"), up=False, by=ruth)
    assert names(ways.segment) == ["Front desk", "Many sites", "Regulated"]


def test_an_order_made_from_a_page_that_is_old_is_refused(ways, ruth):
    wanted = list(ways.segment.variants.values_list("pk", flat=True))
    variants.remove_variant(ways.segment.variants.first(), by=ruth)
    with pytest.raises(Refused, match="in the meantime"):
        variants.order_variants(ways.segment, wanted, by=ruth)


def test_each_condition_is_answered_term_by_term(ways):
    version = segments.current_version(ways.segment)
    said = asked.choices(ways.segment, ways.account, version.route_version)
    assert [(one.name, one.tried, one.taken) for one in said] == [
        ("Regulated", True, False), ("Many sites", True, True), ("Front desk", False, False), ("Everyone else", False, False),
    ]  # fmt: skip
    assert [(term.text, term.holds, term.own) for term in said[1].terms] == [("sites > 3", True, "4")]


def test_what_the_page_says_is_what_an_enrollment_does(ways, ada):
    version = segments.current_version(ways.segment)
    for n, sites in enumerate((1, 2, 9)):
        person_at(account_named(f"Frost {n}", owner=ada, sites=sites), "Ann Frost", "problem-owner")
    rows = list(Account.objects.all())
    routed = enrollment.routes_for(rows, version)
    for row in rows:
        taken = next(one for one in asked.choices(ways.segment, row, version.route_version) if one.taken)
        assert taken.route == routed[row.pk] == routes.route_for(row, version)


def test_how_many_fall_to_each_is_counted_in_order_and_adds_up(ways, ada):
    for n, sites in enumerate((1, 2, 9)):
        account_named(f"Frost {n}", owner=ada, sites=sites)
    segments.refresh_list(ways.segment)
    found = asked.shares(ways.segment)
    rows = {row.name: row.pk for row in ways.segment.variants.all()}
    assert {pk: share.number for pk, share in found.items()} == {
        rows["Regulated"]: 0,
        rows["Many sites"]: 2,
        rows["Front desk"]: 0,
        None: 2,
    }


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"condition": "sitez > 2"}, "sitez"),
        ({"condition": " "}, "Say which accounts"),
        ({"name": " "}, "needs a name"),
        ({"name": "many SITES"}, "has a variant named"),
        ({"name": "a\x00b"}, "a character that is none"),
    ],
)
def test_a_variant_that_cannot_be_is_refused_and_nothing_is_kept(ways, ruth, given, says):
    before = Event.objects.count()
    with pytest.raises(Refused, match=says):
        variants.add_variant(
            ways.segment, **{"name": "New", "condition": "sites > 1", "route_version": ways.other, "by": ruth, **given}
        )
    assert (len(names(ways.segment)), Event.objects.count()) == (3, before)


def test_a_draft_is_led_onto_by_nothing(ways, ruth):
    draft = routes.draft(ways.other.route, [{"roles": ["champion"]}], by=ruth)
    with pytest.raises(Refused, match="cannot lead onto a draft"):
        variants.change_variant(
            ways.segment.variants.first(), name="x", condition="sites > 1", route_version=draft, by=ruth
        )


def test_a_segment_has_a_bound_of_variants(ways, ruth):
    for n in range(variants.MOST_VARIANTS - 3):
        variants.add_variant(ways.segment, name=f"V{n}", condition="sites > 1", route_version=ways.other, by=ruth)
    with pytest.raises(Refused, match="split it"):
        variants.add_variant(ways.segment, name="one more", condition="sites > 1", route_version=ways.other, by=ruth)
    assert len(names(ways.segment)) == variants.MOST_VARIANTS


def test_walks_in_flight_stay_when_their_variant_goes(ways, ruth):
    ways.segment.variants.exclude(name="Front desk").delete()
    walk = enrolled(ways)
    variants.remove_variant(ways.segment.variants.get(), by=ruth)
    walk.refresh_from_db()
    assert (walk.state, walk.route_version) == ("active", ways.route)


# The pages --------------------------------------------------------------------------------------------------------


def test_the_page_shows_order_shares_and_why(ways, ada, as_):
    page = as_(ada).get(f"/segments/{ways.segment.pk}/routes/?account={ways.account.pk}").content.decode()
    assert page.index("Regulated") < page.index("Many sites") < page.index("Front desk") < page.index("Everyone else")
    assert "not asked: one before it fits" in page
    assert 'name="act"' not in page


def test_a_lead_adds_changes_moves_and_removes_one(ways, ruth, as_):
    client, here = as_(ruth), f"/segments/{ways.segment.pk}/routes/"
    client.post(here + "new/", {"name": "Purchasing", "rule": "employees > 500", "route_version": ways.other.pk})
    row = ways.segment.variants.get(name="Purchasing")
    client.post(
        f"{here}{row.pk}/", {"name": "Procurement-first", "rule": "employees > 900", "route_version": ways.other.pk}
    )
    client.post(f"{here}{row.pk}/move/", {"act": "up"})
    assert names(ways.segment) == ["Regulated", "Many sites", "Procurement-first", "Front desk"]
    client.post(f"{here}{row.pk}/move/", {"act": "remove"})
    assert names(ways.segment) == ["Regulated", "Many sites", "Front desk"]


def test_a_wrong_condition_comes_back_with_its_place_and_what_was_typed(ways, ruth, as_):
    answer = as_(ruth).post(
        f"/segments/{ways.segment.pk}/routes/new/", {"name": "New", "rule": "sitez > 2", "route_version": ways.other.pk}
    )
    assert answer.status_code == 422
    assert "sitez" in answer.content.decode()
    assert answer.context["form"].errors["rule"]


def test_a_variant_of_an_older_version_is_led_onto_the_newest(ways, ruth, as_):
    newer = routes.publish(routes.draft(ways.other.route, [{"name": "Lawyer", "roles": ["legal"]}], by=ruth), by=ruth)
    row = ways.segment.variants.first()
    page = as_(ruth).get(f"/segments/{ways.segment.pk}/routes/").content.decode()
    as_(ruth).post(f"/segments/{ways.segment.pk}/routes/{row.pk}/move/", {"act": "newest"})
    row.refresh_from_db()
    assert "Lead onto 2" in page
    assert row.route_version == newer


def test_an_sdr_reads_variants_and_changes_none(ways, ada, as_):
    row, here = ways.segment.variants.first(), f"/segments/{ways.segment.pk}/routes/"
    client = as_(ada)
    assert client.get(here).status_code == 200
    for path in ("new/", f"{row.pk}/", f"{row.pk}/move/"):
        assert client.post(here + path, {"act": "remove"}).status_code == 403
    assert RouteVariant.objects.count() == 3


def test_a_variant_of_another_segment_is_not_found_there(ways, ruth, as_):
    other = segments.create_segment(name="Other", statement="x", rule="sites > 1", route_version=ways.other, by=ruth)
    row = ways.segment.variants.first()
    assert as_(ruth).post(f"/segments/{other.pk}/routes/{row.pk}/move/", {"act": "remove"}).status_code == 404
    assert as_(ruth).get(f"/segments/{other.pk}/routes/{row.pk}/move/").status_code == 405
