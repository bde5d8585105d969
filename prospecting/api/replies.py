"""Replies for reading, and the verbs lead generation adds to accounts and conversations."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm import access as crm_access
from crm.api.accounts import AccountSerializer
from crm.api.mail import ConversationSerializer
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Noun, Read, verb
from crm.models import Account, Contact, Conversation
from prospecting import access, filters
from prospecting.models import Outgoing, Reply
from prospecting.queries import checks
from prospecting.queries.enrollments import explain
from prospecting.services import reactions, resting, sending, writing


class ReplySerializer(StrictModel):
    class Meta:
        model = Reply
        fields = [
            "id", "message", "account", "contact", "conversation", "team", "enrollment", "label", "secondary", "counts",
            "at",
        ]  # fmt: skip


class OutgoingSerializer(StrictModel):
    class Meta:
        model = Outgoing
        fields = [
            "id", "purpose", "state", "account", "contact", "conversation", "mailbox", "by", "to_address", "to_name",
            "subject", "body", "not_before", "waits_because", "message", "sent_at", "created_at",
        ]  # fmt: skip


class WhyRecordSerializer(serializers.Serializer):
    """What happens next, why not sooner, why not someone else, and under which versions; then what was sent or not."""

    next = serializers.CharField()
    not_sooner = serializers.CharField()
    not_else = serializers.CharField()
    versions = serializers.CharField()
    record = serializers.ListField(child=serializers.DictField())


class NewMail(Strict):
    """A mail by hand: outreach, which passes every reason of the guard. Answers go through their conversation."""

    contact = Own(crm_access.visible_contacts, Contact)
    subject = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=20_000)
    sentence = serializers.CharField(
        max_length=300, required=False, help_text="A lead goes against one reason; it is counted."
    )
    key = serializers.CharField(max_length=60, required=False, help_text="The same key again sends nothing again.")


class RestWhy(Strict):
    until = serializers.DateField()
    why = serializers.CharField(max_length=200)


class CloseWhy(Strict):
    why = serializers.CharField(max_length=200)


class WalkedAccountViewSet(Noun):
    """What resting and closing mean to whatever walks at the account."""

    serializer_class = AccountSerializer
    visible = staticmethod(crm_access.visible_accounts)
    write = staticmethod(crm_access.account_write)
    related = ("owner",)
    queryset = Account.objects.none()

    @verb(RestWhy)
    def rest(self, account: Account, until: Any, why: str) -> None:
        reactions.rest_account(account, until, why, by=self.request.user)

    @verb()
    def end_rest(self, account: Account) -> None:
        resting.end_rest(account, by=self.request.user)

    @extend_schema(responses=WhyRecordSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def why(self, request: Request, pk: str) -> Response:
        """The next action and its reasons, and the record of what was sent or not, each with its checks."""
        account = self.get_object()
        said = {name: words for name, words in explain(account).items() if isinstance(words, str)}
        record = [
            {**row, "checks": [vars(one) for one in row.get("checks", ())]} for row in checks.sent_or_not(account)
        ]
        return Response(WhyRecordSerializer({**said, "record": record}).data)

    @verb(NewMail, answer=OutgoingSerializer)
    def write_to(self, account: Account, contact: Contact, sentence: str = "", **said: Any) -> Outgoing:
        leads = crm_access.holds(self.request.user, "lead")
        return writing.write(account, contact, by=self.request.user, sentence=sentence if leads else "", **said)

    @verb(CloseWhy)
    def close(self, account: Account, why: str) -> None:
        reactions.close_account(account, why, by=self.request.user)


class NewAnswer(Strict):
    body = serializers.CharField(max_length=50_000)
    key = serializers.CharField(max_length=100, required=False, help_text="The same key again sends nothing again.")


class AnsweredConversationViewSet(Noun):
    """Answers in a thread; they leave after ten seconds, in which they can be undone."""

    serializer_class = ConversationSerializer
    visible = staticmethod(crm_access.visible_conversations)
    write = staticmethod(crm_access.conversation_write)
    queryset = Conversation.objects.none()

    @verb(NewAnswer, answer=OutgoingSerializer)
    def answer(self, conversation: Conversation, body: str, key: str | None = None) -> Outgoing:
        return sending.answer(conversation, body, by=self.request.user, key=key)


class OutgoingViewSet(Read):
    """Answers, meeting mail and mail to users, on their way or gone."""

    serializer_class = OutgoingSerializer
    filterset_class = filters.OutgoingFilter
    visible = staticmethod(access.visible_outgoing)
    write = staticmethod(access.outgoing_write)
    ordering = ("-id",)
    queryset = Outgoing.objects.none()

    @verb()
    def undo(self, outgoing: Outgoing) -> None:
        sending.undo(outgoing, by=self.request.user)
