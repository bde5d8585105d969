"""Who may see and do what in appointment setting; a stranger gets the same 404 as for what does not exist."""

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from appointments.models import Classification, Meeting, MeetingType, Playbook, Qualification, Recovery, WorkItem
from crm.models import User
from prospecting.models import Reply


def _of_team(user: User) -> Q:
    return Q(team=user.team_id, team__isnull=False)


def held_by(user: User) -> QuerySet:
    """Conversations behind the meetings of a host: what an executive may read beside their own team's rules."""
    return Meeting.objects.filter(host=user, conversation__isnull=False).values("conversation")


def visible_items(user: User) -> QuerySet[WorkItem]:
    """Work items are content: the team's, and for an executive those behind their meetings."""
    if user.is_admin:
        return WorkItem.objects.all()
    if user.job == User.Job.EXECUTIVE:
        return WorkItem.objects.filter(Q(conversation__in=held_by(user)) | Q(setter=user))
    return WorkItem.objects.filter(_of_team(user))


def writable_items(user: User) -> QuerySet[WorkItem]:
    if user.job == User.Job.EXECUTIVE and not user.is_admin:
        return WorkItem.objects.filter(setter=user)
    return visible_items(user)


def visible_replies(user: User) -> QuerySet[Reply]:
    if user.is_admin:
        return Reply.objects.all()
    if user.job == User.Job.EXECUTIVE:
        return Reply.objects.filter(conversation__in=held_by(user))
    return Reply.objects.filter(_of_team(user))


def visible_meetings(user: User) -> QuerySet[Meeting]:
    if user.is_admin:
        return Meeting.objects.all()
    if user.job == User.Job.EXECUTIVE:
        return Meeting.objects.filter(host=user)
    return Meeting.objects.filter(_of_team(user) | Q(host=user))


def visible_recoveries(user: User) -> QuerySet[Recovery]:
    return Recovery.objects.filter(meeting__in=visible_meetings(user).values("pk"))


def visible_qualifications(user: User) -> QuerySet[Qualification]:
    if user.is_admin:
        return Qualification.objects.all()
    if user.job == User.Job.EXECUTIVE:
        return Qualification.objects.filter(account__in=Meeting.objects.filter(host=user).values("account"))
    return Qualification.objects.filter(_of_team(user))


def item_read(user: User, pk: int) -> WorkItem:
    return get_object_or_404(visible_items(user).select_related(*ITEM_PARTS), pk=pk)


def item_write(user: User, pk: int) -> WorkItem:
    return get_object_or_404(writable_items(user).select_related(*ITEM_PARTS), pk=pk)


ITEM_PARTS = ("account", "contact", "conversation__mailbox", "reply__message", "reply__enrollment", "setter", "team")


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


MEETING_PARTS = ("account", "contact", "host", "setter", "meeting_type", "enrollment", "conversation", "offer", "team")


def recovery_read(user: User, pk: int) -> Recovery:
    return get_object_or_404(visible_recoveries(user).select_related("meeting__host", "account"), pk=pk)


recovery_write = recovery_read


def qualification_read(user: User, pk: int) -> Qualification:
    return get_object_or_404(visible_qualifications(user).select_related("account", "enrollment", "checklist"), pk=pk)


qualification_write = qualification_read


def _leads(user: User) -> bool:
    return bool(user.is_lead or user.is_admin)


def playbook_write(user: User, pk: int) -> Playbook:
    """Leads and admins keep the playbooks."""
    return get_object_or_404(Playbook.objects.all() if _leads(user) else Playbook.objects.none(), pk=pk)


def visible_meeting_types(user: User) -> QuerySet[MeetingType]:
    if user.is_admin:
        return MeetingType.objects.all()
    return MeetingType.objects.filter(Q(team=None) | _of_team(user))


def meeting_type_write(user: User, pk: int) -> MeetingType:
    return get_object_or_404(visible_meeting_types(user) if _leads(user) else MeetingType.objects.none(), pk=pk)
