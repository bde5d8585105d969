"""Tell open pages that something changed: a kind and ids, never content; PostgreSQL carries it after the commit."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

from crm.models import Team, User

CHANNEL = "baton_live"


def tell(kind: str, *, team: Team | int | None = None, user: User | int | None = None, **ids: Any) -> None:
    """NOTIFY inside the transaction: PostgreSQL delivers it when, and only if, it commits.

    With `user` only that person hears it, with `team` that team (and leads of it, and admins), with neither everyone.
    """
    said = {"kind": kind, "team": getattr(team, "pk", team), "user": getattr(user, "pk", user), **ids}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(said)])


def tell_all(kind: str, said: Iterable[Mapping[str, Any]], *, team: Team | int | None = None) -> None:
    """As tell, for many things of a team by one statement."""
    head = {"kind": kind, "team": getattr(team, "pk", team), "user": None}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, said) FROM unnest(%s::text[]) AS said",
            [CHANNEL, [json.dumps({**head, **ids}) for ids in said]],
        )


def heard_by(said: dict[str, Any], *, user_id: int, team_id: int | None, admin: bool) -> bool:
    """Whether a person may hear it."""
    if said.get("user") is not None:
        return said["user"] == user_id
    return admin or said.get("team") is None or said["team"] == team_id
