"""Times to offer: a few concrete ones in the thread, with a link bound to account, contact and reply."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q

from appointments.models import Classification, Meeting, MeetingType, Offer, WorkItem
from appointments.rules import slots as rules
from appointments.services.hosts import Diary, Slot, first_for, hosts_of, is_together
from appointments.services.starting import ensure_meeting_type
from crm import clock, failpoints, links
from crm.errors import Refused
from crm.models import Account, Contact, Event, Organisation, User

LINK = "booking"
VALID_DAYS = 30
SPENT = "This booking link is no longer valid. Answer the message it came with and we will send a new one."


def kinds_for(team_id: int | None) -> list[MeetingType]:
    """What a team may offer: its own kinds of meeting first, then the common ones, each in the order they were made."""
    rows = MeetingType.objects.filter(archived_at=None).filter(Q(team=None) | Q(team=team_id, team__isnull=False))
    return sorted(rows, key=lambda kind: (kind.team_id is None, kind.pk))


def meeting_type_for(team_id: int | None) -> MeetingType:
    """The team's own kind of meeting, else the common one."""
    return next(iter(kinds_for(team_id)), None) or ensure_meeting_type()


def kind_named(team_id: int | None, pk: int | None) -> MeetingType | None:
    """That kind of meeting, where the team may offer it."""
    return next((kind for kind in kinds_for(team_id) if kind.pk == pk), None) if pk else None


def check_kind(team_id: int | None, kind: MeetingType | None) -> None:
    """Raises Refused where a team does not offer this kind of meeting: another team's, or one that was put away."""
    if kind and kind not in kinds_for(team_id):
        raise Refused(f"“{kind}” is not offered here any more. Choose another kind of meeting.")


def guest_zone(contact: Contact | None, account: Account | None) -> str:
    """The guest's IANA zone as far as we know it, else ours."""
    for named in (
        contact and contact.zone,
        account and account.zone,
        Organisation.objects.values_list("zone", flat=True).first(),
    ):
        if named and is_zone(named):
            return named
    return "UTC"


def is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        return False
    return True


def free_slots(
    meeting_type: MeetingType, *, guest_zone: str = "UTC", now: datetime | None = None, days: int = 14,
    team_id: int | None = None, host: User | None = None, but: Meeting | None = None, account: Account | None = None,
    pencilled_by: Offer | None = None, goes_first: bool = False,
) -> list[Slot]:  # fmt: skip
    """Every free start within so many days, with the host whose turn it is; moments in UTC.

    `account`: who knows it comes before the turn. `pencilled_by`: the link whose own pencil is in nobody's way.
    `goes_first`: before minimum notice and daily maximum, as a link does for somebody whom we did not come to meet.
    """
    moment = now or clock.now()
    people = [host] if host and not is_together(meeting_type) else hosts_of(meeting_type, team_id=team_id)
    last, first = moment + timedelta(days=days), first_for(account, meeting_type)
    first = [but.host_id, *first] if but else first  # a meeting that moves keeps its host where they can
    diary = Diary(people, meeting_type, moment, but, pencilled_by, days, first=goes_first)
    return [slot for slot in diary.slots(first) if slot.start <= last]


def propose(item: WorkItem, *, n: int = 3, kind: MeetingType | None = None) -> list[Slot]:
    """The times to put into the answer: within what the guest proposed if it fits, else spread over days. Without
    `kind`: the team's first."""
    zone = ZoneInfo(guest_zone(item.contact, item.account))
    found = free_slots(kind or meeting_type_for(item.team_id), team_id=item.team_id, account=item.account)
    by_start = {slot.start: slot for slot in found}
    wanted = rules.within(by_start, wishes(item))
    chosen = rules.pick(wanted, zone, n) if wanted else []
    if len(chosen) < n:
        rest = [start for start in by_start if start not in chosen]
        chosen = sorted([*chosen, *rules.pick(rest, zone, n - len(chosen))])
    return [by_start[start] for start in chosen]


