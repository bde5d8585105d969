"""A reply is judged in the handling transaction, acts through the matrix once, and is corrected by people."""

import pytest

from appointments.models import Classification, MatrixRow, Reaction, WorkItem
from appointments.services import classifying, matrix
from crm.models import Event, Membership, Message, Suppression
from crm.services import intake, suppression
from prospecting.models import Enrollment, Milestone, Reply, Touch
from prospecting.services import reactions, routes
from prospecting.signals import reply_received
from tests.appointments.world import hear, item_of, judgement, later, read_as, replied

pytestmark = pytest.mark.django_db


def enrollment(world):
    return Enrollment.objects.get(pk=world.enrollment.pk)


def test_a_meeting_request_is_labelled_and_lies_in_the_setters_queue(world):
    reply = replied(world, "Tuesday works, can you send an invite?")
    item = item_of(reply)
    assert (reply.label, item.setter, item.what) == ("meeting_request", world.ada, "answer_with_slots")


def test_its_clock_is_five_working_minutes(world, monday):
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    assert (item.due_at - monday).total_seconds() == 300


def test_it_engages_the_account(world):
    replied(world, "Tuesday works, can you send an invite?")
    assert Milestone.objects.filter(enrollment=world.enrollment, rung="engaged").exists()


def test_it_pauses_everything_planned_at_the_account(world):
    replied(world, "Tuesday works, can you send an invite?")
    assert enrollment(world).state == "paused"
    assert not Touch.objects.filter(account=world.account, state="planned").exists()


def test_every_cell_fires_exactly_once_per_message(world):
    found = judgement(replied(world, "Tuesday works, can you send an invite?"))
    matrix.fire(found)
    assert Reaction.objects.filter(classification=found).count() == 3


def test_a_failing_receiver_leaves_the_message_unhandled_and_it_is_retried(world):
    def fail(**facts):
        raise RuntimeError("down")

    reply_received.connect(fail, weak=False)
    message = hear(world, "Tuesday works, can you send an invite?")
    assert (message.state, Reply.objects.count(), WorkItem.objects.count()) == (Message.State.STORED, 0, 0)
    reply_received.disconnect(fail)
    intake.handle_unhandled()
    assert Reply.objects.get().label == "meeting_request"


def test_an_out_of_office_pauses_nobody_and_opens_no_work(world):
    reply = replied(world, "I am out of office and back on Monday 22 June.", Auto_Submitted="auto-replied")
    world.joost.refresh_from_db()
    assert (reply.counts, str(world.joost.away_until), WorkItem.objects.count()) == (False, "2026-06-22", 0)
    assert enrollment(world).state == "active"


def test_an_out_of_office_engages_nobody(world):
    replied(world, "I am out of office and back on Monday 22 June.", Auto_Submitted="auto-replied")
    assert not Milestone.objects.filter(rung="engaged").exists()


def test_an_opt_out_is_suppressed_in_the_same_transaction(world):
    replied(world, "Please remove me from your list.")
    assert Suppression.objects.filter(kind="address", lifted_at=None).exists()
    assert not Touch.objects.filter(contact=world.joost, state__in=["planned", "paused"]).exists()


def test_an_opt_out_for_the_whole_company_closes_the_account(world):
    replied(world, "Do not contact me or anyone at our company again.")
    world.account.refresh_from_db()
    assert world.account.is_closed
    assert Suppression.objects.filter(kind="account", lifted_at=None).exists()


def test_a_legal_threat_goes_to_the_lead(world, ruth):
    reply = replied(world, "Stop writing to me or I will take legal action.")
    assert item_of(reply).setter == ruth


def test_someone_who_left_ends_their_membership(world):
    replied(world, "I no longer work at Maas Dekker.")
    assert Membership.objects.get(contact=world.joost).until is not None


def test_a_person_named_is_added_with_who_said_so_as_evidence_and_in_which_words_for_the_team(world):
    read_as(
        world, "referral", "You should speak to my colleague Anouk Vries (anouk@maas-dekker.example), she handles this."
    )
    membership = Membership.objects.get(contact__email="anouk@maas-dekker.example")
    quoted = Event.objects.get(kind="contact.quoted", contact=membership.contact)
    assert membership.evidence == "Joost Dekker answered"
    assert (quoted.facts["text"], quoted.team) == ("Anouk Vries", world.ada.team)


def test_the_wrong_person_loses_the_role_and_the_account_goes_on(world):
    replied(world, "You have the wrong person, this is not my area.")
    assert Membership.objects.get(contact=world.joost, until=None).role.slug == "unknown"
    assert enrollment(world).state == "active"


