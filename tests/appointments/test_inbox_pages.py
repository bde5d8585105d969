"""The queue: whose it is, filters, several at once, and mail that found no account."""

import re
from email.message import EmailMessage
from html import unescape

import pytest

from appointments.models import Classification, WorkItem
from appointments.services import claiming, classifying, putting_back, work_items
from crm import clock
from crm.errors import Refused
from crm.models import Message
from crm.services import intake
from prospecting.models import Reply
from tests.appointments.test_today_pages import queries
from tests.appointments.world import item_of, replied
from tests.prospecting.world import person_at

WANTS = "Tuesday works, can you send an invite?"


def test_a_reply_stands_in_the_setters_inbox_with_its_words(world, as_):
    replied(world, WANTS)
    page = as_(world.ada).get("/inbox/").content.decode()
    assert "Joost Dekker" in page
    assert "can you send an invite" in page


def test_what_nothing_could_decide_stands_there_as_a_guess(world, as_):
    reply = replied(world, "Thursday might do, unless it might not.")
    Classification.objects.filter(reply=reply).update(entities={"guess": "interested"}, needs_person=True)
    client = as_(world.ada)
    row = client.get("/inbox/").content.decode()
    assert 'data-label="interested" data-guessed' in row and "Interested?" in row
    page = client.get(f"/replies/{item_of(reply).pk}/").content.decode()
    assert "A guess of" in page and '<option value="interested" selected>' in page


def test_done_begins_with_the_day_and_the_reason_they_gave(world, as_, monday):
    item = item_of(replied(world, "We have our own system, not before 1 February 2027 please."))
    classifying.correct(item.reply, "not_now", by=world.ada)
    form = as_(world.ada).get(f"/replies/{item.pk}/ask/done/", headers={"HX-Request": "true"}).content.decode()
    assert 'value="2027-01-18"' in form
    assert '<option value="timing" selected>' in form and '<option value="nurture" selected>' in form


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


def test_a_full_page_asks_a_constant_few_questions(world, as_):
    replied(world, WANTS)
    assert queries(as_(world.ada), "/inbox/") <= 12


def test_it_is_narrowed_by_mailbox_setter_late_and_doubt(world, as_):
    item = item_of(replied(world, WANTS))
    client = as_(world.ada)
    for query in (f"mailbox={world.mailbox.pk}", f"setter={world.ada.pk}", "late=false", f"segment={world.enrollment.segment_version.segment_id}"):  # fmt: skip
        assert "Joost Dekker" in client.get(f"/inbox/?{query}").content.decode(), query
    for query in ("mailbox=999999", "late=true", "segment=999999", "needs_person=true"):
        assert f"hit-{item.pk}" not in client.get(f"/inbox/?{query}").content.decode(), query


def test_what_a_person_wrote_is_not_finished_in_a_heap(world, as_):
    item = item_of(replied(world, WANTS))
    page = as_(world.ada).post("/inbox/picked/", {"item": [item.pk], "do": "done"}, follow=True).content.decode()
    assert "Joost Dekker wrote this. What a person wrote is read and finished one by one." in page
    assert WorkItem.objects.get(pk=item.pk).state == "open"


def test_machines_are_finished_in_a_heap_and_put_back(world, as_):
    item = item_of(replied(world, WANTS))
    Reply.objects.filter(pk=item.reply_id).update(label="bounce")
    client = as_(world.ada)
    page = client.post("/inbox/picked/", {"item": [item.pk], "do": "done"}, follow=True).content.decode()
    assert WorkItem.objects.get(pk=item.pk).state == "done"
    client.post(undo_in(page))
    assert WorkItem.objects.get(pk=item.pk).state == "open"


@pytest.mark.parametrize("what", ["later", "hand-over", "done", "label"])
def test_what_a_key_did_in_the_queue_is_put_back_as_it_was(world, ben, as_, what):
    item = item_of(replied(world, WANTS))
    said = {
        "later": {"until": "2027-01-04T09:00"},
        "hand-over": {"to": ben.pk, "words": "You know them"},
        "done": {"outcome": "answered", "next": "resume"},
        "label": {"label": "question", "keep_secondary": "1"},
    }[what]
    client = as_(world.ada)
    page = client.post(f"/replies/{item.pk}/{what}/", {**said, "back": "/inbox/?box=team"}, follow=True)
    assert page.request["QUERY_STRING"] == "box=team"
    back = client.post(undo_in(page.content.decode()))
    assert back.headers["Location"] == "/inbox/?box=team"
    now = WorkItem.objects.get(conversation=item.conversation_id, state__in=["open", "claimed"])
    assert (now.setter, now.due_at, now.reply.label) == (world.ada, item.due_at, "meeting_request")


def test_nobody_puts_back_with_a_forged_word_or_another_teams(world, stranger, as_):
    item = item_of(replied(world, WANTS))
    word = putting_back.signed([putting_back.as_it_stands(item)])
    assert as_(world.ada).post("/inbox/put-back/?was=forged").status_code == 409
    assert as_(stranger).post(f"/inbox/put-back/?was={word}").status_code == 404


def test_a_picked_answer_of_a_colleague_is_not_put_back_under_them(world, ben):
    item = item_of(replied(world, WANTS))
    was = putting_back.as_it_stands(item)
    work_items.hand_over(item, ben, by=world.ada)
    claiming.begin(item, by=ben)
    with pytest.raises(Refused, match="is answering this"):
        putting_back.put_back(item, was, by=world.ada)


@pytest.mark.parametrize("what", ["label", "later", "hand-over", "note", "done"])
def test_each_key_has_a_page_without_a_script(world, stranger, as_, what):
    item = item_of(replied(world, WANTS))
    assert f"/replies/{item.pk}/" in as_(world.ada).get(f"/replies/{item.pk}/ask/{what}/").content.decode()
    assert as_(stranger).get(f"/replies/{item.pk}/ask/{what}/").status_code == 404


def test_the_pool_is_everybodys_and_whoever_begins_has_it(world, ben, as_):
    item = item_of(replied(world, WANTS))
    as_(world.ada).post(f"/replies/{item.pk}/hand-over/", {"to": "", "words": "Off at noon"})
    client = as_(ben)
    assert "Joost Dekker" in client.get("/inbox/?box=pool").content.decode()
    assert "Joost Dekker" in client.get("/today/").content.decode()
    client.post(f"/replies/{item.pk}/answering/")
    assert "Joost Dekker" in client.get("/inbox/").content.decode()


def undo_in(page: str) -> str:
    return unescape(re.search(r'action="(/inbox/put-back/[^"]+)"', page)[1])
