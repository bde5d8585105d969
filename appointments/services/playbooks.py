"""Which draft answers a reply: by what it says, in which language and segment; and how it reads for this person."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q

from appointments.models import Classification, Playbook, WorkItem
from appointments.rules import tongues
from crm import clock
from crm.errors import Refused
from crm.models import Account, Contact, Event, User
from crm.services import referrals
from prospecting.models import SnippetVersion
from prospecting.rules import merge_language
from prospecting.rules.labels import PRECEDENCE, words
from prospecting.rules.languages import OF_COUNTRY
from prospecting.services import templates
from prospecting.services.sequences import FIELDS

ENGLISH = "en"
MOST_OTHERS = 7
MOST_SNIPPETS = 12


@dataclass(frozen=True)
class Pick:
    """The draft that stands in the answer, why this one, and what else could."""

    playbook: Playbook | None
    why: str
    language: str
    others: list[Playbook] = field(default_factory=list)

    @property
    def meeting_type_id(self) -> int | None:
        """What the draft offers times for, where it says so."""
        return self.playbook.meeting_type_id if self.playbook else None


@dataclass(frozen=True)
class Filled:
    """A text for one person; `problem` says what is empty, and the text then still carries its marks."""

    text: str
    problem: str = ""


# Choosing --------------------------------------------------------------------------------------------------------


def said_in(item: WorkItem, found: Classification | None) -> tuple[str, str]:
    """The language to answer in, and how we know: what they wrote, else the person's own, else the country's."""
    contact, account = item.contact, item.account
    country = (contact.country if contact else "") or (account.country if account else "")
    for code, why in (
        (found.language if found else "", "They write {}."),
        (contact.language if contact else "", "{} is their own language."),
        (OF_COUNTRY.get(country.upper(), ""), f"{{}} is spoken in {country}."),
    ):
        if code:
            return code, why.format(tongues.name_of(code))
    return ENGLISH, "Their language is not known."


def pick(item: WorkItem, chosen: int | None = None) -> Pick:
    """The label's draft before one for what they say too, their language before English, the segment's before the common."""
    found = Classification.objects.filter(reply=item.reply_id, undone_at=None).first() if item.reply_id else None
    main = item.reply.label if item.reply and item.reply.label in PRECEDENCE else "other"
    said = [main, *(one for one in (item.reply.secondary if item.reply else ()) if one != main)]
    language, known_by = said_in(item, found)
    walk = item.reply.enrollment if item.reply else None
    segment = walk.segment_version.segment_id if walk else None
    rows = Playbook.objects.filter(label__in=said, archived_at=None, language__in=[language, ENGLISH])
    rows = rows.filter(Q(segment=None) | Q(segment=segment)).filter(Q(also="") | Q(also__in=said[1:]))
    ranked = sorted(rows.select_related("segment"), key=lambda row: _rank(row, said, language))
    named = next((row for row in ranked if row.pk == chosen), None)
    first = named or (ranked[0] if ranked else None)
    others = [row for row in ranked if row != first][:MOST_OTHERS]
    return Pick(first, _why(first, main, language, known_by, chosen=named is not None), language, others)


def _rank(row: Playbook, said: list[str], language: str) -> tuple[int, bool, bool, bool, int]:
    return said.index(row.label), row.language != language, row.segment_id is None, not row.also, row.pk


def _why(row: Playbook | None, main: str, language: str, known_by: str, *, chosen: bool) -> str:
    """Which steps down were taken to this draft, in words."""
    if row is None:
        return f"There is no draft for “{words(main)}” in {_either(language)}."
    if chosen:
        return f"You chose it. {known_by}"
    parts = [known_by]
    if row.label != main:
        parts.append(f"No draft is for “{words(main)}”; this one is for “{words(row.label)}”, which they say too.")
    if row.language != language:
        parts.append(f"There is none in {tongues.name_of(language)}, so the English one stands here.")
    if row.also:
        parts.append(f"It is the one for those who also say “{words(row.also)}”.")
    parts.append(f"It is the one of {row.segment}." if row.segment else "It is the one for every segment.")
    return " ".join(parts)


def _either(language: str) -> str:
    return "English" if language == ENGLISH else f"{tongues.name_of(language)} or English"


# Keeping ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def keep(row: Playbook, *, by: User, changed: Collection[str] = ()) -> Playbook:
    """Written or changed, on the timeline. Whoever lets it leave by itself, or says how sure we must be, has allowed it."""
    new = row.pk is None
    if {"sends_itself", "percent", "least_confidence"} & set(changed):
        row.allowed_by, row.allowed_at = (by, clock.now()) if row.sends_itself else (None, None)
    row.save()
    why = f"May be sent by itself when {row.least_confidence:.0%} sure." if row.sends_itself else ""
    Event.record(
        "playbook.created" if new else "playbook.edited", by=by, subject=row, why=why,
        facts={"changed": sorted(changed), "sends_itself": row.sends_itself, "least": row.least_confidence},
    )  # fmt: skip
    return row


# Filling in ------------------------------------------------------------------------------------------------------


def check(body: str) -> None:
    """Refused with the place of a field, tag or snippet that is not known; nothing is written."""
    templates.check("", body)


@dataclass(frozen=True)
class Addressee:
    """For whom texts are filled in: read once, however many there are."""

    who: str
    language: str
    values: dict[str, object]


def addressee(item: WorkItem, sender: User | None, language: str) -> Addressee:
    contact, account = item.contact or Contact(), item.account or Account()
    cited = referrals.referrer_of(contact, account) if contact.pk and account.pk else ""
    who = str(item.contact or item.person_address)
    return Addressee(who, language, templates.merge_values(contact, account, sender or User(), cited))


def fill(body: str, person: Addressee) -> Filled:
    """A draft for one person. What is empty without a fallback is said, and stays visible in the text."""
    bodies = templates.snippet_bodies([body], person.language)
    try:
        return Filled(templates.filled("", body, person.values, bodies, who=person.who)[1])
    except Refused as refused:
        return Filled(body, refused.sentence)
    except merge_language.TemplateError as wrong:
        return Filled(body, str(wrong))


def check_filled(body: str) -> None:
    """Refused where a mark of the merge language still stands in what is about to be sent."""
    left = [name for name in FIELDS if f"{{{{{name}" in body.replace(" ", "")]
    if left:
        names = ", ".join(FIELDS[name].lower() for name in left)
        raise Refused(f"Fill this in first, it is empty: {names}. It still stands in curly brackets in your text.")
    if "{%" in body:
        raise Refused("Take out what stands between {% and %} first; it was not filled in.")


def snippets(person: Addressee) -> list[tuple[str, str]]:
    """Paragraphs that can be put into an answer: name and words; those that cannot be filled in are left out."""
    rows = SnippetVersion.objects.select_related("snippet").order_by("snippet_id", "-number").distinct("snippet_id")
    named = sorted(rows, key=lambda row: row.snippet.name)[:MOST_SNIPPETS]
    filled = [(row.snippet.name, fill(row.variants.get(person.language) or row.body, person)) for row in named]
    return [(name, one.text) for name, one in filled if not one.problem]
