"""What the shared record needs before anything else; mirrors the data migration and may run at any time."""

from crm.models import Role
from crm.rules.roles import ROLES


def ensure_roles() -> None:
    """The first roles, where none are; what an admin edited since stays."""
    if not Role.objects.exists():
        rows = enumerate(ROLES)
        Role.objects.bulk_create(
            [Role(slug=slug, name=name, description=says, order=order) for order, (slug, name, says) in rows]
        )
