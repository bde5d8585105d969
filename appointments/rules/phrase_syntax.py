"""How a phrase of the word lists is written, and the expression it stands for.

A phrase is words and spaces; `…` stands for up to 50 characters inside one sentence, `*` for the rest of a
word, `(a|b)` for either, `(a|)` for perhaps. `~` in front makes it a hint, which alone decides nothing.
There is no other repetition, so no text can make the search slow.
"""

import re
from dataclasses import dataclass, replace

SPACE = r"[\s,]{1,4}"
GAP = r"\b[^.!?]{0,50}?\b"


@dataclass(frozen=True)
class Written:
    expression: str
    firsts: frozenset[str]  # words it may begin with
    optional: bool = False
    glued: bool = False  # follows without a space


def read_phrase(text: str) -> Written:
    written, rest = _sequence(text)
    if rest:
        raise ValueError(f"unbalanced phrase: {text}")
    return written


def _sequence(text: str) -> tuple[Written, str]:
    """Items up to the end, a bar or a closing bracket."""
    items: list[Written] = []
    glued = True
    while text and text[0] not in "|)":
        item, text = _item(text)
        items.append(replace(item, glued=glued and bool(items)))
        glued, text = not text.startswith(" "), text.removeprefix(" ")
    return _joined(items), text


def _joined(items: list[Written]) -> Written:
    """Items with space between them; what is optional brings its own space along."""
    expression, begun, firsts, gap = "", False, set[str](), False
    for item in items:
        if item.expression == GAP:
            expression, gap = expression + GAP, True
            continue
        firsts |= set() if begun else item.firsts
        before = SPACE if begun and not gap and not item.glued else ""
        if not item.optional:
            expression += before + item.expression
        elif before or item.glued:
            expression += f"(?:{before}{item.expression})?"
        else:
            expression += f"(?:{item.expression}{SPACE})?"
        begun, gap = begun or not item.optional, gap and item.optional
    return Written(expression, frozenset(firsts), optional=not begun)


def _item(text: str) -> tuple[Written, str]:
    if text.startswith("…"):
        return Written(GAP, frozenset()), text[1:]
    if text.startswith("("):
        return _group(text[1:])
    word = re.match(r"[^ |()…]+", text)
    if not word:
        raise ValueError(f"not a phrase: {text}")
    expression = re.escape(word.group()).replace(r"\*", r"\w{0,18}")
    first = re.search(r"\w+", word.group())
    return Written(expression, frozenset({first.group()} if first else ())), text[word.end() :]


def _group(text: str) -> tuple[Written, str]:
    choices, optional = [], False
    while True:
        choice, text = _sequence(text)
        optional = optional or not choice.expression
        choices += [choice] if choice.expression else []
        if not text:
            raise ValueError("a bracket is not closed")
        closing, text = text[0], text[1:]
        if closing == ")":
            break
    firsts = frozenset[str]().union(*(choice.firsts for choice in choices))
    return Written("(?:" + "|".join(choice.expression for choice in choices) + ")", firsts, optional), text
