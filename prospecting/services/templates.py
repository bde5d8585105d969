"""Texts and the paragraphs they share: saved as versions that never change, and filled in for one person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, Organisation, User
from prospecting.models import SequenceVersion, Snippet, SnippetVersion, Template, TemplateVersion
from prospecting.rules import languages, merge_fields, merge_language

FIELDS = merge_fields.WORDS
MOST_VARIANTS = 12
MOST_VERSIONS = 500
MOST_SUBJECT = 200
MOST_SNIPPET = 5_000
Variants = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Written:
    """A text as one person gets it, and why in this language."""

    subject: str
    body: str
    choice: languages.Choice


# Saving ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_template(
    name: str, *, subject: str, body: str, by: User | None, language: str = "en", variants: Variants | None = None
) -> TemplateVersion:
    """The next version, or the latest where nothing changed. `variants`: language → subject and body; None keeps those
    there are. Refused with `line`, `column`, `position`, `part` and `language` where a text cannot be used."""
    name = _named(name)
    template, _ = Template.objects.get_or_create(
        name=name, defaults={"language": _language(language), "created_at": clock.now()}
    )
    Template.objects.select_for_update().get(pk=template.pk)
    latest = template.versions.order_by("-number").first()
    others = (latest.variants if latest else {}) if variants is None else _variants(variants, template.language)
    subject, body = subject.strip(), merge_language.tidy(body)
    for code, part in {template.language: {"subject": subject, "body": body}, **others}.items():
        check(part["subject"], part["body"], language=code)
    if latest and (latest.subject, latest.body, latest.variants) == (subject, body, others):
        return latest
    _room_for(template, latest)
    version = TemplateVersion.objects.create(
        template=template, number=latest.number + 1 if latest else 1,
        subject=subject, body=body, variants=others, by=by, created_at=clock.now(),
    )  # fmt: skip
    Event.record("template.saved", by=by, subject=version)
    return version


@transaction.atomic
def save_snippet(
    name: str, *, body: str, by: User | None, about: str = "", language: str = "en",
    variants: Mapping[str, str] | None = None, reason: str = "",
) -> SnippetVersion:  # fmt: skip
    """The next version of a shared paragraph. Sequences in use keep the one they were published with."""
    name = "-".join(name.lower().split())
    if not merge_language.is_snippet_name(name):
        raise Refused("A snippet's name has small letters, figures and hyphens, 40 at most: it stands in the texts.")
    snippet, _ = Snippet.objects.get_or_create(
        name=name, defaults={"about": about[:200], "language": _language(language), "created_at": clock.now()}
    )
    Snippet.objects.select_for_update().get(pk=snippet.pk)
    latest = snippet.versions.order_by("-number").first()
    given = (latest.variants if latest else {}) if variants is None else variants
    others = {_language(code): merge_language.tidy(text) for code, text in given.items() if text.strip()}
    others.pop(snippet.language, None)
    body = merge_language.tidy(body)
    for code, text in {snippet.language: body, **others}.items():
        _check_snippet(text, code)
    if about and about[:200] != snippet.about:
        Snippet.objects.filter(pk=snippet.pk).update(about=about[:200])
    if latest and (latest.body, latest.variants) == (body, others):
        return latest
    _room_for(snippet, latest)
    version = SnippetVersion.objects.create(
        snippet=snippet, number=latest.number + 1 if latest else 1, body=body, variants=others, reason=reason[:300],
        by=by, created_at=clock.now(),
    )  # fmt: skip
    Event.record("snippet.saved", by=by, subject=version, why=reason[:300])
    return version


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 120 or not name.isprintable():
        raise Refused("A text has a name of 1 to 120 characters.", part="name")
    return name


def _language(code: str) -> str:
    code = code.strip().lower()
    if code not in languages.NAMES:
        raise Refused(f"“{code[:20]}” is no language code that is known here; write two letters, as in en or nl.")
    return code


def _room_for(row: Template | Snippet, latest: Any) -> None:
    if latest and latest.number >= MOST_VERSIONS:
        raise Refused(f"{row} has {MOST_VERSIONS} versions, which is the most. Begin a new one under another name.")


def _variants(given: Variants, own: str) -> dict[str, dict[str, str]]:
    """Those that say something, without the text's own language."""
    found = {}
    for code, part in given.items():
        subject, body = str(part.get("subject", "")).strip(), merge_language.tidy(str(part.get("body", "")))
        if body or subject:
            found[_language(code)] = {"subject": subject, "body": body}
    found.pop(own, None)
    if len(found) > MOST_VARIANTS:
        raise Refused(f"A text is kept in {MOST_VARIANTS} languages beside its own at most.")
    return dict(sorted(found.items()))


# Checking ----------------------------------------------------------------------------------------------------------


def check(subject: str, body: str, *, language: str = "en") -> None:
    """Refused with the place of what cannot be used; nothing is written."""
    if len(subject) > MOST_SUBJECT:
        sentence = f"The subject cannot be used. It has {len(subject)} characters; {MOST_SUBJECT} is the most."
        raise Refused(sentence, part="subject", language=language)
    if "\n" in subject or "\r" in subject:
        raise Refused("The subject cannot be used. It is one line.", part="subject", language=language)
    known = snippet_bodies([subject, body], language)
    names = {*known, *Snippet.objects.values_list("name", flat=True)}  # all, so that a wrong one finds the nearest
    _parsed(subject, "subject", names, language)
    nodes = _parsed(body, "body", names, language)
    if not body.strip():
        raise Refused("Write something first: the body is empty.", part="body", language=language)
    whole = len(body) + sum(len(known[name]) for name in merge_language.snippets_used(nodes))
    if whole > merge_language.MAX_TEMPLATE:
        most = merge_language.MAX_TEMPLATE
        raise Refused(
            f"With its snippets the body has {whole:,} characters; {most:,} is the most.",
            part="body",
            language=language,
        )


