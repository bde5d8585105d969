"""The places where the sending, the ingesting, the booking and the reminding path may be killed, read from the source; and ends of transactions without one."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SENDING = [
    "crm/gateways/smtp.py",
    *(f"prospecting/services/{name}.py" for name in (
        "sending", "claims", "batches", "takeoff", "settling", "departure", "delivery", "reaping", "evidence", "refusals",
    )),
]  # fmt: skip
INGESTING = ["crm/services/intake.py"]
REACTING = ["appointments/services/matrix.py"]
TOLD = ["crm/services/provider_posts.py"]
BOOKING = [f"appointments/services/{name}.py" for name in ("booking", "taking", "offers", "further_guests")]
OUTCOMES = [f"appointments/services/{name}.py" for name in ("outcomes", "recovering")]
LEDGER = ["appointments/services/credits.py"]
REMINDING = [f"appointments/services/{name}.py" for name in ("reminding", "reminder_plans", "wall_times")]


def of(paths: list[str]) -> list[str]:
    """Names of all places: two for each named transaction, one for each other place."""
    return sorted({name for path in paths for name in _named(ast.parse((ROOT / path).read_text()))})


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is(node.func, "failpoints", "commit", "reach"):
            name = str(ast.literal_eval(node.args[0]))
            commits = isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
            yield from (f"{name}: before the commit", f"{name}: after the commit") if commits else (name,)


def _is(node: ast.AST, module: str, *names: str) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) == module and node.attr in names


def without_a_place(paths: list[str]) -> list[str]:
    """Transactions of these files that nobody can be killed at."""
    return [
        f"{path}:{node.lineno}"
        for path in paths
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("atomic", "durable_atomic", "commit")
        if not _is(node, "failpoints", "commit")
    ]
