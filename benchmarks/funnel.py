"""The funnel over a long timeline: any cut, months, what the ladder costs to write, and what telling webhooks costs."""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import TruncMonth

from appointments.reports import halves
from benchmarks import big
from benchmarks.copying import filling
from benchmarks.harness import Case, Measured, measure
from benchmarks.planner import lay, playbook
from crm import clock
from crm.models import Account, Event, Mailbox, Team, Webhook
from crm.models import Contact as Person
from prospecting.models import Enrollment, Milestone, Reply, RouteVersion, Touch
from prospecting.services import segments
from prospecting.services.starting import ensure_policy

EVENTS_A_WALK = 36  # as in the demonstration world
LIVE = 1_000  # walks whose whole timeline is written in one go
BOXES = 20
LADDER = ("targeted", "contacted", "engaged", "in_hand", "qualified", "booked", "held", "accepted")

# One line a walk: who, under what, and when it reached what. A number stands for chance, so every run has the same.
WALKS = """
    CREATE TABLE bench_walk AS
    SELECT n, 1 + (n * 7919) %% %(accounts)s AS account, began AS targeted, versions[1 + n %% 4] AS version, people[1 + n %% 37] AS prospector,
           CASE WHEN r < 0.90 THEN began + interval '1 day' END AS contacted,
           CASE WHEN r < 0.11 OR r > 0.995 THEN began + interval '5 days' END AS engaged,
           CASE WHEN r < 0.11 OR r > 0.995 THEN began + interval '5 days 1 minute' END AS in_hand,
           CASE WHEN r < 0.06 THEN began + interval '6 days' END AS qualified,
           CASE WHEN r < 0.045 THEN began + interval '6 days 1 hour' END AS booked,
           CASE WHEN r < 0.032 THEN began + interval '12 days' END AS held,
           CASE WHEN r < 0.025 THEN began + interval '14 days' END AS accepted,
           CASE WHEN r BETWEEN 0.85 AND 0.87 THEN began + interval '2 days' END AS bounced,
           CASE WHEN r BETWEEN 0.85 AND 0.86 THEN began + interval '9 days' END AS again, people[1 + n %% 11] AS setter
      FROM (SELECT n, (hashint8(n) & 2147483647) / 2147483647.0 AS r,
                   %(now)s::timestamptz - interval '20 days' - interval '710 days' * (1 - n / %(walks)s::float) AS began,
                   %(versions)s::bigint[] AS versions, %(people)s::bigint[] AS people
              FROM generate_series(1, %(walks)s::bigint) n) drawn
"""
RUNGS = " UNION ALL ".join(
    [
        *(f"SELECT w.*, '{one}' AS rung, {one} AS at, false AS voids, 0 AS turn FROM bench_walk w WHERE {one} IS NOT NULL" for one in LADDER),
        "SELECT w.*, 'contacted', bounced, true, 0 FROM bench_walk w WHERE bounced IS NOT NULL",
        "SELECT w.*, 'contacted', again, false, 1 FROM bench_walk w WHERE again IS NOT NULL",
    ]
)  # fmt: skip
KIND = "CASE rung WHEN 'in_hand' THEN 'walk.in_hand' ELSE 'ladder.' || rung END || CASE WHEN voids THEN '_voided' ELSE '' END"
FACTS = (
    "jsonb_strip_nulls(jsonb_build_object('at', at, 'turn', turn, 'enrolled_at', targeted, 'segment_version', version, "
    "'prospector', prospector, 'setter', CASE rung WHEN 'in_hand' THEN setter END))"
)
EVENT = "at, kind, account_id, actor_name, why, facts, subject_type, subject_id"
TOLD = f"SELECT at, {KIND}, account, 'Bench', '', {FACTS}, 'prospecting.enrollment', n FROM ({RUNGS}) told"
NOISE = (
    "SELECT targeted + interval '1 hour' * g, (ARRAY['touch.sent', 'touch.planned', 'stagevisit.open', 'membership.started', "
    "'workitem.opened', 'account.edited'])[1 + g %% 6], account, 'Bench', '', '{{}}'::jsonb, 'prospecting.touch', n * 40 + g "
    "FROM bench_walk, generate_series(1, {each}) g"
)
# The log, read as it stands: the last row of each rung says whether the walk stands on it.
BRUTE = """
    WITH log AS (
        SELECT DISTINCT ON (subject_id, rung) subject_id AS walk, account_id, rung, voids, facts
          FROM (SELECT e.*, split_part(replace(kind, '_voided', ''), '.', 2) AS rung, kind LIKE '%%\\_voided' AS voids
                  FROM crm_event e WHERE kind LIKE 'ladder.%%' OR kind LIKE 'walk.in\\_hand%%') told
         WHERE (facts->>'at')::timestamptz <= %(on)s
         ORDER BY subject_id, rung, (facts->>'turn')::int DESC, voids DESC
    ), walk AS (
        SELECT walk, min(account_id) AS account, bool_or(rung = 'contacted' AND NOT voids) AS c,
               bool_or(rung = 'engaged' AND NOT voids) AS e, bool_or(rung = 'qualified' AND NOT voids) AS q,
               bool_or(rung = 'booked' AND NOT voids) AS b, bool_or(rung = 'held' AND NOT voids) AS h,
               bool_or(rung = 'accepted' AND NOT voids) AS a, min(facts->>'enrolled_at')::timestamptz AS began,
               min(facts->>'segment_version')::bigint AS version, min(facts->>'prospector')::bigint AS prospector,
               min(facts->>'setter')::bigint AS setter
          FROM log GROUP BY walk
    )
    SELECT count(DISTINCT account), count(DISTINCT account) FILTER (WHERE c), count(DISTINCT account) FILTER (WHERE c AND e),
           count(DISTINCT account) FILTER (WHERE c AND e AND q), count(DISTINCT account) FILTER (WHERE c AND e AND b),
           count(DISTINCT account) FILTER (WHERE c AND e AND q AND h), count(DISTINCT account) FILTER (WHERE c AND e AND q AND h AND a)
      FROM walk WHERE {where}
"""
MONTHS = """
    SELECT date_trunc('month', (facts->>'enrolled_at')::timestamptz AT TIME ZONE 'UTC'), count(DISTINCT account_id)
      FROM crm_event WHERE kind = 'ladder.targeted' GROUP BY 1 ORDER BY 1
"""
STEPS = ("targeted", "contacted", "engaged", "qualified", "booked", "held", "accepted")