def _parsed(source: str, part: str, names: Iterable[str], language: str) -> merge_language.Nodes:
    try:
        return merge_language.parse(source, fields=FIELDS, snippets=names)
    except merge_language.TemplateError as error:
        where = f" in {languages.name_of(language)}" if language != "en" else ""
        raise Refused(
            f"The {part}{where} cannot be used. {error}", part=part, language=language,
            line=error.line, column=error.column, position=error.position,
        ) from error  # fmt: skip


def _check_snippet(text: str, language: str) -> None:
    if not text.strip():
        raise Refused("Write something first: the snippet is empty.", part="body", language=language)
    if len(text) > MOST_SNIPPET:
        raise Refused(
            f"A snippet has at most {MOST_SNIPPET:,} characters; this one has {len(text):,}.", part="body",
            language=language,
        )  # fmt: skip
    try:
        merge_language.parse(text, fields=FIELDS, snippets=None)
    except merge_language.TemplateError as error:
        raise Refused(
            f"The snippet cannot be used. {error}", part="body", language=language,
            line=error.line, column=error.column, position=error.position,
        ) from error  # fmt: skip


# Filling in --------------------------------------------------------------------------------------------------------


def render(
    version: TemplateVersion, *, contact: Contact, account: Account, sender: User, referrer: str = "",
    sequence: SequenceVersion | None = None, organisation: Organisation | None = None,
) -> tuple[str, str]:  # fmt: skip
    """Subject and body with every field filled in; Refused names what is empty and has no fallback."""
    found = write(
        version, contact=contact, account=account, sender=sender, referrer=referrer, sequence=sequence,
        organisation=organisation,
    )  # fmt: skip
    return found.subject, found.body


def write(
    version: TemplateVersion, *, contact: Contact, account: Account, sender: User, referrer: str = "",
    sequence: SequenceVersion | None = None, language: str = "", organisation: Organisation | None = None,
) -> Written:  # fmt: skip
    """The text in this person's language (or the one asked for), with the snippets the sequence was published with."""
    organisation = organisation or Organisation.objects.first()
    default = version.template.language
    has = {default, *version.variants}
    choice = languages.Choice(language, "Chosen for this look") if language in has else languages.choose(
        own=contact.language, country=contact.country or account.country,
        ours=organisation.country if organisation else "", has=has, default=default,
    )  # fmt: skip
    part = version.variants.get(choice.language) or {"subject": version.subject, "body": version.body}
    values = merge_values(contact, account, sender, referrer, organisation)
    bodies = snippet_bodies([part["subject"], part["body"]], choice.language, sequence)
    subject, body = filled(part["subject"], part["body"], values, bodies, who=contact.name)
    return Written(subject, body, choice)


def filled(
    subject: str, body: str, values: Mapping[str, object], snippets: Mapping[str, str], *, who: str
) -> tuple[str, str]:
    """Both parts with their fields filled in, or Refused: what is missing, and where it is filled in."""
    known = {name: merge_language.parse(text, fields=FIELDS, snippets=None) for name, text in snippets.items()}
    missing: list[str] = []
    done: list[str] = []
    for fill, source in ((merge_language.render_line, subject), (merge_language.render, body)):
        try:
            done.append(fill(merge_language.parse(source, fields=FIELDS, snippets=known), values, known))
        except merge_language.Missing as empty:
            missing += empty.fields
        except (merge_language.TooLong, merge_language.TemplateError) as error:
            raise Refused(f"For {who} this text cannot be used: {error}") from error
    if missing:
        raise _not_known(who, tuple(dict.fromkeys(missing)))
    return done[0], done[1]


def _not_known(who: str, names: tuple[str, ...]) -> Refused:
    words = ", ".join(FIELDS[name].lower() for name in names)
    where = merge_fields.where_to_fill_in(names)
    return Refused(
        f"For {who} this is not known: {words}. Fill it in on {where}, or give the text a fallback.", missing=names
    )


def snippet_bodies(sources: Iterable[str], language: str, sequence: SequenceVersion | None = None) -> dict[str, str]:
    """Name → words in this language: as the sequence was published with them, else as they are now. No query for none."""
    names = {name for source in sources for name in merge_language.snippet_names(source)}
    if not names:
        return {}
    rows = SnippetVersion.objects.filter(snippet__name__in=names).select_related("snippet").order_by("number")
    found = {row.snippet.name: row for row in rows}
    if sequence is not None:
        found |= {row.snippet.name: row for row in rows.filter(sequence_versions=sequence)}
    return {name: row.variants.get(language) or row.body for name, row in found.items()}


def merge_values(
    contact: Contact, account: Account, sender: User, referrer: str = "", organisation: Organisation | None = None
) -> dict[str, object]:
    organisation = organisation or Organisation.objects.first()
    return {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "title": contact.title,
        "company": account.name,
        "city": account.city,
        "country": account.country,
        "industry": account.industry,
        "sites": account.sites if account.sites != 1 else None,  # so that what is said of several is not said of one
        "employees": account.employees,
        "regulated": ", ".join(account.regulated),
        "referrer": referrer,
        "sender_name": str(sender),
        "sender_first_name": sender.get_short_name(),
        "our_name": organisation.name if organisation else "",
    }
