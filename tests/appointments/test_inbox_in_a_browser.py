"""The queue worked with the keyboard alone, by two people at once; with TRIAGE=200 as many wait, and each screen is kept."""

import os
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from appointments.models import AnswerDraft, Classification, MeetingHost, MeetingType, WorkItem
from appointments.services.offers import meeting_type_for
from crm import clock
from crm.models import Account, Contact, Conversation, Message
from prospecting.models import Outgoing, Reply
from tests.make import make_mailbox

pytestmark = pytest.mark.chromium
MANY = int(os.environ.get("TRIAGE", "8"))
SAID = ("Tuesday works, can you send an invite?", "What does this cost for three sites?", "Not before October.", "Who else uses it?")  # fmt: skip


@pytest.fixture
def waiting(ada: Any, ben: Any) -> SimpleNamespace:
    """So many replies wait for Ada, the first runs out first; each in a thread of its own."""
    mailbox, now = make_mailbox(ada), clock.now()
    items = [reply_of(ada, mailbox, n, now) for n in range(MANY)]
    return SimpleNamespace(items=items, now=now)


def reply_of(ada: Any, mailbox: Any, n: int, now: Any) -> WorkItem:
    at, due = now - timedelta(minutes=30), now + timedelta(minutes=20 * n - 15)
    account = Account.objects.create(name=f"Works {n:03}", name_norm=f"works {n:03}", domain=f"works{n}.example", owner=ada, created_at=now)  # fmt: skip
    address = f"person{n}@works{n}.example"
    contact = Contact.objects.create(first_name="Person", last_name=f"{n:03}", email=address, created_at=now)
    facts = {"account": account, "contact": contact}
    thread = Conversation.objects.create(team=ada.team, mailbox=mailbox, root_message_id=f"<{n}@x.example>", subject="Cold stores", last_message_at=at, created_at=at, **facts)  # fmt: skip
    words = SAID[n % len(SAID)]
    message = Message.objects.create(direction="in", state="handled", content_hash=f"{n:064}", message_id=f"<in{n}@x.example>", from_address=address, from_name=str(contact), to=[mailbox.address], subject="Re: Cold stores", text=words, newest=words, conversation=thread, team=ada.team, at=at, handled_at=at, **facts)  # fmt: skip
    reply = Reply.objects.create(message=message, conversation=thread, team=ada.team, label="other", counts=True, at=at, **facts)  # fmt: skip
    Classification.objects.create(reply=reply, label="other", confidence=0.4, decided_by="model", needs_person=True, entities={"guess": "interested"}, at=at)  # fmt: skip
    return WorkItem.objects.create(conversation=thread, team=ada.team, person_address=address, reply=reply, setter=ada, what="answer", due_at=due, since=at, asked_at=at, created_at=at, **facts)  # fmt: skip


def opened(page_as: Any, user: Any, address: str, **more: Any) -> Any:
    page = page_as(user, viewport={"width": 1440, "height": 900}, **more)
    page.goto(address)
    return page


def on(page: Any) -> int:
    """The item of the row in focus."""
    return int(page.locator(".row.is-on").get_attribute("data-item"))


