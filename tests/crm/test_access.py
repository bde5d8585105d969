"""Who may do what in crm by any door, and what a request may not talk the product into."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from crm import access, clock
from crm.models import Account, Mailbox, Message, Sighting
from crm.refusals import came_from
from crm.services import accounts, imports

pytestmark = pytest.mark.django_db


def api(user: Any) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def northwind(ada: Any) -> Account:
    return accounts.create_account(name="Northwind", owner=ada, by=ada)


def test_only_a_lead_reassigns_an_account_through_the_api_as_on_the_page(northwind, ben, ruth):
    address = f"/api/v1/accounts/{northwind.pk}/assign-owner/"

    refused = api(ben).post(address, {"owner": ben.pk}, format="json")
    allowed = api(ruth).post(address, {"owner": ben.pk}, format="json")

    assert (refused.status_code, allowed.status_code) == (403, 200)
    assert allowed.json()["owner"] == ben.pk


def test_who_finds_an_account_without_an_owner_takes_it(northwind, ada, ben):
    accounts.assign_owner(northwind, None, by=ada)

    taken = api(ben).post(f"/api/v1/accounts/{northwind.pk}/assign-owner/", {"owner": ben.pk}, format="json")

    assert taken.json()["owner"] == ben.pk


def test_a_file_of_an_sdr_leaves_accounts_with_their_owner_and_says_so(northwind, ada, stranger):
    file = f"name,external id,owner\nNorthwind,N-1,{stranger.email}\nBrightline,N-2,{stranger.email}\n".encode()
    accounts.edit_account(northwind, external_id="N-1", by=ada)

    report = imports.import_rows(file, "accounts", by=stranger)

    assert Account.objects.get(external_id="N-1").owner == ada
    assert Account.objects.get(external_id="N-2").owner == stranger
    assert [(error["row"], error["column"]) for error in report["errors"]] == [(1, "owner")]


def test_a_file_of_a_lead_reassigns(northwind, ada, ben, ruth):
    accounts.edit_account(northwind, external_id="N-1", by=ada)

    imports.import_rows(f"name,external id,owner\nNorthwind,N-1,{ben.email}\n".encode(), "accounts", by=ruth)

    assert Account.objects.get(external_id="N-1").owner == ben


def test_an_executive_does_not_read_the_mail_that_found_no_account(ada, noor):
    now = clock.now()
    box = Mailbox.objects.create(address="ada@baton.example", owner=ada, team=ada.team, smtp_host="h", created_at=now)
    message = Message.objects.create(
        direction="in", state="handled", content_hash="1", message_id="<1@x>", text="private", at=now
    )
    Sighting.objects.create(message=message, mailbox=box, at=now)

    assert message in access.visible_messages(ada)
    assert message not in access.visible_messages(noor)


def test_guessing_keys_is_slowed_down_by_address(ada):
    guesser = APIClient(HTTP_AUTHORIZATION="Bearer nonsense", REMOTE_ADDR="192.0.2.7")
    elsewhere = APIClient(HTTP_AUTHORIZATION="Bearer nonsense", REMOTE_ADDR="192.0.2.8")

    answers = [guesser.get("/api/v1/me/").status_code for _ in range(21)]

    assert answers == [401] * 20 + [429]
    assert elsewhere.get("/api/v1/me/").status_code == 401


def test_a_link_for_a_new_password_never_takes_its_host_from_the_request(ada, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.BASE_URL = "https://baton.example"

    Client().post("/accounts/sign-in/password/reset/", {"email": ada.email}, HTTP_HOST="localhost:6666")

    assert "https://baton.example/accounts/sign-in/password/reset/key/" in mail.outbox[0].body
    assert "6666" not in mail.outbox[0].body


def test_guesses_at_a_log_in_count_whatever_port_the_request_names(ada):
    guess = {"login": ada.email, "password": "wrong"}

    for n in range(5):
        Client(REMOTE_ADDR=f"192.0.2.{20 + n}").post(
            "/accounts/sign-in/login/", guess, HTTP_HOST=f"localhost:{7000 + n}"
        )
    sixth = Client(REMOTE_ADDR="192.0.2.30").post("/accounts/sign-in/login/", guess, HTTP_HOST="localhost:7100")

    assert b"Too many" in sixth.content


def test_the_way_back_from_a_refusal_stays_here():
    request = RequestFactory().get("/", HTTP_REFERER="http://testserver//evil.example/accounts/?tab=people")

    assert came_from(request) == "/evil.example/accounts/?tab=people"
