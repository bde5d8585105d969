"""How the meetings of one kind are protected, where it differs from the standard."""

from django.db import models


class ReminderRule(models.Model):
    """One reminder of one kind of meeting; a kind without a row has the standard (rules/reminders.py)."""

    class Kind(models.TextChoices):
        LEAD = "lead", "Early reminder"
        DAY = "day", "Reconfirmation: yes, another time, or not at all"
        TASK = "task", "A task where the guest has not confirmed"
        HOUR = "hour", "Last reminder"
        HOST = "host", "The host's reminder, with the brief"

    meeting_type = models.ForeignKey("appointments.MeetingType", models.CASCADE, related_name="reminder_rules")
    kind = models.CharField(max_length=8, choices=Kind)
    minutes_before = models.PositiveIntegerField(help_text="Minutes before the start; whole days are the guest's days.")
    minutes_ahead = models.PositiveIntegerField(help_text="Left out where it was booked later than this before it.")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("meeting_type", "kind", name="one_rule_of_each_reminder"),
            models.CheckConstraint(
                condition=models.Q(minutes_ahead__gte=models.F("minutes_before")), name="reminded_after_booking"
            ),
        ]
        ordering = ("meeting_type", "-minutes_before")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.meeting_type}"
