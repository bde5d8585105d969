"""Webhooks: each event once noted, at least once told under one id, in order for each account, signed as documented."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Conversation, Delivery, Event, Message, Notification, Webhook
from crm.rules import webhooks as rules
from crm.services import accounts, mailboxes, webhooks
from prospecting.models import Reply
from prospecting.services import replies
from tests.prospecting.world import enrolled, small_world

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
Answers = Callable[[int], int]


@contextmanager
def receiver(status: Answers = lambda number: 204) -> Iterator[Any]:
    """A real HTTP server; `status` says what it answers to its n-th post, 0 that it hangs up without a word."""
    heard: list[SimpleNamespace] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(SimpleNamespace(headers=self.headers, body=body, told=json.loads(body)))
            if answer := status(len(heard)):
                self.send_response(answer)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()
                self.wfile.write(b"so said the receiver")

        def log_message(self, *args: Any) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield SimpleNamespace(url=f"http://127.0.0.1:{httpd.server_address[1]}/baton?x=1", heard=heard)
    finally:
        httpd.shutdown()
        httpd.server_close()


@pytest.fixture(autouse=True)
def reachable(settings):
    settings.INSIDE_ADDRESSES = ["127.0.0.0/8"]


def hook(by, url="http://127.0.0.1:9/", kinds=("account.rung",), **fields):
    return webhooks.create(url, list(kinds), by=by, **fields)


def rungs(account, *kinds, by="the test"):
    for kind in kinds:
        Event.record(f"ladder.{kind}", by=by, account=account)


def deliver() -> int:
    """By one hand, in the connection of the test."""
    return webhooks._by_one_hand(100)


def later(many: int = 1, **after: Any) -> None:
    for _ in range(many):
        with clock.at(clock.now() + timedelta(**after)):
            deliver()


# Noted ------------------------------------------------------------------------------------------------------------


def test_an_event_is_noted_in_its_own_transaction_for_whoever_hears_it(adm, ada):
    account = accounts.create_account(name="Nord", by=ada)
    row, _ = hook(adm)
    with pytest.raises(RuntimeError), transaction.atomic():
        rungs(account, "contacted")
        raise RuntimeError("given up")
    rungs(account, "engaged")
    Event.record("account.noted", by=ada, account=account)
    assert list(Delivery.objects.values_list("kind", "webhook", "account_key")) == [
        ("ladder.engaged", row.pk, account.pk)
    ]


def test_a_team_hears_its_own_conversations_and_a_paused_webhook_nothing(adm, ada, stranger):
    hook(adm, team=stranger.team)
    resting, _ = hook(adm)
    webhooks.pause(resting, by=adm)
    Event.record("ladder.engaged", by=ada, team=ada.team)
    Event.record("ladder.engaged", by=ada)
    assert Delivery.objects.count() == 1


# Told -------------------------------------------------------------------------------------------------------------


def test_a_post_is_signed_as_the_standard_says_and_tells_what_happened(adm, ada):
    account = accounts.create_account(name="Nord", by=ada)
    with receiver() as door:
        _, secret = hook(adm, door.url)
        rungs(account, "contacted", by=ada)
        assert deliver() == 1
    [post] = door.heard
    name, moment = post.headers["webhook-id"], post.headers["webhook-timestamp"]
    assert post.headers["webhook-signature"] == by_the_book(secret, name, moment, post.body)
    assert post.told["type"] == "account.rung"
    assert (post.told["data"]["rung"], post.told["data"]["account"]["name"]) == ("contacted", "Nord")
    assert Delivery.objects.get().uid == name
    assert Delivery.objects.get().state == "delivered"


def by_the_book(secret: str, name: str, moment: str, body: bytes) -> str:
    """Written down from the standard's own words, not from ours."""
    key = base64.b64decode(secret.split("_", 1)[1])
    return "v1," + base64.b64encode(hmac.digest(key, b".".join([name.encode(), moment.encode(), body]), hashlib.sha256)).decode()  # fmt: skip


def test_another_secret_another_body_or_another_time_does_not_verify():
    secret, other = rules.new_secret(), rules.new_secret()
    right = rules.signature(secret, "msg_1", 1, b"{}")
    wrong = [(other, "msg_1", 1, b"{}"), (secret, "msg_2", 1, b"{}"), (secret, "msg_1", 2, b"{}"), (secret, "msg_1", 1, b"{ }")]  # fmt: skip
    assert right not in [rules.signature(*one) for one in wrong]
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32


def test_while_a_secret_is_replaced_both_sign_for_a_day(adm, ada):
    with receiver() as door, clock.at(NOON):
        row, old = hook(adm, door.url)
        new = webhooks.rotate(row, by=adm)
        webhooks.send_test(row, by=adm)
        deliver()
        with clock.at(NOON + timedelta(days=1, minutes=1)):
            webhooks.send_test(row, by=adm)
            deliver()
    both, alone = (post.headers["webhook-signature"].split() for post in door.heard)
    first = door.heard[0]
    assert both == [
        by_the_book(secret, first.headers["webhook-id"], first.headers["webhook-timestamp"], first.body)
        for secret in (new, old)
    ]
    assert len(alone) == 1


