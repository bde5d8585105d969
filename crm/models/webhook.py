"""Who outside is told what happens here, and each post to them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from crm.rules import webhooks
from crm.workflow import Workflow


class Webhook(models.Model):
    """An address that hears of some events; its secret is stored encrypted and was shown once."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    url = models.CharField("address", max_length=500, help_text="https://…, where each event is posted.")
    description = models.CharField(max_length=120, blank=True)
    kinds = ArrayField(models.CharField(max_length=40), verbose_name="hears", default=list)
    listens = ArrayField(
        models.CharField(max_length=60), default=list, help_text="The timeline's kinds behind it, as patterns."
    )
    team = models.ForeignKey(
        "crm.Team", models.CASCADE, null=True, blank=True, related_name="+",
        help_text="Hears of this team's conversations only; empty: of all.",
    )  # fmt: skip
    secret = models.TextField(help_text="Encrypted.")
    old_secret = models.TextField(blank=True, help_text="Encrypted; signs beside the new one for a day.")
    old_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    paused_reason = models.CharField(max_length=300, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.description or self.url

    @property
    def heard(self) -> str:
        return ", ".join(self.kinds)

    @property
    def kinds_known(self) -> dict[str, str]:
        return {name: words for name, (_, words) in webhooks.KINDS.items() if name in self.kinds}


W = Webhook.State
WEBHOOK = Workflow({W.ACTIVE: {W.PAUSED}, W.PAUSED: {W.ACTIVE}})


class Delivery(models.Model):
    """One event for one webhook. A trigger on the timeline writes it in the transaction of the event itself.

    The bytes are made at the first try and stay the same; so does `uid`, by which the receiver knows a second copy.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"
        DROPPED = "dropped", "Nothing to tell"

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey("crm.Event", models.CASCADE, null=True, related_name="+", db_index=False)
    uid = models.CharField("id", max_length=40, unique=True)
    kind = models.CharField(max_length=60)
    account_key = models.BigIntegerField(null=True, help_text="Posts about one account leave in their order.")
    body = models.TextField(blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.PLANNED)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_answer = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint("event", "webhook", name="delivery_once")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="planned"), name="delivery_due"),
            models.Index(
                fields=["webhook", "account_key", "id"], condition=models.Q(state="planned"), name="delivery_in_order"
            ),
            models.Index(fields=["webhook", "-id"], name="delivery_latest"),
            models.Index(fields=["ended_at"], condition=~models.Q(state="planned"), name="delivery_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.webhook}"


D = Delivery.State
DELIVERY = Workflow(
    {D.PLANNED: {D.DELIVERED, D.FAILED, D.DROPPED}, D.FAILED: {D.PLANNED}, D.DELIVERED: {D.PLANNED}, D.DROPPED: set()},
    quiet={D.PLANNED, D.DELIVERED, D.FAILED, D.DROPPED},
)
