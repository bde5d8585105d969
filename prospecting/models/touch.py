"""One planned or made contact attempt, every other message we send, and each hand-over to a server."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.workflow import Workflow


class Flight(models.TextChoices):
    """The states of everything that is sent."""

    PLANNED = "planned", "Planned"
    PAUSED = "paused", "Paused"
    IN_FLIGHT = "in_flight", "In flight"
    SENT = "sent", "Sent"
    BOUNCED = "bounced", "Bounced"
    UNCERTAIN = "uncertain", "Uncertain"
    CANCELLED = "cancelled", "Cancelled"
    SKIPPED = "skipped", "Skipped"
    DROPPED = "dropped", "Dropped"


F = Flight
TOUCH = Workflow(
    {
        F.PLANNED: {F.PAUSED, F.IN_FLIGHT, F.SENT, F.CANCELLED, F.SKIPPED},  # sent: a call or task a person logs
        F.PAUSED: {F.PLANNED, F.CANCELLED, F.SKIPPED},
        F.IN_FLIGHT: {F.SENT, F.BOUNCED, F.UNCERTAIN, F.PLANNED},
        F.UNCERTAIN: {F.SENT, F.BOUNCED, F.PLANNED, F.DROPPED},
        F.SENT: {F.BOUNCED},
        F.BOUNCED: set(),
        F.CANCELLED: set(),
        F.SKIPPED: set(),
        F.DROPPED: set(),
    },
    quiet={F.IN_FLIGHT},
)


class Leased(models.Model):
    """What a sender needs to claim a row: owner, expiry by the database's clock, fencing number."""

    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True, help_text="Earliest minute; set by back-off or delay.")
    waits_because = models.CharField(max_length=200, blank=True, help_text="Why not yet, in words.")

    class Meta:
        abstract = True


class Touch(Leased):
    """The planner decides who, what and from which day; the sender which minute and mailbox."""

    enrollment = models.ForeignKey("prospecting.Enrollment", models.CASCADE, related_name="touches")
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.CASCADE, related_name="+")
    visit = models.ForeignKey("prospecting.StageVisit", models.CASCADE, related_name="touches")
    step = models.ForeignKey("prospecting.Step", models.PROTECT, related_name="touches")
    channel = models.CharField(max_length=6)
    state = models.CharField(max_length=10, choices=Flight, default=Flight.PLANNED)
    due_on = models.DateField(help_text="From which day, in the recipient's zone.")
    why = models.CharField(max_length=300, blank=True)
    released = models.BooleanField(
        default=True, db_default=True, help_text="No: it waits for a person who looks at it first."
    )
    verdict = models.JSONField(default=dict, db_default={}, blank=True, help_text="The guard's answer at planning.")
    outcome = models.CharField(max_length=60, blank=True, help_text="Of a call or task; “skipped” by a person.")
    reached = models.BooleanField(default=True, help_text="A call or task counts when it reached the person.")
    mailbox = models.ForeignKey("crm.Mailbox", models.PROTECT, null=True, blank=True, related_name="+")
    message = models.ForeignKey("crm.Message", models.SET_NULL, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="Accepted by the recipient's server.")
    bounced_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "touches"
        constraints = [
            models.UniqueConstraint(
                "contact",
                "step",
                "enrollment",
                condition=~models.Q(state__in=["cancelled", "skipped"]),
                name="step_once_per_person",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], condition=models.Q(state="planned"), name="touch_due"),
            models.Index(
                fields=["due_on", "id"], condition=models.Q(state="planned", released=False), name="touch_to_release"
            ),
            models.Index(fields=["lease_until"], condition=models.Q(state="in_flight"), name="touch_in_flight"),
            models.Index(fields=["account", "-sent_at"], name="touch_by_account"),
            models.Index(
                fields=["step", "enrollment"], include=["sent_at", "bounced_at", "mailbox"], name="touch_delivered",
                condition=models.Q(sent_at__isnull=False, reached=True),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.step} to {self.contact}"


