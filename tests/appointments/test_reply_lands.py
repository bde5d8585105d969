"""What happens when a reply lands on what stands already: an open item, a rest, a thread of someone else, an answer of our own."""

from datetime import date, timedelta
from email.message import EmailMessage
from types import SimpleNamespace

import pytest

from appointments.models import AnswerDraft, WorkItem
from appointments.services import answering, classifying, drafts, work_items
from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Message, Notification
from crm.services import accounts, contacts, intake
from prospecting.models import Attempt, Enrollment
from prospecting.services import enrollment as walks
from prospecting.services import reactions, unsubscribe
from prospecting.services.bounces import attempts_reported
from tests.appointments.world import at, booked, hear, item_of, judgement, later, leave_all, read_as, replied

pytestmark = pytest.mark.django_db
LEGAL = "Stop writing to me or I will take legal action."


def anna_asks(world):
    """A colleague, whom we know, asks something of her own."""
    anna = contacts.add_contact(
        world.account, by=world.ada, role="user", first_name="Anna", last_name="Vos", email="anna@maas-dekker.example"
    )
    return read_as(world, "question", "What does it cost per site?", sender=anna.email, name="Anna Vos")


def walk_of(world) -> Enrollment:
    return Enrollment.objects.get(pk=world.enrollment.pk)


# On an open item ------------------------------------------------------------------------------------------------------


def test_a_legal_threat_on_an_open_question_goes_to_the_lead_on_its_own_clock(world, ada, ruth):
    asked = item_of(read_as(world, "question", "What does it cost per site?"))
    with later(minutes=10):
        read_as(world, "unsubscribe", LEGAL)
        asked.refresh_from_db()
        assert (asked.what, asked.setter) == ("confirm_opt_out", ruth)
        assert asked.due_at == clock.now() + timedelta(hours=1)
        assert Notification.objects.filter(user=ruth, kind="work_item").exists()


def test_an_opt_out_replaces_the_promise_to_answer(world):
    asked = item_of(read_as(world, "question", "What does it cost per site?"))
    with later(minutes=10):
        read_as(world, "unsubscribe", "Please remove me from your list.")
    asked.refresh_from_db()
    assert asked.what == "confirm_opt_out"


def test_a_thank_you_does_not_take_an_opt_out_from_the_lead(world, ruth):
    asked = item_of(read_as(world, "unsubscribe", LEGAL))
    due = asked.due_at
    with later(minutes=10):
        read_as(world, "other", "The harbour looks nice in June.")
    asked.refresh_from_db()
    assert (asked.what, asked.setter, asked.due_at) == ("confirm_opt_out", ruth, due)


def test_a_corrected_label_of_an_earlier_message_leaves_the_later_one_on_top(world, ada):
    first = read_as(world, "other", "The harbour looks nice in June.")
    with later(hours=1):
        second = read_as(world, "question", "What does it cost per site?")
        item = item_of(second)
        classifying.correct(first, "objection_price", by=ada)
        item.refresh_from_db()
        assert (item.reply, item.what) == (second, "answer_from_playbook")


def test_an_earlier_message_that_asks_for_nothing_after_all_leaves_the_later_one_open(world, ada):
    first = read_as(world, "other", "The harbour looks nice in June.")
    with later(hours=1):
        second = read_as(world, "question", "What does it cost per site?")
        classifying.correct(first, "out_of_office", by=ada)
    item = item_of(second)
    assert (item.state, item.since) == (WorkItem.State.OPEN, second.at)


# Not now --------------------------------------------------------------------------------------------------------------


def test_whoever_says_not_now_is_stopped_until_the_rest_is_over(world, ada):
    read_as(world, "not_now", "Not now. Please write again on 15 September.")
    world.joost.refresh_from_db()
    assert world.joost.stopped_at is not None

    with clock.at(at(8, 9).replace(month=9)):
        walks.wake_resting(clock.now())
    world.joost.refresh_from_db()
    assert world.joost.stopped_at is None


