"""Two records that may be one, and what a merge moved, so that it can be undone."""

from django.db import models

from crm.workflow import Workflow

KINDS = [("accounts", "Accounts"), ("contacts", "Contacts")]


class DuplicatePair(models.Model):
    """A proposal; the band `same` has an exact identity behind it, `likely` waits for a person."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        MERGED = "merged", "Merged"
        DIFFERENT = "different", "Different"

    kind = models.CharField(max_length=10, choices=KINDS)
    low_id = models.BigIntegerField(help_text="The smaller of the two records' numbers.")
    high_id = models.BigIntegerField()
    band = models.CharField(max_length=8, choices=[("same", "Same"), ("likely", "Likely")])
    score = models.FloatField(help_text="0 to 1.")
    evidence = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "low_id", "high_id", name="duplicate_pair_once"),
            models.CheckConstraint(condition=models.Q(low_id__lt=models.F("high_id")), name="duplicate_pair_in_order"),
        ]
        indexes = [
            models.Index(fields=["kind", "state", "-score", "id"], name="duplicate_pair_queue"),
            models.Index(fields=["kind", "high_id"], name="duplicate_pair_by_high"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.low_id} and {self.high_id}"


D = DuplicatePair.State
DUPLICATE_PAIR = Workflow({D.PROPOSED: {D.MERGED, D.DIFFERENT}, D.MERGED: {D.PROPOSED}, D.DIFFERENT: {D.PROPOSED}})


class Merge(models.Model):
    """Two records became one. The row that went is kept here whole, and so is what moved."""

    kind = models.CharField(max_length=10, choices=KINDS)
    kept_id = models.BigIntegerField(db_index=True)
    kept_name = models.CharField(max_length=200)
    gone_id = models.BigIntegerField(db_index=True)
    gone_name = models.CharField(max_length=200)
    gone_row = models.JSONField(help_text="Every column of the record that went.")
    kept_before = models.JSONField(default=dict, help_text="What the kept record said in the columns it took over.")
    moved = models.JSONField(
        default=dict, help_text="Per table and column: the rows that now point to the kept record."
    )
    dropped = models.JSONField(
        default=dict, help_text="Per table: rows that could not stand beside those of the kept record."
    )
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.gone_name} into {self.kept_name}"
