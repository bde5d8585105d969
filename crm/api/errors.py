"""What goes wrong in the API, in one shape: a sentence, and for fields their names."""

from typing import Any

from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from crm.errors import AWAY, Refused


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """A refusal is a 409 with the sentence; what the database itself refuses is no error of ours either."""
    if isinstance(error, Refused):
        said: dict[str, Any] = {"detail": error.sentence, "code": "refused"}
        if error.details:
            said["about"] = {name: plain(value) for name, value in error.details.items()}
        return Response(said, status=status.HTTP_409_CONFLICT)
    if isinstance(error, IntegrityError):
        return Response({"detail": "Something like this is already there.", "code": "taken"}, status.HTTP_409_CONFLICT)
    if isinstance(error, OperationalError | InterfaceError):
        set_rollback()
        said = {"detail": AWAY, "code": "unavailable"}
        return Response(said, status.HTTP_503_SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})
    if isinstance(error, DataError):
        return Response({"detail": "A value does not fit.", "code": "invalid"}, status.HTTP_400_BAD_REQUEST)
    return exception_handler(error, context)


def plain(value: Any) -> Any:
    """What JSON can carry of a refusal's details: times as ISO 8601, rows by their id."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return getattr(value, "pk", None) or str(value)


def unknown(names: list[str], what: str) -> ValidationError:
    return ValidationError({name: [f"Unknown {what}."] for name in names})
