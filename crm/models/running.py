"""What the running product knows of itself: heartbeats, the sandbox's mail and its clock."""

from django.db import models


class Heartbeat(models.Model):
    """When a part of the product (worker, beat, sandbox, intake, reader) last showed that it lives."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ClockOffset(models.Model):
    """Seconds by which every process of a sandbox runs ahead; ignored elsewhere."""

    seconds = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_clock_offset")]

    def __str__(self) -> str:
        return f"{self.seconds} s"


class SandboxMessage(models.Model):
    """A message the sandbox's SMTP server accepted and keeps."""

    mail_from = models.CharField(max_length=320, blank=True)
    rcpt_to = models.CharField(max_length=320)
    message_id = models.CharField(max_length=500, blank=True, db_index=True)
    raw = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="sandbox_latest")]

    def __str__(self) -> str:
        return f"to {self.rcpt_to}"
