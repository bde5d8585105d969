"""What titles say of roles: the rules kept, read, tried over everyone on file, and applied without overriding a person."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from crm import clock
from crm.errors import Refused
from crm.models import Event, Membership, Role, TitleRule, User
from crm.rules import titles
from crm.rules.titles import Reader, Reading, Rule
from crm.services import live

SOURCE = "rules for titles"
ASKED, APPLIED = "titlerule.asked", "titlerule.applied"
_SAMPLE = 40
# Whoever set a role is not overruled: only a role these rules gave, or one that nobody ever set, may change.
FREE = f"""(m.confidence <> 'certain' AND (m.source = '{SOURCE}'
    OR (m.role_id = %(unknown)s AND m.source NOT LIKE 'set by %%' AND m.source NOT LIKE 'by hand, %%')))"""
_TITLE = "COALESCE(NULLIF(m.title, ''), c.title)"


@dataclass
class Changes:
    """What the rules would change: people, distinct titles, and which roles come and go."""

    people: int = 0
    titles: int = 0
    roles: list[dict[str, Any]] = field(default_factory=list)
    sample: list[dict[str, Any]] = field(default_factory=list)


def reader() -> Reader:
    """The active rules in their order, ready to read titles."""
    rows = TitleRule.objects.filter(active=True).order_by("order", "id").values_list(
        "pk", "phrases", "if_function", "if_level", "function", "level", "role__slug", "confidence"
    )  # fmt: skip
    return _ready(tuple(rows))


@lru_cache(maxsize=4)
def _ready(rows: tuple[tuple[Any, ...], ...]) -> Reader:
    return Reader(
        [
            Rule(
                pk, titles.phrases_of(phrases), if_function, tuple(if_level.split()), function, level, role or "", sure
            )
            for pk, phrases, if_function, if_level, function, level, role, sure in rows
        ]
    )


def read(title: str) -> Reading:
    return reader().read(title)


def evidence_of(title: str, reading: Reading) -> str:
    """Why a person has the role, in a sentence; also for a hint too weak to count."""
    said = f"Title “{title[:160]}”"
    if reading.role == titles.UNKNOWN:
        return ""
    return said if reading.certain_role != titles.UNKNOWN else f"{said} hints at {reading.role}; too weak to count."


# Over many people at once ----------------------------------------------------------------------------------------


def map_roles(memberships: QuerySet[Membership] | Iterable[int] | None, *, tell: bool = True) -> int:
    """Give function, level and role by title to open memberships; returns how many changed their role.

    Reads each distinct title once, writes in one statement, and puts one row on the timeline of each role that changed.
    """
    with transaction.atomic():
        scope = _scope(memberships)
        found = _readings(_distinct_titles(scope))
        return _write(scope, found, tell=tell) if found else 0


def apply(*, by: Any = SOURCE) -> int:
    """Read everyone's title by the rules as they are now; a second run changes nothing."""
    changed = map_roles(None)
    Event.record(APPLIED, by=by, facts={"people": changed})
    live.tell("titles")
    return changed


