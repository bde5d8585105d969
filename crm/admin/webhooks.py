"""Who outside is told what, and the log of each post."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from crm.admin.actions import Reason, each
from crm.admin.base import NounAdmin, become, shared
from crm.errors import Refused
from crm.filters import DeliveryFilter, WebhookFilter
from crm.models import Delivery, Webhook
from crm.rules.webhooks import KINDS
from crm.services import webhooks


class WebhookForm(forms.ModelForm):
    """What it hears is chosen; the address is tried before it is kept."""

    kinds = forms.MultipleChoiceField(
        label="Hears",
        choices=[(name, f"{name}: {words.lower()}") for name, (_, words) in KINDS.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Webhook
        fields = ("url",)  # the admin asks for those in `editable`

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        try:
            webhooks.check_address(url)
        except Refused as refused:
            raise forms.ValidationError(refused.sentence) from refused
        return url


@admin.register(Webhook)
class WebhookAdmin(NounAdmin):
    """The secret is shown once, when it is made."""

    listed = WebhookFilter
    form = WebhookForm
    list_display = ("url", "description", "heard", "team", "state", "failing_since")
    list_filter = shared(WebhookFilter, "state", "team")
    editable = ("url", "description", "kinds", "team")
    hidden = ("secret", "old_secret", "listens")
    addable = True
    ordering = ("-id",)
    actions = ("pause", "resume", "send_a_test", "replace_the_secret")

    def save_model(self, request: HttpRequest, row: Webhook, form: Any, change: bool) -> None:
        given = {name: form.cleaned_data[name] for name in self.editable}
        if change:
            webhooks.change(row, given.pop("url"), given.pop("kinds"), by=request.user, **given)
            return
        made, secret = webhooks.create(given.pop("url"), given.pop("kinds"), by=request.user, **given)
        become(row, made)
        self.show(request, secret)

    def show(self, request: HttpRequest, secret: str) -> None:
        messages.warning(request, f"Its secret, shown this once: {secret}")

    @each("Pause", form=Reason)
    def pause(self, request: HttpRequest, row: Webhook, reason: str) -> None:
        webhooks.pause(row, by=request.user, why=reason)

    @each("Resume")
    def resume(self, request: HttpRequest, row: Webhook) -> None:
        webhooks.resume(row, by=request.user)

    @each("Send a test")
    def send_a_test(self, request: HttpRequest, row: Webhook) -> None:
        webhooks.send_test(row, by=request.user)

    @each("Replace the secret")
    def replace_the_secret(self, request: HttpRequest, row: Webhook) -> None:
        self.show(request, webhooks.rotate(row, by=request.user))


@admin.register(Delivery)
class DeliveryAdmin(NounAdmin):
    """Each post, what was answered, and once more by hand."""

    listed = DeliveryFilter
    list_display = ("created_at", "kind", "webhook", "state", "tries", "due_at", "last_status", "last_answer")
    list_filter = shared(DeliveryFilter, "state", "kind", "webhook")
    hidden = ("fence", "lease_until")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("post_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).select_related("webhook")

    @each("Post again")
    def post_again(self, request: HttpRequest, row: Delivery) -> None:
        webhooks.replay(row, by=request.user)
