"""A mail that the recipient's server refuses at once does what the matrix says of a bounce, once."""

import pytest

from appointments.models import WorkItem
from crm.models import Conversation, Event, Message, Suppression
from prospecting.models import Outgoing, Reply, Touch
from prospecting.services import sending
from tests.appointments.world import at, item_of, later, replied
from tests.prospecting.world import Server, enrolled, mailbox_of, small_world

pytestmark = pytest.mark.django_db
UNKNOWN = Server("permanent", "550 5.1.1 <joost@maas-dekker.example>: User unknown")


@pytest.fixture
def told(ada, ruth, monday):
    world = small_world(ada)
    world.enrollment = enrolled(world)
    return world


def test_someone_is_asked_to_refresh_the_data_within_two_days(told):
    sending.send_due(hand_over=UNKNOWN)
    item = WorkItem.objects.get()
    assert (item.what, item.setter, item.account, item.contact) == (
        "refresh_data",
        told.ada,
        told.account,
        told.joost,
    )
    assert item.due_at == at(9, 16, 30)  # two working days: Tuesday half past five in London


def test_the_touch_bounced_the_address_is_suppressed_and_nobody_was_contacted(told):
    sending.send_due(hand_over=UNKNOWN)
    assert Touch.objects.get(contact=told.joost).state == "bounced"
    assert Suppression.objects.get(lifted_at=None).contact == told.joost
    told.account.refresh_from_db()
    assert (told.account.rung, told.account.unhandled_mail) == ("targeted", 0)


def test_it_is_told_once_and_is_no_reply(told):
    sending.send_due(hand_over=UNKNOWN)
    assert Event.objects.filter(kind="contact.bounced").count() == 1
    reply = Reply.objects.get()
    assert (reply.label, reply.counts, reply.account) == ("bounce", False, told.account)


def test_a_full_mailbox_burns_no_address_and_asks_nobody(told):
    sending.send_due(hand_over=Server("permanent", "552 5.2.2 Mailbox full"))
    assert Touch.objects.get(contact=told.joost).state == "bounced"
    assert not Suppression.objects.exists() and not WorkItem.objects.exists()


def test_what_the_server_says_adds_no_header(told):
    sending.send_due(hand_over=Server("permanent", "550 5.1.1 no\r\nBcc: x@evil.example\r\n--report"))
    assert b"\r\nBcc:" not in bytes(Message.objects.get(direction="in").raw)
    assert WorkItem.objects.get().what == "refresh_data"


def test_an_answer_that_is_refused_comes_back_into_its_thread(world, ada):
    item = item_of(replied(world, "Sounds interesting, tell me more."))
    sending.answer(item.conversation, "Gladly.", by=ada, to=item.person_address)
    with later(minutes=1):
        sending.send_due(hand_over=UNKNOWN)
    assert Outgoing.objects.get(purpose="answer").state == "bounced"
    assert Message.objects.filter(kind="bounce").get().conversation == item.conversation


def test_of_a_person_at_two_accounts_the_one_we_wrote_for_counts(told, ada):
    from tests.prospecting.world import account_named  # noqa: PLC0415 - one more account for this test alone

    other = account_named("Lindqvist Kyl", owner=ada)
    told.joost.memberships.update(main=False)
    told.joost.memberships.create(account=other, role=told.joost.memberships.get().role, main=True, since="2026-01-01")
    sending.send_due(hand_over=UNKNOWN)
    assert Reply.objects.get().account == told.account
    assert Conversation.objects.get().account == told.account


def test_mail_to_our_own_people_opens_no_work(told, ada):
    mailbox_of(ada, address="baton@baton.example", owner=None, team=None, internal=True)
    Touch.objects.all().delete()
    sending.internal_mail("hello", ada, "Hello", "Hello Ada.")
    sending.send_due(hand_over=UNKNOWN)
    assert Outgoing.objects.get().state == "bounced"
    assert not Message.objects.exists() and not WorkItem.objects.exists()
