"""The append-only, dated timeline: one fact, written once, feeds action and report."""

from typing import Any

from django.db import models

from crm import clock


class Event(models.Model):
    """What happened. A database trigger refuses UPDATE and DELETE outside merge and erase.

    `team` is set where the row says what was *said* (content): only that team, its leads and admins see it.
    """

    at = models.DateTimeField()
    kind = models.CharField(max_length=60, help_text="noun.what_happened, as in touch.sent")
    account = models.ForeignKey(
        "crm.Account", models.CASCADE, null=True, blank=True, related_name="events", db_index=False
    )
    contact = models.ForeignKey(
        "crm.Contact", models.SET_NULL, null=True, blank=True, related_name="events", db_index=False
    )
    team = models.ForeignKey("crm.Team", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    message = models.ForeignKey(
        "crm.Message", models.SET_NULL, null=True, blank=True, related_name="events", db_index=False
    )
    actor = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    actor_name = models.CharField(max_length=120, blank=True)
    why = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-at", "-id"], name="event_by_account"),
            models.Index(
                fields=["contact", "-at", "-id"], condition=models.Q(contact__isnull=False), name="event_by_contact"
            ),
            models.Index(fields=["team"], condition=models.Q(team__isnull=False), name="event_by_team"),
            models.Index(fields=["message"], condition=models.Q(message__isnull=False), name="event_by_message"),
            models.Index(fields=["actor"], condition=models.Q(actor__isnull=False), name="event_by_actor"),
            models.Index(fields=["subject_type", "subject_id"], name="event_by_subject"),
            models.Index(fields=["kind", "at"], name="event_by_kind"),
            models.Index(
                fields=["account", "at", "id"], condition=models.Q(kind__startswith="ladder."), name="event_ladder"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind}"

    @classmethod
    def about(cls, kind: str, *, by: Any = None, subject: models.Model | None = None, **fields: Any) -> "Event":
        """A timeline row of now that is still to be written: many are written by one statement."""
        actor = by if getattr(by, "pk", None) else None
        about = {"subject_type": subject._meta.label_lower, "subject_id": subject.pk} if subject is not None else {}
        return cls(at=clock.now(), kind=kind, actor=actor, actor_name=str(by or ""), **about, **fields)

    @classmethod
    def record(cls, kind: str, *, by: Any = None, subject: models.Model | None = None, **fields: Any) -> "Event":
        """Write one timeline row now. `by` is a User or the name of what acted ("the planner", "the guest")."""
        event = cls.about(kind, by=by, subject=subject, **fields)
        event.save(force_insert=True)
        return event
