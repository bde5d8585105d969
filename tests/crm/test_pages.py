"""The record's own pages: who may see them, what they ask the database, and that looking changes nothing."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.models import Account, Event, Import, Message, Notification, Organisation
from crm.services import accounts, contacts, notes
from tests.make import NOW

PAGES = ["/accounts/", "/accounts/new/", "/people/", "/search/?q=ma", "/settings/", "/imports/", "/imports/new/",
         "/notifications/", "/unmatched/", "/sandbox/", "/start/"]  # fmt: skip


def some_accounts(owner: Any, n: int) -> None:
    for number in range(n):
        accounts.create_account(name=f"Frost {number:03}", by=owner, owner=owner, domain=f"frost{number}.example")


def queries_of(client: Any, path: str) -> int:
    """With the clock held: a sandbox looks up how far its clock runs ahead, now and then."""
    with clock.at(NOW), CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_a_member_and_sends_others_to_sign_in(as_: Any, client: Any, ada: Any, path: str) -> None:
    assert as_(ada).get(path).status_code == 200
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("path", ["/accounts/", "/people/"])
def test_a_list_asks_no_more_when_it_holds_more(as_: Any, ada: Any, path: str) -> None:
    some_accounts(ada, 2)
    contacts.add_contact(
        Account.objects.first(), by=ada, first_name="Ann", last_name="Frost", email="ann@frost.example"
    )
    few = queries_of(as_(ada), path)
    some = [accounts.create_account(name=f"More {n}", by=ada, owner=ada) for n in range(12)]
    for n, account in enumerate(some):
        contacts.add_contact(account, by=ada, first_name="Bo", last_name=f"More{n}", email=f"bo{n}@more.example")

    assert queries_of(as_(ada), path) == few


def test_a_timeline_asks_no_more_when_more_has_happened(as_: Any, ada: Any, thread: Any) -> None:
    path = f"/accounts/{thread.account.pk}/"
    few = queries_of(as_(ada), path)
    for n in range(8):
        notes.add_note(thread.account, f"Note {n}", by=ada, contact=thread.joost)

    assert queries_of(as_(ada), path) == few


def test_a_long_list_is_paged_and_shows_every_row_once(as_: Any, ada: Any) -> None:
    some_accounts(ada, 130)
    seen, after = [], ""
    while after is not None:
        page = as_(ada).get("/accounts/", {"after": after}).context["page"]
        seen += [row.name for row in page.rows]
        after = page.next or None

    assert seen == sorted(Account.objects.values_list("name", flat=True))


@pytest.mark.parametrize("token", ["x", "WzFd", "bm9uc2Vuc2U", "W1tdLDFd", "WyJcdTAwMDAiLDFd"])
def test_a_page_token_nobody_gave_starts_at_the_front(as_: Any, ada: Any, token: str) -> None:
    some_accounts(ada, 3)

    assert len(as_(ada).get("/accounts/", {"after": token}).context["page"].rows) == 3


def test_a_filter_nobody_declared_is_refused_by_name(as_: Any, ada: Any) -> None:
    answer = as_(ada).get("/accounts/", {"owner__password": "x"})

    assert answer.status_code == 409
    assert "owner__password" in answer.content.decode()


def test_a_stranger_sees_the_account_and_nothing_that_was_said(as_: Any, stranger: Any, ada: Any, thread: Any) -> None:
    notes.add_note(thread.account, "They hate the incumbent.", by=ada)
    page = as_(stranger).get(f"/accounts/{thread.account.pk}/").content.decode()
    said = as_(stranger).get(f"/accounts/{thread.account.pk}/?tab=messages").content.decode()

    assert "Maas &amp; Dekker" in page
    assert "incumbent" not in page
    assert "route vendors" not in said


@pytest.mark.parametrize(
    "path",
    ["/messages/{m}/", "/messages/{m}/raw/", "/conversations/{c}/", "/accounts/{a}/edit/", "/accounts/{a}/people/new/"],
)
def test_a_stranger_gets_404_for_content_and_for_changes(
    as_: Any, stranger: Any, ada: Any, thread: Any, path: str
) -> None:
    path = path.format(m=thread.sent.pk, c=thread.conversation.pk, a=thread.account.pk)

    assert as_(ada).get(path).status_code == 200
    assert as_(stranger).get(path).status_code == 404


@pytest.mark.parametrize("verb", ["rest/", "owner/", "close/"])
def test_a_stranger_changes_nothing_at_another_teams_account(as_: Any, stranger: Any, thread: Any, verb: str) -> None:
    answer = as_(stranger).post(f"/accounts/{thread.account.pk}/{verb}", {"why": "mine now", "until": "2099-01-01"})

    assert answer.status_code == 404


@pytest.mark.parametrize("verb", ["rest/", "note/", "owner/", "close/"])
def test_looking_at_a_verbs_address_changes_nothing(as_: Any, ada: Any, thread: Any, verb: str) -> None:
    events = Event.objects.count()

    assert as_(ada).get(f"/accounts/{thread.account.pk}/{verb}").status_code == 405
    assert Event.objects.count() == events


def test_opening_pages_writes_nothing(as_: Any, ada: Any, thread: Any) -> None:
    before = (Event.objects.count(), Notification.objects.count(), Message.objects.count())
    for path in [
        *PAGES,
        f"/accounts/{thread.account.pk}/",
        f"/people/{thread.joost.pk}/",
        f"/conversations/{thread.conversation.pk}/",
    ]:
        as_(ada).get(path)

    assert (Event.objects.count(), Notification.objects.count(), Message.objects.count()) == before


def test_search_finds_people_by_both_names_and_keeps_other_teams_conversations(
    as_: Any, ada: Any, stranger: Any, thread: Any
) -> None:
    found = as_(ada).get("/search/", {"q": "joost ma"}).context["found"]
    elsewhere = as_(stranger).get("/search/", {"q": "two minutes"}).context["found"]

    assert found["people"] == [thread.joost]
    assert as_(ada).get("/search/", {"q": "two minutes"}).context["found"]["conversations"] == [thread.conversation]
    assert elsewhere["conversations"] == []


def test_raw_mail_is_a_download_that_no_browser_runs(as_: Any, ada: Any, thread: Any) -> None:
    answer = as_(ada).get(f"/messages/{thread.sent.pk}/raw/")

    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_file_is_mapped_looked_at_and_imported(as_: Any, ada: Any) -> None:
    client = as_(ada)
    file = SimpleUploadedFile("list.csv", b"Firm,Web\nNordlys,nordlys.example\n,nameless.example\n")
    client.post("/imports/new/", {"kind": "accounts", "file": file})
    row = Import.objects.get()
    looked = client.post(f"/imports/{row.pk}/", {"column_0": "name", "column_1": "domain"})

    assert row.state == Import.State.MAPPING
    assert looked.context["seen"].errors
    assert not Account.objects.exists()


def test_two_columns_for_one_field_are_refused_and_nothing_is_lost(as_: Any, ada: Any) -> None:
    client = as_(ada)
    client.post("/imports/new/", {"kind": "accounts", "file": SimpleUploadedFile("l.csv", b"a,b\nx,y\n")})
    row = Import.objects.get()
    answer = client.post(f"/imports/{row.pk}/", {"column_0": "name", "column_1": "name", "run": "1"})

    assert answer.status_code == 422
    assert "mapped to" in answer.content.decode()
    assert Import.objects.get().state == Import.State.MAPPING


def test_an_import_belongs_to_whoever_brought_it(as_: Any, ada: Any, ben: Any) -> None:
    as_(ada).post("/imports/new/", {"kind": "accounts", "file": SimpleUploadedFile("l.csv", b"name\nx\n")})

    assert as_(ben).get(f"/imports/{Import.objects.get().pk}/").status_code == 404


def test_hours_that_end_before_they_start_are_told_and_not_kept(as_: Any, ada: Any) -> None:
    answer = as_(ada).post("/settings/hours/", {"start_0_1": "17:00", "end_0_1": "09:00"})

    assert answer.status_code == 422
    assert "Monday" in answer.content.decode()
    assert ada.hours.count() == 5


def test_hours_are_kept_as_they_were_typed(as_: Any, ada: Any) -> None:
    typed = {"start_0_1": "08:00", "end_0_1": "12:00", "start_0_2": "13:00", "end_0_2": "16:30", "start_4_1": "09:00", "end_4_1": "12:00"}  # fmt: skip
    answer = as_(ada).post("/settings/hours/", typed)

    assert answer.status_code == 302
    assert [str(row) for row in ada.hours.all()] == ["Ada: 0 08:00-12:00", "Ada: 0 13:00-16:30", "Ada: 4 09:00-12:00"]


def test_a_key_for_the_api_is_shown_once(as_: Any, ada: Any) -> None:
    client = as_(ada)
    made = client.post("/settings/keys/", {"name": "the sheet"})
    plain = made.context["plain"]

    assert plain in made.content.decode()
    assert made["Cache-Control"] == "no-store"
    assert plain not in client.get("/settings/").content.decode()


def test_only_an_admin_names_the_organisation(as_: Any, ada: Any, adm: Any) -> None:
    form = {"name": "Other", "postal_address": "x", "country": "GB", "zone": "Europe/London"}

    assert as_(ada).post("/settings/organisation/", form).status_code == 403
    assert as_(adm).post("/settings/organisation/", form).status_code == 302
    assert Organisation.objects.get().name == "Other"


def test_dates_on_a_page_are_in_the_zone_of_whoever_reads(as_: Any, ada: Any, thread: Any) -> None:
    ada.zone = "Asia/Tokyo"
    ada.save(update_fields=["zone"])
    Event.objects.create(kind="account.edited", account=thread.account, at=datetime(2026, 3, 2, 20, 15, tzinfo=UTC))

    assert "05:15" in as_(ada).get(f"/accounts/{thread.account.pk}/timeline/").content.decode()


def test_the_sandbox_does_not_exist_elsewhere(as_: Any, ada: Any, settings: Any) -> None:
    settings.SANDBOX = False

    assert as_(ada).get("/sandbox/").status_code == 404


def test_a_page_shows_text_of_strangers_as_text(as_: Any, ada: Any, thread: Any) -> None:
    Message.objects.filter(pk=thread.sent.pk).update(text="<script>alert(1)</script>", newest="<b>bold</b>", at=NOW)
    page = as_(ada).get(f"/messages/{thread.sent.pk}/").content.decode()

    assert "<b>bold</b>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


@pytest.mark.parametrize("odd", ["", "abc", "-1", "²", "9" * 40, "1 or 1", "\x00"])
def test_an_id_that_is_none_finds_nothing_and_breaks_nothing(as_: Any, ada: Any, thread: Any, odd: str) -> None:
    client, path = as_(ada), f"/people/{thread.joost.pk}"

    assert client.post(f"{path}/role/", {"membership": odd}).status_code == 404
    assert client.post(f"/messages/{thread.sent.pk}/assign/", {"account": odd}).status_code == 404
    assert client.post("/sandbox/clock/", {"hours": odd}).status_code == 404
    assert client.get("/search/", {"q": odd}).status_code == 200


def test_no_two_controls_of_a_page_share_an_id(as_: Any, ada: Any, thread: Any) -> None:
    for path in (f"/accounts/{thread.account.pk}/?tab=facts", "/settings/", f"/people/{thread.joost.pk}/"):
        ids = re.findall(r'\sid="([^"]+)"', as_(ada).get(path).content.decode())

        assert sorted(ids) == sorted(set(ids))


def test_a_box_left_at_any_narrows_nothing(as_: Any, ada: Any) -> None:
    some_accounts(ada, 2)
    answer = as_(ada).get("/accounts/", {"q": "", "rung": "", "owner": str(ada.pk), "industry": "", "closed": ""})

    assert answer.status_code == 200
    assert len(answer.context["page"].rows) == 2


def test_who_is_back_is_not_shown_as_away(as_: Any, ada: Any) -> None:
    ada.away_until = clock.now() - timedelta(hours=1)
    ada.save(update_fields=["away_until"])

    assert "Away until" not in as_(ada).get("/accounts/").content.decode()
