"""The politeness policy: a draft, what it would change, and its publication with a reason."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from prospecting.models import Enrollment, PolitenessPolicy, Touch
from prospecting.models.enrollment import OPEN
from prospecting.models.policy import POLICY
from prospecting.models.touch import Flight
from prospecting.rules import labels
from prospecting.services.starting import ensure_policy

S = PolitenessPolicy.State
FIELDS = {"people_at_once": (1, 10), "touches_a_week": (1, 20), "days_between_people": (0, 30)}
LONGEST_COOL_OFF = 200  # days


@dataclass(frozen=True)
class Effect:
    """What a draft would have meant today, in accounts."""

    walking: int  # open walks; they keep the policy they started under
    more_people: int  # of them with more people being written to than the draft allows
    more_touches: int  # with more touches within a week
    versions: tuple[tuple[int, int], ...]  # policy in force → walks under it


def in_use() -> PolitenessPolicy:
    return ensure_policy()


def the_draft() -> PolitenessPolicy | None:
    return PolitenessPolicy.objects.filter(state=S.DRAFT).first()


@transaction.atomic
def draft(*, by: User, **fields: Any) -> PolitenessPolicy:
    """Write or rewrite the one draft; it starts as the policy in use."""
    before = PolitenessPolicy.objects.select_for_update().get(pk=ensure_policy().pk)
    row = the_draft() or _copy(before, by)
    for name, value in _checked(fields).items():
        setattr(row, name, value)
    row.by = by
    row.save()
    return row


def _copy(before: PolitenessPolicy, by: User) -> PolitenessPolicy:
    newest = PolitenessPolicy.objects.order_by("-number").values_list("number", flat=True)[0]
    same = {name: getattr(before, name) for name in (*FIELDS, "cool_off")}
    return PolitenessPolicy(number=newest + 1, state=S.DRAFT, by=by, created_at=clock.now(), **same)


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    for name, value in fields.items():
        if name == "cool_off":
            _check_cool_off(value)
        elif name not in FIELDS:
            raise Refused(f"{name} is no part of the policy.")
        elif not FIELDS[name][0] <= int(value) <= FIELDS[name][1]:
            low, high = FIELDS[name]
            raise Refused(f"{name.replace('_', ' ').capitalize()}: a whole number from {low} to {high}.")
    return fields


def _check_cool_off(days: Any) -> None:
    if not isinstance(days, dict):
        raise Refused("The cool-off is a number of days for each kind of no.")
    for label, n in days.items():
        if not labels.known(label):
            raise Refused(f"There is no label “{label}”.")
        if not isinstance(n, int) or isinstance(n, bool) or not 0 <= n <= LONGEST_COOL_OFF:
            raise Refused(f"{labels.words(label)}: 0 to {LONGEST_COOL_OFF} days.")


@transaction.atomic
def publish(policy: PolitenessPolicy, reason: str, *, by: User) -> PolitenessPolicy:
    """It holds for every walk that starts from now on; those under way keep theirs."""
    if len(reason.strip()) < 5:
        raise Refused("Say why it changes; it stands beside the version.")
    before = ensure_policy()
    changed = changes(before, policy)
    if not changed:
        raise Refused("The draft says the same as the policy in use.")
    columns = {"reason": reason.strip()[:300], "published_at": clock.now(), "by": by}
    POLICY.move(policy, S.PUBLISHED, by=by, why=reason.strip(), set=columns, changed=changed)
    return policy


@transaction.atomic
def discard(policy: PolitenessPolicy, *, by: User) -> None:
    POLICY.move(policy, S.DISCARDED, by=by)


def changes(before: PolitenessPolicy, after: PolitenessPolicy) -> dict[str, list[str]]:
    """What is different: name → as it was and as it is."""
    found = {
        name: [str(getattr(before, name)), str(getattr(after, name))]
        for name in FIELDS
        if getattr(before, name) != getattr(after, name)
    }
    for label in sorted({*before.cool_off, *after.cool_off}):
        was, now = before.cool_off.get(label, 0), after.cool_off.get(label, 0)
        if was != now:
            found[f"cool_off {label}"] = [str(was), str(now)]
    return found


def effect(policy: PolitenessPolicy) -> Effect:
    """How many accounts stand beyond it now, in three queries; nothing changes for them unless they start anew."""
    walking = Enrollment.objects.filter(state__in=OPEN)
    by_policy = walking.values("policy__number").annotate(n=Count("pk")).order_by("-policy__number")
    versions = tuple(by_policy.values_list("policy__number", "n"))
    active = Touch.objects.filter(enrollment__state__in=OPEN, state__in=[Flight.PLANNED, Flight.PAUSED, Flight.SENT])
    people = active.filter(Q(visit__state="open")).values("account").annotate(n=Count("contact", distinct=True))
    week = Touch.objects.filter(state=Flight.SENT, reached=True, sent_at__gt=clock.now() - timedelta(days=7))
    touches = week.filter(enrollment__state__in=OPEN).values("account").annotate(n=Count("pk"))
    return Effect(
        walking=sum(n for _, n in versions),
        more_people=people.filter(n__gt=policy.people_at_once).count(),
        more_touches=touches.filter(n__gt=policy.touches_a_week).count(),
        versions=versions,
    )


def event_of(policy: PolitenessPolicy) -> Event | None:
    """The line of its publication: who, when, and what changed."""
    rows = Event.objects.filter(subject_type="prospecting.politenesspolicy", subject_id=policy.pk)
    return rows.filter(kind="politenesspolicy.published").order_by("-pk").first()
