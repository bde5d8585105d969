"""The funnel counted once more, in plain Python, from the timeline and nothing else."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.models import Event
from prospecting.models import Reply, Touch

RUNGS = ("contacted", "engaged", "qualified", "booked", "held", "accepted", "in_hand")


@dataclass
class Walk:
    """What the timeline says of one walk: its pins, its rungs in the order of their turns, what was sent and said."""

    account: int = 0
    pins: dict[str, Any] = field(default_factory=dict)
    turns: dict[str, list[tuple[int, bool, datetime]]] = field(default_factory=lambda: defaultdict(list))
    setter: int | None = None

    def on(self, rung: str, day: datetime | None) -> bool:
        known = [(turn, voids) for turn, voids, at in sorted(self.turns[rung]) if day is None or at <= day]
        return bool(known) and not known[-1][1]


def walks() -> dict[int, Walk]:
    found: dict[int, Walk] = defaultdict(Walk)
    for event in Event.objects.filter(subject_type="prospecting.enrollment").order_by("id"):
        family, _, rung = event.kind.partition(".")
        if "at" not in event.facts or family not in ("ladder", "walk"):
            continue
        walk = found[event.subject_id]
        walk.account = event.account_id
        if not walk.pins:
            walk.pins = {**event.facts, "began": datetime.fromisoformat(event.facts["enrolled_at"])}
        voids = rung.endswith("_voided")
        rung = rung.removesuffix("_voided")
        walk.turns[rung].append((event.facts["turn"], voids, datetime.fromisoformat(event.facts["at"])))
        walk.setter = event.facts.get("setter") if rung == "in_hand" else walk.setter
    return found


def bounces() -> dict[int, datetime]:
    rows = Event.objects.filter(kind="touch.bounced", subject_type="prospecting.touch")
    return dict(rows.values_list("subject_id", "at"))


def touched(walk: int, day: datetime | None) -> list[Touch]:
    """What left and did not come back by that day, by the timeline's own dates."""
    back = bounces()
    rows = Touch.objects.filter(enrollment=walk, sent_at__isnull=False, reached=True).select_related("step")
    return [
        row for row in rows
        if (day is None or (row.sent_at and row.sent_at <= day))
        and not (row.pk in back and (day is None or back[row.pk] <= day))
    ]  # fmt: skip


def said(walk: int, day: datetime | None) -> set[str]:
    """Labels of what counts, by the last label of each reply."""
    rows = Reply.objects.filter(enrollment=walk, counts=True)
    mine = {row.pk: row.at for row in rows if day is None or row.at <= day}
    last = {}
    for event in Event.objects.filter(kind="reply.labelled", subject_id__in=mine).order_by("id"):
        last[event.subject_id] = event.facts["label"]
    return set(last.values())


def inside(walk: Walk, pk: int, cut: dict[str, Any]) -> bool:
    day = cut.get("on")
    began = walk.pins["began"]
    pinned = ("segment_version", "route_version", "sequence_version", "prospector")
    return (
        began >= cut.get("since", began)
        and (began < cut["until"] if "until" in cut else True)
        and (day is None or began <= day)
        and all(walk.pins.get(name) == cut[name] for name in pinned if name in cut)
        and ("role" not in cut or any(row.step.role_id == cut["role"] for row in touched(pk, day)))
        and ("mailbox" not in cut or any(row.mailbox_id == cut["mailbox"] for row in touched(pk, day)))
        and ("label" not in cut or cut["label"] in said(pk, day))
    )


def figures(cut: dict[str, Any]) -> dict[str, set[int]]:
    """Each step with its accounts, by the definitions of the design."""
    day, setter = cut.get("on"), cut.get("setter")
    found: dict[str, set[int]] = defaultdict(set)
    for pk, walk in walks().items():
        if not inside(walk, pk, cut):
            continue
        on = {rung: walk.on(rung, day) for rung in RUNGS}
        mine = setter is None or (walk.setter == setter and on["in_hand"])
        found["targeted"].add(walk.account)
        if not on["contacted"]:
            found["inbound"] |= {walk.account} if on["engaged"] else set()
            continue
        found["contacted"].add(walk.account)
        if not on["engaged"]:
            continue
        found["engaged"].add(walk.account)
        if not mine:
            continue
        found["replies"].add(walk.account)
        for rung in ("qualified", "booked"):
            found[rung] |= {walk.account} if on[rung] else set()
        if on["qualified"] and on["held"]:
            found["held"].add(walk.account)
            found["accepted"] |= {walk.account} if on["accepted"] else set()
    return found
