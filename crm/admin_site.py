"""The admin's front door: admins only, through the product's own sign-in and its second factor.

Outside crm.admin, whose modules register on the site while it is being made.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from unfold.sites import UnfoldAdminSite

OURS = ("crm", "prospecting", "appointments")


class Site(UnfoldAdminSite):
    site_title = site_header = "Baton"
    index_title = "Master data and workflow"
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_active and user.is_staff and user.is_admin)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """No second way to sign in: the one there is limits guesses and asks for the second factor."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied("Only admins can open this.")
        return redirect_to_login("/admin/")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        return redirect("account_change_password")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """The product's own nouns only: keys, sessions and second factors of the libraries are nobody's to edit."""
        models = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        ours = [model for model in models if model._meta.app_label in OURS]
        super().register(ours, admin_class, **options)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side of every page: the apps in the order of the relay, each with its nouns."""
    apps = {app["app_label"]: app for app in admin.site.get_app_list(request)}
    return [
        {
            "title": apps[label]["name"],
            "separator": True,
            "collapsible": True,
            "items": [{"title": noun["name"], "link": noun["admin_url"]} for noun in apps[label]["models"]],
        }
        for label in OURS
        if label in apps
    ]
