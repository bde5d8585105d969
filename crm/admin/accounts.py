"""Accounts: master data through the verbs that write it, where they stand for reading."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.admin import TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from crm import access, words
from crm.admin.actions import Asked, Proof, each, every
from crm.admin.base import NounAdmin, Rows, become, changed, shared
from crm.errors import Refused
from crm.filters import AccountFilter, people
from crm.models import Account, AccountDomain, Event, ExternalId, Membership, User
from crm.services import accounts, bulk, facts, suppression


class Owner(Asked):
    owner = forms.ModelChoiceField(User.objects.none(), required=False, help_text="Empty: nobody owns them.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people()


class Open:
    """Whoever the admin lets in, as for every noun."""

    admin_site: Any

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.admin_site.has_permission(request))

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class Domains(Open, TabularInline):
    model = AccountDomain
    extra = 0
    tab = True
    fields = ("domain", "source")


class Numbers(Open, TabularInline):
    """What other systems call the account."""

    model = ExternalId
    extra = 0
    tab = True
    verbose_name_plural = "Numbers elsewhere"


class Sites(Rows):
    """What is part of this account; a site is moved on its own page."""

    model = Account
    fk_name = "parent"
    fields = readonly_fields = ("name", "city", "rung", "owner")
    verbose_name_plural = "Sites"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("owner")


class Tag(Asked):
    tag = forms.CharField(max_length=60)


class People(Rows):
    """Who works there; roles change by their verbs."""

    model = Membership
    fields = readonly_fields = ("contact", "role", "title", "confidence", "since", "until")
    verbose_name_plural = "People"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("contact", "role")


@admin.register(Account)
class AccountAdmin(NounAdmin):
    listed = AccountFilter
    page = "crm:account"
    list_display = ("name", "domain", "city", "country", "industry", "stands", "owner", "last_touched_at")
    list_filter = shared(
        AccountFilter, "rung", "owner", "team", "unowned", "closed", "resting", "unhandled", "country", "parent"
    )
    editable = (
        "name", "parent", "external_id", "domain", "phone", "street", "city", "postcode", "state_name", "country",
        "zone", "industry", "employees", "sites", "regulated", "tags", "custom", "window_from", "window_until",
        "fiscal_year_end", "renewal_on", "recontact_not_before",
    )  # fmt: skip
    hidden = ("name_norm", "phone_norm", "address_norm")
    addable = True
    ordering = ("name", "id")
    sortable_by = ("name",)
    search_help_text = 'A name, a domain, or a rule such as: employees > 200 and country = "GB"'
    inlines = (People, Sites, Domains, Numbers)
    actions = ("assign_owner", "add_tag", "drop_tag", "reopen", "suppress")
    actions_list = ("import_file",)

    @admin.display(description="Stands at", ordering="rung")
    def stands(self, account: Account) -> str:
        return words.rung(account.rung)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Several words in one line, as on the account's own page."""
        if isinstance(db_field, ArrayField):
            options |= {"widget": UnfoldAdminTextInputWidget, "help_text": "Separated by commas."}
        return super().formfield_for_dbfield(db_field, request, **options)

    def meant(self, term: str) -> str:
        """A rule where one is written and somebody understands rules; else a name or a domain."""
        rule = any(sign in term for sign in ("=", "~", "<", ">", " in ("))
        return "rule" if rule and "rule" in AccountFilter.base_filters else "q"

    def happened(self, row: Account) -> QuerySet[Event]:
        return Event.objects.filter(account=row)

    def save_model(self, request: HttpRequest, account: Account, form: Any, change: bool) -> None:
        if change:
            accounts.edit_account(access.account_write(request.user, account.pk), by=request.user, **changed(form))
        else:
            become(account, accounts.create_account(by=request.user, **form.cleaned_data))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Domains and numbers by their verbs, each on the timeline; a refusal holds none of the others up."""
        account = access.account_write(request.user, form.instance.pk)
        kept = formset.save(commit=False)
        for row in [*formset.deleted_objects, *(one for one in kept if one.pk)]:
            was = type(row)._default_manager.select_related("account").get(pk=row.pk)
            (facts.drop_domain if isinstance(row, AccountDomain) else facts.drop_number)(was, by=request.user)
        for row in kept:
            try:
                if isinstance(row, AccountDomain):
                    facts.add_domain(account, row.domain, by=request.user, source=row.source)
                else:
                    facts.add_number(account, row.system, row.value, by=request.user)
            except Refused as refused:
                messages.warning(request, refused.sentence)
        formset.new_objects, formset.changed_objects = kept, []

    @action(description="Import a file", icon="upload", url_path="import")
    def import_file(self, request: HttpRequest) -> HttpResponse:
        return redirect("crm:import_new")

    @every("Assign an owner", form=Owner)
    def assign_owner(self, request: HttpRequest, rows: QuerySet[Account], owner: User | None) -> int:
        return bulk.assign_all(rows, owner, by=request.user)

    @each("Add a tag", form=Tag, write=access.account_write)
    def add_tag(self, request: HttpRequest, account: Account, tag: str) -> None:
        facts.add_tag(account, tag, by=request.user)

    @each("Take a tag away", form=Tag, write=access.account_write)
    def drop_tag(self, request: HttpRequest, account: Account, tag: str) -> None:
        facts.drop_tag(account, tag, by=request.user)

    @each("Reopen", write=access.account_write)
    def reopen(self, request: HttpRequest, account: Account) -> None:
        accounts.reopen_account(account, by=request.user)

    @each("Never write to them again", form=Proof, write=access.account_write)
    def suppress(self, request: HttpRequest, account: Account, reason: str, proof: str) -> None:
        suppression.suppress_account(account, reason=reason, proof=proof, by=request.user)
