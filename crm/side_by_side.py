"""Two records side by side: what each says, where they differ, and what hangs on each."""

from datetime import date
from typing import Any

from crm.models import Account, Contact, DuplicatePair, Event, Membership
from crm.rules import countries
from crm.services.merging import CHOICES, MODELS, Record

_WORDS = {
    "state_name": "State", "external_id": "Number", "zone": "Time zone", "window_from": "Project window from",
    "window_until": "Project window until", "fiscal_year_end": "Fiscal year ends in month", "renewal_on": "Renewal on",
    "domain": "Domain", "email": "E-mail",
}  # fmt: skip


def both(pair: DuplicatePair) -> tuple[Record, Record] | None:
    """The two records of a proposal; None where one of them is gone."""
    found = MODELS[pair.kind].objects.in_bulk([pair.low_id, pair.high_id])
    return (found[pair.low_id], found[pair.high_id]) if len(found) == 2 else None


def lines(kind: str, one: Record, two: Record) -> list[dict[str, Any]]:
    """A line per field that either says anything in; `differs` where a person has to choose."""
    found = []
    for name in CHOICES[kind]:
        mine, yours = getattr(one, name), getattr(two, name)
        if mine in ("", None) and yours in ("", None):
            continue
        found.append(
            {
                "name": name,
                "label": _WORDS.get(name, name.replace("_", " ").capitalize()),
                "values": [shown(name, mine), shown(name, yours)],
                "differs": mine not in ("", None)
                and yours not in ("", None)
                and _plain(name, mine) != _plain(name, yours),
            }
        )
    return found


def shown(name: str, value: Any) -> str:
    """As the record's own page says it."""
    if value in ("", None):
        return ""
    if name == "country":
        return countries.name_of(value)
    return f"{value:%-d %B %Y}" if isinstance(value, date) else str(value)


def _plain(name: str, value: Any) -> str:
    """How one of them is written makes no difference: capitals and blanks, and in a phone number its signs."""
    if name == "phone":
        return "".join(sign for sign in str(value) if sign.isalnum() or sign == "+")
    return " ".join(str(value).casefold().split())


def hangs_on(record: Record) -> dict[str, Any]:
    """How much would move: so that one keeps the record with the longer history."""
    side = "account" if isinstance(record, Account) else "contact"
    about = {side: record}
    return {
        "people": Membership.objects.filter(**about, until=None).count(),
        "events": Event.objects.filter(**about)[:1000].count(),
        "last": Event.objects.filter(**about).order_by("-at", "-id").values_list("at", flat=True).first(),
        "suppressed": record.suppressions.filter(lifted_at=None).exists(),
        "at": _places(record),
    }


def _places(record: Record) -> list[str]:
    if isinstance(record, Account):
        return []
    here = record.memberships.filter(until=None).select_related("account", "role").order_by("-main", "pk")[:5]
    return [f"{one.role.name}, {one.account.name}" for one in here]


def better_kept(one: Record, two: Record, hanging: list[dict[str, Any]]) -> int:
    """Which of the two to keep if nobody says so: the one with more history, else the older one. 0 or 1."""
    weight = [(found["events"], -record.pk) for found, record in zip(hanging, (one, two), strict=True)]
    return 0 if weight[0] >= weight[1] else 1


def other_like(record: Record, text: str) -> list[Record]:
    """Records that someone may mean by a few letters."""
    if isinstance(record, Account):
        rows = Account.objects.filter(name__icontains=text).select_related("owner").order_by("name", "pk")
        return list(rows.exclude(pk=record.pk)[:20])
    found = Contact.objects.filter(last_name__icontains=text) | Contact.objects.filter(email__istartswith=text)
    return list(found.exclude(pk=record.pk).order_by("last_name", "pk")[:20])
