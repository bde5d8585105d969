"""Mail that points to no account: the account is found while one types, and said with one press."""

from types import SimpleNamespace
from typing import Any

import pytest

from crm.models import Message
from crm.services import intake
from tests.crm.mails import mail
from tests.make import make_account, make_mailbox

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def lost(ada: Any) -> SimpleNamespace:
    """A stranger wrote to Ada; two accounts could be meant."""
    make_mailbox(ada)
    first = make_account("Maas & Dekker", owner=ada, domain="maasdekker.example", city="Breda")
    second = make_account("Van der Maas", owner=ada)
    message = intake.receive(mail(sender="joost@private.example", subject="Hello"), recipients=["ada@baton.example"])
    return SimpleNamespace(message=message, first=first, second=second, url=f"/messages/{message.pk}/whose/")


def test_the_list_asks_for_a_name_and_not_for_a_number(lost: SimpleNamespace, ada: Any, as_: Any) -> None:
    page = as_(ada).get("/unmatched/").content.decode()
    assert "Name or domain of the account" in page and "Account number" not in page


def test_what_is_typed_finds_accounts_those_that_begin_so_first(lost: SimpleNamespace, ada: Any, as_: Any) -> None:
    answer = as_(ada).get(lost.url, {"find": "maas"}, headers=HTMX)
    assert answer.context["found"] == [lost.first, lost.second]
    assert "<html" not in answer.content.decode()
    assert as_(ada).get(lost.url, {"find": "maasd"}).context["found"] == [lost.first]


def test_without_javascript_it_is_a_page_whose_buttons_say_it(lost: SimpleNamespace, ada: Any, as_: Any) -> None:
    client = as_(ada)
    page = client.get(lost.url, {"find": "Maas & Dekker"}).content.decode()
    assert "<h1>Whose mail is this?</h1>" in page and "It is <strong>Maas &amp; Dekker</strong>" in page
    client.post(f"/messages/{lost.message.pk}/assign/", {"account": lost.first.pk})
    assert Message.objects.get(pk=lost.message.pk).account == lost.first


@pytest.mark.parametrize(
    ("find", "said"),
    [("x", "Type two characters"), ("nobody at all", "No account is called so"), ("\x00x", "Type two")],
)
def test_what_finds_nothing_is_said(lost: SimpleNamespace, ada: Any, as_: Any, find: str, said: str) -> None:
    answer = as_(ada).get(lost.url, {"find": find}, headers=HTMX)
    assert answer.status_code == 200 and said in answer.content.decode()


def test_the_inbox_asks_the_same_way_and_comes_back_there(lost: SimpleNamespace, ada: Any, as_: Any) -> None:
    client = as_(ada)
    assert lost.url in client.get("/inbox/?box=unmatched").content.decode()
    said = {"account": lost.first.pk, "back": "inbox"}
    assert client.post(f"/messages/{lost.message.pk}/assign/", said).headers["Location"] == "/inbox/?box=unmatched"


@pytest.mark.parametrize("back", ["", "https://evil.example/", "//evil.example", "account"])
def test_a_way_back_is_a_name_and_never_an_address(lost: SimpleNamespace, ada: Any, as_: Any, back: str) -> None:
    answer = as_(ada).post(f"/messages/{lost.message.pk}/assign/", {"account": lost.first.pk, "back": back})
    assert answer.headers["Location"] == "/unmatched/"


def test_a_stranger_finds_no_such_message(lost: SimpleNamespace, stranger: Any, as_: Any) -> None:
    assert as_(stranger).get(lost.url, {"find": "maas"}).status_code == 404


def test_looking_changes_nothing(lost: SimpleNamespace, ada: Any, as_: Any) -> None:
    assert as_(ada).post(lost.url, {"find": "maas"}).status_code == 405
    as_(ada).get(lost.url, {"find": "maas", "account": lost.first.pk})
    assert Message.objects.get(pk=lost.message.pk).account is None
