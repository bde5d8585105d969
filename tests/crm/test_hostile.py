"""Hostile input in every text field of every form, filter and serializer: an answer in words, no crash, no script."""

import json
import re
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from drf_spectacular.generators import SchemaGenerator

from crm.errors import Refused
from crm.filters import Listed
from crm.models import Event, Import, Note
from crm.services import accounts, contacts, duplicates, imports, merging, notes
from prospecting.services import segments
from tests.hostile import SCRIPT, STRINGS, Page, some, tried, walk
from tests.prospecting.world import enrolled, small_world

START = [
    "/today/",
    "/accounts/",
    "/inbox/",
    "/segments/",
    "/imports/",
    "/settings/",
    "/search/?q=maas",
    "/admin/",
    "/people/",
    "/people/without-account/",
    "/duplicates/",
    "/duplicates/merged/",
    "/titles/",
    "/roles/missing/",
]
OWN = ("crm", "prospecting", "appointments")
pytestmark = pytest.mark.long
# What is no text of a person: a word of a closed list, a key, an address of the network.
KEPT = {
    "state", "kind", "rung", "channel", "what", "label", "zone", "country", "language", "email", "address", "job", "slug", "rule",
    "when_rule", "condition", "key", "content_hash", "message_id", "password", "person_address", "smtp_host", "imap_host", "secret",
}  # fmt: skip


@pytest.fixture
def world(ada: Any, adm: Any) -> Any:
    """A row of most nouns."""
    world = small_world(ada)
    enrolled(world)
    notes.add_note(world.account, "They move in May.", by=ada)
    segments.pin(world.segment, world.account, "include", "asked for", by=ada)
    imports.import_rows(b"name,domain\nNord,nord.example\n", "accounts", by=adm, file_name="list.csv")
    imports.keep("both", [b"company,last_name\nNord,Maas\n"], SCRIPT, by=adm)
    contacts.add_contact(None, by=ada, last_name=SCRIPT[:80], title=SCRIPT)
    contacts.add_contact(world.account, by=ada, last_name="Wit", title=SCRIPT)
    pairs = [[accounts.create_account(name=f"{SCRIPT} {number}", by=ada) for number in (1, 2)] for _ in range(2)]
    duplicates.propose("accounts", [(one.pk, two.pk, "likely", 0.9, [SCRIPT]) for one, two in pairs[:1]])
    merging.merge(*pairs[1], by=adm)
    return world


def readable(text: str) -> str:
    """As it arrives from an address or a form: there are no lone surrogates in UTF-8."""
    return text.encode("utf-8", "replace").decode()


def listed() -> list[type[Listed]]:
    found, waiting = [], [Listed]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            found.append(one)
    return [one for one in found if getattr(one._meta, "model", None)]


@pytest.mark.parametrize("filters", listed(), ids=lambda one: one.__name__)
def test_a_filter_answers_or_refuses_in_words(filters: type[Listed], db: None) -> None:
    wrong = {}
    for name in filters.base_filters:
        for text in some(name, STRINGS, 12):
            try:
                with transaction.atomic():
                    list(
                        filters({name: readable(text)}, queryset=filters._meta.model._default_manager.all()).found()[:1]
                    )
            except Refused:
                continue
            except Exception as error:
                wrong[f"{name}={text[:40]!r}"] = repr(error)[:200]

    assert wrong == {}


def test_every_page_answers_in_every_form_of_it_and_by_every_parameter_and_runs_nothing_of_what_is_stored(
    adm: Any, as_: Any, world: Any
) -> None:
    """One walk for all of it: it is what takes the time."""
    for app in OWN:
        for model in apps.get_app_config(app).get_models():
            poison(model)
    Event.record("account.edited", by="x", account=world.account, why=SCRIPT, facts={"name": SCRIPT})
    client, wrong, fields, pages, harmless = as_(adm), {}, set(), set[str](), 0

    for url, text in walk(client, START):
        assert text != "500", url
        assert SCRIPT not in text, url
        harmless += "&lt;script&gt;hit()" in text
        for form in Page(text).forms:
            to = (form["action"] or url).split("#")[0]
            for name in form["texts"]:
                field = whichever_row(to.split("?")[0]), whichever_row(name)
                if field in fields or to.startswith("http"):
                    continue
                fields.add(field)
                wrong |= sent(client, to, form, name)
        if (page := url.split("?")[0]) not in pages:
            pages.add(page)
            wrong |= asked(client, page)

    assert len(fields) > 400
    assert len(pages) > 300
    assert harmless > 30
    assert wrong == {}


def whichever_row(text: str) -> str:
    """The same field of another row is the same field."""
    return re.sub(r"\d+", "0", text)


def sent(client: Any, to: str, form: dict[str, Any], name: str) -> dict[str, str]:
    """One field of a form at a time, everything else as the page offered it."""
    found = {}
    send = client.post if form["method"] == "post" else client.get
    for text in some(f"{to}{name}", STRINGS):
        plain = readable(text)  # a browser has no lone surrogates
        data = {**dict.fromkeys(form["texts"], "Plain words"), **form["rest"], name: plain}
        if problem := tried(lambda data=data: send(to, data)):
            found[f"{to} {name}={text[:40]!r}"] = problem
    return found


