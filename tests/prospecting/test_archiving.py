"""A segment is put away: its list stands still, whoever walks goes on, and it can be taken out again."""

import pytest

from crm.errors import Refused
from crm.models import Event
from prospecting.models import Segment
from prospecting.services import archiving, enrollment, lists, segments
from tests.prospecting.world import account_named, enrolled

pytestmark = pytest.mark.django_db


def test_putting_away_says_what_it_means_and_leaves_walks_and_history(world, ruth):
    walk = enrolled(world)
    means = archiving.archive(world.segment, "We sell no more there.", by=ruth)
    walk.refresh_from_db()
    assert (means.members, means.walking, walk.state) == (1, 1, "active")
    assert "1 enrolled account goes on to the end" in means.sentence
    assert Event.objects.get(kind="segment.archived").why == "We sell no more there."


def test_its_list_stands_still_and_nobody_is_enrolled_from_it(world, ada, ruth):
    archiving.archive(world.segment, "Over.", by=ruth)
    account_named("New store", owner=ada)
    world.segment.refresh_from_db()
    with pytest.raises(Refused, match="stands still"):
        segments.refresh_list(world.segment, by=ruth)
    with pytest.raises(Refused, match="nobody is enrolled"):
        enrollment.preview([world.account], world.sequence, world.segment, prospector=ada)
    lists.refresh_all()
    assert archiving.consequences(world.segment).members == 1


def test_taken_out_it_follows_its_rule_again(world, ada, ruth):
    archiving.archive(world.segment, "Over.", by=ruth)
    account_named("New store", owner=ada)
    archiving.restore(world.segment, by=ruth)
    world.segment.refresh_from_db()
    segments.refresh_list(world.segment, by=ruth)
    assert archiving.consequences(world.segment).members == 2


def test_a_lead_does_both_on_the_page_and_an_sdr_neither(world, ada, ruth, as_):
    away, out = (f"/segments/{world.segment.pk}/{what}/" for what in ("archive", "restore"))
    assert as_(ada).post(away, {"reason": "x"}).status_code == 403
    page = as_(ruth).get(f"/segments/{world.segment.pk}/words/").content.decode()
    assert "Its list stands still with 1 account" in page
    as_(ruth).post(away, {"reason": "Over."})
    assert as_(ruth).get(f"/segments/{world.segment.pk}/list/").status_code == 404
    assert "Take out again" in as_(ruth).get("/segments/").content.decode()
    assert as_(ada).post(out).status_code == 403
    as_(ruth).post(out)
    assert Segment.objects.get(pk=world.segment.pk).archived_at is None


def test_the_api_and_the_admin_say_the_same(world, ruth, adm, as_):
    path = f"/api/v1/segments/{world.segment.pk}"
    assert as_(ruth).post(f"{path}/archive/", {"reason": "Over."}, content_type="application/json").status_code == 200
    assert as_(ruth).post(f"{path}/archive/", {"reason": "Over."}, content_type="application/json").status_code == 409
    chosen = {"action": "take_out", "_selected_action": [world.segment.pk]}
    as_(adm).post("/admin/prospecting/segment/", chosen)
    assert Segment.objects.get(pk=world.segment.pk).archived_at is None


def test_an_admin_who_is_no_superuser_sees_every_tab(world, adm, as_):
    assert not adm.is_superuser
    page = as_(adm).get(f"/admin/prospecting/segment/{world.segment.pk}/change/").content.decode()
    assert "Role template" in page and 'name="versions-TOTAL_FORMS"' in page
    page = as_(adm).get(f"/admin/crm/account/{world.account.pk}/change/").content.decode()
    assert "Joost Dekker" in page


def test_pinning_is_an_action_of_the_lists_entries(world, adm, as_):
    assert "pin_to_list" in as_(adm).get("/admin/prospecting/listentry/").content.decode()


def test_the_history_of_a_segment_put_away_can_still_be_read(world, ruth, ada, as_):
    archiving.archive(world.segment, "Over.", by=ruth)
    base, client = f"/segments/{world.segment.pk}/", as_(ruth)

    page = client.get(base, follow=True)

    assert page.redirect_chain[-1][0] == f"{base}versions/"
    assert "Put away since" in page.content.decode()
    assert [name for name, _, _ in page.context["tabs"]] == ["versions", "refreshes", "snapshots"]
    assert {client.get(f"{base}{tail}/").status_code for tail in ("refreshes", "snapshots")} == {200}
    assert {client.get(f"{base}{tail}/").status_code for tail in ("list", "health", "pinned", "words")} == {404}
    assert "Take out again" not in as_(ada).get(f"{base}versions/").content.decode()
