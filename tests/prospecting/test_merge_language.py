"""The closed merge language."""

import pytest

from prospecting.rules import lean_html
from prospecting.rules import merge_language as ml

FIELDS = {"first_name", "company", "sites"}


def fill(source, **values):
    return ml.render(ml.parse(source, fields=FIELDS), values)


def test_a_field_is_filled_in():
    assert fill("Hi {{first_name}},", first_name="Joost") == "Hi Joost,"


def test_a_fallback_stands_in_for_an_empty_field():
    assert fill('Hi {{ first_name|fallback "there" }},', first_name=" ") == "Hi there,"


def test_an_empty_field_without_fallback_never_leaves():
    with pytest.raises(ml.Missing) as error:
        fill("{{first_name}} at {{company}}")
    assert error.value.fields == ("first_name", "company")


def test_a_conditional_shows_its_text_only_when_the_field_is_known():
    text = "A{% if sites %} with {{sites}} sites{% end %}."
    assert (fill(text, sites=4), fill(text)) == ("A with 4 sites.", "A.")


@pytest.mark.parametrize(
    ("source", "line", "word"),
    [
        ("Hi\n{{nobody}}", 2, "nobody"),
        ("{{first_name", 1, "not closed"),
        ("a }} b", 1, "closes nothing"),
        ("{% for x %}", 1, "for x"),
        ("x\ny\n{% if sites %}z", 3, "no {% end %}"),
        ("{% end %}", 1, "without"),
        ("{% if sites %}{% if company %}{% end %}{% end %}", 1, "inside another"),
        ("{{first_name.__class__}}", 1, "not a field"),
        ("{{first_name|upper}}", 1, "not a field"),
        ("{{ 7*7 }}", 1, "not a field"),
    ],
)
def test_a_bad_template_says_where_and_what(source, line, word):
    with pytest.raises(ml.TemplateError) as error:
        ml.parse(source, fields=FIELDS)
    assert error.value.line == line
    assert word in str(error.value)


@pytest.mark.parametrize("value", ["{0.__class__}", "%(company)s", "${company}", "<%= 1 %>"])
def test_a_value_is_never_evaluated(value):
    assert fill("{{first_name}}", first_name=value) == value


@pytest.mark.parametrize("breaker", ["\r\n", "\n", "\r", "\x85", "\u2028", "\u2029", "\v", "\f"])
def test_no_value_can_add_a_line_to_a_header(breaker):
    line = ml.render_line(ml.parse("Hello {{company}}", fields=FIELDS), {"company": f"Acme{breaker}Bcc: x@y.example"})
    assert line == "Hello Acme Bcc: x@y.example"


def test_a_hostile_template_is_read_in_linear_time():
    for source in ("{{" * 10_000, "{% if " * 3_000, "{" * 20_000, '{{a|fallback "' * 1_400):
        with pytest.raises(ml.TemplateError):
            ml.parse(source + "}}", fields=FIELDS)


def test_plain_text_becomes_lean_html():
    html = lean_html.to_html("Hi <Joost>,\nsee https://baton.example/a?b=1&c=2.\n\nAda")
    assert html == (
        '<p>Hi &lt;Joost&gt;,<br>see <a href="https://baton.example/a?b=1&amp;c=2">'
        "https://baton.example/a?b=1&amp;c=2</a>.</p>\n<p>Ada</p>"
    )
