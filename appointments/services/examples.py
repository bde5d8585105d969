"""Start from an example: a way of deciding laid down as route, letters, sequence, segment draft and checklist."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from appointments.models import Checklist, Playbook, Question
from appointments.rules.example_ways import EXAMPLES, PLAYBOOKS
from appointments.rules.ways import Attempt, Stop, Way
from appointments.services.starting import words_of
from crm.errors import Refused
from crm.models import Event, User
from crm.services.starting import ensure_roles
from prospecting.models import RouteVersion, Segment, SequenceVersion, Step
from prospecting.services import routes, segments, sequences


@dataclass(frozen=True)
class Laid:
    """What was made: the segment still a draft, the route and the sequence ready to walk."""

    segment: Segment
    route_version: RouteVersion
    sequence_version: SequenceVersion
    checklist: Checklist


def choices() -> list[Way]:
    return list(EXAMPLES.values())


@transaction.atomic
def start_from(key: str, *, by: User) -> Laid:
    """Lay down one of the examples. Refused when it is there already, or when there is no such example."""
    if key not in EXAMPLES:
        raise Refused(f"There is no example called “{key}”.")
    laid = lay_down(EXAMPLES[key], by=by)
    add_playbooks(PLAYBOOKS)
    Event.record("example.started", by=by, subject=laid.segment, why=EXAMPLES[key].statement[:500])
    return laid


@transaction.atomic
def lay_down(way: Way, *, by: User) -> Laid:
    """Route, letters and sequence are published; the segment stays a draft until someone has seen its dry run."""
    ensure_roles()
    route_version = lay_route(way, by=by)
    sequence_version = lay_sequence(way, by=by)
    segment = segments.create_segment(
        name=way.name,
        statement=way.statement,
        rule=way.rule,
        when_rule=way.when_rule,
        route_version=route_version,
        by=by,
    )
    return Laid(segment, route_version, sequence_version, lay_checklist(way, segment))


def lay_route(way: Way, *, by: User) -> RouteVersion:
    return lay_route_of(way.route, way.statement, way.stops, way.departments_out, by=by)


def lay_route_of(
    name: str, statement: str, stops: Sequence[Stop], departments_out: Sequence[str] = (), *, by: User
) -> RouteVersion:
    """A route with its stages, published: a segment can lead onto it at once."""
    route = routes.create_route(name, statement, by=by)
    version = routes.draft(route, [stop.as_stage() for stop in stops], departments_out=departments_out, by=by)
    return routes.publish(version, reason="Laid down with its segment.", by=by)


def lay_sequence(way: Way, *, by: User) -> SequenceVersion:
    sequence = sequences.create_sequence(way.sequence, way.statement, by=by)
    counted: dict[str, int] = {}
    steps = []
    for attempt in way.attempts:
        counted[attempt.role] = counted.get(attempt.role, 0) + 1
        steps.append(_step(way, attempt, counted[attempt.role], by))
    return sequences.publish(sequences.draft(sequence, steps, by=by), by=by)


def _step(way: Way, attempt: Attempt, order: int, by: User) -> dict[str, object]:
    """A mail with a template of its own, named after the sequence and the place in it, or a call."""
    step: dict[str, object] = {"role": attempt.role, "order": order, "wait_days": attempt.wait_days}
    if attempt.call:
        return {**step, "channel": Step.Channel.CALL, "task": attempt.call}
    name = f"{way.sequence}: {attempt.role.replace('-', ' ')} {order}"
    template = sequences.save_template(name, subject=attempt.subject, body=attempt.body, by=by)
    return {**step, "channel": Step.Channel.EMAIL, "template": template, "same_thread": not attempt.subject}


def lay_checklist(way: Way, segment: Segment) -> Checklist:
    checklist, _ = Checklist.objects.get_or_create(
        segment=segment, defaults={"name": f"{way.name}: ready to meet?"[:120]}
    )
    Question.objects.bulk_create(
        Question(checklist=checklist, order=order, score=score, text=text, **words_of(text))
        for order, (score, text) in enumerate(way.questions, start=1)
    )
    return checklist


def add_playbooks(bodies: dict[str, str]) -> None:
    """A draft for each label that has none yet."""
    known = set(Playbook.objects.filter(segment=None, language="en", archived_at=None).values_list("label", flat=True))
    Playbook.objects.bulk_create(
        Playbook(name=label.replace("_", " ").capitalize(), label=label, language="en", body=body)
        for label, body in bodies.items()
        if label not in known
    )
