"""Ways to look at a list's entries: each number of its health names one, and opens the accounts behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from crm import clock
from crm.models import Account, DuplicatePair, Membership, Suppression
from prospecting.models import Enrollment, ListEntry, ListRefresh, RouteVariant, TargetList
from prospecting.models.enrollment import OPEN
from prospecting.queries.membership import ids
from prospecting.queries.rule_language import accounts_matching
from prospecting.queries.stale import stale_accounts_sql

Entries = QuerySet[ListEntry]


@dataclass(frozen=True)
class Look:
    words: str
    empty: str
    narrow: Callable[[Entries], Entries]


def walking() -> Exists:
    return Exists(Enrollment.objects.filter(account=OuterRef("account"), state__in=OPEN))


def doubled() -> Exists:
    """Someone has still to say whether the account and another are one."""
    pairs = DuplicatePair.objects.filter(kind="accounts", state=DuplicatePair.State.PROPOSED)
    return Exists(pairs.filter(Q(low_id=OuterRef("account_id")) | Q(high_id=OuterRef("account_id"))))


def suppressed() -> Q:
    standing = Suppression.objects.filter(lifted_at=None)
    own = standing.filter(kind=Suppression.Kind.ACCOUNT, account=OuterRef("account"))
    domain = standing.filter(kind=Suppression.Kind.DOMAIN, value=OuterRef("account__domain")).exclude(value="")
    return Q(Exists(own)) | Q(Exists(domain))


def guessed() -> Exists:
    """Someone works there whose role is unknown or a weak guess."""
    there = Membership.objects.filter(account=OuterRef("account"), until=None)
    return Exists(there.filter(Q(role__slug="unknown") | Q(confidence="low")))


def stale() -> Q:
    sql, params = stale_accounts_sql(clock.today())
    return Q(account__in=RawSQL(sql, params))  # noqa: S611 - built by stale.py, every value a parameter


def by_condition(condition: Callable[[], Any]) -> Callable[[Entries], Entries]:
    return lambda rows: rows.filter(condition())


LOOKS = {
    "free": Look("Not enrolled", "Everyone is enrolled.", lambda rows: rows.filter(~walking())),
    "walking": Look("In flight", "Nobody is enrolled.", by_condition(walking)),
    "closed": Look("Window closed", "Every window is open.", lambda rows: rows.filter(window_open=False)),
    "unowned": Look("Without an owner", "Everyone has an owner.", lambda rows: rows.filter(account__owner=None)),
    "stale": Look("With stale facts", "No fact is past its age.", by_condition(stale)),
    "doubles": Look("Look like doubles", "No pair waits for a decision.", by_condition(doubled)),
    "guessed": Look("With an unknown role", "Every role is known.", by_condition(guessed)),
    "suppressed": Look("Nobody may write to", "Nobody is suppressed.", by_condition(suppressed)),
    "shut": Look("Closed accounts", "No account is closed.", lambda rows: rows.exclude(account__closed_at=None)),
    "new": Look("Entered at the last change", "Nobody entered.", lambda rows: rows),
    "left": Look("Left", "Nobody has left yet.", lambda rows: rows),
}
CHOICES = [(name, look.words) for name, look in LOOKS.items()]


def looked_at(rows: Entries, name: str) -> Entries:
    """The entries a look shows; `new` and `left` are about the last run of each list that moved anyone."""
    if name == "left":
        return rows.filter(left_at__isnull=False)
    if name == "new":
        last = ListRefresh.objects.filter(target_list=OuterRef("target_list")).filter(Q(entered__gt=0) | Q(left__gt=0))
        rows = rows.annotate(changed_at=last.order_by("-at", "-pk").values("at")[:1])
        return rows.filter(left_at=None, entered_at__gte=F("changed_at"))
    return LOOKS[name].narrow(rows.filter(left_at=None))


def open_entries(target: TargetList) -> Entries:
    return ListEntry.objects.filter(target_list=target, left_at=None)


def of_route(rows: Entries, segment: Any, variant: RouteVariant | None) -> Entries:
    """The members one route takes; without a variant, those that none of them takes."""
    for one in segment.variants.all():
        sql, params = ids(accounts_matching(one.condition))
        taken: Any = RawSQL(sql, params)  # noqa: S611 - built by the rule language
        if variant is not None and one.pk == variant.pk:
            return rows.filter(account__in=taken)
        rows = rows.exclude(account__in=taken)
    return rows


def accounts_of(rows: Entries) -> QuerySet[Account]:
    """The accounts behind entries, to be turned by name: the page is cut before anything is joined to it."""
    return Account.objects.filter(Exists(rows.filter(account=OuterRef("pk"))))


def shown(rows: Entries, account_ids: list[int]) -> list[Any]:
    """The entries of one page with all a row shows, in the order of the page."""
    states = Enrollment.objects.filter(account=OuterRef("account"), state__in=OPEN).values("state")[:1]
    found = rows.filter(account__in=account_ids).select_related("account__owner", "version_in", "version_out")
    by_account = {row.account_id: row for row in found.annotate(walks=states)}
    return [by_account[pk] for pk in account_ids if pk in by_account]
