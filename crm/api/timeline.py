"""What happened, and what users wrote down."""

from rest_framework import serializers

from crm import access
from crm.api.serializers import Own, Strict, StrictModel
from crm.api.views import Read, creates
from crm.filters import EventFilter, NoteFilter
from crm.models import Account, Contact, Event, Note
from crm.services import notes


class EventSerializer(StrictModel):
    class Meta:
        model = Event
        fields = [
            "id", "at", "kind", "account", "contact", "team", "message", "actor", "actor_name", "why", "facts",
            "subject_type", "subject_id",
        ]  # fmt: skip


class EventViewSet(Read):
    """The timeline: append-only, newest first."""

    serializer_class = EventSerializer
    filterset_class = EventFilter
    visible = staticmethod(access.visible_events)
    ordering = ("-id",)
    queryset = Event.objects.none()


class NoteSerializer(StrictModel):
    class Meta:
        model = Note
        fields = ["id", "account", "contact", "team", "text", "by", "at"]


class NewNote(Strict):
    account = Own(access.workable_accounts, Account)
    contact = Own(access.visible_contacts, Contact, required=False, allow_null=True)
    text = serializers.CharField(max_length=10_000)


class NoteViewSet(Read):
    """What users wrote down about an account."""

    serializer_class = NoteSerializer
    filterset_class = NoteFilter
    visible = staticmethod(access.visible_notes)
    ordering = ("-id",)
    queryset = Note.objects.none()

    @creates(NewNote)
    def create(self, account: Account, text: str, contact: Contact | None = None) -> Note:
        return notes.add_note(account, text, by=self.request.user, contact=contact)
