"""What closed work teaches: what was known of an account when its walk began, and what it came down to."""

from django.db import models

from prospecting.rules import attribution


class EnrolledFacts(models.Model):
    """The account's facts as they were known when the walk began; findings are measured on them, whatever changes later."""

    enrollment = models.OneToOneField("prospecting.Enrollment", models.CASCADE, primary_key=True, related_name="known")
    facts = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "enrolled facts"

    def __str__(self) -> str:
        return f"What was known of enrollment {self.enrollment_id}"


class Attribution(models.Model):
    """Why a walk brought no held meeting: proposed from what happened, confirmed or changed by a person."""

    enrollment = models.OneToOneField("prospecting.Enrollment", models.CASCADE, related_name="attribution")
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    content = models.BooleanField(
        default=True, db_default=True, help_text="Gives away what somebody wrote or said: for the team alone."
    )
    team = models.ForeignKey(
        "crm.Team", models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="Whose walk it was. Content of no team, or of several, is read by admins.",
    )  # fmt: skip
    cause = models.CharField(
        max_length=12, choices=attribution.CHOICES, blank=True, help_text="Empty: nobody could say."
    )
    proposed = models.CharField(max_length=12, choices=attribution.CHOICES, blank=True, db_default="")
    because = models.CharField(max_length=300, blank=True, db_default="", help_text="What shows it.")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="When a person said so.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cause__in=["", *attribution.CAUSES]), name="attribution_of_a_known_cause"
            ),
        ]
        indexes = [models.Index(fields=["account"], name="attribution_by_account")]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_cause_display() or 'not said'}"
