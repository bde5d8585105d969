"""A mailbox whose mail goes through a provider: added after a trial, its keys unseen, its addresses shown to those who run it."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import override_settings

from crm.models import Event, Mailbox, Provider, ProviderPost
from crm.services import mailboxes
from tests import mailgun
from tests.make import NOW, make_mailbox

NEW = "/settings/mailboxes/new/provider/"
KEYS = {"api_key": mailgun.KEY, "signing_key": mailgun.SIGNING_KEY}


@pytest.fixture
def server(settings: Any) -> Iterator[mailgun.Mailgun]:
    with mailgun.running(settings) as found:
        yield found


def asked(user: Any, **more: str) -> dict[str, str]:
    given = {
        "address": "ada@halden.example", "belongs": f"person-{user.pk}", "display_name": "Ada Mensah",
        "domain": "MG.halden.example", "region": "eu", "slowly": "on", "do": "add", **KEYS,
    }  # fmt: skip
    return given | more


def test_the_wizard_offers_it(as_: Callable[..., Any], ada: Any) -> None:
    client = as_(ada)
    servers = client.get("/settings/mailboxes/new/", {"address": "ada@halden.example", "belongs": f"person-{ada.pk}"})
    page = client.get(NEW, {"address": "ada@halden.example", "belongs": f"person-{ada.pk}"}).content.decode()

    assert NEW in servers.content.decode()
    assert 'value="mg.halden.example"' in page


def test_its_second_page_opened_by_itself_asks_whose_it_is(as_: Callable[..., Any], ada: Any) -> None:
    page = as_(ada).get(NEW)

    assert page.status_code == 200
    assert page.context["form"].errors == {}


def test_one_that_works_is_added_and_shows_where_the_provider_posts_to(
    as_: Callable[..., Any], ada: Any, server: Any
) -> None:
    answer = as_(ada).post(NEW, asked(ada))
    box = Mailbox.objects.get()
    page = as_(ada).get(f"/settings/mailboxes/{box.pk}/").content.decode()

    assert answer.headers["Location"] == f"/settings/mailboxes/{box.pk}/"
    assert (box.kind, box.owner, box.state, box.smtp_host) == ("provider", ada, "active", "api.eu.mailgun.net")
    assert (box.provider.domain, box.provider.region) == ("mg.halden.example", "eu")
    assert server.taken[0]["o:testmode"] == b"yes"
    assert f"/hooks/mail/{box.provider.tag}/mime" in page
    assert f"/hooks/mail/{box.provider.tag}/events" in page


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, {"message": "Forbidden"}), "Mailgun does not accept this key."),
        ((404, {"message": "Domain not found"}), "Mailgun knows no domain mg.halden.example in this region."),
        ((500, {"message": "oops"}), "The provider did not answer as it should."),
        ((400, {"message": "free accounts <b>only</b>"}), "free accounts &lt;b&gt;only&lt;/b&gt;"),
        (None, "The provider did not answer as it should."),
    ],
)
def test_what_fails_is_explained_and_nothing_typed_is_lost_but_the_keys(
    as_: Callable[..., Any], ada: Any, server: Any, answer: Any, words: str
) -> None:
    server.answer = answer
    said = as_(ada).post(NEW, asked(ada))
    page = said.content.decode()

    assert said.status_code == 422
    assert words in page
    assert 'value="Ada Mensah"' in page
    assert not any(key in page for key in KEYS.values())
    assert not Mailbox.objects.exists()


def test_it_can_be_added_paused_or_only_tried(as_: Callable[..., Any], ada: Any, server: Any) -> None:
    as_(ada).post(NEW, asked(ada, do="try"))
    assert not Mailbox.objects.exists()
    server.answer = (401, {"message": "Forbidden"})
    as_(ada).post(NEW, asked(ada, do="keep"))

    assert Mailbox.objects.get().state == "paused"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("domain", "https://mg.halden.example", "A host name alone"),
        ("domain", "localhost", "A domain alone"),
        ("domain", "mg.halden.example/../x", "A host name alone"),
        ("domain", "bücher.example", "xn--"),
        ("region", "moon", "valid choice"),
        ("api_key", "", "required"),
        ("signing_key", "", "required"),
    ],
)
def test_bad_input_stays_on_the_page_with_its_reason(
    as_: Callable[..., Any], ada: Any, server: Any, field: str, value: str, said: str
) -> None:
    answer = as_(ada).post(NEW, asked(ada, **{field: value}))

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert server.asked == []


@pytest.mark.parametrize(
    ("who", "may"), [("ada", True), ("ruth", True), ("adm", True), ("ben", False), ("noor", False), ("stranger", False)]
)
def test_its_pages_are_for_those_who_run_it(
    as_: Callable[..., Any], cast: Any, server: Any, who: str, may: bool
) -> None:
    box, client = make_mailbox(cast.ada), as_(getattr(cast, who))
    mailgun.joined(box)
    place = f"/settings/mailboxes/{box.pk}/provider/"
    codes = [
        client.get(place).status_code,
        *(client.post(place + tail).status_code for tail in ("addresses/", "again/")),
    ]

    assert codes == ([200, 302, 302] if may else [404] * 3)
    assert client.get(place + "addresses/").status_code == 405


def test_a_mailbox_with_servers_has_no_such_page(as_: Callable[..., Any], ada: Any) -> None:
    box = make_mailbox(ada)

    assert as_(ada).get(f"/settings/mailboxes/{box.pk}/provider/").status_code == 404
    assert "hooks/mail" not in as_(ada).get(f"/settings/mailboxes/{box.pk}/").content.decode()


def test_keys_and_domain_are_changed_and_an_empty_key_stays(as_: Callable[..., Any], ada: Any, server: Any) -> None:
    box = make_mailbox(ada)
    found = mailgun.joined(box)
    given = {"domain": "mg2.halden.example", "region": "eu", "api_key": "", "signing_key": "another", "do": "save"}
    place = f"/settings/mailboxes/{box.pk}/provider/"
    assert as_(ada).get(f"/settings/mailboxes/{box.pk}/servers/").headers["Location"] == place
    assert as_(ada).post(place, given).status_code == 302

    after = Provider.objects.get()
    assert (after.domain, after.region, after.api_key, after.tag) == (
        "mg2.halden.example",
        "eu",
        found.api_key,
        found.tag,
    )
    assert mailboxes.opened(after.signing_key) == "another"
    assert server.asked[0][0] == "/v3/mg2.halden.example/messages.mime"


def test_new_addresses_end_the_old_ones(as_: Callable[..., Any], ada: Any) -> None:
    found = mailgun.joined(make_mailbox(ada))
    as_(ada).post(f"/settings/mailboxes/{found.mailbox_id}/provider/addresses/")

    assert Provider.objects.get().tag != found.tag
    assert as_(ada).post(f"/hooks/mail/{found.tag}/events").status_code == 404


def test_what_was_set_aside_is_shown_and_tried_again(as_: Callable[..., Any], ada: Any) -> None:
    box = mailgun.joined(make_mailbox(ada)).mailbox
    ProviderPost.objects.create(
        provider="mailgun", key="k", kind="event", state="quarantined", mailbox=box, body=b"{}", at=NOW, failures=3
    )
    page = as_(ada).get(f"/settings/mailboxes/{box.pk}/").content.decode()
    as_(ada).post(f"/settings/mailboxes/{box.pk}/provider/again/")

    assert "1 post could not be acted on" in page
    assert (ProviderPost.objects.get().state, ProviderPost.objects.get().failures) == ("waiting", 0)


def test_the_keys_are_nowhere_but_encrypted_in_their_row(
    as_: Callable[..., Any], ada: Any, adm: Any, server: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    as_(ada).post(NEW, asked(ada))
    found = Provider.objects.get()
    place = f"/settings/mailboxes/{found.mailbox_id}/"
    texts = [as_(ada).get(place + tail).content.decode() for tail in ("", "provider/", "limits/")]
    texts.append(as_(ada).post(place + "try/").content.decode())
    texts += [
        as_(adm).get(path).content.decode()
        for path in (f"/admin/crm/mailbox/{found.mailbox_id}/change/", "/api/v1/mailboxes/", "/admin/crm/mailbox/")
    ]

    assert "which it delivers to nobody" in texts[3]
    for text in [*texts, caplog.text, str([*Event.objects.values()])]:
        assert not any(key in text for key in (*KEYS.values(), found.api_key, found.signing_key))


def test_the_keys_go_under_the_newest_key_too(ada: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with override_settings(MAILBOX_KEYS=[old]):
        mailgun.joined(make_mailbox(ada))
    with override_settings(MAILBOX_KEYS=[new, old]):
        call_command("rotate_mailbox_keys")
    with override_settings(MAILBOX_KEYS=[new]):
        found = Provider.objects.get()
        assert (mailboxes.opened(found.api_key), mailboxes.opened(found.signing_key)) == (
            mailgun.KEY,
            mailgun.SIGNING_KEY,
        )
