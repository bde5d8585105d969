"""The reply page: what it shows, and each thing one can do there."""

import re
from datetime import timedelta

import pytest

from appointments.models import Meeting, Offer, WorkItem
from crm import clock
from crm.models import Event
from prospecting.models import Outgoing
from tests.appointments.world import item_of, later, replied

WANTS = "Tuesday works, can you send an invite?"


@pytest.fixture
def item(world):
    return item_of(replied(world, WANTS))


def address(item, what: str = "") -> str:
    return f"/replies/{item.pk}/{what}"


def fields(page: str) -> dict:
    """The answer form as a browser would send it."""
    hidden = {name: re.search(rf'name="{name}" value="([^"]*)"', page).group(1) for name in ("seen", "key")}
    slots = re.findall(r'name="slots" value="([^"]*)"', page)
    return {**hidden, "slots": slots}


def answers(item):
    return Outgoing.objects.filter(conversation=item.conversation_id, purpose="answer")


def test_it_shows_what_was_said_who_decided_and_three_times(item, world, as_):
    page = as_(world.ada).get(address(item)).content.decode()
    assert "Wants to meet" in page
    assert "% sure. A rule decided." in page
    assert len(fields(page)["slots"]) == 3


@pytest.mark.parametrize("what", ["", "news/"])
def test_a_stranger_gets_the_same_404_as_for_nothing(item, stranger, as_, what):
    assert as_(stranger).get(address(item, what)).status_code == 404


@pytest.mark.parametrize(
    "what", ["label/", "answer/", "book/", "done/", "later/", "hand-over/", "take/", "names/", "open-again/"]
)
def test_a_stranger_can_do_nothing_and_nothing_answers_to_get(item, stranger, world, as_, what):
    assert as_(stranger).post(address(item, what)).status_code == 404
    assert as_(world.ada).get(address(item, what)).status_code == 405


def test_looking_changes_nothing(item, world, as_):
    before = (Event.objects.count(), Offer.objects.count(), WorkItem.objects.get(pk=item.pk).state)
    client = as_(world.ada)
    for way in (client.get, client.head):
        way(address(item))
        way(address(item, "?preview=1"), headers={"HX-Request": "true"})
        way(f"/qualify/{world.account.pk}/")
    assert (Event.objects.count(), Offer.objects.count(), WorkItem.objects.get(pk=item.pk).state) == before


def test_an_answer_with_times_leaves_once_however_often_it_is_pressed(item, world, as_):
    client = as_(world.ada)
    sent = {**fields(client.get(address(item)).content.decode()), "body": "Gladly. [booking link]"}
    for _ in range(2):
        client.post(address(item, "answer/"), sent)
    assert answers(item).count() == 1
    assert "/b/" in answers(item).get().body


def test_an_answer_can_be_taken_back(item, world, as_):
    client = as_(world.ada)
    client.post(address(item, "answer/"), {"body": "Gladly."})
    client.post(address(item, f"unsend/{answers(item).get().pk}/"))
    assert answers(item).get().state == "cancelled"


def test_nothing_typed_is_lost_when_a_colleague_was_faster(item, world, ben, as_):
    client = as_(world.ada)
    form = fields(client.get(address(item)).content.decode())
    as_(ben).post(address(item, "answer/"), {"body": "I took this one."})
    answer = client.post(address(item, "answer/"), {**form, "body": "My own words."})
    assert answer.status_code == 409
    assert "Ben answered this" in answer.content.decode()
    assert "My own words." in answer.content.decode()
    assert answers(item).count() == 1


def test_an_empty_answer_is_refused_at_its_field(item, world, as_):
    answer = as_(world.ada).post(address(item, "answer/"), {"body": "  "})
    assert answer.status_code == 400
    assert "Write something first." in answer.content.decode()


def test_a_host_who_holds_no_meetings_cannot_be_offered(item, world, stranger, as_):
    slot = f"{(clock.now() + timedelta(days=1)).isoformat()}~{stranger.pk}"
    answer = as_(world.ada).post(address(item, "answer/"), {"body": "Gladly.", "slots": [slot]})
    assert answer.status_code == 409
    assert not Offer.objects.exists()


def test_the_first_time_is_booked_from_the_page(item, world, as_):
    client = as_(world.ada)
    start = fields(client.get(address(item)).content.decode())["slots"][0]
    client.post(address(item, "book/"), {"start": start})
    assert Meeting.objects.get().state == "booked"
    assert WorkItem.objects.get(pk=item.pk).outcome == "booked"


