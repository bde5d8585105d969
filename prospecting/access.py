"""Who may see and do what in prospecting; what a stranger asks for answers like what is not there."""

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404

from crm import access
from crm.filters import AccountFilter
from crm.models import Account, User
from prospecting.models import (
    Attribution,
    Call,
    Enrollment,
    EnrollOrder,
    Intake,
    Outgoing,
    Reply,
    Route,
    RouteVersion,
    Segment,
    SegmentVersion,
    Sequence,
    SequenceVersion,
    Skip,
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


def visible_attributions(user: User) -> QuerySet[Attribution]:
    """What it came down to; where that gives away what somebody wrote, for the team of the walk, its leads and admins."""
    rows = Attribution.objects.select_related("account__owner", "enrollment__segment_version__segment", "by")
    if user.is_admin:
        return rows
    own = Q(team=user.team_id, team__isnull=False) if user.job != User.Job.EXECUTIVE else Q(pk__in=[])
    return rows.filter(Q(content=False) | own)


def may_read_attribution(user: User, row: Attribution) -> bool:
    """The same of one row, written or only proposed."""
    own = user.job != User.Job.EXECUTIVE and row.team_id is not None and row.team_id == user.team_id
    return user.is_admin or not row.content or own


def workable_attributions(user: User) -> QuerySet[Attribution]:
    return visible_attributions(user).filter(account__in=access.workable_accounts(user).values("pk"))


def attribution_write(user: User, pk: int) -> Attribution:
    return get_object_or_404(workable_attributions(user), pk=pk)


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


def accounts_asked(user: User, query: str) -> QuerySet[Account]:
    """The accounts that a view of the account list shows, as far as one may work them; Refused for a filter that is none."""
    return AccountFilter(QueryDict(query), queryset=access.workable_accounts(user)).found()


def accounts_ordered(row: EnrollOrder) -> QuerySet[Account]:
    """What an order asks for, as the one who gave it may work it now."""
    if row.by is None or not row.by.is_active:
        return Account.objects.none()
    return (
        access.workable_accounts(row.by).filter(pk__in=row.picked) if row.picked else accounts_asked(row.by, row.query)
    )


def visible_orders(user: User) -> QuerySet[EnrollOrder]:
    rows = EnrollOrder.objects.select_related("segment", "sequence_version__sequence", "prospector", "by")
    return rows if user.is_admin else rows.filter(by=user)


def order_read(user: User, pk: int) -> EnrollOrder:
    return get_object_or_404(visible_orders(user), pk=pk)


def visible_intakes(user: User) -> QuerySet[Intake]:
    """What starts by itself is the same for every member, as the lists are."""
    return Intake.objects.select_related("segment", "sequence", "person", "team", "by")


def intake_read(user: User, pk: int) -> Intake:
    return get_object_or_404(visible_intakes(user), pk=pk)


def visible_calls(user: User) -> QuerySet[Call]:
    """What was said is content: of the caller's team."""
    rows = Call.objects.select_related("account", "contact", "by")
    return rows if user.is_admin else rows.filter(Q(by=user) | Q(team=user.team_id, team__isnull=False))


def call_write(user: User, pk: int) -> Call:
    """One's own, and a lead those of the team."""
    rows = visible_calls(user)
    return get_object_or_404(rows if access.holds(user, "lead") else rows.filter(by=user), pk=pk)


def skip_write(user: User, pk: int) -> Skip:
    mine = access.workable_accounts(user).values("pk")
    return get_object_or_404(Skip.objects.select_related("account", "contact").filter(account__in=mine), pk=pk)


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
