"""Who sits in a meeting: hosts, each of whom it takes the time of, and guests beside the one who booked."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models

from appointments.models.meeting import Meeting, TsTzRange


class MeetingSeat(models.Model):
    """One host's time in one meeting. The database keeps it: a trigger on Meeting writes the seat of `host`, and
    carries times and state over to every seat, so that no two seats of a person that take time ever overlap."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="seats")
    host = models.ForeignKey("crm.User", models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    busy_from = models.DateTimeField(help_text="With the buffer before.")
    busy_until = models.DateTimeField(help_text="With the buffer after.")
    takes_time = models.BooleanField(help_text="Pencilled, booked, held and no-show do.")
    pencilled_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="host_never_double_booked",
                expressions=[
                    ("host", RangeOperators.EQUAL),
                    (TsTzRange("busy_from", "busy_until"), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(takes_time=True),
            ),
            models.UniqueConstraint("meeting", "host", name="seat_once"),
        ]

    def __str__(self) -> str:
        return f"{self.host} in {self.meeting}"


class MeetingGuest(models.Model):
    """A further person from the account, invited beside whoever booked."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="guests")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=320)
    added_by = models.CharField(max_length=120, help_text="The guest, or the name of one of ours.")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint("meeting", models.functions.Lower("email"), name="meeting_guest_once")]

    def __str__(self) -> str:
        return self.name or self.email
