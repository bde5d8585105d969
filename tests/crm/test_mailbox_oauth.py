"""Mailboxes that sign in at their provider: the way there and back, fresh tokens, and what happens when the grant is gone."""

import json
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from crm import clock
from crm.errors import Refused
from crm.gateways import oauth, smtp, trying
from crm.models import Mailbox
from crm.services import mailbox_oauth, mailboxes, reading, secrets_kept
from tests.crm.doors import door
from tests.make import make_mailbox

NEW = "/settings/mailboxes/new/"
BACK = "/settings/mailboxes/signed-in/"


@pytest.fixture
def provider(settings: Any) -> Iterator[SimpleNamespace]:
    """A token endpoint on loopback: keeps what it is asked, answers as told."""
    kept = SimpleNamespace(
        asked=[], status=200, answer={"access_token": "acc-1", "refresh_token": "ref-1", "expires_in": 3600}
    )

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.asked.append(dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode())))
            self.send_response(kept.status)
            if kept.status == 302:
                self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(json.dumps(kept.answer).encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    there = {"client_id": "us", "client_secret": "sh-client", "authorize": "https://accounts.example/auth",
             "token": f"http://127.0.0.1:{server.server_port}/token", "scope": "mail"}  # fmt: skip
    settings.OAUTH = {"google": there, "microsoft": {"client_id": ""}}
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture
def let_in(monkeypatch: pytest.MonkeyPatch) -> list[trying.Door]:
    """The provider's mail servers let every token in."""
    tried: list[trying.Door] = []

    def both(sending: trying.Door, reads: trying.Door | None) -> Any:
        tried.extend([sending, reads])  # type: ignore[list-item]
        return trying.Found("ok"), trying.Found("ok")

    monkeypatch.setattr(trying, "both", both)
    return tried


def way(client: Any, ada: Any) -> dict[str, str]:
    page = client.get(NEW, {"address": "ada@gmail.com", "belongs": f"person-{ada.pk}"})
    there = urlsplit(page.context["way_there"])
    assert there.netloc == "accounts.example"
    return {key: value[0] for key, value in parse_qs(there.query).items()}


def test_someone_signs_in_there_and_comes_back_with_a_mailbox(
    as_: Callable[..., Any], ada: Any, provider: SimpleNamespace, let_in: list[trying.Door], caplog: Any
) -> None:
    client = as_(ada)
    asked = way(client, ada)
    looked = client.get(BACK, {"state": asked["state"], "code": "c0de"})
    assert (looked.status_code, Mailbox.objects.exists(), provider.asked) == (200, False, [])
    client.post(BACK, {"state": asked["state"], "code": "c0de"})

    box = Mailbox.objects.get()
    assert (box.address, box.owner, box.sign_in, box.smtp_host, box.imap_host) == (
        "ada@gmail.com", ada, "google", "smtp.gmail.com", "imap.gmail.com",
    )  # fmt: skip
    assert provider.asked[0]["code"] == "c0de"
    assert oauth.challenge(provider.asked[0]["code_verifier"]) == asked["code_challenge"]
    assert provider.asked[0]["redirect_uri"] == asked["redirect_uri"]
    assert [one.token for one in let_in] == ["acc-1", "acc-1"]
    page = client.get(f"/settings/mailboxes/{box.pk}/").content.decode()
    for secret in ("acc-1", "ref-1", "sh-client", box.secret):
        assert secret not in page + caplog.text + repr(mailboxes.login_of(box))
    assert "ref-1" not in box.secret


def test_a_way_back_that_is_not_ours_leads_nowhere(
    as_: Callable[..., Any], ada: Any, ben: Any, provider: SimpleNamespace, let_in: Any
) -> None:
    client = as_(ada)
    state = way(client, ada)["state"]
    answers = [
        client.post(BACK, {"state": state + "x", "code": "c"}).status_code,
        as_(ben).post(BACK, {"state": state, "code": "c"}).status_code,
        client.post(BACK, {"state": state}).status_code,
        client.get(BACK).status_code,
    ]

    assert answers == [409] * 4
    assert (provider.asked, Mailbox.objects.exists()) == ([], False)


def test_another_browser_cannot_redeem_the_code(
    as_: Callable[..., Any], ada: Any, provider: SimpleNamespace, let_in: Any
) -> None:
    asked = way(as_(ada), ada)
    as_(ada).post(BACK, {"state": asked["state"], "code": "c0de"})

    assert oauth.challenge(provider.asked[0]["code_verifier"]) != asked["code_challenge"]


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (400, {"error": "invalid_grant"}, "did not accept the sign-in (invalid_grant)"),
        (503, {}, "did not answer"),
        (302, {}, "did not answer"),
        (200, {"access_token": "a"}, "gave no lasting permission"),
        (200, {"nonsense": 1}, "did not answer"),
    ],
)
def test_what_the_provider_refuses_is_said_in_words(
    as_: Callable[..., Any],
    ada: Any,
    provider: SimpleNamespace,
    let_in: Any,
    status: int,
    answer: dict[str, Any],
    said: str,
) -> None:
    client = as_(ada)
    state = way(client, ada)["state"]
    provider.status, provider.answer = status, answer
    page = client.post(BACK, {"state": state, "code": "c0de"})

    assert (page.status_code, said in page.content.decode(), Mailbox.objects.exists()) == (409, True, False)


