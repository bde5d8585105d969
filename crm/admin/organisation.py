"""The organisation, its teams, the people in them, their hours and their keys."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from crm.admin.actions import each
from crm.admin.base import NounAdmin, become, shared
from crm.errors import Refused
from crm.filters import UserFilter
from crm.models import ApiToken, Organisation, Team, User, WorkingHours
from crm.services import api_tokens, people


@admin.register(Organisation)
class OrganisationAdmin(NounAdmin):
    list_display = ("name", "country", "zone", "sites_share_budget")
    editable = ("name", "postal_address", "country", "zone", "sites_share_budget")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """One organisation an installation; asked only where one could be added."""
        here = "organisation" in request.path
        return here and self.has_change_permission(request) and not Organisation.objects.exists()


@admin.register(Team)
class TeamAdmin(NounAdmin):
    list_display = ("name",)
    editable = ("name",)
    addable = True


class Hours(TabularInline):
    model = WorkingHours
    extra = 0


@admin.register(User)
class UserAdmin(NounAdmin):
    """Jobs decide what one may do. Passwords and second factors are their owner's: no form here shows or sets them."""

    listed = UserFilter
    list_display = ("name", "email", "job", "team", "zone", "away_until", "is_active")
    list_filter = shared(UserFilter, "job", "team", "active")
    editable = ("email", "name", "job", "team", "zone", "country", "mail_alerts", "single_keys", "is_active")
    hidden = ("password", "is_staff", "is_superuser", "groups", "user_permissions")
    addable = True
    ordering = ("name",)
    inlines = (Hours,)
    actions = ("send_password_link",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return super().get_fields(request, obj) if obj else ["email", "name", "job", "team", "zone"]

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        """A new person gets the usual hours from the verb."""
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, user: User, form: Any, change: bool) -> None:
        if not change:
            given = form.cleaned_data
            made = people.create_person(
                given["email"], given["name"], given["job"], given["team"], by=request.user, zone=given["zone"]
            )
            become(user, made)
            return
        if user.pk == request.user.pk and not (user.is_active and user.is_admin):
            raise Refused("You cannot take the admin's job from yourself; another admin can.")
        user.is_staff = user.is_admin
        user.save(update_fields=[*form.changed_data, "is_staff"])
        if {"is_active", "team"} & set(form.changed_data):
            people.left(user, by=request.user)

    @each("Send a link to set a password")
    def send_password_link(self, request: HttpRequest, user: User) -> None:
        form = ResetPasswordForm({"email": user.email})
        if not (user.is_active and form.is_valid()):
            raise Refused(f"{user} cannot sign in.")
        form.save(request)


@admin.register(ApiToken)
class ApiTokenAdmin(NounAdmin):
    """Which keys there are; the key itself was shown once, to its owner."""

    list_display = ("prefix", "name", "user", "created_at", "last_used_at", "revoked_at")
    hidden = ("key_hash",)
    ordering = ("-id",)
    actions = ("revoke",)

    @each("Revoke")
    def revoke(self, request: HttpRequest, token: ApiToken) -> None:
        api_tokens.revoke(token, by=request.user)
