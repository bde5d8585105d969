"""The language of segment rules: DjangoQL over fields of our own, none of which is a relation.

Every term over many rows (who holds which role, tags, regulated categories) answers by EXISTS or by containment,
so no account counts twice.
"""

import re
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from djangoql.ast import Logical, Name
from djangoql.exceptions import DjangoQLError, DjangoQLSchemaError
from djangoql.parser import DjangoQLParser
from djangoql.queryset import build_filter
from djangoql.schema import BoolField, DateField, DjangoQLField, DjangoQLSchema, IntField, StrField
from djangoql.serializers import DjangoQLSchemaSerializer

from crm import clock
from crm.errors import Refused
from crm.models import Account, Membership, Role
from prospecting.models import Enrollment, ListEntry
from prospecting.models.enrollment import OPEN
from prospecting.rules import ladder

LONGEST_RULE = 4_000
DEEPEST_RULE = 40
MOST_TERMS = 200

_parser = DjangoQLParser()
_RELATIVE = re.compile(r"^today(?:\s*([+-])\s*(\d{1,4})\s*d)?$")
Lookup = Q


def accounts_matching(rule: str, within: QuerySet[Account] | None = None) -> QuerySet[Account]:
    """The accounts a rule describes; raises Refused with a sentence, line and column for a bad rule."""
    accounts = Account.objects.all() if within is None else within
    return accounts.filter(compile_rule(rule)) if rule.strip() else accounts


def compile_rule(rule: str) -> Q:
    """The rule as a condition on Account."""
    _refuse_oversize(rule)
    schema = AccountSchema(Account)
    try:
        tree = _parser.parse(rule)
        schema.validate(tree)
        condition = build_filter(tree, schema)
        str(Account.objects.filter(condition).query)  # values no column can hold are found here, not in the night
    except DjangoQLSchemaError as error:
        raise _refused(rule, str(error), _position_of_unknown(rule, tree, schema)) from error
    except DjangoQLError as error:
        raise _refused(rule, _plain(error), (error.line, error.column)) from error
    except EmptyResultSet:
        return condition
    except (RecursionError, OverflowError, ValueError) as error:
        raise _refused(rule, "it cannot be read.", (None, None)) from error
    return condition


def completions() -> dict[str, Any]:
    """Fields, types and known values, for the editor's completion."""
    return dict(DjangoQLSchemaSerializer().serialize(AccountSchema(Account)))


def terms(rule: str) -> list[str]:
    """The fields a rule names, each once, in their order."""
    found: list[str] = []
    pending = [_parser.parse(rule)] if rule.strip() else []
    while pending:
        node = pending.pop()
        if isinstance(node, Name):
            found.append(node.value)
        elif hasattr(node, "left"):
            pending += [node.right, node.left] if isinstance(node.operator, Logical) else [node.left]
    return list(dict.fromkeys(found))


def _refuse_oversize(rule: str) -> None:
    if len(rule) > LONGEST_RULE or rule.count("(") > DEEPEST_RULE:
        raise Refused(f"A rule has at most {LONGEST_RULE} characters and {DEEPEST_RULE} brackets. Split the segment.")
    if len(re.findall(r"\b(?:and|or)\b", rule)) > MOST_TERMS:
        raise Refused(f"A rule has at most {MOST_TERMS} terms. Split the segment.")
    if not rule.strip():
        raise Refused("Write a rule first: who belongs?")
    if "\x00" in rule:
        raise Refused("This rule cannot be used: it holds a character that is none.")


def _refused(rule: str, words: str, position: tuple[int | None, int | None]) -> Refused:
    line, column = position
    where = f" Line {line}, character {column}." if line and column else ""
    return Refused(f"This rule cannot be used: {words.rstrip('.')}.{where}", line=line, column=column, rule=rule)


def _plain(error: DjangoQLError) -> str:
    message = Exception.__str__(error)
    return "it ends too early" if "end of input" in message else message


