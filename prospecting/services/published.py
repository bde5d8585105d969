"""Published versions as the planner and the guard read them: they never change, so a process reads each only once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from prospecting.models import Stage, Step
from prospecting.rules import planner

Key = tuple[int, datetime | None]  # a row's id, and when its version was published: ids begin anew after a flush
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class StageFacts:
    name: str
    order: int
    roles: tuple[int, ...]
    gate: dict[str, Any]
    most_people: int
    patience_days: int


@dataclass(frozen=True, slots=True)
class SequenceFacts:
    """The steps as the planner's rules see them, and the last step of each role."""

    steps: tuple[planner.Step, ...]
    last: dict[int, int]


_stages: dict[Key, StageFacts] = {}
_sequences: dict[Key, SequenceFacts] = {}


def stages(keys: Iterable[Key]) -> dict[int, StageFacts]:
    """Stage id → what the route says of it; two queries for all that were not read before."""
    return _known(set(keys), _stages, _read_stages)


def sequences(keys: Iterable[Key]) -> dict[int, SequenceFacts]:
    """Sequence version id → its steps; one query for all that were not read before."""
    return _known(set(keys), _sequences, _read_sequences)


def forget() -> None:
    """For whoever empties the database: ids begin anew, and under a clock that is held so do the moments."""
    _stages.clear()
    _sequences.clear()


def step_key(sequence: int, role: int, key: int) -> str:
    """The same from version to version of a sequence, so that nobody gets a step twice."""
    return f"{sequence}:{role}:{key}"


def _known(keys: Collection[Key], kept: dict[Key, Found], read: Any) -> dict[int, Found]:
    missing = {key for key in keys if key not in kept}
    fresh: dict[int, Found] = read([pk for pk, _ in missing]) if missing else {}
    kept.update({key: fresh[key[0]] for key in missing if key[1] is not None})
    return {key[0]: fresh[key[0]] if key in missing else kept[key] for key in keys}


def _read_stages(ids: Collection[int]) -> dict[int, StageFacts]:
    roles: dict[int, list[int]] = {}
    for stage, role in Stage.roles.through.objects.filter(stage__in=ids).values_list("stage_id", "role_id"):
        roles.setdefault(stage, []).append(role)
    rows = Stage.objects.filter(pk__in=ids).values_list("pk", "name", "order", "gate", "max_people", "patience_days")
    return {
        pk: StageFacts(name, order, tuple(sorted(roles.get(pk, ()))), gate, most, patience)
        for pk, name, order, gate, most, patience in rows
    }


def _read_sequences(ids: Collection[int]) -> dict[int, SequenceFacts]:
    steps: dict[int, list[planner.Step]] = {pk: [] for pk in ids}
    last: dict[int, dict[int, int]] = {pk: {} for pk in ids}
    rows = Step.objects.filter(version__in=ids).order_by("version", "role", "order")
    for pk, version, sequence, role, key, order, channel, wait in rows.values_list(
        "pk", "version_id", "version__sequence_id", "role_id", "key", "order", "channel", "wait_days"
    ):
        steps[version].append(planner.Step(pk, step_key(sequence, role, key), order, str(role), channel, wait))
        last[version][role] = order
    return {pk: SequenceFacts(tuple(steps[pk]), last[pk]) for pk in ids}