def funnelling(rows: int) -> list[Measured]:
    """`rows` events; every figure is compared with brute force from them once, and then timed against counting them."""
    walks = max(LIVE, rows // EVENTS_A_WALK)
    places = fill(walks, rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_event")
        (events,) = cursor.fetchone()
    return [
        *(timed(name, cut, where, events) for name, cut, where in cuts(places)),
        measure(
            Case("funnel: month", "counts by stage and month", 0.1, events, months(), lambda: raw_count() == events)
        ),
        *writing(events),
    ]


def cuts(places: dict[str, Any]) -> list[tuple[str, dict[str, Any], str]]:
    """A name, the cut as the product asks it, and the same as SQL over the walks of the log."""
    now, touched = clock.now(), "walk IN (SELECT enrollment_id FROM prospecting_touch WHERE bounced_at IS NULL AND {})"
    half, then = (now - days for days in places["days"])
    version, person, setter, box = (places[name] for name in ("version", "prospector", "setter", "mailbox"))
    steps = ", ".join(map(str, places["steps"]))
    return [
        ("everything", {}, "true"),
        ("twenty weeks", {"since": half}, f"began >= '{half.isoformat()}'"),
        ("version, prospector", {"segment_version": version, "prospector": person}, f"version = {version} AND prospector = {person}"),
        ("setter", {"setter": setter}, f"setter = {setter}"),
        ("role", {"role": places["role"]}, touched.format(f"step_id IN ({steps})")),
        ("mailbox", {"mailbox": box}, touched.format(f"mailbox_id = {box}")),
        ("label", {"label": "interested"}, "walk IN (SELECT enrollment_id FROM prospecting_reply WHERE label = 'interested')"),
        ("a day of last year", {"on": then}, f"began <= '{then.isoformat()}'"),
    ]  # fmt: skip


def timed(name: str, cut: dict[str, Any], where: str, events: int) -> Measured:
    wanted = brute(where, cut.get("on"), cut.get("setter"))
    return measure(
        Case(f"funnel: {name}", "both halves, distinct accounts", 1.0, events,
             lambda: figures(cut) == wanted, lambda: raw_count() == events)
    )  # fmt: skip


def figures(cut: dict[str, Any]) -> list[int]:
    asked = halves.cut_of({"since": clock.now() - 10 * big_year(), **cut})
    found = halves.counted(asked)[None]
    left, right = halves.counts(found), halves.counts(found, setter=bool(asked.setter))
    return [left[step] if step in halves.LEFT_STEPS else right[step] for step in STEPS]


def big_year() -> Any:
    return clock.now() - clock.now().replace(year=clock.now().year - 1)


def brute(where: str, on: Any, setter: Any) -> list[int]:
    """The left half is of every walk, whoever has its replies."""
    with connection.cursor() as cursor:
        cursor.execute(BRUTE.format(where=where), {"on": on or clock.now()})
        found = list(cursor.fetchone())
        if setter:
            cursor.execute(BRUTE.format(where="true"), {"on": on or clock.now()})
            found[:3] = cursor.fetchone()[:3]
    return found


def months() -> Callable[[], bool]:
    with connection.cursor() as cursor:
        cursor.execute(MONTHS)
        wanted = cursor.fetchall()
    asked = halves.cut_of({"since": clock.now() - 10 * big_year()})

    def ours() -> bool:
        """Every figure of every month, as the page's cohorts are counted; enrolled is compared."""
        found = halves.counted(asked, TruncMonth("enrolled_at"))
        rows = sorted((month, halves.counts(one)["targeted"]) for month, one in found.items() if month is not None)
        return rows == wanted

    return ours


def raw_count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_event")
        return int(cursor.fetchone()[0])


# What there is -----------------------------------------------------------------------------------------------------


def fill(walks: int, rows: int) -> dict[str, Any]:
    """Two years of walks with their milestones, touches and replies, and a timeline of `rows`; one INSERT … SELECT each."""
    big.empty()
    people, now = [user.pk for user in big.staff() if user.job != "admin"], clock.now()
    segment, sequence = playbook()
    route = RouteVersion.objects.get(route__name="Planner bench")
    team = Team.objects.get(name="Bench")
    for number in (2, 3, 4):
        if segment.versions.count() < number:
            draft = segments.draft(segment, rule=f'name = "nobody {number}"', route_version=route,
                                   by=big.staff()[0])  # fmt: skip
            segments.publish(draft, reason="bench", by=big.staff()[0])
    versions = list(segment.versions.filter(state="published").order_by("number").values_list("pk", flat=True))
    boxes = [box(n).pk for n in range(BOXES)]
    accounts, each = int(walks * 0.8), f"generate_series(1, {walks}) AS n"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_walk")
        cursor.execute(
            WALKS, {"walks": walks, "accounts": accounts, "now": now, "versions": versions, "people": people}
        )
        cursor.execute("ANALYZE bench_walk")
    lay(Account, f"generate_series(1, {accounts}) AS n", id="n", name="'Store ' || n", name_norm="'store ' || n", country="'GB'",
        rung="'contacted'", created_at=now)  # fmt: skip
    lay(
        Person,
        f"generate_series(1, {accounts}) AS n",
        id="n",
        first_name="'Pia'",
        last_name="'Person ' || n",
        created_at=now,
    )
    pins = {"route_version": route.pk, "sequence_version": sequence.pk}
    lay(Enrollment, "bench_walk", id="n", account="account", prospector="prospector", policy=ensure_policy().pk, state="'finished'",
        started_at="targeted", segment_version="version", **pins)  # fmt: skip
    lay(Milestone, f"({RUNGS}) rungs ORDER BY at", enrollment="n", account="account", rung="rung", at="at", voids="voids",
        turn="turn", segment_version="version", prospector="prospector", enrolled_at="targeted", setter="CASE rung WHEN 'in_hand' THEN setter END",
        **pins)  # fmt: skip
    steps = list(sequence.steps.order_by("role", "order").values_list("pk", "role"))
    picked = f"(ARRAY{[pk for pk, _ in steps]})[1 + (n + k) %% {len(steps)}]"
    lay(Touch, "bench_walk, generate_series(1, 3) AS k WHERE contacted IS NOT NULL AND bounced IS NULL", enrollment="n", account="account",
        contact="account", visit="n", channel="'email'", step=picked, state="'sent'", mailbox=f"(ARRAY{boxes})[1 + n %% {BOXES}]",
        due_on="targeted::date", sent_at="contacted + interval '2 days' * (k - 1)", created_at="targeted")  # fmt: skip
    lay(Reply, "bench_walk WHERE engaged IS NOT NULL", message="n", account="account", contact="account", conversation="1",
        team=str(team.pk), enrollment="n", label="(ARRAY['interested', 'question', 'not_now'])[1 + n %% 3]", counts="true",
        at="engaged")  # fmt: skip
    stand()
    timeline(rows, walks)
    return {
        "days": (big_year() * 140 / 365, big_year()), "version": versions[1], "prospector": people[3], "setter": people[2],
        "mailbox": boxes[4], "role": steps[0][1], "steps": [pk for pk, role in steps if role == steps[0][1]],
    } | {"each": each}  # fmt: skip


def box(n: int) -> Mailbox:
    return Mailbox.objects.get_or_create(
        address=f"box{n}@bench.example", defaults={"smtp_host": "127.0.0.1", "created_at": clock.now(), "team": Team.objects.first()}
    )[0]  # fmt: skip


def stand() -> None:
    """Where each walk stands, by the product's own trigger."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE prospecting_standing")
        cursor.execute(
            "SELECT count(prospecting_stand(m)) FROM (SELECT * FROM prospecting_milestone ORDER BY at, id) m"
        )
        cursor.execute("VACUUM (FULL, ANALYZE) prospecting_standing")


def timeline(rows: int, walks: int) -> None:
    with filling(Event) as table, connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({EVENT}) {TOLD}")
        each = max(1, (rows - cursor.rowcount) // walks)
        cursor.execute(f"INSERT INTO {table} ({EVENT}) {NOISE.format(each=each).replace('%%', '%')}")


# What it costs to write --------------------------------------------------------------------------------------------


def writing(events: int) -> list[Measured]:
    """The whole timeline of new walks with and without their milestones; and events with and without what tells webhooks."""
    lay_aside()
    plain, both, ladder = (written(what) for what in ("plain", "both", "ladder"))
    told, silent = (written(what) for what in ("told", "plain"))
    hears()
    return [
        measure(Case("funnel: written", "timeline of a walk with its milestones", 1.3, LIVE * EVENTS_A_WALK, both, plain)),
        measure(Case("funnel: a rung", "ladder events with their milestones", 3.0, LIVE * 3, ladder, written("ladder events"))),
        measure(Case("funnel: told", "events that a webhook may hear of", 1.3, LIVE * EVENTS_A_WALK, told, silent)),
    ]  # fmt: skip


def lay_aside() -> None:
    """The walks that are written anew: to find them among all others is no cost of writing."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_live")
        cursor.execute(
            "CREATE TABLE bench_live AS SELECT w.*, e.route_version_id AS route, e.sequence_version_id AS sequence "
            "FROM bench_walk w JOIN prospecting_enrollment e ON e.id = w.n WHERE n <= %s", [LIVE],
        )  # fmt: skip


def hears() -> None:
    """Somebody listens, to what is rare among them."""
    Webhook.objects.get_or_create(
        url="https://hears.bench.example/", defaults={"kinds": ["meeting.held"], "listens": ["meeting.held"], "secret": "x",
                                                     "state": "active", "created_at": clock.now()},
    )  # fmt: skip


def written(what: str) -> Callable[[], bool]:
    """One way of writing them, and everything as it was before; all but `told` with the trigger of webhooks off."""
    ladder = f"INSERT INTO crm_event ({EVENT}) {TOLD}"
    noise = f"INSERT INTO crm_event ({EVENT}) {NOISE.format(each=EVENTS_A_WALK - 3).replace('%%', '%')}"
    rungs = (
        "INSERT INTO prospecting_milestone (enrollment_id, account_id, rung, at, voids, turn, segment_version_id, route_version_id, "
        "sequence_version_id, prospector_id, enrolled_at, setter_id) SELECT n, account, rung, at, voids, turn, version, "
        f"route, sequence, prospector, targeted, CASE rung WHEN 'in_hand' THEN setter END FROM ({RUNGS}) r ORDER BY at"
    )
    statements = {
        "plain": [ladder, noise], "told": [ladder, noise], "both": [ladder, noise, rungs],
        "ladder": [ladder, rungs], "ladder events": [ladder],
    }[what]  # fmt: skip

    def write() -> bool:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.replace("bench_walk", "bench_live"))
            transaction.set_rollback(True)
        return True

    def prepared() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE crm_event {'ENABLE' if what == 'told' else 'DISABLE'} TRIGGER crm_event_told")
            cursor.execute(f"DELETE FROM prospecting_standing WHERE enrollment_id <= {LIVE}")
            cursor.execute(f"DELETE FROM prospecting_milestone WHERE enrollment_id <= {LIVE}")
        return write()

    return prepared
