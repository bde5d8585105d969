"""Sequences, their steps by role and channel, and the texts they use."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from crm import access
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, creates, needed, verb
from crm.models import Mailbox
from prospecting import filters
from prospecting.models import Sequence, SequenceVersion, Step, TemplateVersion
from prospecting.services import sequences


class SequenceSerializer(StrictModel):
    class Meta:
        model = Sequence
        fields = ["id", "name", "description", "created_at"]


class StepSerializer(StrictModel):
    role = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = Step
        fields = ["id", "role", "order", "channel", "wait_days", "template", "same_thread", "task"]


class SequenceVersionSerializer(StrictModel):
    steps = StepSerializer(many=True, read_only=True)

    class Meta:
        model = SequenceVersion
        fields = ["id", "sequence", "number", "state", "steps", "mailboxes", "by", "created_at", "published_at"]


class NewSequence(Strict):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


def texts(user: Any) -> QuerySet[TemplateVersion]:
    return TemplateVersion.objects.all()


class NewStep(Strict):
    role = serializers.SlugField()
    order = serializers.IntegerField(min_value=1, max_value=99, required=False)
    channel = serializers.ChoiceField(Step.Channel.choices, required=False)
    wait_days = serializers.IntegerField(min_value=0, max_value=365, required=False)
    template = Own(texts, TemplateVersion, required=False, allow_null=True)
    same_thread = serializers.BooleanField(required=False)
    task = serializers.CharField(max_length=200, required=False, allow_blank=True)


class NewSequenceVersion(Strict):
    steps = NewStep(many=True, allow_empty=False, max_length=100)
    mailboxes = Own(access.visible_mailboxes, Mailbox, many=True, required=False)


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
    def publish(self, sequence: Sequence) -> SequenceVersion:
        draft = sequence.versions.filter(state=SequenceVersion.State.DRAFT).first()
        return sequences.publish(needed(draft, "This sequence has no draft."), by=self.request.user)


class SequenceVersionViewSet(Read):
    """The steps as enrollments take them; immutable once published."""

    serializer_class = SequenceVersionSerializer
    filterset_class = filters.SequenceVersionFilter
    visible = staticmethod(lambda user: SequenceVersion.objects.all())
    prefetched = ("steps__role", "mailboxes")
    queryset = SequenceVersion.objects.none()


class TextSerializer(StrictModel):
    name = serializers.CharField(source="template.name", read_only=True)
    language = serializers.CharField(source="template.language", read_only=True)

    class Meta:
        model = TemplateVersion
        fields = ["id", "template", "name", "language", "number", "subject", "body", "by", "created_at"]


class NewText(Strict):
    name = serializers.CharField(max_length=120)
    subject = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    body = serializers.CharField(max_length=20_000)
    language = serializers.RegexField(r"^[a-z]{2}$", required=False, default="en")


class TemplateViewSet(Read):
    """Texts by version. A POST with a name that is there makes its next version; none is ever changed."""

    serializer_class = TextSerializer
    filterset_class = filters.TemplateVersionFilter
    visible = staticmethod(texts)
    related = ("template",)
    queryset = TemplateVersion.objects.none()

    @creates(NewText, policy="lead")
    def create(self, name: str, **text: str) -> TemplateVersion:
        return sequences.save_template(name, by=self.request.user, **text)
