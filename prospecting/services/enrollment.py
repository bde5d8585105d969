"""An account starts, pauses, rests, resumes and ends its walk on a route."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from crm import clock
from crm.errors import Refused
from crm.models import Account, Event, Membership, Organisation, User
from crm.services import accounts as crm_accounts
from crm.services import notifications, suppression
from crm.services.accounts import queue_up
from crm.services.bulk import assign_all
from prospecting.models import Enrollment, ListEntry, RouteVersion, Segment, SegmentVersion, SequenceVersion
from prospecting.models.enrollment import ENROLLMENT, OPEN
from prospecting.models.touch import TOUCH, Flight
from prospecting.queries.rule_language import accounts_matching
from prospecting.rules import guard, ladder
from prospecting.rules.guard import Verdict, day_words
from prospecting.services import attributing, milestones, planner, returning
from prospecting.services.guard_facts import start_of
from prospecting.services.queueing import hold
from prospecting.services.sequences import roles_without_steps
from prospecting.services.stages import add_first_visits, cancel_planned, close, close_stage, finish, open_stage
from prospecting.services.starting import ensure_policy

BATCH = 2_000
__all__ = [
    "Preview", "close", "close_stage", "enroll", "enroll_many", "finish", "go_on", "open_stage",
    "pause", "preview", "rest", "resume", "routes_for", "take_in", "wake_resting",
]  # fmt: skip


@dataclass
class Preview:
    """What enrolling would do: who starts, who waits and why, who is refused and why."""

    starts: list[Account] = field(default_factory=list)
    waits: list[tuple[Account, str]] = field(default_factory=list)
    refused: dict[str, list[Account]] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    routes: dict[int, RouteVersion] = field(default_factory=dict)
    walks: list[Enrollment] = field(default_factory=list)  # those that were begun

    def kind(self, account: Account) -> str:
        """Why it waits, as a group of many is called."""
        return guard.WORDS.get(self.verdicts[account.pk].reason, "Waits")

    @property
    def sentence(self) -> str:
        refused = sum(len(rows) for rows in self.refused.values())
        return f"{len(self.starts)} start, {len(self.waits)} wait, {refused} cannot be enrolled."


def preview(
    accounts: Iterable[Account],
    sequence_version: SequenceVersion,
    segment: Segment,
    *,
    prospector: User | None = None,
) -> Preview:
    """Who would start, wait or be refused, grouped by reason, in a constant number of queries."""
    rows = list(accounts)[:BATCH]
    if segment.archived_at:
        raise Refused(f"{segment.name} is put away; nobody is enrolled from its list.")
    version = segment.versions.filter(state=SegmentVersion.State.PUBLISHED).order_by("-number").first()
    if version is None:
        raise Refused(f"{segment.name} has no version in use yet. Publish its rule first.")
    if sequence_version.state != SequenceVersion.State.PUBLISHED:
        raise Refused("Publish the sequence first; a draft cannot be walked.")
    found = Preview(routes=routes_for(rows, version))
    known = _Known.read(rows, version, sequence_version, found.routes)
    for account in rows:
        verdict = _may_start(account, known, found.routes[account.pk])
        found.verdicts[account.pk] = verdict
        if verdict.allowed:
            found.starts.append(account)
        elif verdict.waits:
            found.waits.append((account, verdict.sentence))
        else:
            found.refused.setdefault(_group(verdict), []).append(account)
    return found


def _group(verdict: Verdict) -> str:
    return guard.WORDS.get(verdict.reason) or verdict.sentence


def routes_for(rows: Sequence[Account], version: SegmentVersion) -> dict[int, RouteVersion]:
    """The route of each account: the first variant that fits it, else the version's own. One query a variant."""
    here = Account.objects.filter(pk__in=[row.pk for row in rows])
    routes = dict.fromkeys((row.pk for row in rows), version.route_version)
    for variant in reversed(list(version.segment.variants.select_related("route_version__route"))):
        fitting = accounts_matching(variant.condition, here).values_list("pk", flat=True)
        routes |= dict.fromkeys(fitting, variant.route_version)
    return routes


