"""Days on which a host's hours are others than those of the week."""

from collections.abc import Iterable, Sequence
from datetime import date, time
from itertools import groupby, pairwise
from typing import Any

from django.db import transaction

from appointments.models import HoursException
from crm.errors import Refused
from crm.models import User


@transaction.atomic
def except_on(host: User, day: date, stretches: Sequence[tuple[time, time]], *, reason: str = "") -> None:
    """Other hours on a date, in the host's zone; without any it is a day off. What was said before of it goes."""
    User.objects.select_for_update(no_key=True).get(pk=host.pk)
    ordered = sorted(stretches)
    for (_, end), (start, _) in pairwise(ordered):
        if start < end:
            raise Refused("Two stretches of one day overlap.")
    HoursException.objects.filter(host=host, day=day).delete()
    rows: Iterable[tuple[time | None, time | None]] = ordered or [(None, None)]
    HoursException.objects.bulk_create(
        HoursException(host=host, day=day, start=start, end=end, reason=reason[:120]) for start, end in rows
    )


def as_usual(host: User, day: date) -> None:
    """The hours of the weekday hold again."""
    HoursException.objects.filter(host=host, day=day).delete()


def exceptions_of(host: User, since: date) -> list[dict[str, Any]]:
    """The days ahead, each with its stretches."""
    rows = HoursException.objects.filter(host=host, day__gte=since)[:400]
    return [
        {"day": day, "rows": found, "pk": found[0].pk, "off": found[0].start is None, "reason": found[0].reason}
        for day, group in groupby(rows, key=lambda row: row.day)
        if (found := list(group))
    ]
