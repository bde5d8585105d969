"""Who may see and do what in appointment setting; a stranger gets the same 404 as for what does not exist."""

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from appointments.models import (
    Calendar,
    CalendarConflict,
    Classification,
    CounterProposal,
    Meeting,
    MeetingType,
    Playbook,
    Qualification,
    Recovery,
    WorkItem,
)
from appointments.queries import (
    ITEM_PARTS,
    MEETING_PARTS,
    held_by,
    hosted_by,
    visible_credits,
    visible_items,
    visible_meeting_types,
    visible_meetings,
    visible_qualifications,
    visible_recoveries,
    visible_replies,
    writable_items,
)
from crm.errors import Refused
from crm.models import Account, Event, Team, User
from prospecting.models import Reply

__all__ = [
    "held_by",
    "visible_credits",
    "visible_items",
    "visible_meeting_types",
    "visible_meetings",
    "visible_qualifications",
    "visible_recoveries",
    "visible_replies",
    "writable_items",
]


def item_read(user: User, pk: int) -> WorkItem:
    return get_object_or_404(visible_items(user).select_related(*ITEM_PARTS), pk=pk)


def item_write(user: User, pk: int) -> WorkItem:
    return get_object_or_404(writable_items(user).select_related(*ITEM_PARTS), pk=pk)


def reply_read(user: User, pk: int) -> Reply:
    return get_object_or_404(visible_replies(user).select_related("message", "account", "contact"), pk=pk)


def reply_write(user: User, pk: int) -> Reply:
    """Correct a label: the team's work, never the executive's."""
    allowed = visible_replies(user) if user.is_admin or user.job != User.Job.EXECUTIVE else Reply.objects.none()
    return get_object_or_404(allowed.select_related("message", "account", "contact", "enrollment"), pk=pk)


def classification_write(user: User, pk: int) -> Classification:
    found = get_object_or_404(Classification.objects.select_related("reply__message"), pk=pk)
    reply_write(user, found.reply_id)
    return found


def meeting_read(user: User, pk: int) -> Meeting:
    return get_object_or_404(visible_meetings(user).select_related(*MEETING_PARTS), pk=pk)


def events_of(meeting: Meeting) -> QuerySet[Event]:
    """What happened to it: whoever may read a meeting reads its history, an executive who hosts it too."""
    return Event.objects.filter(subject_type="appointments.meeting", subject_id=meeting.pk)


def meeting_write(user: User, pk: int) -> Meeting:
    return meeting_read(user, pk)


def counter_write(user: User, pk: int) -> CounterProposal:
    """Whoever may change the meeting answers the other time its guest proposes."""
    return get_object_or_404(visible_counters(user).select_related("meeting"), pk=pk)


def visible_counters(user: User) -> QuerySet[CounterProposal]:
    return CounterProposal.objects.filter(meeting__in=visible_meetings(user).values("pk"))


def recovery_read(user: User, pk: int) -> Recovery:
    return get_object_or_404(visible_recoveries(user).select_related("meeting__host", "account"), pk=pk)


recovery_write = recovery_read


def qualification_read(user: User, pk: int) -> Qualification:
    return get_object_or_404(visible_qualifications(user).select_related("account", "enrollment", "checklist"), pk=pk)


qualification_write = qualification_read


def may_judge(user: User, account: Account) -> bool:
    """Executives judge what they were given; leads and admins stand in."""
    return _leads(user) or visible_meetings(user).filter(hosted_by(user), account=account).exists()


def check_may_judge(user: User, account: Account) -> None:
    if not may_judge(user, account):
        raise Refused("Whoever holds the meeting accepts or refuses it.")


def _leads(user: User) -> bool:
    return bool(user.is_lead or user.is_admin)


def led_teams(user: User) -> QuerySet[Team]:
    """The teams whose replies someone may steer: a lead's own, an admin's all."""
    if user.is_admin:
        return Team.objects.all()
    return Team.objects.filter(people=user) if user.is_lead else Team.objects.none()


def playbook_write(user: User, pk: int) -> Playbook:
    """Leads and admins keep the playbooks."""
    return get_object_or_404(Playbook.objects.all() if _leads(user) else Playbook.objects.none(), pk=pk)


def meeting_type_write(user: User, pk: int) -> MeetingType:
    return get_object_or_404(visible_meeting_types(user) if _leads(user) else MeetingType.objects.none(), pk=pk)


def kept_hosts(user: User) -> QuerySet[User]:
    """Whose hours someone keeps: their own, a lead their team's, an admin everybody's."""
    people = User.objects.filter(is_active=True)
    if user.is_admin:
        return people
    return people.filter(Q(pk=user.pk) | Q(team=user.team_id, team__isnull=False) if user.is_lead else Q(pk=user.pk))


def host_write(user: User, pk: int) -> User:
    return get_object_or_404(kept_hosts(user), pk=pk)


def may_connect(user: User, host: User) -> bool:
    """A calendar's password is its owner's matter; an admin may help."""
    return user.pk == host.pk or user.is_admin


def host_connect(user: User, pk: int) -> User:
    host = host_write(user, pk)
    return get_object_or_404(User, pk=host.pk if may_connect(user, host) else 0)


def visible_calendars(user: User) -> QuerySet[Calendar]:
    """Connections, not what is in them."""
    return Calendar.objects.filter(host__in=kept_hosts(user))


def visible_conflicts(user: User) -> QuerySet[CalendarConflict]:
    return CalendarConflict.objects.filter(meeting__in=visible_meetings(user).values("pk"))


def calendar_write(user: User, pk: int) -> Calendar:
    rows = Calendar.objects.all() if user.is_admin else Calendar.objects.filter(host=user)
    return get_object_or_404(rows.select_related("host"), pk=pk)


def shown_hosts(user: User) -> QuerySet[User]:
    """Whose week someone may look at: everybody's of their team, an admin everybody's."""
    people = User.objects.filter(is_active=True)
    return people if user.is_admin else people.filter(Q(pk=user.pk) | Q(team=user.team_id, team__isnull=False))
