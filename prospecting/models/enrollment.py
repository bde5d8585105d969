"""One account walking one sequence on one route."""

from django.db import models

from crm.workflow import Workflow


class Enrollment(models.Model):
    """Pins the versions of segment, route, sequence (and so template) and politeness policy."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        RESTING = "resting", "Resting"
        FINISHED = "finished", "Finished"
        CLOSED = "closed", "Closed"

    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    prospector = models.ForeignKey("crm.User", models.PROTECT, related_name="+")
    segment_version = models.ForeignKey("prospecting.SegmentVersion", models.PROTECT, related_name="enrollments")
    route_version = models.ForeignKey("prospecting.RouteVersion", models.PROTECT, related_name="enrollments")
    sequence_version = models.ForeignKey("prospecting.SequenceVersion", models.PROTECT, related_name="enrollments")
    policy = models.ForeignKey("prospecting.PolitenessPolicy", models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    reason = models.CharField(max_length=200, blank=True, help_text="Why paused, resting or closed, in words.")
    in_conversation = models.BooleanField(
        default=False, help_text="Someone at the account wrote; ends when that is answered and done."
    )
    paused_by_hand = models.BooleanField(default=False, help_text="Goes on only when a person says so.")
    approval = models.BooleanField(default=False, db_default=False, help_text="A person looks at each mail first.")
    rests_until = models.DateField(null=True, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    plan_at = models.DateTimeField(null=True, blank=True, help_text="When the planner looks again.")
    next_words = models.CharField(max_length=300, blank=True, help_text="What the planner said last, in words.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "account", condition=models.Q(state__in=["active", "paused", "resting"]), name="enrollment_open_once"
            )
        ]
        indexes = [
            models.Index(fields=["plan_at"], condition=models.Q(state="active"), name="enrollment_to_plan"),
            models.Index(fields=["started_at", "id"], name="enrollment_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.account} on {self.sequence_version}"


E = Enrollment.State
OPEN = (E.ACTIVE, E.PAUSED, E.RESTING)
ENROLLMENT = Workflow(
    {
        E.ACTIVE: {E.PAUSED, E.RESTING, E.FINISHED, E.CLOSED},
        E.PAUSED: {E.ACTIVE, E.RESTING, E.FINISHED, E.CLOSED},
        E.RESTING: {E.ACTIVE, E.PAUSED, E.FINISHED, E.CLOSED},
        E.FINISHED: set(),
        E.CLOSED: set(),
    }
)


class StageVisit(models.Model):
    """A stage of the route as this enrollment walks it, and why it is open or shut."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="visits")
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    stage = models.ForeignKey("prospecting.Stage", models.PROTECT, related_name="visits")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    why = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    waits_until = models.DateField(null=True, blank=True, help_text="Patience waits for someone who is away.")

    class Meta:
        constraints = [models.UniqueConstraint("enrollment", "stage", name="stage_visit_once")]

    def __str__(self) -> str:
        return f"{self.stage}: {self.state}"


V = StageVisit.State
STAGE = Workflow({V.WAITING: {V.OPEN, V.CLOSED}, V.OPEN: {V.CLOSED}, V.CLOSED: {V.OPEN}})


class Skip(models.Model):
    """A person who is left out of one walk, with the reason; taken back, the planner chooses them again."""

    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="skips")
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.CASCADE, related_name="+")
    why = models.CharField(max_length=200)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "enrollment", "contact", condition=models.Q(undone_at=None), name="person_skipped_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact} left out: {self.why}"
