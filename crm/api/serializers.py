"""What all serializers share: a field nobody declared is refused by name, and ids reach only what one may see."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError


class Strict(serializers.Serializer):
    """Explicit fields in, explicit fields out; unknown and read-only ones in a request are a 400 that names them."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            written = {name for name, field in self.fields.items() if not field.read_only}
            strange = sorted(str(name) for name in set(data) - written)
            if strange:
                raise ValidationError({name: [self.why(name)] for name in strange})
        return super().to_internal_value(data)

    def why(self, name: str) -> str:
        return "This field cannot be written." if name in self.fields else "Unknown field."


class StrictModel(Strict, serializers.ModelSerializer):
    """The same for a noun."""


class Own(serializers.PrimaryKeyRelatedField):
    """An id among the rows the caller may see: to a stranger the row does not exist."""

    def __init__(self, visible: Callable[[Any], QuerySet[Any]], model: type[Model], **options: Any) -> None:
        self.visible = visible
        super().__init__(queryset=model._default_manager.all(), **options)

    def get_queryset(self) -> QuerySet[Any]:
        return self.visible(self.context["request"].user)


class Refusal(serializers.Serializer):
    """Why not, in a sentence a user can read."""

    detail = serializers.CharField()
    code = serializers.CharField(required=False)
