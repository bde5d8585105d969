"""One import of a file: its mapping, its counts, its errors."""

from django.db import models

from crm.workflow import Workflow


class Import(models.Model):
    class State(models.TextChoices):
        MAPPING = "mapping", "Waiting for the columns"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=10, choices=[("accounts", "Accounts"), ("contacts", "Contacts")])
    state = models.CharField(max_length=10, choices=State, default=State.MAPPING)
    file_name = models.CharField(max_length=255)
    content = models.BinaryField()
    mapping = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    errors = models.JSONField(default=list, blank=True)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.file_name


S = Import.State
IMPORT = Workflow(
    {
        S.MAPPING: {S.RUNNING, S.CANCELLED},
        S.RUNNING: {S.DONE, S.FAILED, S.CANCELLED},
        S.FAILED: {S.RUNNING},
        S.DONE: set(),
        S.CANCELLED: set(),
    }
)
