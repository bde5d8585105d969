"""After the answer: rest and come back with new copy, a referral, a successor, a corrected role, a reason."""

import re
from datetime import date, timedelta

import pytest

from appointments.models import WorkItem
from appointments.services import named_people, work_items
from crm import clock
from crm.errors import Refused
from crm.models import Contact, Event, Membership, Notification
from crm.services import contacts
from prospecting.models import Enrollment, Touch
from prospecting.queries import list_health
from prospecting.services import enrollment, planner, resting, returning, sequences
from tests.appointments.world import item_of, later, replied
from tests.prospecting.world import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_copy(world, ada):
    """A sequence for accounts that come back."""
    text = sequences.save_template(
        "Half a year later", subject="Half a year later", body="Hello {{first_name}}.", by=ada
    )
    steps = [{"role": role, "template": text, "wait_days": 0} for role in ("problem-owner", "approver")]
    version = sequences.draft(sequences.create_sequence("Come back", by=ada), steps, by=ada)
    sequences.publish(version, by=ada)
    returning.come_back_with(world.sequence.sequence, version.sequence, by=ada)
    return version


def walk(world):
    return Enrollment.objects.get(pk=world.enrollment.pk)


def wake(days):
    with later(days=days):
        return enrollment.wake_resting(clock.now())


def test_a_date_they_name_brings_the_account_back_before_it_at_the_same_stage_with_new_copy(world, new_copy, ada):
    replied(world, "Not now, please come back in October.")
    assert (walk(world).state, walk(world).rests_until < date(2026, 10, 1)) == ("resting", True)
    assert wake((walk(world).rests_until - MONDAY.date()).days) == 1
    planned = Touch.objects.get(account=world.account, state="planned")
    assert (planned.contact, planned.step.version, planned.visit.stage.order) == (world.joost, new_copy, 1)
    assert Event.objects.filter(kind="enrollment.new_copy", account=world.account).exists()
    assert Notification.objects.filter(user=ada, kind="returned", text__contains="New copy").exists()


def test_whoever_was_answered_and_waits_hears_from_us_again(world, new_copy, ada):
    item = item_of(replied(world, "Sounds interesting, tell me more."))
    assert Contact.objects.get(pk=world.joost.pk).stopped_at
    work_items.done(item, outcome="nurture", next="rest", rest_until=date(2026, 9, 1), reason="budget", by=ada)
    wake(90)
    assert Contact.objects.get(pk=world.joost.pk).stopped_at is None
    assert Touch.objects.get(account=world.account, state="planned").contact == world.joost


@pytest.mark.parametrize(
    "text", ["Please remove me from your list.", "I think you have the wrong person, this is not my area."]
)
def test_whoever_said_no_for_good_does_not(world, new_copy, ada, text):
    replied(world, text)
    resting_walk = walk(world)
    enrollment.rest(resting_walk, date(2026, 9, 1), "the summer", by=ada)
    wake(90)
    assert not Touch.objects.filter(contact=world.joost, state="planned").exists()


def test_whom_a_person_stopped_stays_stopped(world, new_copy, ada):
    replied(world, "Not now, please come back in October.")
    contacts.stop_contact(world.joost, "They are my neighbour.", by=ada)
    wake(120)
    assert Contact.objects.get(pk=world.joost.pk).stopped_at


def test_without_new_copy_it_goes_on_with_what_they_have_not_had(world):
    replied(world, "Not now, please come back in October.")
    wake(120)
    assert Touch.objects.get(account=world.account, state="planned").step.order == 2


def test_new_copy_that_lacks_a_role_is_not_taken_and_said(world, ada):
    text = sequences.save_template("Only one", subject="One", body="Hello.", by=ada)
    version = sequences.draft(
        sequences.create_sequence("Only one", by=ada),
        [{"role": "problem-owner", "template": text, "wait_days": 0}],
        by=ada,
    )
    sequences.publish(version, by=ada)
    returning.come_back_with(world.sequence.sequence, version.sequence, by=ada)
    replied(world, "Not now, please come back in October.")
    wake(120)
    assert walk(world).sequence_version == world.sequence
    assert Event.objects.filter(kind="enrollment.no_new_copy").exists()


def test_ended_by_hand_the_rest_brings_new_copy_too(world, new_copy, ada):
    replied(world, "Not now, please come back in October.")
    resting.end_rest(world.account, by=ada)
    assert walk(world).sequence_version == new_copy


def test_two_clocks_wake_an_account_once(world, new_copy):
    replied(world, "Not now, please come back in October.")
    assert (wake(120), wake(120)) == (1, 0)
    assert Event.objects.filter(kind="enrollment.new_copy").count() == 1


def test_a_sequence_does_not_come_back_with_itself(world, ada):
    with pytest.raises(Refused, match="another sequence"):
        returning.come_back_with(world.sequence.sequence, world.sequence.sequence, by=ada)


