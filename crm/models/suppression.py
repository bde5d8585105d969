"""Do-not-contact by address, domain or account, with reason and proof."""

from django.db import models


class Suppression(models.Model):
    """`value_hash` (keyed) outlives the erasure of `value`, so the person stays suppressed."""

    class Kind(models.TextChoices):
        ADDRESS = "address", "Address"
        DOMAIN = "domain", "Domain"
        ACCOUNT = "account", "Account"

    kind = models.CharField(max_length=8, choices=Kind)
    value_hash = models.CharField(max_length=64)
    value = models.CharField(max_length=320, blank=True)
    account = models.ForeignKey("crm.Account", models.SET_NULL, null=True, blank=True, related_name="suppressions")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, blank=True, related_name="suppressions")
    message = models.ForeignKey("crm.Message", models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200)
    proof = models.TextField(blank=True)
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "kind", "value_hash", condition=models.Q(lifted_at=None), name="suppression_standing_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value or 'erased'}"
