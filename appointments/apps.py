"""The appointments app's configuration."""

from importlib import import_module

from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = "Appointment setting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what this app listens to; receivers.py names it."""
        import_module("appointments.receivers")
