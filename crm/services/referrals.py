"""Who sent us to whom: kept on the timeline, and whether a text may say so."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from crm.models import Account, Contact, Event, Message, Team

NAMED, TAKEN_BACK = "contact.referred", "contact.referral_taken_back"


@transaction.atomic
def named(
    contact: Contact, account: Account, *, by_contact: Contact, may_cite: bool, by: Any,
    message: Message | None = None, team: Team | None = None,
) -> None:  # fmt: skip
    """`by_contact` sent us to `contact`; what was said is content of the conversation's team."""
    Event.record(
        NAMED, by=by, account=account, contact=contact, subject=contact, message=message, team=team,
        why="A text to them may say so." if may_cite else "No text says so.",
        facts={"referrer": by_contact.pk, "may_cite": may_cite},
    )  # fmt: skip


@transaction.atomic
def take_back(contact: Contact, account: Account, *, by: Any, team: Team | None = None) -> None:
    """Nobody sent us after all."""
    if _last(contact, account) is not None:
        Event.record(TAKEN_BACK, by=by, account=account, contact=contact, subject=contact, team=team)


def referrer_of(contact: Contact, account: Account) -> str:
    """The name a text may give; empty where nobody sent us, or where it must not say who."""
    last = _last(contact, account)
    if last is None or not last.facts.get("may_cite"):
        return ""
    person = Contact.objects.filter(pk=last.facts.get("referrer", 0)).only("first_name", "last_name").first()
    return f"{person.first_name} {person.last_name}".strip() if person else ""


def referrers_of(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """As referrer_of, for many (contact id, account id); only those whose text may say a name."""
    wanted = set(pairs)
    rows = Event.objects.filter(
        contact__in={contact for contact, _ in wanted}, account__in={account for _, account in wanted},
        kind__in=[NAMED, TAKEN_BACK],
    )  # fmt: skip
    last = {(contact, account): (kind, facts) for contact, account, kind, facts in rows.order_by("at", "pk").values_list(
        "contact_id", "account_id", "kind", "facts")}  # fmt: skip
    cited = {
        pair: facts.get("referrer", 0)
        for pair, (kind, facts) in last.items()
        if pair in wanted and kind == NAMED and facts.get("may_cite")
    }
    people = Contact.objects.only("first_name", "last_name").in_bulk(set(cited.values())) if cited else {}
    return {
        pair: f"{people[pk].first_name} {people[pk].last_name}".strip() for pair, pk in cited.items() if pk in people
    }


def _last(contact: Contact, account: Account) -> Event | None:
    """The newest word on it that still holds."""
    rows = Event.objects.filter(account=account, contact=contact, kind__in=[NAMED, TAKEN_BACK])
    last = rows.order_by("-at", "-pk").first()
    return last if last and last.kind == NAMED else None
