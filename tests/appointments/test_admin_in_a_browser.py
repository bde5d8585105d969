"""The admin as a browser meets it: no script refused, no error on the console, nothing from another host."""

import os
from typing import Any

from tests.prospecting.world import enrolled, small_world

PAGES = {
    "index": "/admin/",
    "accounts": "/admin/crm/account/",
    "filtered": "/admin/crm/account/?unowned=false&q=Maas",
    "account": "/admin/crm/account/{account}/change/",
    "enrollment": "/admin/prospecting/enrollment/{enrollment}/change/",
    "version": "/admin/prospecting/segmentversion/",
    "matrix": "/admin/appointments/matrixrow/",
    "mailbox": "/admin/crm/mailbox/{mailbox}/change/",
}


def test_its_pages_run_without_an_error_on_the_console(ada: Any, adm: Any, page_as: Any) -> None:
    world = small_world(ada)
    rows = {"account": world.account.pk, "enrollment": enrolled(world).pk, "mailbox": world.mailbox.pk}
    page, said = page_as(adm, viewport={"width": 1440, "height": 900}), []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on(
        "request",
        lambda request: None if request.url.startswith(("http://127.0.0.1", "data:")) else said.append(request.url),
    )

    for name, path in PAGES.items():
        answer = page.goto(path.format(**rows), wait_until="load")
        assert answer.status == 200, path
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=f"{folder}/admin-{name}.png")

    assert said == []


def test_the_verbs_of_a_row_stand_on_its_page(ada: Any, ben: Any, adm: Any, page_as: Any) -> None:
    world = small_world(ada)
    page = page_as(adm, viewport={"width": 1440, "height": 900})
    page.goto(f"/admin/crm/account/{world.account.pk}/change/")

    page.get_by_role("button", name="Assign an owner").click()
    page.locator("select[name=owner]").select_option(label="Ben")
    page.get_by_role("button", name="Assign an owner").click()
    page.get_by_text("Assign an owner: 1 done.").wait_for()

    world.account.refresh_from_db()
    assert world.account.owner == ben


def test_an_action_asks_for_its_form_and_does_it(ada: Any, ben: Any, adm: Any, page_as: Any) -> None:
    world = small_world(ada)
    page = page_as(adm, viewport={"width": 1440, "height": 900})
    page.goto("/admin/crm/account/")

    page.locator("input.action-select").first.check()
    page.locator("select[name=action]").select_option(label="Assign an owner")
    page.locator("select[name=action]").locator("xpath=ancestor::form").locator("button[name=index]").click()
    page.locator("select[name=owner]").select_option(label="Ben")
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/admin-ask.png")
    page.get_by_role("button", name="Assign an owner").click()
    page.get_by_text("Assign an owner: 1 done.").wait_for()

    world.account.refresh_from_db()
    assert world.account.owner == ben
