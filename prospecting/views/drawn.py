"""A route as pages draw it: wide, narrow, as a table, and with what is wrong at each stage."""

from collections.abc import Sequence
from typing import Any

from prospecting.queries.routes import role_names
from prospecting.rules import gates, route_drawing
from prospecting.rules.route_changes import gate_words, people
from prospecting.rules.route_checks import Problem, Stop


def drawn(stops: Sequence[Stop], found: Sequence[Problem] = (), *, anchor: str = "row") -> dict[str, Any]:
    """`anchor`-2 is the place on the page that the lane of stage 2 leads to."""
    roles = role_names()
    narrow = route_drawing.draw(stops, roles, found, width=route_drawing.NARROW)
    return {
        "shapes": [(route_drawing.draw(stops, roles, found), "wide"), (narrow, "narrow")],
        "rows": [row(stop, stops, roles, found) for stop in stops],
        "anchor": anchor,
    }


def row(stop: Stop, stops: Sequence[Stop], roles: dict[str, str], found: Sequence[Problem]) -> dict[str, Any]:
    """One line of the table behind the drawing."""
    words = gate_words(stop, stops)
    return {
        "stop": stop,
        "roles": [roles.get(slug, slug) for slug in stop.roles],
        "people": people(stop),
        "opens": words[:1].upper() + words[1:],
        "patience": gates.counted(stop.patience, "working day", "working days"),
        "problems": [one for one in found if one.stage == stop.number],
    }


def whole(found: Sequence[Problem]) -> list[Problem]:
    """What is about the route and no stage of it."""
    return [one for one in found if one.stage == 0]
