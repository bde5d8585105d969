"""The fields a rule may name: kinds of terms, each of which says what it asks and shows an account's own value."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from djangoql.exceptions import DjangoQLSchemaError
from djangoql.schema import BoolField, DateField, IntField, StrField

from crm import clock
from crm.models import Account, Membership, Role
from prospecting.models import Enrollment, ListEntry, TargetList
from prospecting.models.enrollment import OPEN
from prospecting.rules import ladder

_RELATIVE = re.compile(r"^today(?:\s*([+-])\s*(\d{1,4})\s*d)?$")
KNOWN = 2_000  # rows looked through for values to propose
EQUALITY = ["=", "!=", "in", "not in"]
ORDER = [">", ">=", "<", "<="]
WORDS = ["~", "!~", "startswith", "endswith"]


class Term:
    """What every field says of itself, for the editor, the reference page and "why is this account in"."""

    name: str
    about = ""
    group = ""
    example = ""
    kind = "text"
    operators = [*EQUALITY, *ORDER, *WORDS]

    def says(self, group: str, about: str, example: str) -> Any:
        self.group, self.about, self.example = group, about, example
        return self

    def own_value(self, account: Account) -> str:
        """The account's own value, as people read it."""
        return shown(getattr(account, self.name))

    def known(self, search: str, limit: int = 30) -> list[str]:
        """Values to propose; none for a field whose values nobody could choose from."""
        return []

    def spellings(self) -> dict[str, str]:
        """Known values by how someone may begin to write them, lower case."""
        return {value.lower(): value for value in self.known("", KNOWN)}

    def takes(self: Any, value: str) -> bool:
        """Whether anything on file is called so."""
        return Account.objects.filter(self.get_lookup([], "=", value)).exists()

    def refuse(self, operator: str) -> None:
        """Raises for a comparison this field does not know."""
        if operator not in self.operators:
            raise DjangoQLSchemaError(f"{self.name} can be compared with {', '.join(self.operators)} only")

    def validate(self: Any, value: Any) -> None:
        if value is None and not self.nullable:
            raise DjangoQLSchemaError(f'{self.name} cannot be compared with None; one that is empty is = ""')
        if value is not None and type(value) not in self.value_types:
            raise DjangoQLSchemaError(f"{self.name} is compared with {self.value_types_description}, not with {value}")
        if isinstance(value, str) and not is_text(value):
            raise DjangoQLSchemaError("this text holds a character that is none")


def is_text(value: str) -> bool:
    """What a column can keep: no NUL, no half of a character."""
    return "\x00" not in value and not any("\ud800" <= one <= "\udfff" for one in value)


