"""The pages, the API and the admin of sequences and texts: same verbs, same refusals, what was typed stays."""

from types import SimpleNamespace
from typing import Any

import pytest

from crm.models import Event
from crm.services import api_tokens
from prospecting.models import Enrollment, Sequence, SequenceVersion, Snippet, Step, Template, TemplateVersion
from prospecting.services import sequences
from tests.prospecting.test_adoption import with_call_first
from tests.prospecting.test_sequences import OWNER
from tests.prospecting.world import account_named, enrolled

API = "/api/v1/"


def form_of(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), **more}
    for n, row in enumerate(rows):
        data |= {
            f"form-{n}-{name}": value for name, value in {"role": OWNER, "wait_days": "0", "key": "", **row}.items()
        }
    return data


MAIL, CALL = {"channel": "email", "template": ""}, {"channel": "call", "task": "Ask who keeps the log."}


@pytest.mark.parametrize(
    ("act", "tasks"),
    [
        ("up-1", ["b", "a", "c"]), ("down-0", ["b", "a", "c"]), ("copy-0", ["a", "a", "b", "c"]), ("remove-1", ["a", "c"]),
        ("up-0", ["a", "b", "c"]), (f"add-{OWNER}", ["a", "b", "c", ""]), ("up-99", ["a", "b", "c"]), ("boom", ["a", "b", "c"]),
    ],
)  # fmt: skip
def test_steps_are_rearranged_without_being_kept(
    as_: Any, ruth: Any, world: SimpleNamespace, act: str, tasks: list[str]
) -> None:
    rows = [{**CALL, "task": task} for task in "abc"]
    answer = as_(ruth).post(f"/sequences/{world.sequence.sequence_id}/draft/", form_of(*rows, act=act))

    assert [form["task"].value() for form in answer.context["forms"]] == tasks
    assert not SequenceVersion.objects.filter(state="draft").exists()


def test_a_step_without_a_text_stays_typed_and_says_what_is_missing(
    as_: Any, ruth: Any, world: SimpleNamespace
) -> None:
    answer = as_(ruth).post(f"/sequences/{world.sequence.sequence_id}/draft/", form_of(CALL, MAIL))

    assert answer.status_code == 422
    assert "A mail needs a text." in answer.content.decode()
    assert "Ask who keeps the log." in answer.content.decode()


