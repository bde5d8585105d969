"""What can come of a call, a note or a task: a closed list, each with whether it reached them and what it says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """`label` is how the same words would be labelled in a reply; `keeps` leaves the task open for another day."""

    key: str
    words: str
    reached: bool = False
    label: str = ""
    keeps: bool = False
    asks_day: bool = False
    then: str = ""  # what happens by itself, as a sentence


_ROWS = (
    Outcome("no_answer", "No answer", then="The step is done; the next one comes on its day."),
    Outcome(
        "again",
        "No answer, try again",
        keeps=True,
        asks_day=True,
        then="The task comes back on that day, or the next working day.",
    ),
    Outcome("voicemail", "Left a voicemail", then="The step is done; the next one comes on its day."),
    Outcome("done", "Done", reached=True, then="The step is done; the next one comes on its day."),
    Outcome("connected", "Spoke, nothing decided", reached=True, then="It counts as contact; the steps go on."),
    Outcome("interested", "Interested", True, "interested", then="Everything here is paused; you take it from here."),
    Outcome("meeting", "Wants to meet", True, "meeting_request", then="Everything here is paused; book the meeting."),
    Outcome("question", "Has a question", True, "question", then="Everything here is paused until you resume it."),
    Outcome("not_now", "Not now", True, "not_now", asks_day=True, then="The account rests until that day, or 90 days."),
    Outcome(
        "not_interested", "Declines", True, "not_interested", then="Who decides: rests 180 days. Else the next role."
    ),
    Outcome("wrong_person", "Wrong person", True, "wrong_person", then="Their role is taken off; the next holder."),
    Outcome("left_company", "Has left", True, "left_company", then="They are no longer here; the next holder."),
    Outcome("never", "Never again", True, "unsubscribe", then="Nobody writes to them again, from any team."),
)
OUTCOMES = {row.key: row for row in _ROWS}
CHOICES = [(row.key, row.words) for row in _ROWS]
OF_A_CALL = tuple(key for key in OUTCOMES if key != "done")
OF_A_NOTE = tuple(key for key in OUTCOMES if key not in ("voicemail",))
OF_A_TASK = ("done", "again")


def of_channel(channel: str) -> list[Outcome]:
    """What can come of it, in the order of the buttons."""
    keys = {"call": OF_A_CALL, "social": OF_A_NOTE}.get(channel, OF_A_TASK)
    return [OUTCOMES[key] for key in keys]


def words(key: str) -> str:
    return OUTCOMES[key].words if key in OUTCOMES else key
