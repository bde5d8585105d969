"""Import, duplicates, roles and titles in a real browser: every screen accessible, the queue of duplicates by keyboard alone."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from crm.models import Account, Contact, DuplicatePair, Merge, TitleRule
from crm.services import accounts, contacts, duplicates, imports, merging
from prospecting.services import role_templates
from tests.prospecting.world import small_world

pytestmark = [pytest.mark.chromium, pytest.mark.long]
FILE = "name;domain;employees;note\nMüller AG;mueller.example;ca. 50;x\nNord;;many;y\nSüd;;some;z\n;;;\n".encode(
    "cp1252"
)


def twins(ada: Any, count: int) -> list[DuplicatePair]:
    """Pairs of accounts that look like one, the surest first."""
    pairs = []
    for number in range(count):
        one, two = (
            accounts.create_account(name=f"Maas {number}{tail}", by=ada, city=city, domain=f"maas{number}.example")
            for tail, city in (("", "Utrecht"), (" BV", "Zeist"))
        )
        pairs.append((one.pk, two.pk, "likely", 0.99 - number / 100, ["same domain"]))
    duplicates.propose("accounts", pairs)
    return list(DuplicatePair.objects.order_by("-score"))


@pytest.fixture
def live(site: str, ada: Any, adm: Any) -> SimpleNamespace:
    world = small_world(ada)
    role_templates.set_template(world.segment, {"approver": 1, "problem-owner": 1}, by=adm)
    contacts.add_contact(world.account, by=ada, first_name="Wim", last_name="Wit", title="Wizard")
    contacts.add_contact(None, by=ada, first_name="Noa", last_name="Nobody", email="noa@maas-dekker.example")
    world.done = imports.start_import(kind="accounts", content=FILE, file_name="fair.csv", by=adm)
    imports.run_import(world.done.pk)
    world.waits = imports.keep("accounts", [FILE], "fair.csv", by=adm)
    world.pairs = twins(ada, 2)
    merging.merge(*(accounts.create_account(name=name, by=ada) for name in ("Kept", "Gone")), by=adm)
    return world


def addresses(world: SimpleNamespace) -> list[str]:
    one, two = Account.objects.filter(pk__in=[world.pairs[0].low_id, world.pairs[0].high_id])
    segment, rule = f"/segments/{world.segment.pk}/", TitleRule.objects.first()
    return [
        "/imports/", "/imports/new/", f"/imports/{world.done.pk}/", f"/imports/{world.waits.pk}/", "/duplicates/",
        f"/duplicates/?list={world.segment.target_list.pk}", "/duplicates/?kind=contacts", "/duplicates/merged/",
        f"/duplicates/{world.pairs[1].pk}/", f"/accounts/{one.pk}/merge/?q=maas", f"/accounts/{one.pk}/merge/?with={two.pk}",
        "/people/", "/people/without-account/", f"/people/{world.joost.pk}/", "/titles/?titles=VP+Operations%2C+EMEA", "/titles/new/?words=wizard",
        f"/titles/{rule.pk}/", f"{segment}roles/", f"{segment}roles/unknown/", "/roles/missing/", "/segments/",
    ]  # fmt: skip


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_every_screen_of_the_record_is_accessible_and_holds(
    page_as: Callable[..., Any], adm: Any, live: SimpleNamespace, scheme: str, width: int
) -> None:
    page = page_as(adm, color_scheme=scheme, viewport={"width": width, "height": 900})
    wrong: list[Any] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    for address in addresses(live):
        answer = page.goto(address)
        wrong += [] if answer.status == 200 else [(address, answer.status)]
        wrong += [(address, row["id"]) for row in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append((address, "scrolls sideways"))

    assert wrong == []


def test_the_queue_of_duplicates_is_worked_by_keyboard_alone(
    page_as: Callable[..., Any], site: str, ada: Any, ruth: Any
) -> None:
    pairs = twins(ada, 3)
    page = page_as(ruth)
    page.goto("/duplicates/?kind=accounts")
    press = page.keyboard.press

    press("2")
    press("m")
    page.get_by_text("is merged into Maas 0 BV").wait_for()
    press("z")
    page.get_by_text("is a record of its own again").wait_for()
    page.goto("/duplicates/?kind=accounts")
    press("s")
    page.get_by_role("rowheader", name="Name differs").wait_for()
    page.get_by_text("Maas 1 BV").first.wait_for()
    press("d")
    page.get_by_text("Kept apart.").wait_for()

    states = [DuplicatePair.objects.get(pk=pair.pk).state for pair in pairs]
    assert states == ["proposed", "different", "proposed"]
    assert Merge.objects.get().undone_by == ruth


def test_a_role_is_set_where_it_is_unknown(page_as: Callable[..., Any], adm: Any, live: SimpleNamespace) -> None:
    page = page_as(adm)
    page.goto(f"/segments/{live.segment.pk}/health/")
    page.get_by_role("link", name="1 of").click()
    page.get_by_label("Role of Wim Wit", exact=True).select_option("user")
    page.get_by_label("How do you know the role of Wim Wit").fill("He told us.")
    page.get_by_role("button", name="Set the role of Wim Wit").click()
    page.get_by_text("Every role is known").wait_for()

    assert Contact.objects.get(last_name="Wit").memberships.get().role.slug == "user"


def test_the_key_that_a_button_shows_answers_from_anywhere_on_the_page(
    page_as: Callable[..., Any], adm: Any, live: SimpleNamespace
) -> None:
    page = page_as(adm)
    page.goto(f"/imports/{live.waits.pk}/")

    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="fair.csv").wait_for()

    live.waits.refresh_from_db()
    assert live.waits.state != "mapping"
