"""The border: what a person wrote."""

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
