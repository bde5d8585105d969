"""What must be done about a conversation, with a clock, and the words that help to do it."""

from datetime import datetime, timedelta

from django.db import models

from crm.workflow import Workflow

HELD = timedelta(minutes=10)  # how long a claim holds after the last sign of whoever answers
WATCHED = ~models.Q(state="done") & models.Q(answered_at=None)


class WorkItem(models.Model):
    """One open per conversation and person; a further message of theirs restarts its clock."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        CLAIMED = "claimed", "Claimed"
        SNOOZED = "snoozed", "Snoozed"
        DONE = "done", "Done"

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Answered"
        QUALIFIED = "qualified", "Qualified"
        NURTURE = "nurture", "Nurture"
        REFERRED = "referred", "Referred"
        BOOKED = "booked", "Booked"
        CLOSED = "closed", "Closed"

    class Next(models.TextChoices):
        """What the account does next."""

        RESUME = "resume", "Resume the stage"
        NEXT_ROLE = "next_role", "Go to the next role"
        REST = "rest", "Rest until"
        CLOSE = "close", "Close"
        WAIT = "wait", "Stay paused until the meeting has an outcome"

    class Reason(models.TextChoices):
        """Why they decline, or wait."""

        NO_NEED = "no_need", "No need"
        SUPPLIER = "supplier", "Has a supplier"
        BUDGET = "budget", "No budget"
        PRIORITY = "priority", "Not a priority now"
        TIMING = "timing", "A date that is still to come"
        FIT = "fit", "We do not fit"
        CONTACT = "contact", "Does not want to be written to"
        OTHER = "other", "Another reason"

    conversation = models.ForeignKey("crm.Conversation", models.PROTECT, related_name="+")
    team = models.ForeignKey("crm.Team", models.PROTECT, related_name="+")
    account = models.ForeignKey("crm.Account", models.CASCADE, null=True, blank=True, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="+")
    person_address = models.CharField(max_length=320)
    reply = models.ForeignKey(
        "prospecting.Reply", models.SET_NULL, null=True, related_name="+", help_text="The latest."
    )
    setter = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    what = models.CharField(max_length=40, help_text="The matrix's item action, as in answer, find_successor.")
    minutes = models.PositiveIntegerField(default=240, db_default=240, help_text="The promise, in working minutes.")
    due_at = models.DateTimeField(help_text="When the promise to them runs out.")
    warn_at = models.DateTimeField(
        null=True, blank=True, help_text="When its holder is warned; empty once that is done."
    )
    runs_out_at = models.DateTimeField(
        null=True, blank=True, help_text="When the clock looks for somebody else; empty where it does not."
    )
    silent = models.JSONField(
        default=list,
        blank=True,
        db_default=models.Value([], models.JSONField()),
        help_text="Who let it run out, by id.",
    )
    lead_told_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="When its setter was last seen answering it.")
    escalated_at = models.DateTimeField(null=True, blank=True)
    first_answer_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True, help_text="Empty while what they wrote last waits.")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    next = models.CharField(max_length=10, choices=Next, blank=True)
    rest_until = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=10, choices=Reason, blank=True, db_default="")
    note = models.CharField(max_length=200, blank=True, db_default="", help_text="The reason in their words.")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    since = models.DateTimeField(help_text="The oldest message that no one has answered.")
    asked_at = models.DateTimeField(help_text="The message that opened it.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "conversation",
                "person_address",
                condition=models.Q(state__in=["open", "claimed", "snoozed"]),
                name="work_item_open_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done") | ~models.Q(outcome=""), name="done_item_has_outcome"
            ),
        ]
        indexes = [
            models.Index(fields=["team", "due_at", "id"], condition=~models.Q(state="done"), name="work_item_queue"),
            models.Index(fields=["setter", "due_at", "id"], condition=~models.Q(state="done"), name="work_item_mine"),
            models.Index(fields=["team", "-done_at", "-id"], condition=models.Q(state="done"), name="work_item_done"),
            models.Index(fields=["runs_out_at"], condition=WATCHED, name="work_item_watched"),
        ]

    def __str__(self) -> str:
        return f"{self.what} for {self.person_address}"

    def is_held(self, now: datetime) -> bool:
        """Whether its setter is answering it just now; nobody else may until they are done, or it is taken over."""
        return self.claimed_at is not None and self.setter_id is not None and now - self.claimed_at < HELD

    @property
    def who(self) -> str:
        """Who waits, by name where it is known."""
        return self.contact.name if self.contact else self.person_address

    @property
    def answers_go_to(self) -> str:
        """Where whoever wrote asks for the answer (Reply-To, RFC 5322 §3.6.2), else whence they wrote."""
        return (self.reply and self.reply.message.reply_to) or self.person_address


S = WorkItem.State
WORK_ITEM = Workflow(
    {
        S.OPEN: {S.CLAIMED, S.SNOOZED, S.DONE},
        S.CLAIMED: {S.OPEN, S.SNOOZED, S.DONE},
        S.SNOOZED: {S.OPEN, S.CLAIMED, S.DONE},
        S.DONE: {S.OPEN},  # undo
    }
)


class AnswerDraft(models.Model):
    """What someone has typed as an answer and not sent: one a person and work item, each save counted."""

    work_item = models.ForeignKey(WorkItem, models.CASCADE, related_name="drafts")
    by = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    body = models.TextField(blank=True)
    slots = models.JSONField(default=list, help_text="The times picked with it.")
    meeting_type = models.ForeignKey(
        "appointments.MeetingType",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of those times.",
    )
    version = models.PositiveIntegerField(default=1, help_text="Counts the saves; a window that missed one is told.")
    at = models.DateTimeField()
    sent = models.ForeignKey(
        "prospecting.Outgoing", models.SET_NULL, null=True, blank=True, related_name="+", help_text="As what it left."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work_item", "by"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.by}: {self.body[:60]}"


class SetterTurn(models.Model):
    """Whose turn it is where a team's replies go round: whoever waited longest for one is next."""

    user = models.OneToOneField("crm.User", models.CASCADE, related_name="+")
    at = models.DateTimeField(help_text="When they last got one.")
    count = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user}: {self.count}, the last one {self.at:%Y-%m-%d %H:%M}"


