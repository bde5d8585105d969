"""How the events of appointment setting read on every screen."""

from crm.words import EVENTS, Telling

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
        "recovery.running": Telling("Asked for a new time", "undo", "soon"),
        "recovery.rebooked": Telling("Rebooked", "meets", "after"),
        "recovery.returned": Telling("Back to a person", "person"),
    }
)  # fmt: skip