def test_an_account_without_a_walk_rests_and_nobody_is_stopped_for_good(world, ada):
    reactions.close_account(world.account, "test", by=ada)
    world.account.refresh_from_db()
    accounts.reopen_account(world.account, by=ada)
    read_as(world, "not_now", "Not now. Please write again on 15 September.")
    world.joost.refresh_from_db()
    assert world.joost.stopped_at is None
    assert Account.objects.get(pk=world.account.pk).rests_until == date(2026, 9, 1)


def test_a_rest_waits_behind_a_colleague_who_waits_for_an_answer(world, ada):
    asked = item_of(anna_asks(world))
    with later(hours=1):
        read_as(world, "not_now", "Not now. Please write again on 15 September.")
        assert walk_of(world).state == Enrollment.State.PAUSED
        assert Account.objects.get(pk=world.account.pk).rests_until == date(2026, 9, 1)
    with clock.at(at(8, 9).replace(month=9)):
        walks.wake_resting(clock.now())
        assert walk_of(world).state == Enrollment.State.PAUSED

    with later(hours=2):
        work_items.done(asked, outcome="answered", next="resume", by=ada)
        walk = walk_of(world)
        assert (walk.state, walk.rests_until) == (Enrollment.State.RESTING, date(2026, 9, 1))


def test_a_no_of_whoever_decides_rests_behind_a_colleague_who_waits(world, ada):
    asked = item_of(anna_asks(world))
    with later(hours=1):
        read_as(world, "not_interested", "Not interested, thanks.", sender=world.willem.email, name="Willem Maas")
        assert walk_of(world).state == Enrollment.State.PAUSED
    with later(hours=2):
        work_items.done(asked, outcome="answered", next="resume", by=ada)
        assert walk_of(world).state == Enrollment.State.RESTING


def test_a_rest_that_ends_while_a_colleague_asks_lets_whoever_put_us_off_hear_from_us_again(world, ada):
    read_as(world, "not_now", "Not now. Please write again on 15 September.")
    with clock.at(at(28, 9).replace(month=8)):
        asked = item_of(anna_asks(world))
    with clock.at(at(8, 9).replace(month=9)):
        work_items.done(asked, outcome="answered", next="resume", by=ada)

    world.joost.refresh_from_db()
    stopped = [person.stopped_at is not None for person in (world.joost, Contact.objects.get(first_name="Anna"))]
    account = Account.objects.get(pk=world.account.pk)
    assert (stopped, walk_of(world).state, account.rests_until) == ([False, True], Enrollment.State.ACTIVE, None)


def test_whoever_clicked_on_the_link_does_not_hear_from_us_after_a_rest(world):
    read_as(world, "not_now", "Not now. Please write again on 15 September.")
    link = {"address": world.joost.email, "contact": world.joost.pk, "account": world.account.pk}
    unsubscribe.opt_out(world.joost.email, link, "one click")
    with clock.at(at(8, 9).replace(month=9)):
        walks.wake_resting(clock.now())
    world.joost.refresh_from_db()
    assert world.joost.stopped_at is not None


# Days -----------------------------------------------------------------------------------------------------------------


def test_an_absence_without_a_date_is_counted_from_the_writer_s_day(world, ada):
    contacts.edit_contact(world.joost, by=ada, zone="Pacific/Auckland")
    with clock.at(at(8, 22)):  # there it is the 9th
        reply = replied(world, "I am out of the office.", Auto_Submitted="auto-replied")
    classifying.correct(reply, "out_of_office", by=ada)
    world.joost.refresh_from_db()
    assert world.joost.away_until == date(2026, 6, 22)


def test_the_setter_reads_the_day_of_a_meeting_in_their_own_zone(ada, ben, noor, monday):
    world = booked(ada, noor)
    ada.zone = "Pacific/Auckland"
    ada.save()
    type(world.meeting).objects.filter(pk=world.meeting.pk).update(setter=ada)
    Meeting = type(world.meeting)
    Meeting.objects.filter(pk=world.meeting.pk).update(
        starts_at=world.meeting.starts_at.replace(hour=13), ends_at=world.meeting.ends_at.replace(hour=14)
    )
    read_as(world, "unsubscribe", "Please remove me from your list.")
    told = Notification.objects.filter(user=ada, kind="meeting", text__contains="wants no more mail").get()
    assert "17 Jun" in told.text


