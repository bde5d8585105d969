"""The planner at work: walks whose time has come among many more in flight, and the same among few."""

import atexit
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from benchmarks.copying import filling
from benchmarks.harness import Case
from crm import clock
from crm.models import Account, Contact, Membership, Organisation, Role, Team, User
from crm.services import people
from crm.services.starting import ensure_roles
from prospecting.models import (
    Enrollment,
    ListEntry,
    Milestone,
    RouteVersion,
    Segment,
    SequenceVersion,
    StageVisit,
    Touch,
)
from prospecting.services import planner, routes, segments, sequences
from prospecting.services.starting import ensure_policy

IN_FLIGHT = 5  # walks for each one that is due
FEW = 10_000  # in flight, where the growth is measured from
DUE = 2_000  # walks that are due among the many and among the few
BATCH = 100
Found = tuple[int, int]

STAGES: list[dict[str, Any]] = [
    {"name": "Problem owner", "roles": ["problem-owner"], "max_people": 1, "gate": {"start": {}}},
    {
        "name": "Approver",
        "roles": ["approver"],
        "gate": {"any": [{"silence": {"touches": 3, "working_days": 8}}, {"referral": {"role": "approver"}}]},
    },
]
CLAIM_AND_UPDATE = """
    UPDATE prospecting_enrollment SET plan_at = NULL, next_words = 'One mail to Pia Person, Mon 8 June at the earliest.'
     WHERE id IN (SELECT id FROM prospecting_enrollment WHERE state = 'active' AND plan_at <= %s
                   ORDER BY plan_at LIMIT %s FOR UPDATE SKIP LOCKED)
 RETURNING id
"""


def planning(rows: int) -> Case:
    """Second touches of `rows` walks among five times as many, against claim and update of the same rows."""
    lay_walks(rows * IN_FLIGHT, due=rows)
    forget = partial(make_due, rows)
    return Case("planner", "next touches of walks that are due", 4.0, rows, plan_all, claim_and_update, forget)


def growing(rows: int) -> Case:
    """The same number due among `rows` in flight and among ten thousand: what size costs."""
    lay_walks(FEW, due=DUE)
    twin = f"{connection.settings_dict['NAME']}_few"
    copy_database(twin)
    atexit.register(drop_database, twin)
    lay_walks(rows, due=DUE)

    def among_few() -> Found:
        with database(twin):
            return plan_all()

    def forget() -> None:
        make_due(DUE)
        with database(twin):
            make_due(DUE)

    return Case("growth", f"{DUE} due among so many in flight", 1.3, rows, plan_all, among_few, forget)


# Both sides ------------------------------------------------------------------------------------------------------


def plan_all() -> Found:
    """How many walks got a touch, and the sum of their numbers: the same walks as the floor's."""
    now = clock.now()
    planner.plan_due(limit=10**9)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(enrollment_id) FROM prospecting_touch WHERE created_at >= %s", [now])
        return tuple(map(int, cursor.fetchone()))  # type: ignore[return-value]


def claim_and_update() -> Found:
    now = clock.now()
    found: list[int] = []
    while True:
        with connection.cursor() as cursor:
            cursor.execute(CLAIM_AND_UPDATE, [now, BATCH])
            batch = [pk for (pk,) in cursor.fetchall()]
        if not batch:
            return len(found), sum(found)
        found += batch


