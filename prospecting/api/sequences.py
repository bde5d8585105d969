"""Sequences, their versions and steps, and the texts they use."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from crm import access as crm_access
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, creates, needed, verb
from crm.models import Contact, Mailbox
from prospecting import access, filters
from prospecting.models import Enrollment, Sequence, SequenceVersion, Snippet, SnippetVersion, Step, TemplateVersion
from prospecting.queries import sequences as asked
from prospecting.services import adoption, previews, sequences


class SequenceSerializer(StrictModel):
    class Meta:
        model = Sequence
        fields = ["id", "name", "description", "created_at"]


class StepSerializer(StrictModel):
    role = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = Step
        fields = ["id", "role", "order", "key", "channel", "wait_days", "template", "same_thread", "task"]


class SequenceVersionSerializer(StrictModel):
    steps = StepSerializer(many=True, read_only=True)

    class Meta:
        model = SequenceVersion
        fields = [
            "id", "sequence", "number", "state", "steps", "mailboxes", "snippets", "reason", "by", "created_at",
            "published_at",
        ]  # fmt: skip


class NewSequence(Strict):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


def texts(user: Any) -> QuerySet[TemplateVersion]:
    return TemplateVersion.objects.all()


class NewStep(Strict):
    """`key` says which step of the versions before it is, 0 a new one; without it the same text or place does."""

    role = serializers.SlugField()
    order = serializers.IntegerField(min_value=1, max_value=99, required=False)
    key = serializers.IntegerField(min_value=0, max_value=32_000, required=False)
    channel = serializers.ChoiceField(Step.Channel.choices, required=False)
    wait_days = serializers.IntegerField(min_value=0, max_value=365, required=False)
    template = Own(texts, TemplateVersion, required=False, allow_null=True)
    same_thread = serializers.BooleanField(required=False)
    task = serializers.CharField(max_length=200, required=False, allow_blank=True)


class NewSequenceVersion(Strict):
    steps = NewStep(many=True, allow_empty=False, max_length=100)
    mailboxes = Own(crm_access.visible_mailboxes, Mailbox, many=True, required=False)


class Reason(Strict):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class Differences(serializers.Serializer):
    """What is new against the version before, a sentence each."""

    before = serializers.IntegerField(allow_null=True)
    changes = serializers.ListField(child=serializers.CharField())


class SequenceViewSet(Read):
    """What is sent, to which role, by which channel."""

    serializer_class = SequenceSerializer
    filterset_class = filters.SequenceFilter
    visible = staticmethod(lambda user: Sequence.objects.all())
    queryset = Sequence.objects.none()

    @creates(NewSequence, policy="lead")
    def create(self, name: str, description: str) -> Sequence:
        return sequences.create_sequence(name, description, by=self.request.user)

    @verb(NewSequenceVersion, answer=SequenceVersionSerializer, policy="lead")
    def draft(self, sequence: Sequence, steps: list[dict[str, Any]], **more: Any) -> SequenceVersion:
        return sequences.draft(sequence, steps, by=self.request.user, **more)

    @verb(answer=SequenceVersionSerializer, policy="lead")
    def draft_newest_texts(self, sequence: Sequence) -> SequenceVersion:
        """A draft like the newest version, with every text as it was last saved."""
        return sequences.draft_newest_texts(sequence, by=self.request.user)

    @verb(Reason, answer=SequenceVersionSerializer, policy="lead")
    def publish(self, sequence: Sequence, reason: str) -> SequenceVersion:
        return sequences.publish(draft_of(sequence), by=self.request.user, reason=reason)

    @verb(answer=SequenceVersionSerializer, policy="lead")
    def discard(self, sequence: Sequence) -> SequenceVersion:
        draft = draft_of(sequence)
        sequences.discard(draft, by=self.request.user)
        return draft


def draft_of(sequence: Sequence) -> SequenceVersion:
    draft = sequence.versions.filter(state=SequenceVersion.State.DRAFT).first()
    return needed(draft, "This sequence has no draft.")


class WhoTakesIt(Strict):
    """Which enrollments take the version; none named: all that one may work."""

    enrollments = Own(access.workable_enrollments, Enrollment, many=True, required=False)
    why = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class Change(serializers.Serializer):
    kind = serializers.ChoiceField(["stays", "changes", "goes", "comes"])
    sentence = serializers.CharField()


class LookSerializer(serializers.Serializer):
    enrollment = serializers.IntegerField(source="enrollment.pk")
    refused = serializers.CharField(allow_blank=True)
    changes = Change(many=True)
    had = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField(allow_blank=True)


class Looks(serializers.Serializer):
    """What taking it would change, for 40 at most; nothing is changed by asking."""

    looks = LookSerializer(many=True)


class AdoptedSerializer(serializers.Serializer):
    done = serializers.ListField(child=serializers.IntegerField())
    refused = serializers.SerializerMethodField()

    def get_refused(self, found: adoption.Adopted) -> dict[str, list[int]]:
        """The reason → the enrollments it holds for."""
        return {sentence: [row.pk for row in rows] for sentence, rows in found.refused.items()}


class SequenceVersionViewSet(Read):
    """The steps as enrollments take them; immutable once published."""

    serializer_class = SequenceVersionSerializer
    filterset_class = filters.SequenceVersionFilter
    visible = staticmethod(lambda user: SequenceVersion.objects.all())
    related = ("sequence",)
    prefetched = ("steps__role", "mailboxes", "snippets")
    queryset = SequenceVersion.objects.none()

    @verb(answer=Differences)
    def compare(self, version: SequenceVersion) -> dict[str, Any]:
        """How it differs from the version that was in use before it."""
        before = asked.version_before(version)
        return {"before": before.pk if before else None, "changes": asked.changes(before, version) if before else []}

    @verb(WhoTakesIt, answer=Looks)
    def look(self, version: SequenceVersion, why: str, enrollments: list[Enrollment] | None = None) -> dict[str, Any]:
        rows = asked_for(self.request.user, version, enrollments)
        return {"looks": adoption.look(rows[: adoption.SHOWN], version, by=self.request.user)}

    @verb(WhoTakesIt, answer=AdoptedSerializer)
    def adopt(
        self, version: SequenceVersion, why: str, enrollments: list[Enrollment] | None = None
    ) -> adoption.Adopted:
        """Those that can go on under this version; 2,000 at most."""
        rows = asked_for(self.request.user, version, enrollments)
        return adoption.adopt_many([row.pk for row in rows], version, by=self.request.user, why=why)


def asked_for(user: Any, version: SequenceVersion, chosen: list[Enrollment] | None) -> list[Enrollment]:
    if chosen:
        return list(adoption.with_versions([row.pk for row in chosen]))
    mine = crm_access.workable_accounts(user).values("pk")
    return list(adoption.candidates(version).filter(account__in=mine)[: adoption.MOST])


class TextSerializer(StrictModel):
    name = serializers.CharField(source="template.name", read_only=True)
    language = serializers.CharField(source="template.language", read_only=True)

    class Meta:
        model = TemplateVersion
        fields = ["id", "template", "name", "language", "number", "subject", "body", "variants", "by", "created_at"]


class Words(Strict):
    subject = serializers.CharField(max_length=1_000, required=False, allow_blank=True, default="")
    body = serializers.CharField(max_length=200_000, allow_blank=True, trim_whitespace=False)


class NewText(Words):
    name = serializers.CharField(max_length=120)
    language = serializers.RegexField(r"^[a-z]{2}$", required=False, default="en")
    variants = serializers.DictField(
        child=Words(), required=False, help_text="Language → subject and body; left out: those there are stay."
    )


class ForWhom(Strict):
    contact = Own(crm_access.visible_contacts, Contact)
    language = serializers.RegexField(r"^[a-z]{2}$", required=False, default="")


class Written(serializers.Serializer):
    """What the person would get, or in `stopped` why it would not leave."""

    subject = serializers.CharField(allow_blank=True)
    body = serializers.CharField(allow_blank=True)
    html = serializers.CharField(allow_blank=True)
    language = serializers.CharField(source="language.language")
    why = serializers.CharField(source="language.why")
    stopped = serializers.CharField(allow_blank=True)
    warnings = serializers.SerializerMethodField()

    def get_warnings(self, look: previews.Look) -> list[str]:
        return [warning.sentence for warning in look.warnings]


class TemplateViewSet(Read):
    """Texts by version. A POST with a name that is there makes its next version; none is ever changed."""

    serializer_class = TextSerializer
    filterset_class = filters.TemplateVersionFilter
    visible = staticmethod(texts)
    related = ("template",)
    queryset = TemplateVersion.objects.none()

    @creates(NewText, policy="lead")
    def create(self, name: str, **text: Any) -> TemplateVersion:
        return sequences.save_template(name, by=self.request.user, **text)

    @verb(ForWhom, answer=Written)
    def preview(self, version: TemplateVersion, contact: Contact, language: str) -> previews.Look:
        """For a real person, in their language or the one asked for; nothing is sent or kept."""
        return previews.look_for(version, contact, sender=self.request.user, language=language)


class SnippetSerializer(StrictModel):
    name = serializers.CharField(source="snippet.name", read_only=True)
    language = serializers.CharField(source="snippet.language", read_only=True)

    class Meta:
        model = SnippetVersion
        fields = ["id", "snippet", "name", "language", "number", "body", "variants", "reason", "by", "created_at"]


class NewSnippet(Strict):
    name = serializers.CharField(max_length=60)
    body = serializers.CharField(max_length=20_000, trim_whitespace=False)
    about = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    language = serializers.RegexField(r"^[a-z]{2}$", required=False, default="en")
    variants = serializers.DictField(child=serializers.CharField(max_length=20_000, allow_blank=True), required=False)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class Uses(serializers.Serializer):
    """The texts that name it, and the versions in use that were published with it."""

    templates = serializers.ListField(child=serializers.IntegerField())
    sequence_versions = serializers.ListField(child=serializers.IntegerField())


class SnippetViewSet(Read):
    """Paragraphs that texts share, by version; a POST with a name that is there makes the next one."""

    serializer_class = SnippetSerializer
    filterset_class = filters.SnippetVersionFilter
    visible = staticmethod(lambda user: SnippetVersion.objects.all())
    related = ("snippet",)
    queryset = SnippetVersion.objects.none()

    @creates(NewSnippet, policy="lead")
    def create(self, name: str, **words: Any) -> SnippetVersion:
        return sequences.save_snippet(name, by=self.request.user, **words)

    @verb(answer=Uses)
    def used(self, version: SnippetVersion) -> dict[str, list[int]]:
        snippet: Snippet = version.snippet
        return {
            "templates": [text.template_id for text in asked.templates_naming(snippet)],
            "sequence_versions": [use.version.pk for use in asked.uses_of_snippet(snippet)],
        }
