"""One import of a file: its mapping, its rows, its counts, its errors, and what is needed to undo it."""

from django.db import models

from crm.workflow import Workflow

KINDS = [("accounts", "Accounts"), ("contacts", "People"), ("both", "Companies and people")]


class Import(models.Model):
    class State(models.TextChoices):
        MAPPING = "mapping", "Waiting for the columns"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        UNDONE = "undone", "Undone"

    kind = models.CharField(max_length=10, choices=KINDS)
    state = models.CharField(max_length=10, choices=State, default=State.MAPPING)
    file_name = models.CharField(max_length=255)
    content = models.BinaryField(default=bytes, help_text="The file, where it is small; a large one is kept in parts.")
    mapping = models.JSONField(default=dict, blank=True)
    source = models.CharField(
        max_length=120, blank=True, db_default="", help_text="Who the file is from; its columns are remembered."
    )
    options = models.JSONField(
        default=dict,
        blank=True,
        db_default=models.Value({}, models.JSONField()),
        help_text="Into which list, with which owner and tags.",
    )
    size = models.BigIntegerField(default=0, db_default=0, help_text="Bytes.")
    rows = models.PositiveIntegerField(null=True, blank=True, help_text="Data rows of the file, once counted.")
    rows_done = models.PositiveIntegerField(default=0, db_default=0)
    cancel_asked = models.BooleanField(default=False, db_default=False)
    counts = models.JSONField(default=dict, blank=True)
    errors = models.JSONField(default=list, blank=True)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.file_name


class ImportPart(models.Model):
    """A stretch of the file, so that none has to be held in memory whole."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint("of", "number", name="import_part_once")]

    def __str__(self) -> str:
        return f"{self.of}, part {self.number}"


class ImportRow(models.Model):
    """What one row of a file did to one record: enough to undo it. New records that follow each other share one."""

    class Noun(models.TextChoices):
        ACCOUNT = "account", "Account"
        CONTACT = "contact", "Person"
        MEMBERSHIP = "membership", "Person at an account"

    of = models.ForeignKey(Import, models.CASCADE, related_name="written", db_index=False)
    row = models.PositiveIntegerField()
    noun = models.CharField(max_length=10, choices=Noun, default=Noun.ACCOUNT, db_default="account")
    record_id = models.BigIntegerField()
    last_id = models.BigIntegerField(null=True, help_text="Of new records that follow each other, the last one.")
    created = models.BooleanField()
    before = models.JSONField(default=dict, help_text="Per changed column: what it said, and what the row made of it.")

    class Meta:
        constraints = [models.UniqueConstraint("of", "row", "noun", name="import_row_once_a_noun")]

    def __str__(self) -> str:
        return f"{self.of}, row {self.row}"


class ImportFault(models.Model):
    """What is wrong with one row of a file; without a column the whole row was left out."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="faults", db_index=False)
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        indexes = [models.Index(fields=["of", "row"], name="import_fault_by_row")]

    def __str__(self) -> str:
        return f"{self.of}, row {self.row}: {self.reason}"


class ImportMapping(models.Model):
    """How the columns of files from one source were mapped the last time."""

    kind = models.CharField(max_length=10, choices=KINDS)
    source = models.CharField(max_length=120, blank=True)
    header_hash = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("kind", "source", "header_hash", name="import_mapping_once")]

    def __str__(self) -> str:
        return f"{self.source or 'any source'}, {self.kind}"


S = Import.State
IMPORT = Workflow(
    {
        S.MAPPING: {S.RUNNING, S.CANCELLED},
        S.RUNNING: {S.DONE, S.FAILED, S.CANCELLED},
        S.FAILED: {S.RUNNING},
        S.DONE: {S.UNDONE},
        S.UNDONE: set(),
        S.CANCELLED: set(),
    }
)
