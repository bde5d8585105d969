"""Accounts that decide the same way, the rule that says so, and the list it keeps."""

from django.db import models

from crm.workflow import Workflow


class Segment(models.Model):
    name = models.CharField(max_length=120, unique=True)
    statement = models.TextField(help_text="Who decides, and how they buy.")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    priority = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="1 goes first: an account stands on one list only of those with a priority."
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["priority"], name="segment_priority_once", deferrable=models.Deferrable.DEFERRED
            )
        ]

    def __str__(self) -> str:
        return self.name


class SegmentVersion(models.Model):
    """Two rules and a default route; once published a database trigger refuses any change."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Discarded"

    class Compared(models.TextChoices):
        FIRST = "first", "First"
        COMPARABLE = "comparable", "Comparable"
        SHIFTED = "shifted", "Shifted"
        BROKEN = "broken", "Broken"

    segment = models.ForeignKey(Segment, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    rule = models.TextField(help_text="Who belongs, in DjangoQL.")
    when_rule = models.TextField(blank=True, help_text="When they may be contacted, in DjangoQL; empty: always.")
    route_version = models.ForeignKey("prospecting.RouteVersion", models.PROTECT, related_name="segment_versions")
    reason = models.CharField(max_length=300, blank=True)
    expected = models.CharField(max_length=300, blank=True, help_text="Expected effect.")
    compared = models.CharField(max_length=10, choices=Compared, default=Compared.FIRST)
    overlap = models.FloatField(null=True, blank=True, help_text="Jaccard overlap with the version before, 0 to 1.")
    members = models.PositiveIntegerField(null=True, blank=True, help_text="When published.")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["segment", "-number"]
        constraints = [
            models.UniqueConstraint("segment", "number", name="segment_version_number_once"),
            models.UniqueConstraint("segment", condition=models.Q(state="draft"), name="segment_one_draft"),
        ]

    def __str__(self) -> str:
        return f"{self.segment}, v{self.number}"

    @property
    def stands_apart(self) -> bool:
        """Too unlike the version before: a chart draws a line here, and nothing counts the two as one."""
        return self.compared in (self.Compared.SHIFTED, self.Compared.BROKEN)


V = SegmentVersion.State
SEGMENT_VERSION = Workflow({V.DRAFT: {V.PUBLISHED, V.DISCARDED}, V.PUBLISHED: set(), V.DISCARDED: set()})


class TargetList(models.Model):
    """The maintained asset: one per segment."""

    segment = models.OneToOneField(Segment, models.PROTECT, related_name="target_list")
    refreshed_at = models.DateTimeField(null=True, blank=True)
    every_hours = models.PositiveSmallIntegerField(
        default=24, db_default=24, help_text="How often the list is refreshed; 0: by hand only."
    )

    def __str__(self) -> str:
        return f"{self.segment}: list"


class ListEntry(models.Model):
    """A dated interval on the list; it keeps the version that let the account in."""

    target_list = models.ForeignKey(TargetList, models.PROTECT, related_name="entries")
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    version_in = models.ForeignKey(SegmentVersion, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    entered_reason = models.CharField(max_length=200, blank=True, db_default="")
    version_out = models.ForeignKey(SegmentVersion, models.PROTECT, null=True, blank=True, related_name="+")
    left_at = models.DateTimeField(null=True, blank=True)
    left_reason = models.CharField(max_length=200, blank=True)
    window_open = models.BooleanField(default=True, help_text="What the when-rule said at the last refresh.")

    class Meta:
        verbose_name_plural = "list entries"
        constraints = [
            models.UniqueConstraint(
                "target_list", "account", condition=models.Q(left_at=None), name="list_entry_open_once"
            )
        ]
        indexes = [models.Index(fields=["account"], name="list_entry_by_account")]

    def __str__(self) -> str:
        return f"{self.account} on {self.target_list}"


class Pin(models.Model):
    """An account kept on or off a list by hand, with a reason."""

    class Kind(models.TextChoices):
        INCLUDE = "include", "Pinned"
        EXCLUDE = "exclude", "Excluded"

    target_list = models.ForeignKey(TargetList, models.CASCADE, related_name="pins")
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    expires_on = models.DateField(null=True, blank=True, help_text="The rule decides again from this day.")

    class Meta:
        constraints = [models.UniqueConstraint("target_list", "account", name="pin_once")]

    def __str__(self) -> str:
        return f"{self.account}: {self.kind}"


class ListRefresh(models.Model):
    """One run over a list: which version decided, who came and went, and what asked for it."""

    target_list = models.ForeignKey(TargetList, models.CASCADE, related_name="refreshes")
    version = models.ForeignKey(SegmentVersion, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    asked_by = models.CharField(max_length=120, blank=True, help_text="A person, the schedule, or a new version.")
    entered = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0)
    members = models.PositiveIntegerField(default=0)
    window_closed = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)

    class Meta:
        indexes = [models.Index(fields=["target_list", "-at"], name="list_refresh_latest")]

    def __str__(self) -> str:
        return f"{self.target_list}, {self.at:%Y-%m-%d %H:%M}"


class Snapshot(models.Model):
    """The list as it stood at one moment, frozen."""

    target_list = models.ForeignKey(TargetList, models.PROTECT, related_name="snapshots")
    version = models.ForeignKey(SegmentVersion, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, blank=True)
    members = models.PositiveIntegerField(default=0)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("target_list", "name", name="snapshot_name_once")]

    def __str__(self) -> str:
        return self.name


class SnapshotEntry(models.Model):
    """One account of a snapshot, with what was known of it then; it outlives the account."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="entries")
    account = models.ForeignKey("crm.Account", models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=253, blank=True)
    rung = models.CharField(max_length=16)

    class Meta:
        verbose_name_plural = "snapshot entries"

    def __str__(self) -> str:
        return self.name


class SegmentRole(models.Model):
    """The segment's role template: who must be known at each account, and how many."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="roles_needed")
    role = models.ForeignKey("crm.Role", models.PROTECT, related_name="+")
    required = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint("segment", "role", name="segment_role_once")]

    def __str__(self) -> str:
        return f"{self.required} × {self.role}"
