"""The accounts behind each figure: the same ids for whoever asks, and however they ask."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from appointments.reports import lost
from appointments.reports.halves import LEFT_STEPS, STEP_ASKS, Asked, asks, cut_of
from crm.models import Account, Conversation
from prospecting.reports import inbound, wrote_unwalked

SAID, WHY, BAND = "said-", "why-", "band-"
LEAKS = ("unworked", "not_held", "not_qualified", "bounced", "nobody", "wrong_person", "silent")
KNOWN = (*STEP_ASKS, "inbound", *LEAKS)


def says_words(step: str, filters: Mapping[str, Any] | None = None) -> bool:
    """Whether a list names accounts by what was said there."""
    return step.startswith((SAID, WHY)) or step == "wrong_person" or bool((filters or {}).get("label"))


def accounts_behind(
    filters: Mapping[str, Any], step: str, *, mature: bool = False, readable: QuerySet[Conversation] | None = None
) -> QuerySet[Account]:
    """The accounts any count stands for; `mature` leaves out cohorts too young to judge, as the rates do.

    What was said is content: a list by label or reason holds only accounts whose words stand in `readable` conversations.
    """
    asked = cut_of(filters)
    found = Account.objects.filter(_of(asked, step, mature, readable))
    if readable is not None and filters.get("label"):
        said = lost.replies_of(asked).filter(label=filters["label"], conversation__in=readable.values("pk"))
        found = found.filter(pk__in=said.values("account"))
    return found.order_by("name", "pk")


def _of(asked: Asked, step: str, mature: bool, readable: QuerySet[Conversation] | None) -> Q:
    if step == "inbound":
        rows = inbound(asked.rows(), asked.on)
        return Q(pk__in=rows.values("account")) | Q(pk__in=wrote_unwalked(asked.cut).values("pk"))
    if step in STEP_ASKS:
        rows = asked.rows() if step in LEFT_STEPS else asked.rows().filter(asked.mine())
        rows = rows.filter(asked.old) if mature else rows
        return Q(pk__in=rows.filter(asks(step, asked.on)).values("account"))
    if step.startswith(BAND):
        names = {key: name for name, key in lost.BAND_KEYS.items()}
        return Q(pk__in={account for account, band, *_ in lost.timed(asked) if band == names.get(step)})
    found = _told(asked, step)
    worded = says_words(step) and readable is not None
    return Q(
        pk__in=(
            found.filter(conversation__in=readable.values("pk")) if worded and readable is not None else found
        ).values("account")
    )


def _told(asked: Asked, step: str) -> QuerySet[Any]:
    if step.startswith(WHY):
        return lost.items_of(asked).filter(reason=step.removeprefix(WHY))
    if step.startswith(SAID):
        return lost.replies_of(asked).filter(label=step.removeprefix(SAID))
    return next(one.rows for one in lost.leaks(asked) if one.key == step)
