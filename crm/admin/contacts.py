"""People, the parts they play, and who must not be written to."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from crm import access
from crm.admin.actions import Asked, Reason, Why, each, searched
from crm.admin.base import NounAdmin, Rows, become, changed, shared
from crm.filters import ContactFilter, MembershipFilter, SuppressionFilter
from crm.forms import AccountField
from crm.models import Account, Contact, ContactAddress, Event, Membership, Role, Suppression
from crm.services import contacts, memberships, roles, suppression, titles


class Memberships(Rows):
    model = Membership
    fields = readonly_fields = ("account", "role", "title", "main", "confidence", "evidence", "since", "until")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("account", "role")


class FurtherAddresses(Rows):
    model = ContactAddress
    fields = readonly_fields = ("email", "source")


class ToAccount(AccountField):
    """In the admin the chooser is a plain field: a name, a domain or a number."""

    def widget_attrs(self, widget: Any) -> dict[str, Any]:
        return forms.CharField.widget_attrs(self, widget)


class Place(Asked):
    account = ToAccount(help_text="Its name, domain or number.")
    role = forms.ModelChoiceField(Role.objects.all(), required=False, help_text="Empty: what the title says.")


class Away(Asked):
    first_day_back = forms.DateField()


@admin.register(Contact)
class ContactAdmin(NounAdmin):
    listed = ContactFilter
    page = "crm:contact"
    list_display = ("name", "email", "title", "language", "away_until", "stopped_at", "stopped_reason")
    list_filter = shared(ContactFilter, "role", "unplaced", "stopped", "account")
    editable = (
        "first_name", "last_name", "phone", "title", "language", "country", "street", "city", "postcode", "state_name",
        "zone", "external_id", "custom",
    )  # fmt: skip
    hidden = ("email_norm", "name_norm", "phone_norm", "address_norm")
    ordering = ("last_name", "first_name", "id")
    sortable_by = ()
    search_help_text = "A surname, a whole name, or an address"
    inlines = (Memberships, FurtherAddresses)
    actions = ("place", "stop", "unstop", "away")

    def happened(self, row: Contact) -> QuerySet[Event]:
        return Event.objects.filter(contact=row)

    def save_model(self, request: HttpRequest, contact: Contact, form: Any, change: bool) -> None:
        contacts.edit_contact(access.contact_write(request.user, contact.pk), by=request.user, **changed(form))

    @each("Give them an account", form=Place, write=access.contact_write)
    def place(self, request: HttpRequest, contact: Contact, account: Account, role: Role | None) -> None:
        mine = access.account_write(request.user, account.pk)
        contacts.join(contact, mine, by=request.user, role=role, source="by hand" if role else "")

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


class Elsewhere(Asked):
    account = ToAccount(help_text="Its name, domain or number.")
    why = forms.CharField(max_length=300, label="How do you know")


@admin.register(Membership)
class MembershipAdmin(NounAdmin):
    """Where someone works: title and department are written here, everything else by its verb."""

    listed = MembershipFilter
    list_display = (
        "contact",
        "account",
        "role",
        "title",
        "function",
        "level",
        "confidence",
        "source",
        "since",
        "until",
    )
    list_filter = shared(MembershipFilter, "role", "confidence", "function", "level", "current", "account", "contact")
    editable = ("title", "department")
    ordering = ("-id",)
    sortable_by = ()
    actions = ("set_role", "read_title", "move", "make_main", "end")

    def own_page(self, row: Membership) -> str:
        return reverse("crm:contact", args=[row.contact_id])

    def save_model(self, request: HttpRequest, membership: Membership, form: Any, change: bool) -> None:
        mine = access.membership_write(request.user, membership.pk)
        memberships.edit_membership(mine, by=request.user, **changed(form))

    @each("Work elsewhere now", form=Elsewhere, write=access.membership_write)
    def move(self, request: HttpRequest, membership: Membership, account: Account, why: str) -> None:
        contacts.move(membership, access.account_write(request.user, account.pk), by=request.user, why=why)

    @each("Mainly work here", write=access.membership_write)
    def make_main(self, request: HttpRequest, membership: Membership) -> None:
        memberships.make_main(membership, by=request.user)

    @admin.action(description="Read the titles by the rules")
    def read_title(self, request: HttpRequest, rows: QuerySet[Membership]) -> None:
        """One statement for all of them; what a person set stays."""
        changed_roles = titles.map_roles(rows)
        messages.success(request, f"Titles read: {changed_roles} changed role.")

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
    actions = ("remove",)

    @each("Take the role away")
    def remove(self, request: HttpRequest, role: Role) -> None:
        roles.remove_role(role, by=request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The slug is what routes, sequences and imports call the role."""
        return ["slug"] if obj else []


class NewSuppression(forms.ModelForm):
    account = searched(Suppression, "account", required=False)

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
