"""The API of crm: who is let in, what is refused by name, what a stranger sees."""

import json
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from crm import clock
from crm.models import Account, Conversation, Event, Mailbox, Message, Note, Suppression
from crm.services import accounts, api_tokens, contacts, notes


def api(user: Any = None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_login(user)
    return client


@pytest.fixture
def northwind(ada: Any) -> Account:
    return accounts.create_account(
        name="Northwind", domain="northwind.example", external_id="N-1", country="GB", owner=ada, by=ada
    )


@pytest.fixture
def said(ada: Any, northwind: Account) -> Message:
    """A conversation of Team North with one message in it."""
    now = clock.now()
    box = Mailbox.objects.create(address="ada@baton.example", owner=ada, team=ada.team, smtp_host="h", created_at=now)
    thread = Conversation.objects.create(
        team=ada.team, mailbox=box, account=northwind, root_message_id="<1@x>", last_message_at=now, created_at=now
    )
    return Message.objects.create(
        direction="in", state="handled", content_hash="1", message_id="<1@x>", text="our secret price",
        account=northwind, conversation=thread, team=ada.team, at=now,
    )  # fmt: skip


def test_without_a_key_or_a_session_nothing_is_answered(northwind: Account) -> None:
    there, missing = api().get(f"/api/v1/accounts/{northwind.pk}/"), api().get("/api/v1/accounts/999999/")

    assert there.status_code == missing.status_code == 401
    assert there.json() == missing.json()


def test_a_key_opens_the_api_until_it_is_revoked(ada: Any) -> None:
    token, plain = api_tokens.issue(ada, "script")
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {plain}")

    assert client.get("/api/v1/me/").json()["email"] == ada.email
    api_tokens.revoke(token, by=ada)
    assert client.get("/api/v1/me/").status_code == 401


def test_a_key_that_was_made_up_is_refused(ada: Any) -> None:
    assert APIClient(HTTP_AUTHORIZATION="Bearer nonsense").get("/api/v1/me/").status_code == 401


def test_a_session_needs_the_form_token_to_write(ada: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    answer = client.post("/api/v1/accounts/", json.dumps({"name": "Forged"}), content_type="application/json")

    assert answer.status_code == 403
    assert not Account.objects.filter(name="Forged").exists()


def test_an_account_made_through_the_api_equals_one_made_by_the_verb(ada: Any) -> None:
    answer = api(ada).post(
        "/api/v1/accounts/", {"name": "Brightline", "country": "GB", "tags": ["cold"]}, format="json"
    )
    twin = accounts.create_account(name="Brightline Two", country="GB", tags=["cold"], by=ada)

    made = Account.objects.get(pk=answer.json()["id"])
    assert answer.status_code == 201
    assert (made.country, made.tags, made.rung) == (twin.country, twin.tags, twin.rung)
    assert Event.objects.filter(kind="account.created", account=made, actor=ada).count() == 1


def test_an_unknown_field_is_refused_by_name_and_nothing_is_written(ada: Any, northwind: Account) -> None:
    answer = api(ada).patch(f"/api/v1/accounts/{northwind.pk}/", {"city": "Leeds", "is_superuser": True}, format="json")

    assert (answer.status_code, answer.json()) == (400, {"is_superuser": ["Unknown field."]})
    northwind.refresh_from_db()
    assert northwind.city == ""


@pytest.mark.parametrize("field", ["rung", "rests_until", "closed_at", "id", "facts"])
def test_what_a_verb_writes_cannot_be_assigned(ada: Any, northwind: Account, field: str) -> None:
    answer = api(ada).patch(f"/api/v1/accounts/{northwind.pk}/", {field: "held"}, format="json")

    assert answer.status_code == 400
    assert field in answer.json()


@pytest.mark.parametrize(
    "query",
    ["owner__password__startswith=a", "raw=1", "ordering=secret", "rung=nonsense", "unowned=maybe", "owner=1e99"],
)
def test_an_unlisted_filter_or_value_is_refused_by_name(ada: Any, northwind: Account, query: str) -> None:
    answer = api(ada).get(f"/api/v1/accounts/?{query}")

    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()


def test_a_filter_on_a_single_row_is_refused_too(ada: Any, northwind: Account) -> None:
    assert api(ada).get(f"/api/v1/accounts/{northwind.pk}/?owner=1").status_code == 400


@pytest.mark.parametrize(
    "query", ["page_size=1000000", "page_size=0", "page_size=-1", "page_size=x", "cursor=cD0lMDA%3D"]
)
def test_a_page_is_bounded_and_a_bent_cursor_is_no_error_of_ours(ada: Any, northwind: Account, query: str) -> None:
    assert api(ada).get(f"/api/v1/accounts/?{query}").status_code == 400


@pytest.mark.parametrize(
    "body",
    [b"{", b'{"name": "a", "name": "b"}', b'{"name": "a\\u0000b"}', b'{"name": NaN}', b'{"custom": ' + b'{"a":' * 50 + b"1" + b"}" * 51, b"[" * 20_000, b'{"custom": {"a": "\\ud800"}}', b"\xff"],
)  # fmt: skip
def test_json_that_cannot_be_kept_is_refused_before_anything_is_written(ada: Any, body: bytes) -> None:
    answer = api(ada).generic("POST", "/api/v1/accounts/", body, content_type="application/json")

    assert answer.status_code == 400
    assert not Account.objects.exists()


def test_a_cursor_of_another_list_is_refused(ada: Any, northwind: Account) -> None:
    assert api(ada).get("/api/v1/events/?cursor=cD1hYmM%3D").json() == {"cursor": ["This cursor cannot be read."]}


def test_a_refusal_is_a_409_with_the_sentence(ada: Any, northwind: Account) -> None:
    answer = api(ada).post("/api/v1/accounts/", {"name": "Other", "external_id": "N-1"}, format="json")

    assert answer.status_code == 409
    assert answer.json()["code"] == "refused"
    assert "already has the number N-1" in answer.json()["detail"]


def test_a_stranger_sees_where_an_account_stands_and_may_not_change_it(stranger: Any, northwind: Account) -> None:
    client = api(stranger)

    assert client.get(f"/api/v1/accounts/{northwind.pk}/").status_code == 200
    assert client.patch(f"/api/v1/accounts/{northwind.pk}/", {"city": "Here"}, format="json").status_code == 404
    for verb in ("assign-owner", "reopen", "suppress", "note", "rest", "close"):
        assert client.post(f"/api/v1/accounts/{northwind.pk}/{verb}/", {}, format="json").status_code == 404


def test_a_stranger_finds_nothing_of_what_was_said(stranger: Any, ada: Any, said: Message, northwind: Account) -> None:
    client = api(stranger)
    note = notes.add_note(northwind, "They pay late.", by=ada)

    for path in (
        f"conversations/{said.conversation_id}",
        f"messages/{said.pk}",
        f"mailboxes/{said.conversation.mailbox_id}",
        f"notes/{note.pk}",
    ):
        assert client.get(f"/api/v1/{path}/").status_code == 404, path
        assert client.get(f"/api/v1/{path.split('/')[0]}/").json()["results"] == [], path
    assert api(ada).get(f"/api/v1/messages/{said.pk}/").json()["text"] == "our secret price"


def test_neither_raw_mail_nor_secrets_are_in_any_answer(ada: Any, said: Message) -> None:
    Mailbox.objects.update(secret="locked")

    mailbox = api(ada).get(f"/api/v1/mailboxes/{said.conversation.mailbox_id}/").json()
    message = api(ada).get(f"/api/v1/messages/{said.pk}/").json()
    person = api(ada).get(f"/api/v1/users/{ada.pk}/").json()

    assert not {"secret", "smtp_host", "username", "raw", "html", "password"} & {*mailbox, *message, *person}


def test_a_list_asks_the_database_as_often_for_many_rows_as_for_one(
    ada: Any, northwind: Account, django_assert_num_queries: Any
) -> None:
    client = api(ada)
    with django_assert_num_queries(3):
        assert len(client.get("/api/v1/accounts/").json()["results"]) == 1

    for number in range(30):
        accounts.create_account(name=f"More {number}", owner=ada, by=ada)

    with django_assert_num_queries(3):
        assert len(client.get("/api/v1/accounts/").json()["results"]) == 31


def test_pages_follow_each_other_without_gaps_or_doubles(ada: Any) -> None:
    for number in range(7):
        accounts.create_account(name=f"Account {number}", by=ada)
    client, seen, url = api(ada), [], "/api/v1/accounts/?page_size=3"

    while url:
        page = client.get(url).json()
        seen += [row["name"] for row in page["results"]]
        url = page["next"]

    assert seen == [f"Account {number}" for number in range(7)]


def test_a_person_is_added_with_role_and_evidence(ada: Any, northwind: Account) -> None:
    answer = api(ada).post(
        "/api/v1/contacts/",
        {
            "account": northwind.pk,
            "role": "champion",
            "first_name": "Ida",
            "email": "ida@northwind.example",
            "evidence": "site",
        },
        format="json",
    )

    membership = northwind.memberships.get()
    assert answer.status_code == 201
    assert (membership.role.slug, membership.evidence) == ("champion", "site")


def test_a_stranger_cannot_add_people_to_an_account_of_another_team(stranger: Any, northwind: Account) -> None:
    answer = api(stranger).post("/api/v1/contacts/", {"account": northwind.pk, "first_name": "Spy"}, format="json")

    assert answer.status_code == 400
    assert "account" in answer.json()


def test_roles_end_and_change_by_their_verbs(ada: Any, northwind: Account) -> None:
    ida = contacts.add_contact(northwind, by=ada, role="champion", first_name="Ida", email="ida@northwind.example")
    row, client = ida.memberships.get(), api(ada)

    client.post(
        f"/api/v1/memberships/{row.pk}/set-role/", {"role": "approver", "evidence": "She said so."}, format="json"
    )
    ended = client.post(f"/api/v1/memberships/{row.pk}/end/", {"why": "left"}, format="json")

    row.refresh_from_db()
    assert (row.role.slug, ended.status_code, row.until is None) == ("approver", 200, False)


def test_a_suppression_stands_at_once_and_only_a_lead_lifts_it(ada: Any, ruth: Any) -> None:
    made = (
        api(ada)
        .post(
            "/api/v1/suppressions/", {"kind": "address", "value": "no@more.example", "reason": "asked"}, format="json"
        )
        .json()
    )

    assert Suppression.objects.filter(value="no@more.example", lifted_at=None).exists()
    assert api(ada).post(f"/api/v1/suppressions/{made['id']}/lift/").status_code == 403
    assert api(ruth).post(f"/api/v1/suppressions/{made['id']}/lift/").status_code == 200
    assert Suppression.objects.get(pk=made["id"]).lifted_at is not None


def test_events_show_facts_to_everyone_and_content_to_its_team(ada: Any, stranger: Any, northwind: Account) -> None:
    Event.record("note.written", account=northwind, team=ada.team, why="content", by=ada)

    mine, theirs = (
        [row["kind"] for row in api(user).get(f"/api/v1/events/?account={northwind.pk}").json()["results"]]
        for user in (ada, stranger)
    )

    assert "note.written" in mine
    assert "note.written" not in theirs
    assert "account.created" in theirs


def test_a_note_is_kept_by_its_writer(ada: Any, northwind: Account) -> None:
    api(ada).post("/api/v1/notes/", {"account": northwind.pk, "text": "Met at the fair."}, format="json")

    assert Note.objects.get().text == "Met at the fair."
