"""How a title is read: words that say a function or a level, and which role the two play."""

from django.db import models


class TitleRule(models.Model):
    """Literal words, never a pattern language: whole words, any case, accents folded. The first that says a thing wins.

    A rule matches where one of its phrases stands in the title and, if it asks for a function or a level, the rules
    before it found them. What it gives: a function, a level, a role with a confidence; each may be empty.
    """

    order = models.PositiveIntegerField(default=100)
    phrases = models.TextField(
        blank=True, help_text="One a line; empty: any title with the function and level asked for."
    )
    if_function = models.CharField(max_length=40, blank=True, help_text="Only where this function was found.")
    if_level = models.CharField(max_length=60, blank=True, help_text="Only at these levels, separated by blanks.")
    function = models.CharField(max_length=40, blank=True, help_text="The function these words say.")
    level = models.CharField(max_length=20, blank=True, help_text="The level these words say.")
    role = models.ForeignKey("crm.Role", models.PROTECT, null=True, blank=True, related_name="title_rules")
    confidence = models.CharField(max_length=8, choices=[("high", "High"), ("low", "Low")], default="high")
    language = models.CharField(max_length=2, blank=True, help_text="ISO 639-1 of the phrases; empty: any.")
    active = models.BooleanField(default=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["order", "id"]
        verbose_name = "rule for titles"
        verbose_name_plural = "rules for titles"

    def __str__(self) -> str:
        return (self.phrases.splitlines() or [f"{self.if_level} {self.if_function}".strip()])[0]
