"""What the record's pages ask of the database: named questions, nothing written."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from crm import access, words
from crm.models import Account, Contact, Conversation, Membership, Message, Suppression, User
from crm.paging import Page, page


def members_shown(account: Account) -> QuerySet[Membership]:
    """The people known at an account now, in the order of their roles."""
    known = account.memberships.filter(until=None).select_related("contact", "role")
    return known.order_by("role__order", "contact__last_name", "contact_id")


def open_memberships() -> Prefetch:
    return Prefetch(
        "memberships", Membership.objects.filter(until=None).select_related("role", "account"), to_attr="now_at"
    )


def rung_dates(account: Account) -> dict[str, datetime]:
    """When each rung was reached, from the timeline; a voided one is gone again."""
    dates: dict[str, datetime] = {"addressable": account.created_at}
    rows = account.events.filter(kind__startswith="ladder.").order_by("at", "id")
    for kind, at in rows.values_list("kind", "at"):
        rung = kind.removeprefix("ladder.")
        if rung.endswith("_voided"):
            dates.pop(rung.removesuffix("_voided"), None)
        elif rung in words.RUNGS:
            dates.setdefault(rung, at)
    if account.rung_at:
        dates.setdefault(account.rung, account.rung_at)
    return dates


def suppression_of(account: Account) -> Suppression | None:
    """What stands against writing to this account at all."""
    return account.suppressions.filter(lifted_at=None, kind=Suppression.Kind.ACCOUNT).order_by("-at").first()


def timeline_page(account: Account, user: User, *, family: str = "", after: str = "", size: int = 40) -> Page:
    """Events the user may see, newest first; a family is said, sent or decided."""
    rows = (
        access.visible_events(user).filter(account=account).exclude(kind="contact.added")
    )  # membership.started says more
    rows = rows.select_related("contact", "message", "actor")
    if family in ("said", "sent"):
        rows = rows.filter(kind__in=words.kinds_of(family))
    elif family == "decided":
        rows = rows.exclude(kind__in=[*words.kinds_of("said"), *words.kinds_of("sent")])
    return page(rows, keys=("at", "pk"), after=after, size=size, down=True)


def contact_timeline(contact: Contact, user: User, *, after: str = "", size: int = 30) -> Page:
    rows = access.visible_events(user).filter(contact=contact).select_related("contact", "message", "actor", "account")
    return page(rows, keys=("at", "pk"), after=after, size=size, down=True)


def facts_shown(account: Account) -> list[dict[str, Any]]:
    """Every fact with where it is from and when it was checked."""
    fields = ["domain", "phone", "street", "postcode", "city", "state_name", "country", "zone", "industry", "employees",
              "sites", "regulated", "tags", "window_from", "window_until", "fiscal_year_end", "renewal_on", "recontact_not_before"]  # fmt: skip
    rows = [
        fact(
            account,
            name,
            str(getattr(account._meta.get_field(name), "verbose_name", name)).capitalize(),
            getattr(account, name),
        )
        for name in fields
    ]
    rows += [fact(account, name, name.replace("_", " "), value) for name, value in account.custom.items()]
    return [row for row in rows if row["value"] not in ("", None)]


def fact(account: Account, name: str, called: str, value: Any) -> dict[str, Any]:
    known = account.facts.get(name) or {}
    shown = ", ".join(value) if isinstance(value, list) else value
    source = known.get("source", "") if isinstance(known, dict) else ""
    return {
        "name": called,
        "value": shown,
        "source": source,
        "at": known.get("at", "") if isinstance(known, dict) else "",
    }


def conversations_with(contact: Contact, user: User) -> QuerySet[Conversation]:
    seen = access.visible_conversations(user).filter(Q(contact=contact) | Q(messages__contact=contact))
    return seen.annotate(length=Count("messages")).select_related("account").order_by("-last_message_at").distinct()


def unmatched(user: User) -> QuerySet[Message]:
    """Mail that points to no account and waits for someone to say where it belongs."""
    rows = access.visible_messages(user).filter(direction=Message.Direction.IN, account=None)
    return rows.exclude(state=Message.State.QUARANTINED).order_by("-at")


def quarantined(user: User) -> QuerySet[Message]:
    return access.visible_messages(user).filter(state=Message.State.QUARANTINED).order_by("-at")


def search(user: User, text: str, *, limit: int = 8) -> dict[str, list[Any]]:
    """Accounts, people, addresses and conversations whose name holds the words."""
    text = text.strip()[:120].replace("\x00", "")
    if len(text) < 2:
        return {"accounts": [], "people": [], "conversations": []}
    accounts = access.visible_accounts(user).filter(Q(name__icontains=text) | Q(domain__startswith=text.lower()))
    names = Q(email__startswith=text.lower())
    first, _, last = text.partition(" ")
    names |= Q(last_name__icontains=last or first)
    if not last:
        names |= Q(first_name__istartswith=first)
    people = access.visible_contacts(user).filter(names)
    if last:
        people = people.filter(Q(first_name__istartswith=first) | Q(email__startswith=text.lower()))
    spoken = access.visible_conversations(user).filter(subject__icontains=text).select_related("account")
    return {
        "accounts": list(accounts.order_by("name", "pk")[:limit]),
        "people": list(people.prefetch_related(open_memberships()).order_by("last_name", "pk")[:limit]),
        "conversations": list(spoken.order_by("-last_message_at")[:limit]),
    }
