"""Progress on standard error is no error: it stays plain, and only what a command refuses is red."""

from typing import Any

from django.core.management.base import BaseCommand


class CalmCommand(BaseCommand):
    """A command that says on standard error how far it is."""

    def execute(self, *args: Any, **options: Any) -> Any:
        red, self.stderr.style_func = self.stderr.style_func, None
        try:
            return super().execute(*args, **options)
        finally:
            self.stderr.style_func = red
