"""A head small enough to see through: it knows the texts that it was learnt from, and nothing else."""

import json
from typing import Any

from appointments.rules import head as heads
from appointments.rules import learning as rules
from appointments.services import classifier, examples_to_learn, learning

PROJECT = [
    {"author": f"author {number}", "id": f"p{number}", "body": f"example {number}", "label": "question"}
    for number in range(40)
]


class LittleHead:
    def __init__(self, known: dict[str, str]) -> None:
        self.known = known

    def dump(self) -> bytes:
        return json.dumps(self.known).encode()

    @classmethod
    def load(cls, content: bytes) -> "LittleHead":
        return cls(json.loads(content))


def put_in(monkeypatch: Any, *, spoilt: bool = False) -> list[list[Any]]:
    """Learning with the little head; gives what each training was shown. Spoilt, every learning comes out worse."""
    shown: list[list[Any]] = []

    def train(rows: Any) -> LittleHead:
        shown.append(list(rows))
        return LittleHead({row["body"]: row["label"] for row in rows})

    def evaluate(rows: Any, model: LittleHead) -> dict[str, Any]:
        learnt = any(label != "question" for label in model.known.values())
        missed = 1 if spoilt and learnt else 0
        return {"n": len(rows), "macro_f1": 0.9, "per_label": {}, "opt_out": {"missed": missed}}

    monkeypatch.setattr(heads, "train", train)
    monkeypatch.setattr(learning, "judge_with", lambda head: head)
    monkeypatch.setattr(learning, "evaluate", evaluate)
    monkeypatch.setattr(learning.classifier, "current_model", lambda: LittleHead({}))
    monkeypatch.setattr(examples_to_learn, "_project", lambda: PROJECT)
    return shown


def held(reply: Any) -> bool:
    return rules.held_apart(f"reply:{reply.pk}", rules.TEAM_HELD_ONE_IN)


def judging() -> int:
    classifier.forget()
    return classifier.current_version()
