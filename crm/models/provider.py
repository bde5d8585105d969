"""A transactional provider that sends for a mailbox, and what it posts to us: mail that came in, and news of ours."""

from datetime import datetime
from typing import Any

from django.db import models

from crm import blobs
from crm.workflow import Workflow


class Provider(models.Model):
    """How a mailbox signs in at its provider, and by what the provider's posts are known; keys are stored encrypted."""

    class Name(models.TextChoices):
        MAILGUN = "mailgun", "Mailgun"

    class Region(models.TextChoices):
        US = "us", "United States"
        EU = "eu", "Europe"

    mailbox = models.OneToOneField("crm.Mailbox", models.CASCADE, related_name="provider")
    name = models.CharField(max_length=10, choices=Name, default=Name.MAILGUN)
    region = models.CharField(max_length=2, choices=Region, default=Region.US)
    domain = models.CharField(max_length=253, help_text="The sending domain, as the provider knows it.")
    api_key = models.TextField(help_text="Encrypted.")
    signing_key = models.TextField(help_text="Encrypted: by it the provider signs what it posts.")
    tag = models.CharField(
        max_length=64, unique=True, help_text="Cannot be guessed; stands in the address of its posts."
    )

    def __str__(self) -> str:
        return f"{self.get_name_display()}, {self.domain}"


class ProviderPost(models.Model):
    """One mail or event as it was posted: stored first, once, and acted on afterwards; then its body is let go."""

    class Kind(models.TextChoices):
        MAIL = "mail", "Mail"
        EVENT = "event", "Event"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        HANDLED = "handled", "Handled"
        QUARANTINED = "quarantined", "Quarantined"

    provider = models.CharField(max_length=10, choices=Provider.Name)
    key = models.CharField(max_length=200, help_text="The provider's own id of the event; of a mail, its hash.")
    kind = models.CharField(max_length=5, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    mailbox = models.ForeignKey("crm.Mailbox", models.CASCADE, related_name="posts")
    content_type = models.CharField(max_length=200, blank=True)
    body = models.BinaryField(help_text="As it was posted, until it is handled: the mail in it is kept as a message.")
    event = models.CharField(max_length=12, blank=True, help_text="What it tells, once read: delivered, bounced, …")
    message_id = models.CharField(max_length=500, blank=True, help_text="The mail of ours it speaks of.")
    failures = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("provider", "key", name="provider_post_once")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="waiting"), name="provider_post_waiting"),
            models.Index(fields=["message_id"], condition=~models.Q(message_id=""), name="provider_post_about"),
            models.Index(fields=["mailbox", "-at"], name="provider_post_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"

    @property
    def posted(self) -> bytes:
        """The body byte for byte, read anew each time; empty once it was handled."""
        return blobs.read("SELECT body FROM crm_providerpost WHERE id = %s", [self.pk])

    @staticmethod
    def keep(provider: str, key: str, body: bytes, **columns: Any) -> tuple[int, bool]:
        """Its id, and whether it waits to be acted on: once for each key; a second time changes nothing.

        Whoever comes second waits for the first to be committed or given up.
        """
        given = {
            "provider": provider, "key": key, "state": ProviderPost.State.WAITING.value, "event": "", "message_id": "",
            "failures": 0, "last_error": "", **columns,
        }  # fmt: skip
        new = blobs.row(
            f"INSERT INTO crm_providerpost ({', '.join(given)}, body) VALUES ({', '.join(['%s'] * len(given))}, %b)"  # noqa: S608 - names of columns
            " ON CONFLICT (provider, key) DO NOTHING RETURNING id",
            [*given.values(), body],
        )
        if new:
            return new[0], True
        old = blobs.row("SELECT id FROM crm_providerpost WHERE provider = %s AND key = %s", [provider, key])
        return old[0], False  # type: ignore[index]  # a post is never deleted


P = ProviderPost.State
PROVIDER_POST = Workflow(
    {P.WAITING: {P.HANDLED, P.QUARANTINED}, P.QUARANTINED: {P.WAITING}, P.HANDLED: set()}, quiet={P.HANDLED, P.WAITING}
)


class ProviderToken(models.Model):
    """The token of a signature counts for one post only: Mailgun's signature covers it and the time, but no body."""

    provider = models.CharField(max_length=10, choices=Provider.Name)
    token = models.CharField(max_length=100)
    post = models.ForeignKey(ProviderPost, models.CASCADE, related_name="tokens")
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint("provider", "token", name="provider_token_once")]

    def __str__(self) -> str:
        return self.token

    @staticmethod
    def spend(provider: str, token: str, post: int, at: datetime) -> bool:
        """Use a token for a post; False when it was used for another one."""
        new = blobs.row(
            "INSERT INTO crm_providertoken (provider, token, post_id, at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (provider, token) DO NOTHING RETURNING post_id",
            [provider, token, post, at],
        )
        known = "SELECT post_id FROM crm_providertoken WHERE provider = %s AND token = %s"
        found = new or blobs.row(known, [provider, token])
        return found is not None and found[0] == post
