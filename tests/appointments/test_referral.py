"""Who sent us to whom: a text to the person named may say so only where the row of referrals allows it."""

import pytest

from appointments.models import MatrixRow
from appointments.services import classifying
from crm.models import Contact, Event
from crm.services import referrals
from prospecting.models import Touch
from prospecting.services import sequences
from prospecting.services.letters import touch_letter
from tests.appointments.world import item_of, read_as, replied

pytestmark = pytest.mark.django_db
NAMES = "You should speak to my colleague Anouk Vries (anouk@maas-dekker.example), she handles this."


@pytest.fixture
def citing(world):
    MatrixRow.objects.filter(label="referral").update(settings={"find_minutes": 480, "cite_referrer": True})


def anouk():
    return Contact.objects.get(email="anouk@maas-dekker.example")


def letter_to(world, person):
    """What the step after a referral says."""
    text = sequences.save_template(
        "Named",
        subject="Logbooks",
        body="Hello {{first_name}},{% if referrer %} {{referrer}} sent me.{% end %}",
        by=world.ada,
    )
    touch = (
        Touch.objects.filter(contact=world.joost).select_related("enrollment__prospector", "account", "step").first()
    )
    touch.contact, touch.step.template, touch.step.same_thread = person, text, False
    return touch_letter(touch, world.mailbox).text


def test_the_person_named_reads_who_sent_us_where_the_row_allows_it(world, citing):
    read_as(world, "referral", NAMES)
    assert "Joost Dekker sent me." in letter_to(world, anouk())


def test_without_leave_nobody_is_cited(world):
    read_as(world, "referral", NAMES)
    assert "Joost" not in letter_to(world, anouk())
    assert Event.objects.get(kind="contact.referred").facts["may_cite"] is False


def test_someone_we_knew_already_may_be_told_too(world, citing):
    read_as(world, "referral", "Please talk to Willem Maas (willem@maas-dekker.example) about this, he decides.")
    assert "Joost Dekker sent me." in letter_to(world, world.willem)


def test_undoing_the_label_takes_it_back(world, citing, ada):
    reply = read_as(world, "referral", NAMES)
    classifying.correct(reply, "other", by=ada)
    assert referrals.referrer_of(anouk(), world.account) == ""


def test_it_is_content_of_the_conversations_team(world, citing):
    read_as(world, "referral", NAMES)
    assert Event.objects.get(kind="contact.referred").team == world.ada.team


@pytest.mark.parametrize("leave", [True, False])
def test_a_person_who_names_someone_on_the_reply_page_says_whether_they_may_be_cited(world, as_, leave):
    item = item_of(replied(world, "Sounds interesting, tell me more."))
    said = {"first_name": "Anouk", "last_name": "Vries", "email": "anouk@maas-dekker.example", "role": "approver"}
    as_(world.ada).post(f"/replies/{item.pk}/names/", said | ({"may_cite": "on"} if leave else {}))
    assert ("Joost Dekker sent me." in letter_to(world, anouk())) is leave


@pytest.mark.parametrize("whom", ["Willem Maas", "Willem Maas (willem@maas-dekker.example)"])
def test_someone_we_knew_already_is_not_added_again_and_their_stage_opens(world, whom):
    read_as(world, "referral", f"That is not me. Please talk to {whom} about this, he decides.")

    assert Contact.objects.filter(last_name="Maas").count() == 1
    assert world.enrollment.visits.get(stage__name="Approver").state == "open"


def test_undoing_it_leaves_whom_we_knew_and_shuts_their_stage(world, ada):
    reply = read_as(world, "referral", "That is not me. Please talk to Willem Maas about this, he decides.")
    classifying.correct(reply, "other", by=ada)

    assert world.willem.memberships.filter(until=None).exists()
    assert world.enrollment.visits.get(stage__name="Approver").state != "open"


def test_the_next_mail_to_whom_they_named_is_planned_as_soon_as_the_answer_is_read(world):
    read_as(world, "referral", "That is not me. Please talk to Willem Maas about this, he decides.")
    world.enrollment.refresh_from_db()

    assert "being read" not in world.enrollment.next_words
    assert Touch.objects.filter(contact=world.willem, state="planned").exists()
