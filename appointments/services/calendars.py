"""A host's calendars elsewhere: connected, tried, switched, taken away; secrets go in and never come out."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.db import transaction

from appointments.gateways import calendars as gateway
from appointments.models import Calendar
from appointments.rules import busy, calendar_trials
from crm import clock
from crm.errors import Refused
from crm.models import Event, User
from crm.services.secrets_kept import locked, opened

MOST = 20


@dataclass(frozen=True)
class Typed:
    """What somebody typed to connect a calendar."""

    kind: str
    url: str
    username: str = ""
    password: str = ""
    name: str = ""


def connect(host: User, typed: Typed, *, by: User, writes: bool = False) -> list[Calendar]:
    """Try it and keep what was found: a feed, one CalDAV calendar, or all calendars of its owner. Raises Refused."""
    url = _plain(typed.url)
    login = gateway.Login(url, typed.username, typed.password)
    try:
        if typed.kind == Calendar.Kind.FEED:
            gateway.check_address(url)
            found = [gateway.Found(url, typed.name)]
            moment = clock.now()
            busy.read(gateway.feed(login), moment, moment, ZoneInfo(host.zone))
        else:
            found = gateway.calendars(login)
    except gateway.Trouble as trouble:
        raise Refused(calendar_trials.explain(trouble.kind, trouble.said, host=host_of(url))) from trouble
    except busy.Unreadable as bad:
        raise Refused(str(bad)) from bad
    return _kept(host, typed, found, by=by, writes=writes)


def _plain(url: str) -> str:
    """webcal:// is how calendars spell https:// in a link."""
    url = url.strip()
    for scheme in ("webcal://", "webcals://"):
        if url.lower().startswith(scheme):
            return "https://" + url[len(scheme) :]
    return url if "://" in url else f"https://{url}"


def host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the server"
    except ValueError:
        return "the server"


@transaction.atomic
def _kept(host: User, typed: Typed, found: Iterable[gateway.Found], *, by: User, writes: bool) -> list[Calendar]:
    User.objects.select_for_update(no_key=True).get(pk=host.pk)
    feed = typed.kind == Calendar.Kind.FEED
    here = {_address(row): row for row in Calendar.objects.filter(host=host)}
    rows = []
    for one in found:
        row = here.get(one.url) or Calendar(host=host, kind=typed.kind, created_at=clock.now())
        row.name = (typed.name or one.name or host_of(one.url))[:120]
        row.url = f"{urlsplit(one.url).scheme}://{host_of(one.url)}/…" if feed else one.url[:1000]
        row.username = typed.username
        row.secret = locked(one.url if feed else typed.password)
        row.due_at, row.error, row.failures, row.failing_since, row.told_at = clock.now(), "", 0, None, None
        row.save()
        rows.append(row)
    if Calendar.objects.filter(host=host).count() > MOST:
        raise Refused(f"No more than {MOST} calendars.")
    if writes and not feed and rows and not Calendar.objects.filter(host=host, writes=True).exists():
        Calendar.objects.filter(pk=rows[0].pk).update(writes=True)
    names = ", ".join(row.name for row in rows)
    Event.record("calendar.connected", by=by, subject=rows[0], why=f"{host}: {names}"[:300])
    return rows


def _address(row: Calendar) -> str:
    if row.kind != Calendar.Kind.FEED:
        return row.url
    try:
        return opened(row.secret)
    except Refused:
        return ""


def login_of(calendar: Calendar) -> gateway.Login:
    """For a connection only. Raises Trouble where no present key opens the secret."""
    try:
        secret = opened(calendar.secret)
    except Refused as closed:
        raise gateway.Trouble("key") from closed
    if calendar.kind == Calendar.Kind.FEED:
        return gateway.Login(secret)
    return gateway.Login(calendar.url, calendar.username, secret)


@transaction.atomic
def count_as_busy(calendar: Calendar, on: bool, *, by: User) -> None:
    """Whether its events take time; one that does not is not read."""
    Calendar.objects.filter(pk=calendar.pk).update(busy=on, due_at=clock.now())
    if not on:
        calendar.busy_times.all().delete()
    Event.record("calendar.changed", by=by, subject=calendar, facts={"busy": on})


@transaction.atomic
def write_into(calendar: Calendar, on: bool, *, by: User) -> None:
    """Meetings go into this one, and out of the one they were in before."""
    if on and calendar.kind != Calendar.Kind.CALDAV:
        raise Refused("A feed can only be read. Connect a CalDAV calendar to have meetings written.")
    User.objects.select_for_update(no_key=True).get(pk=calendar.host_id)
    Calendar.objects.filter(host=calendar.host_id, writes=True).update(writes=False)
    Calendar.objects.filter(pk=calendar.pk).update(writes=on)
    Event.record("calendar.changed", by=by, subject=calendar, facts={"writes": on})


@transaction.atomic
def take_away(calendar: Calendar, *, by: User) -> None:
    """Its busy times go with it; meetings that were written into it stay there."""
    Event.record("calendar.removed", by=by, subject=calendar, why=f"{calendar.host}: {calendar.name}"[:300])
    calendar.delete()
