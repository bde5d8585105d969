"""What may be chosen for an import before it starts: how the file is read, whose it becomes, where it goes."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from crm.errors import Refused
from crm.models import Import, User
from crm.rules.delimited import DELIMITERS, ENCODINGS
from crm.services import import_files, registries

MOST_TAGS = 20


@transaction.atomic
def choose(row: Import, *, by: User, reading: Mapping[str, Any] | None = None, **options: Any) -> Import:
    """`reading` (encoding, delimiter, header), `owner` (a user's id), `tags`, `list` (an id); refused in a sentence."""
    if row.state != Import.State.MAPPING:
        raise Refused("This file has been read already.")
    chosen = {**row.options, **options}
    if reading is not None:
        chosen["reading"] = {**row.options.get("reading", {}), **_checked(reading)}
    if chosen.get("owner") is not None:
        _may_own(chosen["owner"], by)
    if chosen.get("list") and chosen["list"] not in dict(lists(by)):
        raise Refused("That list is not one you can import into.")
    if len(chosen.get("tags", ())) > MOST_TAGS:
        raise Refused(f"More than {MOST_TAGS} tags.")
    row.options = chosen
    import_files.table_of(row)
    row.save(update_fields=["options"])
    return row


def _checked(reading: Mapping[str, Any]) -> dict[str, Any]:
    if reading.get("encoding", "") not in ("", *ENCODINGS):
        raise Refused("There is no such encoding.")
    if reading.get("delimiter", "") and reading["delimiter"] not in DELIMITERS:
        raise Refused("Columns can be separated by commas, semicolons, tabs or bars.")
    return dict(reading)


def _may_own(owner: int, by: User) -> None:
    """Leads and admins give accounts to anyone of theirs; others take what nobody owns for themselves."""
    found = User.objects.filter(pk=owner, is_active=True).first()
    if found is None:
        raise Refused("There is no such person.")
    if by.is_admin or found == by or (by.is_lead and found.team_id == by.team_id):
        return
    raise Refused("Only leads and admins give accounts to somebody else.")


def lists(user: User) -> list[tuple[int, str]]:
    """The lists an import may go into."""
    return [found for ask in registries.import_lists for found in ask(user)]
