"""Numbers of a route: who was contacted, answered and met, stage by stage and role by role, and what overrides brought."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery

from crm.models import Account, Conversation, Role
from prospecting.models import Enrollment, Milestone, Override, Reply, Route, Segment, Touch
from prospecting.models.touch import Flight
from prospecting.reports import mature_only, reached
from prospecting.rules import guard, ladder
from prospecting.rules.learning import First, Share, enough

WHAT = {
    "contacted": "Contacted",
    "answered": "Answered",
    "held": "Met",
    "wrong": "Said they are the wrong person",
}
STOPPED = ("unsubscribe", "not_interested")


@dataclass(frozen=True)
class Cut:
    """Walks of one route, or of all; of one of its versions, of one segment, begun since a day."""

    route: Route | None = None
    version: int | None = None
    segment: Segment | None = None
    since: datetime | None = None

    def walks(self) -> QuerySet[Enrollment]:
        where = {
            "route_version__route": self.route,
            "route_version__number": self.version,
            "segment_version__segment": self.segment,
            "started_at__gte": self.since,
        }
        return Enrollment.objects.filter(**{name: value for name, value in where.items() if value is not None})


def touches(cut: Cut, readable: QuerySet[Conversation] | None = None) -> QuerySet[Touch]:
    """Everything delivered on stages of these walks, with what came of it from the same person in the same walk."""
    walks = cut.walks()
    made = Touch.objects.filter(enrollment__in=walks.values("pk"), state=Flight.SENT, reached=True)
    made = made.filter(visit__stage__version=F("enrollment__route_version"))
    said = Reply.objects.filter(enrollment=OuterRef("enrollment"), contact=OuterRef("contact"), counts=True)
    wrong = said.filter(label="wrong_person")
    if readable is not None:
        wrong = wrong.filter(conversation__in=readable.values("pk"))
    met = Milestone.objects.filter(enrollment=OuterRef("enrollment"), contact=OuterRef("contact"), rung=ladder.HELD)
    return made.annotate(
        answered=Exists(said.filter(at__gte=OuterRef("sent_at"))),
        held=Exists(met.standing()),
        wrong=Exists(wrong),
    )


def by_stage(cut: Cut) -> list[dict[str, Any]]:
    """Per stage (by its name, whatever the version) and role: accounts contacted, answered, met, and the wrong people."""
    rows = (
        touches(cut)
        .values(stage=F("visit__stage__name"), role=F("step__role"), role_name=F("step__role__name"))
        .annotate(
            place=Min("visit__stage__order"),
            contacted=Count("account", distinct=True),
            people=Count("contact", distinct=True),
            answered=Count("account", distinct=True, filter=Q(answered=True)),
            held=Count("account", distinct=True, filter=Q(held=True)),
            wrong=Count("account", distinct=True, filter=Q(wrong=True)),
        )
        .order_by("place", "stage", "role_name")
    )
    found: list[dict[str, Any]] = [dict(row) for row in rows]
    contacted = sum(row["contacted"] for row in found)
    least = enough([First("", contacted, sum(row["answered"] for row in found))])
    for row in found:
        row["answer_share"] = Share(row["answered"], row["contacted"], least)
        row["held_share"] = Share(row["held"], row["contacted"], least)
        row["wrong_share"] = Share(row["wrong"], row["answered"], least)
    return found


def first_role_of(walk: str = "pk") -> Subquery:
    """The role of whoever was first written to in a walk."""
    made = Touch.objects.filter(enrollment=OuterRef(walk), state=Flight.SENT, reached=True)
    return Subquery(made.order_by("sent_at", "pk").values("step__role")[:1])


def by_first_role(cut: Cut, now: datetime) -> tuple[list[dict[str, Any]], int]:
    """Per role written to first: accounts, answered, met; and how many are younger than their route's patience."""
    walks = cut.walks()
    old = mature_only(walks, now)
    names = dict(Role.objects.values_list("pk", "name"))
    rows = (
        old.annotate(role=first_role_of(), did_answer=reached(ladder.ENGAGED), did_meet=reached(ladder.HELD))
        .exclude(role=None)
        .values("role")
        .annotate(
            accounts=Count("account", distinct=True),
            answered=Count("account", distinct=True, filter=Q(did_answer=True)),
            held=Count("account", distinct=True, filter=Q(did_meet=True)),
        )
        .order_by("-accounts", "role")
    )
    found: list[dict[str, Any]] = [{**row, "role_name": names.get(row["role"], "")} for row in rows]
    least = enough(firsts(found))
    for row in found:
        row["share"] = Share(row["held"], row["accounts"], least)
    return found, walks.count() - old.count()


