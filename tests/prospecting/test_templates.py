"""Texts: languages, snippets, what stops a mail, what a filter would say, and strings that want to break something."""

import email
import random
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import Error, transaction

from crm.errors import Refused
from crm.models import Contact
from prospecting.models import Snippet, SnippetVersion, Step, Template, TemplateVersion, Touch
from prospecting.queries import sequences as asked
from prospecting.rules import compose, languages, lean_html, merge_fields, text_warnings
from prospecting.services import letters, previews, sequences, templates
from tests.hostile import corpora
from tests.prospecting.test_compose import PLAIN
from tests.prospecting.test_sequences import OWNER
from tests.prospecting.world import enrolled
from tests.test_architecture import ROOT


def saved(world: SimpleNamespace, body: str, subject: str = "Four sites", **more: Any) -> TemplateVersion:
    return sequences.save_template("A text", subject=subject, body=body, by=world.ada, **more)


def to_joost(world: SimpleNamespace, version: TemplateVersion) -> tuple[str, str]:
    return sequences.render(version, contact=world.joost, account=world.account, sender=world.ada)


# Fields ------------------------------------------------------------------------------------------------------------


def test_an_unknown_field_is_refused_at_its_place_with_the_one_that_was_meant(world: SimpleNamespace) -> None:
    with pytest.raises(Refused, match="Did you mean “first_name”") as error:
        saved(world, "Hello,\n  {{ frist_name }}")

    assert error.value.details == {"part": "body", "language": "en", "line": 2, "column": 6, "position": 12}
    assert not Template.objects.filter(name="A text").exists()


def test_an_empty_field_stops_the_mail_and_the_touch_says_what_to_fill_in(world: SimpleNamespace) -> None:
    version = saved(world, "You are {{title}} in {{city}}.")
    with pytest.raises(Refused) as error:
        to_joost(world, version)

    assert error.value.sentence == (
        "For Joost Dekker this is not known: title, city. "
        "Fill it in on the person's page and the account's page, or give the text a fallback."
    )


@pytest.mark.parametrize(("sites", "said"), [(4, "All 4 sites."), (1, "One place."), (None, "One place.")])
def test_what_is_said_of_several_sites_is_not_said_of_one(world: SimpleNamespace, sites: int | None, said: str) -> None:
    version = saved(world, '{% if sites %}All {{sites}} sites.{% end %}{{sites|fallback "One place."}}')
    world.account.sites = sites

    assert to_joost(world, version)[1].removesuffix("4") == said


def test_a_name_that_is_another_tools_unfilled_field_is_no_name(world: SimpleNamespace) -> None:
    Contact.objects.filter(pk=world.joost.pk).update(first_name="{{first_name}}")
    world.joost.refresh_from_db()
    with pytest.raises(Refused, match="first name"):
        to_joost(world, saved(world, "Hello {{first_name}}"))

    assert to_joost(world, saved(world, 'Hello {{first_name|fallback "there"}}'))[1] == "Hello there"


def test_a_saved_text_never_changes(world: SimpleNamespace) -> None:
    version = saved(world, "Hello {{first_name}}", variants={"nl": {"subject": "Vier", "body": "Dag"}})
    for change in ({"body": "Bye"}, {"variants": {}}):
        with pytest.raises(Error), transaction.atomic():
            TemplateVersion.objects.filter(pk=version.pk).update(**change)


@pytest.mark.parametrize(
    ("subject", "body", "word"),
    [
        ("S" * 201, "x", "200 is the most"),
        ("one\ntwo", "x", "one line"),
        ("S", "x" * 20_001, "20,000 is the most"),
        ("S", "{{first_name}}" * 201, "at most 200 fields"),
        ("S", " \n ", "body is empty"),
        ("S", "nul\x00", "invisible character (U+0000)"),
        ("S", "\u202egnp.exe", "invisible character (U+202E)"),
        ("\u2066S", "x", "invisible character (U+2066)"),
    ],
)
def test_a_text_cannot_grow_without_bound_nor_hide_anything(
    world: SimpleNamespace, subject: str, body: str, word: str
) -> None:
    with pytest.raises(Refused) as error:
        saved(world, body, subject)

    assert word in error.value.sentence
    assert not Template.objects.filter(name="A text").exists()


