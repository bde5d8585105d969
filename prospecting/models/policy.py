"""How polite we are to an account, and who went against it."""

from django.db import models

from crm.workflow import Workflow


class PolitenessPolicy(models.Model):
    """Versioned; an enrollment pins the one it started under. Counted over all sequences, users and mailboxes."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Discarded"

    number = models.PositiveIntegerField(unique=True)
    people_at_once = models.PositiveSmallIntegerField(default=2)
    touches_a_week = models.PositiveSmallIntegerField(default=3)
    days_between_people = models.PositiveSmallIntegerField(default=2, help_text="Working days.")
    cool_off = models.JSONField(default=dict, blank=True, help_text="Label to days.")
    state = models.CharField(max_length=10, choices=State, default=State.PUBLISHED, db_default=State.PUBLISHED)
    reason = models.CharField(max_length=300, blank=True, db_default="", help_text="Why it was changed.")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        verbose_name_plural = "politeness policies"
        constraints = [
            models.UniqueConstraint("state", condition=models.Q(state="draft"), name="politeness_one_draft"),
        ]

    def __str__(self) -> str:
        return f"Politeness policy {self.number}"


P = PolitenessPolicy.State
POLICY = Workflow({P.DRAFT: {P.PUBLISHED, P.DISCARDED}, P.PUBLISHED: set(), P.DISCARDED: set()})


class Override(models.Model):
    """A guard's reason that a person went against, with their sentence; counted."""

    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, related_name="+")
    touch = models.ForeignKey("prospecting.Touch", models.SET_NULL, null=True, blank=True, related_name="overrides")
    outgoing = models.ForeignKey(
        "prospecting.Outgoing", models.SET_NULL, null=True, blank=True, related_name="overrides",
        help_text="The mail by hand that it was given for; it holds for nothing else.",
    )  # fmt: skip
    reason = models.CharField(max_length=40, help_text="The guard's reason.")
    sentence = models.CharField(max_length=300)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.reason}: {self.sentence}"
