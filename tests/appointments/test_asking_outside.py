"""The outside model: off by default, asked about what nobody could read, believed only in our own labels, never over a person."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from appointments.gateways import outside_model as gateway
from appointments.models import Classification, OutsideModel, OutsideOpinion
from appointments.services import asking_outside, classifying, work_items
from crm.gateways import posting
from crm.models import Event
from tests.appointments.world import item_of, judgement, later, replied
from tests.crm.doors import Authority

pytestmark = pytest.mark.django_db
DOUBTFUL = "Blue is the new teal, as grandmother used to say."
SURE = {"label": "interested", "confidence": 0.97}


@contextmanager
def server(authority: Authority, answer: Any, status: int = 200, seconds: float = 0) -> Iterator[Any]:
    """A real HTTPS server that answers everything alike, and keeps what it was asked."""
    asked: list[Any] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, dict(self.headers), json.loads(body)))
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Location", "https://elsewhere.example/")
            self.end_headers()
            for place in range(0, len(content), 1 if seconds else 1 << 20):
                time.sleep(seconds)
                self.wfile.write(content[place : place + (1 if seconds else 1 << 20)])

        def log_message(self, *args: Any) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    httpd.daemon_threads = True
    httpd.socket = authority.context("localhost").wrap_socket(httpd.socket, server_side=True)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    httpd.asked, httpd.url = asked, f"https://localhost:{httpd.server_address[1]}/label?v=1"  # type: ignore[attr-defined]
    try:
        yield httpd
    finally:
        httpd.shutdown()
        httpd.server_close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("outside"))


@pytest.fixture
def known(authority, monkeypatch, settings):
    settings.INSIDE_ADDRESSES = ["127.0.0.0/8"]
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


def switched_on(url, adm):
    return asking_outside.choose(on=True, url=url, key="secret-key", by=adm)


def test_it_is_off_and_nothing_is_asked(world):
    replied(world, DOUBTFUL)
    assert asking_outside.ask_waiting() == 0
    assert not OutsideOpinion.objects.exists()


def test_a_reply_nobody_could_read_gets_its_label_and_says_who_said_so(world, adm, known):
    with server(known, SURE) as outside:
        switched_on(outside.url, adm)
        reply = replied(world, DOUBTFUL)
        assert judgement(reply).needs_person
        asking_outside.ask_waiting()
    found = judgement(reply)
    assert (found.label, found.decided_by, found.confidence) == ("interested", "model", 0.97)
    assert OutsideOpinion.objects.get().became == found
    assert Event.objects.filter(kind="reply.labelled").latest("id").actor_name == "an outside model"
    assert item_of(reply).what == "answer_interested" or item_of(reply).state == "open"


def test_it_is_shown_the_text_alone_and_once(world, adm, known):
    with server(known, {"label": "interested", "confidence": 0.2}) as outside:
        switched_on(outside.url, adm)
        replied(world, DOUBTFUL)
        asking_outside.ask_waiting()
        asking_outside.ask_waiting()
        ((path, headers, asked),) = outside.asked
    assert path == "/label?v=1" and headers["Authorization"] == "Bearer secret-key"
    assert (
        sorted(asked) == ["labels", "task", "text"] and asked["text"].strip() == DOUBTFUL and len(asked["labels"]) == 17
    )
    assert world.joost.email not in json.dumps(asked) and world.account.name not in json.dumps(asked)


@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (b"<html>", 200, "not JSON"),
        ({"label": "<script>", "confidence": 1}, 200, "no label of ours"),
        ({"label": "interested", "confidence": 0.5}, 200, "not sure enough"),
        ({"label": "auto_reply", "confidence": 1}, 200, "headers only"),
        (SURE, 500, "answered 500"),
        (SURE, 302, "answered 302"),
        (b" " * (posting.MOST_BYTES + 1), 200, "too long"),
    ],
    ids=["html", "label", "unsure", "machine", "500", "redirect", "long"],
)
def test_any_other_answer_changes_nothing_and_says_why(world, adm, known, answer, status, says):
    with server(known, answer, status) as outside:
        switched_on(outside.url, adm)
        reply = replied(world, DOUBTFUL)
        before = judgement(reply)
        asking_outside.ask_waiting()
    assert judgement(reply) == before
    assert says in OutsideOpinion.objects.get().problem


def test_a_server_that_drips_is_cut_off(known, monkeypatch):
    monkeypatch.setattr(posting, "ALTOGETHER_SECONDS", 0.5)
    with server(known, b" " * 1000, seconds=0.1) as outside:
        assert gateway.ask(outside.url, "", b"{}").problem.startswith("No answer")


def test_an_inside_address_nobody_allowed_is_not_reached(known, settings):
    settings.INSIDE_ADDRESSES = []
    with server(known, SURE) as outside:
        assert "inside address" in gateway.ask(outside.url, "", b"{}").problem
        assert outside.asked == []


def test_a_certificate_nobody_vouches_for_is_not_spoken_to(known, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with server(known, SURE) as outside:
        assert gateway.ask(outside.url, "key", b"{}").problem == "No answer: SSLCertVerificationError."
        assert outside.asked == []


def test_a_suspected_wish_to_be_left_alone_stays_with_a_person(world, adm, known):
    with server(known, SURE) as outside:
        switched_on(outside.url, adm)
        reply = replied(world, DOUBTFUL)
        Classification.objects.filter(reply=reply).update(entities={"guess": "unsubscribe"})
        asking_outside.ask_waiting()
    assert judgement(reply).needs_person


def test_a_person_who_was_quicker_is_never_overruled(world, adm, ada, known, monkeypatch):
    with server(known, SURE) as outside:
        model = switched_on(outside.url, adm)
        reply = replied(world, DOUBTFUL)
        asked = gateway.ask
        monkeypatch.setattr(gateway, "ask", lambda *a: (classifying.correct(reply, "not_now", by=ada), asked(*a))[1])
        asking_outside.ask(judgement(reply).pk, model)
    assert (judgement(reply).label, judgement(reply).by) == ("not_now", ada)
    assert OutsideOpinion.objects.get().problem == "A person was quicker."


def test_what_somebody_has_in_hand_is_left_to_them(world, adm, ada, known):
    with server(known, SURE) as outside:
        switched_on(outside.url, adm)
        reply = replied(world, DOUBTFUL)
        work_items.claim(item_of(reply), by=ada)
        asking_outside.ask_waiting()
    assert judgement(reply).needs_person


def test_what_came_before_it_was_switched_on_is_not_shown(world, adm):
    reply = replied(world, DOUBTFUL)
    with later(minutes=1):
        asking_outside.choose(on=True, url="https://model.example/", by=adm)
        assert not asking_outside._waiting(OutsideModel.objects.get()).exists()
    assert judgement(reply).needs_person


def test_only_admins_choose_it_and_the_key_never_comes_out(adm, ruth, as_):
    said = {"on": "on", "url": "https://model.example/label", "key": "top-secret"}
    assert as_(ruth).post("/learning/outside/", said).status_code == 403
    client = as_(adm)
    assert client.post("/learning/outside/", said).status_code == 302
    row = OutsideModel.objects.get()
    assert row.on and "top-secret" not in row.key
    assert "top-secret" not in client.get("/learning/outside/").content.decode()
    client.post("/learning/outside/", {**said, "key": ""})
    assert asking_outside.opened(OutsideModel.objects.get().key) == "top-secret"
    client.post("/learning/outside/", {**said, "url": "https://another.example/", "key": ""})
    assert OutsideModel.objects.get().key == ""


@pytest.mark.parametrize("url", ["http://model.example/", "ftp://model.example/", "", "javascript:hit()", "https://"])
def test_an_address_that_is_none_is_refused_at_its_field(adm, as_, url):
    answer = as_(adm).post("/learning/outside/", {"on": "on", "url": url})
    assert answer.status_code == 400 and "url" in answer.context["form"].errors
    assert not OutsideModel.objects.exists()
