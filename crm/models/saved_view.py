"""A list as someone narrowed it, kept under a name."""

from django.db import models


class SavedView(models.Model):
    """The filters of one list; a person's own, or shared with their team."""

    class Page(models.TextChoices):
        INBOX = "inbox", "Inbox"
        ACCOUNTS = "accounts", "Accounts"
        FUNNEL = "funnel", "Funnel"

    page = models.CharField(max_length=12, choices=Page)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True, help_text="What stands behind the question mark.")
    by = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    team = models.ForeignKey(
        "crm.Team", models.CASCADE, null=True, blank=True, related_name="+", help_text="With whom it is shared."
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "page", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
