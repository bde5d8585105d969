"""The API describes itself, on this server alone."""

from typing import Any

from django.core.management import call_command


def test_the_schema_is_valid_and_generated_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))

    assert "/api/v1/accounts/" in (tmp_path / "schema.yml").read_text()


def test_the_schema_and_its_page_are_for_members(ada: Any, as_: Any, client: Any, db: None) -> None:
    assert as_(ada).get("/api/v1/schema/").status_code == 200
    assert client.get("/api/v1/schema/").status_code == 401
    assert client.get("/api/v1/docs/").status_code == 302


def test_the_page_runs_its_requests_without_breaking_the_policy_of_the_browser(ada: Any, page_as: Any) -> None:
    page, said = page_as(ada), []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on(
        "request",
        lambda request: said.append(request.url) if not request.url.startswith(("http://127.0.0.1", "data:")) else None,
    )

    page.goto("/api/v1/docs/")
    page.wait_for_selector(".opblock-tag-section")

    assert said == []
