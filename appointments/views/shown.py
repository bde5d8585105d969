"""One reply as the inbox's preview and the reply page show it: read in a constant number of queries."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils import timezone

from appointments.models import Classification, WorkItem
from appointments.rules import amending, marking, matrix
from appointments.services.named_people import contacts_at
from crm import clock
from crm.access import visible_conversations
from crm.models import Account, Contact, Membership, Message, User
from prospecting.models import Outgoing, Reply, Touch
from prospecting.models.touch import Flight
from prospecting.rules import labels

EARLIER = 30
LONGEST = 20_000


@dataclass
class Shown:
    item: WorkItem
    account: Account | None
    contact: Contact | None
    person_line: str
    message: Message | None
    unanswered: list[Message]
    earlier: list[Message]
    text: str
    spans: list[marking.Span]
    understood: list[marking.Understood]
    flags: list[str]
    classification: Classification | None
    reactions: list[str]
    colleagues: list[Reply]
    facts: list[tuple[str, str]]
    paused: int = 0
    people: list["Named"] = field(default_factory=list)
    said: dict[int, Reply] = field(default_factory=dict)
    answering: str = ""
    touches: list[Touch] = field(default_factory=list)


def of(item: WorkItem, user: User) -> Shown:
    messages = list(
        Message.objects.filter(conversation=item.conversation_id)
        .defer("html")
        .annotate(laid_out=Q(html__gt=""))
        .order_by("-at", "-id")[:EARLIER]
    )
    unanswered, earlier = split(messages, item)
    message = unanswered[-1] if unanswered else None
    text = ((message.newest or message.text) if message else "")[:LONGEST]
    classification = standing(item)
    entities = classification.entities if classification else {}
    spans, understood = marking.read(entities, text, timezone.localtime(clock.now()).date())
    account, item.guess = item.account, classification.guess if classification else ""  # type: ignore[attr-defined]
    return Shown(
        item=item,
        account=account,
        contact=item.contact,
        person_line=person_line(item),
        message=message,
        unanswered=unanswered,
        earlier=earlier,
        text=text,
        spans=spans,
        understood=understood,
        flags=marking.flags(entities),
        classification=classification,
        reactions=reactions(classification),
        colleagues=colleagues(item, user),
        facts=facts(account) if account else [],
        paused=Touch.objects.filter(account=account, state=Flight.PAUSED).count() if account else 0,
        answering=answering([one for one in earlier if message is None or one.at <= message.at]),
        people=named_people(item, entities),
        said=said_by(messages),
    )


@dataclass(frozen=True)
class Named:
    """Someone the words name: a successor, a colleague, a stand-in; `contact` where they are on the account."""

    kind: str
    place: int
    name: str
    email: str
    title: str
    text: str
    contact: Contact | None = None

    @property
    def as_what(self) -> str:
        return "Stand-in" if self.kind == "alternates" else "Person named"

    @property
    def first_name(self) -> str:
        return self.name.rpartition(" ")[0]

    @property
    def last_name(self) -> str:
        return self.name.rpartition(" ")[2] or self.email.partition("@")[0]


def named_people(item: WorkItem, entities: dict[str, Any]) -> list[Named]:
    """Everyone named who could be written to or asked for, and whether they are known here."""
    if item.account is None:
        return []
    return [
        Named(
            kind, place, *(str(one.get(key) or "") for key in ("name", "email", "title", "text")),
            contacts_at(item.account, str(one.get("email") or ""), str(one.get("name") or "")),
        )
        for kind in amending.PEOPLE
        for place, one in enumerate(entities.get(kind) or ())
        if isinstance(one, dict) and (one.get("name") or one.get("email"))
    ]  # fmt: skip


def said_by(messages: list[Message]) -> dict[int, Reply]:
    """What each message of theirs said: every one of a thread is judged, not only the first."""
    rows = Reply.objects.filter(message__in=[one.pk for one in messages if one.direction == Message.Direction.IN])
    return {row.message_id: row for row in rows.only("pk", "message", "label", "secondary", "counts")}


def split(messages: list[Message], item: WorkItem) -> tuple[list[Message], list[Message]]:
    """What the person wrote since nobody answered, oldest first; and the rest, newest first."""
    theirs = [one for one in messages if one.direction == Message.Direction.IN and one.at >= item.since]
    own = [one for one in theirs if one.from_address.lower() == item.person_address.lower()] or theirs
    if not own:
        own = [one for one in messages if one.direction == Message.Direction.IN][:1]
    kept = {one.pk for one in own}
    return list(reversed(own)), [one for one in messages if one.pk not in kept]


def standing(item: WorkItem) -> Classification | None:
    if item.reply_id is None:
        return None
    rows = Classification.objects.filter(reply=item.reply_id, undone_at=None).select_related("by")
    return rows.order_by("-at", "-id").first()


def person_line(item: WorkItem) -> str:
    """`Technical manager, problem owner`: title and role at this account."""
    if not item.contact_id or not item.account_id:
        return item.person_address
    row = (
        Membership.objects.filter(contact=item.contact_id, account=item.account_id, until=None)
        .select_related("role")
        .first()
    )
    if row is None:
        return item.person_address
    title = row.title or (item.contact.title if item.contact else "")
    role = "part unknown" if row.role.slug == "unknown" else row.role.name.lower()
    return f"{title}, {role}" if title else role.capitalize()


def answering(earlier: list[Message]) -> str:
    """`answering your third mail`, where we wrote before."""
    ours = sum(1 for one in earlier if one.direction == Message.Direction.OUT)
    words = ("first", "second", "third", "fourth", "fifth", "sixth")
    if not ours:
        return "writing first"
    return f"answering your {words[ours - 1]} mail" if ours <= len(words) else f"after {ours} mails of ours"


SET_OFF = {
    "contact": ("The person", matrix.CONTACT_ACTIONS),
    "account": ("The account", matrix.ACCOUNT_ACTIONS),
    "item": ("To do", matrix.ITEM_ACTIONS),
}


def reactions(classification: Classification | None) -> list[str]:
    """What the label set off, one line a cell of the matrix that did something."""
    if classification is None:
        return []
    rows = classification.reactions.filter(undone_at=None).exclude(action="nothing").order_by("id")
    return [f"{SET_OFF[row.cell][0]}: {SET_OFF[row.cell][1].get(row.action, row.action).lower()}." for row in rows]


def colleagues(item: WorkItem, user: User) -> list[Reply]:
    """What others at the account wrote, as far as the user may read it."""
    if not item.account_id:
        return []
    rows = Reply.objects.filter(
        account=item.account_id, counts=True, conversation__in=visible_conversations(user).values("pk")
    )
    rows = rows.exclude(contact=item.contact_id) if item.contact_id else rows.exclude(conversation=item.conversation_id)
    return list(rows.select_related("contact", "message").order_by("-at")[:4])


def facts(account: Account) -> list[tuple[str, str]]:
    place = ", ".join(filter(None, [account.city, account.country]))
    rows = [
        ("Industry", account.industry),
        ("Sites", f"{account.sites:,}" if account.sites else ""),
        ("People", f"{account.employees:,}" if account.employees else ""),
        ("Place", place),
        ("Regulated", ", ".join(account.regulated)),
        ("Owner", str(account.owner) if account.owner else "Nobody"),
    ]
    return [(name, value) for name, value in rows if value]


def seen(item: WorkItem) -> str:
    """What a page has shown of a conversation: its newest message, our newest answer, whether it is done, how it is read."""
    message = (
        Message.objects.filter(conversation=item.conversation_id).order_by("-id").values_list("pk", flat=True).first()
    )
    sent = ours(item).order_by("-id").values_list("pk", flat=True).first()
    said = standing(item)
    return f"{message or 0}.{sent or 0}.{item.state}.{said.pk if said else 0}"


def ours(item: WorkItem) -> Any:
    gone = (Flight.CANCELLED, Flight.SKIPPED, Flight.DROPPED)
    return Outgoing.objects.filter(conversation=item.conversation_id, purpose=Outgoing.Purpose.ANSWER).exclude(
        state__in=gone
    )


def stale(item: WorkItem, before: str, user: User) -> dict[str, str] | None:
    """Who did something since a page was rendered, in words; nothing where it still stands."""
    parts = before.split(".")
    if len(parts) < 3 or not all(part.isdigit() for part in parts[:2]):
        return None
    newer = ours(item).filter(pk__gt=int(parts[1])).exclude(by=user).select_related("by").order_by("-id").first()
    if newer:
        return {
            "strong": f"{newer.by or 'Someone'} answered this {when(newer.created_at)}.",
            "text": "Read it before you send.",
        }
    written = (
        Message.objects.filter(conversation=item.conversation_id, direction=Message.Direction.IN, pk__gt=int(parts[0]))
        .order_by("-id")
        .first()
    )
    if written:
        return {
            "strong": f"{written.from_name or written.from_address} wrote again {when(written.at)}.",
            "text": "It is not on this page yet.",
        }
    if item.state == WorkItem.State.DONE and parts[2] != item.state:
        if item.done_by:
            return {"strong": f"{item.done_by} marked this as done.", "text": ""}
        closed = relabelled(item, before, user)
        strong = (
            f"{closed['strong'].removesuffix('.')}: nothing is asked any more." if closed else "This is done by now."
        )
        return {"strong": strong, "text": ""}
    return None


def relabelled(item: WorkItem, before: str, user: User) -> dict[str, str] | None:
    """Who has read it otherwise since a page was rendered; what is typed on that page stands. Nothing where it still stands."""
    seen_as, found = before.split(".")[3:4], standing(item)
    if found is None or seen_as in ([], [str(found.pk)]) or (found.by and found.by_id == user.pk):
        return None
    who, words = found.by or "A second reading", labels.words(found.label)
    return {"strong": f"{who} labelled this “{words}” {when(found.at)}.", "text": "What you have typed stays as it is."}


def when(moment: Any) -> str:
    return f"at {timezone.localtime(moment):%H:%M}"
