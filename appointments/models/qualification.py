"""Fit and decision ownership, each answer with its evidence."""

from django.db import models


class Checklist(models.Model):
    name = models.CharField(max_length=120)
    segment = models.OneToOneField(
        "prospecting.Segment", models.CASCADE, null=True, blank=True, related_name="+", help_text="Empty: the default."
    )

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    class Score(models.TextChoices):
        FIT = "fit", "Fit"
        OWNERSHIP = "ownership", "Decision ownership"

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="questions")
    order = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=200)
    score = models.CharField(max_length=10, choices=Score)
    required = models.BooleanField(default=True)
    rule = models.TextField(
        blank=True, help_text="In the language of segments; an account it holds for is answered with yes beforehand."
    )
    yes_words = models.TextField(
        blank=True, help_text="Phrases, one a line: a sentence of theirs with one of them answers yes. `…` stands for a few words, `*` for the rest of a word, (a|b) for either; ~ in front makes it a guess.",
    )  # fmt: skip
    no_words = models.TextField(blank=True, help_text="The same, for no.")
    archived_at = models.DateTimeField(null=True, blank=True, help_text="Not asked any more; its answers stay.")

    class Meta:
        ordering = ["checklist", "order"]

    def __str__(self) -> str:
        return self.text


class Qualification(models.Model):
    """What we know of one enrollment's (or inbound account's) readiness; the executive accepts or refuses it."""

    account = models.ForeignKey("crm.Account", models.CASCADE, related_name="+")
    enrollment = models.OneToOneField(
        "prospecting.Enrollment", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    team = models.ForeignKey("crm.Team", models.PROTECT, related_name="+")
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="+")
    qualified_at = models.DateTimeField(null=True, blank=True)
    qualified_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    override = models.CharField(max_length=300, blank=True, help_text="The sentence, where the answers did not do.")
    accepted = models.BooleanField(null=True, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True)
    judged_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    refused_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Qualification of {self.account}"


class Answer(models.Model):
    class Value(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        UNKNOWN = "unknown", "Not known yet"

    class Sure(models.TextChoices):
        CERTAIN = "certain", "Certain"
        LIKELY = "likely", "Likely"
        GUESS = "guess", "A guess"

    qualification = models.ForeignKey(Qualification, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    value = models.CharField(max_length=8, choices=Value)
    note = models.CharField(max_length=300, blank=True)
    quote = models.CharField(max_length=500, blank=True, help_text="The sentence that shows it.")
    message = models.ForeignKey("crm.Message", models.SET_NULL, null=True, blank=True, related_name="+")
    sure = models.CharField(max_length=8, choices=Sure, default=Sure.CERTAIN)
    field = models.CharField(max_length=200, blank=True, help_text="The fact of the account that shows it.")
    remark = models.ForeignKey(
        "crm.Note", models.SET_NULL, null=True, blank=True, related_name="+", help_text="The note that shows it."
    )
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("qualification", "question", name="answer_once")]

    def __str__(self) -> str:
        return f"{self.question}: {self.value}"
