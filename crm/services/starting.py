"""What the shared record needs before anything else; mirrors the data migration and may run at any time."""

from typing import Any

from crm.models import FieldAge, Role, TitleRule
from crm.rules.roles import ROLES
from crm.rules.shelf_lives import SHELF_LIVES
from crm.rules.title_seeds import seeds


def ensure_roles() -> None:
    """The first roles, where none are; what an admin edited since stays."""
    if not Role.objects.exists():
        rows = enumerate(ROLES)
        Role.objects.bulk_create(
            [Role(slug=slug, name=name, description=says, order=order) for order, (slug, name, says) in rows]
        )


def ensure_shelf_lives() -> None:
    """How long facts may be trusted, where nobody said so yet."""
    if not FieldAge.objects.exists():
        rows = [FieldAge(noun=noun, field=field, days=days) for noun, field, days in SHELF_LIVES]
        FieldAge.objects.bulk_create(rows)


def ensure_title_rules() -> None:
    """The first rules for titles, where none are; what an admin edited since stays."""
    if not TitleRule.objects.exists():
        ensure_roles()
        TitleRule.objects.bulk_create(title_rules(TitleRule, dict(Role.objects.values_list("slug", "pk"))))


def title_rules(model: Any, roles: dict[str, int]) -> list[Any]:
    """The seeds as unsaved rows; a role that an admin took away takes its rules along."""
    rows = [(row, row.pop("role")) for row in seeds()]
    return [model(**row, role_id=roles.get(slug)) for row, slug in rows if not slug or slug in roles]
