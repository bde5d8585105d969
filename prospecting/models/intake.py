"""Accounts that start together: a standing order that takes some of a list each day, and one order for many."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.workflow import Workflow


class Road(models.Model):
    """By which list and sequence, and whether a person looks at each mail first."""

    segment = models.ForeignKey("prospecting.Segment", models.PROTECT, related_name="+")
    approval = models.BooleanField(default=False, help_text="A person looks at each mail first.")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        abstract = True


class Intake(Road):
    """So many accounts of a list on each of its weekdays, by the version of the sequence in use on that day."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        STOPPED = "stopped", "Stopped"

    class Owners(models.TextChoices):
        OWNER = "owner", "The account's owner"
        PERSON = "person", "One person"
        TEAM = "team", "The team in turn"

    name = models.CharField(max_length=120)
    sequence = models.ForeignKey("prospecting.Sequence", models.PROTECT, related_name="+")
    owners = models.CharField(max_length=6, choices=Owners, default=Owners.OWNER)
    person = models.ForeignKey("crm.User", models.PROTECT, null=True, blank=True, related_name="+")
    team = models.ForeignKey("crm.Team", models.PROTECT, null=True, blank=True, related_name="+")
    per_day = models.PositiveSmallIntegerField(default=20)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, help_text="0 is Monday.")
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    reason = models.CharField(max_length=200, blank=True, help_text="Why it is paused or stopped.")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(per_day__gte=1) & models.Q(per_day__lte=500), name="intake_per_day_is_sane"
            ),
            models.CheckConstraint(
                condition=~models.Q(owners="person") | models.Q(person__isnull=False), name="intake_names_its_person"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class IntakeDay(models.Model):
    """What an intake did on one day; that it is there is why the day is not done twice."""

    intake = models.ForeignKey(Intake, models.CASCADE, related_name="days")
    day = models.DateField()
    at = models.DateTimeField()
    looked = models.PositiveIntegerField(default=0)
    started = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=dict, blank=True, help_text="Reason → how many of those looked at.")

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint("intake", "day", name="intake_once_a_day")]

    def __str__(self) -> str:
        return f"{self.intake}, {self.day}"


class EnrollOrder(Road):
    """Everything that a view of the account list shows: taken in by batches, in the order of their keys."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    query = models.TextField(blank=True, help_text="The filters of the account list, as in its address.")
    picked = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="Instead: these accounts.")
    sequence_version = models.ForeignKey("prospecting.SequenceVersion", models.PROTECT, related_name="+")
    prospector = models.ForeignKey("crm.User", models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    wanted = models.PositiveIntegerField(default=0, help_text="How many the preview counted.")
    position = models.BigIntegerField(default=0, help_text="The key of the last account looked at.")
    started = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=dict, blank=True, help_text="Reason → {n, sample of keys}.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(state="running"), name="enroll_order_running")]

    def __str__(self) -> str:
        return f"Enrolling {self.wanted} accounts"


S = Intake.State
INTAKE = Workflow({S.RUNNING: {S.PAUSED, S.STOPPED}, S.PAUSED: {S.RUNNING, S.STOPPED}, S.STOPPED: set()})
T = EnrollOrder.State
ORDER = Workflow({T.RUNNING: {T.DONE, T.STOPPED}, T.DONE: set(), T.STOPPED: set()})
