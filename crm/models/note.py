"""What users write down, and what the product tells them."""

from django.db import models


class Note(models.Model):
    """Written for colleagues, about an account, a person there, or one conversation; content of the team."""

    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="notes")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="notes")
    conversation = models.ForeignKey(
        "crm.Conversation",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="notes",
        help_text="Of a note on a reply.",
    )
    team = models.ForeignKey("crm.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    mentioned = models.ManyToManyField("crm.User", blank=True, related_name="+", help_text="Who was told of it.")
    text = models.TextField()
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text[:60]


class Notification(models.Model):
    user = models.ForeignKey("crm.User", models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-at"], name="notification_latest")]

    def __str__(self) -> str:
        return self.text
