"""People, the parts they play, and who must not be written to."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from crm import access
from crm.admin.actions import Asked, Reason, Why, each
from crm.admin.base import NounAdmin, become, changed, shared
from crm.filters import ContactFilter, MembershipFilter, SuppressionFilter
from crm.models import Account, Contact, Event, Membership, Role, Suppression
from crm.services import contacts, suppression


class Memberships(TabularInline):
    model = Membership
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("account", "role", "title", "main", "confidence", "evidence", "since", "until")
    show_change_link = True
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("account", "role")


class Away(Asked):
    first_day_back = forms.DateField()


@admin.register(Contact)
class ContactAdmin(NounAdmin):
    listed = ContactFilter
    list_display = ("name", "email", "title", "language", "away_until", "stopped_at", "stopped_reason")
    list_filter = shared(ContactFilter, "role", "unplaced", "stopped", "account")
    editable = (
        "first_name", "last_name", "phone", "title", "language", "country", "street", "city", "postcode", "state_name",
        "zone", "external_id", "custom",
    )  # fmt: skip
    hidden = ("email_norm",)
    ordering = ("last_name", "first_name", "id")
    sortable_by = ()
    search_help_text = "A surname, a whole name, or an address"
    inlines = (Memberships,)
    actions = ("stop", "unstop", "away")

    def happened(self, row: Contact) -> QuerySet[Event]:
        return Event.objects.filter(contact=row)

    def save_model(self, request: HttpRequest, contact: Contact, form: Any, change: bool) -> None:
        contacts.edit_contact(access.contact_write(request.user, contact.pk), by=request.user, **changed(form))

    @each("No more outreach", form=Reason, write=access.contact_write)
    def stop(self, request: HttpRequest, contact: Contact, reason: str) -> None:
        contacts.stop_contact(contact, reason, by=request.user)

    @each("Allow outreach again", write=access.contact_write)
    def unstop(self, request: HttpRequest, contact: Contact) -> None:
        contacts.unstop_contact(contact, by=request.user)

    @each("Away until", form=Away, write=access.contact_write)
    def away(self, request: HttpRequest, contact: Contact, first_day_back: Any) -> None:
        contacts.set_away(contact, first_day_back, by=request.user)


class NewRole(Asked):
    role = forms.ModelChoiceField(Role.objects.all())
    evidence = forms.CharField(max_length=300, required=False)


@admin.register(Membership)
class MembershipAdmin(NounAdmin):
    listed = MembershipFilter
    list_display = ("contact", "account", "role", "title", "confidence", "since", "until")
    list_filter = shared(MembershipFilter, "role", "current", "account", "contact")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("set_role", "end")

    @each("Set the role", form=NewRole, write=access.membership_write)
    def set_role(self, request: HttpRequest, membership: Membership, role: Role, evidence: str) -> None:
        contacts.set_role(membership, role, by=request.user, evidence=evidence)

    @each("They have left", form=Why, write=access.membership_write)
    def end(self, request: HttpRequest, membership: Membership, why: str) -> None:
        contacts.end_membership(membership, by=request.user, why=why)


@admin.register(Role)
class RoleAdmin(NounAdmin):
    list_display = ("name", "slug", "order", "description")
    editable = ("slug", "name", "order", "description")
    addable = True
    ordering = ("order", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The slug is what routes, sequences and imports call the role."""
        return ["slug"] if obj else []


class NewSuppression(forms.ModelForm):
    account = forms.ModelChoiceField(Account.objects.all(), required=False)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        needs = "account" if given.get("kind") == Suppression.Kind.ACCOUNT else "value"
        if not given.get(needs):
            self.add_error(needs, "Say who must not be written to.")
        return given


@admin.register(Suppression)
class SuppressionAdmin(NounAdmin):
    listed = SuppressionFilter
    list_display = ("kind", "value", "account", "reason", "by", "at", "lifted_at")
    list_filter = shared(SuppressionFilter, "kind", "standing", "account")
    hidden = ("value_hash",)
    addable = True
    ordering = ("-id",)
    sortable_by = ()
    autocomplete_fields = ("account",)
    actions = ("lift",)
    form = NewSuppression

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return super().get_fields(request, obj) if obj else ["kind", "value", "account", "reason", "proof"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return super().get_readonly_fields(request, obj) if obj else []

    def save_model(self, request: HttpRequest, row: Suppression, form: Any, change: bool) -> None:
        given = {"reason": row.reason, "proof": row.proof, "by": request.user}
        if row.kind == Suppression.Kind.ACCOUNT:
            become(row, suppression.suppress_account(row.account, **given))
        elif row.kind == Suppression.Kind.DOMAIN:
            become(row, suppression.suppress_domain(row.value, **given))
        else:
            become(row, suppression.suppress_address(row.value, **given))

    @each("Lift", write=access.suppression_write)
    def lift(self, request: HttpRequest, row: Suppression) -> None:
        suppression.lift(row, by=request.user)