@dataclass
class _Known:
    """What a preview has to know about a batch of accounts."""

    competing: dict[int, Enrollment]
    barred: dict[int, str]
    filled: dict[int, set[int]]
    first_roles: dict[int, set[int]]
    lacking: dict[int, list[str]]
    on_list: dict[int, bool]
    zone: str  # of accounts that have none of their own

    @classmethod
    def read(
        cls,
        rows: Sequence[Account],
        version: SegmentVersion,
        sequence_version: SequenceVersion,
        routes: dict[int, RouteVersion],
    ) -> "_Known":
        ids = [row.pk for row in rows]
        walking = Enrollment.objects.filter(account__in=ids, state__in=OPEN).select_related("prospector")
        distinct = {route.pk: route for route in routes.values()}
        entries = ListEntry.objects.filter(account__in=ids, left_at=None, target_list__segment=version.segment_id)
        return cls(
            competing={row.account_id: row for row in walking},
            barred=suppression.barred({pk: ("", pk) for pk in ids}),
            filled=_filled_roles(ids),
            first_roles={pk: _first_roles(route) for pk, route in distinct.items()},
            lacking={pk: [r.name for r in roles_without_steps(sequence_version, rt)] for pk, rt in distinct.items()},
            on_list=dict(entries.values_list("account_id", "window_open")),
            zone=Organisation.objects.values_list("zone", flat=True).first() or "UTC",
        )


def _filled_roles(ids: Iterable[int]) -> dict[int, set[int]]:
    rows = Membership.objects.filter(account__in=ids, until=None, contact__stopped_at=None).exclude(confidence="low")
    found: dict[int, set[int]] = {}
    for account, role in rows.exclude(role__slug="unknown").values_list("account_id", "role_id"):
        found.setdefault(account, set()).add(role)
    return found


def _first_roles(route: RouteVersion) -> set[int]:
    first = route.stages.order_by("order").first()
    return set(first.roles.values_list("pk", flat=True)) if first else set()


def _may_start(account: Account, known: _Known, route: RouteVersion) -> Verdict:
    name = account.name
    if account.is_closed:
        return Verdict(guard.REFUSE, guard.ACCOUNT_CLOSED, None, f"{name} is closed.")
    if account.pk in known.barred:
        return Verdict(guard.REFUSE, guard.SUPPRESSED, None, f"We never write to {name} again.")
    if other := known.competing.get(account.pk):
        sentence = f"{name} already has an active sequence, with {other.prospector}."
        return Verdict(guard.REFUSE, guard.COMPETING_ENROLLMENT, None, sentence)
    if account.pk not in known.on_list:
        return Verdict(guard.REFUSE, "", None, "Not on this segment's list")
    if known.lacking[route.pk]:
        return Verdict(guard.REFUSE, "", None, f"The sequence has no step for: {', '.join(known.lacking[route.pk])}")
    if not known.filled.get(account.pk, set()) & known.first_roles[route.pk]:
        return Verdict(guard.REFUSE, guard.ROLE_UNKNOWN, None, f"Nobody at {name} is known for the first stage.")
    return _may_start_now(account, known.on_list[account.pk], account.zone or known.zone)


def _may_start_now(account: Account, window_open: bool, zone: str) -> Verdict:
    if account.rests_until and account.rests_until > clock.today():
        rested = start_of(account.rests_until, zone)
        return Verdict(guard.WAIT, guard.COOL_OFF, rested, f"{account.name} rests until {day_words(rested, zone)}.")
    if not window_open:
        opens = account.recontact_not_before or account.window_from
        until = start_of(opens, zone) if opens else None
        words = f" until {day_words(until, zone)}" if until else ""
        return Verdict(guard.WAIT, guard.TIMING_CLOSED, until, f"{account.name}: the window is closed{words}.")
    return Verdict(guard.ALLOW)


@transaction.atomic
def enroll(
    account: Account, *, segment: Segment, sequence_version: SequenceVersion, prospector: User, by: User,
    approval: bool = False,
) -> Enrollment:  # fmt: skip
    """Start one account on its route with this sequence; refused with the guard's reason. Targeted from here on."""
    [account] = hold([account.pk])
    seen = preview([account], sequence_version, segment, prospector=prospector)
    verdict = seen.verdicts[account.pk]
    if verdict.refused:
        raise Refused(verdict.sentence.rstrip(".") + ".", reason=verdict.reason)
    return _start([account], seen, segment, sequence_version, prospector, by, approval=approval)[0]