def shown(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(UTC).date().isoformat()
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class Text(Term, StrField):
    value_types_description = 'texts in double quotes, as in "Cold storage"'
    suggest = False

    def known(self, search: str, limit: int = 30) -> list[str]:
        if not self.suggest:
            return []
        rows = Account.objects.exclude(**{self.name: ""}).filter(**{f"{self.name}__istartswith": search})
        return sorted(set(rows.order_by().values_list(self.name, flat=True)[:KNOWN]))[:limit]

    def get_options(self, search: str) -> list[str]:
        return self.known(search)


class Number(Term, IntField):
    kind, operators = "number", [*EQUALITY, *ORDER]
    value_types_description = "whole numbers"


class Day(Term, DateField):
    """A date, or `today`, `today+30d`, `today-180d`."""

    kind, operators = "day", [*EQUALITY, *ORDER]
    value_types_description = 'days as "2026-10-01", "today" or "today+30d"'

    def validate(self, value: Any) -> None:
        super().validate(value)
        try:
            day_after(self.parse_date(value))
        except (ValueError, OverflowError) as error:
            raise DjangoQLSchemaError(
                f'“{value}” is no day; write "2026-10-01", "today", "today+30d" or "today-30d"'
            ) from error

    @staticmethod
    def parse_date(value: str | None) -> date | None:
        if not value:
            return None
        if found := _RELATIVE.match(value.strip()):
            days = int(found[2] or 0) * (-1 if found[1] == "-" else 1)
            return clock.today() + timedelta(days=days)
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone


def day_after(day: date | None) -> datetime | None:
    return datetime.combine(day + timedelta(days=1), time(), UTC) if day else None


class Moment(Day):
    """A moment by its day in UTC: the same rule means the same to whoever reads it, wherever they are."""

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Q:
        if value is None:
            return Q(**{f"{self.name}__isnull": operator == "="})
        if operator in ("in", "not in"):
            found = Q(pk__in=[])
            for one in value:
                found |= self.get_lookup(path, "=", one)
            return found if operator == "in" else ~found
        day = self.parse_date(value)
        start, end = datetime.combine(day or date.min, time(), UTC), day_after(day)
        on_it = Q(**{f"{self.name}__gte": start, f"{self.name}__lt": end})
        return {
            "=": on_it, "!=": ~on_it, "<": Q(**{f"{self.name}__lt": start}), "<=": Q(**{f"{self.name}__lt": end}),
            ">": Q(**{f"{self.name}__gte": end}), ">=": Q(**{f"{self.name}__gte": start}),
        }[operator]  # fmt: skip


class Many(Term, StrField):
    """A list kept on the account: `tag = "x"` means that x is among them."""

    kind, operators = "list", [*EQUALITY, "~", "!~"]

    def __init__(self, name: str, column: str) -> None:
        super().__init__(model=Account, name=name)
        self.column = column

    def own_value(self, account: Account) -> str:
        values = getattr(account, self.column)
        return shown(values) if values else "none"

    def known(self, search: str, limit: int = 30) -> list[str]:
        lists = Account.objects.exclude(**{self.column: []}).order_by().values_list(self.column, flat=True)[:KNOWN]
        return sorted({item for items in lists for item in items if search.lower() in item.lower()})[:limit]

    def get_options(self, search: str) -> list[str]:
        return self.known(search)

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Q:
        self.refuse(operator)
        kind, invert = self.get_operator(operator)
        if kind == "__in":
            found = Q(**{f"{self.column}__overlap": value})
        elif kind == "":
            found = Q(**{f"{self.column}__contains": [value]})
        else:
            found = Q(**{f"{self.column}__icontains": value})
        return ~found if invert else found


class ByExists(Term, StrField):
    """A term over other rows of the account, answered by EXISTS."""

    kind, operators = "list", [*EQUALITY, "~", "!~"]

    def rows(self, kind: str, value: Any) -> QuerySet[Any]:
        raise NotImplementedError

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Q:
        self.refuse(operator)
        kind, invert = self.get_operator(operator)
        found = Q(Exists(self.rows(kind, value)))
        return ~found if invert else found


def current_memberships() -> QuerySet[Membership]:
    """People who are there now and may be written to; a weak guess of a role stays unknown."""
    return reachable().exclude(confidence="low")


def reachable() -> QuerySet[Membership]:
    return Membership.objects.filter(until=None, contact__stopped_at=None)


class RoleKnown(ByExists):
    """Someone is known for the role, with at least the confidence the field names."""

    def __init__(self, name: str, *confidences: str) -> None:
        super().__init__(model=Account, name=name)
        self.confidences = confidences

    def people(self) -> QuerySet[Membership]:
        return reachable().filter(confidence__in=self.confidences).exclude(role__slug="unknown")

    def known(self, search: str, limit: int = 30) -> list[str]:
        return list(Role.objects.filter(name__icontains=search).values_list("name", flat=True)[:limit])

    def get_options(self, search: str) -> list[str]:
        return self.known(search)

    def spellings(self) -> dict[str, str]:
        roles = Role.objects.values_list("slug", "name")
        return {said.lower(): name for slug, name in roles for said in (slug.replace("-", " "), name)}

    def takes(self, value: str) -> bool:
        return Role.objects.filter(called(value)).exists()

    def own_value(self, account: Account) -> str:
        rows = self.people().filter(account=account).values_list("role__name", flat=True)
        return shown(sorted(set(rows))) if rows else "nobody"

    def rows(self, kind: str, value: Any) -> QuerySet[Any]:
        here = self.people().filter(account=OuterRef("pk"))
        if kind == "__icontains":
            return here.filter(role__name__icontains=value)
        wanted = Q()
        for one in value if isinstance(value, list) else [value]:
            wanted |= called(one)
        return here.filter(role__in=Role.objects.filter(wanted))


def called(role: str) -> Q:
    """A role by its name or its short name, however its words are joined."""
    return Q(name__iexact=role) | Q(slug__iexact=role.replace(" ", "-")) | Q(slug__iexact=role.replace(" ", "_"))


class TitleKnown(ByExists):
    def own_value(self, account: Account) -> str:
        rows = Membership.objects.filter(account=account, until=None).exclude(title="")
        return shown(sorted(set(rows.values_list("title", flat=True)[:8]))) if rows else "none"

    def rows(self, kind: str, value: Any) -> QuerySet[Any]:
        lookup = {"": "title__iexact", "__in": "title__in", "__icontains": "title__icontains"}[kind]
        return Membership.objects.filter(account=OuterRef("pk"), until=None, **{lookup: value})


class OnList(ByExists):
    def known(self, search: str, limit: int = 30) -> list[str]:
        rows = TargetList.objects.filter(segment__name__icontains=search)
        return list(rows.order_by("segment__name").values_list("segment__name", flat=True)[:limit])

    def own_value(self, account: Account) -> str:
        rows = ListEntry.objects.filter(account=account, left_at=None).order_by("target_list__segment__name")
        return shown(list(rows.values_list("target_list__segment__name", flat=True))) if rows else "none"

    def rows(self, kind: str, value: Any) -> QuerySet[Any]:
        here = ListEntry.objects.filter(account=OuterRef("pk"), left_at=None)
        return here.filter(**{f"target_list__segment__name{kind}": value})


class InSequence(ByExists):
    def own_value(self, account: Account) -> str:
        rows = Enrollment.objects.filter(account=account, state__in=OPEN)
        return shown(list(rows.values_list("sequence_version__sequence__name", flat=True))) if rows else "none"

    def rows(self, kind: str, value: Any) -> QuerySet[Any]:
        here = Enrollment.objects.filter(account=OuterRef("pk"), state__in=OPEN)
        return here.filter(**{f"sequence_version__sequence__name{kind}": value})


class Rung(Term, StrField):
    """The ladder is ordered: `rung < "contacted"` works."""

    kind, operators = "rung", [*EQUALITY, *ORDER]

    def known(self, search: str, limit: int = 30) -> list[str]:
        return [rung for rung in ladder.RUNGS if search.lower() in rung]

    def get_options(self, search: str) -> list[str]:
        return self.known(search)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value not in ladder.RUNGS:
            raise DjangoQLSchemaError(f"“{value}” is no rung. Known: {', '.join(ladder.RUNGS)}")

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Q:
        self.refuse(operator)
        if operator in ORDER:
            at = ladder.order(value)
            keep = {"<": range(at), "<=": range(at + 1), ">": range(at + 1, 99), ">=": range(at, 99)}[operator]
            return Q(rung__in=[rung for n, rung in enumerate(ladder.RUNGS) if n in keep])
        return super().get_lookup(path, operator, value)


class Yes(Term, BoolField):
    """A yes-or-no term that is a condition rather than a column."""

    kind, operators = "yes or no", ["=", "!="]

    def __init__(self, name: str, condition: Callable[[], Q]) -> None:
        super().__init__(model=Account, name=name)
        self.condition = condition

    def own_value(self, account: Account) -> str:
        return shown(Account.objects.filter(self.condition(), pk=account.pk).exists())

    def known(self, search: str, limit: int = 30) -> list[str]:
        return ["True", "False"]

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Q:
        self.refuse(operator)
        return self.condition() if value == (operator == "=") else ~self.condition()


class Owner(Term, StrField):
    kind, operators = "text", [*EQUALITY, "~", "!~"]

    def own_value(self, account: Account) -> str:
        return str(account.owner) if account.owner_id else "nobody"

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Q:
        self.refuse(operator)
        if value is None:
            return Q(owner__isnull=operator == "=")
        kind, invert = self.get_operator(operator)
        found = Q(**{f"owner__email{kind}": value}) | Q(**{f"owner__name{kind}": value})
        return ~found if invert else found


class ParentName(Term, StrField):
    """The name of the group an account is a site of."""

    def own_value(self, account: Account) -> str:
        return str(account.parent) if account.parent_id else "none"

    def get_lookup_name(self) -> str:
        return "parent__name"

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Q:
        if value is None:
            return Q(parent__isnull=operator == "=")
        return super().get_lookup(path, operator, value)


class MonthsAhead(Term, IntField):
    """Months until the fiscal year ends: 0 is this month, 11 the one before it."""

    kind, operators = "number", [*EQUALITY, *ORDER]

    def own_value(self, account: Account) -> str:
        month = account.fiscal_year_end
        return "not known" if not month else str((month - clock.today().month) % 12)

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Q:
        fits: Callable[[int], bool] = {
            "=": lambda n: n == value, "!=": lambda n: n != value, ">": lambda n: n > value, "<": lambda n: n < value,
            ">=": lambda n: n >= value, "<=": lambda n: n <= value,
            "in": lambda n: n in value, "not in": lambda n: n not in value,
        }[operator]  # fmt: skip
        this = clock.today().month
        return Q(fiscal_year_end__in=[(this + n - 1) % 12 + 1 for n in range(12) if fits(n)])
