"""Two records become one, and two again: everything that hangs on them moves, and what moved is kept to undo it."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from crm import clock
from crm.errors import Refused
from crm.models import Account, AccountDomain, Contact, DuplicatePair, Event, ExternalId, Merge, Message
from crm.models.duplicates import DUPLICATE_PAIR
from crm.services import belongings, contact_addresses, registries
from crm.services.journal import Journal, as_row, put_back, relations_to, timeline_open, write_back

Record = Account | Contact
MODELS: dict[str, type[Record]] = {"accounts": Account, "contacts": Contact}
# What a person may choose from either side; where nobody chooses, what the kept record says stays and its gaps are filled.
CHOICES = {
    "accounts": ["name", "domain", "phone", "street", "postcode", "city", "state_name", "country", "industry", "employees", "sites",
                 "owner", "external_id", "zone", "window_from", "window_until", "fiscal_year_end", "renewal_on"],
    "contacts": ["first_name", "last_name", "email", "phone", "title", "language", "street", "postcode", "city", "state_name",
                 "country", "zone", "external_id"],
}  # fmt: skip
# Columns that follow another one, and ones of which the later or larger value holds.
_FOLLOW = {"name": ["name_norm"], "email": ["email_norm"], "phone": ["phone_norm"], "street": ["address_norm"]}
_LATEST = {"accounts": ["recontact_not_before", "last_touched_at"], "contacts": ["away_until"]}


@transaction.atomic
def merge(kept: Record, gone: Record, *, by: Any, choose: Mapping[str, str] | None = None) -> Merge:
    """Make one record of two. `choose` says per field whether the value of the one that goes ("gone") is taken."""
    kind = kind_of(kept)
    kept, gone = _locked(kept, gone)
    _check_choice(kind, choose or {})
    journal = Journal()
    journal.watch(type(kept).objects.filter(pk=kept.pk))
    whole, name = as_row(gone), str(kept)
    # Ours come last: what the others write on the timeline moves too.
    for act in [*getattr(registries, f"merge_{kind}"), *_own(kind, "merge")]:
        act(kept, gone, journal)
    kept.refresh_from_db()
    taken = _taken(kind, kept, gone, choose or {})
    _refuse_leftovers(gone)
    everything = type(gone)._base_manager.filter(pk=gone.pk)
    everything._raw_delete(everything.db)
    _take_over(kind, kept, gone, taken, journal)
    return _recorded(kind, kept, gone, (whole, name), journal, by)


@transaction.atomic
def undo_merge(merge: Merge, *, by: Any) -> Record:
    """Put back what was: the record that went, what hung on it, and what the kept one said. What came since stays where it belongs."""
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    model = MODELS[merge.kind]
    kept = model.objects.select_for_update().filter(pk=merge.kept_id).first()
    _refuse_impossible(merge, kept)
    assert kept is not None  # noqa: S101 - refused above
    told = merge.moved
    mine = told.get("changed", {}).get(model._meta.label, {}).get(str(kept.pk), {})
    stays = _give_back(merge, kept, mine)
    put_back(model._meta.label, [merge.gone_row])
    gone = model.objects.get(pk=merge.gone_id)
    _move_back(told.get("moved", {}), kept, gone)
    for act in [*_own(merge.kind, "follow"), *getattr(registries, f"follow_{merge.kind}")]:
        act(kept, gone, told.get("moved", {}))
    for label, changed in told.get("changed", {}).items():
        write_back(
            label, {pk: rows for pk, rows in changed.items() if (label, pk) != (model._meta.label, str(kept.pk))}
        )
    for label in reversed(list(merge.dropped)):
        put_back(label, merge.dropped[label])
    _told_undone(merge, kept, gone, by, stays)
    return gone


def kind_of(record: Record) -> str:
    return "accounts" if isinstance(record, Account) else "contacts"


def successor(kind: str, pk: int) -> int | None:
    """Where the record with this number went; None where it is unknown."""
    seen: set[int] = set()
    found: int | None = pk
    while found is not None and found not in seen:
        seen.add(found)
        after = (
            Merge.objects.filter(kind=kind, gone_id=found, undone_at=None)
            .order_by("-pk")
            .values_list("kept_id", flat=True)
        )
        step = after.first()
        if step is None:
            return found if found != pk else None
        found = step
    return None


def _locked(kept: Record, gone: Record) -> tuple[Record, Record]:
    model = type(kept)
    if type(gone) is not model:
        raise Refused("An account and a person cannot be merged.")
    if kept.pk == gone.pk:
        raise Refused("This is one record already.")
    rows = {one.pk: one for one in model.objects.select_for_update().filter(pk__in=[kept.pk, gone.pk]).order_by("pk")}
    if len(rows) < 2:
        raise Refused("One of the two was merged or removed in the meantime.")
    return rows[kept.pk], rows[gone.pk]


def _check_choice(kind: str, choose: Mapping[str, str]) -> None:
    for name, side in choose.items():
        if name not in CHOICES[kind] or side not in ("kept", "gone"):
            raise Refused(f"“{name}: {side}” is nothing that can be chosen.")


def _own(kind: str, what: str) -> list[Any]:
    return [getattr(belongings, f"{what}_{kind}")]


def _taken(kind: str, kept: Record, gone: Record, choose: Mapping[str, str]) -> dict[str, Any]:
    """What the kept record takes from the other one: what was chosen, and what fills its gaps."""
    taken: dict[str, Any] = {}
    for name in CHOICES[kind]:
        mine, theirs = getattr(kept, name), getattr(gone, name)
        wanted = choose.get(name) == "gone" or (name not in choose and mine in ("", None))
        if wanted and theirs not in ("", None) and theirs != mine:
            taken |= {name: theirs} | {follows: getattr(gone, follows) for follows in _FOLLOW.get(name, ())}
            _take_fact(taken, kept, gone, name)
    taken |= _joined(kind, kept, gone)
    return taken


def _take_fact(taken: dict[str, Any], kept: Record, gone: Record, name: str) -> None:
    if fact := gone.facts.get(name):
        taken["facts"] = {**taken.get("facts", kept.facts), name: fact}


def _joined(kind: str, kept: Record, gone: Record) -> dict[str, Any]:
    """Attributes of both; and where one value must hold for both, the more careful one."""
    found: dict[str, Any] = {"custom": {**gone.custom, **kept.custom}}
    for name in _LATEST[kind]:
        found[name] = max((v for v in (getattr(kept, name), getattr(gone, name)) if v is not None), default=None)
    if isinstance(kept, Account) and isinstance(gone, Account):
        found |= {
            name: list(dict.fromkeys([*getattr(kept, name), *getattr(gone, name)])) for name in ("tags", "regulated")
        }
        found["unhandled_mail"] = kept.unhandled_mail + gone.unhandled_mail
        if gone.rests_until and (kept.rests_until is None or gone.rests_until > kept.rests_until):
            found |= {"rests_until": gone.rests_until, "rest_reason": gone.rest_reason}
    elif isinstance(gone, Contact) and isinstance(kept, Contact) and gone.stopped_at and not kept.stopped_at:
        found |= {"stopped_at": gone.stopped_at, "stopped_reason": gone.stopped_reason}
    return {name: value for name, value in found.items() if value != getattr(kept, name)}


def _refuse_leftovers(gone: Record) -> None:
    """Nothing may go down with the row: what no registry moved is a fault of ours, never a loss of theirs."""
    for column in relations_to(type(gone)):
        if column.model._base_manager.filter(**{column.name: gone}).exists():
            raise RuntimeError(f"{column.model._meta.label}.{column.name} still points to a record that is to go")


def _take_over(kind: str, kept: Record, gone: Record, taken: dict[str, Any], journal: Journal) -> None:
    """Write what was taken; the address and the number that lost stay known."""
    before = {
        name: getattr(kept, name) for name in ("domain", "external_id", "email", "email_norm") if hasattr(kept, name)
    }
    if taken:
        type(kept)._base_manager.filter(pk=kept.pk).update(**taken)
        kept.refresh_from_db()
    if isinstance(kept, Account):
        _keep_domain(kept, {before["domain"], gone.domain} - {"", kept.domain}, journal)  # type: ignore[union-attr]
        _keep_numbers(kept, {before["external_id"], gone.external_id} - {"", kept.external_id}, journal)
    elif isinstance(gone, Contact):
        said = {before["email_norm"]: before["email"], gone.email_norm: gone.email}
        contact_addresses.keep(kept, said, journal)
        said |= dict(kept.addresses.values_list("email_norm", "email"))
        belongings.suppress_person(kept, said, journal)


def _keep_domain(kept: Account, domains: set[str], journal: Journal) -> None:
    for domain in sorted(domains):
        row, new = AccountDomain.objects.get_or_create(account=kept, domain=domain, defaults={"source": "a merge"})
        if new:
            journal.make(row)


def _keep_numbers(kept: Account, numbers: set[str], journal: Journal) -> None:
    for number in sorted(numbers):
        row, new = ExternalId.objects.get_or_create(system="merged", value=number, defaults={"account": kept})
        if new:
            journal.make(row)


def _recorded(
    kind: str, kept: Record, gone: Record, before: tuple[dict[str, Any], str], journal: Journal, by: Any
) -> Merge:
    whole, said = before
    journal.settle()
    own = journal.changed.get(type(kept)._meta.label, {}).get(str(kept.pk), {})
    row = Merge.objects.create(
        kind=kind, kept_id=kept.pk, kept_name=said[:200], gone_id=whole["id"], gone_name=str(gone)[:200], gone_row=whole,
        kept_before={name: was for name, (was, _) in own.items()}, dropped=journal.dropped,
        moved={"moved": journal.moved, "changed": journal.changed, "made": journal.made},
        by=by if getattr(by, "pk", None) else None, at=clock.now(),
    )  # fmt: skip
    about = {"account": kept} if isinstance(kept, Account) else {"contact": kept, "account": _account_of(kept)}
    Event.record(f"{kind[:-1]}.merged", by=by, subject=row, facts={"gone": str(gone), "kept": said}, **about)
    _settle_pair(kind, kept.pk, whole["id"], DuplicatePair.State.MERGED, by)
    return row


def _account_of(contact: Contact) -> Account | None:
    found = contact.memberships.filter(until=None).select_related("account").order_by("-main", "pk").first()
    return found.account if found else None


def _settle_pair(kind: str, one: int, two: int, to: str, by: Any) -> None:
    low, high = sorted((one, two))
    pair = DuplicatePair.objects.filter(kind=kind, low_id=low, high_id=high).exclude(state=to).first()
    if pair is not None and to in DUPLICATE_PAIR.moves[pair.state]:
        decided = to != DuplicatePair.State.PROPOSED
        who = by if decided and getattr(by, "pk", None) else None
        DUPLICATE_PAIR.move(pair, to, by=by, set={"decided_at": clock.now() if decided else None, "decided_by": who})


def _refuse_impossible(merge: Merge, kept: Record | None) -> None:
    if merge.undone_at:
        raise Refused("This merge was undone already.")
    if kept is None:
        raise Refused(f"{merge.kept_name} was merged further or removed since. Undo that first.")
    model, row = MODELS[merge.kind], merge.gone_row
    if model.objects.filter(pk=merge.gone_id).exists():
        raise Refused(f"{merge.gone_name} is on file again.")
    for name in ("external_id", "email_norm"):
        if row.get(name) and model.objects.filter(**{name: row[name]}).exclude(pk=kept.pk).exists():
            raise Refused(
                f"Another record has the {name.removesuffix('_norm').replace('_', ' ')} of {merge.gone_name} by now."
            )
    if row.get("parent_id") and not Account.objects.filter(pk=row["parent_id"]).exists():
        row["parent_id"] = None


def _give_back(merge: Merge, kept: Record, told: dict[str, list[Any]]) -> bool:
    """The kept record says again what it said, and rows that the merge made go; True where a suppression had to stay."""
    label = type(kept)._meta.label
    write_back(label, {str(kept.pk): told})
    if "unhandled_mail" in told:
        now = Account._base_manager.filter(pk=kept.pk).exclude(unhandled_mail=told["unhandled_mail"][0])
        now.update(unhandled_mail=Greatest(F("unhandled_mail") - merge.gone_row["unhandled_mail"], Value(0)))
    _free_unique(merge, kept)
    made = merge.moved.get("made", {})
    stays = bool(made.get("crm.Suppression")) and _heard_since(merge, kept)
    for name, ids in made.items():
        if not (name == "crm.Suppression" and stays):
            _model_of(name)._base_manager.filter(pk__in=ids).delete()
    return stays


def _free_unique(merge: Merge, kept: Record) -> None:
    """A number or address that was taken from the record that went goes back with it, whatever else changed since."""
    for name in ("external_id", "email_norm"):
        value = merge.gone_row.get(name)
        if value and getattr(type(kept).objects.get(pk=kept.pk), name) == value:
            was = merge.kept_before.get(name, "")
            more = {"email": merge.kept_before.get("email", "")} if name == "email_norm" else {}
            type(kept).objects.filter(pk=kept.pk).update(**{name: was}, **more)


def _heard_since(merge: Merge, kept: Record) -> bool:
    """Whether anything came in that may have repeated the wish not to be written to; then it stands."""
    about = {"account": kept} if isinstance(kept, Account) else {"contact": kept}
    return Message.objects.filter(direction=Message.Direction.IN, at__gte=merge.at, **about).exists()


def _model_of(label: str) -> Any:
    return apps.get_model(label)


def _move_back(moved: dict[str, list[int]], kept: Record, gone: Record) -> None:
    for column in relations_to(type(kept)):
        ids = moved.get(f"{column.model._meta.label}.{column.name}")
        if ids:
            with timeline_open():
                column.model._base_manager.filter(pk__in=ids, **{column.name: kept}).update(**{column.name: gone})


def _told_undone(merge: Merge, kept: Record, gone: Record, by: Any, stays: bool) -> None:
    merge.undone_at, merge.undone_by = clock.now(), by if getattr(by, "pk", None) else None
    merge.save(update_fields=["undone_at", "undone_by"])
    _settle_pair(merge.kind, kept.pk, gone.pk, DuplicatePair.State.PROPOSED, by)
    facts = {"gone": str(gone), "kept": str(kept), "suppression_stays": stays}
    for one in (kept, gone):
        about = {"account": one} if isinstance(one, Account) else {"contact": one, "account": _account_of(one)}
        Event.record(f"{merge.kind[:-1]}.unmerged", by=by, subject=merge, facts=facts, **about)