def enroll_many(
    accounts: Iterable[Account], *, segment: Segment, sequence_version: SequenceVersion, prospector: User, by: User
) -> list[Enrollment]:
    """Everyone whom the preview lets start or wait; the others stay where they are."""
    seen = take_in(accounts, segment=segment, sequence_version=sequence_version, prospector=prospector, by=by)
    return seen.walks


@transaction.atomic
def take_in(
    accounts: Iterable[Account], *, segment: Segment, sequence_version: SequenceVersion, prospector: User, by: User,
    approval: bool = False, starts_only: bool = False,
) -> Preview:  # fmt: skip
    """Enroll whom the preview lets start, and whom it lets wait unless `starts_only`; it says what became of each."""
    wanted = [account.pk for account in accounts][:BATCH]
    held = {account.pk: account for account in hold(wanted)}
    seen = preview([held[pk] for pk in wanted if pk in held], sequence_version, segment, prospector=prospector)
    willing = seen.starts if starts_only else [*seen.starts, *(account for account, _ in seen.waits)]
    if willing:
        seen.walks = _start(willing, seen, segment, sequence_version, prospector, by, approval=approval)
    return seen


def _start(
    accounts: Sequence[Account],
    seen: Preview,
    segment: Segment,
    sequence_version: SequenceVersion,
    prospector: User,
    by: User,
    *,
    approval: bool = False,
) -> list[Enrollment]:
    """Accounts that are held and may start: on the timeline, targeted, and planned at once."""
    unowned = [account.pk for account in accounts if account.owner_id is None]
    if unowned:
        assign_all(Account.objects.filter(pk__in=unowned), prospector, by=by)
    walks = _create(accounts, seen, segment, sequence_version, prospector, approval)
    attributing.keep_facts(walks)
    Event.objects.bulk_create(_started(walk, by) for walk in walks)
    milestones.reach_first(walks, ladder.TARGETED, by=by)
    planner.plan_many([account.pk for account in accounts])
    return walks


def _create(
    accounts: Sequence[Account],
    seen: Preview,
    segment: Segment,
    sequence_version: SequenceVersion,
    prospector: User,
    approval: bool,
) -> list[Enrollment]:
    approval = approval or sequence_version.sequence.approval
    version = segment.versions.filter(state=SegmentVersion.State.PUBLISHED).order_by("-number")[0]
    now, policy = clock.now(), ensure_policy()
    walks = [
        Enrollment(
            account=account, prospector=prospector, segment_version=version, route_version=seen.routes[account.pk],
            sequence_version=sequence_version, policy=policy, started_at=now, plan_at=now,
            approval=approval,
        )
        for account in accounts
    ]  # fmt: skip
    try:
        with transaction.atomic():
            Enrollment.objects.bulk_create(walks)
    except IntegrityError as error:
        name = accounts[0].name if len(accounts) == 1 else "One of these accounts"
        raise Refused(f"{name} already has an active sequence.") from error
    add_first_visits(walks)
    return walks


def _started(walk: Enrollment, by: User) -> Event:
    facts = {"segment": str(walk.segment_version), "route": str(walk.route_version)}
    why = f"{walk.segment_version}; {walk.route_version}; {walk.sequence_version}"
    return Event.about("enrollment.started", by=by, subject=walk, account=walk.account, why=why, facts=facts)


@transaction.atomic
def pause(enrollment: Enrollment, why: str, *, by: User | str) -> None:
    """Nothing leaves until someone resumes it, whatever the account writes meanwhile."""
    if not why.strip():
        raise Refused("Say why it is paused.")
    queue_up(enrollment.account_id)
    enrollment.refresh_from_db(fields=["state", "in_conversation", "paused_by_hand"])
    columns = {"reason": why[:200], "paused_by_hand": True}
    if enrollment.state == Enrollment.State.PAUSED and enrollment.in_conversation and not enrollment.paused_by_hand:
        _note(enrollment, "enrollment.paused_too", columns, by=by, why=why)
    else:
        ENROLLMENT.move(enrollment, Enrollment.State.PAUSED, by=by, why=why, set=columns)
    TOUCH.move_many(enrollment.touches.filter(state=Flight.PLANNED), Flight.PAUSED, by=by, why=why)


