"""What import-linter cannot see: keys, templates and addresses that would point upward, and rules of the house."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver

from crm.access import POLICIES

ROOT = Path(__file__).resolve().parent.parent
RELAY = ["crm", "prospecting", "appointments"]
FRAMEWORKS = ("django.", "allauth.", "unfold.", "drf_spectacular.", "djangoql.", "rest_framework.")


def uppers(app: str) -> list[str]:
    return RELAY[RELAY.index(app) + 1 :]


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders or RELAY:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def own_models() -> Iterator[Any]:
    return (model for app in RELAY for model in apps.get_app_config(app).get_models())


def test_string_keys_never_point_up() -> None:
    wrong = [
        str(field)
        for model in own_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model
        if field.related_model._meta.app_label in uppers(model._meta.app_label)
    ]

    assert wrong == []


def test_a_lower_app_cannot_read_upward_through_a_reverse_accessor() -> None:
    wrong = [
        f"{field} of {model._meta.label}"
        for model in own_models()
        for field in (*model._meta.fields, *model._meta.many_to_many)
        if field.is_relation and field.related_model
        if field.related_model._meta.app_label in RELAY
        if model._meta.app_label in uppers(field.related_model._meta.app_label)
        if not field.remote_field.hidden
    ]

    assert wrong == []


def test_templates_of_a_lower_app_include_no_upper_ones() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} uses {upper}/"
        for app in RELAY
        for path in sorted((ROOT / "templates" / app).rglob("*.html"))
        for upper in uppers(app)
        if re.search(rf"{{%\s*(include|extends)\s+[\"']{upper}/", path.read_text())
    ]

    assert wrong == []


def test_shared_templates_include_no_app() -> None:
    shared = [path for path in (ROOT / "templates").rglob("*.html") if path.parent.name in ("templates", "components")]
    pattern = rf"{{%\s*(include|extends)\s+[\"']({'|'.join(RELAY)})/"

    assert [str(path.relative_to(ROOT)) for path in shared if re.search(pattern, path.read_text())] == []


def test_every_model_change_has_its_migration(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def routes(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def declared(view: Any) -> Any:
    """A function's policy, or that of the class behind it."""
    behind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return getattr(view, "policy", None) or getattr(behind, "policy", None)


def test_every_route_declares_who_may_call_it() -> None:
    wrong = [
        route
        for route, view in routes(get_resolver().url_patterns)
        if not getattr(view, "__module__", "").startswith(FRAMEWORKS) and not route.startswith("admin/")
        if declared(view) not in POLICIES
    ]

    assert wrong == []


def assignments_of_state(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        statement = isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        if statement and any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets):
            yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_state_is_moved_and_never_assigned() -> None:
    wrong = [place for path in sources() if path.name != "workflow.py" for place in assignments_of_state(path)]

    assert wrong == []


ASKS_THE_TIME = re.compile(
    r"\btimezone\.(now\(|localtime\(\)|localdate\(\))|\b(datetime|dt\.datetime)\.(now|utcnow|today)\(|\bdate\.today\(|\btime\.time\("
)
# Logs are dated by the machine, and secrets by nothing else.
MAY_ASK = {"crm/clock.py", "crm/logs.py"}


def test_only_the_clock_asks_the_time() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if str(path.relative_to(ROOT)) not in MAY_ASK and ASKS_THE_TIME.search(path.read_text())
    ]

    assert wrong == []


def test_no_row_is_dated_behind_the_verbs_back() -> None:
    wrong = [
        str(field)
        for model in own_models()
        for field in model._meta.fields
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    ]

    assert wrong == []


def test_there_are_two_signals_and_no_others() -> None:
    listened = re.compile(
        r"(?<!field\.)\b(post_save|pre_save|post_delete|pre_delete|m2m_changed)\b|(\w+)\s*=\s*(?:\w+\.)?Signal\("
    )
    found = {
        (path.relative_to(ROOT).as_posix(), m.group(0))
        for path in sources()
        for m in listened.finditer(path.read_text())
    }

    assert {place for place, _ in found} == {"crm/signals.py", "prospecting/signals.py"}
    assert len(found) == 2


@pytest.mark.parametrize("app", RELAY)
def test_rules_load_without_django(app: str) -> None:
    """Plain Python by import, not only by contract."""
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources(f"{app}/rules")
        if re.search(r"^\s*(from|import) (django|celery|rest_framework|psycopg)\b", path.read_text(), re.MULTILINE)
    ]

    assert wrong == []


@pytest.mark.parametrize("app", RELAY)
def test_every_module_says_in_a_sentence_what_belongs_there(app: str) -> None:
    modules = [path for path in sources(app) if path.read_text().strip()]
    wrong = [str(path.relative_to(ROOT)) for path in modules if not ast.get_docstring(ast.parse(path.read_text()))]

    assert wrong == []


def test_every_scheduled_task_exists() -> None:
    from crm.celery import app  # noqa: PLC0415 - tasks are found when first asked for

    for name in RELAY:
        if (ROOT / name / "tasks.py").exists():
            importlib.import_module(f"{name}.tasks")

    assert [entry["task"] for entry in app.conf.beat_schedule.values() if entry["task"] not in app.tasks] == []
