"""Every address of the product: this app's own, then the upper apps' by name (strings: nothing is imported upward)."""

from django.contrib import admin
from django.urls import include, path

from crm.views import health

handler500 = "crm.views.errors.failed"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("", include("crm.urls_pages")),
    path("", include("prospecting.urls")),
    path("", include("appointments.urls")),
    path("api/v1/", include("crm.api.urls")),
    path("api/v1/", include("prospecting.api.urls")),
    path("api/v1/", include("appointments.api.urls")),
    path("accounts/sign-in/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
