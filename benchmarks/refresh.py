"""A list kept in step with a rule of five terms: a refresh that moves few, and the first build."""

from functools import cache
from itertools import count

from django.db import connection, transaction

from benchmarks import big
from benchmarks.harness import Case
from crm import clock
from crm.models import User
from prospecting.models import Segment, SegmentVersion, TargetList
from prospecting.queries.membership import fitting
from prospecting.services import lists, routes, segments
from prospecting.services.starting import ensure_starting

RULE = (
    'industry in ("Food", "Logistics", "Pharma") and country in ("GB", "DE", "NL", "FR") '
    "and employees >= 4 and sites < 50 and closed = False"
)
TURNS = 300  # one account in so many is closed or opened before each round: well under one in a hundred moves


@cache
def filled(rows: int) -> TargetList:
    """The accounts, and a segment in use whose list is still empty."""
    big.fill(rows, contacts=0)
    ensure_starting()
    by = User.objects.filter(job=User.Job.ADMIN).first()
    route = routes.draft(
        routes.create_route("Bench", by=by), [{"roles": ["problem-owner"], "gate": {"start": {}}}], by=by
    )
    routes.publish(route, by=by)
    nobody = "employees > 1000000000"
    segment = segments.create_segment(name="Bench", statement="Bench.", rule=nobody, route_version=route, by=by)
    segments.publish(segment.versions.get(), by=by)
    draft = segments.draft(segment, rule=RULE, route_version=route, by=by)
    SegmentVersion.objects.filter(pk=draft.pk).update(state="published", published_at=clock.now())
    vacuum()
    return segment.target_list


def vacuum() -> None:
    """As the autovacuum leaves a table that has been there for a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE crm_account")
        cursor.execute("VACUUM ANALYZE prospecting_listentry")


def fits() -> int:
    sql, params = fitting(RULE)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS fits", params)
        return int(cursor.fetchone()[0])


def refreshing(rows: int) -> Case:
    """A refresh of a list of the rule's accounts, under one in a hundred of which moved, against one count of the rule."""
    target = filled(rows)
    Segment.objects.get(pk=target.segment_id)
    lists.refresh(target)
    vacuum()
    turn = count()

    def move() -> None:
        """Before the floor of each round; ours then looks at the same accounts."""
        round_, ours_is_next = divmod(next(turn), 2)
        if ours_is_next:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE crm_account SET closed_at = CASE WHEN closed_at IS NULL THEN %s END WHERE id %% %s = %s",
                [clock.now(), TURNS, round_ % 7],
            )

    def ours() -> int:
        done = lists.refresh(target)
        assert 0 < done.entered + done.left <= done.members / 100, done
        return done.members

    return Case("refresh", "a list in step with its rule", 5.0, rows, ours, fits, move)


def building(rows: int) -> Case:
    """The first refresh of an empty list, against an INSERT … SELECT of the same rows into the same table with its keys."""
    target = filled(rows)
    version = target.segment.versions.latest("number")

    def ours() -> int:
        return lists.refresh(target).members

    def floor() -> int:
        sql, params = fitting(RULE)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO prospecting_listentry
                           (target_list_id, account_id, version_in_id, entered_at, entered_reason, left_reason, window_open)
                    SELECT %s, fits.id, %s, %s, 'fits the rule', '', TRUE FROM ({sql}) AS fits(id)""",
                [target.pk, version.pk, clock.now(), *params],
            )
            return int(cursor.rowcount)

    return Case("build", "the first build of a list", 1.5, rows, ours, floor, empty_list)


def empty_list() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE prospecting_listentry")
