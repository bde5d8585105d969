"""Two messages of one account: what is done about one neither hides nor undoes the other."""

import pytest
from django.urls import reverse

from appointments.models import WorkItem
from appointments.services import classifying, work_items
from crm.errors import Refused
from crm.models import Account
from crm.rules.addresses import dedupe_key
from crm.services import contacts, suppression
from prospecting.models import Enrollment, Reply
from prospecting.services import unsubscribe
from tests.appointments.world import item_of, later, read_as, replied

pytestmark = pytest.mark.django_db


def test_a_form_from_before_they_wrote_again_finishes_nothing(world, ada, as_):
    item = item_of(replied(world, "What does it cost per site?"))
    page = as_(ada).get(reverse("appointments:reply", args=[item.pk])).content.decode()
    assert f'name="shown" value="{item.reply_id}"' in page
    with later(hours=1):
        replied(world, "And could we meet on Tuesday at ten?")

    said = {"outcome": "answered", "next": "resume", "shown": item.reply_id}
    late = as_(ada).post(reverse("appointments:reply_done", args=[item.pk]), said)
    assert (late.status_code, "wrote again" in late.content.decode()) == (409, True)
    item.refresh_from_db()
    assert item.state != WorkItem.State.DONE
    assert f'name="shown" value="{item.reply_id}"' in late.content.decode()
    with pytest.raises(Refused, match="wrote again"):
        work_items.done(item, outcome="answered", next="resume", shown=said["shown"], by=ada)


def stands(world) -> tuple[bool, bool]:
    """Whether Joost is stopped, and whether his address is suppressed."""
    world.joost.refresh_from_db()
    return world.joost.stopped_at is not None, bool(suppression.standing([world.joost.email]))


def out_twice(world) -> tuple[Reply, Reply]:
    first = read_as(world, "unsubscribe", "Please remove me from your list.")
    with later(hours=1):
        return first, read_as(world, "unsubscribe", "I said it: take me off your list, for good.")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_opt_out_said_twice_ends_with_the_last_that_is_read_otherwise(world, ada, order):
    said = out_twice(world)
    with later(hours=2):
        classifying.correct(said[order[0]], "other", by=ada)
        assert stands(world) == (True, True)

        classifying.correct(said[order[1]], "other", by=ada)
        assert stands(world) == (False, False)


def test_a_question_read_out_of_an_opt_out_stops_but_does_not_suppress(world, ada):
    first, second = out_twice(world)
    with later(hours=2):
        classifying.correct(first, "other", by=ada)
        classifying.correct(second, "question", by=ada)

    assert stands(world) == (True, False)


@pytest.mark.parametrize("click_first", [True, False])
def test_a_click_on_the_link_outlives_any_reading_of_a_reply(world, ada, click_first):
    link = {"address": world.joost.email, "contact": world.joost.pk, "account": world.account.pk}
    if click_first:
        unsubscribe.opt_out(world.joost.email, link, "one click")
    said = read_as(world, "unsubscribe", "Please remove me from your list.")
    if not click_first:
        unsubscribe.opt_out(world.joost.email, link, "one click")

    with later(hours=1):
        classifying.correct(said, "other", by=ada)
    assert stands(world) == (True, True)


@pytest.mark.parametrize("hand_first", [True, False])
def test_what_a_person_stopped_by_hand_outlives_any_reading_of_a_reply(world, ada, hand_first):
    if hand_first:
        contacts.stop_contact(world.joost, "asked me at the fair", by=ada)
    said = read_as(world, "question", "What does it cost per site?")
    world.joost.refresh_from_db()
    if not hand_first:
        contacts.stop_contact(world.joost, "asked me at the fair", by=ada)

    with later(hours=1):
        classifying.correct(said, "other", by=ada)
    assert stands(world) == (True, False)


def test_an_imported_list_of_opt_outs_outlives_any_reading_of_a_reply(world, ada):
    said = read_as(world, "unsubscribe", "Please remove me from your list.")
    key = dedupe_key(world.joost.email)
    suppression.suppress_many([("address", key, world.joost.email, "never")], by=ada, proof="the old system")

    classifying.correct(said, "other", by=ada)
    assert stands(world) == (False, True)


def test_a_whole_company_that_said_it_twice_stays_closed_when_one_is_read_otherwise(world, ada):
    first = read_as(world, "unsubscribe", "Do not contact me or anyone at our company again.")
    with later(hours=1):
        second = read_as(world, "unsubscribe", "I said: do not contact me or anyone at our company again.")
    with later(hours=2):
        classifying.correct(first, "other", by=ada)
        assert (
            Account.objects.get(pk=world.account.pk).is_closed,
            bool(suppression.standing([], [world.account.pk])),
        ) == (True, True)

        classifying.correct(second, "other", by=ada)
    assert not Account.objects.get(pk=world.account.pk).is_closed
    assert not suppression.standing([], [world.account.pk])


def test_whoever_may_be_written_to_again_is_not_stopped_by_what_they_said_before(world, ada):
    read_as(world, "question", "What does it cost per site?")
    with later(hours=1):
        world.joost.refresh_from_db()
        contacts.unstop_contact(world.joost, by=ada)
    with later(hours=2):
        again = read_as(world, "interested", "Sounds interesting, tell me more.")
        classifying.correct(again, "other", by=ada)

    assert stands(world) == (False, False)


def test_one_person_s_no_keeps_the_pause_that_a_colleague_s_question_holds(world, ada):
    anna = world.account.memberships.exclude(contact=world.joost).select_related("contact").first().contact
    read_as(world, "question", "What does it cost per site?")
    with later(hours=1):
        other = replied(world, "Harbour.", sender=anna.email, name=anna.name)
        classifying.correct(other, "wrong_person", by=ada)

    assert Enrollment.objects.get(pk=world.enrollment.pk).state == Enrollment.State.PAUSED
