"""Kinds of meeting: kept with their hosts and questions, put away, and never the last one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from appointments.models import MeetingQuestion, MeetingType
from appointments.services import credits
from crm import clock
from crm.errors import Refused
from crm.models import Event, User

MOST_QUESTIONS = 10


@dataclass(frozen=True)
class Asked:
    """One question as somebody wrote it; `pk` names the one it changes."""

    text: str
    required: bool = False
    in_languages: dict[str, str] = field(default_factory=dict)
    pk: int | None = None


@transaction.atomic
def keep(kind: MeetingType, *, weights: dict[int, int], questions: Iterable[Asked], by: User) -> MeetingType:
    """Who holds it, by user id and weight, and what is asked, in that order; what was asked before stays with its meetings."""
    if kind.hosting == MeetingType.Hosting.TOGETHER and len(weights) < 2:
        raise Refused("Together means two or more. Choose who, or let one of them hold it.")
    new = kind.pk is None
    kind.save()
    credits.set_hosts(kind, weights, by=by)
    _ask(kind, [one for one in questions if one.text.strip()][:MOST_QUESTIONS])
    Event.record(
        "meetingtype.created" if new else "meetingtype.edited", by=by, subject=kind, team=kind.team, why=kind.name
    )
    return kind


def _ask(kind: MeetingType, wanted: list[Asked]) -> None:
    there = {one.pk: one for one in kind.questions.all()}
    kept = {one.pk for one in wanted if one.pk in there}
    kind.questions.exclude(pk__in=kept).delete()
    for order, one in enumerate(wanted, start=1):
        row = there.get(one.pk or 0) or MeetingQuestion(meeting_type=kind)
        row.order, row.text, row.required = order, one.text.strip()[:200], one.required
        row.in_languages = {code: words.strip()[:200] for code, words in one.in_languages.items() if words.strip()}
        row.save()


@transaction.atomic
def archive(kind: MeetingType, *, by: User) -> None:
    """Nobody is offered it any more; links that are out keep working, and its meetings stand."""
    if not MeetingType.objects.filter(archived_at=None).exclude(pk=kind.pk).exists():
        raise Refused("This is the only kind of meeting. Make another one first.")
    kind.archived_at = clock.now()
    kind.save(update_fields=["archived_at"])
    Event.record("meetingtype.archived", by=by, subject=kind, team=kind.team, why=kind.name)


@transaction.atomic
def restore(kind: MeetingType, *, by: User) -> None:
    kind.archived_at = None
    kind.save(update_fields=["archived_at"])
    Event.record("meetingtype.restored", by=by, subject=kind, team=kind.team, why=kind.name)
