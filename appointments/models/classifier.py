"""What was learnt from people's corrections: versions of the classifier, and the outside model that may be asked."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.workflow import Workflow


class ClassifierVersion(models.Model):
    """One head learnt here. Without one in use, the head that came with the product judges."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "Being learnt"
        IN_USE = "in_use", "In use"
        REFUSED = "refused", "Refused"
        REPLACED = "replaced", "Replaced"

    state = models.CharField(max_length=10, choices=State, default=State.CANDIDATE)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", help_text="What it was compared with."
    )
    head = models.BinaryField(default=bytes, help_text="Numbers only; the texts it was learnt from are not in it.")
    asked_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True, help_text="A worker has it since; the database's clock.")
    tries = models.PositiveSmallIntegerField(default=0)
    phase = models.CharField(max_length=12, blank=True)
    trained_at = models.DateTimeField(null=True, blank=True)
    corrections = models.PositiveIntegerField(default=0)
    project_rows = models.PositiveIntegerField(default=0)
    learnt = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="Classifications learnt from.")
    project_mark = models.CharField(max_length=64, blank=True, help_text="Of the examples that came with the product.")
    figures = models.JSONField(default=dict, blank=True, help_text="On each gold: before and after.")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was refused.")
    used_at = models.DateTimeField(null=True, blank=True, help_text="When it was last put to use.")

    class Meta:
        constraints = [
            models.UniqueConstraint("state", condition=models.Q(state="in_use"), name="one_classifier_in_use"),
            models.UniqueConstraint("state", condition=models.Q(state="candidate"), name="one_classifier_candidate"),
        ]

    def __str__(self) -> str:
        return f"Version {self.pk}"


V = ClassifierVersion.State
CLASSIFIER_VERSION = Workflow(
    {
        V.CANDIDATE: {V.IN_USE, V.REFUSED},
        V.IN_USE: {V.REPLACED},
        V.REPLACED: {V.IN_USE},  # rolled back to
        V.REFUSED: set(),
    }
)


class OutsideModel(models.Model):
    """An HTTPS endpoint of the installation's choosing, asked about replies nobody could read; off unless switched on."""

    on = models.BooleanField(default=False)
    url = models.URLField(max_length=500, blank=True)
    key = models.TextField(blank=True, help_text="Encrypted.")
    changed_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True, help_text="Replies judged before are not shown to it.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_outside_model"),
            models.CheckConstraint(condition=models.Q(on=False) | ~models.Q(url=""), name="outside_model_has_address"),
        ]

    def __str__(self) -> str:
        return self.url or "No outside model"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)


class OutsideOpinion(models.Model):
    """One question to the outside model: asked once, whatever becomes of it."""

    classification = models.OneToOneField("Classification", models.CASCADE, related_name="outside")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    label = models.CharField(max_length=24, blank=True)
    confidence = models.FloatField(null=True, blank=True, help_text="0 to 1.")
    problem = models.CharField(max_length=200, blank=True, help_text="Why the answer counts for nothing.")
    became = models.ForeignKey("Classification", models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.label or 'no answer'} for {self.classification_id}"
