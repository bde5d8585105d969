"""Who may see and do what in appointment setting; a stranger gets the same 404 as for what does not exist."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from appointments.models import (
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
from crm.models import Account, Team, User
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
