"""Replies in the file form of `classify` and `evaluate_classifier`, and how well the classifier does on them."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import quantiles
from typing import Any

from appointments.rules import entity_scores
from appointments.rules.classify import Incoming, Model, Verdict, classify
from appointments.rules.matrix import BY_LABEL, KEEPS_PAUSE
from crm.rules import envelope as envelopes
from crm.rules.mime import ParsedMail
from crm.rules.newest_text import newest_text
from prospecting.rules.labels import PRECEDENCE

OPT_OUT = "unsubscribe"


def read_row(row: Mapping[str, Any]) -> Incoming:
    """One line of the file as a message: raw body, telling headers, the day it was received."""
    headers = {str(name).lower(): str(value) for name, value in (row.get("headers") or {}).items()}
    subject, body = str(row.get("subject") or ""), str(row.get("body") or "")
    mail = ParsedMail(
        subject=subject, text=body, headers=headers, from_address=headers.get("from", ""), in_reply_to="<x>"
    )
    found = envelopes.kind(mail)
    newest = body if found.kind == envelopes.BOUNCE else newest_text(body, "").newest
    bounce = {"hard": found.bounce.hard, "reason": found.bounce.reason} if found.bounce else None
    return Incoming(
        newest, _moment(row.get("received")), subject=subject, headers=headers, kind=found.kind, bounce=bounce
    )


def _moment(text: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def shown(verdict: Verdict) -> dict[str, Any]:
    """What `classify` adds to a line; where a person must decide, the label is what it may be."""
    return {
        "label": verdict.guess or verdict.label, "secondary": list(verdict.secondary),
        "confidence": round(verdict.confidence, 3), "decided_by": verdict.decided_by,
        "entities": dict(verdict.entities), "needs_person": verdict.needs_person,
    }  # fmt: skip


@dataclass(frozen=True)
class Judged:
    wanted: str
    label: str
    needs_person: bool
    language: str
    difficulty: str
    entities: tuple[tuple[str, bool], ...]
    ms: float


def judge(row: Mapping[str, Any], model: Model | None = None) -> Judged:
    incoming = read_row(row)
    started = time.perf_counter()
    answer = shown(classify(incoming, model))
    taken = (time.perf_counter() - started) * 1000
    exact = tuple(entity_scores.exact(answer["entities"], row.get("entities") or {}))
    return Judged(
        str(row.get("label")), answer["label"], answer["needs_person"], str(row.get("language") or ""),
        str(row.get("difficulty") or ""), exact, taken,
    )  # fmt: skip


def evaluate(rows: Iterable[Mapping[str, Any]], model: Model | None = None) -> dict[str, Any]:
    """The figures of the taxonomy: F1 a label, opt-outs never missed, what is decided without a person."""
    judged = [judge(row, model) for row in rows]
    per_label = {label: _f1(judged, label) for label in PRECEDENCE if any(one.wanted == label for one in judged)}
    sure = [one for one in judged if not one.needs_person]
    times = sorted(one.ms for one in judged)
    return {
        "n": len(judged),
        "macro_f1": _mean([one["f1"] for one in per_label.values()]),
        "accuracy": _accuracy(judged),
        "per_label": per_label,
        "by_language": _by(judged, "language"),
        "by_difficulty": _by(judged, "difficulty"),
        "opt_out": _opt_outs(judged),
        "decided": {"coverage": round(len(sure) / len(judged), 4) if judged else None, "accuracy": _accuracy(sure)},
        "entities": _entities(judged),
        "p50_ms": _quantile(times, 50),
        "p95_ms": _quantile(times, 95),
    }


def _accuracy(judged: Sequence[Judged]) -> float | None:
    return round(sum(one.label == one.wanted for one in judged) / len(judged), 4) if judged else None


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _f1(judged: Sequence[Judged], label: str) -> dict[str, Any]:
    right = sum(one.wanted == one.label == label for one in judged)
    said, wanted = sum(one.label == label for one in judged), sum(one.wanted == label for one in judged)
    precision, recall = right / said if said else 0.0, right / wanted if wanted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"n": wanted, "precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _by(judged: Sequence[Judged], name: str) -> dict[str, Any]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        if getattr(one, name):
            groups[getattr(one, name)].append(one)
    return {key: {"n": len(group), "accuracy": _accuracy(group)} for key, group in sorted(groups.items())}


def _opt_outs(judged: Sequence[Judged]) -> dict[str, int]:
    """Caught: labelled so. Paused: sending stops until a person looks. Missed: neither."""
    found = Counter(_opt_out(one) for one in judged if one.wanted == OPT_OUT)
    return {name: found[name] for name in ("caught", "paused", "missed")}


def _opt_out(one: Judged) -> str:
    if one.label == OPT_OUT and not one.needs_person:
        return "caught"
    keeps = one.needs_person or BY_LABEL[one.label].account in KEEPS_PAUSE
    return "paused" if keeps else "missed"


def _entities(judged: Sequence[Judged]) -> dict[str, Any]:
    found: dict[str, list[bool]] = defaultdict(list)
    for one in judged:
        for name, right in one.entities:
            found[name].append(right)
    return {name: {"n": len(rights), "exact": round(sum(rights) / len(rights), 4)} for name, rights in found.items()}


def _quantile(times: Sequence[float], percent: int) -> float | None:
    if len(times) < 2:
        return round(times[0], 3) if times else None
    return round(quantiles(times, n=100, method="inclusive")[percent - 1], 3)
