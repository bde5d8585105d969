"""What may be exported: each list with its FilterSet, who sees which rows, and its columns; upper apps enter theirs."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Case, CharField, F, Func, OuterRef, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Concat
from django.forms import Form

from crm import access, lookups, words
from crm.errors import Refused
from crm.filters import (
    AccountFilter,
    ContactFilter,
    DuplicatePairFilter,
    EventFilter,
    ImportFilter,
    Listed,
    MergeFilter,
    MessageFilter,
    SuppressionFilter,
)
from crm.models import Account, Contact, Event, Message, Notification, TitleRule
from crm.rules.import_rows import FIELDS, OURS
from crm.rules.workbooks import MOST_ROWS

_CHUNK = 2000
_MOST_ATTRIBUTES = 100
Table = tuple[list[str], Iterator[list[Any]]]  # column names, and the cells of one row after another


def whole(rows: QuerySet[Any], user: Any, asked: Any) -> QuerySet[Any]:
    return rows


@dataclass(frozen=True)
class Export:
    """One list as a file: the rows its screen shows to this person, narrowed as the screen is."""

    title: str
    listed: type[Listed]
    visible: Callable[[Any], QuerySet[Any]]
    columns: Mapping[str, Any]  # header -> a path from the row
    order: tuple[str, ...] = ("pk",)
    attributes: bool = False  # each attribute of the rows is a column too
    within: Callable[[QuerySet[Any], Any, Any], QuerySet[Any]] = whole  # what the tab of its screen leaves
    steering: frozenset[str] = field(default=frozenset())  # the parameters that `within` reads

    def rows(self, user: Any, asked: Any) -> QuerySet[Any]:
        """A parameter that filters nothing on this list is refused by name, as on its page."""
        found = self.listed(asked, queryset=self.visible(user)).found(ALSO | self.steering)
        return self.within(found, user, asked).order_by(*self.order)

    def table(self, user: Any, asked: Any) -> Table:
        return header_and_rows(self, self.rows(user, asked))


@dataclass(frozen=True)
class Composed:
    """A list whose cells are put together from its rows, some hundreds at a time; `cells` refuses before it answers."""

    title: str
    header: tuple[str, ...]
    cells: Callable[[Any, Any], Iterator[list[Any]]]
    listed: type[Listed] | None = None

    def table(self, user: Any, asked: Any) -> Table:
        return [*self.header], ([plain(cell) for cell in row] for row in self.cells(user, asked))


exports: dict[str, Export | Composed] = {}
ALSO = frozenset({"after", "cursor", "page", "o", "view"})


def refuse_unknown(asked: Any, *known: str) -> None:
    """For lists without a FilterSet: nothing is silently ignored."""
    if strange := sorted(set(asked) - {*known} - ALSO):
        raise Refused(f"There is no filter called {strange[0]}.", fields={strange[0]: ["Unknown filter."]})


def answers(form: Form, asked: Any) -> dict[str, Any]:
    """What a form of filters says; refused by name like a FilterSet."""
    refuse_unknown(asked, *form.fields)
    if not form.is_valid():
        name, problems = next(iter(form.errors.items()))
        raise Refused(f"The filter {name} cannot be read: {problems[0]}", fields=dict(form.errors))
    return form.cleaned_data


def batches(rows: QuerySet[Any], size: int = 500) -> Iterator[list[Any]]:
    """Some rows after another from a cursor on the server."""
    found = rows.iterator(chunk_size=size)
    while batch := list(islice(found, size)):
        yield batch


def header_and_rows(export: Export, rows: QuerySet[Any]) -> Table:
    paths = {name: F(path) if isinstance(path, str) else path for name, path in export.columns.items()}
    names = [f"x{n}" for n in range(len(paths))]
    keys = attributes(rows) if export.attributes else []
    more = ["custom"] if export.attributes else []
    found = rows.annotate(**dict(zip(names, paths.values(), strict=True))).values_list(*names, *more)

    def cells() -> Iterator[list[Any]]:
        for row in found.iterator(chunk_size=_CHUNK):
            values = [plain(value) for value in row[: len(names)]]
            yield [*values, *(plain(row[-1].get(key)) for key in keys)] if keys else values

    taken = {name.casefold() for name in [*export.columns, *FIELDS["accounts"], *FIELDS["contacts"]]}
    return [*export.columns, *(f"{OURS}{key}" if key.casefold() in taken else key for key in keys)], cells()


def attributes(rows: QuerySet[Any]) -> list[str]:
    key = Func(F("custom"), function="jsonb_object_keys", output_field=TextField(), set_returning=True)
    found = rows.order_by().annotate(key_of_custom=key).values_list("key_of_custom", flat=True).distinct()
    return sorted(found[:_MOST_ATTRIBUTES])


def plain(value: Any) -> Any:
    """A value as a cell; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, dt.date):
        return value.isoformat()
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def at_most(rows: Iterable[list[Any]], most: int = MOST_ROWS - 1) -> Iterator[list[Any]]:
    for number, row in enumerate(rows, start=1):
        if number > most:
            raise Refused(f"A workbook holds {most:,} rows at most. Take the CSV file.")
        yield row


def may_be_too_many(known: "Export | Composed", user: Any, asked: Any) -> bool:
    """So that nobody waits for half a workbook; a list that is composed counts as it goes."""
    return isinstance(known, Export) and known.rows(user, asked).order_by()[:MOST_ROWS].count() >= MOST_ROWS


