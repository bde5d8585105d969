"""The lines of an answer that name times: where other times are offered, those stand where the others stood."""

from collections.abc import Sequence


def exchange(text: str, before: Sequence[str], after: Sequence[str]) -> str:
    """`text` with the lines `before` gone and `after` where the first of them stood; as it is where none stands."""
    lines = text.split("\n")
    at = next((place for place, line in enumerate(lines) if line in before), None)
    if at is None:
        return text
    rest = [line for line in lines[at:] if line not in before]
    return "\n".join([*lines[:at], *after, *rest])
