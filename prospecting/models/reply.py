"""The border: what a person wrote, and the dated rungs an account reached."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Reply(models.Model):
    """One per matched message, machines too; `counts` says whether it is a Reply. No states: a Reply has a label."""

    message = models.OneToOneField("crm.Message", models.CASCADE, related_name="+")
    account = models.ForeignKey("crm.Account", models.CASCADE, null=True, blank=True, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="+")
    conversation = models.ForeignKey("crm.Conversation", models.PROTECT, related_name="+")
    team = models.ForeignKey("crm.Team", models.PROTECT, related_name="+")
    enrollment = models.ForeignKey(
        "prospecting.Enrollment", models.SET_NULL, null=True, blank=True, related_name="replies"
    )
    label = models.CharField(max_length=24, blank=True, help_text="Empty until classified.")
    secondary = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    counts = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "replies"
        indexes = [
            models.Index(fields=["account", "-at"], name="reply_by_account"),
            models.Index(fields=["enrollment", "at"], name="reply_by_enrollment"),
        ]

    def __str__(self) -> str:
        return f"Reply {self.pk}: {self.label or 'not labelled yet'}"


class Milestone(models.Model):
    """One per enrollment and rung, dated when it happened; a hard bounce voids it by a second row."""

    enrollment = models.ForeignKey(
        "prospecting.Enrollment", models.CASCADE, null=True, blank=True, related_name="milestones"
    )
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="+")
    rung = models.CharField(max_length=16)
    at = models.DateTimeField()
    voids = models.BooleanField(default=False)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("enrollment", "rung", "voids", name="milestone_once"),
        ]
        indexes = [
            models.Index(fields=["account", "rung", "at"], name="milestone_by_account"),
            models.Index(fields=["rung", "at"], name="milestone_by_rung"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.rung}"
