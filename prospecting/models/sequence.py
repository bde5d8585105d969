"""What is sent: steps by role and channel, and the versioned texts they use."""

from django.db import models

from crm.workflow import Workflow


class Sequence(models.Model):
    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    approval = models.BooleanField(
        default=False, db_default=False, help_text="A person looks at each mail before it leaves."
    )
    returns_with = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="The new copy for accounts that come back from a rest.",
    )  # fmt: skip
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SequenceVersion(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Discarded"

    sequence = models.ForeignKey(Sequence, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    mailboxes = models.ManyToManyField(
        "crm.Mailbox", blank=True, related_name="+", help_text="Shared mailboxes; empty: the prospector's own."
    )
    snippets = models.ManyToManyField(
        "prospecting.SnippetVersion", blank=True, related_name="sequence_versions",
        help_text="The shared paragraphs as they stood when this was published.",
    )  # fmt: skip
    reason = models.CharField(max_length=300, blank=True, help_text="Why this version was published.")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sequence", "-number"]
        constraints = [models.UniqueConstraint("sequence", "number", name="sequence_version_number_once")]

    def __str__(self) -> str:
        return f"{self.sequence}, v{self.number}"


V = SequenceVersion.State
SEQUENCE_VERSION = Workflow({V.DRAFT: {V.PUBLISHED, V.DISCARDED}, V.PUBLISHED: set(), V.DISCARDED: set()})


class Template(models.Model):
    name = models.CharField(max_length=120, unique=True)
    language = models.CharField(max_length=2, default="en", help_text="ISO 639-1.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """A subject and a plain-text body in the closed merge language, and the same in other languages; immutable."""

    template = models.ForeignKey(Template, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=200, blank=True, help_text="Empty: the thread's subject.")
    body = models.TextField()
    variants = models.JSONField(
        default=dict, blank=True, help_text="Language (ISO 639-1) → {subject, body}; the template's own stands above."
    )
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["template", "-number"]
        constraints = [models.UniqueConstraint("template", "number", name="template_version_number_once")]

    def __str__(self) -> str:
        return f"{self.template}, v{self.number}"


class Snippet(models.Model):
    """A paragraph that many templates share; they name it, and say nothing of its words."""

    name = models.SlugField(max_length=40, unique=True, help_text="As templates name it.")
    about = models.CharField(max_length=200, blank=True, help_text="What it is for.")
    language = models.CharField(max_length=2, default="en", help_text="ISO 639-1.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SnippetVersion(models.Model):
    """A paragraph in the merge language, without a snippet in it; immutable."""

    snippet = models.ForeignKey(Snippet, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.TextField()
    variants = models.JSONField(default=dict, blank=True, help_text="Language (ISO 639-1) → its words.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was changed.")
    by = models.ForeignKey("crm.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["snippet", "-number"]
        constraints = [models.UniqueConstraint("snippet", "number", name="snippet_version_number_once")]

    def __str__(self) -> str:
        return f"{self.snippet}, v{self.number}"


class Step(models.Model):
    """One contact attempt for whoever holds the role. Steps of a role run in `order`."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        CALL = "call", "Call"
        SOCIAL = "social", "Social"
        TASK = "task", "Task"

    version = models.ForeignKey(SequenceVersion, models.CASCADE, related_name="steps")
    role = models.ForeignKey("crm.Role", models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField()
    key = models.PositiveSmallIntegerField(
        help_text="Stays with the step from version to version, wherever it moves: nobody gets a step twice."
    )
    channel = models.CharField(max_length=6, choices=Channel, default=Channel.EMAIL)
    wait_days = models.PositiveSmallIntegerField(default=0, help_text="Working days after the step before.")
    template = models.ForeignKey(TemplateVersion, models.PROTECT, null=True, blank=True, related_name="+")
    same_thread = models.BooleanField(default=True)
    task = models.CharField(
        max_length=200, blank=True, help_text="What to do, for a call or task; its text is the script."
    )

    class Meta:
        ordering = ["version", "role", "order"]
        constraints = [
            models.UniqueConstraint("version", "role", "order", name="step_order_once"),
            models.UniqueConstraint("version", "role", "key", name="step_key_once"),
            models.CheckConstraint(
                condition=~models.Q(channel="email") | models.Q(template__isnull=False), name="email_step_has_template"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}, step {self.order}"
