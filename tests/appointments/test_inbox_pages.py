"""The queue: whose it is, filters, several at once, and mail that found no account."""

from email.message import EmailMessage

import pytest

from appointments.models import WorkItem
from crm import clock
from crm.models import Message
from crm.services import intake
from tests.appointments.test_today_pages import queries
from tests.appointments.world import item_of, replied
from tests.prospecting.world import person_at

WANTS = "Tuesday works, can you send an invite?"


def test_a_reply_stands_in_the_setters_inbox_with_its_words(world, as_):
    replied(world, WANTS)
    page = as_(world.ada).get("/inbox/").content.decode()
    assert "Joost Dekker" in page
    assert "can you send an invite" in page


def test_a_teammate_sees_it_under_the_team(world, ben, as_):
    replied(world, WANTS)
    assert "Joost Dekker" not in as_(ben).get("/inbox/").content.decode()
    assert "Joost Dekker" in as_(ben).get("/inbox/?box=team").content.decode()


@pytest.mark.parametrize("box", ["", "team", "machines", "done", "unmatched"])
def test_a_stranger_sees_it_nowhere(world, stranger, as_, box):
    replied(world, WANTS)
    assert "Joost" not in as_(stranger).get(f"/inbox/?box={box}").content.decode()


def test_a_label_and_words_narrow_it(world, as_):
    replied(world, WANTS)
    client = as_(world.ada)
    assert "Joost Dekker" in client.get("/inbox/?label=meeting_request&q=joost").content.decode()
    assert "Joost Dekker" not in client.get("/inbox/?label=unsubscribe").content.decode()


def test_an_unlisted_filter_changes_nothing(world, as_):
    replied(world, WANTS)
    assert "Joost Dekker" in as_(world.ada).get("/inbox/?setter__password__startswith=x").content.decode()


def test_a_forged_page_token_is_the_first_page(world, as_):
    replied(world, WANTS)
    assert "Joost Dekker" in as_(world.ada).get("/inbox/?after=%00%ff~9999").content.decode()


def test_the_picked_are_handed_over_together(world, ben, as_):
    item = item_of(replied(world, WANTS))
    as_(world.ada).post("/inbox/picked/", {"item": [item.pk], "do": "hand_over", "to": ben.pk})
    assert WorkItem.objects.get(pk=item.pk).setter == ben


def test_a_stranger_cannot_pick_from_another_team(world, stranger, as_):
    item = item_of(replied(world, WANTS))
    answer = as_(stranger).post("/inbox/picked/", {"item": [item.pk], "do": "claim"})
    assert answer.status_code == 409
    assert WorkItem.objects.get(pk=item.pk).setter == world.ada


def test_mail_that_points_to_no_account_waits_until_someone_says_whose_it_is(world, as_):
    message = unknown_sender(world)
    client = as_(world.ada)
    assert "Who are you" in client.get("/inbox/?box=unmatched").content.decode()
    client.post(f"/inbox/unmatched/{message.pk}/", {"account_name": "Maas Dekker"})
    assert Message.objects.get(pk=message.pk).account == world.account


def test_a_name_nobody_has_is_refused_in_words(world, as_):
    message = unknown_sender(world)
    answer = as_(world.ada).post(f"/inbox/unmatched/{message.pk}/", {"account_name": "Nobody"})
    assert answer.status_code == 409
    assert "No account is called “Nobody”" in answer.content.decode()


def unknown_sender(world) -> Message:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Someone <new@nobody.example>", world.mailbox.address, "Your mail"
    mail["Message-ID"] = "<unknown@nobody.example>"
    mail.set_content("A colleague forwarded your note. Who are you?")
    return intake.receive(mail.as_bytes(), recipients=[world.mailbox.address], at=clock.now())


def test_the_query_count_does_not_grow_with_the_rows(world, as_):
    client = as_(world.ada)
    replied(world, WANTS)
    few = queries(client, "/inbox/")
    for name in ("Anna Bos", "Bram Vos", "Cato Smit", "Daan Mol"):
        replied(world, WANTS, sender=person_at(world.account, name, "user").email, name=name)
    assert queries(client, "/inbox/") == few
