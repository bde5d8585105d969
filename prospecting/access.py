"""Who may see and do what in prospecting; what a stranger asks for answers like what is not there."""

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from crm import access
from crm.models import User
from prospecting.models import (
    Enrollment,
    Outgoing,
    Reply,
    Route,
    RouteVersion,
    Segment,
    SegmentVersion,
    Sequence,
    SequenceVersion,
    StageVisit,
    Touch,
)


def visible_enrollments(user: User) -> QuerySet[Enrollment]:
    """Where accounts stand is the same for every member: nobody collides with a colleague unseen."""
    return Enrollment.objects.select_related("account", "prospector")


def workable_enrollments(user: User) -> QuerySet[Enrollment]:
    return visible_enrollments(user).filter(account__in=access.workable_accounts(user).values("pk"))


def enrollment_read(user: User, pk: int) -> Enrollment:
    return get_object_or_404(visible_enrollments(user), pk=pk)


def enrollment_write(user: User, pk: int) -> Enrollment:
    return get_object_or_404(workable_enrollments(user), pk=pk)


def visit_write(user: User, pk: int) -> StageVisit:
    rows = StageVisit.objects.filter(enrollment__in=workable_enrollments(user).values("pk"))
    return get_object_or_404(rows.select_related("stage", "enrollment__account"), pk=pk)


def visible_touches(user: User) -> QuerySet[Touch]:
    return Touch.objects.select_related("account", "contact", "step__role", "mailbox", "enrollment")


def touch_read(user: User, pk: int) -> Touch:
    return get_object_or_404(visible_touches(user), pk=pk)


def touch_write(user: User, pk: int) -> Touch:
    rows = visible_touches(user).filter(account__in=access.workable_accounts(user).values("pk"))
    return get_object_or_404(rows, pk=pk)


def visible_outgoing(user: User) -> QuerySet[Outgoing]:
    """Content: the team of the conversation or mailbox, its leads, and admins. Mail to users is nobody's to read."""
    rows = Outgoing.objects.exclude(purpose=Outgoing.Purpose.INTERNAL)
    if user.is_admin:
        return rows
    mine = Q(by=user) | Q(conversation__in=access.visible_conversations(user).values("pk"))
    if user.team_id and user.job != User.Job.EXECUTIVE:
        mine |= Q(mailbox__team=user.team_id)
    return rows.filter(mine)


def outgoing_write(user: User, pk: int) -> Outgoing:
    rows = visible_outgoing(user)
    return get_object_or_404(
        rows.filter(by=user) if user.job == User.Job.EXECUTIVE and not user.is_admin else rows, pk=pk
    )


def visible_replies(user: User) -> QuerySet[Reply]:
    if user.is_admin:
        return Reply.objects.all()
    return Reply.objects.filter(conversation__in=access.visible_conversations(user).values("pk"))


def reply_read(user: User, pk: int) -> Reply:
    return get_object_or_404(
        visible_replies(user).select_related("account", "contact", "message", "conversation"), pk=pk
    )


# Master data: read by every member, changed by leads and admins. -------------------------------------------------


def segment_read(user: User, pk: int) -> Segment:
    return get_object_or_404(Segment.objects.select_related("target_list"), pk=pk)


def segment_version_read(user: User, pk: int) -> SegmentVersion:
    return get_object_or_404(SegmentVersion.objects.select_related("segment", "route_version__route"), pk=pk)


def route_read(user: User, pk: int) -> Route:
    return get_object_or_404(Route, pk=pk)


def route_version_read(user: User, pk: int) -> RouteVersion:
    return get_object_or_404(RouteVersion.objects.select_related("route"), pk=pk)


def sequence_read(user: User, pk: int) -> Sequence:
    return get_object_or_404(Sequence, pk=pk)


def sequence_version_read(user: User, pk: int) -> SequenceVersion:
    return get_object_or_404(SequenceVersion.objects.select_related("sequence"), pk=pk)
