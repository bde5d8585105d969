"""What was said: conversations, messages and the mailboxes they run on. Content stays with its team."""

from rest_framework import serializers

from crm import access
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, verb
from crm.filters import ConversationFilter, MailboxFilter, MessageFilter
from crm.models import Account, Conversation, Mailbox, Message
from crm.services import intake, mailboxes


class ConversationSerializer(StrictModel):
    class Meta:
        model = Conversation
        fields = [
            "id", "team", "mailbox", "account", "contact", "subject", "root_message_id", "last_message_at",
            "created_at",
        ]  # fmt: skip


class ConversationViewSet(Read):
    """Mail threads of the caller's team."""

    serializer_class = ConversationSerializer
    filterset_class = ConversationFilter
    visible = staticmethod(access.visible_conversations)
    write = staticmethod(access.conversation_read)
    ordering = ("-id",)
    queryset = Conversation.objects.none()


class MessageSerializer(StrictModel):
    class Meta:
        model = Message
        fields = [
            "id", "direction", "state", "message_id", "in_reply_to", "from_address", "from_name", "reply_to", "to", "cc", "subject",
            "text", "newest", "signature", "quoted", "kind", "certainly_machine", "matched_by", "account", "contact",
            "conversation", "team", "sent_at", "at", "handled_at",
        ]  # fmt: skip


class Assigned(Strict):
    account = Own(access.workable_accounts, Account)


class MessageViewSet(Read):
    """Every mail in and out, as text. What points to no account waits without one until it is assigned."""

    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    visible = staticmethod(access.visible_messages)
    write = staticmethod(access.message_read)
    deferred = ("html",)
    ordering = ("-id",)
    queryset = Message.objects.none()

    @verb(Assigned)
    def assign(self, message: Message, account: Account) -> None:
        intake.assign(message, account, by=self.request.user)


class MailboxSerializer(StrictModel):
    """Never its password."""

    class Meta:
        model = Mailbox
        fields = [
            "id", "address", "display_name", "owner", "team", "state", "paused_reason", "daily_cap", "weekly_cap",
            "ramp_from", "gap_seconds", "window_from", "window_until", "plus_addresses", "last_sent_at", "created_at",
        ]  # fmt: skip


class PauseReason(Strict):
    reason = serializers.CharField(max_length=300)


class MailboxViewSet(Read):
    """The addresses the product sends from and reads."""

    serializer_class = MailboxSerializer
    filterset_class = MailboxFilter
    visible = staticmethod(access.visible_mailboxes)
    write = staticmethod(access.mailbox_read)
    queryset = Mailbox.objects.none()

    @verb(PauseReason, policy="lead")
    def pause(self, mailbox: Mailbox, reason: str) -> None:
        mailboxes.pause_mailbox(mailbox, reason, by=self.request.user)

    @verb(policy="lead")
    def resume(self, mailbox: Mailbox) -> None:
        mailboxes.resume_mailbox(mailbox, by=self.request.user)
