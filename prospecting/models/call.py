"""What a person did themselves: a call, a note on a network, a plain task."""

from django.db import models


class Call(models.Model):
    """One contact attempt that a person logged, planned by a sequence or not. It counts ten seconds later; until
    then it can be taken back."""

    class Channel(models.TextChoices):
        CALL = "call", "Call"
        SOCIAL = "social", "Social"
        TASK = "task", "Task"

    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.CASCADE, related_name="+")
    enrollment = models.ForeignKey(
        "prospecting.Enrollment", models.SET_NULL, null=True, blank=True, related_name="calls"
    )
    visit = models.ForeignKey("prospecting.StageVisit", models.SET_NULL, null=True, blank=True, related_name="+")
    touch = models.ForeignKey("prospecting.Touch", models.SET_NULL, null=True, blank=True, related_name="calls")
    channel = models.CharField(max_length=6, choices=Channel, default=Channel.CALL)
    outcome = models.CharField(max_length=24, help_text="A key of prospecting.rules.outcomes.")
    label = models.CharField(max_length=24, blank=True, help_text="What they said, as a reply would be labelled.")
    reached = models.BooleanField(default=False)
    words = models.CharField(max_length=500, blank=True, help_text="In the caller's words; content of their team.")
    until = models.DateField(null=True, blank=True, help_text="Not before this day, as they asked.")
    team = models.ForeignKey("crm.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    counts_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(settled_at=None) | models.Q(undone_at=None), name="call_settled_or_undone"
            ),
        ]
        indexes = [
            models.Index(
                fields=["counts_at"], condition=models.Q(settled_at=None, undone_at=None), name="call_to_settle"
            ),
            models.Index(fields=["account", "-at"], name="call_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.contact}"