def wishes(item: WorkItem) -> list[tuple[datetime, datetime]]:
    """Windows the guest named in the message that waits, in UTC."""
    found = Classification.objects.filter(reply=item.reply, undone_at=None).first() if item.reply else None
    named = found.entities.get("proposed_times", ()) if found else ()
    return [
        (datetime.fromisoformat(one["starts_at"]), datetime.fromisoformat(one["ends_at"]))
        for one in named
        if one.get("starts_at")
    ]


@failpoints.commit("offer")
def offer(
    item: WorkItem, slots: Sequence[Slot | datetime], *, by: User | None, meeting_type: MeetingType | None = None,
    replaces: Meeting | None = None,
) -> Offer:  # fmt: skip
    """Bind times to this person and this reply; the link shows them, and the next free ones when they are gone."""
    kind = meeting_type or meeting_type_for(item.team_id)
    if item.account is None:
        raise Refused("Say first which account this person belongs to.")
    return make_offer(
        kind, slots, account=item.account, contact=item.contact, conversation=item.conversation, team=item.team,
        reply=item.reply, work_item=item, by=by, replaces=replaces,
    )  # fmt: skip


def make_offer(
    kind: MeetingType, slots: Sequence[Slot | datetime], *, account: Account, by: User | None, **bound: object
) -> Offer:
    now = clock.now()
    contact, before = bound.get("contact"), bound.get("replaces")
    zone = guest_zone(contact if isinstance(contact, Contact) else None, account)
    if isinstance(before, Meeting) and is_zone(before.guest_zone):
        zone = before.guest_zone  # in which they chose the time that this one is instead of
    row = Offer.objects.create(
        meeting_type=kind, account=account, by=by, created_at=now, expires_at=now + timedelta(days=VALID_DAYS),
        guest_zone=zone, slots=_stored(slots), **bound,
    )  # fmt: skip
    Event.record(
        "offer.made", by=by or "the product", subject=row, account=account, contact=row.contact, team=row.team,
        why=f"{len(row.slots)} times offered.", facts={"slots": [one["start"] for one in row.slots]},
    )  # fmt: skip
    return row


def _stored(slots: Iterable[Slot | datetime]) -> list[dict[str, object]]:
    return [
        {"start": one.start.isoformat(), "host": one.host_id} if isinstance(one, Slot) else {"start": one.isoformat()}
        for one in slots
    ]


def link(offer: Offer) -> str:
    """The guest's address for choosing a time."""
    return links.url("appointments:book", token=token(offer))


def token(offer: Offer) -> str:
    """Bound to purpose, team and offer, which knows account, contact and reply: from any address it books for them."""
    return links.sign(LINK, offer=offer.pk, team=offer.team_id)


def link_to(offer: Offer, start: datetime) -> str:
    """The same page with one time chosen: a press there books it, looking does not."""
    return f"{link(offer)}?{urlencode({'at': f'{start.astimezone(UTC):%Y%m%dT%H%MZ}'})}"


@failpoints.commit("offer revoked")
def revoke(offer: Offer, *, by: User) -> Offer:
    """The link is void from now on; what was booked with it stands."""
    if Offer.objects.filter(pk=offer.pk, revoked_at=None).update(revoked_at=clock.now()):
        offer.revoked_at = clock.now()
        Event.record(
            "offer.revoked", by=by, subject=offer, account=offer.account, contact=offer.contact, team=offer.team,
            why="The booking link was taken back.",
        )  # fmt: skip
    return offer


def read_link(token: str) -> Offer:
    """The offer a link speaks of. Raises Refused for a changed, foreign or old one."""
    said = links.read(LINK, token, max_age_days=VALID_DAYS)
    # The row knows account, contact and reply; those in the link may have been merged into others since.
    found = Offer.objects.filter(pk=said.get("offer", 0), revoked_at=None)
    found = found.filter(team=said["team"]) if "team" in said else found
    row = found.select_related(
        "account", "contact", "meeting_type", "team", "conversation", "work_item", "replaces"
    ).first()
    if row is None or row.expires_at < clock.now():
        raise Refused(SPENT)
    return row


def offered(offer: Offer) -> list[datetime]:
    return [datetime.fromisoformat(one["start"]) for one in offer.slots]
