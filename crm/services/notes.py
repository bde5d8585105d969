"""What users write down for colleagues, about an account or a conversation; whoever is mentioned is told."""

from django.db import transaction
from django.db.models import Q, QuerySet

from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Conversation, Event, Note, User
from crm.rules import mentions
from crm.services import live, notifications


@transaction.atomic
def add_note(
    account: Account, text: str, *, by: User, contact: Contact | None = None, conversation: Conversation | None = None,
    url: str = "",
) -> Note:  # fmt: skip
    """A note is content: of its conversation's team, else of its writer's. `url` is where a mention leads."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refused("Write something first.")
    team = conversation.team if conversation else by.team
    told = dict(readers(team.pk if team else None).values_list("pk", "name"))
    found = mentions.find(text, told)
    if found.unsure:
        raise Refused(mentions.said(found.unsure))
    note = Note.objects.create(
        account=account, contact=contact, conversation=conversation, team=team, text=text, by=by, at=clock.now()
    )
    note.mentioned.set(found.people)
    Event.record("account.noted", account=account, contact=contact, team=team, by=by, subject=note,
                 facts={"text": text[:300]})  # fmt: skip
    live.tell("note", team=team, account=account.pk)
    _tell(note, found.people, url)
    return note


def readers(team: int | None) -> QuerySet[User]:
    """Who may read a note of this team, and so may be mentioned in it."""
    people = User.objects.filter(is_active=True)
    theirs = Q(team=team) & ~Q(job=User.Job.EXECUTIVE) if team else Q()
    return people.filter(theirs | Q(job=User.Job.ADMIN)).order_by("name")


def _tell(note: Note, people: tuple[int, ...], url: str) -> None:
    for user in User.objects.filter(pk__in=people).exclude(pk=note.by_id):
        notifications.notify(user, "mention", f"{note.by} on {note.account}: {note.text}", url)
