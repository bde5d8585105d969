"""What of this app hangs on an account or a person, when two of them become one."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from crm import clock
from crm.models import (
    Account,
    AccountDomain,
    Contact,
    ContactAddress,
    Conversation,
    DuplicatePair,
    Event,
    ExternalId,
    Membership,
    Message,
    Note,
    Suppression,
)
from crm.services.journal import Journal, timeline_open
from crm.services.memberships import UNKNOWN
from crm.services.suppression import BOUNCED, hashed

# What hangs on each, column by column; a test walks the models and fails for one that nobody covers.
ACCOUNT_COLUMNS = {"Account.parent", "AccountDomain.account", "ExternalId.account", "Membership.account", "Event.account",
                   "Conversation.account", "Message.account", "Suppression.account", "Note.account"}  # fmt: skip
CONTACT_COLUMNS = {"Membership.contact", "Event.contact", "Conversation.contact", "Message.contact", "Suppression.contact",
                   "Note.contact", "ContactAddress.contact"}  # fmt: skip


def merge_accounts(kept: Account, gone: Account, journal: Journal) -> None:
    """Domains, numbers, people, timeline, conversations and notes of `gone` belong to `kept`; so do its sites."""
    _join_trees(kept, gone, journal)
    mine = AccountDomain.objects.filter(account=gone)
    double = Q(domain=kept.domain) | Q(domain__in=AccountDomain.objects.filter(account=kept).values("domain"))
    journal.drop(mine.filter(double))
    journal.move(AccountDomain.objects.filter(account=gone), account=kept)
    journal.move(ExternalId.objects.filter(account=gone), account=kept)
    _join_people(Membership.objects.filter(account=gone), kept, "contact_id", journal)
    journal.move(Membership.objects.filter(account=gone), account=kept)
    _suppress_both(kept, gone, journal)
    _move_all((Conversation, Message, Note, Suppression), journal, account=(gone, kept))
    _join_pairs("accounts", kept.pk, gone.pk, journal)


def merge_contacts(kept: Contact, gone: Contact, journal: Journal) -> None:
    """Memberships, timeline, conversations and notes of the double belong to the one that is kept."""
    _join_people(Membership.objects.filter(contact=gone), kept, "account_id", journal)
    if Membership.objects.filter(contact=kept, until=None, main=True).exists():
        journal.change(Membership.objects.filter(contact=gone, until=None, main=True), main=False)
    journal.move(Membership.objects.filter(contact=gone), contact=kept)
    _move_all((ContactAddress, Conversation, Message, Note, Suppression), journal, contact=(gone, kept))
    _join_pairs("contacts", kept.pk, gone.pk, journal)


def _move_all(models: tuple[Any, ...], journal: Journal, **column: tuple[Any, Any]) -> None:
    ((name, (gone, kept)),) = column.items()
    for model in models:
        journal.move(model._base_manager.filter(**{name: gone}), **{name: kept})
    with timeline_open():
        journal.move(Event.objects.filter(**{name: gone}), **{name: kept})


def _join_trees(kept: Account, gone: Account, journal: Journal) -> None:
    """Sites of the one become sites of the other, and nobody their own parent."""
    above, seen = kept.parent, {kept.pk}
    while above is not None and above.pk not in seen:
        if above.pk == gone.pk:
            journal.change(Account.objects.filter(pk=kept.pk), parent=gone.parent)
            break
        seen.add(above.pk)
        above = above.parent
    journal.move(Account.objects.filter(parent=gone).exclude(pk=kept.pk), parent=kept)


def _join_people(theirs: Any, kept: Account | Contact, other: str, journal: Journal) -> None:
    """Where a person stands at both, the kept standing stays and learns what only the other one knew."""
    side = "account" if isinstance(kept, Account) else "contact"
    mine = {
        getattr(one, other): one for one in Membership.objects.filter(**{side: kept}, until=None).select_related("role")
    }
    for double in theirs.filter(until=None).select_related("role"):
        standing = mine.get(getattr(double, other))
        if standing is None:
            continue
        journal.drop(Membership.objects.filter(pk=double.pk))
        learnt: dict[str, Any] = {"main": True} if double.main and side == "account" else {}
        if standing.role.slug == UNKNOWN and double.role.slug != UNKNOWN:
            learnt |= {name: getattr(double, name) for name in ("role", "confidence", "evidence", "source")}
        learnt |= {
            n: getattr(double, n) for n in ("title", "department") if not getattr(standing, n) and getattr(double, n)
        }
        if learnt:
            journal.change(Membership.objects.filter(pk=standing.pk), **learnt)


def _suppress_both(kept: Account, gone: Account, journal: Journal) -> None:
    """What nobody may write to stays so under its new number."""
    kind = Suppression.Kind.ACCOUNT
    stands = Suppression.objects.filter(kind=kind, lifted_at=None)
    mine = stands.filter(value_hash=hashed(kind, str(gone.pk))).first()
    if mine and not stands.filter(value_hash=hashed(kind, str(kept.pk))).exists():
        _copy(mine, hashed(kind, str(kept.pk)), kept.name, journal, account=kept)


def suppress_person(kept: Contact, addresses: Mapping[str, str], journal: Journal) -> None:
    """One person said no under one address (dedupe key → as written): it holds for all of theirs.

    That an address is dead says nothing of the others.
    """
    kind = Suppression.Kind.ADDRESS
    said = {hashed(kind, key): email for key, email in addresses.items() if key}
    stands = Suppression.objects.filter(kind=kind, lifted_at=None, value_hash__in=said)
    first = stands.exclude(reason=BOUNCED).order_by("at", "pk").first()
    if first is not None:
        for value_hash in sorted(said.keys() - set(stands.values_list("value_hash", flat=True))):
            _copy(first, value_hash, said[value_hash], journal, contact=kept)


def _copy(one: Suppression, value_hash: str, value: str, journal: Journal, **about: Any) -> None:
    row = Suppression.objects.create(
        kind=one.kind, value_hash=value_hash, value=value[:320], message=one.message, reason=one.reason, proof=one.proof,
        by=one.by, at=clock.now(), **about,
    )  # fmt: skip
    journal.make(row)


def _join_pairs(kind: str, kept: int, gone: int, journal: Journal) -> None:
    """Proposals about the record that goes are about the one that stays; two about one pair are one."""
    about = Q(low_id=gone) | Q(high_id=gone)
    for pair in DuplicatePair.objects.filter(about, kind=kind).exclude(Q(low_id=kept) | Q(high_id=kept)):
        low, high = sorted((kept, pair.high_id if pair.low_id == gone else pair.low_id))
        mine = DuplicatePair.objects.filter(pk=pair.pk)
        if DuplicatePair.objects.filter(kind=kind, low_id=low, high_id=high).exists():
            journal.drop(mine)
        else:
            journal.change(mine, low_id=low, high_id=high)


def follow_accounts(kept: Account, gone: Account, moved: dict[str, list[int]]) -> None:
    """After an undo: mail that came since into a conversation that went back goes with it."""
    threads = moved.get("crm.Conversation.account", [])
    late = Message.objects.filter(conversation__in=threads, account=kept)
    with timeline_open():
        Event.objects.filter(message__in=late.values("pk"), account=kept).update(account=gone)
    late.update(account=gone)


def follow_contacts(kept: Contact, gone: Contact, moved: dict[str, list[int]]) -> None:
    threads = moved.get("crm.Conversation.contact", [])
    late = Message.objects.filter(conversation__in=threads, contact=kept, from_address__iexact=gone.email or "-")
    with timeline_open():
        Event.objects.filter(message__in=late.values("pk"), contact=kept).update(contact=gone)
    late.update(contact=gone)