PARAMETERS = ["q", "after", "tab", "box", "family", "only", "page", "p", "o", "e", "team", "term", "view"]


def asked(client: Any, url: str) -> dict[str, str]:
    """A page with hostile parameters: all of them at once, and each by itself where one was refused."""
    given = {name: readable(text) for name in some(url, PARAMETERS, 2) for text in some(url + name, STRINGS)}
    statuses: list[int] = []

    def all_at_once() -> Any:
        answer = client.get(url, given)
        statuses.append(answer.status_code)
        return answer

    if not tried(all_at_once) and statuses == [200]:
        return {}
    each = {name: tried(lambda name=name: client.get(url, {name: given[name]})) for name in given}
    return {f"{url}?{name}={given[name][:40]!r}": problem for name, problem in each.items() if problem}


def test_every_verb_of_the_api_answers(adm: Any, as_: Any, world: Any) -> None:
    client, wrong, tries = as_(adm), {}, 0
    schema = SchemaGenerator().get_schema(request=None, public=True)
    for path, verbs in schema["paths"].items():
        for verb, said in verbs.items():
            if verb in ("post", "patch", "put"):
                for name, body in bodies(said, schema):
                    tries += 1
                    url = path.replace("{id}", str(world.account.pk)).replace("{format}", "json")
                    call = getattr(client, verb)
                    send = lambda call=call, url=url, body=body: call(url, body, content_type="application/json")  # noqa: E731
                    if problem := tried(send):
                        wrong[f"{verb} {path} {name}: {body[:120]}"] = problem

    assert tries > 100
    assert wrong == {}


def bodies(said: dict[str, Any], schema: dict[str, Any]) -> list[tuple[str, str]]:
    """A body per text of the request and hostile string; what is no text gets something plausible."""
    content = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    shape = resolved(content.get("schema", {}), schema).get("properties", {})
    plain = {name: plausible(resolved(part, schema)) for name, part in shape.items()}
    return [
        (name, json.dumps({**plain, name: value}))
        for name, part in shape.items()
        if not resolved(part, schema).get("readOnly")
        for text in some(str(said.get("operationId")) + name, STRINGS)
        for value in ([text, {"a": text}] if resolved(part, schema).get("type") != "string" else [text])
    ]


def resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    part = (part.get("allOf") or part.get("oneOf") or [part])[0]
    if "$ref" in part:
        return resolved(schema["components"]["schemas"][part["$ref"].rpartition("/")[2]], schema)
    return part


def plausible(part: dict[str, Any]) -> Any:
    if part.get("enum"):
        return part["enum"][0]
    return {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}.get(
        part.get("type", ""), "Plain words"
    )


def poison(model: Any) -> None:
    """A script in every text column a person may write; rows the database guards stay as they are."""
    texts = [
        field.name
        for field in model._meta.concrete_fields
        if type(field) in (models.CharField, models.TextField) and field.name not in KEPT and not field.choices
        if not field.unique and (field.max_length or 1000) >= len(SCRIPT)
    ]
    try:
        with transaction.atomic():
            model._default_manager.update(**dict.fromkeys(texts, SCRIPT))
    except Exception as error:
        guarded = ("append-only", "published", "once", "never changes")
        assert any(words in str(error) for words in guarded), f"{model}: {error}"


def test_a_file_of_hostile_cells_and_names_is_accounted_for(adm: Any, as_: Any, world: Any) -> None:
    texts = [readable(text) for text in STRINGS]
    lines = ["name,domain,city,notes"] + [",".join(['"' + text.replace('"', '""') + '"'] * 4) for text in texts]
    content = "\n".join(lines).encode()

    done = imports.import_rows(content, "accounts", by=adm, file_name=SCRIPT)

    counted = done["created"] + done["updated"] + done["unchanged"] + skipped(done)
    assert counted == done["rows"] >= len(texts)


def skipped(done: dict[str, Any]) -> int:
    return sum(done["skipped"].values()) if isinstance(done["skipped"], dict) else int(done["skipped"])


@pytest.mark.parametrize("kind", ["accounts", "contacts"])
def test_a_file_of_any_name_is_taken_or_refused_in_words(kind: str, adm: Any, as_: Any, world: Any) -> None:
    client, wrong = as_(adm), {}
    for text in some(kind, STRINGS, 20):
        name = readable(text)
        for content in (b"name,domain,email\nNord,nord.example,a@nord.example\n", name.encode()):
            file = SimpleUploadedFile(name or "x", content, content_type="text/csv")
            if problem := tried(
                lambda file=file: client.post("/imports/new/", {"kind": kind, "file": file}, follow=True)
            ):
                wrong[repr(text[:60])] = problem

    assert wrong == {}
    assert Import.objects.count() >= 1
    assert Note.objects.count() == 1
