"""A file waits while its columns are being mapped; nothing of it is read into the record before that."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from crm import clock
from crm.models import Import, User
from crm.models.imports import IMPORT
from crm.services import imports


@transaction.atomic
def keep(kind: str, content: bytes, file_name: str, *, by: User) -> Import:
    """Refused when it is no table, before anything is stored."""
    imports.preview(content[:200_000], file_name, kind)
    return Import.objects.create(kind=kind, content=content, file_name=file_name[:255], by=by, at=clock.now())


@transaction.atomic
def start(row: Import, mapping: Mapping[str, str], *, match_on: Sequence[str] = (), by: User) -> Import:
    """The columns are mapped; a worker takes it from here."""
    seen = imports.preview(bytes(row.content)[:200_000], row.file_name, row.kind, mapping)
    said = {"columns": seen.mapping, "match_on": list(match_on)}
    return IMPORT.move(row, Import.State.RUNNING, by=by, set={"mapping": said})


@transaction.atomic
def cancel(row: Import, *, by: User) -> Import:
    return IMPORT.move(row, Import.State.CANCELLED, by=by)
