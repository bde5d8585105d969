"""Fit and decision ownership, each answer with its evidence."""

from typing import Any

from rest_framework import serializers

from appointments import access, filters
from appointments.models import Answer, Playbook, Qualification, Question, WorkItem
from appointments.services import qualifying
from crm import access as crm_access
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, verb
from crm.models import Message, Note


class AnswerSerializer(StrictModel):
    class Meta:
        model = Answer
        fields = ["id", "question", "value", "sure", "note", "quote", "message", "remark", "field", "by", "at"]


class QualificationSerializer(StrictModel):
    answers = AnswerSerializer(many=True, read_only=True)

    class Meta:
        model = Qualification
        fields = [
            "id", "account", "enrollment", "team", "checklist", "answers", "qualified_at", "qualified_by", "override",
            "accepted", "judged_at", "judged_by", "refused_reason", "created_at",
        ]  # fmt: skip


class NewAnswerTo(Strict):
    question = serializers.PrimaryKeyRelatedField(queryset=Question.objects.all())
    value = serializers.ChoiceField(Answer.Value.choices)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    quote = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    sure = serializers.ChoiceField(Answer.Sure.choices, required=False, default=Answer.Sure.CERTAIN)
    message = Own(crm_access.visible_messages, Message, required=False, allow_null=True, default=None)
    remark = Own(crm_access.visible_notes, Note, required=False, allow_null=True, default=None)


class Override(Strict):
    override = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class RefuseReason(Strict):
    reason = serializers.CharField(max_length=300)
    next = serializers.ChoiceField(WorkItem.Next.choices, required=False, default="")
    rest_until = serializers.DateField(required=False, allow_null=True, default=None)


class QualificationViewSet(Read):
    """What is known of an account's readiness; the executive accepts or refuses it."""

    serializer_class = QualificationSerializer
    filterset_class = filters.QualificationFilter
    visible = staticmethod(access.visible_qualifications)
    write = staticmethod(access.qualification_write)
    prefetched = ("answers",)
    ordering = ("-id",)
    queryset = Qualification.objects.none()

    @verb(NewAnswerTo)
    def answer(self, row: Qualification, question: Question, value: str, **shown_by: Any) -> None:
        qualifying.answer(row, question, value, by=self.request.user, **shown_by)

    @verb(Override)
    def qualify(self, row: Qualification, override: str) -> None:
        qualifying.qualify(row, by=self.request.user, override=override)

    @verb()
    def accept(self, row: Qualification) -> None:
        access.check_may_judge(self.request.user, row.account)
        qualifying.accept(row, by=self.request.user)

    @verb(RefuseReason)
    def refuse(self, row: Qualification, reason: str, **after: Any) -> None:
        access.check_may_judge(self.request.user, row.account)
        qualifying.refuse(row, by=self.request.user, reason=reason, **after)


class PlaybookSerializer(StrictModel):
    class Meta:
        model = Playbook
        fields = ["id", "name", "label", "segment", "language", "body", "meeting_type", "books_itself", "archived_at"]


class PlaybookViewSet(Read):
    """Drafts by label."""

    serializer_class = PlaybookSerializer
    filterset_class = filters.PlaybookFilter
    visible = staticmethod(lambda user: Playbook.objects.all())
    queryset = Playbook.objects.none()