class Playbook(models.Model):
    """A draft for a label, in the closed merge language; per segment and language where it must differ."""

    name = models.CharField(max_length=120)
    label = models.CharField(max_length=24)
    also = models.CharField(max_length=24, blank=True, help_text="Only where the reply says this too.")
    segment = models.ForeignKey("prospecting.Segment", models.CASCADE, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=2, default="en")
    body = models.TextField()
    meeting_type = models.ForeignKey(
        "appointments.MeetingType", models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="What times are offered for; empty: the team's first.",
    )  # fmt: skip
    books_itself = models.BooleanField(default=False, help_text="A time accepted in plain words is booked at once.")
    sends_itself = models.BooleanField(default=False, help_text="An answer made of it leaves without a person.")
    least_confidence = models.FloatField(
        default=0.97, help_text="Of the label, 0.9 to 1, for an answer without a person."
    )
    allowed_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    allowed_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "label",
                "also",
                "segment",
                "language",
                "name",
                nulls_distinct=False,
                condition=models.Q(archived_at=None),
                name="playbook_once",
                violation_error_message="There is a draft of this name for this label, language and segment already.",
            ),
            models.CheckConstraint(
                condition=models.Q(least_confidence__gte=0.9, least_confidence__lte=1), name="playbook_sure_enough"
            ),
            models.CheckConstraint(
                condition=models.Q(sends_itself=False) | models.Q(allowed_at__isnull=False), name="playbook_allowed"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AutoAnswerStop(models.Model):
    """A team in which no answer to a reply leaves without a person, whatever the playbooks allow."""

    team = models.OneToOneField("crm.Team", models.CASCADE, related_name="+")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "stop of automatic answers"
        verbose_name_plural = "stops of automatic answers"

    def __str__(self) -> str:
        return f"No answer by itself in {self.team}"
