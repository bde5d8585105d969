"""An account comes back from its rest: the same stage, new copy, and whoever only put us off may be written to again."""

from datetime import datetime

from django.db import transaction

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, User
from crm.services import contacts
from prospecting.models import Enrollment, Reply, Sequence
from prospecting.services.sequences import current_version, roles_without_steps

GUEST = "the guest"
# Whoever said one of these was stopped for the conversation, not for good.
FOR_A_WHILE = (
    "not_now", "interested", "question", "meeting_request", "objection_price", "objection_competitor",
    "objection_authority", "objection_other", "not_interested", "other",
)  # fmt: skip


@transaction.atomic
def come_back_with(sequence: Sequence, other: Sequence | None, *, by: User) -> Sequence:
    """Accounts that walked this sequence come back from a rest with another one; None: with the steps they have not had."""
    if other == sequence:
        raise Refused("New copy is another sequence, not the same once more.")
    if other is not None and current_version(other) is None:
        raise Refused(f"{other} has no version in use yet.")
    sequence.returns_with = other
    sequence.save(update_fields=["returns_with"])
    why = f"Accounts come back with {other}." if other else "Accounts come back with the steps they have not had."
    Event.record("sequence.returns_with", by=by, subject=sequence, why=why)
    return sequence


@transaction.atomic
def renew(enrollment: Enrollment, *, by: User | str) -> str:
    """Before a rested walk goes on: people may hear from us again, and it takes the copy for those who come back. In words."""
    for person in _put_off(enrollment.account):
        contacts.unstop_contact(person, by=by)
    return _new_copy(enrollment, by=by)


def _put_off(account: Account) -> list[Contact]:
    """Stopped by what they said before the rest began, and not by a person; what they said last was not a no for good."""
    here = Contact.objects.filter(memberships__account=account, memberships__until=None)
    rest = Event.objects.filter(account=account, kind="account.resting").order_by("-at", "-pk").first()
    since = rest.at if rest else clock.now()
    return [person for person in here.exclude(stopped_at=None).distinct() if _only_for_a_while(person, since)]


def _only_for_a_while(person: Contact, since: datetime) -> bool:
    said = Reply.objects.filter(contact=person, counts=True).order_by("-at", "-pk").first()
    stopped = Event.objects.filter(contact=person, kind="contact.stopped").order_by("-at", "-pk").first()
    on_a_word = stopped is not None and (stopped.actor_id is not None or stopped.actor_name == GUEST)
    return said is not None and said.at <= since and said.label in FOR_A_WHILE and not on_a_word


def _new_copy(enrollment: Enrollment, *, by: User | str) -> str:
    before = enrollment.sequence_version
    other = before.sequence.returns_with
    version = current_version(other) if other else None
    if version is None or version.sequence_id == before.sequence_id:
        return "It goes on with the steps that were not sent yet."
    if lacking := roles_without_steps(version, enrollment.route_version):
        names = ", ".join(role.name for role in lacking)
        Event.record(
            "enrollment.no_new_copy", by=by, subject=enrollment, account=enrollment.account,
            why=f"{version} has no step for: {names}. It goes on with {before}.",
        )  # fmt: skip
        return f"{version} has no step for: {names}."
    Enrollment.objects.filter(pk=enrollment.pk).update(sequence_version=version)
    enrollment.sequence_version = version
    Event.record(
        "enrollment.new_copy", by=by, subject=enrollment, account=enrollment.account,
        why=f"It comes back with {version} instead of {before}.", facts={"from": before.pk, "to": version.pk},
    )  # fmt: skip
    return f"New copy: {version}."
