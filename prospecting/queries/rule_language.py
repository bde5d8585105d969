"""The language of segment rules: DjangoQL over fields of our own, none of which is a relation.

Every term over many rows (who holds which role, tags, regulated categories) answers by EXISTS or by containment,
so no account counts twice.
"""

from difflib import get_close_matches
from functools import cache
from typing import Any

from django.core.exceptions import EmptyResultSet, FieldError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from djangoql.ast import List, Name
from djangoql.exceptions import DjangoQLSchemaError
from djangoql.queryset import build_filter
from djangoql.schema import DjangoQLField, DjangoQLSchema
from djangoql.serializers import DjangoQLSchemaSerializer

from crm import clock
from crm.errors import Refused
from crm.models import Account
from prospecting.models import Enrollment
from prospecting.models.enrollment import OPEN
from prospecting.queries import rule_parser
from prospecting.queries.rule_custom import Custom
from prospecting.queries.rule_fields import (
    Day,
    InSequence,
    Many,
    Moment,
    MonthsAhead,
    Number,
    OnList,
    Owner,
    ParentName,
    RoleKnown,
    Rung,
    Term,
    Text,
    TitleKnown,
    Yes,
    current_memberships,
    reachable,
)
from prospecting.queries.rule_parser import Unreadable

__all__ = ["AccountSchema", "accounts_matching", "compile_rule", "completions", "current_memberships", "terms"]

LONGEST_RULE = 4_000
DEEPEST_RULE = 40
MOST_TERMS = 200
DECIDES = ("approver", "budget-owner", "executive")
DECISION_CENTRE = "decision centre"


def accounts_matching(rule: str, within: QuerySet[Account] | None = None) -> QuerySet[Account]:
    """The accounts a rule describes; raises Refused with a sentence, line and column for a bad rule."""
    accounts = Account.objects.all() if within is None else within
    return accounts.filter(compile_rule(rule)) if rule.strip() else accounts


def compile_rule(rule: str) -> Q:
    """The rule as a condition on Account."""
    tree, schema = parsed(rule)
    try:
        condition = build_filter(tree, schema)
        str(Account.objects.filter(condition).query)  # values no column can hold are found here, not in the night
    except EmptyResultSet:
        return condition
    except DjangoQLSchemaError as error:
        raise rule_parser.refused(rule, Unreadable(str(error), None)) from error
    except (RecursionError, OverflowError, ValueError, TypeError, FieldError) as error:
        raise rule_parser.refused(rule, Unreadable("it cannot be read", None)) from error
    return condition


def parsed(rule: str) -> tuple[Any, "AccountSchema"]:
    """The tree of a rule that may be used, with the schema that knows its fields; raises Refused for any other."""
    refuse_oversize(rule)
    schema = the_schema()
    try:
        tree = rule_parser.read(rule)
        leaves = rule_parser.leaves(tree)
        if len(leaves) > MOST_TERMS:
            raise Refused(f"A rule has at most {MOST_TERMS} terms. Split the segment.")
        for leaf in leaves:
            check(rule, leaf, schema)
    except Unreadable as error:
        raise rule_parser.refused(rule, error) from error
    return tree, schema


def check(rule: str, leaf: Any, schema: "AccountSchema") -> None:
    """One comparison: a known field, a comparison it allows, values it takes; each complaint at its own character."""
    at = leaf.left.start
    try:
        field = schema.resolve_name(leaf.left)
        at = leaf.left.end + len(rule[leaf.left.end :]) - len(rule[leaf.left.end :].lstrip())
        field.refuse(leaf.operator.operator)
        for value in leaf.right.items if isinstance(leaf.right, List) else [leaf.right]:
            at = value.start
            field.validate(value.value)
        at = leaf.right.start
        field.get_lookup([], leaf.operator.operator, leaf.right.value)
    except DjangoQLSchemaError as error:
        raise Unreadable(str(error), at) from error


def completions() -> dict[str, Any]:
    """Fields, types and known values, for the editor's completion."""
    return dict(DjangoQLSchemaSerializer().serialize(the_schema()))


def fields() -> list[Term]:
    """Every field with what it says of itself, in the order of the reference."""
    return list(the_schema().models["crm.account"].values())


