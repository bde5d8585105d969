"""What prospecting needs before anything else; mirrors the data migration and may run at any time."""

from crm import clock
from prospecting.models import PolitenessPolicy

COOL_OFF = {"not_interested": 10, "objection_other": 10, "wrong_person": 2, "objection_authority": 2}


def ensure_policy() -> PolitenessPolicy:
    """The newest politeness policy; the first one is made if there is none."""
    newest = PolitenessPolicy.objects.filter(state="published").order_by("-number").first()
    if newest:
        return newest
    fields = {"cool_off": COOL_OFF, "created_at": clock.now()}
    return PolitenessPolicy.objects.get_or_create(number=1, defaults=fields)[0]


ensure_starting = ensure_policy
