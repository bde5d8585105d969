"""Attributes that an import brought and nobody mapped, as terms of a rule."""

from decimal import Decimal
from typing import Any

from django.db.models import Func, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, IContains, LessThan, LessThanOrEqual
from djangoql.exceptions import DjangoQLSchemaError
from djangoql.schema import DjangoQLField

from crm.models import Account
from prospecting.queries.rule_fields import EQUALITY, ORDER, Term, shown


class AsNumber(Func):
    """The number a text spells, or NULL; the CASE keeps the cast from what is none."""

    template = (
        r"CASE WHEN (%(expressions)s) ~ '^\s*-?[0-9]{1,15}(\.[0-9]{1,9})?\s*$' THEN (%(expressions)s)::numeric END"
    )

    def as_sql(self, *given: Any, **extra: Any) -> Any:
        sql, params = super().as_sql(*given, **extra)
        return sql, (*params, *params)


COMPARED = {">": GreaterThan, ">=": GreaterThanOrEqual, "<": LessThan, "<=": LessThanOrEqual}
LARGEST = 10**15


class Custom(Term, DjangoQLField):
    """`custom.something`: an attribute that an import brought and nobody mapped."""

    type, kind, operators = "str", "anything", [*EQUALITY, *ORDER, "~", "!~"]
    nullable = True
    value_types = [str, int, bool, Decimal]
    value_types_description = "texts, numbers, True or False"

    def own_value(self, account: Account) -> str:
        return shown(account.custom.get(self.name))

    def validate(self: Any, value: Any) -> None:
        super().validate(value)
        if isinstance(value, int | Decimal) and not -LARGEST <= value <= LARGEST:
            raise DjangoQLSchemaError("this number is too large")

    def get_lookup(self, path: list[str], operator: str, value: Any) -> Q:
        self.refuse(operator)
        own = KeyTextTransform(self.name, "custom")
        if operator in COMPARED:
            if isinstance(value, str):
                raise DjangoQLSchemaError(f"{operator} compares custom.{self.name} with a number, without quotes")
            return Q(COMPARED[operator](AsNumber(own), value))
        kind, invert = self.get_operator(operator)
        found = ~Q(custom__has_key=self.name) if value is None else self.equal(value)
        found = Q(IContains(own, value)) if kind == "__icontains" else found
        return ~found if invert else found

    def equal(self, value: Any) -> Q:
        """A number also fits its spelling: files bring texts."""
        found = Q(pk__in=[])
        for one in value if isinstance(value, list) else [value]:
            plain = float(one) if isinstance(one, Decimal) else one
            for spelled in [plain] if isinstance(plain, str) else [plain, str(one)]:
                found |= Q(custom__contains={self.name: spelled})
        return found
