"""Files go in through the API as on the page: looked at first, then read, each by whoever sent it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from crm import tasks
from crm.models import Account, Import
from crm.services import imports

pytestmark = pytest.mark.django_db
ROWS = b"Firma;Web;Ort\nMaas & Dekker;maasdekker.example;Breda\nLindqvist Kyl;lindqvistkyl.example;Lund\n;;\n"
COLUMNS = '{"Firma": "name", "Web": "domain", "Ort": "city"}'


@pytest.fixture(autouse=True)
def asked(monkeypatch: Any) -> list[int]:
    """Which imports the worker was told of."""
    told: list[int] = []
    monkeypatch.setattr(tasks.run_import, "delay_on_commit", told.append)
    return told


def send(user: Any, content: bytes = ROWS, **more: Any) -> Any:
    client = APIClient()
    if user is not None:
        client.force_login(user)
    said = {"kind": "accounts", "mapping": COLUMNS, "file": SimpleUploadedFile("firms.csv", content), **more}
    return client.post("/api/v1/imports/", said, format="multipart")


def test_a_dry_run_says_how_it_would_be_read_and_keeps_nothing(ada: Any, asked: list[int]) -> None:
    answer = send(ada, dry_run="true")
    assert answer.status_code == 200
    assert (answer.json()["header"], answer.json()["mapping"]["Firma"]) == (["Firma", "Web", "Ort"], "name")
    assert answer.json()["rows"] >= 2 and "name" in answer.json()["fields_known"]
    assert not Import.objects.exists() and not Account.objects.exists() and asked == []


def test_a_file_is_kept_for_the_worker_who_reads_it_once(ada: Any, asked: list[int]) -> None:
    answer = send(ada)
    assert (answer.status_code, answer.json()["state"], answer.json()["by"]) == (201, "running", ada.pk)
    assert asked == [answer.json()["id"]]
    imports.run_import(answer.json()["id"])
    assert set(Account.objects.values_list("name", "city")) == {("Maas & Dekker", "Breda"), ("Lindqvist Kyl", "Lund")}
    assert APIClient().get(f"/api/v1/imports/{answer.json()['id']}/").status_code == 401


@pytest.mark.parametrize("dry_run", ["true", "false"])
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"mapping": '{"Nowhere": "name"}'}, 409),
        ({"mapping": '{"Firma": "nonsense"}'}, 409),
        ({"mapping": "{not json"}, 400),
        ({"mapping": '{"a": ' * 300 + "1" + "}" * 300}, 400),
        ({"kind": "planets"}, 400),
        ({"owner": "1"}, 400),
        ({"content": b"\x00\x01\x02"}, 409),
    ],
    ids=["column", "field", "no JSON", "deep", "kind", "unknown field", "no table"],
)
def test_what_cannot_be_read_is_refused_and_nothing_is_kept(ada: Any, dry_run: str, more: Any, code: int) -> None:
    assert send(ada, dry_run=dry_run, **more).status_code == code
    assert not Import.objects.exists()


def test_nobody_without_a_key_sends_one(db: None) -> None:
    assert send(None).status_code == 401


def test_another_person_does_not_see_it(ada: Any, ben: Any) -> None:
    pk = send(ada).json()["id"]
    client = APIClient()
    client.force_login(ben)
    assert client.get(f"/api/v1/imports/{pk}/").status_code == 404
