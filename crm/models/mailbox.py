"""An address the product sends from and reads."""

from django.db import models

from crm.workflow import Workflow

SECURITY = [("none", "None"), ("starttls", "STARTTLS"), ("tls", "TLS")]


class Mailbox(models.Model):
    """Belongs to one person or is shared by a team; secrets are stored encrypted and never shown."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    class SignIn(models.TextChoices):
        PASSWORD = "password", "User name and password"
        GOOGLE = "google", "Google"
        MICROSOFT = "microsoft", "Microsoft 365"

    class Kind(models.TextChoices):
        SERVERS = "servers", "Mail servers"
        PROVIDER = "provider", "A provider"

    address = models.EmailField(unique=True)
    display_name = models.CharField(max_length=120, blank=True)
    owner = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="mailboxes")
    team = models.ForeignKey("crm.Team", models.PROTECT, null=True, blank=True, related_name="mailboxes")
    internal = models.BooleanField(default=False, help_text="The installation's own, for mail to users.")
    kind = models.CharField(
        max_length=8,
        choices=Kind,
        default=Kind.SERVERS,
        db_default=Kind.SERVERS,
        help_text="By what its mail goes and comes.",
    )
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    paused_reason = models.CharField(max_length=300, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True, help_text="What came back before does not pause it again.")

    smtp_host = models.CharField(max_length=253)
    smtp_port = models.PositiveIntegerField(default=587)
    smtp_security = models.CharField(max_length=8, choices=SECURITY, default="starttls")
    sign_in = models.CharField(max_length=10, choices=SignIn, default=SignIn.PASSWORD, db_default=SignIn.PASSWORD)
    username = models.CharField(max_length=320, blank=True)
    secret = models.TextField(blank=True, help_text="Encrypted: the password, or the tokens of Google or Microsoft.")
    imap_host = models.CharField(max_length=253, blank=True)
    imap_port = models.PositiveIntegerField(default=993)
    imap_security = models.CharField(max_length=8, choices=SECURITY, default="tls", db_default="tls")
    plus_addresses = models.BooleanField(
        default=False,
        help_text="Its server delivers name+tag@… to name@…; answers then find their thread without any reference.",
    )

    daily_cap = models.PositiveIntegerField(default=40)
    weekly_cap = models.PositiveIntegerField(default=200)
    ramp_from = models.DateField(null=True, blank=True, help_text="First day of the ramp-up; empty: no ramp-up.")
    gap_seconds = models.PositiveIntegerField(default=90, help_text="Least time between two outreach mails.")
    window_from = models.TimeField(default="08:00")
    window_until = models.TimeField(default="17:30")
    domain_found = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="SPF, DKIM and DMARC as last read."
    )
    domain_checked_at = models.DateTimeField(null=True, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(
        null=True, blank=True, help_text="When all its folders were last looked through."
    )
    reading_error = models.CharField(
        max_length=300, blank=True, db_default="", help_text="Why it cannot be read, in words."
    )
    reading_again_at = models.DateTimeField(null=True, blank=True, help_text="No log-in before this moment.")
    refused_login = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="Keyed hash of the log-in the server refused; another is tried at once.",
    )
    sent_copies_at = models.DateTimeField(
        null=True, blank=True, help_text="Its server keeps what we send in the Sent folder: when that was last seen."
    )
    sent_looked_at = models.DateTimeField(
        null=True, blank=True, help_text="When its Sent folder was last searched for evidence."
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "mailboxes"
        constraints = [
            models.UniqueConstraint("internal", condition=models.Q(internal=True), name="one_internal_mailbox"),
            models.CheckConstraint(
                condition=models.Q(internal=True) | models.Q(team__isnull=False), name="mailbox_has_team"
            ),
        ]

    def __str__(self) -> str:
        return self.address


MAILBOX = Workflow({Mailbox.State.ACTIVE: {Mailbox.State.PAUSED}, Mailbox.State.PAUSED: {Mailbox.State.ACTIVE}})
