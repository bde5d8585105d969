"""What of lead generation needs a role: stages, gates, steps and the templates of segments."""

from typing import Any

from crm.models import Role
from prospecting.models import RouteVersion, SegmentRole, Stage, Step
from prospecting.rules import gates

FEW = 3


def uses_of_role(role: Role) -> list[str]:
    """In words; a discarded draft needs nothing."""
    stages = Stage.objects.exclude(version__state=RouteVersion.State.DISCARDED).select_related("version__route")
    writing = stages.filter(roles=role).values_list("version__route__name", flat=True).distinct()
    named = [stage for stage in stages.filter(gate__icontains=role.slug) if role.slug in roles_named(stage.gate)]
    steps = Step.objects.filter(role=role).values_list("version__sequence__name", flat=True).distinct()
    asked = SegmentRole.objects.filter(role=role).values_list("segment__name", flat=True).distinct()
    found = [("routes write to it", sorted(writing)), ("gates wait for it", sorted({str(s.version) for s in named}))]
    found += [("sequences have steps for it", sorted(steps)), ("role templates ask for it", sorted(asked))]
    return [f"{words}: {few(names)}" for words, names in found if names]


def roles_named(gate: Any) -> set[str]:
    return {str(terms["role"]) for _, terms in gates.leaves(gate) if terms.get("role")}


def few(names: list[str]) -> str:
    more = len(names) - FEW
    return ", ".join(names[:FEW]) + (f" and {more} more" if more > 0 else "")
