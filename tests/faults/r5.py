"""R5: many guests want the same times at once, over two web processes; SQL says whether anybody was booked twice or lost."""

import http.client
import random
import re
import shutil
import time
import uuid
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import unquote, urlencode, urlsplit

from django.conf import settings
from django.db import connection
from playwright.sync_api import sync_playwright

from appointments.models import Availability, Meeting, MeetingHost, MeetingType, Offer
from appointments.services import booking, meeting_mails, offers
from appointments.services.starting import ensure_starting
from appointments.views import slots
from crm import clock, links
from crm.models import Account, Team, User
from crm.rules.working_time import holidays_of
from crm.services import people
from prospecting.models import Outgoing
from tests.faults import stage
from tests.faults.web import Web

KINDS = (
    "double click",
    "two visitors",
    "two types",
    "pencilled",
    "moved there",
    "in turn",
    "buffers",
    "caps",
    "together",
)
LONG = {"attempts": 100_000, "parallel": 200, "contests": 500, "unchecked": 5_000, "at_fifty": 2_000, "clicks": 200}
SECRET = "r5" * 16  # of the form and of the cookie: as good as any other pair that is equal
CAP = 2
POOL = 3
PATIENCE = 120.0
BUSY = 503  # the web server has no connection left: asked again, as a browser is told to
_SHOWN = re.compile(r'name="slot" value="[^"]+"')
OVERLAPS = """
    SELECT count(*) FROM appointments_meetingseat a JOIN appointments_meetingseat b ON a.id < b.id AND a.host_id = b.host_id
        AND tstzrange(a.busy_from, a.busy_until) && tstzrange(b.busy_from, b.busy_until)
    JOIN appointments_meeting m ON m.id = a.meeting_id AND m.state IN ('pencilled', 'booked', 'held', 'no_show')
    JOIN appointments_meeting n ON n.id = b.meeting_id AND n.state IN ('pencilled', 'booked', 'held', 'no_show')
"""
UNSEATED = """
    SELECT count(*) FROM appointments_meeting m WHERE m.state IN ('pencilled', 'booked', 'held', 'no_show') AND NOT EXISTS
        (SELECT FROM appointments_meetingseat s WHERE s.meeting_id = m.id AND s.host_id = m.host_id AND s.takes_time
            AND s.busy_from = m.starts_at - make_interval(mins => (SELECT buffer_before FROM appointments_meetingtype t WHERE t.id = m.meeting_type_id))
            AND s.busy_until = m.ends_at + make_interval(mins => (SELECT buffer_after FROM appointments_meetingtype t WHERE t.id = m.meeting_type_id)))
"""


@dataclass
class Try:
    """One attempt as a browser makes it, and what came of it."""

    contest: int
    kind: str
    path: str
    said: dict[str, str]
    pencils: bool = False
    code: int = 0
    won: int = 0  # the meeting that was acknowledged
    kept: bool = False  # its pencil was acknowledged
    shown: int = 0  # times shown to whoever lost
    seconds: float = 0.0


@dataclass
class Scene:
    """Hosts with whole days to fight about, and accounts that want them."""

    team: Team
    hosts: list[User]
    accounts: list[Account]
    capped: list[User] = field(default_factory=list)
    plain: dict[int, MeetingType] = field(default_factory=dict)
    wide: dict[int, MeetingType] = field(default_factory=dict)
    pools: list[MeetingType] = field(default_factory=list)
    pairs: list[MeetingType] = field(default_factory=list)


