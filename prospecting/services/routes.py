"""Routes and their versions: written as a draft, checked, put to use, and never changed after that."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from crm import clock
from crm.errors import Refused
from crm.models import Event, Role, User
from prospecting.models import Route, RouteVersion, Stage
from prospecting.models.route import ROUTE_VERSION
from prospecting.queries import routes as asked
from prospecting.rules import gate_checks, route_changes, route_checks
from prospecting.rules.route_checks import Problem, Stop
from prospecting.services.variants import route_for, set_variant

__all__ = ["route_for", "set_variant"]

MOST_STAGES = gate_checks.MOST_STAGES
MOST_DAYS = 1000
CHANGED = "Someone changed this draft in the meantime. Open it anew to see what it says now."


@transaction.atomic
def create_route(name: str, description: str = "", *, by: User | None) -> Route:
    name, description = plain(name), plain(description)
    if not name:
        raise Refused("A route needs a name.")
    if Route.objects.filter(name__iexact=name).exists():
        raise Refused(f"There is a route named “{name}” already.")
    route = Route.objects.create(name=name[:120], description=description, created_at=clock.now())
    Event.record("route.created", by=by, subject=route)
    return route


@transaction.atomic
def edit_route(route: Route, *, name: str, description: str, by: User | None) -> Route:
    """Its name and what it is for; the stages change by a draft only."""
    name = plain(name)
    if not name:
        raise Refused("A route needs a name.")
    if Route.objects.filter(name__iexact=name).exclude(pk=route.pk).exists():
        raise Refused(f"There is a route named “{name}” already.")
    route.name, route.description = name[:120], plain(description)
    route.save(update_fields=["name", "description"])
    Event.record("route.edited", by=by, subject=route)
    return route


def plain(text: str) -> str:
    """What people typed, without what no column can keep."""
    if "\x00" in text:
        raise Refused("This text holds a character that is none.")
    return text.strip()


# The draft ------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft(
    route: Route,
    stages: Sequence[Mapping[str, Any]],
    *,
    by: User | None,
    departments_out: Sequence[str] = (),
    seen: str | None = None,
) -> RouteVersion:
    """Write or rewrite the draft of a route; what it lacks to be used is said by `problems`, not refused here.

    A stage: name, roles (slugs), min_people, max_people, patience_days, gate (prospecting.rules.gates).
    `seen` is the mark of the draft that was read before: another one in between is not overwritten.
    """
    Route.objects.select_for_update().get(pk=route.pk)
    if seen is not None and seen != mark(route):
        raise Refused(CHANGED)
    if len(stages) > MOST_STAGES:
        raise Refused(f"A route has at most {MOST_STAGES} stages.")
    version = draft_of(route)
    if version is None:
        number = (route.versions.aggregate(n=Max("number"))["n"] or 0) + 1
        version = RouteVersion.objects.create(route=route, number=number, by=by, created_at=clock.now())
    version.departments_out = [plain(name).lower()[:80] for name in departments_out if name.strip()]
    version.save(update_fields=["departments_out"])
    version.stages.all().delete()
    roles = {role.slug: role for role in Role.objects.all()}
    for order, stage in enumerate(stages, start=1):
        _add_stage(version, order, stage, roles)
    return version


def draft_of(route: Route) -> RouteVersion | None:
    return route.versions.filter(state=RouteVersion.State.DRAFT).first()


def mark(route: Route) -> str:
    """What the draft says, in short: two people who read the same draft read the same mark."""
    version = draft_of(route)
    said = [version.pk, version.departments_out, *map(_plain_stop, asked.stops_of(version))] if version else []
    newest = route.versions.aggregate(n=Max("number"))["n"]
    return hashlib.sha256(json.dumps([newest, said], sort_keys=True).encode()).hexdigest()[:16]


def _plain_stop(stop: Stop) -> list[Any]:
    return [stop.name, sorted(stop.roles), stop.least, stop.most, stop.patience, stop.gate]


def _add_stage(version: RouteVersion, order: int, stage: Mapping[str, Any], roles: Mapping[str, Role]) -> None:
    slugs = list(dict.fromkeys(stage.get("roles", ())))
    unknown = [gate_checks.short(slug) for slug in slugs if slug not in roles]
    if unknown or not slugs:
        raise Refused(f"Stage {order} names no role we know: {', '.join(unknown) or 'none given'}.")
    gate = stage.get("gate") or ({"start": {}} if order == 1 else {"by_hand": {}})
    if wrong := gate_checks.problems(gate, roles=roles):
        raise Refused(f"Stage {order}: {wrong[0]}")
    least, most, patience = _numbers(order, stage)
    row = Stage.objects.create(
        version=version,
        order=order,
        name=plain(str(stage.get("name") or roles[slugs[0]].name))[:80],
        min_people=least,
        max_people=most,
        patience_days=patience,
        gate=gate,
    )
    row.roles.set([roles[slug] for slug in slugs])


def _numbers(order: int, stage: Mapping[str, Any]) -> tuple[int, int, int]:
    """People needed, people at most, days of patience."""
    least = int(stage.get("min_people", 1))
    most, patience = int(stage.get("max_people", max(2, least))), int(stage.get("patience_days", 10))
    if least > most:
        people = route_checks.counted(least, "person", "people")
        raise Refused(f"Stage {order}: it needs {people} and allows {most} at most.")
    if not (least >= 1 and most <= route_checks.MOST_PEOPLE and 0 <= patience <= MOST_DAYS):
        raise Refused(f"Stage {order}: 1 to {route_checks.MOST_PEOPLE} people, and 0 to {MOST_DAYS} days of patience.")
    return least, most, patience


# What is wrong with it, and what it changes ---------------------------------------------------------------------


def problems(version: RouteVersion) -> list[str]:
    """What is wrong with a route, in words: a stage nobody can reach, a role nobody holds, a gate that never opens."""
    stops = asked.stops_of(version)
    names = {stop.number: stop.name for stop in stops}
    found = found_in(stops, version.route)
    return [f"{names[one.stage]}: {one.sentence}" if one.stage in names else one.sentence for one in found]


def found_in(stops: Sequence[Stop], route: Route) -> list[Problem]:
    """What the route itself says, and what the data says of it: roles nobody holds, silences longer than any sequence."""
    found = route_checks.problems(stops, roles=asked.role_names(), today=clock.today())
    broken = {one.stage for one in found if one.blocks}
    missing = asked.nobody_known(stops, asked.uses_of(route))
    for number, lines in missing.items():
        found += [Problem(number, line, blocks=False) for line in lines]
    sound = [stop for stop in stops if stop.number not in broken]
    found += route_checks.too_long_a_silence(sound, asked.longest_silence(stops))
    return sorted(found, key=lambda one: (one.stage, not one.blocks))


def blocking(stops: Sequence[Stop]) -> list[Problem]:
    found = route_checks.problems(stops, roles=asked.role_names(), today=clock.today())
    return [one for one in found if one.blocks]


def changes(version: RouteVersion) -> list[str]:
    """What a version says otherwise than the one in use before it, in words; empty for the first."""
    before = in_use_before(version)
    if before is None:
        return []
    found = route_changes.changes(asked.stops_of(before), asked.stops_of(version), asked.role_names())
    return found + route_changes.departments_changed(before.departments_out, version.departments_out)


def in_use_before(version: RouteVersion) -> RouteVersion | None:
    rows = RouteVersion.objects.filter(route=version.route_id, state=RouteVersion.State.PUBLISHED)
    return rows.filter(number__lt=version.number).order_by("-number").first()


def effect(version: RouteVersion) -> list[str]:
    """What putting a draft to use does to those in flight and to segments, in words."""
    flying, uses = asked.in_flight(version.route), asked.uses_of(version.route)
    numbers = dict(version.route.versions.values_list("pk", "number"))
    found = [
        f"{_accounts(n)} in flight on route {numbers[pk]} and stay{'s' if n == 1 else ''} on it to the end."
        for pk, n in sorted(flying.items(), key=lambda item: numbers[item[0]])
    ]
    found = found or ["Nobody is in flight on this route."]
    for use in uses:
        takes = f"takes route {use.version.number}"
        if use.variant:
            found.append(f"{use.words}: {takes}; the variant can be led onto this one.")
        else:
            found.append(f"{use.words}: {takes} until a version of the segment takes this one.")
    return found


def _accounts(number: int) -> str:
    return "1 account is" if number == 1 else f"{number:,} accounts are"


# To use, and away -----------------------------------------------------------------------------------------------


@transaction.atomic
def publish(
    version: RouteVersion, *, reason: str = "", by: User | None, seen: str | None = None, lead_variants: bool = False
) -> RouteVersion:
    """Make a draft usable and immutable. Walks in progress stay on their version.

    With `seen` only the draft that was read is put to use; `lead_variants` leads variants on older versions onto it.
    """
    route = Route.objects.select_for_update().get(pk=version.route_id)
    version.refresh_from_db()
    if seen is not None and seen != mark(route):
        raise Refused(CHANGED)
    stops = asked.stops_of(version)
    if not stops:
        raise Refused("A route needs at least one stage.")
    names = {stop.number: stop.name for stop in stops}
    if wrong := [f"{names.get(one.stage, '')}: {one.sentence}" for one in blocking(stops)]:
        raise Refused(f"This route cannot be used yet. {wrong[0]}", problems=wrong)
    columns = {"reason": plain(reason)[:300], "published_at": clock.now()}
    ROUTE_VERSION.move(version, RouteVersion.State.PUBLISHED, by=by, why=plain(reason), set=columns)
    if lead_variants:
        for use in asked.uses_of(route):
            if use.variant:
                kept = use.variant
                set_variant(use.segment, kept.name, kept.condition, version, by=by)
    return version


@transaction.atomic
def discard(version: RouteVersion, *, by: User | None) -> None:
    Route.objects.select_for_update().get(pk=version.route_id)
    version.refresh_from_db()
    ROUTE_VERSION.move(version, RouteVersion.State.DISCARDED, by=by)


def current_version(route: Route) -> RouteVersion | None:
    return route.versions.filter(state=RouteVersion.State.PUBLISHED).order_by("-number").first()
