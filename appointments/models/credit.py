"""The ledger of round robin: what each host has had of a kind of meeting, and what was given back."""

from django.db import models


class Credit(models.Model):
    """One line of the ledger. Whoever has the least for their weight is next; nothing is ever rewritten."""

    class Why(models.TextChoices):
        BOOKED = "booked", "Booked"
        TAKEN_OVER = "taken_over", "Taken over from a colleague"
        GIVEN_AWAY = "given_away", "Moved to a colleague"
        CANCELLED = "cancelled", "Cancelled"
        NO_SHOW = "no_show", "The guest did not come"
        HELD_AFTER_ALL = "held_after_all", "Held after all"
        REFUSED = "refused", "Not accepted"
        JOINED = "joined", "Joined at the average"
        AWAY = "away", "What the others had meanwhile"
        BY_HAND = "by_hand", "Put right by hand"

    meeting_type = models.ForeignKey("appointments.MeetingType", models.CASCADE, related_name="credits")
    host = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    meeting = models.ForeignKey("appointments.Meeting", models.SET_NULL, null=True, blank=True, related_name="credits")
    vacation = models.ForeignKey("appointments.Vacation", models.SET_NULL, null=True, blank=True, related_name="+")
    why = models.CharField(max_length=14, choices=Why)
    amount = models.DecimalField(max_digits=10, decimal_places=3, help_text="Meetings had; negative gives back.")
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["meeting_type", "host"], include=["amount"], name="credit_by_host")]
        constraints = [
            models.UniqueConstraint(
                "meeting_type", "host", "vacation", condition=models.Q(why="away"), name="away_settled_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.host}: {self.amount:+} ({self.get_why_display()})"
