"""What was read from a reply is shown where it stands, put right by a person, and done again with that."""

import pytest

from appointments.models import Classification, Reaction
from appointments.rules import amending
from appointments.services import classifying
from crm.models import Account, Membership
from tests.appointments.world import item_of, judgement, later, read_as, replied

pytestmark = pytest.mark.django_db
NAMES = "You should speak to my colleague Anouk Vries (anouk@maas-dekker.example), she handles this."


def put_right(client, item, **said):
    return client.post(f"/replies/{item.pk}/read/", {"place": "0", **said})


def test_a_wrong_day_is_put_right_and_the_account_rests_until_then(world, ada):
    reply = read_as(world, "not_now", "Not now. Please write again on 15 September.")
    classifying.amend(reply, "follow_up", 0, {"day": "2026-10-15"}, by=ada)
    account = Account.objects.get(pk=world.account.pk)
    assert (str(account.rests_until), judgement(reply).decided_by) == ("2026-10-01", "person")
    assert Reaction.objects.filter(classification__reply=reply, undone_at=None).count() == 3


def test_no_day_at_all_asks_for_one(world, ada):
    reply = read_as(world, "not_now", "Not now. Please write again on 15 September.")
    classifying.amend(reply, "follow_up", 0, {"day": ""}, by=ada)
    assert item_of(reply).what == "set_date"


def test_the_first_day_back_is_put_right(world, ada):
    reply = read_as(
        world, "out_of_office", "I am out of office and back on Monday 22 June.", Auto_Submitted="auto-replied"
    )
    classifying.amend(reply, "return_date", 0, {"day": "2026-06-29"}, by=ada)
    world.joost.refresh_from_db()
    assert str(world.joost.away_until) == "2026-06-29"


def test_another_person_was_meant(world, as_):
    reply = read_as(world, "referral", NAMES)
    client, item = as_(world.ada), item_of(reply)
    put_right(client, item, kind="referred", name="Anouk de Vries", email="adv@maas-dekker.example")
    here = Membership.objects.filter(account=world.account, until=None).values_list("contact__email", flat=True)
    assert "adv@maas-dekker.example" in here and "anouk@maas-dekker.example" not in here


def test_what_a_person_put_right_outlives_another_label(world, ada):
    reply = read_as(world, "not_now", "Not now. Please write again on 15 September.")
    classifying.amend(reply, "follow_up", 0, {"day": "2026-10-15"}, by=ada)
    classifying.correct(reply, "question", by=ada)
    classifying.correct(reply, "not_now", by=ada)
    assert judgement(reply).entities["follow_up"]["day"] == "2026-10-15"


def test_a_day_that_is_none_is_refused_and_nothing_changes(world, as_):
    item = item_of(read_as(world, "referral", NAMES))
    before = Classification.objects.count()
    answer = put_right(as_(world.ada), item, kind="follow_up", day="soon")
    assert (answer.status_code, "Write the day as" in answer.content.decode()) == (400, True)
    answer = put_right(as_(world.ada), item, kind="referred", place="7", name="X")
    assert answer.status_code == 409 and Classification.objects.count() == before


def test_a_stranger_puts_nothing_right(world, stranger, as_):
    item = item_of(read_as(world, "referral", NAMES))
    assert put_right(as_(stranger), item, kind="referred", name="X").status_code == 404
    assert as_(world.ada).get(f"/replies/{item.pk}/read/").status_code == 405


def test_whoever_is_named_stands_on_the_page_known_or_with_a_button(world, as_):
    item = item_of(read_as(world, "referral", NAMES))
    page = as_(world.ada).get(f"/replies/{item.pk}/").content.decode()
    assert "Anouk Vries</a>, person named" in page
    Membership.objects.filter(contact__email="anouk@maas-dekker.example").delete()
    page = as_(world.ada).get(f"/replies/{item.pk}/").content.decode()
    assert "Add Anouk Vries" in page


def test_every_message_of_a_thread_has_a_label_of_its_own_which_can_be_changed(world, ada, as_):
    first = replied(world, "What does it cost per site?")
    with later(minutes=5):
        second = replied(world, "And we already have a supplier for this.")
        item = item_of(second)
        page = as_(ada).get(f"/replies/{item.pk}/").content.decode()
        assert f'name="reply" value="{first.pk}"' in page
        as_(ada).post(f"/replies/{item.pk}/label/", {"label": "interested", "reply": first.pk})
    assert (judgement(first).label, judgement(second).label) == ("interested", "objection_competitor")


def test_a_message_of_another_thread_is_not_labelled_from_here(world, ada, as_):
    item = item_of(replied(world, "What does it cost per site?"))
    answer = as_(ada).post(f"/replies/{item.pk}/label/", {"label": "interested", "reply": "999999"})
    assert answer.status_code == 404


@pytest.mark.parametrize("place", [-1, 2, 9])
def test_only_whom_the_words_name_can_be_put_right(place):
    with pytest.raises(ValueError, match="not there any more"):
        amending.amended({"referred": [{"name": "A"}]}, "referred", place, {"name": "B"})


def test_the_last_one_taken_out_leaves_word_that_a_person_did(world):
    found = amending.amended({"referred": [{"name": "A"}]}, "referred", 0, {})
    assert amending.put_right(found) == ["referred"]
