"""A meeting from offered slots to its outcome, and what protects it on the way."""

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Func

from crm.workflow import Workflow


class Offer(models.Model):
    """Slots offered to someone; its signed link is bound to account, contact and reply."""

    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="+")
    reply = models.ForeignKey("prospecting.Reply", models.SET_NULL, null=True, blank=True, related_name="+")
    work_item = models.ForeignKey(
        "appointments.WorkItem", models.SET_NULL, null=True, blank=True, related_name="offers"
    )
    conversation = models.ForeignKey("crm.Conversation", models.SET_NULL, null=True, blank=True, related_name="+")
    team = models.ForeignKey("crm.Team", models.PROTECT, related_name="+")
    meeting_type = models.ForeignKey("appointments.MeetingType", models.PROTECT, related_name="+")
    slots = models.JSONField(default=list, help_text="[{start: ISO 8601 UTC, host: id}]")
    guest_zone = models.CharField(max_length=64, help_text="IANA.")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    replaces = models.ForeignKey(
        "appointments.Meeting", models.SET_NULL, null=True, blank=True, related_name="+", help_text="After a no-show."
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, help_text="The link was taken back.")

    def __str__(self) -> str:
        return f"{len(self.slots)} times for {self.contact or self.account}"


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Meeting(models.Model):
    class State(models.TextChoices):
        PENCILLED = "pencilled", "Pencilled"
        BOOKED = "booked", "Booked"
        HELD = "held", "Held"
        NO_SHOW = "no_show", "No-show"
        CANCELLED = "cancelled", "Cancelled"
        LAPSED = "lapsed", "Lapsed"

    class Side(models.TextChoices):
        GUEST = "guest", "The guest did not come"
        HOST = "host", "We did not come"
        TECHNICAL = "technical", "The line failed"

    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="+")
    team = models.ForeignKey("crm.Team", models.PROTECT, related_name="+")
    enrollment = models.ForeignKey("prospecting.Enrollment", models.SET_NULL, null=True, blank=True, related_name="+")
    conversation = models.ForeignKey("crm.Conversation", models.SET_NULL, null=True, blank=True, related_name="+")
    offer = models.ForeignKey(Offer, models.SET_NULL, null=True, blank=True, related_name="meetings")
    work_item = models.ForeignKey(
        "appointments.WorkItem", models.SET_NULL, null=True, blank=True, related_name="meetings"
    )
    meeting_type = models.ForeignKey("appointments.MeetingType", models.PROTECT, related_name="meetings")
    host = models.ForeignKey("crm.User", models.PROTECT, related_name="+", help_text="The first of its seats.")
    setter = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.PENCILLED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    busy_from = models.DateTimeField(help_text="With the buffer before.")
    busy_until = models.DateTimeField(help_text="With the buffer after.")
    pencilled_until = models.DateTimeField(null=True, blank=True)
    guest_name = models.CharField(max_length=200, blank=True)
    guest_email = models.CharField(max_length=320, blank=True)
    guest_zone = models.CharField(max_length=64, blank=True, help_text="IANA.")
    guest_language = models.CharField(
        max_length=5, blank=True, db_default="", help_text="Of the booking pages, as chosen there; empty is English."
    )
    guest_note = models.TextField(blank=True)
    answers = models.JSONField(default=list, blank=True, help_text="[{question, answer}], as they were asked.")
    link_number = models.PositiveSmallIntegerField(default=0, help_text="Counts up to make older links void.")
    place = models.CharField(max_length=300, blank=True)
    uid = models.CharField(max_length=120, unique=True, help_text="iCalendar UID; kept when the meeting moves.")
    sequence = models.PositiveIntegerField(default=0, help_text="iCalendar SEQUENCE.")
    wall_start = models.CharField(
        max_length=19, blank=True, help_text="Agreed wall-clock time, ISO 8601, in wall_zone."
    )
    wall_zone = models.CharField(max_length=64, blank=True, help_text="IANA; its rules may change after the booking.")
    idempotency_key = models.CharField(max_length=64, null=True, blank=True, unique=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    outcome_asked_at = models.DateTimeField(null=True, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    side = models.CharField(max_length=10, choices=Side, blank=True)
    held_by = models.ForeignKey(
        "crm.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who held it in the host's stead.",
    )
    cancelled_reason = models.CharField(max_length=300, blank=True)
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="meeting_ends_after"),
            models.CheckConstraint(condition=~models.Q(state="no_show") | ~models.Q(side=""), name="no_show_has_side"),
        ]
        indexes = [
            models.Index(fields=["host", "starts_at"], name="meeting_by_host"),
            models.Index(fields=["state", "starts_at"], name="meeting_by_state"),
            models.Index(fields=["account", "-starts_at"], name="meeting_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_type} with {self.guest_name or self.account}"


S = Meeting.State
MEETING = Workflow(
    {
        S.PENCILLED: {S.BOOKED, S.LAPSED},
        S.BOOKED: {S.HELD, S.NO_SHOW, S.CANCELLED},
        S.NO_SHOW: {S.HELD},  # corrections, with a reason
        S.HELD: {S.NO_SHOW},
        S.CANCELLED: set(),
        S.LAPSED: set(),
    }
)


class Reminder(models.Model):
    """One planned message or question about a meeting; a move re-plans them."""

    class Kind(models.TextChoices):
        LEAD = "lead", "Early reminder"
        DAY = "day", "Reconfirmation, a day before"
        HOUR = "hour", "Shortly before"
        HOST = "host", "The host's brief"
        TASK = "task", "A task if not confirmed"
        OUTCOME = "outcome", "Was it held?"

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        SENT = "sent", "Sent"
        DROPPED = "dropped", "Dropped"

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=8, choices=Kind)
    for_sequence = models.PositiveIntegerField(default=0, help_text="The meeting's SEQUENCE it was planned for.")
    state = models.CharField(max_length=8, choices=State, default=State.PLANNED)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("meeting", "kind", "for_sequence", name="reminder_once")]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="planned"), name="reminder_due")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.meeting}"


R = Reminder.State
# Dropped by a plan that was changed, it may be planned again; what was sent is not.
REMINDER = Workflow(
    {R.PLANNED: {R.SENT, R.DROPPED}, R.SENT: set(), R.DROPPED: {R.PLANNED}}, quiet={R.PLANNED, R.SENT, R.DROPPED}
)


class Recovery(models.Model):
    """After a no-show: two tries in five working days, then a person."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        REBOOKED = "rebooked", "Rebooked"
        RETURNED = "returned", "Returned to a person"

    meeting = models.OneToOneField(Meeting, models.CASCADE, related_name="recovery")
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    tries = models.PositiveSmallIntegerField(default=0)
    priority = models.BooleanField(
        default=False, help_text="Our side failed: the first free time of anyone, and a person calls."
    )
    next_at = models.DateTimeField(null=True, blank=True)
    offer = models.ForeignKey(Offer, models.SET_NULL, null=True, blank=True, related_name="+")
    new_meeting = models.ForeignKey(Meeting, models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "recoveries"

    def __str__(self) -> str:
        return f"Recovery of {self.meeting}"


C = Recovery.State
RECOVERY = Workflow({C.RUNNING: {C.REBOOKED, C.RETURNED}, C.REBOOKED: set(), C.RETURNED: set()})
