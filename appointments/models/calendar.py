"""The calendars of hosts outside the product: what was last read from them, and our meetings as written into them."""

from django.db import models

from crm.workflow import Workflow


class Calendar(models.Model):
    """A host's calendar elsewhere. Its secrets are stored encrypted and never shown; titles of events are never kept."""

    class Kind(models.TextChoices):
        CALDAV = "caldav", "CalDAV"
        FEED = "feed", "ICS feed"

    host = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind)
    name = models.CharField(max_length=120)
    url = models.CharField(
        max_length=1000, help_text="The calendar's own address; of a feed only its server, as its address is a secret."
    )
    username = models.CharField(max_length=320, blank=True)
    secret = models.TextField(blank=True, help_text="Encrypted: the password, or the address of a feed.")
    busy = models.BooleanField(default=True, help_text="Its events take time.")
    writes = models.BooleanField(default=False, help_text="Meetings are written into it.")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True, help_text="When it was last read whole.")
    skipped = models.PositiveIntegerField(default=0, help_text="Events in it that could not be read.")
    error = models.CharField(max_length=300, blank=True, help_text="Why it cannot be read, in words.")
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the host was told that it cannot be read.")
    due_at = models.DateTimeField(help_text="When it is read next.")
    lease_until = models.DateTimeField(null=True, blank=True, help_text="By the database's clock.")

    class Meta:
        constraints = [
            models.UniqueConstraint("host", condition=models.Q(writes=True), name="one_calendar_is_written"),
            models.CheckConstraint(
                condition=models.Q(kind="caldav") | models.Q(writes=False), name="feeds_are_only_read"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="calendar_due"),
            models.Index(fields=["host"], name="calendar_of"),
        ]

    def __str__(self) -> str:
        return self.name


class BusyTime(models.Model):
    """A stretch in which a host's calendar says they are busy; nothing of what they do then."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="busy_times")
    host = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="busy_ends_after")
        ]
        indexes = [models.Index(fields=["host", "ends_at"], include=["starts_at"], name="busy_by_host")]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%H:%M}"


class CalendarEntry(models.Model):
    """A meeting as it stands in a host's calendar: which version, under which address."""

    class State(models.TextChoices):
        WAITING = "waiting", "To be written"
        WRITTEN = "written", "Written"
        REMOVED = "removed", "Taken out"

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="entries")
    meeting = models.ForeignKey("appointments.Meeting", models.SET_NULL, null=True, blank=True, related_name="entries")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    uid = models.CharField(max_length=120, help_text="iCalendar UID.")
    href = models.CharField(max_length=1200, blank=True, help_text="Where it lies on the server.")
    sequence = models.IntegerField(default=-1, help_text="The SEQUENCE last written; -1: none.")
    tries = models.PositiveIntegerField(default=0, help_text="Failed ones in a row.")
    error = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(help_text="Not tried before.")
    lease_until = models.DateTimeField(null=True, blank=True, help_text="By the database's clock.")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "calendar entries"
        constraints = [models.UniqueConstraint("calendar", "uid", name="calendar_entry_once")]

    def __str__(self) -> str:
        return f"{self.uid} in {self.calendar_id}"


E = CalendarEntry.State
ENTRY = Workflow(
    {
        E.WAITING: {E.WRITTEN, E.REMOVED},
        E.WRITTEN: {E.WAITING, E.REMOVED},
        E.REMOVED: {E.WAITING},  # a meeting came back to this host
    },
    quiet={E.WAITING, E.WRITTEN, E.REMOVED},
)


class CalendarConflict(models.Model):
    """A booked meeting and something a host's calendar says at the same time; the meeting stands until a person acts."""

    meeting = models.ForeignKey("appointments.Meeting", models.CASCADE, related_name="conflicts")
    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="+")
    starts_at = models.DateTimeField(help_text="Where both overlap first.")
    ends_at = models.DateTimeField()
    found_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True, blank=True, help_text="When it was no longer so.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "meeting", "calendar", condition=models.Q(over_at__isnull=True), name="conflict_marked_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.meeting} and {self.calendar}"
