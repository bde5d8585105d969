"""The prospecting app's configuration."""

from importlib import import_module

from django.apps import AppConfig


class ProspectingConfig(AppConfig):
    name = "prospecting"
    verbose_name = "Lead generation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what this app hears (receivers.py), how its events read (telling.py), what it knows of accounts (filters.py), what is told of it outside."""
        import_module("prospecting.receivers")
        import_module("prospecting.telling")
        import_module("prospecting.filters")
        import_module("prospecting.exports")
        import_module("prospecting.webhook_facts")
        registries, told = import_module("crm.services.registries"), import_module("prospecting.queries.story")
        registries.told_beside.append(told.of_lists)
        registries.whys.append(told.of_touches)
