"""What holds in a real browser on the pages before the reply: nothing refused, nothing out of reach, keys that work."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from crm.models import Note
from prospecting.models import Enrollment
from tests.prospecting.world import enrolled, small_world

pytestmark = pytest.mark.chromium


@pytest.fixture
def live_world(site: str, ada: Any) -> SimpleNamespace:
    world = small_world(ada)
    world.walk = enrolled(world)
    return world


def addresses(world: SimpleNamespace) -> list[str]:
    account, segment = world.account.pk, world.segment.pk
    return [
        "/accounts/", f"/accounts/{account}/", f"/accounts/{account}/?tab=people", f"/accounts/{account}/?tab=facts",
        f"/accounts/{account}/edit/", f"/people/{world.joost.pk}/", "/segments/", f"/segments/{segment}/",
        f"/segments/{segment}/list/", f"/routes/{world.route.route_id}/", f"/routes/{world.route.route_id}/draft/",
        f"/sequences/{world.sequence.sequence_id}/", "/sending/", "/settings/", "/search/?q=maas", "/imports/new/",
        "/sandbox/", "/start/",
    ]  # fmt: skip


def told(page: Any) -> list[str]:
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_is_accessible_and_keeps_its_own_policy(
    page_as: Callable[..., Any], ruth: Any, live_world: SimpleNamespace, scheme: str, width: int
) -> None:
    page = page_as(ruth, color_scheme=scheme, viewport={"width": width, "height": 900})
    found = told(page)
    wrong = []
    for address in addresses(live_world):
        page.goto(address)
        page.wait_for_selector(".hole .boned", state="detached")
        wrong += [(address, row["id"]) for row in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append((address, "scrolls sideways"))

    assert wrong == []
    assert found == []


def test_an_account_is_reached_and_noted_by_keyboard_alone(
    page_as: Callable[..., Any], ada: Any, live_world: SimpleNamespace
) -> None:
    page = page_as(ada)
    page.goto("/accounts/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/accounts/{live_world.account.pk}/")
    page.keyboard.press("n")
    page.keyboard.type("The inspection is in October; jkx are letters here.")
    page.keyboard.press("Control+Enter")
    page.get_by_text("The note is on the timeline.").wait_for()

    assert Note.objects.get().text.endswith("letters here.")


def test_keys_that_were_switched_off_do_nothing(
    page_as: Callable[..., Any], ada: Any, live_world: SimpleNamespace
) -> None:
    ada.single_keys = False
    ada.save(update_fields=["single_keys"])
    page = page_as(ada)
    page.goto("/accounts/")
    page.keyboard.press("j")

    assert page.locator(".row.is-on").count() == 0


def test_anything_is_found_and_opened_from_anywhere(
    page_as: Callable[..., Any], ada: Any, live_world: SimpleNamespace
) -> None:
    page = page_as(ada)
    page.goto("/settings/")
    page.keyboard.press("Control+k")
    page.keyboard.type("joost")
    page.get_by_role("link", name="Joost Dekker").click()
    page.wait_for_url(f"**/people/{live_world.joost.pk}/")

    assert page.get_by_role("heading", name="Joost Dekker").is_visible()


def test_the_account_page_says_everything_without_javascript(
    page_as: Callable[..., Any], ada: Any, live_world: SimpleNamespace
) -> None:
    page = page_as(ada, java_script_enabled=False)
    page.goto(f"/accounts/{live_world.account.pk}/")
    page.get_by_role("link", name="The route of this account").click()
    page.get_by_text("Pause…").click()
    page.fill("input[name=why] >> visible=true", "the plant is shut")
    page.get_by_role("button", name="Pause everything here").click()

    assert Enrollment.objects.get().state == "paused"
