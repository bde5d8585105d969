"""Further people from the account in a meeting: checked, kept, invited and told of every change."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from appointments.models import Meeting, MeetingGuest, MeetingType
from appointments.services import meeting_mails
from crm import clock, failpoints
from crm.errors import Refused
from crm.models import Account, Contact, Event, Membership, User
from crm.rules.addresses import is_address
from crm.services import live
from crm.services.accounts import queue_up


def check(kind: MeetingType, guests: Iterable[tuple[str, str]]) -> None:
    """Refused where one is no address, or there are more than the kind of meeting allows."""
    named = list(guests)
    wrong = next((address for _, address in named if not is_address(address)), "")
    if wrong:
        raise Refused(f"“{wrong[:80]}” is not a mail address.", guests=wrong)
    if len(named) > kind.most_guests:
        raise Refused(f"At most {kind.most_guests} further people can come along.", guests="")


def keep(meeting: Meeting, guests: Iterable[tuple[str, str]], *, by: Any) -> list[MeetingGuest]:
    """Without whoever booked, each once; those we know at the account are tied to their contact."""
    wanted = {address.lower(): name for name, address in guests if address.lower() != meeting.guest_email}
    there = set(meeting.guests.values_list("email", flat=True))
    known = {row.email.lower(): row for row in _people(meeting.account).filter(email__in=wanted)}
    rows = [
        MeetingGuest(
            meeting=meeting, name=(name or str(known.get(address, "")))[:200], email=address, contact=known.get(address),
            added_by=str(by)[:120], at=clock.now(),
        )
        for address, name in wanted.items()
        if address not in there
    ]  # fmt: skip
    return MeetingGuest.objects.bulk_create(rows)


def _people(account: Account) -> Any:
    return Contact.objects.filter(memberships__account=account, memberships__until=None).distinct()


@failpoints.commit("guest added")
def add(meeting: Meeting, *, name: str, email: str, by: User) -> MeetingGuest:
    """One of ours asks somebody along; they get the invitation."""
    queue_up(meeting.account_id)
    if meeting.state != Meeting.State.BOOKED:
        raise Refused("Only a booked meeting takes further people.")
    check(meeting.meeting_type, [*meeting.guests.values_list("name", "email"), (name, email.lower())])
    rows = keep(meeting, [(name, email)], by=by)
    if not rows:
        raise Refused("They are invited already.")
    Event.record(
        "meeting.guest_added", by=by, subject=meeting, account=meeting.account, contact=rows[0].contact,
        team=meeting.team, why=f"{rows[0]} is asked along.",
    )  # fmt: skip
    tell(meeting, rows)
    live.tell("meeting", team=meeting.team_id, meeting=meeting.pk)
    return rows[0]


def suggested(meeting: Meeting) -> list[Membership]:
    """A second stakeholder: people of the account who play another part in the decision and are not in it yet."""
    invited = [meeting.guest_email, *meeting.guests.values_list("email", flat=True)]
    rows = Membership.objects.filter(account=meeting.account, until=None).exclude(role__slug="unknown")
    rows = rows.exclude(contact__email__in=invited).exclude(contact__email="").exclude(contact=meeting.contact_id)
    mine = Membership.objects.filter(account=meeting.account, contact=meeting.contact_id).values("role")
    return list(rows.exclude(Q(role__in=mine)).select_related("contact", "role").order_by("role__order", "pk")[:3])


def tell(meeting: Meeting, rows: Iterable[MeetingGuest] | None = None) -> None:
    """The invitation, its change or its cancellation, as the meeting stands now."""
    for guest in meeting.guests.all() if rows is None else rows:
        meeting_mails.to_guest(guest, meeting)
