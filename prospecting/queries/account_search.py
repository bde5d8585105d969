"""Accounts to choose from while someone types: the beginning of a name first, then anything in it, or a domain."""

from django.db import OperationalError
from django.db.models import Exists, OuterRef, Q

from crm.models import Account
from prospecting.models import ListEntry, Segment
from prospecting.queries.bounded import within

SHOWN = 8
PATIENCE = 1_000


def found(text: str, segment: Segment | None = None) -> list[Account]:
    """Few, quickly; each says whether it is on the segment's list. Nothing for less than two characters."""
    text = text.strip()[:120]
    if len(text) < 2 or "\x00" in text:
        return []
    rows = Account.objects.all()
    if segment is not None:
        here = ListEntry.objects.filter(target_list__segment=segment, account=OuterRef("pk"), left_at=None)
        rows = rows.annotate(here=Exists(here))
    try:
        with within(PATIENCE):
            fits = Q(name__icontains=text) | Q(domain__startswith=text.lower())
            candidates = list(rows.filter(fits).order_by()[: SHOWN * 10])
    except OperationalError:
        return []
    return sorted(candidates, key=lambda one: (not one.name.lower().startswith(text.lower()), one.name, one.pk))[:SHOWN]