PLACE = {name: name for name in ("street", "city", "postcode")}
exports["accounts"] = Export(
    "Accounts",
    AccountFilter,
    access.visible_accounts,
    {
        "external_id": "external_id", "name": "name", "domain": "domain", "phone": "phone", **PLACE, "state": "state_name",
        "country": "country", "industry": "industry", "employees": "employees", "sites": "sites", "parent": "parent__name",
        "owner": "owner__email", f"{OURS}tags": "tags", f"{OURS}stands at": "rung", f"{OURS}since": "rung_at",
        f"{OURS}last touched": "last_touched_at", f"{OURS}closed": "closed_reason",
    },
    ("name", "pk"),
    attributes=True,
)  # fmt: skip
exports["people"] = Export(
    "People",
    ContactFilter,
    access.visible_contacts,
    {
        "external_id": "external_id", "first_name": "first_name", "last_name": "last_name", "email": "email", "phone": "phone",
        "title": "title", **PLACE, "state": "state_name", "country": "country", f"{OURS}source": "source",
        f"{OURS}stopped": "stopped_reason",
    },
    ("last_name", "first_name", "pk"),
    attributes=True,
)  # fmt: skip
exports["suppressions"] = Export(
    "Do not contact",
    SuppressionFilter,
    access.visible_suppressions,
    {
        "kind": "kind",
        "value": "value",
        "account": "account__name",
        "reason": "reason",
        "since": "at",
        "lifted": "lifted_at",
    },
)
exports["imports"] = Export(
    "Imports",
    ImportFilter,
    access.visible_imports,
    {
        "file": "file_name",
        "kind": "kind",
        "source": "source",
        "state": "state",
        "by": "by__name",
        "at": "at",
        "rows": "rows",
    },
)


def name_of(key: str) -> Case:
    """The name of either record of a pair, whichever noun it is of."""
    account = Account.objects.filter(pk=OuterRef(key)).values("name")
    person = Contact.objects.filter(pk=OuterRef(key)).values(name=Concat("first_name", Value(" "), "last_name"))
    return Case(When(kind="accounts", then=Subquery(account)), default=Subquery(person), output_field=CharField())


exports["duplicates"] = Export(
    "Duplicates",
    DuplicatePairFilter,
    access.visible_pairs,
    {
        "kind": "kind", "one": name_of("low_id"), "number": "low_id", "other": name_of("high_id"), "other number": "high_id",
        "band": "band", "sure": "score", "because": "evidence", "state": "state", "found": "found_at",
        "decided": "decided_at", "by": "decided_by__name",
    },
    ("-score", "-pk"),
)  # fmt: skip
exports["merges"] = Export(
    "Merged",
    MergeFilter,
    access.visible_merges,
    {
        "kind": "kind", "merged": "gone_name", "number": "gone_id", "into": "kept_name", "into number": "kept_id",
        "by": "by__name", "at": "at", "undone": "undone_at",
    },
    ("-pk",),
)  # fmt: skip
exports["messages"] = Export(
    "Messages",
    MessageFilter,
    access.visible_messages,
    {
        "at": "at", "direction": "direction", "from": "from_name", "address": "from_address", "to": "to",
        "account": "account__name", "first_name": "contact__first_name", "last_name": "contact__last_name",
        "subject": "subject", "what was said": "newest",
    },
    ("-at", "-pk"),
)  # fmt: skip


def points_nowhere(rows: QuerySet[Message], user: Any, asked: Any) -> QuerySet[Message]:
    return rows.filter(pk__in=lookups.unmatched(user).order_by().values("pk"))


exports["unmatched"] = Export(
    "Not matched",
    MessageFilter,
    access.visible_messages,
    {"at": "at", "from": "from_name", "address": "from_address", "to": "to", "subject": "subject", "what was said": "newest"},
    ("-at", "-pk"),
    within=points_nowhere,
)  # fmt: skip


def timeline(user: Any, asked: Any) -> Iterator[list[Any]]:
    """As the timeline reads; what was said only for those who see its rows."""
    rows = EventFilter(asked, queryset=access.visible_events(user)).found(ALSO).exclude(kind="contact.added")
    return (told(event) for batch in batches(lookups.dressed(rows).order_by("-at", "-pk")) for event in batch)


def told(event: Event) -> list[Any]:
    text = words.telling(event.kind).text
    said = event.message.newest if event.message and event.kind == "message.received" else event.facts.get("text", "")
    happened = text if isinstance(text, str) else text(event)
    return [event.at, event.account, event.contact, happened, event.why, said, event.actor_name]


exports["timeline"] = Composed(
    "Timeline", ("at", "account", "person", "what happened", "why", "what was said", "by"), timeline, EventFilter
)


def title_rules(user: Any, asked: Any) -> Iterator[list[Any]]:
    """The rules that the page shows, in their order."""
    refuse_unknown(asked, "function", "level", "language", "role", "q", "titles", "dry")
    rows = lookups.title_rules(TitleRule.objects.select_related("role").order_by("order", "id"), asked)
    return (
        [row.order, row.phrases, row.if_function, row.if_level, row.function, row.level, row.role and row.role.slug,
         row.confidence, row.language, row.active, row.note]
        for row in rows
    )  # fmt: skip


exports["titles"] = Composed(
    "Rules for titles",
    ("order", "phrases", "if_function", "if_level", "function", "level", "role", "confidence", "language", "in use", "note"),
    title_rules,
)  # fmt: skip


def notifications(user: Any, asked: Any) -> Iterator[list[Any]]:
    refuse_unknown(asked)
    rows = Notification.objects.filter(user=user).order_by("-at")
    return ([row.at, row.text, row.read_at] for batch in batches(rows) for row in batch)


exports["notifications"] = Composed("Notifications", ("at", "text", "read"), notifications)
