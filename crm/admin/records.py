"""The timeline, notes and what the running product knows of itself: for reading."""

from django.contrib import admin

from crm.admin.base import NounAdmin, shared
from crm.filters import EventFilter, NoteFilter
from crm.models import Event, FieldAge, Heartbeat, Note, Notification, SandboxMessage, SavedView


@admin.register(Event)
class EventAdmin(NounAdmin):
    """Append-only: a trigger in the database refuses any change."""

    listed = EventFilter
    list_display = ("at", "kind", "account", "contact", "actor_name", "why")
    list_filter = shared(EventFilter, "family", "kind", "account", "contact")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Note)
class NoteAdmin(NounAdmin):
    listed = NoteFilter
    list_display = ("at", "account", "contact", "by", "text")
    list_filter = shared(NoteFilter, "account", "contact")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(SavedView)
class SavedViewAdmin(NounAdmin):
    """Lists as people narrowed them."""

    list_display = ("name", "page", "by", "team", "at")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Notification)
class NotificationAdmin(NounAdmin):
    list_display = ("at", "user", "kind", "text", "read_at")
    ordering = ("-id",)
    sortable_by = ()


@admin.register(Heartbeat)
class HeartbeatAdmin(NounAdmin):
    list_display = ("name", "at")
    ordering = ("name",)


@admin.register(SandboxMessage)
class SandboxMessageAdmin(NounAdmin):
    list_display = ("at", "mail_from", "rcpt_to", "message_id")
    hidden = ("raw",)
    ordering = ("-id",)
    sortable_by = ()


@admin.register(FieldAge)
class FieldAgeAdmin(NounAdmin):
    """How long a fact may be trusted; a field that is not listed never goes stale."""

    list_display = ("noun", "field", "days")
    editable = ("noun", "field", "days")
    addable = True
    deletable = True
    ordering = ("noun", "field")