def by_route(cut: Cut, now: datetime) -> list[dict[str, Any]]:
    """Per route: accounts that were contacted and had their time, answered, met; the share said only of enough."""
    old = mature_only(cut.walks(), now).filter(reached(ladder.CONTACTED))
    rows = (
        old.annotate(did_answer=reached(ladder.ENGAGED), did_meet=reached(ladder.HELD))
        .values(route=F("route_version__route"), name=F("route_version__route__name"))
        .annotate(
            accounts=Count("account", distinct=True),
            answered=Count("account", distinct=True, filter=Q(did_answer=True)),
            held=Count("account", distinct=True, filter=Q(did_meet=True)),
        )
        .order_by("-accounts", "route")
    )
    found: list[dict[str, Any]] = [dict(row) for row in rows]
    least = enough(routes_as_firsts(found))
    for row in found:
        row["share"] = Share(row["held"], row["accounts"], least)
    return found


def accounts_of_route(cut: Cut, route: int, what: str, now: datetime) -> QuerySet[Account]:
    """The accounts behind one figure of `by_route`."""
    old = mature_only(cut.walks(), now).filter(reached(ladder.CONTACTED), route_version__route=route)
    rung = {"answered": ladder.ENGAGED, "held": ladder.HELD}.get(what)
    rows = old.filter(reached(rung)) if rung else old
    return Account.objects.filter(pk__in=rows.values("account")).select_related("owner")


def routes_as_firsts(rows: list[dict[str, Any]]) -> list[First]:
    return [First(row["name"], row["accounts"], row["held"]) for row in rows]


def firsts(rows: list[dict[str, Any]]) -> list[First]:
    return [First(row["role_name"], row["accounts"], row["held"]) for row in rows]


def overrides(cut: Cut) -> QuerySet[Override]:
    """Each time someone went against the guard while a walk of this cut was open, with what came after it."""
    open_then = cut.walks().filter(account=OuterRef("account"), started_at__lte=OuterRef("at"))
    open_then = open_then.filter(Q(ended_at=None) | Q(ended_at__gte=OuterRef("at")))
    said = Reply.objects.filter(account=OuterRef("account"), contact=OuterRef("contact"), at__gte=OuterRef("at"))
    met = Milestone.objects.filter(
        account=OuterRef("account"), contact=OuterRef("contact"), rung=ladder.HELD, at__gte=OuterRef("at")
    ).standing()
    return Override.objects.filter(Exists(open_then)).annotate(
        answered=Exists(said.filter(counts=True)), held=Exists(met), stopped=Exists(said.filter(label__in=STOPPED))
    )


def by_override(cut: Cut) -> list[dict[str, Any]]:
    """Per reason of the guard: how often it was gone against, and what came of it."""
    rows = (
        overrides(cut)
        .values("reason")
        .annotate(
            times=Count("pk"),
            answered=Count("pk", filter=Q(answered=True)),
            held=Count("pk", filter=Q(held=True)),
            stopped=Count("pk", filter=Q(stopped=True)),
        )
        .order_by("-times", "reason")
    )
    return [{**row, "words": guard.WORDS.get(row["reason"], row["reason"])} for row in rows]


def accounts_behind(
    cut: Cut, what: str, *, stage: str = "", role: int | None = None, first: int | None = None,
    reason: str = "", now: datetime, readable: QuerySet[Conversation],
) -> QuerySet[Account]:  # fmt: skip
    """The accounts of one figure. Who said what is content: of a wrong person only those that the reader may read."""
    if reason:
        rows: Any = overrides(cut).filter(reason=reason)
        rows = rows.filter(**{what: True}) if what in ("answered", "held", "stopped") else rows
    elif first is not None:
        rows = mature_only(cut.walks(), now).annotate(role=first_role_of()).filter(role=first)
        rung = {"answered": ladder.ENGAGED, "held": ladder.HELD}.get(what)
        rows = rows.filter(reached(rung)) if rung else rows
    else:
        rows = touches(cut, readable).filter(visit__stage__name=stage, step__role=role)
        rows = rows.filter(**{what: True}) if what in ("answered", "held", "wrong") else rows
    return Account.objects.filter(pk__in=rows.values("account")).select_related("owner")
