"""Routes in a real browser: drawn while one types, by keyboard alone, on a phone, and the map moves when something happens."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from prospecting.queries import routes as asked
from prospecting.services import routes, stages, variants
from tests.prospecting.world import enrolled, small_world

pytestmark = pytest.mark.chromium
OWNER = {"name": "Owner", "roles": ["problem-owner"], "gate": {"start": {}}}
SIGNS = {"name": "Signs", "roles": ["approver"], "gate": {"silence": {"touches": 2, "working_days": 3}}}
BOSS = {"name": "Boss", "roles": ["executive"], "gate": {"silence": {"touches": 2, "working_days": 3, "stage": 1}}}


@pytest.fixture
def live(site: str, ada: Any, ruth: Any) -> SimpleNamespace:
    world = small_world(ada)
    variants.add_variant(world.segment, name="Big", condition="sites > 9", route_version=world.route, by=ruth)
    routes.draft(world.route.route, [OWNER, SIGNS, BOSS], by=ruth)
    world.walk = enrolled(world)
    return world


def addresses(world: SimpleNamespace) -> list[str]:
    route, segment = f"/routes/{world.route.route_id}/", f"/segments/{world.segment.pk}/routes/"
    tails = ["", "draft/", "words/", "learning/", "learning/accounts/?stage=Owner"]
    here = [segment, f"{segment}?account={world.account.pk}", f"{segment}new/", f"/accounts/{world.account.pk}/route/"]
    return ["/routes/", *(route + tail for tail in tails), *here]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_of_a_route_is_accessible_and_holds_on_a_phone(
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


def test_it_is_drawn_and_checked_as_one_types_and_put_to_use(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth, viewport={"width": 1440, "height": 900})
    page.goto(f"/routes/{live.route.route_id}/draft/")
    page.locator("#id_form-1-name").fill("Signs it all")
    page.locator("#route-drawn svg:visible", has_text="Signs it all").wait_for()
    page.locator("#id_form-1-min_people").fill("5")
    page.locator("#says-2", has_text="It needs 5 people").wait_for()
    page.locator("#says-0", has_text="cannot be used like this").wait_for()
    page.locator("#id_form-1-min_people").fill("1")
    page.locator("#says-2 .late").wait_for(state="detached")
    page.locator("#up-2").press("Enter")
    page.locator("#stage-1 h2", has_text="Signs it all").wait_for()
    page.locator("#down-1").press("Enter")
    page.locator("#stage-2 h2", has_text="Signs it all").wait_for()
    page.keyboard.press("Control+s")
    page.get_by_role("heading", name="What it would change").wait_for()
    page.get_by_label("Why").fill("Who signs is asked by name.")
    page.get_by_role("button", name="Use as route 2").click()
    page.get_by_text("route 2, in use since").wait_for()

    stops = asked.stops_of(routes.current_version(live.route.route))
    assert [(stop.name, stop.gate) for stop in stops] == [
        ("Owner", OWNER["gate"]), ("Signs it all", SIGNS["gate"]), ("Boss", BOSS["gate"]),
    ]  # fmt: skip


def test_without_javascript_stages_are_added_moved_and_kept(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth, java_script_enabled=False)
    page.goto(f"/routes/{live.route.route_id}/draft/")
    page.locator("#up-2").click()
    page.locator("#remove-3").click()
    page.locator("#id_form-0-opens_on_0").check()
    page.locator("#id_form-0-opens_on_1").uncheck()
    page.get_by_role("button", name="Keep the draft", exact=False).last.click()

    assert [stop.name for stop in asked.stops_of(routes.draft_of(live.route.route))] == ["Signs", "Owner"]


def test_the_route_map_of_an_account_moves_when_a_stage_opens(
    page_as: Callable[..., Any], ada: Any, live: SimpleNamespace
) -> None:
    page = page_as(ada)
    page.goto(f"/accounts/{live.account.pk}/")
    page.locator(".stage.shut h3", has_text="Approver").wait_for()
    page.get_by_text("So far: 0 of 2 touches made without an answer").wait_for()
    stages.open_stage(live.walk.visits.get(stage__order=2), "they asked for him", by=ada)
    page.locator(".stage.open h3", has_text="Approver").wait_for()


def test_a_stage_is_added_by_its_key_and_right_after_typing_and_its_name_waits(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth)
    page.goto(f"/routes/{live.route.route_id}/draft/")
    page.keyboard.press("n")
    page.locator("#id_form-3-name:focus").wait_for()
    page.keyboard.type("Pays")
    page.get_by_role("button", name="Add a stage").click()
    page.locator("#id_form-4-name:focus").wait_for()

    assert page.locator("#id_form-3-name").input_value() == "Pays"


def test_the_solid_button_is_pressed_from_anywhere_on_the_page(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace
) -> None:
    page = page_as(ruth)
    page.goto(f"/routes/{live.route.route_id}/")
    page.keyboard.press("Control+Enter")

    assert page.evaluate("document.activeElement.name") == "reason"