def test_every_field_stands_in_the_documentation() -> None:
    told = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")

    assert [row.name for row in merge_fields.ALL if f"| `{row.name}` | {row.about.rstrip('.')}" not in told] == []


# Languages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "country", "ours", "language", "missing"),
    [
        ("nl", "GB", "GB", "nl", ""),
        ("", "NL", "GB", "nl", ""),
        ("", "BE", "NL", "nl", ""),
        ("", "", "", "en", ""),
        ("fr", "NL", "GB", "en", "fr"),
        ("no", "", "", "en", "nb"),
    ],
)
def test_the_persons_language_goes_before_their_countrys_and_ours(
    own: str, country: str, ours: str, language: str, missing: str
) -> None:
    found = languages.choose(own=own, country=country, ours=ours, has={"en", "nl"}, default="en")

    assert (found.language, found.missing) == (language, missing)


def test_a_person_gets_the_text_in_their_language_or_the_texts_own(world: SimpleNamespace) -> None:
    version = saved(world, "Hello {{first_name}}", variants={"nl": {"subject": "Vier", "body": "Dag {{first_name}}"}})
    for code, words in (("nl", ("Vier", "Dag Joost")), ("fr", ("Four sites", "Hello Joost"))):
        world.joost.language = code
        assert to_joost(world, version) == words


def test_a_missing_language_says_so_before_it_is_sent(world: SimpleNamespace) -> None:
    world.joost.language = "fr"
    version = saved(world, "Hello {{first_name}}")
    look = previews.look(
        version.subject, version.body, language="en", contact=world.joost, account=world.account, sender=world.ada,
        template=version.template,
    )  # fmt: skip

    assert look.language and "the text is not in French: the English one goes" in look.language.why


def test_a_mistake_in_one_language_keeps_all_of_them_as_they_were(world: SimpleNamespace) -> None:
    version = saved(world, "Hello", variants={"nl": {"subject": "Vier", "body": "Dag"}})
    with pytest.raises(Refused, match="in Dutch cannot be used"):
        saved(world, "Hello again", variants={"nl": {"subject": "Vier", "body": "{{nobody}}"}})

    assert version.template.versions.get() == version


# Snippets ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def snippet(world: SimpleNamespace) -> SnippetVersion:
    return sequences.save_snippet(
        "who-we-are", body="We are {{our_name}}.", by=world.ada, variants={"nl": "Wij zijn {{our_name}}."}
    )


def test_a_snippet_stands_in_the_language_of_its_text(world: SimpleNamespace, snippet: SnippetVersion) -> None:
    version = saved(
        world, "{% snippet who-we-are %}", variants={"nl": {"subject": "Vier", "body": "{% snippet who-we-are %}"}}
    )
    assert to_joost(world, version)[1] == "We are Baton Works."
    world.joost.language = "nl"
    assert to_joost(world, version)[1] == "Wij zijn Baton Works."


@pytest.mark.parametrize("body", ["{% snippet who-we-are %}", "{% snippet other %}"])
def test_no_snippet_stands_in_a_snippet_nor_in_itself(world: SimpleNamespace, snippet: Any, body: str) -> None:
    with pytest.raises(Refused, match="a snippet cannot stand inside a snippet"):
        sequences.save_snippet("who-we-are", body=body, by=world.ada)

    assert Snippet.objects.get().versions.count() == 1


def test_a_wrong_snippet_is_refused_with_the_one_that_was_meant(world: SimpleNamespace, snippet: Any) -> None:
    with pytest.raises(Refused, match="Did you mean “who-we-are”"):
        saved(world, "{% snippet who_are_we %}")


def test_sequences_in_use_keep_the_snippet_they_were_published_with(
    world: SimpleNamespace, snippet: SnippetVersion
) -> None:
    version = saved(world, "Hello.\n\n{% snippet who-we-are %}")
    steps = [{"role": role, "template": version} for role in (OWNER, "approver")]
    in_use = sequences.publish(sequences.draft(world.sequence.sequence, steps, by=world.ada), by=world.ada)
    sequences.save_snippet("who-we-are", body="We were {{our_name}}.", by=world.ada, reason="Modesty.")
    pinned = sequences.render(version, contact=world.joost, account=world.account, sender=world.ada, sequence=in_use)[1]

    assert pinned == "Hello.\n\nWe are Baton Works."
    assert to_joost(world, version)[1] == "Hello.\n\nWe were Baton Works."
    assert [use.number for use in asked.uses_of_snippet(snippet.snippet)] == [1]
    assert [row.number for row in asked.snippets_behind(in_use)] == [1]
    assert asked.templates_naming(snippet.snippet) == [version]


