"""The merge language against anything: it is read in linear steps, refuses in words, and leaves no mark behind."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prospecting.rules import lean_html, text_warnings
from prospecting.rules import merge_language as ml

FIELDS = ("first_name", "company", "sites", "city")
PIECES = st.sampled_from(
    ["{{first_name}}", '{{company|fallback "your company"}}', "{% if sites %}", "{% end %}", "{{", "}}", "{%", "%}", "{", "}", "%", "|",
     '"', "\n", "{{ city }}", "{% snippet hello %}", "{{nobody}}", "text ", "{{first_name|fallback \"\"}}", "\x00", "\u202e", "é"]
)  # fmt: skip
SOURCES = st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join)
VALUES = st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=20) | PIECES | st.integers() | st.none())
SNIPPET = ml.parse("Dear {{first_name}}", fields=FIELDS, snippets=None)


@settings(max_examples=400, deadline=None)
@given(SOURCES, VALUES)
def test_any_text_is_refused_in_words_or_rendered_without_a_mark(source: str, values: dict[str, Any]) -> None:
    try:
        nodes = ml.parse(source, fields=FIELDS, snippets=["hello"])
    except ml.TemplateError as error:
        assert str(error).endswith(".")
        assert source.count("\n", 0, error.position) + 1 == error.line
        return
    try:
        text = ml.render(nodes, values, {"hello": SNIPPET})
        line = ml.render_line(nodes, values, {"hello": SNIPPET})
    except ml.Missing as missing:
        assert missing.fields and set(missing.fields) <= set(FIELDS)
        return
    assert not any(mark in text for mark in ("{{", "}}", "{%", "%}"))
    assert "\n" not in line and "\r" not in line


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="{}%", exclude_categories=["C", "Z"]), max_size=200))
def test_a_text_without_marks_is_itself(source: str) -> None:
    assert ml.render(ml.parse(source, fields=FIELDS), {}) == source


@settings(max_examples=200, deadline=None)
@given(SOURCES)
def test_every_field_that_would_stop_the_mail_is_known_before(source: str) -> None:
    try:
        nodes = ml.parse(source, fields=FIELDS)
    except ml.TemplateError:
        return
    needed = ml.fields_needed(nodes)
    assert needed <= ml.fields_used(nodes)
    ml.render(nodes, dict.fromkeys(needed, "x"))


class Counted(str):
    """A text that counts the characters it is asked to look through."""

    looked = 0

    def find(self, what: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        found = super().find(what, start, len(self) if end is None else end)
        Counted.looked += (found if found >= 0 else min(end or len(self), len(self))) - start
        return found

    def count(self, what: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        Counted.looked += (len(self) if end is None else end) - start
        return super().count(what, start, len(self) if end is None else end)

    def __getitem__(self, part: Any) -> str:
        found = super().__getitem__(part)
        Counted.looked += len(found)
        return found


def steps(work: Callable[[], Any]) -> int:
    """Lines executed and characters looked through; no clock is asked."""
    taken = 0
    Counted.looked = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal taken
        taken += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except (ml.TemplateError, ml.Missing, ml.TooLong):
        pass
    finally:
        sys.settrace(before)
    return taken + Counted.looked


GROWING = [
    "{{first_name}} ", "{% if sites %}x{% end %}", "plain words and \n", "{", "}", "% ", "{{", '{{a|fallback "', "{% if ", "{ {% ",
    '{{first_name|fallback "x"}}', "(((", "https://a.example/))) ", "\n{{first_name}}",
]  # fmt: skip


@pytest.mark.parametrize("piece", GROWING)
def test_twice_the_text_takes_at_most_about_twice_the_steps(piece: str) -> None:
    def taken(many: int) -> int:
        source = Counted((piece * many)[:19_000])

        def work() -> None:
            nodes = ml.parse(source, fields=FIELDS)
            ml.render(nodes, dict.fromkeys(FIELDS, "x"))

        return (
            steps(work) + steps(lambda: lean_html.to_html(source)) + steps(lambda: text_warnings.warnings("", source))
        )

    small, large = taken(40), taken(80)

    assert large <= 2.4 * small + 400
