"""Sequences, their versions and steps, and the texts they use."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from crm.admin.actions import Why, each
from crm.admin.base import NounAdmin, Rows, become, shared
from crm.errors import Refused
from prospecting import filters
from prospecting.admin.lists import the_draft
from prospecting.models import Sequence, SequenceVersion, Snippet, SnippetVersion, Step, Template, TemplateVersion
from prospecting.services import adoption, sequences


class Versions(Rows):
    model = SequenceVersion
    fields = readonly_fields = ("number", "state", "by", "published_at")
    ordering = ("-number",)


@admin.register(Sequence)
class SequenceAdmin(NounAdmin):
    listed = filters.SequenceFilter
    list_display = ("name", "description", "created_at")
    editable = ("name", "description")
    addable = True
    ordering = ("name",)
    inlines = (Versions,)
    actions = ("publish", "newest_texts", "adopt")

    def save_model(self, request: HttpRequest, sequence: Sequence, form: Any, change: bool) -> None:
        if change:
            sequence.save(update_fields=form.changed_data)
        else:
            become(sequence, sequences.create_sequence(by=request.user, **form.cleaned_data))

    @each("Publish the draft", form=Why)
    def publish(self, request: HttpRequest, sequence: Sequence, why: str) -> None:
        draft = the_draft(sequence.versions, f"{sequence} has no draft.")
        sequences.publish(draft, by=request.user, reason=why)

    @each("Draft it with the newest texts")
    def newest_texts(self, request: HttpRequest, sequence: Sequence) -> None:
        sequences.draft_newest_texts(sequence, by=request.user)

    @each("Let every account that can take the newest version", form=Why)
    def adopt(self, request: HttpRequest, sequence: Sequence, why: str) -> None:
        """Those that cannot stay where they are; the page of the sequence says which and why."""
        version = sequences.current_version(sequence)
        if version is None:
            raise Refused(f"{sequence} has no version in use.")
        walks = adoption.candidates(version).values_list("pk", flat=True)[: adoption.MOST]
        adoption.adopt_many(walks, version, by=request.user, why=why)


class Steps(Rows):
    model = Step
    fields = readonly_fields = ("role", "order", "key", "channel", "wait_days", "template", "same_thread", "task")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("role", "template__template")


@admin.register(SequenceVersion)
class SequenceVersionAdmin(NounAdmin):
    listed = filters.SequenceVersionFilter
    list_display = ("sequence", "number", "state", "by", "published_at", "reason")
    list_filter = shared(filters.SequenceVersionFilter, "state", "sequence")
    ordering = ("-id",)
    sortable_by = ()
    inlines = (Steps,)
    actions = ("publish", "discard")

    @each("Publish the draft", form=Why)
    def publish(self, request: HttpRequest, version: SequenceVersion, why: str) -> None:
        sequences.publish(version, by=request.user, reason=why)

    @each("Discard the draft")
    def discard(self, request: HttpRequest, version: SequenceVersion) -> None:
        sequences.discard(version, by=request.user)


class Texts(Rows):
    model = TemplateVersion
    fields = readonly_fields = ("number", "subject", "body", "variants", "by", "created_at")
    ordering = ("-number",)


@admin.register(Template)
class TemplateAdmin(NounAdmin):
    listed = filters.TemplateFilter
    list_display = ("name", "language", "created_at")
    list_filter = shared(filters.TemplateFilter, "language")
    ordering = ("name",)
    inlines = (Texts,)


class WordsAdmin(NounAdmin):
    """Immutable. Writing one down makes the next version, checked against the merge language."""

    addable = True
    ordering = ("-id",)
    sortable_by = ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(TemplateVersion)
class TemplateVersionAdmin(WordsAdmin):
    listed = filters.TemplateVersionFilter
    list_display = ("template", "number", "subject", "by", "created_at")
    list_filter = shared(filters.TemplateVersionFilter, "template")
    editable = ("template", "subject", "body")

    def save_model(self, request: HttpRequest, version: TemplateVersion, form: Any, change: bool) -> None:
        template = form.cleaned_data["template"]
        saved = sequences.save_template(
            template.name, subject=version.subject, body=version.body, by=request.user, language=template.language
        )
        become(version, saved)


class Paragraphs(Rows):
    model = SnippetVersion
    fields = readonly_fields = ("number", "body", "variants", "reason", "by", "created_at")
    ordering = ("-number",)


@admin.register(Snippet)
class SnippetAdmin(NounAdmin):
    """A paragraph that texts share; its words stand in its versions."""

    listed = filters.SnippetFilter
    list_display = ("name", "about", "language", "created_at")
    editable = ("about",)
    ordering = ("name",)
    inlines = (Paragraphs,)


@admin.register(SnippetVersion)
class SnippetVersionAdmin(WordsAdmin):
    listed = filters.SnippetVersionFilter
    list_display = ("snippet", "number", "reason", "by", "created_at")
    list_filter = shared(filters.SnippetVersionFilter, "snippet")
    editable = ("snippet", "body", "reason")

    def save_model(self, request: HttpRequest, version: SnippetVersion, form: Any, change: bool) -> None:
        snippet = form.cleaned_data["snippet"]
        saved = sequences.save_snippet(snippet.name, body=version.body, by=request.user, reason=version.reason)
        become(version, saved)
