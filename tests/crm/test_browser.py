"""What holds in a real browser on every page: nothing inline, nothing from elsewhere, sign-in works."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import PASSWORD

pytestmark = pytest.mark.chromium


def complaints(page: Any) -> list[str]:
    """What the browser refuses, and what a page asks of other hosts."""
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("request", lambda asked: None if "//127.0.0.1" in asked.url else found.append(asked.url))
    return found


def test_someone_signs_in_by_address_and_password(page_as: Callable[..., Any], ada: Any) -> None:
    page = page_as()
    found = complaints(page)
    page.goto("/accounts/sign-in/login/")
    page.fill("[name=login]", ada.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")

    assert "/login" not in page.url
    assert found == []


def test_nobody_signs_up_by_themselves(page_as: Callable[..., Any]) -> None:
    page = page_as()
    page.goto("/accounts/sign-in/signup/")

    assert page.locator("[name=password1]").count() == 0


def test_a_forged_host_is_refused(client: Any, db: None) -> None:
    assert client.get("/accounts/sign-in/login/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "address", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "\\\\evil.example"]
)
def test_a_foreign_next_is_not_followed(client: Any, ada: Any, address: str) -> None:
    form = {"login": ada.email, "password": PASSWORD, "next": address}
    answer = client.post("/accounts/sign-in/login/", form)

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/admin/", "/admin/crm/user/"])
def test_the_admin_runs_under_its_own_policy(page_as: Callable[..., Any], adm: Any, path: str) -> None:
    page = page_as(adm)
    found = complaints(page)
    answer = page.goto(path)
    page.wait_for_load_state("networkidle")

    assert answer.status == 200
    assert found == []
