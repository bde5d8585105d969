"""Accounts: master data through the verbs that write it, where they stand for reading."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.admin import TabularInline
from unfold.decorators import action

from crm import access, words
from crm.admin.actions import Asked, Proof, each
from crm.admin.base import NounAdmin, become, changed, shared
from crm.filters import AccountFilter, people
from crm.models import Account, AccountDomain, Event, Membership, User
from crm.services import accounts, suppression


class Owner(Asked):
    owner = forms.ModelChoiceField(User.objects.none(), required=False, help_text="Empty: nobody owns them.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people()


class Domains(TabularInline):
    model = AccountDomain
    extra = 0
    tab = True


class People(TabularInline):
    """Who works there; roles change by their verbs."""

    model = Membership
    extra = 0
    max_num = 0
    can_delete = False
    fields = readonly_fields = ("contact", "role", "title", "confidence", "since", "until")
    verbose_name_plural = "People"
    show_change_link = True
    tab = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("contact", "role")


@admin.register(Account)
class AccountAdmin(NounAdmin):
    listed = AccountFilter
    list_display = ("name", "domain", "city", "country", "industry", "stands", "owner", "last_touched_at")
    list_filter = shared(
        AccountFilter, "rung", "owner", "team", "unowned", "closed", "resting", "unhandled", "country", "parent"
    )
    editable = (
        "name", "parent", "external_id", "domain", "phone", "street", "city", "postcode", "state_name", "country",
        "zone", "industry", "employees", "sites", "regulated", "tags", "custom", "window_from", "window_until",
        "fiscal_year_end", "renewal_on", "recontact_not_before",
    )  # fmt: skip
    hidden = ("name_norm",)
    addable = True
    autocomplete_fields = ("parent",)
    ordering = ("name", "id")
    sortable_by = ("name",)
    search_help_text = 'A name, a domain, or a rule such as: employees > 200 and country = "GB"'
    inlines = (People, Domains)
    actions = ("assign_owner", "reopen", "suppress")
    actions_list = ("import_file",)

    @admin.display(description="Stands at", ordering="rung")
    def stands(self, account: Account) -> str:
        return words.rung(account.rung)

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

    @action(description="Import a file", icon="upload", url_path="import")
    def import_file(self, request: HttpRequest) -> HttpResponse:
        return redirect("crm:import_new")

    @each("Assign an owner", form=Owner, write=access.account_write)
    def assign_owner(self, request: HttpRequest, account: Account, owner: User | None) -> None:
        accounts.assign_owner(account, owner, by=request.user)

    @each("Reopen", write=access.account_write)
    def reopen(self, request: HttpRequest, account: Account) -> None:
        accounts.reopen_account(account, by=request.user)

    @each("Never write to them again", form=Proof, write=access.account_write)
    def suppress(self, request: HttpRequest, account: Account, reason: str, proof: str) -> None:
        suppression.suppress_account(account, reason=reason, proof=proof, by=request.user)