def test_a_snippet_has_its_limits(world: SimpleNamespace, snippet: Any) -> None:
    with pytest.raises(Refused, match="at most 5,000"):
        sequences.save_snippet("long", body="x" * 5_001, by=world.ada)
    for name in ("two.words", "-x", "x" * 41, "", "é", "a{b"):
        with pytest.raises(Refused, match="small letters"):
            sequences.save_snippet(name, body="x", by=world.ada)
    sequences.save_snippet("long", body="x" * 4_900, by=world.ada)
    with pytest.raises(Refused, match="With its snippets"):
        saved(world, "{% snippet long %}" + "y" * 15_200)

    assert set(Snippet.objects.values_list("name", flat=True)) == {"who-we-are", "long"}


# Mail --------------------------------------------------------------------------------------------------------------


def test_a_mail_without_a_thread_to_go_on_in_takes_the_subject_its_sequence_begins_with(world: SimpleNamespace) -> None:
    enrolled(world)
    again = Step.objects.get(version=world.sequence, role__slug=OWNER, order=2)
    Touch.objects.update(step=again)
    letter = letters.touch_letter(Touch.objects.select_related("step__template__template").get(), world.mailbox)

    assert letter.subject == "Four sites, one logbook"
    assert letter.text.startswith("Still you, Joost?")


def test_a_mail_without_any_subject_never_leaves(world: SimpleNamespace) -> None:
    enrolled(world)
    nameless = sequences.save_template("Nameless", subject="", body="Hello", by=world.ada)
    version = sequences.draft(world.sequence.sequence, [{"role": OWNER, "template": nameless}], by=world.ada)
    Touch.objects.update(step=version.steps.get())
    with pytest.raises(Refused, match="no subject"):
        letters.touch_letter(Touch.objects.select_related("step__template__template").get(), world.mailbox)


def test_links_are_clickable_and_nothing_is_fetched() -> None:
    found = lean_html.to_html(
        "See https://a.example/x_(y) (https://b.example), or <img src=x>.\n\nשלום https://c.example"
    )

    assert '<a href="https://a.example/x_(y)">' in found
    assert '<a href="https://b.example">https://b.example</a>)' in found
    assert '<p dir="auto">' in found
    assert Tags(found).names <= {"p", "a", "br"}


@pytest.mark.parametrize(
    ("subject", "body", "kind"),
    [
        ("S", "word " * 200, "length"),
        ("S", "https://a.example https://b.example", "links"),
        ("S", "https://bit.ly/x", "links"),
        ("S", "http://a.example", "links"),
        ("S", "www.bank.example (https://evil.example/x)", "target"),
        ("S", "https://bank.example@evil.example", "target"),
        ("S", "[click](https://a.example)", "target"),
        ("S" * 61, "x", "subject"),
        ("Re: our call", "x", "subject"),
        ("S", "Get your OFFER", "capitals"),
        ("S", "Jetzt kostenlos", "words"),
    ],
)
def test_a_text_is_warned_about_and_can_be_saved(subject: str, body: str, kind: str) -> None:
    assert kind in {one.kind for one in text_warnings.warnings(subject, body, language="de")}


def test_a_plain_short_text_is_not_warned_about() -> None:
    body = "Hello Joost,\n\nwho keeps the leak log at www.baton.example (https://baton.example/log)?\n\nAda, HVAC"
    assert text_warnings.warnings("Four sites, one logbook", body) == []


# Strings that want to break something -----------------------------------------------------------------------------


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.names.add(tag)
        self.addresses += [value or "" for name, value in attrs if name != "dir"]


