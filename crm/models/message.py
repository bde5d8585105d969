"""What was said: conversations, messages, who saw them, and what hung on them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm import blobs
from crm.workflow import Workflow


class Conversation(models.Model):
    """One mail thread of a team; its identity is the root message."""

    team = models.ForeignKey("crm.Team", models.PROTECT, related_name="conversations")
    mailbox = models.ForeignKey("crm.Mailbox", models.PROTECT, related_name="conversations")
    account = models.ForeignKey("crm.Account", models.SET_NULL, null=True, blank=True, related_name="conversations")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="conversations")
    root_message_id = models.CharField(max_length=500)
    tag = models.CharField(max_length=32, blank=True, help_text="Sealed; stands in the address answers go to.")
    subject = models.CharField(max_length=500, blank=True)
    last_message_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("team", "root_message_id", name="conversation_root_once")]
        indexes = [
            models.Index(fields=["team", "-last_message_at", "-id"], name="conversation_latest"),
            models.Index(fields=["account", "-last_message_at"], name="conversation_by_account"),
            models.Index(fields=["tag"], condition=~models.Q(tag=""), name="conversation_by_tag"),
        ]

    def __str__(self) -> str:
        return self.subject or "(no subject)"


class Message(models.Model):
    """One mail, in or out. Raw mail is stored first, once, and never dropped."""

    class Direction(models.TextChoices):
        IN = "in", "In"
        OUT = "out", "Out"

    class State(models.TextChoices):
        STORED = "stored", "Stored, not handled"
        HANDLED = "handled", "Handled"
        QUARANTINED = "quarantined", "Quarantined"

    direction = models.CharField(max_length=3, choices=Direction)
    state = models.CharField(max_length=12, choices=State, default=State.STORED)
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the raw mail.")
    message_id = models.CharField(max_length=500, db_index=True)
    in_reply_to = models.CharField(max_length=500, blank=True)
    references = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    from_address = models.CharField(max_length=320, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(
        max_length=320,
        blank=True,
        default="",
        db_default="",
        help_text="Where they ask for answers, if not at their own address.",
    )
    to = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    cc = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True, help_text="Sanitised.")
    newest = models.TextField(blank=True)
    signature = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    kind = models.CharField(max_length=16, blank=True, help_text="Envelope: human, bounce, out_of_office, auto, …")
    certainly_machine = models.BooleanField(default=False)
    matched_by = models.CharField(max_length=20, blank=True, help_text="references, token, subject, sender, domain")
    account = models.ForeignKey("crm.Account", models.SET_NULL, null=True, blank=True, related_name="messages")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="messages")
    conversation = models.ForeignKey(Conversation, models.PROTECT, null=True, blank=True, related_name="messages")
    team = models.ForeignKey("crm.Team", models.PROTECT, null=True, blank=True, related_name="+")
    failures = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="The Date header, in UTC.")
    at = models.DateTimeField(help_text="Received, or accepted by the server.")
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("message_id", "content_hash", name="message_stored_once")]
        indexes = [
            models.Index(fields=["conversation", "at", "id"], name="message_by_conversation"),
            models.Index(fields=["id"], condition=models.Q(state="stored"), name="message_unhandled"),
            models.Index(fields=["account", "-at"], name="message_by_account"),
            models.Index(
                fields=["in_reply_to"], condition=models.Q(direction="in", account=None), name="message_unmatched"
            ),
        ]

    def __str__(self) -> str:
        return self.subject or "(no subject)"

    @property
    def raw(self) -> bytes:
        """The mail byte for byte as it came, read anew each time; empty where its time to be kept is over."""
        return blobs.read("SELECT data FROM crm_rawmail WHERE message_id = %s", [self.pk])


class RawMail(models.Model):
    """The bytes of a mail, apart from what was read in them: no list of messages carries them along by mistake."""

    message = models.OneToOneField(Message, models.CASCADE, primary_key=True, related_name="+")
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"The bytes of {self.message}"

    @staticmethod
    def keep(message: Message, raw: bytes) -> None:
        """Once for each message; a second time takes the place of the first."""
        blobs.write(
            "INSERT INTO crm_rawmail (message_id, data) VALUES (%s, %b)"
            " ON CONFLICT (message_id) DO UPDATE SET data = EXCLUDED.data",
            [message.pk, raw],
        )


S = Message.State
# Handled mail that matched nothing is stored again once the message it answers comes on file.
MESSAGE = Workflow(
    {S.STORED: {S.HANDLED, S.QUARANTINED}, S.QUARANTINED: {S.STORED}, S.HANDLED: {S.STORED}},
    quiet={S.HANDLED, S.STORED},
)


class Sighting(models.Model):
    """A mailbox saw a message; mail that two teams saw is one message with two sightings."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="sightings")
    mailbox = models.ForeignKey("crm.Mailbox", models.PROTECT, related_name="sightings")
    conversation = models.ForeignKey(Conversation, models.SET_NULL, null=True, blank=True, related_name="sightings")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("message", "mailbox", name="sighting_once")]

    def __str__(self) -> str:
        return f"{self.message} in {self.mailbox}"


class Attachment(models.Model):
    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name
