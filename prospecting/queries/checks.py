"""Why this was sent, or not: each reason of the guard as it stood at planning and in the moment of sending."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from crm.models import Account
from prospecting.models import Attempt, Call, Outgoing, Override, Skip, Touch
from prospecting.models.enrollment import OPEN
from prospecting.models.touch import Flight
from prospecting.queries.enrollments import explain
from prospecting.rules import guard

SKIPPED = "skipped"  # the outcome of a step that a person left out
PASSED, STOOD, OVERRIDDEN, NOT_ASKED = "passed", "stood against it", "gone against", "not asked"


@dataclass(frozen=True)
class Check:
    reason: str
    words: str
    planned: str
    sent: str


def of_touch(touch: Touch, attempts: list[Attempt] | None = None) -> list[Check]:
    """Both looks at a step: the planner's, without a mailbox, and the sender's last one."""
    rows = attempts if attempts is not None else list(touch.attempts.defer("raw").order_by("pk"))
    last = rows[-1].verdict if rows else {}
    beside = {guard.ACCOUNT_CAP: "kept by the planner"}
    return [
        Check(
            reason,
            guard.WORDS[reason],
            beside.get(reason) or said(reason, touch.verdict, False),
            said(reason, last, True),
        )
        for reason in guard.REASONS
    ]


def of_outgoing(row: Outgoing, attempts: list[Attempt] | None = None) -> list[Check]:
    """A mail that nobody planned: an answer asks three reasons, outreach by hand every one."""
    rows = attempts if attempts is not None else list(row.attempts.defer("raw").order_by("pk"))
    last = rows[-1].verdict if rows else {}
    asked = guard.REASONS if row.purpose == Outgoing.Purpose.OUTREACH else guard.asked_of_answers()
    return [
        Check(reason, guard.WORDS[reason], NOT_ASKED, said(reason, last, True) if reason in asked else NOT_ASKED)
        for reason in guard.REASONS
    ]


def said(reason: str, verdict: dict[str, Any], with_mailbox: bool) -> str:
    """What one look said about one reason."""
    if not verdict or (reason in guard.asked_of_the_sender() and not with_mailbox):
        return NOT_ASKED
    if reason in str((verdict.get("facts") or {}).get("overridden", "")):
        return OVERRIDDEN
    if verdict.get("decision") == guard.ALLOW:
        return PASSED
    standing = verdict.get("reason", "")
    if reason == standing:
        return STOOD
    order = list(guard.REASONS)
    return PASSED if standing in order and order.index(reason) < order.index(standing) else NOT_ASKED


# The record of one account ---------------------------------------------------------------------------------------

DECISIONS = {"accepted": "Sent", "unknown": "Uncertain", "in_flight": "On its way"}


def why_words(account: Account) -> str:
    """What happens next, why not sooner, why not someone else, which versions: for screens that show one field."""
    said = explain(account)
    heads = (
        ("", "next"),
        ("Why not sooner: ", "not_sooner"),
        ("Why not someone else: ", "not_else"),
        ("Under: ", "versions"),
    )
    return " ".join(f"{head}{said[key]}" for head, key in heads if said[key])


def sent_or_not(account: Account, limit: int = 20) -> list[dict[str, Any]]:
    """“Why was this sent, or not”, newest first: hand-overs with their checks, what is held, calls, and overrides."""
    rows = [
        *_handed_over(account, limit),
        *_held(account, limit),
        *_called(account, limit),
        *_gone_against(account, limit),
    ]
    return sorted(rows, key=lambda row: row["at"], reverse=True)[:limit]


def _handed_over(account: Account, limit: int) -> list[dict[str, Any]]:
    by_hand = Q(outgoing__account=account, outgoing__purpose=Outgoing.Purpose.OUTREACH)
    found = Attempt.objects.filter(Q(touch__account=account) | by_hand).defer("raw")
    beside = ("touch__contact", "touch__step__role", "outgoing__contact", "outgoing__by")
    return [_attempt(row) for row in found.select_related(*beside).order_by("-started_at")[:limit]]


def _attempt(row: Attempt) -> dict[str, Any]:
    contact = row.touch.contact if row.touch else row.outgoing.contact if row.outgoing else None
    went = row.outcome in ("accepted", "in_flight")
    checks = of_touch(row.touch, [row]) if row.touch else of_outgoing(row.outgoing, [row]) if row.outgoing else []
    return {
        "at": row.started_at,
        "decision": DECISIONS.get(row.outcome, "Not sent"),
        "who": contact.name if contact else row.recipient,
        "what": str(row.touch.step) if row.touch else "a mail by hand",
        "why": row.verdict.get("sentence", "") if went else row.response,
        "planned_because": row.touch.why if row.touch else "",
        "checks": checks,
    }


def _held(account: Account, limit: int) -> list[dict[str, Any]]:
    rows = Touch.objects.filter(account=account, state__in=[Flight.SKIPPED, Flight.PLANNED]).exclude(waits_because="")
    return [
        {
            "at": touch.not_before or touch.created_at,
            "decision": _decision(touch),
            "who": touch.contact.name,
            "what": "",
            "why": touch.waits_because,
        }
        for touch in rows.select_related("contact").order_by("-pk")[:limit]
    ]


def _decision(touch: Touch) -> str:
    if touch.state == Flight.PLANNED:
        return "Waits"
    return "Left out" if touch.outcome == SKIPPED else "Refused"


def _called(account: Account, limit: int) -> list[dict[str, Any]]:
    """That there was a call is for everyone; what was said is on the timeline of the caller's team."""
    rows = Call.objects.filter(account=account, undone_at=None).select_related("contact", "by").order_by("-at")
    return [
        {
            "at": call.at,
            "decision": "Called" if call.channel == "call" else "Done by hand",
            "who": call.contact.name,
            "what": "",
            "why": f"{'Reached' if call.reached else 'Not reached'}, by {call.by or 'someone'}.",
        }
        for call in rows[:limit]
    ]


def _gone_against(account: Account, limit: int) -> list[dict[str, Any]]:
    rows = Override.objects.filter(account=account).select_related("contact", "by").order_by("-at")
    return [
        {
            "at": one.at,
            "decision": "Gone ahead",
            "who": str(one.contact or ""),
            "what": "",
            "why": f"{guard.WORDS.get(one.reason, one.reason)}: {one.sentence}",
        }
        for one in rows[:limit]
    ]


def left_out(account: Account) -> QuerySet[Skip]:
    """People whom the open walk passes over, with the reason."""
    rows = Skip.objects.filter(account=account, undone_at=None, enrollment__state__in=OPEN)
    return rows.select_related("contact", "by").order_by("pk")