def known_values(name: str, search: str) -> list[str]:
    """Values to propose for a field; none for a name no field has."""
    found = {field.name: field for field in fields()}.get(name)
    return found.known(search) if found and askable(search) else []


def askable(text: str) -> bool:
    return "\x00" not in text and len(text) <= 120


def terms(rule: str) -> list[str]:
    """The fields a rule names, each once, in their order."""
    leaves = rule_parser.leaves(rule_parser.read(rule)) if rule.strip() else []
    return list(dict.fromkeys(leaf.left.value for leaf in leaves))


def refuse_oversize(rule: str) -> None:
    if len(rule) > LONGEST_RULE or rule.count("(") > DEEPEST_RULE:
        raise Refused(f"A rule has at most {LONGEST_RULE} characters and {DEEPEST_RULE} brackets. Split the segment.")
    if not rule.strip():
        raise Refused("Write a rule first: who belongs?")
    if "\x00" in rule:
        raise Refused("This rule cannot be used: it holds a character that is none.")


def window_is_open() -> Q:
    today = clock.today()
    begun = Q(window_from=None) | Q(window_from__lte=today)
    not_over = Q(window_until=None) | Q(window_until__gte=today)
    rested = Q(recontact_not_before=None) | Q(recontact_not_before__lte=today)
    return begun & not_over & rested


def parent_decides() -> Q:
    """The parent is tagged as the centre, or someone who decides is known there."""
    there = reachable().exclude(confidence="low").filter(account=OuterRef("parent"), role__slug__in=DECIDES)
    return Q(parent__isnull=False) & (Q(parent__tags__contains=[DECISION_CENTRE]) | Q(Exists(there)))


def enrolled() -> Q:
    return Q(Exists(Enrollment.objects.filter(account=OuterRef("pk"), state__in=OPEN)))


def text(name: str, about: str, example: str, group: str = "The company", *, suggest: bool = False) -> Text:
    field: Text = Text(model=Account, name=name, suggest_options=suggest).says(group, about, example)
    field.suggest = suggest
    return field


def number(name: str, group: str, about: str, example: str) -> Number:
    field: Number = Number(model=Account, name=name, nullable=True).says(group, about, example)
    return field


def day(name: str, about: str, example: str, kind: type[Day] = Day, group: str = "Timing") -> Day:
    field: Day = kind(model=Account, name=name, nullable=True).says(group, about, example)
    return field


COMPANY, GROUP, ROLES, LADDER, TIMING = "The company", "The group", "People and roles", "The ladder", "Timing"


def company() -> list[Any]:
    return [
        text("name", "Name of the account.", 'name ~ "cold"'),
        text("domain", "Main mail domain.", 'domain endswith ".example"'),
        text("industry", "Industry as it is on file.", 'industry = "Cold storage"', suggest=True),
        text("country", "Two letters, as in ISO 3166.", 'country in ("DE", "NL")', suggest=True),
        text("state_name", "State or region.", 'state_name = "Bavaria"'),
        text("city", "City.", 'city = "Leeds"', suggest=True),
        text("postcode", "Postal code.", 'postcode startswith "LS"'),
        text("zone", "Time zone of the place.", 'zone startswith "Europe/"'),
        text("phone", "Telephone number as it is on file.", 'phone != ""'),
        number("employees", COMPANY, "How many people work there.", "employees < 500"),
        Many("regulated", "regulated").says(COMPANY, "Regulated categories that apply.", 'regulated = "F-gas"'),
        Many("tag", "tags").says(COMPANY, "Tags that people or imports put on it.", 'tag != "customer"'),
        Owner(model=Account, name="owner", nullable=True).says(COMPANY, "Whose account it is.", "owner = None"),
        Yes("has_owner", lambda: Q(owner__isnull=False)).says(COMPANY, "Somebody owns it.", "has_owner = True"),
    ]


def group() -> list[Any]:
    children = Account.objects.filter(parent=OuterRef("pk"))
    centre = f"Part of a group that decides at its parent: the parent is tagged “{DECISION_CENTRE}”, or an approver, budget owner or executive is known there."
    return [
        number("sites", GROUP, "How many sites it has, as it is on file.", "sites > 2"),
        Yes("is_site", lambda: Q(parent__isnull=False)).says(GROUP, "It is a site of a parent.", "is_site = False"),
        Yes("has_sites", lambda: Q(Exists(children))).says(
            GROUP, "Other accounts are sites of it.", "has_sites = True"
        ),
        ParentName(model=Account, name="parent", nullable=True).says(
            GROUP, "Name of the parent.", 'parent = "Northmark Group"'
        ),
        Yes("parent_decides", parent_decides).says(GROUP, centre, "parent_decides = True"),
    ]