def would_change() -> Changes:
    """What applying the rules to everyone would do; nothing is written."""
    scope = _scope(None)
    found = _readings(_distinct_titles(scope))
    if not found:
        return Changes()
    names = dict(Role.objects.values_list("pk", "name"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {_PLAN.format(scope=scope[0])} SELECT title, old_role, role_id, count(*), min(contact_id) "  # noqa: S608
            "FROM plan WHERE old_role <> role_id GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1",
            {**scope[1], **found, **_unknown()},
        )
        rows = cursor.fetchall()
    moved: Counter[tuple[str, str]] = Counter()
    for _, old, new, people, _ in rows:
        moved[names[old], names[new]] += people
    sample = [
        {"title": title, "was": names[old], "is": names[new], "people": people, "contact": contact}
        for title, old, new, people, contact in rows[:_SAMPLE]
    ]
    roles = [{"was": was, "is": new, "people": people} for (was, new), people in moved.most_common()]
    return Changes(sum(moved.values()), len({row[0] for row in rows}), roles, sample)


def ask_to_apply(*, by: User) -> Event:
    """Have a worker apply the rules to everyone; the row waits in the database until one does."""
    if waiting() is not None:
        raise Refused("The rules are being applied already.")
    return Event.record(ASKED, by=by)


def waiting() -> Event | None:
    """The request that no worker has answered yet."""
    asked = Event.objects.filter(kind=ASKED).order_by("-at", "-id").first()
    if asked is None:
        return None
    answered = Event.objects.filter(kind=APPLIED, at__gte=asked.at, id__gt=asked.pk).exists()
    return None if answered else asked


@transaction.atomic
def apply_waiting() -> int:
    """What a worker does when it is told, or finds the request by itself; two workers never do it twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('crm.titles'))")
        mine = cursor.fetchone()[0]
    asked = waiting() if mine else None
    return apply(by=asked.actor or SOURCE) if asked else 0


def _scope(memberships: QuerySet[Membership] | Iterable[int] | None) -> tuple[str, dict[str, Any]]:
    """The condition that picks the rows, with its parameters; None is everyone."""
    if memberships is None:
        return "TRUE", {}
    if isinstance(memberships, QuerySet):
        memberships = memberships.order_by().values_list("pk", flat=True)
    return "m.id = ANY(%(ids)s)", {"ids": list(memberships)}


def _distinct_titles(scope: tuple[str, dict[str, Any]]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {_TITLE} FROM crm_membership m JOIN crm_contact c ON c.id = m.contact_id "  # noqa: S608
            f"WHERE m.until IS NULL AND {scope[0]}",
            scope[1],
        )
        return [title for (title,) in cursor.fetchall()]


def _readings(found: list[str]) -> dict[str, list[Any]]:
    """The columns of a table of titles and what each says, for a join."""
    roles = dict(Role.objects.values_list("slug", "pk"))
    ready = reader()
    columns: dict[str, list[Any]] = {"titles": [], "functions": [], "levels": [], "roles": [], "evidence": []}
    for title in found:
        reading = ready.read(title)
        columns["titles"].append(title)
        columns["functions"].append(reading.function)
        columns["levels"].append(reading.level)
        columns["roles"].append(roles[reading.certain_role])
        columns["evidence"].append(evidence_of(title, reading))
    return columns if found else {}


def _unknown() -> dict[str, int]:
    return {"unknown": Role.objects.values_list("pk", flat=True).get(slug=titles.UNKNOWN)}


_PLAN = f"""
    read AS (SELECT * FROM unnest(%(titles)s::text[], %(functions)s::text[], %(levels)s::text[], %(roles)s::bigint[],
                                  %(evidence)s::text[]) AS r (title, function, level, role_id, evidence)),
    plan AS (SELECT m.id, m.account_id, m.contact_id, m.role_id AS old_role, read.title, read.function, read.level,
                    read.evidence, {FREE} AS free, CASE WHEN {FREE} THEN read.role_id ELSE m.role_id END AS role_id
               FROM crm_membership m JOIN crm_contact c ON c.id = m.contact_id JOIN read ON read.title = {_TITLE}
              WHERE m.until IS NULL AND {{scope}})"""  # noqa: S608 - our own names; values are parameters


def _write(scope: tuple[str, dict[str, Any]], found: dict[str, list[Any]], *, tell: bool) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH {_PLAN.format(scope=scope[0])},
            done AS (
                UPDATE crm_membership m SET function = p.function, level = p.level, role_id = p.role_id,
                       evidence = CASE WHEN p.free THEN left(p.evidence, 300) ELSE m.evidence END,
                       source = CASE WHEN p.role_id <> p.old_role THEN '{SOURCE}' ELSE m.source END,
                       confidence = CASE WHEN p.role_id <> p.old_role THEN 'high' ELSE m.confidence END
                  FROM plan p
                 WHERE p.id = m.id AND (m.function, m.level, m.role_id) IS DISTINCT FROM (p.function, p.level, p.role_id)
                RETURNING m.id, m.account_id, m.contact_id, m.role_id, p.old_role, m.evidence),
            changed AS (SELECT * FROM done WHERE role_id <> old_role),
            told AS (
                INSERT INTO crm_event (at, kind, account_id, contact_id, actor_name, why, facts, subject_type, subject_id)
                SELECT %(now)s, 'membership.role_set', d.account_id, d.contact_id, '{SOURCE}', d.evidence,
                       jsonb_build_object('role', new.slug, 'role_name', new.name, 'was', old.slug),
                       'crm.membership', d.id
                  FROM changed d JOIN crm_role new ON new.id = d.role_id JOIN crm_role old ON old.id = d.old_role
                 WHERE %(tell)s)
            SELECT count(*) FROM changed""",  # noqa: S608 - our own names; values are parameters
            {**scope[1], **found, **_unknown(), "now": clock.now(), "tell": tell},
        )
        return int(cursor.fetchone()[0])


# The rules themselves ----------------------------------------------------------------------------------------------


@transaction.atomic
def save_rule(rule: TitleRule | None, *, by: Any, **fields: Any) -> TitleRule:
    """Keep a rule as an admin wrote it; it holds for whoever is added from now on."""
    row = rule or TitleRule()
    for name, value in fields.items():
        setattr(row, name, value)
    if wrong := titles.problem(titles.phrases_of(row.phrases)):
        raise Refused(wrong)
    if not (row.function or row.level or row.role_id):
        raise Refused("Say what the rule gives: a function, a level or a role.")
    if not (row.phrases.strip() or row.if_function or row.if_level.strip()):
        raise Refused("Say which titles are meant: words, a function or a level.")
    if rule is None and "order" not in fields:
        row.order = (TitleRule.objects.order_by("-order").values_list("order", flat=True).first() or 0) + 10
    row.phrases = "\n".join(titles.phrases_of(row.phrases))
    row.if_level = " ".join(row.if_level.split())
    row.save()
    Event.record("titlerule.changed", by=by, subject=row, facts={"rule": str(row)})
    return row


@transaction.atomic
def drop_rule(rule: TitleRule, *, by: Any) -> None:
    Event.record("titlerule.dropped", by=by, subject=rule, facts={"rule": str(rule), "phrases": rule.phrases})
    rule.delete()


@transaction.atomic
def move_rule(rule: TitleRule, *, up: bool, by: Any) -> None:
    """One place up or down: the two rules change places."""
    rows = list(TitleRule.objects.select_for_update().order_by("order", "id"))
    here = next(place for place, row in enumerate(rows) if row.pk == rule.pk)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(rows):
        return
    rows[here], rows[there] = rows[there], rows[here]
    moved = [row for place, row in enumerate(rows, 1) if row.order != 10 * place]
    for place, row in enumerate(rows, 1):
        row.order = 10 * place
    TitleRule.objects.bulk_update(moved, ["order"])
    Event.record("titlerule.moved", by=by, subject=rule, facts={"rule": str(rule)})
