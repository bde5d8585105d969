"""In a real browser: approving by keyboard, enrolling a filtered view, and pages that everyone can use."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from crm.models import Account
from prospecting.models import Draft, Enrollment, Touch
from prospecting.services import approving, enrolling, intakes, policies, segments, sequences
from tests.prospecting.test_browser import told
from tests.prospecting.world import account_named, enrolled, person_at, small_world

pytestmark = [pytest.mark.chromium, pytest.mark.long]


@pytest.fixture
def stores(site: str, ada: Any) -> SimpleNamespace:
    """Ada's world with a sequence that asks first."""
    world = small_world(ada)
    approving.ask_first(world.sequence.sequence, True, by=ada)
    world.sequence.refresh_from_db()
    return world


def with_stores(world: SimpleNamespace, n: int) -> None:
    for number in range(n):
        account = account_named(f"Store {number:03}", owner=world.ada)
        if number % 10:
            person_at(account, f"Pia P{number}", "problem-owner")
    segments.refresh_list(world.segment)


def test_two_hundred_accounts_of_a_filtered_view_are_enrolled(
    page_as: Callable[..., Any], ada: Any, stores: SimpleNamespace
) -> None:
    with_stores(stores, 200)
    page = page_as(ada)
    page.goto("/accounts/?q=Store")
    page.get_by_role("link", name="Enroll all 200").click()
    page.get_by_role("button", name="See what would happen").click()
    page.get_by_text("180 start, 0 wait, 20 cannot be enrolled.").wait_for()
    assert page.get_by_role("link", name="Store 000").is_visible()
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="180 accounts enrolled").wait_for()
    page.get_by_role("link", name="Look at the mails").click()
    page.get_by_text("180 mails wait").wait_for()

    assert Enrollment.objects.count() == 180


def test_drafts_are_edited_picked_and_released_by_keyboard_alone(
    page_as: Callable[..., Any], ada: Any, stores: SimpleNamespace
) -> None:
    with_stores(stores, 12)
    road = {"segment": stores.segment, "sequence_version": stores.sequence, "prospector": ada, "by": ada}
    from prospecting import access  # noqa: PLC0415 - after the site has set up

    enrolling.run(enrolling.order(query="q=Store", wanted=12, **road), access.accounts_ordered)
    page = page_as(ada)
    page.goto("/approvals/")
    page.get_by_text("10 mails wait").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_url("**/approvals/*/")
    page.fill("textarea[name=body]", "Only one question: who signs?")
    page.locator("textarea[name=body]").focus()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Released:").first.wait_for()
    for _ in range(3):
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.get_by_text("3 picked").wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Released: 3 mails").wait_for()
    page.get_by_text("6 mails wait").wait_for()
    page.keyboard.press("z")
    page.get_by_text("3 mails wait again").wait_for()
    page.keyboard.press("a")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Nothing waits for you").wait_for()

    assert Touch.objects.filter(released=True, channel="email").count() == 10
    assert Draft.objects.get().body == "Only one question: who signs?"


def with_a_call(world: SimpleNamespace) -> Touch:
    account = account_named("Call Store", owner=world.ada)
    person_at(account, "Cora Call", "problem-owner")
    segments.refresh_list(world.segment)
    steps = [
        {"role": "problem-owner", "channel": "call", "task": "Ask who signs off the logbook"},
        {"role": "approver", "template": world.hello},
    ]
    version = sequences.draft(sequences.create_sequence("Call first", by=world.ada), steps, by=world.ada)
    sequences.publish(version, by=world.ada)
    return enrolled(SimpleNamespace(**{**vars(world), "sequence": version}), account).touches.get()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_every_new_page_is_accessible_and_fits(
    page_as: Callable[..., Any], ada: Any, adm: Any, stores: SimpleNamespace, scheme: str, width: int
) -> None:
    enrolled(stores)
    call = with_a_call(stores)
    intake = intakes.create(
        by=ada, name="Five a day", segment=stores.segment, sequence=stores.sequence.sequence, per_day=5,
        weekdays=[0, 1, 2, 3, 4], owners="owner",
    )  # fmt: skip
    policies.draft(by=adm, people_at_once=1)
    order = enrolling.order(
        query="q=Store", wanted=1, segment=stores.segment, sequence_version=stores.sequence, prospector=ada, by=adm
    )
    touch = Touch.objects.get(released=False)
    account = stores.account.pk
    road = f"view=q%3DStore&segment={stores.segment.pk}&sequence_version={stores.sequence.pk}&prospector={ada.pk}"
    addresses = [
        "/approvals/", f"/approvals/{touch.pk}/", f"/enroll/?{road}", f"/enroll/orders/{order.pk}/", "/intakes/",
        "/intakes/new/", f"/intakes/{intake.pk}/", "/politeness/", "/guard/overrides/", f"/tasks/{call.pk}/",
        f"/accounts/{account}/write/", f"/accounts/{account}/call/", f"/accounts/{account}/", f"/people/{stores.joost.pk}/",
        "/accounts/", "/sending/?tab=tasks", "/today/",
    ]  # fmt: skip
    page = page_as(adm, color_scheme=scheme, viewport={"width": width, "height": 900})
    found = told(page)
    wrong = []
    for address in addresses:
        page.goto(address)
        page.wait_for_selector(".hole .boned", state="detached")
        wrong += [(address, row["id"]) for row in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append((address, "scrolls sideways"))

    assert wrong == []
    assert found == []


def test_a_task_is_logged_by_its_number_and_taken_back(
    page_as: Callable[..., Any], ada: Any, stores: SimpleNamespace
) -> None:
    call = with_a_call(stores)
    page = page_as(ada)
    page.goto(f"/tasks/{call.pk}/")
    page.keyboard.press("3")
    page.get_by_text("Cora Call: left a voicemail.").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("z")
    page.get_by_text("Taken back").wait_for()
    page.wait_for_url(f"**/tasks/{call.pk}/")

    assert page.get_by_role("button", name="Left a voicemail").is_visible()


def test_leaving_out_by_keyboard_releases_nothing_and_loses_nothing(
    page_as: Callable[..., Any], ada: Any, stores: SimpleNamespace
) -> None:
    with_stores(stores, 4)
    for account in ("Store 001", "Store 002", "Store 003"):
        enrolled(stores, Account.objects.get(name=account))
    page = page_as(ada)
    page.goto("/approvals/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("s")
    page.locator("#skip-why:focus").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="This step").press("Enter")
    page.get_by_text("1 picked").wait_for()
    page.keyboard.type("She called us")
    page.get_by_role("button", name="This step").press("Enter")
    page.get_by_text("1 step left out").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("s")
    page.wait_for_url("**/approvals/*/#why")
    page.locator("#why:focus").wait_for()

    assert not Touch.objects.filter(released=True).exists()


def test_after_an_edit_the_next_mail_is_in_focus(
    page_as: Callable[..., Any], ada: Any, stores: SimpleNamespace
) -> None:
    with_stores(stores, 4)
    for account in ("Store 001", "Store 002", "Store 003"):
        enrolled(stores, Account.objects.get(name=account))
    _, second, third = Touch.objects.order_by("due_on", "pk").values_list("pk", flat=True)
    page = page_as(ada)
    page.goto(f"/approvals/{second}/")
    page.locator("textarea[name=body]").focus()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Released:").first.wait_for()

    page.wait_for_function("id => document.activeElement.id === id", arg=f"hit-{third}")