def people() -> list[Any]:
    return [
        RoleKnown("role_filled", "certain", "high").says(
            ROLES, "Someone is known for this role, with high confidence or certainly.", 'role_filled = "approver"'
        ),
        RoleKnown("role_certain", "certain").says(
            ROLES, "Someone certainly has this role: a person said so.", 'role_certain = "budget-owner"'
        ),
        RoleKnown("role_guessed", "certain", "high", "low").says(
            ROLES, "Someone may have this role; weak guesses count too.", 'role_guessed = "legal"'
        ),
        TitleKnown(model=Account, name="title_known").says(
            ROLES, "Someone there has this title.", 'title_known ~ "quality"'
        ),
    ]


def standing() -> list[Any]:
    return [
        Rung(model=Account, name="rung").says(LADDER, "The furthest rung it reached; ordered.", 'rung < "contacted"'),
        day("rung_at", "Day it reached that rung.", 'rung_at < "today-90d"', Moment, LADDER),
        day("last_touched_at", "Day anyone last reached out.", 'last_touched_at < "today-60d"', Moment, LADDER),
        Yes("enrolled", enrolled).says(LADDER, "A walk is open: active, paused or resting.", "enrolled = False"),
        InSequence(model=Account, name="in_sequence").says(
            LADDER, "The sequence it walks now.", 'in_sequence != "Four sites"'
        ),
        OnList(model=Account, name="on_list").says(
            LADDER, "A list it stands on now.", 'on_list != "Cold-store operators"'
        ),
        Yes("closed", lambda: Q(closed_at__isnull=False)).says(LADDER, "No more work on it.", "closed = False"),
        day("created_at", "Day it came on file.", 'created_at >= "2026-01-01"', Moment, LADDER),
    ]


def timing() -> list[Any]:
    months = "Months until the fiscal year ends: 0 is this month, 11 the one before it."
    return [
        Yes("window_open", window_is_open).says(
            TIMING, "Inside the project window, and past the day before which nobody writes.", "window_open = True"
        ),
        day("window_from", "First day of the project window.", 'window_from <= "today+30d"'),
        day("window_until", "Last day of the project window.", 'window_until >= "today"'),
        number("fiscal_year_end", TIMING, "Month in which the fiscal year ends, 1 to 12.", "fiscal_year_end = 3"),
        MonthsAhead(model=Account, name="fiscal_year_ends_in").says(TIMING, months, "fiscal_year_ends_in <= 2"),
        day("renewal_on", "Day a contract renews.", 'renewal_on < "today+120d"'),
        day("recontact_not_before", "Nobody writes before this day.", 'recontact_not_before <= "today"'),
        day("rests_until", "It rests until this day.", "rests_until = None"),
        Yes("resting", lambda: Q(rests_until__gt=clock.today())).says(TIMING, "It rests now.", "resting = False"),
    ]


class AccountSchema(DjangoQLSchema):
    """The fields of a rule. Nothing here leads to another table by name."""

    include = (Account,)

    def get_fields(self, model: type[Model]) -> list[DjangoQLField]:
        return [*company(), *group(), *people(), *standing(), *timing()]

    def resolve_name(self, name: Name) -> Any:
        if len(name.parts) == 2 and name.parts[0] == "custom":
            return Custom(model=Account, name=name.parts[1])
        if len(name.parts) > 1:
            raise DjangoQLSchemaError(f"Unknown field: {name.value}. A rule names fields of the account only")
        names = self.models["crm.account"]
        if name.value not in names:
            near = get_close_matches(name.value.lower(), names, n=1, cutoff=0.7)
            raise DjangoQLSchemaError(f"Unknown field: {name.value}" + (f". Did you mean {near[0]}?" if near else ""))
        return names[name.value]


@cache
def the_schema() -> AccountSchema:
    """Made once: its fields ask the clock and the database only when a rule does."""
    return AccountSchema(Account)
