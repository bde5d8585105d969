"""The politeness policy changes by a draft and a reason, and holds for whoever starts from then on."""

import pytest

from crm.errors import Refused
from crm.models import Event
from prospecting.models import PolitenessPolicy
from prospecting.services import policies
from prospecting.services.starting import ensure_policy
from tests.prospecting.world import account_named, enrolled, person_at

pytestmark = pytest.mark.django_db


def test_a_draft_changes_nothing_until_it_is_published(world, adm):
    before = ensure_policy()
    policies.draft(by=adm, people_at_once=1)
    assert ensure_policy() == before
    assert enrolled(world).policy == before


def test_published_it_holds_for_who_starts_and_not_for_who_walks(world, adm, ada):
    walk = enrolled(world)
    policies.publish(policies.draft(by=adm, people_at_once=1), "Fewer at once.", by=adm)
    walk.refresh_from_db()
    other = account_named("Other Store", owner=ada)
    person_at(other, "Owen Other", "problem-owner")
    from prospecting.services import segments  # noqa: PLC0415 - the list anew for this test alone

    segments.refresh_list(world.segment)
    assert (walk.policy.people_at_once, enrolled(world, other).policy.people_at_once) == (2, 1)


def test_it_is_pinned_on_what_it_decided(world, adm):
    walk = enrolled(world)
    policies.publish(policies.draft(by=adm, touches_a_week=1), "Fewer a week.", by=adm)
    assert str(walk.policy) == "Politeness policy 1"


def test_who_changed_what_stands_on_the_record(world, adm):
    row = policies.publish(
        policies.draft(by=adm, touches_a_week=2, cool_off={"not_interested": 30}), "Too many.", by=adm
    )
    event = Event.objects.get(kind="politenesspolicy.published", subject_id=row.pk)
    assert event.actor == adm and event.facts["changed"]["touches_a_week"] == ["3", "2"]
    assert event.facts["changed"]["cool_off not_interested"] == ["10", "30"]


@pytest.mark.parametrize(
    "wrong",
    [{"people_at_once": 0}, {"touches_a_week": 99}, {"cool_off": {"sulking": 3}}, {"cool_off": {"not_now": 900}},
     {"cool_off": []}, {"kindness": 1}],
)  # fmt: skip
def test_bad_input_is_refused_in_words(adm, db, wrong):
    with pytest.raises(Refused):
        policies.draft(by=adm, **wrong)


def test_without_a_reason_or_a_change_it_is_not_published(adm, db):
    with pytest.raises(Refused, match="Say why"):
        policies.publish(policies.draft(by=adm, people_at_once=1), " ", by=adm)
    with pytest.raises(Refused, match="says the same"):
        policies.publish(policies.draft(by=adm, people_at_once=2), "No change at all.", by=adm)


def test_a_discarded_draft_leaves_its_number_unused(adm, db):
    policies.discard(policies.draft(by=adm, people_at_once=1), by=adm)
    assert policies.draft(by=adm, people_at_once=3).number == 3
    assert PolitenessPolicy.objects.filter(state="draft").count() == 1


def test_its_effect_is_told_in_accounts(world, adm, server):
    from prospecting.services import sending  # noqa: PLC0415 - one mail out for this test alone

    enrolled(world)
    sending.send_due(hand_over=server)
    seen = policies.effect(policies.draft(by=adm, touches_a_week=1))
    assert (seen.walking, seen.more_people, seen.more_touches) == (1, 0, 0)
    assert seen.versions == ((1, 1),)


def test_everyone_reads_the_page_and_an_admin_changes_it(world, ada, adm, as_):
    page = as_(ada).get("/politeness/").content.decode()
    assert "In use: version 1" in page and "Keep the draft" not in page
    said = {"people_at_once": 1, "touches_a_week": 3, "days_between_people": 2, "cool_not_interested": 20}
    assert as_(ada).post("/politeness/publish/", {"why": "Because."}).status_code == 403
    client = as_(adm)
    client.post("/politeness/", said)
    assert "People at once: 2" in client.get("/politeness/").content.decode()
    client.post("/politeness/publish/", {"why": "Fewer people at once."})
    assert "In use: version 2" in client.get("/politeness/").content.decode()


def test_a_member_cannot_write_a_draft(ada, as_, db):
    as_(ada).post("/politeness/", {"people_at_once": 9, "touches_a_week": 3, "days_between_people": 2})
    assert not PolitenessPolicy.objects.filter(state="draft").exists()
    made = as_(ada).post("/api/v1/politeness-policies/", {"people_at_once": 9}, "application/json")
    assert made.status_code == 403


def test_the_api_drafts_and_publishes(adm, as_, db):
    ensure_policy()
    client = as_(adm)
    made = client.post("/api/v1/politeness-policies/", {"people_at_once": 1}, "application/json").json()
    address = f"/api/v1/politeness-policies/{made['id']}/publish/"
    assert client.post(address, {"why": "Fewer at once."}, "application/json").json()["state"] == "published"
