"""The crm app's configuration."""

from importlib import import_module

from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = "Records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load the Celery app in every process, or a nudge from a page would look for a broker of its own."""
        import_module("crm.celery")
        import_module("crm.telling")
