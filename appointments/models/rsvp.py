"""What calendars answer about a meeting: one standing answer of each person invited, and other times they propose."""

from django.db import models

from crm.workflow import Workflow


class Rsvp(models.Model):
    """The newest answer of one address; an older one never replaces it (RFC 5546 §2.1.5)."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        TENTATIVE = "tentative", "Perhaps"
        DECLINED = "declined", "Declined"
        DELEGATED = "delegated", "Sends someone else"

    meeting = models.ForeignKey("appointments.Meeting", models.CASCADE, related_name="rsvps")
    address = models.CharField(max_length=320)
    answer = models.CharField(max_length=10, choices=Answer)
    sequence = models.PositiveIntegerField(help_text="The meeting's SEQUENCE that was answered.")
    stamped_at = models.DateTimeField(null=True, blank=True, help_text="DTSTAMP, or when it came if that is earlier.")
    delegated_to = models.CharField(max_length=320, blank=True)
    message = models.ForeignKey("crm.Message", models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "calendar answer"
        constraints = [models.UniqueConstraint("meeting", "address", name="one_answer_of_each_invited")]

    def __str__(self) -> str:
        return f"{self.address}: {self.get_answer_display().lower()}"


class CounterProposal(models.Model):
    """Another time a guest's calendar proposes (RFC 5546 §3.2.7); a person accepts or refuses it."""

    class State(models.TextChoices):
        OPEN = "open", "Waits for an answer"
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"
        OUTDATED = "outdated", "Outdated"

    meeting = models.ForeignKey("appointments.Meeting", models.CASCADE, related_name="counters")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    address = models.CharField(max_length=320)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    comment = models.CharField(max_length=500, blank=True)
    sequence = models.PositiveIntegerField()
    stamped_at = models.DateTimeField(null=True, blank=True)
    message = models.ForeignKey("crm.Message", models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("meeting", condition=models.Q(state="open"), name="one_open_counter_of_a_meeting")
        ]

    def __str__(self) -> str:
        return f"{self.address} proposes {self.starts_at:%Y-%m-%d %H:%M} UTC"


P = CounterProposal.State
COUNTER = Workflow(
    {P.OPEN: {P.ACCEPTED, P.REFUSED, P.OUTDATED}, P.ACCEPTED: set(), P.REFUSED: set(), P.OUTDATED: set()}
)