def test_a_lead_chooses_the_new_copy_on_the_sequences_page(world, new_copy, ruth, ada, as_):
    page = f"/sequences/{world.sequence.sequence_id}/"
    assert "Come back" in as_(ruth).get(page).content.decode()
    as_(ruth).post(f"{page}coming-back/", {"with": ""})
    world.sequence.sequence.refresh_from_db()
    assert world.sequence.sequence.returns_with is None
    assert as_(ada).post(f"{page}coming-back/", {"with": new_copy.sequence_id}).status_code == 403


# People ----------------------------------------------------------------------------------------------------------


def test_whom_they_name_by_hand_is_kept_with_the_sentence_and_the_stage_opens(world, as_):
    item = item_of(replied(world, "Please contact our purchasing department about this."))
    said = {"first_name": "Petra", "last_name": "Bakker", "role": "approver", "evidence": "She signs for it."}
    as_(world.ada).post(f"/replies/{item.pk}/names/", said)
    here = Membership.objects.get(account=world.account, contact__last_name="Bakker")
    assert (here.role.slug, here.source) == ("approver", "referral")
    assert walk(world).visits.get(stage__order=2).state == "open"


def test_a_successor_takes_over_the_stage(world, ada):
    item = item_of(replied(world, "Joost Dekker has left the company.", sender=world.willem.email, name="Willem Maas"))
    assert item.what == "find_successor"
    new = named_people.keep(item, role="problem-owner", first_name="Petra", last_name="Bakker",
                            email="petra@maas-dekker.example", evidence="", by=ada)  # fmt: skip
    work_items.done(item, outcome="referred", next="resume", by=ada)
    planner.plan_due()
    assert Touch.objects.get(account=world.account, state="planned").contact == new


def test_the_wrong_person_gets_the_part_they_play_and_counts_against_the_list(world, as_):
    item = item_of(replied(world, "I think you have the wrong person, this is not my area."))
    client = as_(world.ada)
    assert "Correct their part" in client.get(f"/replies/{item.pk}/").content.decode()
    client.post(f"/replies/{item.pk}/role/", {"role": "gatekeeper"})
    assert Membership.objects.get(contact=world.joost, until=None).role.slug == "gatekeeper"
    found = list_health.health(world.segment)
    assert (found.wrong, found.answered) == (1, 1)
    page = client.get(f"/segments/{world.segment.pk}/health/").content.decode()
    behind = re.search(r'href="([^"]*step=wrong_person[^"]*)"', page).group(1).replace("&amp;", "&")
    assert "Maas Dekker" in client.get(behind).content.decode()


def test_a_rule_that_finds_the_wrong_people_is_said_to():
    few = list_health.Health(list_health.Count(9, True), None, None, wrong=1, answered=4)
    many = list_health.Health(list_health.Count(9, True), None, None, wrong=3, answered=12)
    assert (few.wrong_rule, "look at the rule" in many.wrong_rule) == ("", True)


# Reasons ---------------------------------------------------------------------------------------------------------


def test_whoever_declines_is_asked_why(world, ada):
    item = item_of(replied(world, "Not interested, thanks."))
    with pytest.raises(Refused, match="why they decline"):
        work_items.done(item, outcome="closed", next="next_role", by=ada)
    with pytest.raises(Refused, match="few words"):
        work_items.done(item, outcome="closed", next="next_role", reason="other", by=ada)
    done = work_items.done(item, outcome="closed", next="next_role", reason="supplier", note="Frostline", by=ada)
    assert (done.reason, done.note) == ("supplier", "Frostline")


def test_the_page_asks_for_it_and_keeps_what_was_typed(world, as_):
    item = item_of(replied(world, "Not interested, thanks."))
    client = as_(world.ada)
    assert "Why they decline" in client.get(f"/replies/{item.pk}/").content.decode()
    answer = client.post(f"/replies/{item.pk}/done/", {"outcome": "closed", "next": "next_role", "note": "Frostline"})
    assert (
        answer.status_code == 409
        and "Say why they decline" in answer.content.decode()
        and "Frostline" in answer.content.decode()
    )
    client.post(f"/replies/{item.pk}/done/", {"outcome": "closed", "next": "next_role", "reason": "budget"})
    assert WorkItem.objects.get(pk=item.pk).reason == "budget"
    assert "step=why-budget" in client.get("/funnel/").content.decode()
    assert "Maas Dekker" in client.get("/funnel/accounts/?step=why-budget").content.decode()
    assert client.get("/funnel/accounts/?step=why-nothing").status_code == 400


def test_why_they_decline_is_the_teams_and_not_on_everyones_line(world, ada):
    item = item_of(replied(world, "Not interested, thanks."))
    work_items.done(
        item, outcome="nurture", next="rest", rest_until=MONDAY.date() + timedelta(days=90), reason="budget", by=ada
    )
    told = Event.objects.filter(why__icontains="budget")
    assert told.exists() and all(event.team_id == ada.team_id for event in told)
