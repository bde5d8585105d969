"""Mailboxes, and what was said."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordWidget

from crm import access
from crm.admin.actions import Asked, Reason, each, searched
from crm.admin.base import NounAdmin, Rows, become, shared
from crm.filters import ConversationFilter, MailboxFilter, MessageFilter
from crm.models import Account, Attachment, Conversation, Mailbox, Message, Sighting
from crm.services import intake, mailboxes


class MailboxForm(forms.ModelForm):
    """The password goes in and never comes out."""

    password = forms.CharField(
        required=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Stored encrypted and never shown; empty leaves the one there is.",
    )

    class Meta:
        model = Mailbox
        fields = ("address",)  # the admin asks for those in `editable`


@admin.register(Mailbox)
class MailboxAdmin(NounAdmin):
    listed = MailboxFilter
    form = MailboxForm
    list_display = ("address", "owner", "team", "state", "paused_reason", "daily_cap", "last_sent_at")
    list_filter = shared(MailboxFilter, "state", "team", "owner")
    editable = (
        "address", "display_name", "owner", "team", "smtp_host", "smtp_port", "smtp_security", "username", "password",
        "imap_host", "imap_port", "plus_addresses", "daily_cap", "weekly_cap", "ramp_from", "gap_seconds", "window_from",
        "window_until",
    )  # fmt: skip
    hidden = ("secret",)
    addable = True
    ordering = ("address",)
    actions = ("pause", "resume")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The sandbox knows plus addresses; of another server a person says so."""
        here = {"smtp_host": "127.0.0.1", "smtp_port": settings.SANDBOX_SMTP_PORT, "smtp_security": "none"}
        sandbox = {**here, "plus_addresses": True} if settings.SANDBOX else {}
        return sandbox | super().get_changeform_initial_data(request)

    def save_model(self, request: HttpRequest, mailbox: Mailbox, form: Any, change: bool) -> None:
        given = dict(form.cleaned_data)
        password = given.pop("password", "")
        if not change:
            become(mailbox, mailboxes.create_mailbox(**given, secret=password, by=request.user))
            return
        if password:
            mailboxes.change_secret(mailbox, password)
        mailbox.save(update_fields=[name for name in form.changed_data if name in given])

    @each("Pause", form=Reason, write=access.mailbox_read)
    def pause(self, request: HttpRequest, mailbox: Mailbox, reason: str) -> None:
        mailboxes.pause_mailbox(mailbox, reason, by=request.user)

    @each("Resume", write=access.mailbox_read)
    def resume(self, request: HttpRequest, mailbox: Mailbox) -> None:
        mailboxes.resume_mailbox(mailbox, by=request.user)


class Messages(Rows):
    model = Message
    fk_name = "conversation"
    fields = readonly_fields = ("at", "direction", "from_address", "subject", "newest", "state")
    ordering = ("-at",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("html", "text")


@admin.register(Conversation)
class ConversationAdmin(NounAdmin):
    listed = ConversationFilter
    list_display = ("subject", "team", "account", "contact", "mailbox", "last_message_at")
    list_filter = shared(ConversationFilter, "account", "contact", "mailbox")
    ordering = ("-id",)
    sortable_by = ()
    inlines = (Messages,)


class Assigned(Asked):
    account = searched(Message, "account")


class Seen(Rows):
    model = Sighting
    fields = readonly_fields = ("mailbox", "conversation", "at")


class Attached(Rows):
    """Names and sizes; the content leaves through the product's own address, which checks and disarms it."""

    model = Attachment
    fields = readonly_fields = ("name", "content_type", "size")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")


@admin.register(Message)
class MessageAdmin(NounAdmin):
    """Mail as text. Nothing foreign is rendered as HTML here."""

    listed = MessageFilter
    list_display = ("at", "direction", "from_address", "subject", "kind", "state", "account", "team")
    list_filter = shared(MessageFilter, "direction", "state", "conversation", "account", "contact")
    list_display_links = ("at", "subject")
    hidden = ("html",)
    ordering = ("-id",)
    sortable_by = ()
    inlines = (Seen, Attached)
    actions = ("assign",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("html")

    @each("Assign to an account", form=Assigned, write=access.message_read)
    def assign(self, request: HttpRequest, message: Message, account: Account) -> None:
        intake.assign(message, account, by=request.user)
