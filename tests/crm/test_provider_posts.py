"""What a provider posts: proved or turned away, stored once, acknowledged, acted on once, set aside when it kills its handler."""

import http.client
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from crm import bounded, clock
from crm.models import Message, Provider, ProviderPost, ProviderToken, Sighting
from crm.rules import provider_post as rules
from crm.services import intake, provider_posts
from crm.views import provider_posts as views
from tests import mailgun
from tests.conftest import CORPORA
from tests.crm.mails import mail
from tests.make import NOW, make_mailbox

AT = NOW.timestamp()
RAW = mail("Tuesday works.").replace(b"\n", b"\r\n") + b"caf\xe9 \x80\xff & = % + \r\n--limit no boundary"


@pytest.fixture
def door(ada: Any) -> Any:
    """Ada's mailbox goes through the provider; nobody nudges, so that nothing but the post is looked at."""
    with clock.at(NOW):
        yield mailgun.joined(make_mailbox(ada))


@pytest.fixture(autouse=True)
def no_nudge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views.handle_provider_post, "delay_on_commit", lambda pk: None)


def post(door: Provider, what: str, content: tuple[str, bytes], client: Client | None = None) -> Any:
    kind, body = content
    return (client or Client(enforce_csrf_checks=True)).post(f"/hooks/mail/{door.tag}/{what}", body, content_type=kind)


def delivered(**signed: Any) -> tuple[str, bytes]:
    data = mailgun.event("delivered", "m1@baton.example", "joost@maasdekker.example", at=AT, id="e1")
    return mailgun.told(data, mailgun.signature(**{"at": AT, **signed}))


def nothing_is_stored() -> bool:
    return not (ProviderPost.objects.exists() or ProviderToken.objects.exists() or Message.objects.exists())


# Proof ----------------------------------------------------------------------------------------------------------


def test_a_signed_post_is_stored_as_it_came_and_acknowledged_without_cookie_or_csrf(door: Any) -> None:
    kind, body = delivered()

    assert post(door, "events", (kind, body)).status_code == 200
    row = ProviderPost.objects.get()
    assert (bytes(row.body), row.content_type, row.state, row.mailbox) == (body, kind, "waiting", door.mailbox)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (lambda: delivered(key="somebody else's key"), 401),
        (lambda: delivered(at=AT - 301), 403),
        (lambda: delivered(at=AT + 301), 403),
        (lambda: ("application/json", b"{"), 400),
        (lambda: ("application/json", b"[" * 100_000), 400),
        (lambda: ("application/json", b'{"signature": 1, "event-data": 2}'), 400),
        (lambda: mailgun.told({"event": "delivered"}, mailgun.signature(AT)), 400),
        (lambda: mailgun.told({"event": "delivered", "id": "\0", "timestamp": 1}, mailgun.signature(AT)), 400),
        (lambda: mailgun.told({"id": "x", "timestamp": 1}, {"timestamp": "nan", "token": "t", "signature": "s"}), 400),
        (lambda: mailgun.told({"id": "x", "timestamp": 1}, {"timestamp": "²", "token": "t", "signature": "s"}), 400),
    ],
)
def test_what_is_not_proved_stores_nothing_and_is_counted_in_the_log(
    door: Any, content: Callable[[], Any], status: int, caplog: Any
) -> None:
    answer = post(door, "events", content())

    assert answer.status_code == status
    assert nothing_is_stored()
    assert f"refused with {status}" in caplog.text
    assert "since the start" in caplog.text


def test_a_changed_signature_is_refused_at_every_place(door: Any) -> None:
    signed = mailgun.signature(AT)
    for name in signed:
        wrong = {**signed, name: signed[name][:-1] + ("0" if signed[name][-1] != "0" else "1")}
        data = mailgun.event("delivered", "m1@baton.example", "joost@maasdekker.example", at=AT)
        assert post(door, "events", mailgun.told(data, wrong)).status_code == 401
    assert nothing_is_stored()


def test_an_address_nobody_gave_out_is_not_there(door: Any) -> None:
    kind, body = delivered()

    assert Client().post("/hooks/mail/guessed/events", body, content_type=kind).status_code == 404
    assert nothing_is_stored()


def test_looking_changes_nothing(door: Any) -> None:
    for what in ("mime", "events"):
        for ask in (Client().get, Client().head, Client().put):
            assert ask(f"/hooks/mail/{door.tag}/{what}").status_code == 405


def test_a_used_token_with_another_body_is_a_replay(door: Any) -> None:
    signed = mailgun.signature(AT)
    first = mailgun.event("delivered", "m1@baton.example", "joost@maasdekker.example", at=AT)
    other = mailgun.event("complained", "m1@baton.example", "joost@maasdekker.example", at=AT)

    assert post(door, "events", mailgun.told(first, signed)).status_code == 200
    assert post(door, "events", mailgun.told(other, signed)).status_code == 403
    assert ProviderPost.objects.count() == 1


def test_the_token_of_a_repeated_post_is_used_up_too(door: Any) -> None:
    signed = mailgun.signature(AT, token="a-second-one")
    post(door, "events", delivered())

    assert post(door, "events", delivered(token="a-second-one")).status_code == 200
    other = mailgun.event("complained", "m1@baton.example", "joost@maasdekker.example", at=AT)
    assert post(door, "events", mailgun.told(other, signed)).status_code == 403


def test_what_is_too_large_is_refused(door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "LARGEST", 100)

    assert post(door, "events", delivered()).status_code == 413
    assert nothing_is_stored()


