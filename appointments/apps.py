"""The appointments app's configuration."""

from importlib import import_module

from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = "Appointment setting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what this app listens to (receivers.py), and say how its events read (telling.py)."""
        import_module("appointments.receivers")
        import_module("appointments.telling")
        import_module("appointments.exports")
        import_module("appointments.webhook_facts")
        access, queries = import_module("crm.access"), import_module("appointments.queries")
        access.also_conversations.append(queries.held_by)
        registries, models = import_module("crm.services.registries"), import_module("appointments.models")
        late = import_module("appointments.services.late")
        registries.health_reasons.append(late.reasons)
        registries.health_faults.append(late.faults)
        attributing = import_module("prospecting.services.attributing")
        attributing.also_known.append(import_module("appointments.services.closings").of_walks)
        registries.locked_columns.update({models.Calendar: ["secret"], models.OutsideModel: ["key"]})
