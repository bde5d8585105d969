"""Which site Django's admin uses; a module of its own, because it is read before any model is loaded."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "crm.admin_site.Site"