def resume(enrollment: Enrollment, *, by: User | str, why: str = "") -> None:
    """Go on by hand; while someone there waits for an answer, only finishing that ends the pause."""
    if enrollment.in_conversation and enrollment.paused_by_hand:
        raise Refused("Someone there wrote. Finish that first; then resume it here.")
    if enrollment.in_conversation:
        raise Refused(f"{enrollment.reason or 'Someone there wrote.'} Finish that first; then it goes on.".strip())
    if enrollment.state == Enrollment.State.RESTING:
        returning.renew(enrollment, by=by)
    go_on(enrollment, by=by, why=why)


@transaction.atomic
def go_on(enrollment: Enrollment, *, by: User | str, why: str = "") -> None:
    """Go on where it stopped: paused touches are planned again, at their day or today. A pause by hand ends by hand."""
    queue_up(enrollment.account_id)
    enrollment.refresh_from_db(fields=["state", "reason", "in_conversation", "paused_by_hand"])
    if enrollment.paused_by_hand and not isinstance(by, User):
        _stay_paused(enrollment, by=by, why=why)
        return
    columns = {
        "reason": "", "in_conversation": False, "paused_by_hand": False, "rests_until": None, "plan_at": clock.now(),
    }  # fmt: skip
    ENROLLMENT.move(enrollment, Enrollment.State.ACTIVE, by=by, why=why, set=columns)
    paused = enrollment.touches.filter(state=Flight.PAUSED)
    TOUCH.move_many(paused.filter(contact__stopped_at__isnull=False), Flight.CANCELLED, by=by, why="the person stopped")
    TOUCH.move_many(paused, Flight.PLANNED, by=by, why=why)
    planner.plan(enrollment)


def _stay_paused(enrollment: Enrollment, *, by: str, why: str) -> None:
    """The conversation or the rest is over, but a person paused this walk and has not resumed it."""
    columns: dict[str, Any] = {"in_conversation": False, "rests_until": None, "plan_at": None}
    said = f"{why}; it stays paused, as someone paused it by hand" if why else "It stays paused by hand"
    if enrollment.state == Enrollment.State.PAUSED:
        _note(enrollment, "enrollment.still_paused", columns, by=by, why=said)
    else:
        ENROLLMENT.move(enrollment, Enrollment.State.PAUSED, by=by, why=said, set=columns)


def _note(enrollment: Enrollment, kind: str, columns: dict[str, Any], *, by: User | str, why: str) -> None:
    """What changes beside the state, with its own line on the timeline."""
    Enrollment.objects.filter(pk=enrollment.pk).update(**columns)
    for name, value in columns.items():
        setattr(enrollment, name, value)
    Event.record(kind, by=by, subject=enrollment, account=enrollment.account, why=why)


@transaction.atomic
def rest(enrollment: Enrollment, until: date, why: str, *, by: User | str) -> None:
    """Leave the account in peace until a day; what was planned is planned anew then."""
    if until <= clock.today():
        raise Refused("Rest until a day that is still to come.")
    queue_up(enrollment.account_id)
    # A person decides anew; the matrix leaves a pause by hand, and its reason, for when the rest is over.
    kept = enrollment.paused_by_hand and not isinstance(by, User)
    columns = {
        "reason": enrollment.reason if kept else why[:200], "paused_by_hand": kept, "rests_until": until,
        "in_conversation": False, "plan_at": None,
    }  # fmt: skip
    ENROLLMENT.move(enrollment, Enrollment.State.RESTING, by=by, why=why, set=columns, until=str(until))
    cancel_planned(enrollment, why=why, by=by)


def wake_resting(now: datetime) -> int:
    """Accounts whose rest is over go on at the same stage with new copy; each is locked and looked at again. How many."""
    due = Q(state=Enrollment.State.RESTING, rests_until__lte=now.date())
    found = Enrollment.objects.filter(due).order_by("rests_until", "pk").values_list("pk", "account_id")[:500]
    return sum(_wake(pk, account, due) for pk, account in list(found))


@transaction.atomic
def _wake(pk: int, account: int, due: Q) -> int:
    queue_up(account)
    parts = ("account", "prospector", "route_version", "sequence_version__sequence__returns_with")
    walk = Enrollment.objects.filter(due, pk=pk).select_related(*parts).first()
    if walk is None:
        return 0
    crm_accounts.end_rest(walk.account, by="the clock")
    copy = returning.renew(walk, by="the clock")
    go_on(walk, by="the clock", why="the rest is over")
    words = f"{walk.account} is back from its rest. {copy}"
    notifications.notify(walk.prospector, "returned", words, reverse("crm:account", args=[account]))
    return 1