def made(many: int) -> list[str]:
    """Template code, headers, markup and characters nobody sees, put together by a seeded hand."""
    parts = [
        "{{", "}}", "{%", "%}", "{# x #}", "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{first_name}}", "{{ self }}",
        "{{first_name.__class__}}", "{{first_name|safe}}", '{{first_name|fallback "{{company}}"}}', "{% if sites %}",
        "{% end %}", "{% include 'x' %}", "{% load x %}", "{% snippet x %}", "{% for a in b %}", "%(x)s", "{0}", "{x!r}",
        "\r\nBcc: all@victim.example", "\nContent-Type: text/html\n\n", "\x00", "\x1b[31m", "\u202e", "\u2066", "\ud800",
        "\ufeff", "\u2028", "<script>hit()</script>", "<img src=x onerror=hit()>", "javascript:hit()", "=?utf-8?q?=0d=0a?=",
        "' OR 1=1 --", "a" * 3_000, "💥", "\t", " ", "https://a.example/\"onmouseover=hit()", "</p><style>", "&lt;b&gt;",
    ]  # fmt: skip
    hand = random.Random(20261122)
    return ["".join(hand.choice(parts) for _ in range(hand.randint(1, 6))) for _ in range(many)]


HEADERS = email.message_from_bytes(compose.compose(replace(PLAIN, html="<p>x</p>"))).keys()


def harmless(subject: str, body: str) -> None:
    """What is left is text: no mark of ours, no tag but ours, no header but those meant."""
    html = lean_html.to_html(body)
    assert not {"{{", "}}", "{%", "%}"} & {body[n : n + 2] for n in range(len(body))}
    assert Tags(html).names <= {"p", "a", "br"}
    assert all(one.startswith(("https://", "http://")) for one in Tags(html).addresses)
    raw = compose.compose(replace(PLAIN, subject=subject, text=body, html=html))
    assert email.message_from_bytes(raw).keys() == HEADERS


@pytest.mark.parametrize("part", range(10))
def test_five_hundred_hostile_texts_are_refused_in_words_or_harmless(world: SimpleNamespace, part: int) -> None:
    before = Template.objects.count(), TemplateVersion.objects.count()
    kept = 0
    for text in made(500)[part::10]:
        for subject, body in ((text, "Hello"), ("Hello", text)):
            try:
                version = saved(world, body, subject)
                harmless(*to_joost(world, version))
                kept += 1
            except Refused as refused:
                assert refused.sentence.endswith((".", "!"))
    after = Template.objects.count(), TemplateVersion.objects.count()

    assert after[0] - before[0] == min(kept, 1)
    assert after[1] - before[1] <= kept


@pytest.mark.corpus
@pytest.mark.parametrize("part", range(4))
def test_the_hostile_corpora_are_refused_in_words_or_harmless(world: SimpleNamespace, part: int) -> None:
    """As the text, and as the name of the person it goes to."""
    template = saved(
        world,
        'Hello {{first_name|fallback "there"}} at {{company|fallback "home"}}',
        'For {{first_name|fallback "you"}}',
    )
    tried = sorted({line for line in corpora() if line})[part::4]
    for text in tried:
        values = {"first_name": text, "company": text}
        parts = templates.filled(template.subject, template.body, values, {}, who="them")
        harmless(*parts)
        look = previews.look(text[:100], text, language="en", contact=None, account=None, sender=world.ada)
        assert look.problem or look.stopped or Tags(look.html).names <= {"p", "a", "br"}

    assert len(tried) > 100


def test_ten_thousand_mails_leave_with_no_field_unfilled(world: SimpleNamespace) -> None:
    hand = random.Random(7)
    bodies = [
        "Hello {{first_name}}",
        "Dear {{first_name}} {{last_name}} of {{company}}",
        "{% if city %}In {{city}}{% end %} x",
    ]
    names = ["Joost", "", "{{first_name}}", "{", "}", "%}", "{%", "J{{o", "a}}", " ", "\x00", "Zoë"]
    left = 0
    for _ in range(10_000):
        values = {name: hand.choice(names) for name in ("first_name", "last_name", "company", "city")}
        try:
            body = templates.filled("S", hand.choice(bodies), values, {}, who="them")[1]
        except Refused:
            continue
        left += 1
        assert "{{" not in body and "}}" not in body and "{%" not in body and "%}" not in body

    assert left > 1_000


def test_a_snippet_named_in_words_is_called_by_them_with_hyphens(world: SimpleNamespace, ruth: Any) -> None:
    assert sequences.save_snippet("What we Do", body="We measure.", by=ruth).snippet.name == "what-we-do"