def test_a_reply_is_told_without_its_words_and_a_machine_not_at_all(adm, ada):
    world = small_world(ada)
    enrolled(world)
    with receiver() as door:
        hook(adm, door.url, ["reply.received", "reply.labelled"])
        for number, label in enumerate(["question", "out_of_office"]):
            message = said(world, number)
            row = Reply.objects.create(message=message, account=world.account, conversation=message.conversation, team=ada.team, at=clock.now())  # fmt: skip
            Event.record("message.received", by="the intake", account=world.account, subject=message, team=ada.team)
            replies.set_label(row, label, by=ada)
        deliver()
    told = [(post.told["type"], post.told["data"]["reply"]["label"]) for post in door.heard]
    assert told == [
        ("reply.received", "question"),
        ("reply.labelled", "question"),
        ("reply.labelled", "out_of_office"),
    ]
    assert b"secret words" not in b"".join(post.body for post in door.heard)
    assert Delivery.objects.filter(state="dropped").count() == 1


def said(world, number):
    thread = Conversation.objects.create(team=world.ada.team, mailbox=world.mailbox, root_message_id=f"{number}@x", subject="s",
                                         last_message_at=clock.now(), created_at=clock.now())  # fmt: skip
    return Message.objects.create(direction="in", state="handled", content_hash=f"h{number}", message_id=f"{number}@y", conversation=thread,
                                  account=world.account, team=world.ada.team, newest="secret words", at=clock.now())  # fmt: skip


# Again ------------------------------------------------------------------------------------------------------------


def test_what_fails_is_told_again_under_the_same_id_with_the_same_bytes_and_nothing_overtakes_it(adm, ada):
    one, two = (accounts.create_account(name=name, by=ada) for name in ("Nord", "Süd"))
    with receiver(lambda number: 500 if number <= 1 else 0 if number == 2 else 204) as door, clock.at(NOON):
        hook(adm, door.url)
        rungs(one, "contacted", "engaged")
        deliver()
        rungs(two, "contacted")
        later(3, seconds=90)
        later(3, minutes=10)
    ids = [post.headers["webhook-id"] for post in door.heard]
    order = [(post.told["data"]["account"]["name"], post.told["data"]["rung"]) for post in door.heard]
    assert order.count(("Nord", "contacted")) >= 2
    assert len({i for i, o in zip(ids, order, strict=True) if o == ("Nord", "contacted")}) == 1
    assert len({post.body for post in door.heard if post.told["data"]["rung"] == "contacted"}) == 2
    assert max(i for i, o in enumerate(order) if o == ("Nord", "contacted")) < order.index(("Nord", "engaged"))
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_after_the_last_try_a_person_decides_and_may_post_it_again(adm, ada, as_):
    with receiver(lambda number: 503 if number <= len(rules.WAITS) + 1 else 200) as door, clock.at(NOON) as _:
        row, _ = hook(adm, door.url)
        webhooks.send_test(row, by=adm)
        moment = NOON
        for wait in [timedelta(0), *rules.WAITS]:
            moment += wait
            with clock.at(moment):
                deliver()
        given_up = Delivery.objects.get()
        assert (given_up.state, given_up.tries, given_up.last_status) == ("failed", len(rules.WAITS) + 1, 503)
        as_(adm).post("/admin/crm/delivery/", {"action": "post_again", "_selected_action": given_up.pk})
        with clock.at(moment):
            deliver()
    assert Delivery.objects.get().state == "delivered"
    assert len({post.headers["webhook-id"] for post in door.heard}) == 1


def test_an_address_that_is_gone_or_fails_for_days_is_paused_and_its_maker_told(adm, ada):
    with receiver(lambda number: 410) as door:
        row, _ = hook(adm, door.url)
        webhooks.send_test(row, by=adm)
        deliver()
    row.refresh_from_db()
    assert (row.state, "410" in row.paused_reason) == ("paused", True)
    assert Notification.objects.filter(user=adm, kind="webhook.paused").count() == 1
    webhooks.resume(row, by=adm)
    Webhook.objects.update(url="http://127.0.0.1:9/", failing_since=clock.now() - timedelta(days=6))
    webhooks.send_test(row, by=adm)
    deliver()
    row.refresh_from_db()
    assert (row.state, Notification.objects.count()) == ("paused", 2)


def test_a_redirect_is_followed_nowhere(adm):
    with receiver(lambda number: 302) as door:
        row, _ = hook(adm, door.url)
        webhooks.send_test(row, by=adm)
        deliver()
    assert (len(door.heard), Delivery.objects.get().last_status) == (1, 302)


