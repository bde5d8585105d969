"""Who is contacted in which order: a route, its immutable versions and their gated stages."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.workflow import Workflow


class Route(models.Model):
    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RouteVersion(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Discarded"

    route = models.ForeignKey(Route, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    reason = models.CharField(max_length=300, blank=True)
    departments_out = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, help_text="Never on this route, as in marketing."
    )
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["route", "-number"]
        constraints = [models.UniqueConstraint("route", "number", name="route_version_number_once")]

    def __str__(self) -> str:
        return f"{self.route}, route {self.number}"


V = RouteVersion.State
ROUTE_VERSION = Workflow({V.DRAFT: {V.PUBLISHED, V.DISCARDED}, V.PUBLISHED: set(), V.DISCARDED: set()})


class Stage(models.Model):
    """One stop of a route. `gate` is a plain dict (prospecting.rules.gates)."""

    version = models.ForeignKey(RouteVersion, models.CASCADE, related_name="stages")
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    roles = models.ManyToManyField("crm.Role", related_name="+")
    min_people = models.PositiveSmallIntegerField(default=1)
    max_people = models.PositiveSmallIntegerField(default=2)
    patience_days = models.PositiveSmallIntegerField(default=10, help_text="Working days.")
    gate = models.JSONField(default=dict)

    class Meta:
        ordering = ["version", "order"]
        constraints = [
            models.UniqueConstraint("version", "order", name="stage_order_once"),
            models.CheckConstraint(
                condition=models.Q(max_people__gte=models.F("min_people")), name="stage_max_over_min"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RouteVariant(models.Model):
    """Another route for the accounts of a segment that meet a condition; the first that fits is walked."""

    segment = models.ForeignKey("prospecting.Segment", models.CASCADE, related_name="variants")
    order = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=80)
    condition = models.TextField(help_text="DjangoQL over the account.")
    route_version = models.ForeignKey(RouteVersion, models.PROTECT, related_name="variants")

    class Meta:
        ordering = ["segment", "order"]

    def __str__(self) -> str:
        return self.name
