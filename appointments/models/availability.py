"""When hosts can meet, what kinds of meeting there are, and what rates and costs to compare with."""

from django.db import models


class Availability(models.Model):
    """A host's limits. Their weekly hours are crm.WorkingHours, in their own zone."""

    host = models.OneToOneField("crm.User", models.CASCADE, related_name="+")
    notice_hours = models.PositiveSmallIntegerField(default=4)
    horizon_days = models.PositiveSmallIntegerField(default=21)
    daily_maximum = models.PositiveSmallIntegerField(default=5)

    class Meta:
        verbose_name_plural = "availability"

    def __str__(self) -> str:
        return f"Availability of {self.host}"


class Vacation(models.Model):
    """Days on which a host is not available, both included, in the host's zone."""

    host = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="vacation_ends_after")
        ]

    def __str__(self) -> str:
        return f"{self.host}: {self.first_day} to {self.last_day}"


class HoursException(models.Model):
    """A date with other hours than its weekday's, in the host's zone: a row a stretch; one without times is a day off."""

    host = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    day = models.DateField()
    start = models.TimeField(null=True, blank=True)
    end = models.TimeField(null=True, blank=True)
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["day", "start"]
        constraints = [
            models.UniqueConstraint("host", "day", "start", nulls_distinct=False, name="exception_once"),
            models.CheckConstraint(
                condition=models.Q(start__isnull=True, end__isnull=True)
                | models.Q(start__isnull=False, end__isnull=False, end__gt=models.F("start")),
                name="exception_off_or_ends_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.host}: {self.day} " + (f"{self.start:%H:%M} to {self.end:%H:%M}" if self.start else "off")


class MeetingType(models.Model):
    """What a guest can book: how long, where, with whom, and what they are asked."""

    class Hosting(models.TextChoices):
        TURNS = "turns", "One of them, in turn"
        TOGETHER = "together", "All of them together"

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    team = models.ForeignKey("crm.Team", models.PROTECT, null=True, blank=True, related_name="+")
    minutes = models.PositiveSmallIntegerField(default=30)
    buffer_before = models.PositiveSmallIntegerField(default=0, help_text="Minutes.")
    buffer_after = models.PositiveSmallIntegerField(default=10, help_text="Minutes.")
    place = models.CharField(max_length=300, blank=True, help_text="Address or conference link.")
    description = models.TextField(blank=True)
    hosting = models.CharField(max_length=8, choices=Hosting, default=Hosting.TURNS)
    owner_first = models.BooleanField(
        default=True, help_text="The account's owner, or whoever met it before, comes before the turn."
    )
    most_guests = models.PositiveSmallIntegerField(default=3, help_text="Further people a guest may bring.")
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class MeetingQuestion(models.Model):
    """Asked of the guest when they book; the answer is kept with the meeting, in the words that were asked."""

    meeting_type = models.ForeignKey(MeetingType, models.CASCADE, related_name="questions")
    order = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=200)
    in_languages = models.JSONField(default=dict, blank=True, help_text="{de: …, fr: …, es: …}; else the text itself.")
    required = models.BooleanField(default=False)

    class Meta:
        ordering = ["meeting_type", "order", "pk"]

    def __str__(self) -> str:
        return self.text

    def words(self, language: str) -> str:
        return str(self.in_languages.get(language) or self.text)


class MeetingHost(models.Model):
    """Someone who holds meetings of a type; round robin goes by weight."""

    meeting_type = models.ForeignKey(MeetingType, models.CASCADE, related_name="hosts")
    user = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    weight = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint("meeting_type", "user", name="meeting_host_once")]

    def __str__(self) -> str:
        return f"{self.user} holds {self.meeting_type}"


class Benchmark(models.Model):
    """An editable rate to compare with, 0 to 1."""

    key = models.SlugField(unique=True, help_text="reply_rate, reply_to_meeting_rate")
    value = models.FloatField()

    def __str__(self) -> str:
        return f"{self.key}: {self.value:.0%}"


class Cost(models.Model):
    """What one unit costs, for the what-if."""

    key = models.SlugField(unique=True, help_text="account_on_list, touch_sent, mailbox, risk, working_hour")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")

    def __str__(self) -> str:
        return f"{self.key}: {self.amount} {self.currency}"