def test_without_an_operator_s_registration_nothing_is_offered(as_: Callable[..., Any], ada: Any) -> None:
    page = as_(ada).get(NEW, {"address": "ada@gmail.com", "belongs": f"person-{ada.pk}"})

    assert page.context["way_there"] == ""


def google(ada: Any, seconds: int) -> Mailbox:
    until = int(clock.now().timestamp()) + seconds
    tokens = secrets_kept.locked(json.dumps({"access": "old", "refresh": "ref-0", "until": until}))
    return make_mailbox(ada, sign_in="google", username="ada@gmail.com", secret=tokens, imap_host="imap.gmail.com")


def test_a_token_is_renewed_when_it_runs_out_and_not_before(ada: Any, provider: SimpleNamespace) -> None:
    provider.answer = {"access_token": "acc-2", "expires_in": 3600}
    box = google(ada, 3000)
    assert (mailboxes.login_of(box).token, provider.asked) == ("old", [])
    with clock.at(clock.now() + timedelta(seconds=2950)):
        assert mailboxes.login_of(box).token == "acc-2"
        assert mailboxes.login_of(Mailbox.objects.get()).token == "acc-2"

    assert [(one["grant_type"], one["refresh_token"]) for one in provider.asked] == [("refresh_token", "ref-0")]
    assert (reading.login_of(box).token, reading.login_of(box).username) == (True, "ada@gmail.com")


def test_a_grant_that_is_gone_is_said_and_one_that_is_away_is_waited_for(ada: Any, provider: SimpleNamespace) -> None:
    box = google(ada, 0)
    provider.status, provider.answer = 400, {"error": "invalid_grant"}
    with pytest.raises(Refused, match="Google no longer lets us in"):
        mailboxes.login_of(box)
    provider.status = 503
    with pytest.raises(oauth.Away):
        mailboxes.login_of(box)
    box.refresh_from_db()

    assert json.loads(secrets_kept.opened(box.secret))["refresh"] == "ref-0"


def test_a_newer_sign_in_is_not_written_over(ada: Any, provider: SimpleNamespace) -> None:
    box = google(ada, 0)
    mailboxes.signed_in(Mailbox.objects.get(), "google", secrets_kept.locked("{}"))
    mailboxes.login_of(box)

    assert secrets_kept.opened(Mailbox.objects.get().secret) == "{}"


def test_the_token_is_handed_over_as_xoauth2(ada: Any) -> None:
    lines = [b"220 x ESMTP\r\n", b"250-x\r\n250 AUTH XOAUTH2\r\n", b"535 5.7.8 no\r\n"]
    with door(*lines) as (port, heard):
        found = smtp.hand_over(
            SimpleNamespace(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", username="ada", sign_in="google"),
            "tok", "ada@baton.example", "pia@x.example", b"x",
        )  # fmt: skip
    with door(*lines) as (port, tried):
        trial = trying.try_smtp(trying.Door("127.0.0.1", port, "none", "ada", token="tok"))

    sent = [line.split()[-1] for line in heard + tried if line.startswith(b"AUTH XOAUTH2")]
    assert [b64decode(one) for one in sent] == [b"user=ada\x01auth=Bearer tok\x01\x01"] * 2
    assert (found.outcome, trial.kind) == ("sender", "login")


def test_the_way_there_asks_for_a_lasting_permission(ada: Any, provider: SimpleNamespace) -> None:
    address = mailbox_oauth.way_there("google", user=ada, session="s", address="ada@gmail.com")

    assert {"access_type=offline", "code_challenge_method=S256", "response_type=code"} < {
        *urlsplit(address).query.split("&")
    }
    assert mailbox_oauth.way_there("microsoft", user=ada, session="s", address="x@y.example") == ""
