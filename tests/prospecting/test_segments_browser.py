"""A segment in a real browser: everything reachable, a rule completed by keyboard, an account found by typing."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from crm.models import Account
from prospecting.models import Pin, Segment
from prospecting.services import segments, snapshots
from tests.prospecting.world import account_named, small_world

pytestmark = pytest.mark.chromium


@pytest.fixture
def live(site: str, ada: Any, ruth: Any) -> SimpleNamespace:
    world = small_world(ada)
    account_named("Bakery Maas", owner=ada, industry="Bakery")
    Account.objects.filter(pk=world.account.pk).update(
        facts={"industry": {"source": "import", "at": "2020-01-01"}, "regulated": {"source": "x", "at": "2020-01-01"}}
    )
    segments.pin(world.segment, world.account, "include", "Their wish.", by=ruth)
    world.snapshot = snapshots.take(world.segment, name="June", by=ruth)
    segments.draft(world.segment, rule='industry = "Bakery"\nand sites > 1', route_version=world.route, by=ruth)
    return world


def addresses(world: SimpleNamespace) -> list[str]:
    base = f"/segments/{world.segment.pk}/"
    tails = ["", "list/", "health/", "stale/", "pinned/?kind=include", "pinned/find/?find=maas", "versions/", "refreshes/",
             "snapshots/", f"snapshots/{world.snapshot.pk}/", "dry-run/", f"why/?account={world.account.pk}", "words/",
             f"pins/many/?account={world.account.pk}&kind=exclude"]  # fmt: skip
    return [
        *(base + tail for tail in tails),
        "/segments/fields/",
        "/segments/new/",
        f"/accounts/{world.account.pk}/lists/",
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_of_a_segment_is_accessible_and_holds_on_a_phone(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace, scheme: str, width: int
) -> None:
    page = page_as(ruth, color_scheme=scheme, viewport={"width": width, "height": 900})
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    wrong = []
    for address in addresses(live):
        page.goto(address)
        wrong += [(address, row["id"]) for row in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append((address, "scrolls sideways"))

    assert wrong == []
    assert errors == []


def test_a_rule_is_written_by_keyboard_with_completion(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth)
    page.goto("/segments/new/")
    page.fill("#id_name", "Bakeries")
    page.fill("#id_statement", "Production decides.")
    page.click("#id_rule")
    for typed, offered in (("indus", "industry"), ("", "="), ('"Ba', "Bakery")):
        page.keyboard.type(typed, delay=20)
        page.locator("#complete-0 [role=option][aria-selected=true]").get_by_text(offered, exact=True).wait_for()
        page.keyboard.press("Enter")
    page.get_by_text("account fits").wait_for()
    page.keyboard.type("and colour = 2", delay=10)
    page.get_by_text("Unknown field: colour").wait_for()
    page.get_by_role("button", name="Go to it").click()
    caret = page.evaluate("document.activeElement.selectionStart")
    page.keyboard.press("Shift+End")
    page.keyboard.type("sites > 1", delay=10)
    page.keyboard.press("Escape")
    page.select_option("#id_route_version", index=1)
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="If you use this rule").wait_for()

    assert caret == len('industry = "Bakery" and ')
    assert Segment.objects.get(name="Bakeries").versions.get().rule == 'industry = "Bakery" and sites > 1'


def test_an_offer_taken_while_the_next_ones_are_on_their_way_replaces_all_that_was_typed(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page, held = page_as(ruth), []
    page.route("**/*q=Ba", lambda route: held.append(route))  # never answered
    page.goto("/segments/new/")
    page.click("#id_rule")
    page.keyboard.type('industry = "B')
    page.locator("#complete-0 [role=option][aria-selected=true]").get_by_text("Bakery", exact=True).wait_for()
    page.keyboard.type("a")
    page.keyboard.press("Enter")

    expect(page.locator("#id_rule")).to_have_value('industry = "Bakery" ')
    assert held


def test_an_account_is_kept_off_the_list_by_typing_its_name(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth)
    page.goto(f"/segments/{live.segment.pk}/pinned/")
    page.fill("#find", "bakery")
    page.get_by_role("radio", name="Bakery Maas").check()
    page.get_by_role("radio", name="Keep off the list").check()
    page.fill("#id_reason", "A customer.")
    page.get_by_role("button", name="Keep it so").click()
    page.get_by_text("Bakery Maas is kept off the list.").wait_for()

    assert Pin.objects.get(account__name="Bakery Maas").kind == "exclude"


def test_an_account_is_found_and_pinned_without_javascript(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth, java_script_enabled=False)
    page.goto(f"/segments/{live.segment.pk}/pinned/")
    page.fill("#find", "bakery")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("radio", name="Bakery Maas").check()
    page.fill("#id_reason", "They asked.")
    page.get_by_role("button", name="Keep it so").click()

    assert Pin.objects.get(account__name="Bakery Maas").kind == "include"