def _position_of_unknown(rule: str, tree: Any, schema: DjangoQLSchema) -> tuple[int | None, int | None]:
    """Where the first field stands that the schema does not know, or whose value it refuses."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(getattr(node, "operator", None), Logical):
            pending += [node.right, node.left]
            continue
        try:
            schema.validate(node)
        except DjangoQLSchemaError:
            return _locate(rule, node.left.value)
    return None, None


def _locate(rule: str, word: str) -> tuple[int | None, int | None]:
    found = re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", rule)
    if not found:
        return None, None
    before = rule[: found.start()]
    return before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1


class Text(StrField):
    def get_options(self, search: str) -> list[str]:
        values = Account.objects.exclude(**{self.name: ""}).filter(**{f"{self.name}__icontains": search})
        return list(values.order_by(self.name).values_list(self.name, flat=True).distinct()[:50])


class Day(DateField):
    """A date, or `today`, `today+30d`, `today-180d`."""

    value_types_description = 'dates as "2026-10-01", "today" or "today+30d"'

    @staticmethod
    def parse_date(value: str | None) -> date | None:
        if not value:
            return None
        if found := _RELATIVE.match(value.strip()):
            days = int(found[2] or 0) * (-1 if found[1] == "-" else 1)
            return clock.today() + timedelta(days=days)
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone


class Moment(Day):
    """A date compared with the day of a moment."""

    def get_lookup_name(self) -> str:
        return f"{self.name}__date"

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Lookup:
        if value is None:
            found = Q(**{f"{self.name}__isnull": True})
            return ~found if operator == "!=" else found
        return super().get_lookup(path, operator, value)


class Many(StrField):
    """A list kept on the account: `tag = "x"` means that x is among them."""

    def __init__(self, name: str, column: str) -> None:
        super().__init__(model=Account, name=name, suggest_options=True)
        self.column = column

    def get_options(self, search: str) -> list[str]:
        lists = Account.objects.exclude(**{self.column: []}).values_list(self.column, flat=True)[:2_000]
        return sorted({item for items in lists for item in items if search.lower() in item.lower()})

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Lookup:
        kind, invert = self.get_operator(operator)
        if kind == "__in":
            found = Q(**{f"{self.column}__overlap": value})
        elif kind == "":
            found = Q(**{f"{self.column}__contains": [value]})
        elif kind == "__icontains":
            found = Q(**{f"{self.column}__icontains": value})
        else:
            raise DjangoQLSchemaError(f"{self.name} can be compared with =, !=, in, not in, ~ and !~ only")
        return ~found if invert else found


class ByExists(StrField):
    """A term over other rows of the account, answered by EXISTS."""

    def rows(self, kind: str, value: Any) -> QuerySet[Any]:
        raise NotImplementedError

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Lookup:
        kind, invert = self.get_operator(operator)
        if kind not in ("", "__in", "__icontains"):
            raise DjangoQLSchemaError(f"{self.name} can be compared with =, !=, in, not in, ~ and !~ only")
        found = Q(Exists(self.rows(kind, value)))
        return ~found if invert else found


def current_memberships() -> QuerySet[Membership]:
    """People who are there now and may be written to; a weak guess of a role stays unknown."""
    return Membership.objects.filter(until=None, contact__stopped_at=None).exclude(confidence="low")


class RoleFilled(ByExists):
    def get_options(self, search: str) -> list[str]:
        return list(Role.objects.filter(name__icontains=search).values_list("name", flat=True))

    def rows(self, kind: str, value: Any) -> QuerySet[Any]:
        named = [v.lower() for v in (value if isinstance(value, list) else [value])]
        if kind == "__icontains":
            return current_memberships().filter(account=OuterRef("pk"), role__name__icontains=value)
        slugs = [v.replace(" ", "_") for v in named] + [v.replace(" ", "-") for v in named]
        wanted = Role.objects.filter(Q(slug__in=slugs) | Q(name__in=[v.capitalize() for v in named] + named))
        return current_memberships().filter(account=OuterRef("pk"), role__in=wanted)


class TitleKnown(ByExists):
    def rows(self, kind: str, value: Any) -> QuerySet[Any]:
        lookup = {"": "title__iexact", "__in": "title__in", "__icontains": "title__icontains"}[kind]
        return Membership.objects.filter(account=OuterRef("pk"), until=None, **{lookup: value})


class OnList(ByExists):
    def rows(self, kind: str, value: Any) -> QuerySet[Any]:
        here = ListEntry.objects.filter(account=OuterRef("pk"), left_at=None)
        return here.filter(**{f"target_list__segment__name{kind}": value})


class InSequence(ByExists):
    def rows(self, kind: str, value: Any) -> QuerySet[Any]:
        here = Enrollment.objects.filter(account=OuterRef("pk"), state__in=OPEN)
        return here.filter(**{f"sequence_version__sequence__name{kind}": value})


class Rung(StrField):
    """The ladder is ordered: `rung < "contacted"` works."""

    def get_options(self, search: str) -> list[str]:
        return [rung for rung in ladder.RUNGS if search.lower() in rung]

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value not in ladder.RUNGS:
            raise DjangoQLSchemaError(f"“{value}” is no rung. Known: {', '.join(ladder.RUNGS)}")

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Lookup:
        if operator in ("<", "<=", ">", ">="):
            at = ladder.order(value)
            keep = {"<": range(at), "<=": range(at + 1), ">": range(at + 1, 99), ">=": range(at, 99)}[operator]
            return Q(rung__in=[rung for n, rung in enumerate(ladder.RUNGS) if n in keep])
        return super().get_lookup(path, operator, value)


class Yes(BoolField):
    """A yes-or-no term that is a condition rather than a column."""

    def __init__(self, name: str, condition: Any) -> None:
        super().__init__(model=Account, name=name)
        self.condition = condition

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Lookup:
        kind, invert = self.get_operator(operator)
        if kind not in ("", "__in"):
            raise DjangoQLSchemaError(f"{self.name} is True or False")
        wanted = value if isinstance(value, bool) else value == [True]
        return self.condition() if wanted != invert else ~self.condition()


class Owner(StrField):
    def get_lookup(self, path: list[str], operator: str, value: Any) -> Lookup:
        kind, invert = self.get_operator(operator)
        found = Q(**{f"owner__email{kind}": value}) | Q(**{f"owner__name{kind}": value})
        return ~found if invert else found


class Custom(DjangoQLField):
    """`custom.something`: an attribute that an import brought and nobody mapped."""

    type = "str"
    nullable = True
    value_types = [str, int, float, bool]
    value_types_description = "texts, numbers, True or False"

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Lookup:
        kind, invert = self.get_operator(operator)
        if value is None:
            found = ~Q(custom__has_key=self.name)
        elif kind == "" or kind == "__in":
            wanted = value if isinstance(value, list) else [value]
            spelled = [v for one in wanted for v in ((one,) if isinstance(one, str) else (one, str(one)))]
            found = Q()
            for one in spelled:
                found |= Q(custom__contains={self.name: one})
        else:
            found = Q(**{f"custom__{self.name}{kind}": value})
        return ~found if invert else found


def _window_is_open() -> Q:
    today = clock.today()
    begun = Q(window_from=None) | Q(window_from__lte=today)
    not_over = Q(window_until=None) | Q(window_until__gte=today)
    rested = Q(recontact_not_before=None) | Q(recontact_not_before__lte=today)
    return begun & not_over & rested


TEXTS = ("name", "domain", "country", "city", "postcode", "industry", "phone", "zone")
NUMBERS = ("employees", "sites", "fiscal_year_end")
DAYS = ("window_from", "window_until", "renewal_on", "recontact_not_before", "rests_until")
MOMENTS = ("last_touched_at", "rung_at", "created_at")


class AccountSchema(DjangoQLSchema):
    """The fields of a rule. Nothing here leads to another table by name."""

    include = (Account,)

    def get_fields(self, model: type[Model]) -> list[DjangoQLField]:
        return [
            *(
                Text(model=Account, name=name, suggest_options=name in ("industry", "country", "city"))
                for name in TEXTS
            ),
            Text(model=Account, name="state_name"),
            *(IntField(model=Account, name=name, nullable=True) for name in NUMBERS),
            *(Day(model=Account, name=name, nullable=True) for name in DAYS),
            *(Moment(model=Account, name=name, nullable=True) for name in MOMENTS),
            Many("tag", "tags"),
            Many("regulated", "regulated"),
            RoleFilled(model=Account, name="role_filled", suggest_options=True),
            TitleKnown(model=Account, name="title_known"),
            OnList(model=Account, name="on_list"),
            InSequence(model=Account, name="in_sequence"),
            Rung(model=Account, name="rung", suggest_options=True),
            Owner(model=Account, name="owner", nullable=True),
            Yes("has_owner", lambda: Q(owner__isnull=False)),
            Yes("is_site", lambda: Q(parent__isnull=False)),
            Yes("closed", lambda: Q(closed_at__isnull=False)),
            Yes("window_open", _window_is_open),
            Yes("resting", lambda: Q(rests_until__gt=clock.today())),
            Yes("enrolled", lambda: Q(Exists(Enrollment.objects.filter(account=OuterRef("pk"), state__in=OPEN)))),
        ]

    def resolve_name(self, name: Name) -> DjangoQLField:
        if len(name.parts) == 2 and name.parts[0] == "custom":
            return Custom(model=Account, name=name.parts[1])
        if len(name.parts) > 1:
            raise DjangoQLSchemaError(f"Unknown field: {name.value}. A rule names fields of the account only")
        return super().resolve_name(name)