def run(
    attempts: int = 216, parallel: int = 24, contests: int = 18, unchecked: int = 54, at_fifty: int = 0, clicks: int = 0,
    seed: int = 5,
) -> dict:  # fmt: skip
    """So many attempts over so many contests; then so many double clicks in a real browser (`make test` has those of
    its own); then again without the application's own look at what is free."""
    began, dice = time.monotonic(), random.Random(seed)
    stage.move_to(stage.next_monday())
    scene, before = staged(contests), deadlocks()
    with served("crm.asgi:application") as port:
        tries = fought(port, prepared(scene, attempts, contests, dice), parallel)
        calm = fought(port, prepared(scene, at_fifty, contests, dice, day=60), 50) if at_fifty else []
        pressed = double_clicked(port, impatient(scene, clicks)) if clicks else 0
    found = judged(tries + calm)
    with served("tests.faults.unchecked:application") as port:
        bare = fought(port, prepared(scene, unchecked, max(contests // 5, len(KINDS)), dice, day=120), parallel)
    return {
        "figure": "R5", **found, "browser_double_clicks": pressed, "browser_bookings": browser_bookings(), "overlaps": count(OVERLAPS), "without_a_true_seat": count(UNSEATED),
        "deadlocks": deadlocks() - before, "unchecked": len(bare), "unchecked_winners": len({one.won for one in bare if one.won}),
        "unchecked_faults": sorted({one.code for one in bare} - {204, 302, 409}),
        "p95_ms_at_50": milliseconds(calm), "p95_ms": milliseconds(tries), "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def milliseconds(tries: Iterable[Try]) -> int | None:
    found = sorted(one.seconds for one in tries)
    return round(found[int(len(found) * 0.95)] * 1000) if found else None


# The scene ----------------------------------------------------------------------------------------------------------


def staged(contests: int) -> Scene:
    ensure_starting()
    stage.office(1)
    team = Team.objects.get(name="Faults")
    many = max(POOL * 2 + 2, min(36, contests // 6 + POOL * 2))
    hosts = [
        people.create_person(f"host{n}@faults.example", f"Host {n}", User.Job.EXECUTIVE, team, by="the test")
        for n in range(many)
    ]
    capped = hosts[-max(2, many // 5) :]
    Availability.objects.bulk_create(
        Availability(host=host, horizon_days=200, notice_hours=0, daily_maximum=CAP if host in capped else 99)
        for host in hosts
    )
    named = [Account(name=f"Guest {n}", name_norm=f"guest {n}", created_at=clock.now(), owner=None) for n in range(300)]
    scene = Scene(team, hosts[: -len(capped)], Account.objects.bulk_create(named), capped)
    for host in hosts:
        scene.plain[host.pk] = kind(scene, f"plain {host.pk}", [host], minutes=30)
        scene.wide[host.pk] = kind(scene, f"wide {host.pk}", [host], minutes=45, buffer_before=15, buffer_after=15)
    for n in range(0, len(scene.hosts) - POOL + 1, POOL):
        scene.pools.append(kind(scene, f"pool {n}", hosts[n : n + POOL]))
        scene.pairs.append(kind(scene, f"pair {n}", hosts[n : n + 2], hosting=MeetingType.Hosting.TOGETHER))
    return scene


def kind(scene: Scene, name: str, hosts: list[User], **fields: object) -> MeetingType:
    fields = {"minutes": 30, "buffer_after": 0, "owner_first": False, **fields}
    made = MeetingType.objects.create(name=name, slug=name.replace(" ", "-"), team=scene.team, **fields)
    MeetingHost.objects.bulk_create(MeetingHost(meeting_type=made, user=host) for host in hosts)
    return made


def prepared(scene: Scene, attempts: int, contests: int, dice: random.Random, day: int = 1) -> list[Try]:
    """The attempts in the order in which they are made: contest after contest, mixed inside each."""
    days, found = whole_days(scene, day), []
    for number in range(contests):
        share = attempts // contests + (number < attempts % contests)
        kind_of = KINDS[number % len(KINDS)]
        some = SHAPES[kind_of](scene, number, kind_of, days, share)
        dice.shuffle(some)
        found += some
    return found


def whole_days(scene: Scene, first: int) -> dict[int, Iterator[datetime]]:
    """Of each host the mornings (9 in London) of working days nobody has fought about yet."""
    morning = clock.now().replace(hour=10, minute=0, second=0, microsecond=0)

    def ahead(free: Container[date]) -> Iterator[datetime]:
        for at in (morning + timedelta(days=n) for n in range(first, first + 59)):
            if at.weekday() < 5 and at.date() not in free:
                yield at

    return {host.pk: ahead(holidays_of(host.country)) for host in [*scene.hosts, *scene.capped]}


def one_host(scene: Scene, number: int, days: dict[int, Iterator[datetime]]) -> tuple[User, datetime]:
    host = scene.hosts[number % len(scene.hosts)]
    return host, next(days[host.pk])


def some_hosts(
    kinds: list[MeetingType], number: int, days: dict[int, Iterator[datetime]]
) -> tuple[MeetingType, datetime]:
    """A kind of several hosts, each in turn, and a day that none of them has fought about."""
    chosen = kinds[number // len(KINDS) % len(kinds)]
    ids = [row.user_id for row in chosen.hosts.all()]
    mornings = [next(days[pk]) for pk in ids]
    while len(set(mornings)) > 1:
        late = max(mornings)
        mornings = [at if at == late else next(days[pk]) for at, pk in zip(mornings, ids, strict=True)]
    return chosen, mornings[0]


def visitors(
    scene: Scene, chosen: MeetingType, number: int, kind_of: str, starts: list[datetime], many: int
) -> list[Try]:
    """So many guests, each with a link of their own, wanting these starts one after the other."""
    now = clock.now()
    rows = Offer.objects.bulk_create(
        Offer(
            account=scene.accounts[(number * 7 + n) % len(scene.accounts)], team=scene.team, meeting_type=chosen, guest_zone="Europe/London",
            created_at=now, expires_at=now + timedelta(days=30), slots=[],
        )
        for n in range(many)
    )  # fmt: skip
    return [wanting(one, number, kind_of, starts[n % len(starts)]) for n, one in enumerate(rows)]


def wanting(offer: Offer, number: int, kind_of: str, start: datetime) -> Try:
    said = {
        "slot": slots.write(start), "name": f"Guest of {offer.pk}", "email": f"guest{offer.pk}@guests.example",
        "key": uuid.uuid4().hex, "zone": "Europe/London",
    }  # fmt: skip
    return Try(number, kind_of, urlsplit(offers.link(offer)).path, said)


# One shape a kind: (scene, number, kind, days, attempts) -> attempts ------------------------------------------------

Shape = Callable[[Scene, int, str, dict[int, Iterator[datetime]], int], list[Try]]


def double_click(scene: Scene, number: int, kind_of: str, days: dict, share: int) -> list[Try]:
    """The same form again and again: double press, Back, a second tab, a retry. At most as often as a link may be pressed."""
    host, start = one_host(scene, number, days)
    found: list[Try] = []
    while len(found) < share:
        (first,) = visitors(scene, scene.plain[host.pk], number, kind_of, [start], 1)
        found += [Try(number, kind_of, first.path, first.said) for _ in range(min(20, share - len(found)))]
        start += timedelta(minutes=30)
    return found


def two_visitors(scene: Scene, number: int, kind_of: str, days: dict, share: int) -> list[Try]:
    host, start = one_host(scene, number, days)
    return visitors(scene, scene.plain[host.pk], number, kind_of, [start], share)


def two_types(scene: Scene, number: int, kind_of: str, days: dict, share: int) -> list[Try]:
    host, start = one_host(scene, number, days)
    return [
        *visitors(scene, scene.plain[host.pk], number, kind_of, [start], share // 2),
        *visitors(scene, scene.wide[host.pk], number, kind_of, [start + timedelta(minutes=15)], share - share // 2),
    ]


def pencilled(scene: Scene, number: int, kind_of: str, days: dict, share: int) -> list[Try]:
    """Half of them pencil first, as the page does when a time is chosen."""
    found = two_visitors(scene, number, kind_of, days, share)
    for one in found[::2]:
        one.pencils = True
    return found


def moved_there(scene: Scene, number: int, kind_of: str, days: dict, share: int) -> list[Try]:
    """Booked meetings of the afternoon want the morning that others book."""
    host, start = one_host(scene, number, days)
    found = visitors(scene, scene.plain[host.pk], number, kind_of, [start], max(share - 3, 1))
    for n in range(min(3, share - 1)):
        meeting = booking.book(
            scene.plain[host.pk], start + timedelta(hours=3, minutes=30 * n), account=scene.accounts[-1 - n], guest_name="Mover",
            guest_email=f"mover{n}@guests.example", guest_zone="Europe/London", key=uuid.uuid4().hex,
        )  # fmt: skip
        said = {"do": "move", "slot": slots.write(start), "zone": "Europe/London"}
        found.append(Try(number, kind_of, urlsplit(meeting_mails.manage_link(meeting)).path, said))
    return found


def in_turn(scene: Scene, number: int, kind_of: str, days: dict, share: int) -> list[Try]:
    chosen, start = some_hosts(scene.pools, number, days)
    return visitors(scene, chosen, number, kind_of, [start], share)


def buffers(scene: Scene, number: int, kind_of: str, days: dict, share: int) -> list[Try]:
    """Starts that do not overlap but for what is kept free around them."""
    host, start = one_host(scene, number, days)
    return visitors(scene, scene.wide[host.pk], number, kind_of, [start, start + timedelta(minutes=60)], share)


def caps(scene: Scene, number: int, kind_of: str, days: dict, share: int) -> list[Try]:
    """Every half hour of a day whose host takes two meetings."""
    host = scene.capped[number // len(KINDS) % len(scene.capped)]
    start = next(days[host.pk])
    return visitors(
        scene, scene.plain[host.pk], number, kind_of, [start + timedelta(minutes=30 * n) for n in range(10)], share
    )


def together(scene: Scene, number: int, kind_of: str, days: dict, share: int) -> list[Try]:
    """Two who meet together, while each is wanted alone."""
    chosen, start = some_hosts(scene.pairs, number, days)
    second = chosen.hosts.order_by("-pk")[0].user_id
    return [
        *visitors(scene, chosen, number, kind_of, [start], share // 2),
        *visitors(scene, scene.plain[second], number, kind_of, [start], share - share // 2),
    ]


SHAPES: dict[str, Shape] = dict(
    zip(
        KINDS,
        (double_click, two_visitors, two_types, pencilled, moved_there, in_turn, buffers, caps, together),
        strict=True,
    )
)


# The fight ----------------------------------------------------------------------------------------------------------


class served:
    """Two web processes of the product, or of the product without its own look at what is free."""

    def __init__(self, application: str) -> None:
        self.web = Web(2, application)

    def __enter__(self) -> int:
        try:
            return self.web.wait().port
        except AssertionError:
            self.web.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.web.stop()


def fought(port: int, tries: list[Try], parallel: int) -> list[Try]:
    """Each on a connection of its own, as guests are, so many side by side, as fast as the web answers."""

    def attempt(one: Try) -> Try:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        began = time.monotonic()
        if one.pencils:
            code, _, _ = posted(line, one.path, {"do": "pencil", "slot": one.said["slot"]})
            one.kept = code == 204
        one.code, where, page = posted(line, one.path, one.said)
        line.close()
        one.seconds, one.shown = time.monotonic() - began, len(_SHOWN.findall(page))
        if one.code == 302:
            one.won = int(links.read(meeting_mails.LINK, unquote(urlsplit(where).path.split("/")[2]))["meeting"])
        return one

    with ThreadPoolExecutor(parallel) as pool:
        return list(pool.map(attempt, tries))


def posted(line: http.client.HTTPConnection, path: str, said: dict[str, str]) -> tuple[int, str, str]:
    """The answer's status, where it leads and its page; a server without a free connection is asked again."""
    body = urlencode({**said, "csrfmiddlewaretoken": SECRET})
    headers = {
        "Content-Type": "application/x-www-form-urlencoded", "Cookie": f"{settings.CSRF_COOKIE_NAME}={SECRET}",
        "Host": urlsplit(settings.BASE_URL).netloc,
    }  # fmt: skip
    until = time.monotonic() + PATIENCE
    while True:
        try:
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            page = answer.read().decode()
        except (http.client.HTTPException, OSError):
            line.close()
            if time.monotonic() > until:
                raise
            continue
        if answer.status != BUSY or time.monotonic() > until:
            return answer.status, answer.headers.get("Location", ""), page
        time.sleep(0.05)


# In a real browser --------------------------------------------------------------------------------------------------

CLICKERS = "clicks"


def impatient(scene: Scene, many: int) -> list[str]:
    """Links to hosts whose whole calendar is free, one for each double click."""
    found = []
    for number in range(0, many, 20):
        host = people.create_person(
            f"{CLICKERS}{number}@faults.example", "Host", User.Job.EXECUTIVE, scene.team, by="the test"
        )
        Availability.objects.create(host=host, horizon_days=200, notice_hours=0, daily_maximum=99)
        chosen = kind(scene, f"{CLICKERS} {number}", [host])
        start = clock.now() + timedelta(days=2)
        tries = visitors(scene, chosen, -1, "browser", [start], min(20, many - number))
        found += [one.path for one in tries]
    return found


def double_clicked(port: int, paths: list[str]) -> int:
    """Each link opened, its first time chosen and the button pressed twice; how many came to the page of their meeting."""
    home = urlsplit(settings.BASE_URL).netloc
    arguments = ["--no-sandbox", f"--host-resolver-rules=MAP {home} 127.0.0.1:{port}"]
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        page = browser.new_page(base_url=settings.BASE_URL)
        arrived = 0
        for path in paths:
            page.goto(path, wait_until="load")
            page.evaluate("document.querySelector('input[name=slot]').click()")
            page.fill("input[name=name]", "Joost Dekker")
            page.fill("input[name=email]", "joost@guests.example")
            page.dblclick(".confirm-bar button", no_wait_after=True)
            page.wait_for_url("**/m/**", timeout=PATIENCE * 1000)
            arrived += 1
        browser.close()
    return arrived


def browser_bookings() -> int:
    rows = Meeting.objects.filter(meeting_type__name__startswith=f"{CLICKERS} ", state="booked")
    return rows.values("offer").distinct().count() if rows.count() == rows.values("offer").distinct().count() else -1


# The verdict --------------------------------------------------------------------------------------------------------


def judged(tries: list[Try]) -> dict:
    booked = dict(Meeting.objects.filter(state="booked").values_list("pk", "idempotency_key"))
    by_form: dict[str, set[int]] = {}
    for one in tries:
        if one.won and one.kind == "double click":
            by_form.setdefault(one.said["key"], set()).add(one.won)
    losers = [one for one in tries if one.code == 409]
    lost = [one for one in tries if one.won and one.won not in booked]
    contests = {one.contest for one in tries}
    won = {one.contest for one in tries if one.won}
    mails = Counter(Outgoing.objects.filter(key__endswith=":confirmed:0").values_list("key", flat=True))
    return {
        "attempts": len(tries), "contests": len(contests), "winners": len({one.won for one in tries if one.won}),
        "lost_winners": len(lost), "contests_nobody_won": sorted({one.kind for one in tries if one.contest in contests - won}),
        "double_clicks_that_booked_twice": sum(len(found) > 1 for found in by_form.values()),
        "double_clicks_refused": sum(one.code != 302 for one in tries if one.kind == "double click"),
        "pencils_lost": sum(one.kept and one.code != 302 for one in tries),
        "losers": len(losers), "losers_without_alternatives": sum(one.shown < 3 for one in losers),
        "over_the_cap": over_the_cap(tries), "mails_twice": sum(many > 1 for many in mails.values()),
        "faults": dict(Counter(one.code for one in tries if one.code not in (302, 409))),
        "winners_by_kind": dict(Counter(kind_of for kind_of, _ in {(one.kind, one.won) for one in tries if one.won})),
    }  # fmt: skip


def over_the_cap(tries: list[Try]) -> int:
    """Days of capped hosts with more meetings than they take."""
    won = {one.won for one in tries if one.won and one.kind == "caps"}
    rows = Meeting.objects.filter(pk__in=won).values_list("host", "starts_at__date")
    return sum(many > CAP for many in Counter(rows).values())


def count(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def deadlocks() -> int:
    """What the database itself counted; its statistics come a moment late."""
    time.sleep(1.2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