def test_a_corrected_label_says_who_decided(item, world, as_):
    client = as_(world.ada)
    where = client.post(address(item, "label/"), {"label": "question", "secondary": ["referral"]}).headers["Location"]
    page = client.get(where).content.decode()
    assert "Asks a question" in page
    assert "Ada decided." in page


def test_done_asks_what_the_account_does_next(item, world, as_):
    answer = as_(world.ada).post(address(item, "done/"), {"outcome": "nurture", "next": "rest"})
    assert answer.status_code == 400
    assert "Say until when it rests." in answer.content.decode()


def test_done_can_be_undone(item, world, as_):
    client = as_(world.ada)
    client.post(address(item, "done/"), {"outcome": "answered", "next": "resume"})
    assert WorkItem.objects.get(pk=item.pk).state == "done"
    client.post(address(item, "open-again/"))
    assert WorkItem.objects.get(pk=item.pk).state == "open"


def test_it_is_put_off_until_a_time_ahead_only(item, world, as_):
    client = as_(world.ada)
    assert client.post(address(item, "later/"), {"until": "2020-01-01T09:00"}).status_code == 400
    client.post(address(item, "later/"), {"until": "2026-06-09T09:00"})
    assert WorkItem.objects.get(pk=item.pk).state == "snoozed"


def test_someone_named_is_kept_with_the_sentence(item, world, as_):
    said = {
        "first_name": "Anouk",
        "last_name": "de Vries",
        "email": "anouk@maas-dekker.example",
        "role": "technical-evaluator",
        "evidence": "Ask Anouk",
    }
    as_(world.ada).post(address(item, "names/"), said)
    row = world.account.memberships.get(contact__last_name="de Vries")
    assert (row.role.slug, row.evidence) == ("technical-evaluator", "Ask Anouk")


def test_news_come_to_a_page_that_is_open(item, world, ben, as_):
    client = as_(world.ada)
    seen = fields(client.get(address(item)).content.decode())["seen"]
    assert client.get(address(item, f"news/?seen={seen}")).content.strip() == b""
    as_(ben).post(address(item, "answer/"), {"body": "I took this one."})
    assert "Ben answered this" in client.get(address(item, f"news/?seen={seen}")).content.decode()


def test_what_someone_wrote_is_text_and_never_markup(world, as_):
    item = item_of(replied(world, "<script>alert(1)</script> Tuesday works <img src=x onerror=alert(1)>"))
    page = as_(world.ada).get(address(item)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_an_executive_reads_the_reply_behind_their_meeting_and_answers_nothing(item, world, as_):
    client = as_(world.ada)
    start = fields(client.get(address(item)).content.decode())["slots"][0]
    assert as_(world.noor).get(address(item)).status_code == 404
    client.post(address(item, "book/"), {"start": start})
    assert as_(world.noor).get(address(item)).status_code == 200
    assert as_(world.noor).post(address(item, "answer/"), {"body": "Hello"}).status_code == 404


def test_answers_to_a_checklist_keep_the_sentence(item, world, as_):
    client = as_(world.ada)
    page = client.get(f"/qualify/{world.account.pk}/").content.decode()
    names = re.findall(r'name="value-(\d+)" value="yes"', page)
    client.post(
        f"/qualify/{world.account.pk}/",
        {f"value-{pk}": "yes" for pk in names} | {f"quote-{names[0]}": "all four sites"},
    )
    client.post(f"/qualify/{world.account.pk}/now/")
    page = client.get(address(item)).content.decode()
    assert "all four sites" in page
    assert "Qualified today" in page


def test_qualifying_without_answers_asks_for_a_sentence(item, world, as_):
    as_(world.ada).post(f"/qualify/{world.account.pk}/", {})
    answer = as_(world.ada).post(f"/qualify/{world.account.pk}/now/")
    assert answer.status_code == 409
    assert "write why it is enough" in answer.content.decode()


def test_a_stranger_cannot_read_a_qualification(item, world, stranger, as_):
    assert as_(stranger).get(f"/qualify/{world.account.pk}/").status_code == 404


def test_late_words_are_said_plainly(item, world, as_):
    with later(hours=3):
        assert "No one has answered this for" in as_(world.ada).get(address(item)).content.decode()
