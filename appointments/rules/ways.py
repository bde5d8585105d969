"""A way of deciding as plain values: who belongs, the route, what is said to each role, what qualifies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIT = "fit"
OWNERSHIP = "ownership"


@dataclass(frozen=True)
class Stop:
    """One stage of the route: its roles, and the gate that opens it (prospecting.rules.gates)."""

    name: str
    roles: tuple[str, ...]
    gate: Mapping[str, Any]
    most: int = 1
    patience_days: int = 10

    def as_stage(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "roles": list(self.roles),
            "min_people": 1,
            "max_people": self.most,
            "patience_days": self.patience_days,
            "gate": dict(self.gate),
        }


@dataclass(frozen=True)
class Attempt:
    """One step for a role: a mail with its text, or something to do by hand."""

    role: str
    wait_days: int = 0
    subject: str = ""
    body: str = ""
    call: str = ""


@dataclass(frozen=True)
class Way:
    key: str
    name: str
    statement: str
    rule: str
    route: str
    stops: tuple[Stop, ...]
    sequence: str
    attempts: tuple[Attempt, ...]
    questions: tuple[tuple[str, str], ...]  # which score, the question
    when_rule: str = ""
    departments_out: tuple[str, ...] = ()


def start() -> dict[str, Any]:
    return {"start": {}}


def silence(touches: int, days: int) -> dict[str, Any]:
    return {"silence": {"touches": touches, "working_days": days}}


def said(*labels: str) -> dict[str, Any]:
    return {"reply": {"labels": list(labels)}}


def either(*gates: Mapping[str, Any]) -> dict[str, Any]:
    return {"any": [dict(gate) for gate in gates]}
