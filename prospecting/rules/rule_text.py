"""A rule as people read it: one term a line, so that a change shows as the line it touched."""

import re

_PIECES = re.compile(
    r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|\(|\)|\s+(?:and|or)\b(?=[\s(])|[^\"'()\s]+|\s+|.", re.S
)


def by_term(rule: str) -> list[str]:
    """The rule with a line begun before each and/or outside brackets and texts; its own lines stay."""
    depth, text = 0, ""
    for piece in _PIECES.findall(rule.replace("\r\n", "\n").strip()):
        depth += (piece == "(") - (piece == ")")
        joins = depth == 0 and piece.strip() in ("and", "or") and piece[:1].isspace()
        text += f"\n{piece.strip()}" if joins else piece
    return [line for line in text.splitlines() if line.strip()]
