"""Values in a rule that nothing on file has, each with the one that may be meant: said while someone types, never refused."""

from difflib import get_close_matches
from typing import Any

from django.db import OperationalError
from djangoql.ast import List

from prospecting.queries import bounded
from prospecting.queries.rule_fields import EQUALITY, Term
from prospecting.queries.rule_language import parsed
from prospecting.queries.rule_parser import leaves

NEAR = 0.7
MOMENT = 300  # milliseconds


def hints(rule: str) -> list[str]:
    """One sentence for each; none where looking takes too long. Raises Refused for a rule that cannot be read."""
    if not rule.strip():
        return []
    tree, schema = parsed(rule)
    asked = [leaf for leaf in leaves(tree) if leaf.operator.operator in EQUALITY]
    try:
        with bounded.within(MOMENT):
            found = [hint(schema.resolve_name(leaf.left), one) for leaf in asked for one in values(leaf)]
    except OperationalError:
        return []
    return list(dict.fromkeys(filter(None, found)))


def values(leaf: Any) -> list[str]:
    nodes = leaf.right.items if isinstance(leaf.right, List) else [leaf.right]
    return [node.value for node in nodes if isinstance(node.value, str)]


def hint(field: Term, value: str) -> str:
    known = field.spellings()
    if not known or value in known.values() or field.takes(value):
        return ""
    near = get_close_matches(value.lower(), known, 1, NEAR)
    if not near:
        return ""
    return f"Nothing is called “{value[:80]}” in {field.name}. Did you mean “{known[near[0]]}”?"
