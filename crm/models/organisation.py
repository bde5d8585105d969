"""The installation's organisation, its teams, the people in them, and their hours and keys."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from crm import clock


class Organisation(models.Model):
    """The one organisation of an installation; its postal address stands under every outreach."""

    name = models.CharField(max_length=120)
    postal_address = models.TextField(blank=True, help_text="Required under outreach mail by CAN-SPAM.")
    country = models.CharField(max_length=2, default="GB", help_text="ISO 3166-1 alpha-2, for holidays.")
    zone = models.CharField(max_length=64, default="Europe/London", help_text="IANA time zone.")
    unread_calendars_busy = models.BooleanField(
        default=True,
        db_default=True,
        help_text="A host whose calendar cannot be read is busy; else what was last read counts.",
    )
    sites_share_budget = models.BooleanField(default=True, help_text="Parent and sites share one politeness budget.")
    # When a mailbox pauses by itself, to protect the sender's name; 0 switches a line off.
    pause_bounces_percent = models.PositiveSmallIntegerField(default=5, db_default=5)
    pause_bounces_floor = models.PositiveSmallIntegerField(default=40, db_default=40)
    pause_complaints_day = models.PositiveSmallIntegerField(default=2, db_default=2)
    pause_complaints_thousand = models.PositiveSmallIntegerField(default=3, db_default=3)
    pause_replies_thousand = models.PositiveSmallIntegerField(default=5, db_default=5)
    pause_replies_floor = models.PositiveSmallIntegerField(default=200, db_default=200)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_organisation")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = 1
        super().save(*args, **kwargs)


class Team(models.Model):
    class Setters(models.TextChoices):
        """Who works the replies to the team's mail."""

        PROSPECTOR = "prospector", "Whoever wrote to them"
        ROUND_ROBIN = "round_robin", "Those who are there, in turn"
        POOL = "pool", "Nobody, until someone takes it"

    name = models.CharField(max_length=80, unique=True)
    setters = models.CharField(
        "replies go to", max_length=12, choices=Setters, default=Setters.PROSPECTOR, db_default="prospector",
        help_text="New replies only: what is open stays with whoever has it.",
    )  # fmt: skip

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, job=User.Job.ADMIN, **fields)


class User(AbstractUser):
    """Someone who signs in, by e-mail. `job` decides what they may do (crm.access)."""

    class Job(models.TextChoices):
        SDR = "sdr", "SDR"
        EXECUTIVE = "executive", "Account executive"
        LEAD = "lead", "Sales lead"
        ADMIN = "admin", "Admin"

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    job = models.CharField(max_length=12, choices=Job, default=Job.SDR)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="people")
    zone = models.CharField(max_length=64, default="Europe/London", help_text="IANA time zone.")
    country = models.CharField(max_length=2, default="GB", help_text="ISO 3166-1 alpha-2, for holidays.")
    away_until = models.DateTimeField(null=True, blank=True)
    marked_away = models.BooleanField(
        default=False, db_default=False, help_text="The clock said so; whatever they do brings them back."
    )
    single_keys = models.BooleanField(default=True, help_text="Single-letter shortcuts (WCAG 2.1.4).")
    mail_alerts = models.BooleanField(default=True, help_text="Alerts also by internal mail.")
    date_joined = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self).split(" ")[0]

    @property
    def initials(self) -> str:
        parts = str(self).split()
        return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()

    @property
    def is_lead(self) -> bool:
        return self.job == self.Job.LEAD

    @property
    def is_admin(self) -> bool:
        return self.job == self.Job.ADMIN or self.is_superuser

    @property
    def is_away(self) -> bool:
        """Until the hour they named; the hour itself stays on file."""
        return self.away_until is not None and self.away_until > clock.now()


class WorkingHours(models.Model):
    """One stretch of a weekday in which someone works, in their own zone. Monday is 0."""

    user = models.ForeignKey(User, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField()
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        ordering = ["weekday", "start"]
        verbose_name_plural = "working hours"
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekday_monday_to_sunday"),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="hours_end_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.weekday} {self.start:%H:%M}-{self.end:%H:%M}"


class ApiToken(models.Model):
    """A key for the API: shown once, stored as a hash, revocable."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=8)
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