# Snoozes --------------------------------------------------------------------------------------------------------------


def test_a_snooze_that_somebody_ends_meanwhile_does_not_keep_the_others_asleep(world, ada, monkeypatch):
    one, two = item_of(replied(world, "What does it cost?")), item_of(anna_asks(world))
    for item in (one, two):
        work_items.snooze(item, clock.now() + timedelta(hours=1), by=ada)
    three = item_of(replied(world, "And who are you?", sender=world.willem.email, name="Willem Maas"))
    work_items.snooze(three, clock.now() + timedelta(hours=1), by=ada)
    tell = work_items._tell

    def done_meanwhile(item):
        WorkItem.objects.filter(pk=two.pk, state="snoozed").update(state="done", done_at=clock.now(), outcome="closed")
        tell(item)

    monkeypatch.setattr(work_items, "_tell", done_meanwhile)
    with later(hours=2):
        assert work_items.wake_snoozed() == 2
    states = [WorkItem.objects.get(pk=item.pk).state for item in (one, two, three)]
    assert states == ["open", "done", "open"]


# Who writes in a thread -----------------------------------------------------------------------------------------------


def test_a_stranger_in_a_thread_is_a_newcomer_and_not_whom_we_wrote_to(world):
    message = hear(world, "Joost passed this on. What does it cost?", sender="piet@elsewhere.example", name="Piet Vos")
    assert message.contact is not None
    assert (message.account, message.contact.email) == (world.account, "piet@elsewhere.example")
    role = message.contact.memberships.select_related("role").get()
    assert (role.role.slug, role.confidence, role.source) == ("unknown", "low", "mail")
    assert message.conversation.contact == world.joost
    world.joost.refresh_from_db()
    assert world.joost.stopped_at is None


def test_the_same_person_from_another_address_stays_who_they_are(world):
    message = hear(world, "What does it cost?", sender="jdekker@mail.example", name="Joost Dekker")
    assert message.contact == world.joost


def test_someone_on_file_without_an_account_speaks_for_themself(world, ada):
    piet = contacts.add_contact(None, by=ada, first_name="Piet", last_name="Vos", email="piet@elsewhere.example")
    message = hear(world, "What does it cost?", sender=piet.email, name="Piet Vos")
    assert (message.account, message.contact) == (world.account, piet)


def test_a_machine_of_an_unknown_address_speaks_of_whom_we_wrote_to(world):
    message = hear(
        world, "I am out of the office.", sender="robot@elsewhere.example", name="Robot", Auto_Submitted="auto-replied"
    )
    assert message.contact == world.joost
    assert not Contact.objects.filter(email="robot@elsewhere.example").exists()


# Answers --------------------------------------------------------------------------------------------------------------


def in_own_program(world, *, to="", **headers):
    """Ada answers in her own mail program; the copy is found in her Sent folder."""
    mail = EmailMessage()
    mail["From"], mail["To"] = world.mailbox.address, to or world.joost.email
    mail["Subject"], mail["Message-ID"] = "Re: hello", f"<{abs(hash((to, clock.now())))}@own.example>"
    mail["Date"] = clock.now()
    mail["In-Reply-To"] = f"<{Message.objects.filter(direction='in').latest('pk').message_id}>"
    for header, value in headers.items():
        mail[header.replace("_", "-")] = value
    mail.set_content("Twelve a month.")
    message = intake.store(mail.as_bytes(), mailbox=world.mailbox, at=clock.now(), sent=True)
    intake.handle(message.pk)
    return message


def test_an_answer_from_ones_own_mail_program_keeps_the_promise(world):
    item = item_of(replied(world, "What does it cost per site?"))
    with later(minutes=20):
        in_own_program(world)
        item.refresh_from_db()
        assert (item.state, item.answered_at) == ("open", clock.now())


def test_an_answer_that_is_read_before_what_it_answers_keeps_the_promise(world):
    """The Sent folder was read first."""
    replied(world, "Who are you?")
    with later(minutes=20):
        asked_at = clock.now()
    with later(minutes=40):
        in_own_program(world)
        answered_at = clock.now()
        asked = item_of(replied(world, "What does it cost per site?", came=asked_at))
    assert (asked.reply.at, asked.answered_at) == (asked_at, answered_at)


