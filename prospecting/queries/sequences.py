"""What the pages of sequences and texts ask: versions side by side, where a text is used, whose calendar it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from prospecting.models import (
    Enrollment,
    Sequence,
    SequenceVersion,
    Snippet,
    SnippetVersion,
    Step,
    Template,
    TemplateVersion,
)
from prospecting.models.enrollment import OPEN
from prospecting.rules import sequence_changes

PUBLISHED = "published"


def steps_in_order(version: SequenceVersion) -> list[Step]:
    rows = version.steps.select_related("role", "template__template")
    return list(rows.order_by("role__order", "role", "order"))


def facts_of(step: Step) -> sequence_changes.StepFacts:
    """A step as the rules see it; role and text are read with it."""
    text = step.template
    return sequence_changes.StepFacts(
        role=step.role.name, key=step.key, order=step.order, channel=step.channel, wait_days=step.wait_days,
        same_thread=step.same_thread, text=text.template.name if text else "", text_version=text.number if text else 0,
        task=step.task,
    )  # fmt: skip


def version_facts(version: SequenceVersion) -> sequence_changes.VersionFacts:
    pinned = dict(version.snippets.values_list("snippet__name", "number"))
    return sequence_changes.VersionFacts(
        [facts_of(step) for step in steps_in_order(version)],
        pinned or dict(newest_snippets(version).values_list("snippet__name", "number")),
        frozenset(version.mailboxes.values_list("address", flat=True)),
    )


def newest_snippets(version: SequenceVersion) -> QuerySet[SnippetVersion]:
    """For a draft: what it would be published with, as far as its texts name them."""
    bodies = " ".join(version.steps.filter(template__isnull=False).values_list("template__body", flat=True))
    names = [name for name in Snippet.objects.values_list("name", flat=True) if f"snippet {name}" in bodies]
    newest = SnippetVersion.objects.filter(snippet__name__in=names)
    return newest.order_by("snippet_id", "-number").distinct("snippet_id")


def changes(before: SequenceVersion, after: SequenceVersion) -> list[str]:
    return sequence_changes.changes(version_facts(before), version_facts(after))


def version_before(version: SequenceVersion) -> SequenceVersion | None:
    rows = SequenceVersion.objects.filter(sequence=version.sequence_id, state=PUBLISHED, number__lt=version.number)
    return rows.order_by("-number").first()


def walking_by_version(sequence: Sequence) -> dict[int, int]:
    rows = Enrollment.objects.filter(sequence_version__sequence=sequence, state__in=OPEN)
    return dict(rows.order_by().values_list("sequence_version").annotate(n=Count("pk")))


def behind(version: SequenceVersion) -> list[TemplateVersion]:
    """Texts of this version that have been written anew since, each with the number of its newest version."""
    newest = TemplateVersion.objects.filter(template=OuterRef("template")).order_by("-number").values("number")[:1]
    rows = TemplateVersion.objects.filter(pk__in=version.steps.values("template")).select_related("template")
    return list(rows.annotate(newest=Subquery(newest)).filter(newest__gt=F("number")).order_by("template__name"))


def snippets_behind(version: SequenceVersion) -> list[SnippetVersion]:
    newest = SnippetVersion.objects.filter(snippet=OuterRef("snippet")).order_by("-number").values("number")[:1]
    rows = version.snippets.select_related("snippet").annotate(newest=Subquery(newest))
    return list(rows.filter(newest__gt=F("number")))


# Texts -------------------------------------------------------------------------------------------------------------


def templates_shown(find: str = "") -> QuerySet[Template]:
    """Every text with its newest version, and in how many sequences in use it stands."""
    newest = TemplateVersion.objects.filter(template=OuterRef("pk")).order_by("-number")
    used = Step.objects.filter(template__template=OuterRef("pk"), version__state=PUBLISHED).order_by()
    many = used.values("template__template").annotate(n=Count("version__sequence", distinct=True)).values("n")
    rows = Template.objects.annotate(
        number=Subquery(newest.values("number")[:1]),
        subject=Subquery(newest.values("subject")[:1]),
        variants=Subquery(newest.values("variants")[:1]),
        saved_at=Subquery(newest.values("created_at")[:1]),
        used=Subquery(many),
    )
    return rows.filter(Q(name__icontains=find) | Q(subject__icontains=find)) if find else rows


@dataclass(frozen=True)
class Use:
    """A version of a sequence in which a text or snippet stands, in which of its versions, and how many walk it."""

    version: SequenceVersion
    number: int
    walking: int


def uses_of_template(template: Template) -> list[Use]:
    rows = SequenceVersion.objects.filter(state=PUBLISHED, steps__template__template=template)
    return _uses(rows.annotate(text=Max("steps__template__number", filter=Q(steps__template__template=template))))


def uses_of_snippet(snippet: Snippet) -> list[Use]:
    rows = SequenceVersion.objects.filter(state=PUBLISHED, snippets__snippet=snippet)
    return _uses(rows.annotate(text=Max("snippets__number", filter=Q(snippets__snippet=snippet))))


def _uses(rows: Any) -> list[Use]:
    """Of each sequence its newest version, and older ones that somebody still walks."""
    newer = SequenceVersion.objects.filter(
        sequence=OuterRef("sequence"), state=PUBLISHED, number__gt=OuterRef("number")
    )
    found = rows.annotate(is_old=Exists(newer)).select_related("sequence").order_by("sequence__name", "-number")
    walks = Enrollment.objects.filter(sequence_version__in=[row.pk for row in found], state__in=OPEN).order_by()
    walking = dict(walks.values_list("sequence_version").annotate(n=Count("pk")))
    return [Use(row, row.text, walking.get(row.pk, 0)) for row in found if not row.is_old or walking.get(row.pk)]


def templates_naming(snippet: Snippet) -> list[TemplateVersion]:
    """Texts whose newest version names the snippet."""
    pattern = rf"\{{%\s*snippet {snippet.name}\s*%\}}"
    newest = TemplateVersion.objects.filter(template=OuterRef("template")).order_by("-number").values("pk")[:1]
    rows = TemplateVersion.objects.filter(pk=Subquery(newest)).annotate(others=Cast("variants", TextField()))
    found = rows.filter(Q(body__regex=pattern) | Q(subject__regex=pattern) | Q(others__regex=pattern))
    return list(found.select_related("template").order_by("template__name"))


def snippets_shown() -> QuerySet[Snippet]:
    newest = SnippetVersion.objects.filter(snippet=OuterRef("pk")).order_by("-number")
    return Snippet.objects.annotate(
        number=Subquery(newest.values("number")[:1]),
        body=Subquery(newest.values("body")[:1]),
        variants=Subquery(newest.values("variants")[:1]),
    )


def snippet_names() -> Iterable[str]:
    return Snippet.objects.values_list("name", flat=True)