def make_due(due: int) -> None:
    """Every round finds the same: what was planned is gone, and the first so many walks are due."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM prospecting_touch WHERE enrollment_id <= %s AND state = 'planned'", [due])
        cursor.execute(
            "UPDATE prospecting_enrollment SET plan_at = %s, next_words = '' WHERE id <= %s", [clock.now(), due]
        )
        cursor.execute("VACUUM ANALYZE prospecting_enrollment, prospecting_touch")
        cursor.execute("CHECKPOINT")


# What is in flight -----------------------------------------------------------------------------------------------


def lay_walks(walks: int, *, due: int) -> None:
    """Accounts with two people each, walking for a week: the first mail has left; who is not due has the next one planned."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE crm_account, crm_contact CASCADE")
    segment, sequence = playbook()
    version = segment.versions.get(state="published")
    pins = {"segment_version": version.pk, "route_version": version.route_version_id, "sequence_version": sequence.pk}
    first, second = version.route_version.stages.order_by("order").values_list("pk", flat=True)
    owner, approver = (Role.objects.get(slug=slug).pk for slug in ("problem-owner", "approver"))
    steps = sequence.steps.filter(role=owner).order_by("order").values_list("pk", flat=True)
    me, now, each = User.objects.get(email="plan@bench.example").pk, clock.now(), f"generate_series(1, {walks}) AS n"
    before = now - dt.timedelta(days=7)
    lay(Account, each, id="n", name="'Store ' || n", name_norm="'store ' || n", owner=me, country="'GB'", zone="'Europe/London'",
        domain="'store-' || n || '.example'", rung="'contacted'", created_at=before)  # fmt: skip
    two = f"generate_series(1, {2 * walks}) AS n"
    lay(Contact, two, id="n", first_name="'Pia'", last_name="'Person ' || n", email="'p' || n || '@store-' || (n + 1) / 2 || '.example'",
        email_norm="'p' || n || '@store-' || (n + 1) / 2 || '.example'", created_at=before)  # fmt: skip
    lay(Membership, two, id="n", contact="n", account="(n + 1) / 2", role=f"CASE n %% 2 WHEN 1 THEN {owner} ELSE {approver} END",
        main="true", confidence="'high'", since=before.date())  # fmt: skip
    lay(ListEntry, each, id="n", target_list=segment.target_list.pk, account="n", version_in=version.pk, entered_at=before,
        window_open="true")  # fmt: skip
    lay(
        Enrollment,
        each,
        id="n",
        account="n",
        prospector=me,
        policy=ensure_policy().pk,
        state="'active'",
        started_at=before,
        **pins,
    )
    lay(StageVisit, two, id="n", enrollment="(n + 1) / 2", account="(n + 1) / 2",
        stage=f"CASE n %% 2 WHEN 1 THEN {first} ELSE {second} END", state="CASE n %% 2 WHEN 1 THEN 'open' ELSE 'waiting' END",
        opened_at=before)  # fmt: skip
    touch = {"enrollment": "n", "account": "n", "contact": "2 * n - 1", "visit": "2 * n - 1", "channel": "'email'"}
    lay(
        Touch,
        each,
        id="n",
        **touch,
        step=steps[0],
        state="'sent'",
        due_on=before.date(),
        sent_at=before,
        created_at=before,
    )
    lay(Milestone, each, enrollment="n", account="n", contact="2 * n - 1", rung="'contacted'", at=before)
    rest = f"generate_series({due + 1}, {walks}) AS n"
    lay(Touch, rest, id=f"n + {walks}", **touch, step=steps[1], state="'planned'", due_on=now.date(), created_at=before)


def lay(model: type[models.Model], source: str, **given: Any) -> None:
    """One INSERT … SELECT: text is SQL, other values are themselves, and what is not given is what the model begins with."""
    values: dict[str, tuple[str, list[Any]]] = {}
    for field in model._meta.concrete_fields:
        column = str(field.column)
        if field.name in given:
            value = given[field.name]
            values[column] = (value, []) if isinstance(value, str) else ("%s", [value])
        elif not (field.null or field.primary_key or field.generated or field.has_db_default()):
            begins = [] if isinstance(field, ArrayField) else field.get_default()
            values[column] = (f"%s::{field.db_type(connection)}", [field.get_db_prep_save(begins, connection)])
    columns = ", ".join(connection.ops.quote_name(name) for name in values)
    chosen = ", ".join(sql for sql, _ in values.values())
    with filling(model) as table, connection.cursor() as cursor:
        parameters = [value for _, more in values.values() for value in more]
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {chosen} FROM {source}", parameters)


def playbook() -> tuple[Segment, SequenceVersion]:
    """A route of two stages and a sequence for both, published while there is no account."""
    if found := Segment.objects.filter(name="Planner bench").first():
        return found, SequenceVersion.objects.get(sequence__name="Planner bench", state="published")
    ensure_roles()
    Organisation.objects.get_or_create(pk=1, defaults={"name": "Bench"})
    team = Team.objects.get_or_create(name="Bench")[0]
    by = people.create_person("plan@bench.example", "Plan Bench", User.Job.SDR, team, by="the bench")
    route: RouteVersion = routes.draft(routes.create_route("Planner bench", by=by), STAGES, by=by)
    routes.publish(route, by=by)
    segment = segments.create_segment(
        name="Planner bench", statement="Bench.", rule='name = "nobody yet"', route_version=route, by=by
    )
    segments.publish(segment.versions.get(), by=by)
    text = sequences.save_template("Planner bench", subject="One place", body="Hello {{first_name}}", by=by)
    steps = [
        {"role": role, "template": text, "wait_days": wait} for role in ("problem-owner", "approver") for wait in (0, 2, 2)
    ]  # fmt: skip
    sequence = sequences.draft(sequences.create_sequence("Planner bench", by=by), steps, by=by)
    return segment, sequences.publish(sequence, by=by)


# A second database ------------------------------------------------------------------------------------------------


def copy_database(name: str) -> None:
    """The database as it is now under another name."""
    drop_database(name)
    own = connection.settings_dict["NAME"]
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)} TEMPLATE {connection.ops.quote_name(own)}")


def drop_database(name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")


@contextmanager
def database(name: str) -> Iterator[None]:
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
