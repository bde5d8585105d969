"""Sequences and texts in a real browser: everything reachable, steps moved and fields put in by keyboard."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from prospecting.models import SequenceVersion, TemplateVersion
from prospecting.services import sequences
from tests.prospecting.test_adoption import with_call_first
from tests.prospecting.test_sequences import OWNER
from tests.prospecting.world import enrolled, small_world

pytestmark = pytest.mark.chromium


@pytest.fixture
def live(site: str, ada: Any, ruth: Any) -> SimpleNamespace:
    world = small_world(ada)
    world.walk = enrolled(world)
    with_call_first(world)
    world.snippet = sequences.save_snippet("who-we-are", body="We are {{our_name}}.", by=ruth)
    body = 'Hello {{first_name|fallback "there"}},\n\n{% snippet who-we-are %} Act now: it is FREE.\n\nhttps://baton.example/a'
    world.text = sequences.save_template(
        "Hello",
        subject="Four sites",
        body=body,
        by=ruth,
        variants={"nl": {"subject": "Vier", "body": "Dag {{first_name}}"}},
    )
    return world


def addresses(world: SimpleNamespace) -> list[str]:
    pk, joost = world.sequence.sequence_id, world.joost.pk
    text, snippet = world.text.template_id, world.snippet.snippet_id
    return [
        "/sequences/", f"/sequences/{pk}/", f"/sequences/{pk}/?version=1", f"/sequences/{pk}/draft/?contact={joost}&find=wi",
        f"/sequences/{pk}/adopt/", f"/enrollments/{world.walk.pk}/adopt/", "/texts/", "/texts/new/",
        f"/texts/{text}/?contact={joost}", f"/texts/{text}/?language=nl", f"/texts/{text}/?language=de", "/snippets/",
        "/snippets/new/", f"/snippets/{snippet}/",
    ]  # fmt: skip


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_of_sequences_is_accessible_and_holds_on_a_phone(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace, scheme: str, width: int
) -> None:
    page = page_as(ruth, color_scheme=scheme, viewport={"width": width, "height": 900})
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    wrong = []
    for address in addresses(live):
        page.goto(address)
        wrong += [(address, row["id"], row["nodes"][0]["html"][:120]) for row in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append((address, "scrolls sideways", ""))

    assert wrong == []
    assert errors == []


def test_steps_are_moved_copied_and_added_by_keyboard_alone(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth)
    page.goto(f"/sequences/{live.sequence.sequence_id}/draft/")
    page.focus("#id_form-0-task")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#id_form-1-channel")).to_have_value("call")
    expect(page.locator("#step-1 button:focus")).to_have_count(1)
    page.focus("#id_form-1-task")
    page.keyboard.press("Alt+d")
    expect(page.locator("#id_form-2-channel")).to_have_value("call")
    page.focus("#id_form-2-task")
    page.keyboard.press("Control+s")
    page.wait_for_url(f"**/sequences/{live.sequence.sequence_id}/")
    draft = SequenceVersion.objects.get(state="draft")
    mine = draft.steps.filter(role__slug=OWNER).order_by("order").values_list("channel", "key")

    assert list(mine) == [("email", 1), ("call", 3), ("call", 4), ("email", 2)]


def test_the_days_follow_what_is_typed_and_who_is_chosen(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth)
    page.goto(f"/sequences/{live.sequence.sequence_id}/draft/")
    page.fill("#find", "Will")
    page.check("#people input")
    page.fill("#start", "2026-12-24")
    page.wait_for_selector("#sequence-days >> text=Willem Maas")
    page.wait_for_selector("#sequence-days >> text=Christmas Day")

    assert "Thu 24 December" in page.inner_text("#sequence-days")


def test_a_text_is_tried_while_it_is_written_and_a_field_put_in_by_keyboard(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth)
    page.goto("/texts/new/")
    page.fill("#id_name", "Second try")
    page.fill("#id_subject", "Leak logs")
    page.focus("#id_body")
    page.keyboard.type("Dear ")
    page.keyboard.press("Alt+i")
    page.keyboard.type("compan")
    page.keyboard.press("Enter")
    page.keyboard.type(" people, {{frist_name}}")
    page.wait_for_selector("#text-look >> text=Did you mean “first_name”?")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".error >> text=Line 1, character 28")
    assert page.evaluate("document.getElementById('id_body').selectionStart") == 27
    page.fill("#id_body", "Dear {{company}} people,\nonly a line.")
    page.fill("#find", "Joost")
    page.check("#people input")
    page.wait_for_selector("#text-look >> text=Dear Maas Dekker people")
    page.focus("#id_body")
    page.keyboard.press("Control+s")
    page.wait_for_selector("h1 >> text=Second try")

    assert TemplateVersion.objects.get(template__name="Second try").body == "Dear {{company}} people,\nonly a line."


def test_a_step_is_added_right_after_typing_and_asks_how_first(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth)
    page.goto(f"/sequences/{live.sequence.sequence_id}/draft/")
    before = page.locator("[data-step]").count()
    page.locator("#id_form-0-task").fill("Ask who writes the logbook")
    page.get_by_role("button", name="Step for Problem owner").click()
    page.locator("select[name$=-channel]:focus").wait_for()

    assert page.locator("[data-step]").count() == before + 1
    assert page.locator("#id_form-0-task").input_value() == "Ask who writes the logbook"


def test_what_was_typed_is_not_left_behind_unasked(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page, asked = page_as(ruth), []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.goto("/snippets/new/")
    page.get_by_label("Name").click()
    page.keyboard.type("way-out")
    page.get_by_role("link", name="Today").click()
    expect(page.get_by_label("Name")).to_have_value("way-out")
    asked_leaving = list(asked)

    page.locator("#text-form textarea").first.click()
    page.keyboard.type("Write back and we stop.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: not url.endswith("/new/"))

    assert asked_leaving == ["beforeunload"]
    assert asked == asked_leaving
