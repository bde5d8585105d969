"""Lists in pages by key: the next page costs what the first did, whatever the size of the table."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

LARGEST = 200


class ByKey(CursorPagination):
    page_size = 50
    max_page_size = LARGEST
    page_size_query_param = "page_size"
    page_size_query_description = f"Rows in a page, at most {LARGEST}."

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:
        return tuple(getattr(view, "ordering", ("id",)))

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not (asked.isascii() and asked.isdigit() and len(asked) < 4 and 0 < int(asked) <= LARGEST):
            raise ValidationError({"page_size": [f"A whole number from 1 to {LARGEST}."]})
        return int(asked)

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any] | None:
        """A cursor that was tampered with is a bad request, never an error of ours."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, TypeError, Invalid) as error:
            if isinstance(error, ValidationError):
                raise
            raise ValidationError({"cursor": ["This cursor cannot be read."]}) from error