def test_a_dated_not_now_rests_until_shortly_before(world):
    read_as(world, "not_now", "Not now. Please write again on 15 September.")
    world.account.refresh_from_db()
    assert (str(world.account.rests_until), enrollment(world).state) == ("2026-09-01", "resting")
    assert not WorkItem.objects.exclude(state="done").exists()


def test_an_undated_not_now_rests_and_asks_for_a_date(world):
    reply = replied(world, "We are too busy at the moment, perhaps later.")
    assert (item_of(reply).what, enrollment(world).state) == ("set_date", "resting")


def test_a_decline_of_someone_who_does_not_decide_opens_the_next_role(world):
    replied(world, "Not interested, thanks.")
    open_stages = world.enrollment.visits.filter(state="open").values_list("stage__name", flat=True)
    assert "Approver" in open_stages


def test_an_unclear_message_waits_for_a_person(world):
    reply = replied(world, "The harbour looks nice in June.")
    assert (reply.label, judgement(reply).needs_person, item_of(reply).what) == ("other", True, "read_and_label")


def test_a_segment_may_have_a_row_of_its_own(world):
    MatrixRow.objects.create(
        label="interested", segment=world.segment, contact_action="nothing", account_action="pause",
        item_action="answer", minutes=15,
    )  # fmt: skip
    item = item_of(replied(world, "Sounds interesting, tell me more."))
    assert (item.due_at - item.since).total_seconds() == 900


def test_a_correction_undoes_the_old_cells_and_fires_the_new_ones(world, ada):
    reply = replied(world, "Please remove me from your list.")
    classifying.correct(reply, "interested", by=ada)
    reply.refresh_from_db()
    assert reply.label == "interested"
    assert not Suppression.objects.filter(lifted_at=None).exists()
    assert item_of(reply).what == "answer"


def test_a_correction_is_kept_with_who_made_it(world, ada):
    reply = replied(world, "Please remove me from your list.")
    classifying.correct(reply, "interested", by=ada)
    assert list(Classification.objects.filter(reply=reply).order_by("pk").values_list("decided_by", flat=True)) == [
        "rule",
        "person",
    ]


def test_a_correction_to_a_machine_takes_engaged_back(world, ada):
    reply = replied(world, "Sounds interesting, tell me more.")
    classifying.correct(reply, "auto_reply", by=ada)
    voided = Milestone.objects.filter(enrollment=world.enrollment, rung="engaged", voids=True)
    assert voided.exists() and enrollment(world).state == "active"


def test_confirming_a_label_fires_nothing_twice(world, ada):
    reply = replied(world, "Sounds interesting, tell me more.")
    classifying.correct(reply, "interested", by=ada)
    assert Event.objects.filter(kind="workitem.opened").count() == 1
    assert judgement(reply).decided_by == "person"


def test_undoing_a_correction_brings_the_first_label_back(world, ada):
    reply = replied(world, "Sounds interesting, tell me more.")
    wrong = classifying.correct(reply, "not_interested", by=ada)
    classifying.undo(wrong, by=ada)
    reply.refresh_from_db()
    assert reply.label == "interested"


def test_undoing_says_that_what_was_sent_stays_sent(world, ada):
    reply = replied(world, "Sounds interesting, tell me more.")
    classifying.correct(reply, "question", by=ada)
    assert "stays sent" in Event.objects.get(kind="reply.label_undone").why


def test_a_further_message_of_the_same_person_restarts_the_clock_of_the_same_item(world):
    first = item_of(replied(world, "Sounds interesting, tell me more."))
    with later(minutes=30):
        again = item_of(replied(world, "What does it cost for three sites?"))
    assert (again.pk, again.since) == (first.pk, first.since) and again.due_at > first.due_at


def test_a_message_of_a_colleague_opens_an_item_of_its_own(world):
    replied(world, "Sounds interesting, tell me more.")
    other = replied(world, "What does it cost for three sites?", sender=world.willem.email, name="Willem Maas")
    assert WorkItem.objects.count() == 2 and item_of(other).contact == world.willem


def test_a_machine_does_not_end_the_pause_that_a_person_made(world):
    replied(world, "Sounds interesting, tell me more.")
    replied(world, "I am away till Friday.", sender=world.willem.email, name="Willem", Auto_Submitted="auto-replied")
    assert enrollment(world).state == "paused"


def report(world, kind, about="joost@maas-dekker.example"):
    """A delivery or complaint report about the mail to Joost, as servers write them."""
    sent = world.touch.message.message_id.strip("<>")
    fields = {
        "delivery-status": f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {about}\n"
        "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n",
        "feedback-report": "Feedback-Type: abuse\nUser-Agent: Test/1\nVersion: 1\n",
    }[kind]
    raw = (
        f"From: Mail Delivery System <mailer-daemon@mx.example>\nTo: {world.mailbox.address}\nSubject: Report\n"
        f"Message-ID: <{kind}@mx.example>\nIn-Reply-To: <{sent}>\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\nA report.\n--b\nContent-Type: message/{kind}\n\n{fields}\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: <{sent}>\nTo: joost@maas-dekker.example\n\nHello\n--b--\n"
    )
    message = intake.receive(raw.encode(), recipients=[world.mailbox.address])
    return Reply.objects.get(message=message)


