"""How the events of appointment setting read on every screen."""

from appointments.demo import cast
from crm.context import demo_log_ins
from crm.models import User
from crm.rules.story import Counted
from crm.words import COUNTED, EVENTS, SUBJECTS, Telling


def log_ins() -> list[dict[str, str]]:
    """The demonstration world's people, where it was loaded."""
    there = set(User.objects.filter(email__in=[one.email for one in cast.PEOPLE]).values_list("email", flat=True))
    jobs = dict(User.Job.choices)
    return [
        {"who": f"{one.name}, {jobs[one.job]}", "email": one.email, "password": cast.PASSWORD}
        for one in cast.PEOPLE
        if one.email in there
    ]


demo_log_ins.append(log_ins)

EVENTS.update(
    {
        "workitem.open": Telling("Back in the queue", "inbox", "after"),
        "workitem.claimed": Telling("Someone took it", "person"),
        "workitem.snoozed": Telling("Put off", "moon", "soon"),
        "workitem.done": Telling("Done", "check", "after"),
        "meeting.pencilled": Telling("A time is being chosen", "clock"),
        "meeting.booked": Telling("Meeting booked", "meets", "after"),
        "meeting.held": Telling("Meeting held", "check", "after"),
        "meeting.no_show": Telling("No-show", "calendar-off", "late"),
        "meeting.cancelled": Telling("Meeting cancelled", "close"),
        "meeting.lapsed": Telling("A pencilled time lapsed", "clock"),
        "workitem.opened": Telling("In the queue", "inbox", "after"),
        "workitem.answered": Telling("Answered", "send", "after", "said", "out"),
        "workitem.answered_itself": Telling("Answered by itself", "send", "after", "said", "out"),
        "workitem.answered_again": Telling("An objection was answered a second time", "send", "soon", "decided"),
        "answer.kept_for_a_person": Telling("Not answered by itself", "person"),
        "answers.switched_off": Telling("No answer leaves by itself in this team any more", "stop"),
        "answers.switched_on": Telling("Answers may leave by themselves in this team again", "play"),
        "matrix.changed": Telling("A row of the matrix was changed", "edit"),
        "matrixrow.deleted": Telling("A segment's own row of the matrix was taken out", "edit"),
        "playbook.created": Telling("A draft was written", "playbook"),
        "playbook.edited": Telling("A draft was changed", "playbook"),
        "workitem.handed_over": Telling("Handed over", "person"),
        "workitem.taken_over": Telling("Taken over", "person", "soon"),
        "workitem.put_back": Telling("Put back as it was", "undo"),
        "team.setters": Telling("Who works replies changed", "edit"),
        "workitem.escalated": Telling("Nobody answered in time", "warning", "late"),
        "account.still_paused": Telling("Still paused", "pause", "soon"),
        "reply.label_undone": Telling("A label was undone", "undo"),
        "route.variant_proposed": Telling("Another way of deciding proposed", "branch"),
        "contact.referred": Telling(lambda event: f"Someone sent us to {event.contact or 'a colleague'}", "person", "", "said"),
        "contact.quoted": Telling(lambda event: f"{event.contact or 'Someone'} was named", "names", "", "said"),
        "contact.referral_taken_back": Telling("Nobody sent us after all", "undo"),
        "classifierversion.in_use": Telling("A version of the classifier judges", "check", "after"),
        "classifierversion.refused": Telling("A version of the classifier was refused", "stop", "late"),
        "classifierversion.replaced": Telling("A version of the classifier judges no longer", "undo"),
        "outsidemodel.changed": Telling("The outside model was changed", "edit"),
        "figures.changed": Telling("Benchmarks or costs changed", "edit"),
        "offer.made": Telling("Times offered", "meeting", "after", "decided", "out"),
        "meeting.moved": Telling("Meeting moved", "swap", "after"),
        "meeting.confirmed": Telling("The guest confirmed", "check", "after", "said"),
        "meeting.reminded": Telling("Reminded", "bell", "", "sent"),
        "meeting.rsvp": Telling("Their calendar answered", "meeting", "", "said"),
        "meeting.rsvp_unverified": Telling("A calendar answered from another address", "warning", "soon", "said"),
        "reminder.dropped": Telling("A reminder was dropped", "bell"),
        "meetingtype.reminders": Telling("The reminders of a kind of meeting changed", "bell"),
        "meeting.zone_changed": Telling("The zone has new rules: the hour stayed, the moment moved", "clock", "soon"),
        "meeting.zone_overlap": Telling("The zone has new rules, and the host is taken at that hour", "warning", "late"),
        "counterproposal.accepted": Telling("Their other time was accepted", "check", "after"),
        "counterproposal.refused": Telling("Their other time was refused", "close"),
        "counterproposal.outdated": Telling("Their other time is out of date", "clock"),
        "recovery.started": Telling("A new time is asked for", "undo", "soon"),
        "recovery.message": Telling("New times offered", "send", "soon", "sent"),
        "qualification.answered": Telling("A question answered", "question"),
        "qualification.qualified": Telling("Qualified", "check", "after"),
        "qualification.accepted": Telling("Accepted by the executive", "check", "after"),
        "qualification.refused": Telling("Not accepted", "close", "late"),
        "recovery.running": Telling("Asked for a new time", "undo", "soon"),
        "recovery.rebooked": Telling("Rebooked", "meets", "after"),
        "recovery.returned": Telling("Back to a person", "person"),
    }
)  # fmt: skip

SUBJECTS.update(
    {
        "meetings": (
            "Meetings",
            ("meeting.", "offer.", "recovery.", "reminder.", "counterproposal.", "qualification."),
        ),
        "work": ("Replies worked", ("reply.", "workitem.", "answer.")),
    }
)
COUNTED.update(
    {
        "workitem.opened": Counted("reply put in the queue", "replies put in the queue"),
        "meeting.reminded": Counted("reminder", "reminders"),
        "reminder.dropped": Counted("reminder dropped", "reminders dropped"),
        "meeting.pencilled": Counted("time pencilled", "times pencilled"),
        "meeting.lapsed": Counted("pencilled time lapsed", "pencilled times lapsed"),
        "recovery.message": Counted("mail", "mails", to_people=True),
        "qualification.answered": Counted(
            "question of the checklist answered", "questions of the checklist answered", by_hand=True
        ),
    }
)
