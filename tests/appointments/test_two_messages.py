"""Two messages of one account: what is done about one neither hides nor undoes the other."""

import pytest
from django.urls import reverse

from appointments.models import WorkItem
from appointments.services import classifying, work_items
from crm.errors import Refused
from crm.models import Suppression
from prospecting.models import Enrollment
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


def test_an_opt_out_said_twice_stands_when_the_first_is_read_otherwise(world, ada):
    first = read_as(world, "unsubscribe", "Please remove me from your list.")
    with later(hours=1):
        second = read_as(world, "unsubscribe", "I said it: take me off your list, for good.")
    with later(hours=2):
        classifying.correct(first, "question", by=ada)
        world.joost.refresh_from_db()
        assert world.joost.stopped_at is not None
        assert Suppression.objects.filter(lifted_at=None).exists()

        classifying.correct(second, "question", by=ada)
    world.joost.refresh_from_db()
    assert world.joost.stopped_at is None
    assert not Suppression.objects.filter(lifted_at=None).exists()


def test_one_person_s_no_keeps_the_pause_that_a_colleague_s_question_holds(world, ada):
    anna = world.account.memberships.exclude(contact=world.joost).select_related("contact").first().contact
    read_as(world, "question", "What does it cost per site?")
    with later(hours=1):
        other = replied(world, "Harbour.", sender=anna.email, name=anna.name)
        classifying.correct(other, "wrong_person", by=ada)

    assert Enrollment.objects.get(pk=world.enrollment.pk).state == Enrollment.State.PAUSED
