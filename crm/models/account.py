"""A company or one site of it: the unit everything else hangs on."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper


class Account(models.Model):
    """`rung`, `rung_at`, `rests_until`, `last_touched_at` are written only by verbs of crm that upper apps call."""

    name = models.CharField(max_length=200)
    name_norm = models.CharField(max_length=200, help_text="Legal name without suffixes, lower case.")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", db_index=False)
    owner = models.ForeignKey(
        "crm.User", models.SET_NULL, null=True, blank=True, related_name="accounts", db_index=False
    )
    external_id = models.CharField(max_length=120, blank=True)
    domain = models.CharField(max_length=253, blank=True, help_text="Main registrable domain.")
    phone = models.CharField(max_length=40, blank=True)
    phone_norm = models.CharField(max_length=20, blank=True, db_default="", help_text="E.164, else its digits.")
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    state_name = models.CharField("state", max_length=80, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2.")
    address_norm = models.CharField(
        max_length=160, blank=True, db_default="", help_text="Street and place for comparing."
    )
    zone = models.CharField(max_length=64, blank=True, help_text="IANA time zone of the place.")
    industry = models.CharField(max_length=120, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    sites = models.PositiveIntegerField(null=True, blank=True)
    regulated = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    facts = models.JSONField(default=dict, blank=True, help_text="Per field: where it is from and when it was checked.")
    window_from = models.DateField("project window from", null=True, blank=True)
    window_until = models.DateField("project window until", null=True, blank=True)
    fiscal_year_end = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Month, 1 to 12.")
    renewal_on = models.DateField(null=True, blank=True)
    recontact_not_before = models.DateField(null=True, blank=True)

    rung = models.CharField(max_length=16, default="addressable")
    rung_at = models.DateTimeField(null=True, blank=True)
    rests_until = models.DateField(null=True, blank=True)
    rest_reason = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True)
    last_touched_at = models.DateTimeField(null=True, blank=True)
    unhandled_mail = models.PositiveIntegerField(
        default=0, help_text="Stored messages that point here and are not handled."
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "external_id", condition=~models.Q(external_id=""), name="account_external_id_once"
            ),
        ]
        # Each costs every new account a few microseconds: what another index answers too has none of its own.
        indexes = [
            models.Index(fields=["name_norm"], name="account_by_name_norm"),
            models.Index(fields=["domain"], opclasses=["varchar_pattern_ops"], name="account_domain_start"),
            models.Index(fields=["parent"], condition=models.Q(parent__isnull=False), name="account_by_parent"),
            models.Index(fields=["name", "id"], name="account_by_name"),
            models.Index(fields=["rung", "name", "id"], name="account_by_rung"),
            models.Index(fields=["owner", "name", "id"], name="account_by_owner"),
            models.Index(fields=["industry", "name", "id"], name="account_by_industry"),
            models.Index(fields=["country", "name", "id"], name="account_by_country"),
            # What is rare among all accounts is found without walking them.
            models.Index(fields=["name", "id"], condition=models.Q(closed_at__isnull=False), name="account_closed"),
            models.Index(fields=["name", "id"], condition=models.Q(rests_until__isnull=False), name="account_resting"),
            models.Index(fields=["name", "id"], condition=models.Q(unhandled_mail__gt=0), name="account_unhandled"),
            models.Index(
                fields=["last_touched_at"],
                condition=models.Q(last_touched_at__isnull=False),
                name="account_last_touched",
            ),
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="account_name_trigrams"),
            GinIndex(fields=["tags"], name="account_tags"),
            models.Index("phone_norm", condition=~models.Q(phone_norm=""), name="account_by_phone"),
            models.Index("address_norm", condition=~models.Q(address_norm=""), name="account_by_address"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


class AccountDomain(models.Model):
    """A further mail domain under which people of the account write."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=253, db_index=True)
    source = models.CharField(max_length=120, blank=True, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint("account", "domain", name="account_domain_once")]

    def __str__(self) -> str:
        return self.domain


class ExternalId(models.Model):
    """What another system calls this account: its number there, beside the main one."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="external_ids")
    system = models.CharField(max_length=60, help_text="The system that gave the number.")
    value = models.CharField(max_length=120)

    class Meta:
        verbose_name = "external number"
        constraints = [models.UniqueConstraint("system", "value", name="external_id_once_in_its_system")]
        indexes = [models.Index(fields=["value"], name="external_id_by_value")]

    def __str__(self) -> str:
        return f"{self.system}: {self.value}"


class FieldAge(models.Model):
    """How many days a fact may be trusted before it is stale; admins edit the list."""

    noun = models.CharField(max_length=10, choices=[("account", "Account"), ("contact", "Contact")])
    field = models.CharField(max_length=60)
    days = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["noun", "field"]
        verbose_name = "shelf life of a fact"
        verbose_name_plural = "shelf lives of facts"
        constraints = [models.UniqueConstraint("noun", "field", name="field_age_once")]

    def __str__(self) -> str:
        return f"{self.noun}, {self.field}: {self.days} days"
