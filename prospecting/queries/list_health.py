"""A list's health on one page: each figure with the way to the accounts behind it, exact as long as that is cheap."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count as Counted
from django.db.models import F, Func, IntegerField, Q, QuerySet, Value

from crm import clock
from crm.errors import Refused
from crm.models import Account
from prospecting.models import ListEntry, ListRefresh, Reply, Segment, TargetList
from prospecting.queries import looks, stale
from prospecting.queries.bounded import Count
from prospecting.queries.dry_runs import version_in_use
from prospecting.queries.membership import live_pins
from prospecting.queries.rule_language import accounts_matching

EXACT = 50_000  # members up to which every figure is counted
ENOUGH_ANSWERS = 10
WRONG_PERCENT = 15
LOOKED_BACK = timedelta(days=365)
NUMBERS = {2: "two", 3: "three", 4: "four"}


@dataclass(frozen=True)
class Health:
    members: Count
    last: ListRefresh | None
    changed: ListRefresh | None
    figures: dict[str, Count] = field(default_factory=dict)
    stale_facts: Count = field(default_factory=lambda: Count(0, True))
    stale_people: Count = field(default_factory=lambda: Count(0, True))
    pinned: int = 0
    excluded: int = 0
    ways: list[tuple[str, int | None, Count]] = field(default_factory=list)
    wrong: int = 0
    answered: int = 0

    @property
    def wrong_rule(self) -> str:
        """Words where too many of those reached are not the ones the rule means."""
        few = self.answered < ENOUGH_ANSWERS or self.wrong * 100 < self.answered * WRONG_PERCENT
        return (
            ""
            if few
            else "Many of those who answer are the wrong person: look at the rule, or at whose titles it takes for which role."
        )

    @property
    def warning(self) -> str:
        return warning([name for name, _, count in self.ways if count.number])


def warning(ways: list[str]) -> str:
    """“This list decides in two ways; split it”, where its members imply more than one route."""
    return f"This list decides in {NUMBERS.get(len(ways), str(len(ways)))} ways; split it." if len(ways) > 1 else ""


def last_run(target: TargetList) -> ListRefresh | None:
    return target.refreshes.select_related("version").order_by("-at", "-pk").first()


def last_change(target: TargetList) -> ListRefresh | None:
    return target.refreshes.filter(Q(entered__gt=0) | Q(left__gt=0)).order_by("-at", "-pk").first()


def size(target: TargetList, last: ListRefresh | None = None) -> Count:
    """How many are on the list: counted on a small one, on a large one as the last refresh counted them."""
    found = looks.open_entries(target)[: EXACT + 1].count()
    if found <= EXACT:
        return Count(found, exact=True)
    last = last or last_run(target)
    return Count(max(last.members if last else found, found), exact=False)


class Part(Func):
    """The remainder by which one account in so many is taken."""

    template = "(%(expressions)s)"
    arg_joiner = " %% "
    output_field = IntegerField()


def one_in(rows: QuerySet[ListEntry], step: int) -> QuerySet[ListEntry]:
    return rows.annotate(part=Part(F("account_id"), Value(step))).filter(part=0) if step > 1 else rows


def health(segment: Segment) -> Health:
    """Everything on one page; a list beyond `EXACT` is judged by one account in so many."""
    target = segment.target_list
    last = last_run(target)
    members = size(target, last)
    step = max(1, members.number // EXACT + (members.number > EXACT))
    rows = one_in(looks.open_entries(target), step)
    pins = dict(live_pins(target).values_list("kind").annotate(n=Counted("pk")))
    facts, _ = stale.count(target, "account", sampled=step > 1)
    people, _ = stale.count(target, "contact", sampled=step > 1)
    return Health(
        members, last, last_change(target), figures(rows, step), facts, people,
        pins.get("include", 0), pins.get("exclude", 0), ways(segment, rows, step), **wrong_people(segment),
    )  # fmt: skip


def wrong_people(segment: Segment) -> dict[str, int]:
    """Of the people whom the rule in use chose and who answered within a year, those who said they are not the one."""
    version = version_in_use(segment.pk)
    since = clock.now() - LOOKED_BACK
    said = Reply.objects.filter(enrollment__segment_version=version, counts=True, at__gte=since)
    who = Counted("contact", distinct=True)
    return said.aggregate(answered=who, wrong=Counted("contact", distinct=True, filter=Q(label="wrong_person")))


def figures(rows: QuerySet[ListEntry], step: int) -> dict[str, Count]:
    """One query: every look is a condition over the same entries."""
    counted = rows.aggregate(
        closed=Counted("pk", filter=Q(window_open=False)),
        unowned=Counted("pk", filter=Q(account__owner=None)),
        shut=Counted("pk", filter=Q(account__closed_at__isnull=False)),
        walking=Counted("pk", filter=Q(looks.walking())),
        doubles=Counted("pk", filter=Q(looks.doubled())),
        suppressed=Counted("pk", filter=looks.suppressed()),
        guessed=Counted("pk", filter=Q(looks.guessed())),
    )
    return {name: Count(int(n) * step, exact=step == 1) for name, n in counted.items()}


def ways(segment: Segment, rows: QuerySet[ListEntry], step: int) -> list[tuple[str, int | None, Count]]:
    """How many members each route would take: the variants in order, then everyone else (None)."""
    variants: list[Any] = list(segment.variants.all())
    if not variants:
        return []
    remaining = Account.objects.filter(pk__in=rows.values("account"))
    found: list[tuple[str, int | None, Count]] = []
    for variant in variants:
        try:
            taken = accounts_matching(variant.condition, remaining)
        except Refused:
            continue
        found.append((variant.name, variant.pk, Count(taken.count() * step, exact=step == 1)))
        remaining = remaining.exclude(pk__in=accounts_matching(variant.condition).values("pk"))
    return [*found, ("everyone else", None, Count(remaining.count() * step, exact=step == 1))]
