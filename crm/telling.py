"""How the events of the record read on every screen."""

from collections.abc import Callable
from datetime import date

from crm.models import Event
from crm.rules import saying
from crm.rules.story import Counted
from crm.words import COUNTED, EVENTS, Telling


def who(event: Event) -> str:
    return str(event.contact or event.facts.get("name") or "Someone")


def fact(name: str, otherwise: str) -> Callable[[Event], str]:
    return lambda event: str(event.facts.get(name) or otherwise)


def until(event: Event) -> str:
    """The day in the facts, as people say it; the year only when it is not the event's."""
    day = str(event.facts.get("until") or "")[:10]
    return saying.dated(date.fromisoformat(day), event.at.date()) if day else "a day"


def listed(event: Event) -> str:
    return ", ".join(str(name).replace("_", " ") for name in event.facts.get("checked", []))


owner, role = fact("owner", "nobody"), fact("role_name", "a role")

EVENTS.update(
    {
        "account.created": Telling("On file", "account"),
        "account.edited": Telling("Facts changed", "edit"),
        "account.assigned": Telling(lambda event: f"Belongs to {owner(event)}", "person"),
        "account.closed": Telling("Closed", "close"),
        "account.reopened": Telling("Open again", "play"),
        "account.resting": Telling(lambda event: f"Rests until {until(event)}", "moon", "soon"),
        "account.rest_ended": Telling("The rest is over", "play"),
        "account.noted": Telling("Note", "note", "", "said", "inside"),
        "account.checked": Telling(lambda event: f"Checked: {listed(event)}", "check"),
        "account.merged": Telling(
            lambda event: f"{fact('gone', 'Another record')(event)} was merged into this one", "merge"
        ),
        "account.unmerged": Telling("A merge was undone", "undo"),
        "contact.merged": Telling(
            lambda event: f"{fact('gone', 'Another record')(event)} was merged into {fact('kept', 'this one')(event)}",
            "merge",
        ),
        "contact.unmerged": Telling(
            lambda event: f"The merge of {fact('gone', 'two people')(event)} was undone", "undo"
        ),
        "duplicatepair.different": Telling("Two records were kept apart", "swap"),
        "duplicatepair.merged": Telling("A proposal to merge was taken up", "merge"),
        "duplicates.searched": Telling("Searched for duplicates", "search"),
        "contact.added": Telling(lambda event: f"{who(event)} is known", "person"),
        "contact.edited": Telling(lambda event: f"{who(event)}: facts changed", "edit"),
        "contact.away": Telling(lambda event: f"{who(event)} is away until {until(event)}", "clock", "soon"),
        "contact.bounced": Telling(lambda event: f"Mail to {who(event)} came back", "bounce", "late", "sent"),
        "contact.stopped": Telling(lambda event: f"No more outreach to {who(event)}", "stop", "late"),
        "contact.unstopped": Telling(lambda event: f"Outreach to {who(event)} is allowed again", "play"),
        "contact.unsubscribed": Telling(lambda event: f"{who(event)} wants no more mail", "stop", "late", "said"),
        "membership.started": Telling(lambda event: f"{who(event)}: {role(event)}", "person"),
        "membership.role_set": Telling(lambda event: f"{who(event)} is {role(event)}", "person"),
        "membership.edited": Telling(lambda event: f"{who(event)}: title or department changed", "edit"),
        "membership.main": Telling(lambda event: f"{who(event)} mainly works here", "person"),
        "membership.ended": Telling(lambda event: f"{who(event)} is not here any more", "person-off"),
        "duplicatepair.proposed": Telling("Proposed again", "undo"),
        "import.running": Telling("The import began", "play"),
        "import.done": Telling("The import was written", "check"),
        "import.failed": Telling("The import failed; nothing was written", "close", "late"),
        "import.cancelled": Telling("The import was stopped; nothing was written", "pause"),
        "import.undone": Telling("The import was undone", "undo"),
        "titlerule.changed": Telling("The rule was changed", "edit"),
        "titlerule.moved": Telling("The rule was moved in the order", "edit"),
        "titlerule.dropped": Telling("The rule was taken away", "close"),
        "titlerule.asked": Telling("The rules for titles are to be applied", "play"),
        "titlerule.applied": Telling("The rules for titles were applied to everyone", "check"),
        "message.received": Telling(lambda event: f"{who(event)} wrote", "mail", "after", "said"),
        "message.quarantined": Telling("A message could not be read", "warning", "soon"),
        "providerpost.quarantined": Telling("News of the provider could not be acted on", "warning", "soon"),
        "suppression.added": Telling("Never write again", "stop", "late"),
        "suppression.lifted": Telling("May be written to again", "play"),
        "mailbox.paused": Telling("Mailbox paused", "pause", "soon"),
        "mailbox.active": Telling("Mailbox active", "play"),
        "mailbox.reading_failed": Telling("A mailbox cannot be read: its server refuses to sign in", "stop", "late"),
        "mailbox.reading_again": Telling("The mailbox is read again", "play"),
        "mailbox.mail_missing": Telling("Mail on the server that could not be fetched", "stop", "late"),
    }
)

fact_known, person_known = (
    Counted("fact of the record", "facts of the record"),
    Counted("person put on file", "people put on file", by_hand=True),
)
COUNTED.update(
    {
        "account.edited": fact_known, "account.checked": fact_known, "contact.edited": fact_known, "membership.edited": fact_known,
        "membership.main": fact_known, "membership.role_set": fact_known, "membership.started": person_known,
        "account.assigned": Counted("change of owner", "changes of owner"),
        "contact.away": Counted("person away", "people away"),
    }
)  # fmt: skip