def test_an_answer_from_before_they_wrote_is_none_to_what_is_read_later(world):
    replied(world, "Who are you?")
    with later(minutes=20):
        in_own_program(world)
    with later(minutes=40):
        asked = item_of(replied(world, "What does it cost per site?"))
    assert asked.answered_at is None


def test_a_word_to_somebody_else_or_by_a_machine_is_no_answer(world):
    item = item_of(replied(world, "What does it cost per site?"))
    with later(minutes=20):
        in_own_program(world, to="colleague@baton.example")
        in_own_program(world, Auto_Submitted="auto-replied")
    item.refresh_from_db()
    assert item.answered_at is None


def test_an_answer_written_before_they_wrote_again_is_none_to_that(world):
    with later(minutes=20):
        item = item_of(replied(world, "What does it cost per site?"))
    with later(minutes=10):
        copy = in_own_program(world)
    item.refresh_from_db()
    assert (copy.pk is not None, item.answered_at) == (True, None)


def test_an_answer_goes_where_its_writer_asks_for_it(world, ada):
    item = item_of(replied(world, "What does it cost per site?", Reply_To="Office <office@maas-dekker.example>"))
    sent = answering.send_answer(item, "Twelve a month.", by=ada)
    assert sent.to_address == "office@maas-dekker.example"
    item.refresh_from_db()
    assert item.answered_at is not None


def test_an_answer_never_goes_to_ourselves_or_to_several(world, ada):
    item = item_of(replied(world, "What does it cost?", Reply_To=world.mailbox.address))
    assert answering.send_answer(item, "Twelve.", by=ada).to_address == world.joost.email
    with later(hours=1):
        replied(world, "And to whom?", Reply_To="a@maas-dekker.example, b@maas-dekker.example")
        item.refresh_from_db()
        assert answering.send_answer(item, "Twelve.", by=ada).to_address == world.joost.email


def test_a_draft_that_was_on_its_way_when_the_answer_left_does_not_come_back(world, ada):
    item = item_of(replied(world, "What does it cost per site?"))
    known = drafts.keep(item, "Twelve a mon", by=ada, version=0).version
    answering.send_answer(item, "Twelve a month.", by=ada)
    drafts.keep(item, "Twelve a month", by=ada, version=known)

    row = AnswerDraft.objects.get()
    assert (row.body, row.sent_id is not None, drafts.kept(item, ada)) == ("Twelve a month.", True, None)


def test_whoever_goes_on_after_an_answer_left_begins_a_new_draft(world, ada):
    item = item_of(replied(world, "What does it cost per site?"))
    drafts.keep(item, "Twelve", by=ada, version=0)
    answering.send_answer(item, "Twelve a month.", by=ada)
    known = AnswerDraft.objects.get().version
    drafts.keep(item, "One more thing", by=ada, version=known)
    assert drafts.kept(item, ada).body == "One more thing"


# Undo -----------------------------------------------------------------------------------------------------------------


def test_a_label_that_was_undone_meanwhile_is_not_undone_once_more(world, ada, ben):
    reply = read_as(world, "question", "What does it cost per site?")
    seen_by_both = judgement(reply), judgement(reply)
    classifying.undo(seen_by_both[0], by=ada)
    stands = judgement(reply)
    with pytest.raises(Refused, match="changed already"):
        classifying.undo(seen_by_both[1], by=ben)
    assert judgement(reply) == stands


# Delivery reports -----------------------------------------------------------------------------------------------------


def test_a_report_about_one_mail_says_nothing_of_the_others_in_its_thread(world, ada):
    item = item_of(replied(world, "What does it cost per site?"))
    answering.send_answer(item, "Twelve a month.", by=ada)
    leave_all(world)
    first, second = Attempt.objects.order_by("pk")
    message = Message(in_reply_to=second.message_id, references=[first.message_id, second.message_id])
    for named in (second.message_id, ""):
        told = SimpleNamespace(message_id=named, recipients=[world.joost.email])
        assert attempts_reported(message, told) == [second]
