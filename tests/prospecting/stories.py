"""Random stories of sixty days: accounts, a route, a sequence, a policy, and what people and servers do when."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as some

from prospecting.rules import labels
from tests.prospecting.world import MONDAY

DAYS = 60
ROLES = ("problem-owner", "approver", "budget-owner", "technical-evaluator")
PLACES = (("GB", "Europe/London"), ("US", "America/New_York"), ("JP", "Asia/Tokyo"))
REPLIES, FINISHES, OUTCOMES = "reply", "finish", ("temporary", "permanent", "sender", "unknown")
NEXT = ("resume", "next_role", "rest", "close")

# What may happen on a day; a reply several times, because everything turns on replies.
KINDS = (
    *[REPLIES] * 8, "correct", "correct", "undo_label", FINISHES, FINISHES, "answer", "answer",
    "pause", "resume", "skip_step", "undo_skip", "skip_person", "undo_person", "skip_account", "enroll", "enroll",
    "close_account", "reopen_account", "rest", "end_rest", "suppress_address", "suppress_domain", "suppress_account",
    "lift", "go_ahead", "go_ahead", "open_stage", "close_stage", "by_hand", "by_hand", "call", "log_task", "log_task",
    "new_sequence", "adopt", "new_policy", "new_route", "move_person", "set_role", "add_person", "away", "end_part",
    "approval", "release", "settle", "mailbox", "hear_again",
)  # fmt: skip


@dataclass(frozen=True)
class Firm:
    """An account: a site of the first one or by itself, where it is, and its people as (role, sureness)."""

    site: bool
    place: int
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Story:
    stages: tuple[dict[str, Any], ...]
    steps: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]  # role → (channel, wait in working days)
    firms: tuple[Firm, ...]
    policy: tuple[int, int, int]  # people at once, touches a week, days between people
    share: bool  # parent and sites share the budget
    approval: bool
    diligence: int  # days until someone works what lies in the queue; 0: nobody does
    trouble: tuple[tuple[int, str], ...]  # the n-th hand-over and what the server says
    acts: tuple[tuple[int, str, int, int], ...]  # day, kind, and two numbers that choose


def day_of(n: int) -> str:
    return (MONDAY + timedelta(days=n)).date().isoformat()


def leaves(number: int, roles: tuple[str, ...]) -> Any:
    """An outcome that a stage may open on, at this place of a route."""
    stage = some.sampled_from([None, *range(1, number)])
    silence = some.builds(
        lambda touches, days, of: {"silence": {"touches": touches, "working_days": days} | ({"stage": of} if of else {})},
        some.integers(1, 3), some.integers(0, 5), stage,
    )  # fmt: skip
    reply = some.builds(
        lambda said: {"reply": {"labels": said}},
        some.lists(some.sampled_from(list(labels.LABELS)), min_size=1, max_size=4, unique=True),
    )
    window = some.builds(
        lambda start, length: {"timing": {"from": day_of(start), "to": day_of(start + length)}},
        some.integers(0, 30), some.integers(1, 30),
    )  # fmt: skip
    return some.one_of(
        silence, silence, reply, window,
        some.sampled_from(roles[:number]).map(lambda role: {"referral": {"role": role}}),
        some.sampled_from(roles[:number]).map(lambda role: {"role_filled": {"role": role}}),
        some.sampled_from([{"referral": {}}, {"meeting_held": {}}, {"by_hand": {}}]),
    )  # fmt: skip


def gates(number: int, roles: tuple[str, ...]) -> Any:
    if number == 1:
        return some.sampled_from([{"start": {}}, {"all": [{"start": {}}, {"timing": {"from": day_of(2)}}]}])
    leaf = leaves(number, roles)
    several = some.lists(leaf, min_size=1, max_size=3)
    return some.one_of(
        leaf, several.map(lambda parts: {"any": parts}), some.lists(leaf, min_size=1, max_size=2).map(lambda p: {"all": p}),
    )  # fmt: skip


@some.composite
def stories(draw: Any) -> Story:
    roles = tuple(draw(some.permutations(ROLES)))[: draw(some.integers(1, 4))]
    stages = tuple(
        {
            "name": f"Stage {n}", "roles": [role], "max_people": draw(some.integers(1, 2)),
            "patience_days": draw(some.integers(0, 8)), "gate": draw(gates(n, roles)),
        }
        for n, role in enumerate(roles, start=1)
    )  # fmt: skip
    channel = some.sampled_from(["email", "email", "email", "call"])
    step = some.tuples(channel, some.integers(0, 4))
    steps = tuple((role, tuple(draw(some.lists(step, min_size=1, max_size=4)))) for role in roles)
    person = some.tuples(some.sampled_from([*roles, *roles, "unknown"]), some.sampled_from(["certain", "high", "low"]))
    firms = [
        Firm(n > 0 and draw(some.booleans()), draw(some.integers(0, 2)),
             ((roles[0], "high"), *draw(some.lists(person, max_size=4))))
        for n in range(draw(some.integers(1, 3)))
    ]  # fmt: skip
    act = some.tuples(some.integers(0, DAYS - 1), some.sampled_from(KINDS), some.integers(0, 16), some.integers(0, 16))
    return Story(
        stages, steps, tuple(firms),
        policy=(draw(some.integers(1, 3)), draw(some.integers(1, 4)), draw(some.integers(0, 3))),
        share=draw(some.booleans()), approval=draw(some.integers(0, 4)) == 0, diligence=draw(some.sampled_from([0, 1, 2, 4])),
        trouble=tuple(draw(some.lists(some.tuples(some.integers(0, 12), some.sampled_from(OUTCOMES)), max_size=3))),
        acts=tuple(sorted(draw(some.lists(act, min_size=8, max_size=30)), key=lambda one: one[0])),
    )  # fmt: skip
