"""A rule shown term by term."""

import pytest

from prospecting.rules.rule_text import by_term


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        ('industry = "Cold and dry" and sites > 2', ['industry = "Cold and dry"', "and sites > 2"]),
        ('(a = 1 or b = 2) and c in ("x", "or y")', ["(a = 1 or b = 2)", 'and c in ("x", "or y")']),
        ("a = 1\nand b = 2 or c = 3", ["a = 1", "and b = 2", "or c = 3"]),
        ("", []),
        ('name = "unclosed and', ['name = "unclosed and']),
    ],
)
def test_each_term_has_its_line_and_texts_stay_whole(rule, lines):
    assert by_term(rule) == lines


def test_a_rule_made_to_be_slow_is_read_at_once():
    assert len(by_term('"' * 4_000)) == 1
    assert by_term("(" * 4_000)
    assert by_term("\\" * 2_000 + '"' + "\\" * 2_000)
