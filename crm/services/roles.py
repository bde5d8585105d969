"""A role is taken away when nothing plays it any more."""

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from crm.errors import Refused
from crm.models import Event, Role, User
from crm.services import registries

KEPT = "unknown"


@transaction.atomic
def remove_role(role: Role, *, by: User | None) -> None:
    """Refused, naming what still needs it, while a person, a title or anything of the upper apps does."""
    role = Role.objects.select_for_update().get(pk=role.pk)
    if role.slug == KEPT:
        raise Refused("“Unknown” is what a person plays until someone knows; it stays.")
    if uses := uses_of(role):
        raise Refused(f"{role} is in use and stays: {'; '.join(uses)}.")
    Event.record("role.removed", by=by, subject=role, why=role.name)
    try:
        role.delete()
    except (ProtectedError, IntegrityError) as error:
        raise Refused(f"{role} is in use and stays.") from error


def uses_of(role: Role) -> list[str]:
    """Who and what needs it, in words; empty where nothing does."""
    people, titles = role.memberships.count(), role.title_rules.count()
    found = [f"{people:,} {'person plays' if people == 1 else 'people play'} it, or did"] if people else []
    found += [f"{titles:,} title rule{'' if titles == 1 else 's'} read it"] if titles else []
    return found + [line for uses in registries.uses_of_role for line in uses(role)]