class Draft(models.Model):
    """The words a person gave to a touch that waited for them; they are what is sent."""

    touch = models.OneToOneField(Touch, models.CASCADE, related_name="draft")
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.subject or f"Words for {self.touch}"


class Outgoing(Leased):
    """A message of the product that is no touch: an answer, a mail by hand, meeting mail, mail to users."""

    class Purpose(models.TextChoices):
        ANSWER = "answer", "Answer"
        OUTREACH = "outreach", "Outreach by hand"
        MEETING = "meeting", "Meeting"
        INTERNAL = "internal", "Internal"

    purpose = models.CharField(max_length=8, choices=Purpose)
    state = models.CharField(max_length=10, choices=Flight, default=Flight.PLANNED)
    key = models.CharField(max_length=120, unique=True, help_text="What makes it happen once, as in reminder:17:d1.")
    account = models.ForeignKey("crm.Account", models.CASCADE, null=True, blank=True, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="+")
    visit = models.ForeignKey(
        "prospecting.StageVisit", models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="Of a mail by hand: the open stage of the person it went to.",
    )  # fmt: skip
    conversation = models.ForeignKey("crm.Conversation", models.SET_NULL, null=True, blank=True, related_name="+")
    mailbox = models.ForeignKey("crm.Mailbox", models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    to_address = models.CharField(max_length=320)
    to_name = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=500)
    body = models.TextField()
    html = models.TextField(blank=True, help_text="Only where Django's own mail brings one.")
    calendar = models.TextField(blank=True, help_text="text/calendar part.")
    calendar_method = models.CharField(max_length=16, blank=True)
    automatic = models.BooleanField(default=False, help_text="Marked Auto-Submitted (RFC 3834).")
    message = models.ForeignKey("crm.Message", models.SET_NULL, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "outgoing message"
        indexes = [
            models.Index(fields=["not_before", "id"], condition=models.Q(state="planned"), name="outgoing_due"),
            models.Index(fields=["lease_until"], condition=models.Q(state="in_flight"), name="outgoing_in_flight"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} to {self.to_address}"


class Attempt(models.Model):
    """One hand-over to a server, committed with its Message-ID and the guard's verdict before DATA."""

    touch = models.ForeignKey(Touch, models.CASCADE, null=True, blank=True, related_name="attempts")
    outgoing = models.ForeignKey(Outgoing, models.CASCADE, null=True, blank=True, related_name="attempts")
    mailbox = models.ForeignKey("crm.Mailbox", models.PROTECT, related_name="+")
    message_id = models.CharField(max_length=500, db_index=True)
    recipient = models.CharField(max_length=320)
    address_hash = models.CharField(
        max_length=64, blank=True, help_text="Keyed; a trigger refuses an attempt to a suppressed address."
    )
    barred_by = ArrayField(
        models.CharField(max_length=64), default=list, db_default=[], blank=True,
        help_text="Keyed marks of its address, domains and account; the same trigger looks for each of them.",
    )  # fmt: skip
    raw = models.BinaryField(help_text="Exactly what is handed over; a resend uses the same bytes.")
    verdict = models.JSONField(default=dict, help_text="The guard's facts and answer.")
    fence = models.PositiveIntegerField()
    outcome = models.CharField(
        max_length=12,
        default="in_flight",
        choices=[
            ("in_flight", "In flight"),
            ("accepted", "Accepted"),
            ("temporary", "Refused for now"),
            ("permanent", "Refused for good"),
            ("sender", "Sender problem"),
            ("unknown", "Unknown"),
        ],
    )
    response = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(touch__isnull=False) ^ models.Q(outgoing__isnull=False), name="attempt_of_one_thing"
            ),
        ]
        indexes = [
            models.Index(fields=["mailbox", "-started_at"], name="attempt_by_mailbox"),
            models.Index(fields=["recipient", "-started_at"], name="attempt_by_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.outcome}"
