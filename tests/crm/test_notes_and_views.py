"""Notes with mentions, and lists kept under a name."""

from typing import Any

import pytest

from crm.errors import Refused
from crm.models import Note, Notification, SavedView, User
from crm.rules import mentions
from crm.services import contacts, notes, saved_views
from tests.make import make_account

PEOPLE = {1: "Ada Mensah", 2: "Ben Ortiz", 3: "Ada Berg", 4: "Ruth"}


@pytest.mark.parametrize(
    ("text", "people", "unsure"),
    [
        ("@Ben look", (2,), ()),
        ("cc @ben ortiz, @RUTH.", (2, 4), ()),
        ("@Ada look", (), ("Ada",)),
        ("@Ada Berg and @Ada Mensah and @Ada Berg", (3, 1), ()),
        ("write to ruth@ben.example", (), ()),
        ("@Benjamin is nobody here", (), ()),
        ("@", (), ()),
    ],
)
def test_who_is_meant_by_an_at(text: str, people: tuple, unsure: tuple) -> None:
    assert mentions.find(text, PEOPLE) == mentions.Found(people, unsure)


def test_whoever_is_mentioned_is_told_and_nobody_else(ada: Any, ben: Any, ruth: Any, stranger: Any, as_: Any) -> None:
    account = make_account()
    as_(ada).post(f"/accounts/{account.pk}/note/", {"text": f"@{ben} and @{stranger}: call them <b>now</b>"})
    assert [row.user for row in Notification.objects.filter(kind="mention")] == [ben]
    page = as_(ben).get("/notifications/").content.decode()
    assert "call them &lt;b&gt;now&lt;/b&gt;" in page


def test_a_note_that_cannot_be_kept_stands_there_again(ada: Any, as_: Any) -> None:
    User.objects.create(email="second.ben@halden.example", name="Ben Zwei", team=ada.team)
    User.objects.create(email="third.ben@halden.example", name="Ben Drei", team=ada.team)
    account = make_account()
    answer = as_(ada).post(f"/accounts/{account.pk}/note/", {"text": "Tell @Ben that they called"})
    assert answer.status_code == 409
    assert "Tell @Ben that they called" in answer.content.decode()
    assert "Several people are called Ben" in answer.content.decode()


def test_a_strangers_page_shows_no_note_of_the_team(ada: Any, stranger: Any, as_: Any) -> None:
    account = make_account()
    notes.add_note(account, "They buy in May", by=ada)
    assert "They buy in May" in as_(ada).get(f"/accounts/{account.pk}/").content.decode()
    assert "They buy in May" not in as_(stranger).get(f"/accounts/{account.pk}/").content.decode()
    assert Note.objects.get().team == ada.team


def test_a_note_about_a_person_stands_at_their_account(ada: Any, as_: Any) -> None:
    account = make_account(owner=ada)
    petra = contacts.add_contact(account, by=ada, first_name="Petra")
    as_(ada).post(f"/people/{petra.pk}/notes/", {"text": "Prefers the phone"})
    kept = Note.objects.get()
    assert (kept.account, kept.contact, kept.text) == (account, petra, "Prefers the phone")


def test_a_note_about_a_person_without_an_account_is_not_lost(ada: Any, as_: Any) -> None:
    loose = contacts.add_contact(None, by=ada, first_name="Petra")
    answer = as_(ada).post(f"/people/{loose.pk}/notes/", {"text": "Met at the fair"})
    assert (answer.status_code, Note.objects.count()) == (400, 0)
    assert "Met at the fair" in answer.content.decode()
    assert "an account first" in answer.content.decode()


def test_a_stranger_keeps_no_note_about_a_person(ada: Any, stranger: Any, as_: Any) -> None:
    petra = contacts.add_contact(make_account(owner=ada), by=ada, first_name="Petra")
    assert as_(stranger).post(f"/people/{petra.pk}/notes/", {"text": "Hello"}).status_code == 404
    assert not Note.objects.exists()


def test_a_view_is_ones_own_until_it_is_shared(ada: Any, ben: Any, stranger: Any, as_: Any) -> None:
    keep = {"page": "accounts", "name": "Dairies", "query": "industry=dairy&after=xyz&rung=", "back": "/accounts/?x=1"}
    answer = as_(ada).post("/views/", keep)
    assert answer.headers["Location"] == "/accounts/?x=1"
    assert SavedView.objects.get().query == "industry=dairy"
    assert "Dairies" not in as_(ben).get("/accounts/").content.decode()
    as_(ada).post("/views/", {**keep, "shared": "on"})
    assert 'href="/accounts/?industry=dairy"' in as_(ben).get("/accounts/").content.decode()
    assert "Dairies" not in as_(stranger).get("/accounts/").content.decode()


def test_only_its_maker_or_a_lead_drops_it(ada: Any, ben: Any, ruth: Any, stranger: Any, as_: Any) -> None:
    view = saved_views.keep("inbox", "Late", "late=true", by=ada, shared=True)
    for user in (ben, stranger):
        assert as_(user).post(f"/views/{view.pk}/drop/").status_code == 404
    as_(ruth).post(f"/views/{view.pk}/drop/")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(("page", "name", "query"), [("none", "x", ""), ("inbox", " ", ""), ("inbox", "x", "q=" + "a" * 2000)])  # fmt: skip
def test_what_cannot_be_kept_is_refused_in_words(ada: Any, page: str, name: str, query: str) -> None:
    with pytest.raises(Refused):
        saved_views.keep(page, name, query, by=ada)