def test_a_draft_is_kept_and_used_with_a_reason(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    path = f"/sequences/{world.sequence.sequence_id}/"
    as_(ruth).post(path + "draft/", form_of({**MAIL, "template": world.hello.pk}, CALL))
    without = as_(ruth).post(path + "publish/", {})
    as_(ruth).post(path + "publish/", {"reason": "A call after the mail."})

    assert without.status_code == 422
    assert sequences.current_version(Sequence.objects.get()).reason == "A call after the mail."
    assert "is new" in as_(world.ada).get(path).content.decode()


def test_the_days_name_the_holidays_of_the_persons_country(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    rows = form_of(CALL, {**CALL, "wait_days": "1"}, contact=world.joost.pk, start="2026-12-24")
    answer = as_(ruth).post(f"/sequences/{world.sequence.sequence_id}/days/", rows)

    assert [step.day.isoformat() for step, _ in answer.context["placed"]] == ["2026-12-24", "2026-12-29"]
    assert "is Christmas Day" in answer.content.decode()


@pytest.mark.parametrize(
    "asked",
    [{"start": "9999-99-99", "contact": "x"}, {"form-TOTAL_FORMS": "9999999999"}, {"form-0-wait_days": "٣٤", "form-0-role": "\x00"}],
)  # fmt: skip
def test_nonsense_in_the_editor_is_answered(as_: Any, ruth: Any, world: SimpleNamespace, asked: dict[str, str]) -> None:
    path = f"/sequences/{world.sequence.sequence_id}/"
    assert as_(ruth).post(path + "days/", {**form_of(CALL), **asked}).status_code == 200
    assert as_(ruth).post(path + "draft/", {**form_of(CALL), **asked}).status_code in (200, 302, 422)


def test_a_text_is_written_one_language_at_a_time(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    path = f"/texts/{world.hello.template_id}/?language=nl"
    as_(ruth).post(path, {"language": "nl", "subject": "Vier", "body": "Dag {{first_name}}"})
    wrong = as_(ruth).post(path, {"language": "nl", "subject": "Vier", "body": "Dag {{frist_name}}"})
    newest = TemplateVersion.objects.filter(template=world.hello.template).first()

    assert (newest.number, newest.body) == (2, world.hello.body)
    assert newest.variants == {"nl": {"subject": "Vier", "body": "Dag {{first_name}}"}}
    assert wrong.status_code == 422
    assert "Dag {{frist_name}}" in wrong.content.decode()
    as_(ruth).post(path, {"language": "nl", "subject": "x", "body": "x", "remove": "1"})
    assert TemplateVersion.objects.filter(template=world.hello.template).first().variants == {}


def test_a_text_is_tried_with_a_real_person(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    form = {"subject": "S", "body": "Hello {{first_name}}, <b> {{title}}", "language": "en", "contact": world.joost.pk}
    stopped = as_(ruth).post("/texts/preview/", form).content.decode()
    said = as_(ruth).post("/texts/preview/", {**form, "body": "Hello {{first_name}}, <b>"}).content.decode()

    assert "this is not known: title" in stopped
    assert "Hello Joost, &lt;b&gt;" in said
    assert "Joost" in as_(ruth).get("/texts/people/?find=joo").content.decode()


def test_a_snippet_says_where_it_stands(as_: Any, ruth: Any, world: SimpleNamespace) -> None:
    as_(ruth).post("/snippets/new/", {"name": "who-we-are", "language": "en", "about": "", "body": "We are here."})
    sequences.save_template("Hello", subject="S", body="{% snippet who-we-are %}", by=ruth)
    row = Snippet.objects.get()
    as_(ruth).post(f"/snippets/{row.pk}/", {"about": "", "body": "We are there.", "reason": "Moved."})
    page = as_(ruth).get(f"/snippets/{row.pk}/").content.decode()

    assert row.versions.first().body == "We are there."
    assert "Hello" in page and "Moved." in page


def test_an_account_takes_the_newest_version_from_its_page(as_: Any, world: SimpleNamespace) -> None:
    walk, version = enrolled(world), with_call_first(world)
    path = f"/enrollments/{walk.pk}/adopt/"
    assert path in as_(world.ada).get(f"/accounts/{walk.account_id}/route/").content.decode()
    assert "is taken back" in as_(world.ada).get(path).content.decode()
    as_(world.ada).post(path, {"why": "Calls first."})

    assert Enrollment.objects.get().sequence_version == version
    assert Event.objects.get(kind="enrollment.adopted").why.endswith("Calls first.")


def test_those_ticked_take_it_and_nobody_of_another_team(as_: Any, world: SimpleNamespace, stranger: Any) -> None:
    walk, version = enrolled(world), with_call_first(world)
    path = f"/sequences/{world.sequence.sequence_id}/adopt/"
    assert as_(stranger).get(f"/enrollments/{walk.pk}/adopt/").status_code == 404
    assert as_(stranger).post(path, {"enrollment": walk.pk}).status_code == 409
    assert Enrollment.objects.get().sequence_version == world.sequence
    as_(world.ada).post(path, {"enrollment": walk.pk})

    assert Enrollment.objects.get().sequence_version == version


PATHS = ["/sequences/", "/texts/", "/snippets/"]


@pytest.mark.parametrize("path", PATHS)
def test_a_list_asks_no_more_when_it_holds_more(
    as_: Any, world: SimpleNamespace, path: str, django_assert_max_num_queries: Any
) -> None:
    client = as_(world.ada)
    client.get(path)
    for n in range(12):
        sequences.save_template(f"Text {n}", subject="S", body="x", by=world.ada)
        sequences.save_snippet(f"snippet-{n}", body="x", by=world.ada)
        sequences.create_sequence(f"Sequence {n}", by=world.ada)
    with django_assert_max_num_queries(14):
        client.get(path)


@pytest.mark.parametrize(
    "path",
    ["/texts/preview/", "/snippets/new/", "/sequences/{q}/draft/", "/sequences/{q}/days/", "/sequences/{q}/texts/"],
)
def test_an_sdr_reads_texts_and_does_not_change_them(as_: Any, world: SimpleNamespace, path: str) -> None:
    assert as_(world.ada).post(path.format(q=world.sequence.sequence_id), {}).status_code == 403


# API ---------------------------------------------------------------------------------------------------------------


def posted(client: Any, user: Any, path: str, body: dict[str, Any]) -> Any:
    _, key = api_tokens.issue(user, "test")
    return client.post(API + path, body, content_type="application/json", headers={"Authorization": f"Bearer {key}"})


def test_the_api_writes_publishes_and_compares(client: Any, ruth: Any, world: SimpleNamespace) -> None:
    path = f"sequences/{world.sequence.sequence_id}/"
    steps = [{"role": OWNER, "template": world.hello.pk}, {"role": OWNER, "channel": "call", "task": "Ask."}]
    drafted = posted(client, ruth, path + "draft/", {"steps": steps})
    published = posted(client, ruth, path + "publish/", {"reason": "Calls too."})
    compared = posted(client, ruth, f"sequence-versions/{published.json()['id']}/compare/", {})

    assert [step["key"] for step in drafted.json()["steps"]] == [1, 3]
    assert published.json()["reason"] == "Calls too."
    assert any("is taken out" in words for words in compared.json()["changes"])


def test_the_api_looks_before_it_adopts(client: Any, world: SimpleNamespace, stranger: Any) -> None:
    walk, version = enrolled(world), with_call_first(world)
    account_named("Elsewhere", owner=stranger)
    path = f"sequence-versions/{version.pk}/"
    looked = posted(client, world.ada, path + "look/", {})
    strange = posted(client, stranger, path + "adopt/", {"enrollments": [walk.pk]})
    others = posted(client, stranger, path + "adopt/", {})
    before = Enrollment.objects.get().sequence_version
    adopted = posted(client, world.ada, path + "adopt/", {"enrollments": [walk.pk], "why": "Calls first."})

    assert [change["kind"] for change in looked.json()["looks"][0]["changes"]] == ["goes", "comes"]
    assert (strange.status_code, others.json()["done"], before) == (400, [], world.sequence)
    assert adopted.json() == {"done": [walk.pk], "refused": {}}


def test_the_api_tries_a_text_and_refuses_a_wrong_one_with_its_place(
    client: Any, ruth: Any, world: SimpleNamespace
) -> None:
    body = {
        "name": "T",
        "subject": "S",
        "body": "Hi {{frist_name}}",
        "variants": {"nl": {"subject": "S", "body": "Dag"}},
    }
    wrong = posted(client, ruth, "templates/", body)
    right = posted(client, ruth, "templates/", {**body, "body": "Hi {{first_name}}"})
    tried = posted(
        client, ruth, f"templates/{right.json()['id']}/preview/", {"contact": world.joost.pk, "language": "nl"}
    )

    assert wrong.status_code == 409
    assert "Line 1, character 6" in wrong.json()["detail"]
    assert (tried.json()["body"], tried.json()["stopped"]) == ("Dag", "")
    assert not Template.objects.filter(name="T", versions__body__contains="frist").exists()


def test_the_api_keeps_snippets_and_says_where_they_are_used(client: Any, ruth: Any, world: SimpleNamespace) -> None:
    saved = posted(client, ruth, "snippets/", {"name": "who", "body": "We are {{our_name}}."})
    text = sequences.save_template("T", subject="S", body="{% snippet who %}", by=ruth)
    used = posted(client, ruth, f"snippets/{saved.json()['id']}/used/", {})

    assert used.json() == {"templates": [text.template_id], "sequence_versions": []}
    assert posted(client, world.ada, "snippets/", {"name": "x", "body": "x"}).status_code == 403


# Admin -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "noun", ["snippet", "snippetversion", "template", "templateversion", "sequence", "sequenceversion"]
)
def test_the_admin_lists_and_shows_it(as_: Any, adm: Any, world: SimpleNamespace, noun: str) -> None:
    sequences.save_snippet("who", body="x", by=adm)
    rows = {"snippet": Snippet, "template": Template, "templateversion": TemplateVersion, "sequence": Sequence,
            "sequenceversion": SequenceVersion, "snippetversion": Snippet.objects.get().versions.model}  # fmt: skip
    client = as_(adm)

    assert client.get(f"/admin/prospecting/{noun}/").status_code == 200
    assert client.get(f"/admin/prospecting/{noun}/{rows[noun].objects.first().pk}/change/").status_code == 200


def test_a_step_of_another_role_keeps_its_own_counting(world: SimpleNamespace) -> None:
    assert list(Step.objects.order_by("role__order", "order").values_list("key", flat=True)) == [1, 2, 1, 2]
