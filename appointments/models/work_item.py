"""What must be done about a conversation, with a clock, and the words that help to do it."""

from django.db import models

from crm.workflow import Workflow


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
    due_at = models.DateTimeField()
    snoozed_until = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    first_answer_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True, help_text="Empty while what they wrote last waits.")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    next = models.CharField(max_length=10, choices=Next, blank=True)
    rest_until = models.DateField(null=True, blank=True)
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
        ]

    def __str__(self) -> str:
        return f"{self.what} for {self.person_address}"


S = WorkItem.State
WORK_ITEM = Workflow(
    {
        S.OPEN: {S.CLAIMED, S.SNOOZED, S.DONE},
        S.CLAIMED: {S.OPEN, S.SNOOZED, S.DONE},
        S.SNOOZED: {S.OPEN, S.CLAIMED, S.DONE},
        S.DONE: {S.OPEN},  # undo
    }
)


class Playbook(models.Model):
    """A draft for a label, in the closed merge language; per segment and language where it must differ."""

    name = models.CharField(max_length=120)
    label = models.CharField(max_length=24)
    also = models.CharField(max_length=24, blank=True, help_text="Only where the reply says this too.")
    segment = models.ForeignKey("prospecting.Segment", models.CASCADE, null=True, blank=True, related_name="+")
    language = models.CharField(max_length=2, default="en")
    body = models.TextField()
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
