"""A person, the part they play, and where they play it."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper


class Role(models.Model):
    """What part someone plays when the account decides; admins edit the list. `unknown` is a role."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60, unique=True)
    order = models.PositiveSmallIntegerField(default=0)
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    email = models.CharField(max_length=320, blank=True)
    email_norm = models.CharField(max_length=320, blank=True, help_text="Dedupe key of the address.")
    name_norm = models.CharField(
        max_length=170, blank=True, db_default="", help_text="First and last name for comparing."
    )
    phone = models.CharField(max_length=40, blank=True)
    phone_norm = models.CharField(max_length=20, blank=True, db_default="", help_text="E.164, else its digits.")
    address_norm = models.CharField(
        max_length=160, blank=True, db_default="", help_text="Street and place for comparing."
    )
    title = models.CharField(max_length=160, blank=True)
    language = models.CharField(max_length=2, blank=True, help_text="ISO 639-1.")
    country = models.CharField(max_length=2, blank=True)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    state_name = models.CharField("state", max_length=80, blank=True)
    zone = models.CharField(max_length=64, blank=True, help_text="IANA; empty: the account's.")
    external_id = models.CharField(max_length=120, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    facts = models.JSONField(
        default=dict,
        blank=True,
        db_default=models.Value({}, models.JSONField()),
        help_text="Per field: where it is from and when it was checked.",
    )
    source = models.CharField(max_length=120, blank=True)
    away_until = models.DateField(null=True, blank=True, help_text="First day back, from an out-of-office.")
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="No more outreach to this person.")
    stopped_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("email_norm", condition=~models.Q(email_norm=""), name="contact_email_once"),
            models.UniqueConstraint(
                "external_id", condition=~models.Q(external_id=""), name="contact_external_id_once"
            ),
        ]
        indexes = [
            models.Index(fields=["last_name", "first_name", "id"], name="contact_by_name"),
            # Of patterns: what one types is the beginning of an address or a first name.
            models.Index(fields=["email"], name="contact_email_start", opclasses=["varchar_pattern_ops"]),
            models.Index(OpClass(Upper("first_name"), "text_pattern_ops"), name="contact_first_name_start"),
            models.Index(fields=["language", "last_name", "first_name", "id"], name="contact_by_language"),
            models.Index(
                fields=["last_name", "first_name", "id"],
                condition=models.Q(stopped_at__isnull=False),
                name="contact_stopped",
            ),
            GinIndex(OpClass(Upper("last_name"), "gin_trgm_ops"), name="contact_name_trigrams"),
            models.Index("name_norm", condition=~models.Q(name_norm=""), name="contact_by_name_norm"),
            models.Index("phone_norm", condition=~models.Q(phone_norm=""), name="contact_by_phone"),
            models.Index("address_norm", condition=~models.Q(address_norm=""), name="contact_by_address"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or "Unnamed person"

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper() or self.email[:2].upper()


class ContactAddress(models.Model):
    """A further address under which the person writes: an answer from it is theirs, and nobody else gets it."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="addresses")
    email = models.CharField(max_length=320)
    email_norm = models.CharField(max_length=320, help_text="Dedupe key of the address.")
    source = models.CharField(max_length=120, blank=True, db_default="")

    class Meta:
        verbose_name = "further address"
        verbose_name_plural = "further addresses"
        constraints = [models.UniqueConstraint(fields=["email_norm"], name="contact_address_once")]

    def __str__(self) -> str:
        return self.email


class Membership(models.Model):
    """A person at an account: role, title and the evidence for both; ended, never deleted."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="memberships")
    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="memberships")
    role = models.ForeignKey(Role, models.PROTECT, related_name="memberships")
    title = models.CharField(max_length=160, blank=True)
    department = models.CharField(max_length=80, blank=True)
    function = models.CharField(max_length=40, blank=True, db_default="", help_text="As the rules for titles read it.")
    level = models.CharField(max_length=20, blank=True, db_default="", help_text="As the rules for titles read it.")
    main = models.BooleanField(default=True)
    confidence = models.CharField(
        max_length=8, choices=[("certain", "Certain"), ("high", "High"), ("low", "Low")], default="high"
    )
    source = models.CharField(max_length=120, blank=True)
    evidence = models.CharField(max_length=300, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("contact", "account", condition=models.Q(until=None), name="membership_open_once"),
            models.UniqueConstraint("contact", condition=models.Q(until=None, main=True), name="membership_main_once"),
        ]
        indexes = [
            models.Index(fields=["account", "role"], condition=models.Q(until=None), name="membership_by_role"),
            models.Index(fields=["role", "contact"], condition=models.Q(until=None), name="membership_in_role"),
        ]

    def __str__(self) -> str:
        return f"{self.contact}, {self.role} at {self.account}"