def test_an_event_that_cannot_be_told_is_given_up_and_the_next_one_is_told(adm, ada, monkeypatch):
    account = accounts.create_account(name="Nord", by=ada)
    with receiver() as door, clock.at(NOON):
        hook(adm, door.url)
        rungs(account, "contacted", "engaged")
        body = webhooks._body
        monkeypatch.setattr(webhooks, "_body", lambda row: 1 / 0 if "contacted" in row.kind else body(row))
        moment = NOON
        for wait in [timedelta(0), *rules.WAITS]:
            moment += wait
            with clock.at(moment):
                deliver()
    assert dict(Delivery.objects.values_list("kind", "state")) == {
        "ladder.contacted": "failed",
        "ladder.engaged": "delivered",
    }
    assert [post.told["data"]["rung"] for post in door.heard] == ["engaged"]


def test_a_new_key_locks_the_secrets_of_webhooks_again(adm, settings):
    row, secret = hook(adm)
    webhooks.rotate(row, by=adm)
    old, new = settings.MAILBOX_KEYS[0], Fernet.generate_key().decode()
    settings.MAILBOX_KEYS = [new, old]
    assert mailboxes.lock_again() == (2, [])
    settings.MAILBOX_KEYS = [new]
    row.refresh_from_db()
    assert secret in webhooks._secrets(row)


def test_a_worker_that_comes_too_late_changes_nothing(adm):
    row, _ = hook(adm)
    one = webhooks.send_test(row, by=adm)
    Delivery.objects.update(fence=5)
    webhooks._settle(one, 4, webhooks.posting.Answer(204))
    assert Delivery.objects.get().state == "planned"


@pytest.mark.django_db(transaction=True)
def test_many_hands_tell_each_account_in_order_and_each_event(adm, ada):
    several = [accounts.create_account(name=f"Firm {number}", by=ada) for number in range(6)]
    with receiver(lambda number: 500 if number % 5 == 0 else 204) as door:
        hook(adm, door.url)
        for rung in ("targeted", "contacted", "engaged", "qualified", "booked"):
            for account in several:
                Event.record(f"ladder.{rung}", by=ada, account=account)
        moment = clock.now()
        for _ in range(30):
            moment += timedelta(minutes=10)
            with clock.at(moment):
                webhooks.deliver_due()
    assert Delivery.objects.filter(state="delivered").count() == 30
    for account in several:
        told = [p.told["data"]["rung"] for p in door.heard if p.told["data"]["account"]["id"] == account.pk]
        assert list(dict.fromkeys(told)) == ["targeted", "contacted", "engaged", "qualified", "booked"]
        assert told == sorted(told, key=["targeted", "contacted", "engaged", "qualified", "booked"].index)


# Who and where ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["ftp://x.example/", "https://u:p@x.example/", "https:///x", "http://[::1", "https://no-such-host.invalid/", "javascript:alert(1)", "https://x.example/#y"],
)  # fmt: skip
def test_an_address_that_will_not_do_is_refused_in_words(url, adm):
    with pytest.raises(Refused):
        hook(adm, url)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "0x7f.1", "[::ffff:127.0.0.1]", "169.254.169.254", "10.0.0.1", "localhost", "[64:ff9b::7f00:1]"],
)
def test_no_inside_address_is_reached_that_no_operator_listed(host, adm, settings):
    settings.INSIDE_ADDRESSES = []
    with pytest.raises(Refused, match=r"inside address|no server"):
        hook(adm, f"http://{host}/")
    row = Webhook.objects.create(url=f"http://{host}/", kinds=[], secret=webhooks.locked(rules.new_secret()), created_at=clock.now())  # fmt: skip
    webhooks.send_test(row, by=adm)
    deliver()
    assert Delivery.objects.get().last_status is None


def test_an_admin_makes_one_sees_its_secret_once_and_others_cannot(adm, ada, as_):
    with receiver() as door:
        form = {"url": door.url, "description": "CRM", "kinds": ["meeting.held", "account.rung"], "team": ""}
        said = as_(adm).post("/admin/crm/webhook/add/", form, follow=True).content.decode()
    row = Webhook.objects.get()
    assert said.count("whsec_") == 1
    assert "whsec_" not in as_(adm).get(f"/admin/crm/webhook/{row.pk}/change/").content.decode()
    assert row.listens == ["meeting.held", "ladder.%"]
    assert as_(ada).get("/admin/crm/webhook/").url.startswith("/admin/login/")


def test_what_ended_a_month_ago_is_forgotten_and_what_waits_is_not(adm):
    row, _ = hook(adm)
    old, new = webhooks.send_test(row, by=adm), webhooks.send_test(row, by=adm)
    webhooks._ended(old, 0, "failed", webhooks.posting.Answer())
    with clock.at(clock.now() + timedelta(days=31)):
        assert webhooks.forget_old() == 1
    assert list(Delivery.objects.all()) == [new]