def test_a_hard_bounce_suppresses_the_address_and_asks_to_refresh_the_data(world):
    reply = report(world, "delivery-status")
    assert (reply.label, reply.counts, item_of(reply).what) == ("bounce", False, "refresh_data")
    assert Suppression.objects.filter(contact=world.joost, lifted_at=None).exists()


def test_a_report_gives_up_nobody_whom_we_never_wrote_to(world):
    report(world, "delivery-status", about="someone@elsewhere.example")
    assert not suppression.standing(["someone@elsewhere.example"])


def test_a_complaint_suppresses_whom_we_wrote_to_and_goes_to_the_lead(world, ruth):
    reply = report(world, "feedback-report")
    assert (reply.label, item_of(reply).setter) == ("unsubscribe", ruth)
    assert Suppression.objects.get(lifted_at=None).value == world.joost.email


def test_undoing_a_decline_shuts_the_stage_it_opened(world, ada):
    reply = replied(world, "Not interested, thanks.")
    classifying.correct(reply, "interested", by=ada)
    assert world.enrollment.visits.get(stage__name="Approver").state == "closed"


def test_a_title_says_which_part_a_named_person_plays(world):
    replied(world, "Please speak to our CFO Anouk Vries (anouk@maas-dekker.example), she handles this.")
    assert Membership.objects.get(contact__email="anouk@maas-dekker.example").role.slug == "budget-owner"


def test_a_later_thank_you_does_not_soften_a_promise(world):
    first = item_of(replied(world, "Tuesday works, can you send an invite?"))
    with later(minutes=2):
        again = item_of(replied(world, "Thanks."))
    assert (again.pk, again.what, again.due_at) == (first.pk, "answer_with_slots", first.due_at)


@pytest.fixture
def through_purchasing(world):
    """A variant of the route for accounts that send us to purchasing."""
    other = routes.draft(
        routes.create_route("Procurement-first", by=world.ada), [{"roles": ["procurement"]}], by=world.ada
    )
    routes.publish(other, by=world.ada)
    routes.set_variant(world.segment, "Purchasing first", "sites > 100", other, by=world.ada)
    return other


SENT_ON = "Please contact our purchasing department about this."


def test_a_referral_to_a_department_switches_the_route(world, through_purchasing):
    reply = replied(world, SENT_ON)
    assert (reply.label, enrollment(world).route_version) == ("referral", through_purchasing)


def test_undoing_it_walks_the_route_of_before_where_it_stopped(world, through_purchasing, ada):
    stands = list(world.enrollment.visits.order_by("stage__order").values_list("stage__name", "state", "opened_at"))
    reply = replied(world, SENT_ON)
    classifying.correct(reply, "other", by=ada)
    assert enrollment(world).route_version == world.route
    back = world.enrollment.visits.filter(stage__version=world.route).order_by("stage__order")
    assert list(back.values_list("stage__name", "state", "opened_at")) == stands
    assert not world.enrollment.visits.filter(stage__version=through_purchasing).exclude(state="closed").exists()


def test_saying_it_was_a_referral_after_all_switches_once_more(world, through_purchasing, ada):
    reply = replied(world, SENT_ON)
    classifying.correct(reply, "other", by=ada)
    classifying.correct(reply, "referral", by=ada)
    assert enrollment(world).route_version == through_purchasing
    assert world.enrollment.visits.get(stage__version=through_purchasing).state != "closed"


def test_undoing_leaves_a_route_that_was_switched_once_more(world, through_purchasing, ada):
    reply = replied(world, SENT_ON)
    third = routes.draft(routes.create_route("IT-led", by=ada), [{"roles": ["technical-evaluator"]}], by=ada)
    routes.publish(third, by=ada)
    routes.set_variant(world.segment, "IT-led", "sites > 500", third, by=ada)
    reactions.switch_variant(enrollment(world), "IT-led", "They said so on the phone.", by=ada)
    classifying.correct(reply, "other", by=ada)
    assert enrollment(world).route_version == third


def test_undoing_shuts_no_stage_that_was_open_before(world, ada):
    reply = replied(world, "Joost Dekker has left the company.", sender=world.willem.email, name="Willem Maas")
    assert reply.label == "left_company"
    classifying.correct(reply, "other", by=ada)
    assert world.enrollment.visits.get(stage__name="Problem owner").state == "open"