def test_the_server_itself_stops_reading_what_is_too_large(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "LARGEST", 100_000)
    answers = []
    for told in (True, False):
        talk = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
        body = iter([b"x" * 50_000] * 3)
        length = {"Content-Length": "9000000000"} if told else {}
        with suppress(OSError):  # it is turned away before all is said
            talk.request(
                "POST", "/hooks/mail/x/mime", body, {"Content-Type": "text/plain", **length}, encode_chunked=not told
            )
        answers.append(talk.getresponse().status)
        talk.close()

    assert answers == [413, 413]


# Once -----------------------------------------------------------------------------------------------------------


def test_the_same_event_again_is_acknowledged_and_changes_nothing(door: Any) -> None:
    codes = [post(door, "events", delivered()).status_code for _ in range(3)]
    provider_posts.handle_waiting()
    codes.append(post(door, "events", delivered()).status_code)

    assert codes == [200] * 4
    assert (ProviderPost.objects.count(), provider_posts.handle_waiting()) == (1, 0)


@pytest.mark.parametrize("how", [mailgun.mail, mailgun.mail_in_parts])
def test_a_mail_is_on_file_byte_for_byte_and_its_post_lets_the_body_go(door: Any, how: Any) -> None:
    assert post(door, "mime", how(RAW, mailgun.signature(AT))).status_code == 200
    assert provider_posts.handle_waiting() == 1

    message, row = Message.objects.get(), ProviderPost.objects.get()
    assert (bytes(message.raw), message.state, message.at) == (RAW, "handled", NOW)
    assert [*Sighting.objects.values_list("mailbox", flat=True)] == [door.mailbox_id]
    assert (row.state, bytes(row.body)) == ("handled", b"")


def test_a_mail_posted_again_with_a_new_signature_is_one_mail(door: Any) -> None:
    for _ in range(3):
        assert post(door, "mime", mailgun.mail(RAW, mailgun.signature(AT))).status_code == 200
        provider_posts.handle_waiting()

    assert (Message.objects.count(), ProviderPost.objects.count()) == (1, 1)


def test_a_mail_goes_to_the_mailbox_of_its_address_whatever_the_post_names(door: Any, ben: Any) -> None:
    make_mailbox(ben)
    post(door, "mime", mailgun.mail(RAW, mailgun.signature(AT), recipient="ben@baton.example"))
    provider_posts.handle_waiting()

    assert [*Sighting.objects.values_list("mailbox", flat=True)] == [door.mailbox_id]


def test_a_mail_that_was_taken_apart_is_refused_with_the_remedy(door: Any) -> None:
    signed = mailgun.signature(AT)
    answer = Client().post(f"/hooks/mail/{door.tag}/mime", {"body-plain": "Hello", **signed})

    assert (answer.status_code, b"/mime" in answer.content) == (400, True)
    assert nothing_is_stored()


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["valid", "spam", "missing", "invalid"])
def test_forms_that_mailgun_once_posted_are_read_to_the_byte(name: str) -> None:
    post = (CORPORA / "webhooks" / "multi_mail" / "mailgun" / "raw" / f"{name}.txt").read_bytes()
    head, _, body = post.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
    kind = next(line for line in head.decode().splitlines() if line.lower().startswith("content-type:"))
    found = rules.fields(kind.partition(":")[2].strip(), body)

    assert {"timestamp", "token", "signature"} <= {*found} or name == "missing"
    assert (b"\n\nbold text" in found["body-mime"].replace(b"\r\n", b"\n")) or name != "valid"


# Killing its handler --------------------------------------------------------------------------------------------


def test_what_fails_three_times_is_set_aside_with_its_body_while_the_queue_flows_on(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = intake.store

    def store(raw: bytes, **given: Any) -> Any:
        if b"poison" in raw:
            raise ValueError("a fault of ours")
        return keep(raw, **given)

    monkeypatch.setattr(intake, "store", store)
    post(door, "mime", mailgun.mail(b"Subject: poison\r\n\r\n", mailgun.signature(AT)))
    post(door, "mime", mailgun.mail(RAW, mailgun.signature(AT)))
    for _ in range(5):
        provider_posts.handle_waiting()
    bad = ProviderPost.objects.exclude(state="handled").get()

    assert (bad.state, bad.last_error, b"poison" in bytes(bad.body)) == (
        "quarantined",
        "ValueError: a fault of ours",
        True,
    )
    assert Message.objects.get().state == "handled"
    monkeypatch.undo()
    assert provider_posts.release(door.mailbox, by="somebody") == 1
    assert (provider_posts.handle_waiting(), Message.objects.count()) == (1, 2)


def test_old_tokens_are_forgotten_and_posts_are_not(door: Any) -> None:
    post(door, "events", delivered())
    provider_posts.handle_waiting()
    with clock.at(NOW + provider_posts.TOKENS_KEPT * 2):
        provider_posts.handle_waiting()

    assert (ProviderToken.objects.count(), ProviderPost.objects.count()) == (0, 1)


def test_nothing_of_a_post_stands_in_the_log(door: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    post(door, "mime", mailgun.mail(RAW, mailgun.signature(AT, key="wrong")))
    post(door, "mime", mailgun.mail(RAW, mailgun.signature(AT)))
    provider_posts.handle_waiting()

    for said in ("Tuesday", "joost@", door.tag, mailgun.SIGNING_KEY):
        assert said not in caplog.text.replace(f"/hooks/mail/{door.tag}", "")
