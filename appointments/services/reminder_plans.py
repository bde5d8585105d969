"""How the meetings of one kind are reminded of: kept as rules, and planned anew for what is booked already."""

from collections.abc import Iterable

from appointments.models import Meeting, MeetingType, ReminderRule
from appointments.rules.reminders import STANDARD, Rule, rules_of
from appointments.services import reminding
from crm import clock, failpoints
from crm.models import Event, User


def current(kind: MeetingType) -> list[Rule]:
    """Every reminder of this kind: its own rule, else the standard one."""
    return rules_of(reminding.own_rules(kind.pk))


@failpoints.commit("reminder plan kept")
def keep(kind: MeetingType, said: Iterable[Rule], *, by: User) -> int:
    """Keep the plan, and plan what is booked and still to come by it; how many meetings were planned anew.

    A rule that equals the standard is not kept: should the standard change, it changes with it.
    """
    before, rules = current(kind), list(said)
    ReminderRule.objects.filter(meeting_type=kind).delete()
    ReminderRule.objects.bulk_create(
        ReminderRule(
            meeting_type=kind, kind=rule.kind, minutes_before=rule.before, minutes_ahead=rule.ahead, active=rule.active
        )
        for rule in rules
        if rule not in STANDARD
    )
    return 0 if before == current(kind) else plan_anew(kind, by=by)


@failpoints.commit("reminder plan followed")
def plan_anew(kind: MeetingType, *, by: User) -> int:
    """The plan of this kind is another: what is booked and still to come follows it; how many meetings."""
    Event.record("meetingtype.reminders", by=by, subject=kind, team=kind.team, why=f"Reminders of “{kind}” changed.")
    coming = Meeting.objects.filter(meeting_type=kind, state=Meeting.State.BOOKED, starts_at__gt=clock.now())
    return sum(reminding.plan_again(pk) for pk in coming.order_by("pk").values_list("pk", flat=True))
