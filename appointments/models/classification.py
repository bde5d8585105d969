"""What was said, who decided it, and what it set off."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from prospecting.rules import labels


class Classification(models.Model):
    """One judgement of one reply; a correction adds another. The newest that is not undone stands."""

    class Layer(models.TextChoices):
        HEADER = "header", "A header"
        RULE = "rule", "A rule"
        MODEL = "model", "The model"
        PERSON = "person", "A person"

    reply = models.ForeignKey("prospecting.Reply", models.CASCADE, related_name="+")
    label = models.CharField(max_length=24)
    secondary = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    confidence = models.FloatField(help_text="0 to 1.")
    decided_by = models.CharField(max_length=6, choices=Layer)
    entities = models.JSONField(default=dict, blank=True)
    needs_person = models.BooleanField(default=False)
    language = models.CharField(
        max_length=2, blank=True, help_text="What it is written in; empty where that is unclear."
    )
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    learnable = models.BooleanField(
        default=True, db_default=True, help_text="Nothing is learnt from the words of an erased person."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint("reply", condition=models.Q(undone_at=None), name="classification_standing_once")
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="classification_latest"),
            models.Index(
                fields=["-at", "-id"], condition=models.Q(decided_by="person"), name="classification_by_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.decided_by})"

    @property
    def guess(self) -> str:
        """What it may be, where nothing was sure enough to decide; else empty."""
        return str(self.entities.get("guess", "")) if self.needs_person else ""


class MatrixRow(models.Model):
    """What a label does, in three cells; seeded with 17 rows, overridable for a segment only."""

    label = models.CharField(max_length=24)
    segment = models.ForeignKey("prospecting.Segment", models.CASCADE, null=True, blank=True, related_name="+")
    contact_action = models.CharField(max_length=40)
    account_action = models.CharField(max_length=40)
    item_action = models.CharField(max_length=40)
    minutes = models.PositiveIntegerField(null=True, blank=True, help_text="The work item's clock, in working minutes.")
    settings = models.JSONField(default=dict, blank=True, help_text="Days of rest, and the like.")

    class Meta:
        constraints = [
            models.UniqueConstraint("label", "segment", nulls_distinct=False, name="matrix_row_once"),
        ]

    def __str__(self) -> str:
        return f"{labels.words(self.label)}, {self.segment}" if self.segment_id else labels.words(self.label)


class Reaction(models.Model):
    """One cell that fired for one classification: exactly once, and what it takes to undo it."""

    class Cell(models.TextChoices):
        CONTACT = "contact", "Contact"
        ACCOUNT = "account", "Account and stage"
        ITEM = "item", "Work item"

    classification = models.ForeignKey(Classification, models.CASCADE, related_name="reactions")
    cell = models.CharField(max_length=8, choices=Cell)
    action = models.CharField(max_length=40)
    facts = models.JSONField(default=dict, blank=True)
    fired_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("classification", "cell", name="cell_fires_once")]

    def __str__(self) -> str:
        return f"{self.cell}: {self.action}"
