"""The figures the funnel compares with: benchmarks as shares, and what a unit of work costs."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from appointments.models import Benchmark, Cost
from crm.models import Event, User


@transaction.atomic
def change(benchmarks: Mapping[str, float], costs: Mapping[str, Decimal], currency: str, *, by: User) -> None:
    """Keep the figures, and on the timeline which of them changed, from and to."""
    before = figures()
    for key, value in benchmarks.items():
        Benchmark.objects.update_or_create(key=key, defaults={"value": value})
    for key, amount in costs.items():
        Cost.objects.update_or_create(key=key, defaults={"amount": amount, "currency": currency})
    after = {**benchmarks, **costs, "currency": currency}
    changed = {key: [str(before.get(key, "")), str(value)] for key, value in after.items() if before.get(key) != value}
    if changed:
        Event.record("figures.changed", by=by, facts=changed)


def figures() -> dict[str, object]:
    """Every figure by its key, and the currency of the costs."""
    prices = list(Cost.objects.all())
    found: dict[str, object] = {row.key: row.value for row in Benchmark.objects.all()}
    return found | {row.key: row.amount for row in prices} | {"currency": prices[0].currency if prices else "EUR"}
