"""The dated rungs an account reached, and where that leaves each walk."""

from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef


def pinned(to: str, **more: Any) -> Any:
    """A fact of its day: it stays as it was, whatever becomes of the walk; reports never look for it by itself."""
    return models.ForeignKey(to, more.pop("on_delete", models.PROTECT), related_name="+", db_index=False, **more)


def known(to: str) -> Any:
    return pinned(to, on_delete=models.SET_NULL, null=True, blank=True)


class Milestones(models.QuerySet["Milestone"]):
    def standing(self) -> "Milestones":
        """Those that no later row took back."""
        back = Milestone.objects.filter(
            enrollment=OuterRef("enrollment"), rung=OuterRef("rung"), turn=OuterRef("turn"), voids=True
        )
        return self.filter(~Exists(back), voids=False)


class Milestone(models.Model):
    """A rung on the day it was reached, or taken back; a row is never changed, and a rung reached anew is a new turn.

    It carries what held on that day: the versions walked, whose walk it was, and the touch that did it.
    """

    enrollment = models.ForeignKey(
        "prospecting.Enrollment", models.CASCADE, null=True, blank=True, related_name="milestones", db_index=False
    )  # no index of their own for these two: they lead those of `Meta`, and every milestone is written with its event
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+", db_index=False)
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="+")
    rung = models.CharField(max_length=16)
    at = models.DateTimeField(help_text="When it happened, not when it was written down.")
    voids = models.BooleanField(default=False)
    turn = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="Counts up when a rung is reached anew.")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    segment_version = pinned("prospecting.SegmentVersion", null=True, blank=True)
    route_version = pinned("prospecting.RouteVersion", null=True, blank=True)
    sequence_version = pinned("prospecting.SequenceVersion", null=True, blank=True)
    enrolled_at = models.DateTimeField(null=True, blank=True, help_text="The cohort.")
    prospector = known("crm.User")
    setter = known("crm.User")
    role = known("crm.Role")
    step = known("prospecting.Step")
    mailbox = known("crm.Mailbox")

    objects = Milestones.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("enrollment", "rung", "turn", "voids", name="milestone_once"),
        ]
        indexes = [
            models.Index(fields=["account", "rung", "at"], name="milestone_by_account"),
            models.Index(fields=["rung", "at"], name="milestone_by_rung"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.rung}"


class Standing(models.Model):
    """A walk on the ladder, one row to read: under what it began, and when each rung was reached.

    A trigger writes it from the milestones. A rung that is taken back ends the row (`until`) and begins another: the one
    that held on a day is the one whose `since` and `until` include it.
    """

    enrollment = models.ForeignKey("prospecting.Enrollment", models.CASCADE, related_name="standings")
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    segment_version = pinned("prospecting.SegmentVersion")
    route_version = pinned("prospecting.RouteVersion")
    sequence_version = pinned("prospecting.SequenceVersion")
    prospector = known("crm.User")
    setter = known("crm.User")
    enrolled_at = models.DateTimeField()
    contacted_at = models.DateTimeField(null=True, blank=True)
    engaged_at = models.DateTimeField(null=True, blank=True)
    in_hand_at = models.DateTimeField(null=True, blank=True, help_text="When the first setter had it.")
    qualified_at = models.DateTimeField(null=True, blank=True)
    booked_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("enrollment", condition=models.Q(until=None), name="standing_now_once"),
        ]
        indexes = [models.Index(fields=["enrolled_at"], name="standing_by_cohort")]

    def __str__(self) -> str:
        return f"{self.account} since {self.since:%Y-%m-%d}"