def keep_picture(page: Any, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def chose(page: Any, key: str, words: str) -> None:
    """A key, a few letters of what it asks, Enter; the queue is there again."""
    page.keyboard.press(key)
    page.locator("dialog[open]").wait_for()
    page.keyboard.type(words)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Enter")
    page.locator("dialog[open]").wait_for(state="detached")


def test_the_queue_is_worked_with_the_keyboard_alone(waiting: Any, ada: Any, ben: Any, page_as: Any) -> None:
    wrong: list[str] = []
    page = opened(page_as, ada, "/inbox/")
    page.set_default_timeout(12_000)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    first, second, third, *_ = waiting.items
    assert on(page) == first.pk
    keep_picture(page, "inbox")

    chose(page, "l", "quest")
    first.reply.refresh_from_db()
    assert first.reply.label == "question"
    chose(page, "l", "price")
    first.reply.refresh_from_db()
    assert first.reply.label == "objection_price"
    page.keyboard.press("z")
    page.get_by_text("As it was.").wait_for()
    first.reply.refresh_from_db()
    assert first.reply.label == "question"

    page.keyboard.press("u")
    page.keyboard.type("tom")
    keep_picture(page, "later")
    page.keyboard.press("Enter")
    page.get_by_text("Put off until").wait_for()
    page.locator("dialog[open]").wait_for(state="detached")
    assert WorkItem.objects.get(pk=first.pk).state == "snoozed"
    assert on(page) == second.pk

    chose(page, "l", "")  # Enter alone agrees with the guess
    second.reply.refresh_from_db()
    assert second.reply.label == "interested"
    page.keyboard.press("h")
    page.keyboard.type("ben")
    page.keyboard.press("Tab")
    page.keyboard.type("You know them")
    keep_picture(page, "hand-over")
    page.keyboard.press("Enter")
    page.get_by_text("Ben answers this now.").wait_for()
    assert WorkItem.objects.get(pk=second.pk).setter == ben
    assert on(page) == third.pk

    page.keyboard.press("n")
    page.keyboard.type("Ask @be")
    page.keyboard.press("Enter")
    page.keyboard.type("about prices")
    keep_picture(page, "note")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Kept. Ben is told.").wait_for()

    page.keyboard.press("e")
    page.locator("#ask-done .btn.primary:focus").wait_for()
    keep_picture(page, "done")
    page.keyboard.press("Enter")
    page.get_by_text("Done: Person 002.").wait_for()
    assert WorkItem.objects.get(pk=third.pk).state == "done"
    assert on(page) == waiting.items[3].pk
    assert wrong == []


def test_a_list_that_is_being_renewed_keeps_no_key_waiting(waiting: Any, ada: Any, ben: Any, page_as: Any) -> None:
    page, held = opened(page_as, ada, "/inbox/"), []
    page.route(re.compile(r"/inbox/$"), lambda route: held.append(route) if "hx-request" in route.request.headers else route.continue_())  # fmt: skip
    for _ in range(2):  # one is under way, one waits for it
        page.evaluate("document.body.dispatchEvent(new CustomEvent('live:work_item'))")
        page.wait_for_timeout(100)
    assert len(held) == 1
    first, second, third, *_ = waiting.items
    for item in (first, second):
        page.keyboard.press("u")
        page.keyboard.type("tom")
        page.keyboard.press("Enter")
        page.locator("dialog[open]").wait_for(state="detached")
        assert WorkItem.objects.get(pk=item.pk).state == "snoozed"
    assert on(page) == third.pk
    assert page.evaluate("document.activeElement.id") == f"hit-{third.pk}"
    held[0].continue_()  # as it stood before
    page.keyboard.press("x")
    page.keyboard.press("Shift+J")
    page.keyboard.press("h")
    assert "2 picked" in page.locator("dialog[open]").inner_text()
    page.keyboard.type("ben")
    page.keyboard.press("Enter")
    page.get_by_text("2 replies handed over to Ben.").wait_for()
    assert WorkItem.objects.filter(setter=ben).count() == 2
    page.goto(f"/replies/{third.pk}/")
    page.keyboard.press("z")  # what can be taken back goes along
    page.get_by_text("2 replies as before.").wait_for()
    assert not WorkItem.objects.filter(setter=ben).exists()


def test_a_row_that_moves_beyond_the_page_stays_the_one_keys_mean(ada: Any, page_as: Any) -> None:
    mailbox, now = make_mailbox(ada), clock.now()
    first, *others = [reply_of(ada, mailbox, n, now) for n in range(52)]
    WorkItem.objects.exclude(pk=first.pk).update(due_at=now - timedelta(minutes=10))  # what it is due by then is later
    page = opened(page_as, ada, "/inbox/")
    assert on(page) == first.pk
    chose(page, "l", "quest")
    page.locator(f"#queue .row[data-item='{first.pk}']").wait_for(state="detached")
    page.locator("#preview").get_by_text("question").first.wait_for()
    chose(page, "u", "tom")
    assert WorkItem.objects.get(pk=first.pk).state == "snoozed"
    assert not WorkItem.objects.filter(pk__in=[one.pk for one in others], state="snoozed").exists()
    assert on(page) == others[0].pk


def test_two_at_once_send_one_answer_and_nothing_typed_is_lost(waiting: Any, ada: Any, ben: Any, page_as: Any) -> None:
    item = waiting.items[0]
    hers, his = opened(page_as, ada, "/inbox/?box=team"), opened(page_as, ben, f"/replies/{item.pk}/")
    his.keyboard.press("a")
    hers.get_by_text("Ben is answering").wait_for()
    assert on(hers) == item.pk
    hers.goto(f"/replies/{item.pk}/")
    hers.get_by_text("Ben is answering this").first.wait_for()
    keep_picture(hers, "held")
    hers.keyboard.press("a")
    hers.locator("#id_body").fill("Mine, as far as it got")
    hers.get_by_text("Take it over with a word").first.wait_for()
    hers.reload()
    assert hers.locator("#id_body").input_value() == "Mine, as far as it got"

    his.locator("#id_body").fill("His answer.")
    his.context.set_offline(True)
    his.keyboard.press("Control+Enter")
    his.get_by_text("One answer waits").wait_for()
    keep_picture(his, "offline")
    his.context.set_offline(False)
    his.get_by_text("Sent to Person 000.").wait_for()

    hers.keyboard.press("a")
    hers.keyboard.press("Control+Enter")
    hers.get_by_text("Ben answered this at").first.wait_for()
    assert hers.locator("#id_body").input_value() == "Mine, as far as it got"
    assert [one.body for one in Outgoing.objects.filter(purpose="answer")] == ["His answer."]
    for _ in range(100):
        if AnswerDraft.objects.filter(by=ada, sent=None).exists():
            break
        hers.wait_for_timeout(100)
    assert AnswerDraft.objects.get(by=ada, sent=None).body == "Mine, as far as it got"

    his.goto(f"/replies/{waiting.items[2].pk}/")
    his.keyboard.press("a")
    his.locator("#id_body").fill("Sent before it was kept.")
    his.keyboard.press("Control+Enter")
    his.get_by_text("Sent to Person 002.").wait_for()
    his.wait_for_function("!Object.keys(localStorage).some((key) => key.startsWith('baton-draft'))")
    assert not AnswerDraft.objects.filter(by=ben, sent=None).exists()


def test_another_kind_of_meeting_changes_the_times_in_what_was_typed(
    waiting: Any, ada: Any, noor: Any, page_as: Any
) -> None:
    item = waiting.items[0]
    WorkItem.objects.filter(pk=item.pk).update(what="answer_with_slots")
    meeting_type_for(ada.team_id)
    review = MeetingType.objects.create(name="Review", slug="review", minutes=240)
    MeetingHost.objects.create(meeting_type=review, user=noor)
    wrong: list[str] = []
    page = opened(page_as, ada, f"/replies/{item.pk}/")
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    words = page.locator("#id_body")
    words.fill(words.input_value().replace("Hello", "Good day"))
    before = lines(page)
    page.get_by_role("link", name="Review").click()
    page.locator("[data-kind][aria-current]", has_text="Review").wait_for()
    after = lines(page)
    assert words.input_value().startswith("Good day") and all(line in words.input_value() for line in after)
    assert after != before and not any(line in words.input_value() for line in set(before) - set(after))
    assert page.locator("input[name=kind]").input_value() == str(review.pk)
    page.locator("input[name=slots]").first.uncheck()
    assert after[0] not in words.input_value() and "two times" in page.locator("[data-says]").inner_text()
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        keep_picture(page, f"kind-of-meeting-{width}")
    assert wrong == []


def lines(page: Any) -> list[str]:
    """The times to offer, as they stand in an answer."""
    return list(page.locator("input[name=slots]").evaluate_all("boxes => boxes.map((box) => box.dataset.line)"))
