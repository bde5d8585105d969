"""How rungs, labels and the events of lead generation read on every screen, and its first steps."""

from collections.abc import Callable

from django.db.models import Model

from crm.first_steps import STEPS, Step
from crm.models import Event
from crm.rules.story import Counted
from crm.words import COUNTED, EVENTS, LABELS, PAST_REPLY, RUNGS, SUBJECTS, Telling, Word
from prospecting.models import RouteVersion, SegmentVersion, SequenceVersion
from prospecting.rules import labels, ladder

ICONS = {
    "bounce": "bounce",
    "unsubscribe": "stop",
    "left_company": "person-off",
    "out_of_office": "clock",
    "auto_reply": "robot",
    "meeting_request": "meets",
    "referral": "names",
    "wrong_person": "person-off",
    "not_now": "moon",
    "objection_price": "price",
    "objection_competitor": "swap",
    "objection_authority": "scales",
    "objection_other": "warning",
    "not_interested": "close",
    "question": "question",
    "interested": "flag",
    "other": "mail",
}

RUNGS.clear()
RUNGS.update(ladder.WORDS)
PAST_REPLY.update(ladder.AFTER_THE_REPLY)
LABELS.update(
    {
        row.key: Word(row.words, ICONS.get(row.key, "mail"), "" if row.colour == "ink" else row.colour)
        for row in labels.LABELS.values()
    }
)


def touch_went_out(event: Event) -> str:
    if event.actor_id:
        return f"Call or task done for {event.contact or 'someone'}"
    kind = {"call": "Call to", "social": "Social note to", "task": "Task for"}.get(
        event.facts.get("channel", ""), "Mail to"
    )
    return f"{kind} {event.contact or 'someone'}"


def call_made(event: Event) -> str:
    """That somebody was spoken to is for everyone; what they said is another row."""
    kind = {"social": "A note to", "task": "A task for"}.get(event.facts.get("channel", ""), "A call to")
    return f"{kind} {event.contact or 'someone'}{'' if event.facts.get('reached') else ', not reached'}"


def first_words(otherwise: str) -> Callable[[Event], str]:
    """What stands before the colon of the why: the stage and what became of it."""
    return lambda event: event.why.partition(":")[0] or otherwise


EVENTS.update(
    {
        "enrollment.new_copy": Telling("Back with new copy", "send", "after"),
        "enrollment.no_new_copy": Telling("No new copy for the way back", "warning", "soon"),
        "sequence.returns_with": Telling("New copy for the way back was chosen", "edit"),
        "touch.sent": Telling(touch_went_out, "send", "", "sent"),
        "touch.planned": Telling(lambda event: f"Planned again: {event.contact or 'a touch'}", "clock"),
        "touch.paused": Telling(lambda event: f"Paused: the touch to {event.contact or 'someone'}", "pause", "soon"),
        "touch.bounced": Telling(lambda event: f"Bounced: {event.contact or 'a mail'}", "bounce", "late", "sent"),
        "touch.uncertain": Telling("We do not know whether a mail arrived", "question", "soon", "sent"),
        "touch.cancelled": Telling(lambda event: f"Taken back: the touch to {event.contact or 'someone'}", "undo"),
        "touch.skipped": Telling(lambda event: f"Skipped: the touch to {event.contact or 'someone'}", "right"),
        "touch.dropped": Telling("Dropped, and not sent again", "close"),
        "touch.logged": Telling(lambda event: f"Logged for {event.contact or 'someone'}", "phone", "", "sent"),
        "outgoing.sent": Telling(lambda event: f"Mail sent to {event.contact or 'them'}", "send", "after", "sent"),
        "outgoing.planned": Telling("A mail waits to leave", "clock", "", "sent"),
        "outgoing.cancelled": Telling("A mail was taken back before it left", "undo", "", "sent"),
        "outgoing.bounced": Telling("Our mail came back", "bounce", "late", "sent"),
        "outgoing.uncertain": Telling("We do not know whether a mail arrived", "question", "soon", "sent"),
        "enrollment.started": Telling("Enrolled", "play", "before"),
        "enrollment.adopted": Telling("Goes on under a newer version", "swap", "before"),
        "enrollment.active": Telling("Resumed", "play", "before"),
        "enrollment.paused": Telling("Everything paused", "pause", "soon"),
        "enrollment.paused_too": Telling("Paused by hand too", "pause", "soon"),
        "enrollment.still_paused": Telling("Still paused by hand", "pause", "soon"),
        "enrollment.resting": Telling("Resting", "moon", "soon"),
        "enrollment.finished": Telling("The sequence is finished", "check"),
        "enrollment.closed": Telling("The enrollment was closed", "close"),
        "stagevisit.open": Telling(first_words("A stage opened"), "branch", "before"),
        "stagevisit.closed": Telling(first_words("A stage closed"), "lock"),
        "enrollment.variant_switched": Telling("The route changed", "branch", "before"),
        "guard.overridden": Telling("Went ahead against the guard", "warning", "soon"),
        "touch.not_recalled": Telling("One mail had left already", "send", "soon", "sent"),
        "stage.patience_held": Telling("The stage waits as long", "clock", "soon"),
        "contact.bounced": Telling(lambda event: f"{event.contact or 'An address'} takes no mail", "bounce", "late", "sent"),
        "enrollment.rest_moved": Telling("The rest was moved", "moon", "soon"),
        "role.missing": Telling("Nobody is known for the role", "question", "soon"),
        "reply.labelled": Telling("Read as", "edit", "", "said", "inside"),
        "touch.edited": Telling(lambda event: f"Worded anew: the mail to {event.contact or 'someone'}", "edit", "", "sent"),
        "touch.edit_dropped": Telling("The step's own text again", "undo", "", "sent"),
        "touch.released": Telling(lambda event: f"Released: the mail to {event.contact or 'someone'}", "check", "", "sent"),
        "touch.held_back": Telling(lambda event: f"Held back: the mail to {event.contact or 'someone'}", "pause", "soon"),
        "touch.skip_undone": Telling(lambda event: f"Planned again: {event.contact or 'a step'}", "undo"),
        "person.skipped": Telling(lambda event: f"Left out of this walk: {event.contact or 'someone'}", "person-off"),
        "person.skip_undone": Telling(lambda event: f"Not left out any more: {event.contact or 'someone'}", "undo"),
        "call.logged": Telling(call_made, "phone", "", "sent"),
        "call.said": Telling(lambda event: f"What came of it: {event.why}", "phone", "", "said"),
        "call.never_again": Telling("Asked not to be contacted", "stop", "late", "said"),
        "sequence.approval_on": Telling("Its mails wait for a person", "check"),
        "sequence.approval_off": Telling("Its mails leave by themselves", "send"),
        "enrollment.approval_on": Telling("Each mail waits for a person", "check"),
        "enrollment.approval_off": Telling("Mails leave by themselves again", "send"),
        "pin.included": Telling("Pinned to a list", "flag"),
        "pin.excluded": Telling("Kept off a list", "close"),
        "pin.removed": Telling("The rule decides again", "undo"),
        "pin.expired": Telling("The pin has ended; the rule decides again", "undo"),
        "segment.proposal_taken": Telling("A proposal became a draft", "edit"),
        "segment.proposal_aside": Telling("A proposal was put aside", "close"),
        "enrollment.attributed": Telling(lambda event: f"It came down to: {(event.why or 'said by someone').lower()}", "flag", "", "said", "inside"),
        "segment.created": Telling("The segment was made", "flag"),
        "segment.edited": Telling("Its words were changed", "edit"),
        "segment.archived": Telling("Put away", "pause"),
        "segment.restored": Telling("Taken out again", "undo"),
        "segment.roles_set": Telling("The role template was set", "person"),
        "segment.placed": Telling("Its place among the segments was set", "edit"),
        "segment.scheduled": Telling("How often its list is refreshed was set", "clock"),
        "segmentversion.published": Telling("The version came into use", "check"),
        "segmentversion.discarded": Telling("The draft was thrown away", "close"),
        "targetlist.refreshed": Telling("The list was refreshed", "undo"),
        "snapshot.taken": Telling("A snapshot was taken", "flag"),
        "route.created": Telling("The route was made", "flag"),
        "route.variant_set": Telling("A variant was set", "branch"),
        "routeversion.published": Telling("The version came into use", "check"),
        "sequence.created": Telling("The sequence was made", "flag"),
        "sequenceversion.published": Telling("The version came into use", "check"),
    }
)  # fmt: skip

