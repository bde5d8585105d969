"""Two messages of one account: what is done about one neither hides nor undoes the other."""

from datetime import date

import pytest
from django.urls import reverse

from appointments.models import WorkItem
from appointments.services import classifying, work_items
from crm.errors import Refused
from crm.models import Account
from crm.rules.addresses import dedupe_key
from crm.services import contacts, suppression
from prospecting.models import Enrollment, Reply, Touch
from prospecting.services import planner, reactions, unsubscribe
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


# What a message changed that another changed since ----------------------------------------------------------------------


def away(world) -> str:
    world.joost.refresh_from_db()
    return str(world.joost.away_until)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_absence_told_twice_goes_back_to_what_stood_before_both(world, ada, order):
    contacts.set_away(world.joost, date(2026, 6, 10), by=ada)
    said = [read_as(world, "out_of_office", "I am out of the office until 22 June.", Auto_Submitted="auto-replied")]
    with later(hours=1):
        said.append(
            read_as(world, "out_of_office", "I am out of the office until 29 June.", Auto_Submitted="auto-replied")
        )
        told = away(world)
    with later(hours=2):
        classifying.correct(said[order[0]], "auto_reply", by=ada)
        assert away(world) == (told if order[0] == 0 else "2026-06-22")

        classifying.correct(said[order[1]], "auto_reply", by=ada)
        assert away(world) == "2026-06-10"


def test_a_day_of_return_that_somebody_wrote_since_stays(world, ada):
    said = read_as(world, "out_of_office", "I am out of the office until 22 June.", Auto_Submitted="auto-replied")
    world.joost.refresh_from_db()
    with later(hours=1):
        contacts.set_away(world.joost, date(2026, 7, 1), by=ada)
        classifying.correct(said, "auto_reply", by=ada)
    assert away(world) == "2026-07-01"


def rests(world) -> tuple[str, str]:
    return str(Account.objects.get(pk=world.account.pk).rests_until), Enrollment.objects.get(
        pk=world.enrollment.pk
    ).state


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_rest_asked_for_twice_ends_with_the_last_that_is_read_otherwise(world, ada, order):
    said = [read_as(world, "not_now", "Not now. Please write again on 15 September.")]
    with later(hours=1):
        said.append(read_as(world, "not_now", "Not now. Please write again on 15 October."))
        assert rests(world) == ("2026-10-01", "resting")
    with later(hours=2):
        classifying.correct(said[order[0]], "auto_reply", by=ada)
        assert rests(world) == ("2026-10-01" if order[0] == 0 else "2026-09-01", "resting")

        classifying.correct(said[order[1]], "auto_reply", by=ada)
        assert rests(world) == ("None", "active")


def test_a_rest_that_somebody_set_since_stays(world, ada):
    said = read_as(world, "not_now", "Not now. Please write again on 15 September.")
    with later(hours=1):
        reactions.rest_account(world.account, date(2026, 12, 1), "their fair is in November", by=ada)
        classifying.correct(said, "auto_reply", by=ada)
    assert rests(world) == ("2026-12-01", "resting")


def test_whoever_did_not_say_not_now_after_all_is_written_to_again(world, ada):
    said = read_as(world, "not_now", "Not now. Please write again on 15 September.")
    with later(hours=1):
        classifying.correct(said, "auto_reply", by=ada)
        planner.plan_due()
    assert Touch.objects.filter(contact=world.joost, state="planned").exists()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_role_taken_off_twice_comes_back_with_the_last_that_is_read_otherwise(world, ada, order):
    said = [read_as(world, "wrong_person", "I think you have the wrong person, this is not my area.")]
    with later(hours=1):
        said.append(read_as(world, "wrong_person", "As I said, you have the wrong person, this is not my area."))
    with later(hours=2):
        classifying.correct(said[order[0]], "auto_reply", by=ada)
        assert world.joost.memberships.get().role.slug == "unknown"

        classifying.correct(said[order[1]], "auto_reply", by=ada)
    assert world.joost.memberships.get().role.slug == "problem-owner"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_renewal_named_twice_goes_with_the_last_that_is_read_otherwise(world, ada, order):
    days = ["2027-03-01", "2027-05-01"]
    said = [read_as(world, "objection_competitor", "We use another supplier, and the contract renews on 1 March 2027.")]
    with later(hours=1):
        said.append(
            read_as(world, "objection_competitor", "Our contract with the other supplier renews on 1 May 2027.")
        )
    with later(hours=2):
        classifying.correct(said[order[0]], "question", by=ada)
        assert str(Account.objects.get(pk=world.account.pk).renewal_on) == days[order[1]]

        classifying.correct(said[order[1]], "question", by=ada)
    assert Account.objects.get(pk=world.account.pk).renewal_on is None