EVENTS[f"walk.{ladder.IN_HAND}"] = Telling("Somebody answers it", "person")
for rung, name in ladder.WORDS.items():
    EVENTS[f"ladder.{rung}"] = Telling(f"{name}", "flag", "after" if rung in PAST_REPLY else "before")
    EVENTS[f"ladder.{rung}_voided"] = Telling(f"{name} no longer counts", "undo")

SUBJECTS.update(
    {
        "mail": ("Mail and calls", ("message.", "touch.", "outgoing.", "call.")),
        "route": ("Route and sequence", ("enrollment.", "stagevisit.", "stage.", "role.", "person.", "guard.", "route.", "sequence.")),
        "ladder": ("The ladder", ("ladder.",)),
        "lists": ("Lists and their rules", ("pin.", "list.", "segment")),
    }
)  # fmt: skip
MAIL, HELD = (
    Counted("mail", "mails", to_people=True),
    Counted("touch held for a while", "touches held for a while", by_hand=True),
)
BACK, STAGE = (
    Counted("touch taken back", "touches taken back", by_hand=True),
    Counted("stage moved", "stages moved", by_hand=True),
)
COUNTED.update(
    {
        "touch.sent": MAIL, "outgoing.sent": MAIL, "touch.paused": HELD, "touch.planned": HELD, "touch.held_back": HELD,
        "touch.cancelled": BACK, "touch.skipped": BACK, "outgoing.planned": Counted("mail prepared", "mails prepared"),
        "outgoing.cancelled": BACK, "stagevisit.open": STAGE, "stagevisit.closed": STAGE, "stage.patience_held": STAGE,
        "stage.patience_released": STAGE, "ladder.targeted": Counted("rung reached", "rungs reached"),
        "ladder.contacted": Counted("rung reached", "rungs reached"), "role.missing": Counted("role without anyone", "roles without anyone"),
        "reply.labelled": Counted("reply read", "replies read"), "enrollment.active": Counted("pause that ended", "pauses that ended"),
    }
)  # fmt: skip

STEPS += [
    Step("Draw a route", "Who is written to first, and what opens the next stage.", "prospecting:routes", lambda: published(RouteVersion)),
    Step("Write a sequence", "Two or three plain mails a role.", "prospecting:sequences", lambda: published(SequenceVersion)),
    Step("Use a segment", "Accounts that decide the same way, and their list.", "prospecting:segments", lambda: published(SegmentVersion)),
]  # fmt: skip


def published(versions: type[Model]) -> bool:
    return versions._default_manager.filter(state="published").exists()
