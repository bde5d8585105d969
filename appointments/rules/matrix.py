"""The matrix: what each of the 17 labels does, in three cells, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from crm.rules.working_time import add_working_days

HOUR, DAY = 60, 480  # working minutes

CONTACT_ACTIONS = {
    "nothing": "Nothing",
    "by_bounce": "Suppress the address if the bounce is hard, retry if it is soft",
    "pause_until_back": "Pause until the first day back",
    "end_membership": "End the membership",
    "suppress": "Never write again",
    "stop": "Stop",
    "stop_until_then": "Stop until then",
    "stop_and_thank": "Stop, and thank",
    "take_role_off": "Take the role off",
    "stop_and_lower_role": "Stop, and lower the role to what they say",
}
ACCOUNT_ACTIONS = {
    "nothing": "Nothing",
    "by_bounce": "Void the contact if the bounce is hard, go to the next holder of the role",
    "wait_for_return": "The stage waits as long",
    "reopen_for_successor": "Reopen the stage for the next holder",
    "pause_until_seen": "Paused until a person looks; close it if the whole company asks",
    "pause_until_outcome": "Paused until the meeting has an outcome",
    "pause": "Paused",
    "follow_referral": "Open the stage of the person or department named",
    "next_holder": "Go to the next holder or the next role",
    "rest": "Rest until the date, or for a while",
    "pause_and_keep_renewal": "Paused, keep the renewal date",
    "pause_and_propose_variant": "Paused, propose another variant of the route",
    "rest_or_next_role": "Rest if the writer decides, else the next role after the cool-off",
}
ITEM_ACTIONS = {
    "nothing": "None",
    "by_bounce": "Refresh the data",
    "check_change": "Check the challenge or the changed address",
    "find_successor": "Find the successor",
    "confirm_opt_out": "Confirm the opt-out",
    "answer_with_slots": "Answer, times prepared",
    "answer": "Answer",
    "answer_from_playbook": "Answer from the playbook",
    "write_to_referred": "Write to the person named",
    "correct_role": "Correct the role",
    "set_date": "Set the date",
    "answer_objection": "Answer once",
    "find_decider": "Find who decides",
    "person_answers": "A person answers",
    "give_reason": "Give the reason",
    "read_and_label": "Read and label",
    "refresh_data": "Refresh the data",
    "mailbox_alert": "Look at the mailbox",
    "find_person": "Find the person",
    "answer_counter": "Answer the proposed time",
    "confirm_meeting": "Ask whether the time still stands",
    "rebook": "Offer new times",
    "decide_next": "Say what the account does next",
}

KEEPS_PAUSE = {
    "pause_until_seen",
    "pause_until_outcome",
    "pause",
    "pause_and_keep_renewal",
    "pause_and_propose_variant",
}
STOPS = {"suppress", "stop", "stop_until_then", "stop_and_thank", "stop_and_lower_role"}
ONE_ANSWER = {"answer_objection"}
OPT_OUT = "confirm_opt_out"
SECOND_ANSWER, REFUSED, WITH_REASON = "second_answer", "refused", "with_a_reason"
STARTS_WITH_ANSWER = {"answer_with_slots", "answer", "answer_from_playbook", "answer_objection", "person_answers"}


def item_words(what: str) -> str:
    """What a work item asks, as people read it."""
    return ITEM_ACTIONS.get(what) or what.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Row:
    label: str
    contact: str
    account: str
    item: str
    minutes: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


ROWS = (
    Row("bounce", "by_bounce", "by_bounce", "by_bounce", 2 * DAY),
    Row("out_of_office", "pause_until_back", "wait_for_return", "nothing", settings={"default_days": 10}),
    Row("auto_reply", "nothing", "nothing", "check_change", 2 * DAY),
    Row("left_company", "end_membership", "reopen_for_successor", "find_successor", DAY),
    Row("unsubscribe", "suppress", "pause_until_seen", "confirm_opt_out", DAY, {"urgent_minutes": HOUR}),
    Row("meeting_request", "stop", "pause_until_outcome", "answer_with_slots", 5),
    Row("interested", "stop", "pause", "answer", HOUR),
    Row("question", "stop", "pause", "answer_from_playbook", HOUR),
    Row("referral", "stop_and_thank", "follow_referral", "write_to_referred", 4 * HOUR, {"find_minutes": DAY}),
    Row("wrong_person", "take_role_off", "next_holder", "correct_role", DAY),
    Row("not_now", "stop_until_then", "rest", "set_date", DAY, {"undated_days": 90, "lead_days": 14}),
    Row("objection_price", "stop", "pause", "answer_objection", 4 * HOUR),
    Row("objection_competitor", "stop", "pause_and_keep_renewal", "answer_objection", 4 * HOUR),
    Row("objection_authority", "stop_and_lower_role", "pause_and_propose_variant", "find_decider", DAY),
    Row("objection_other", "stop", "pause", "person_answers", 4 * HOUR),
    Row("not_interested", "stop", "rest_or_next_role", "give_reason", DAY, {"rest_days": 180}),
    Row("other", "nothing", "pause", "read_and_label", 4 * HOUR),
)
BY_LABEL = {row.label: row for row in ROWS}

CITES = "cite_referrer"
URGENT_FLAGS = ("legal", "hostile", "complaint")
CLOSING_FLAGS = ("scope_company", "legal", "hostile")
DECIDES = ("approver", "budget-owner", "executive")


@dataclass(frozen=True)
class ItemPlan:
    """What a work item asks, its clock in working minutes, and whether it goes to the lead."""

    what: str
    minutes: int
    to_lead: bool = False


def item_plan(row: Row, entities: Mapping[str, Any]) -> ItemPlan | None:
    """The work item a row opens for what was said; None where there is nothing to do."""
    minutes = row.minutes or DAY
    special = {"by_bounce": _bounce_item, "check_change": _change_item, "confirm_opt_out": _opt_out_item}
    if row.item == "nothing":
        return None
    if row.item in special:
        return special[row.item](row, entities, minutes)
    if row.item == "write_to_referred" and not names_person(entities):
        return ItemPlan("find_person", int(row.settings.get("find_minutes", DAY)))
    if row.item == "set_date" and (entities.get("follow_up") or {}).get("day"):
        return None
    return ItemPlan(row.item, minutes)


def _bounce_item(row: Row, entities: Mapping[str, Any], minutes: int) -> ItemPlan | None:
    kind = bounce_kind(entities)
    if kind == "hard":
        return ItemPlan("refresh_data", minutes)
    return ItemPlan("mailbox_alert", minutes) if kind in ("block", "policy") else None


def _change_item(row: Row, entities: Mapping[str, Any], minutes: int) -> ItemPlan | None:
    changed = entities.get("new_email") or entities.get("challenge")
    return ItemPlan("check_change", minutes) if changed else None


def _opt_out_item(row: Row, entities: Mapping[str, Any], minutes: int) -> ItemPlan | None:
    if any(entities.get(flag) for flag in URGENT_FLAGS):
        return ItemPlan(OPT_OUT, int(row.settings.get("urgent_minutes", HOUR)), to_lead=True)
    return ItemPlan(OPT_OUT, minutes)


BLOCKS = (
    "blocked",
    "spamdetected",
    "rejected",
    "authfailure",
    "badreputation",
    "requireptr",
    "ratelimited",
    "speeding",
    "toomanyconn",
)
POLICIES = ("policyviolation", "securityerror", "contenterror", "virusdetected", "norelaying", "notcompliantrfc")


def bounce_kind(entities: Mapping[str, Any]) -> str:
    """hard, soft, block or policy; from what the report says."""
    if entities.get("bounce_type"):
        return str(entities["bounce_type"])
    reason = str(entities.get("reason", "")).lower()
    if reason in BLOCKS:
        return "block"
    if reason in POLICIES:
        return "policy"
    return "hard" if entities.get("hard") else "soft"


def may_cite(row: Row) -> bool:
    """Whether a text to the person named may say who sent us; only where the row allows it."""
    return row.settings.get(CITES) is True


def names_person(entities: Mapping[str, Any]) -> bool:
    return any(one.get("name") or one.get("email") for one in entities.get("referred", ()))


ROLE_WORDS = (
    ("budget-owner", ("cfo", "finance", "daf", "controller", "financ", "finanz")),
    ("procurement", ("procurement", "purchas", "einkauf", "achats", "compras", "inkoop", "acquisti", "buyer")),
    ("technical-evaluator", ("cto", "cio", "it", "dsi", "ciso", "technical", "technik", "technology", "security")),
    ("legal", ("legal", "counsel", "recht", "juridi")),
    ("executive", ("ceo", "coo", "managing", "owner", "president")),
    ("gatekeeper", ("assistant", "secretar", "sekret", "office")),
)


def role_of_title(title: str) -> str:
    """The part a title plays, where it says so plainly; a weak guess stays unknown."""
    found = title.lower().replace("-", " ").split()
    for role, marks in ROLE_WORDS:
        if any(word == mark or (len(mark) > 3 and word.startswith(mark)) for word in found for mark in marks):
            return role
    return "unknown"


def closes_account(entities: Mapping[str, Any]) -> bool:
    return any(entities.get(flag) for flag in CLOSING_FLAGS)


def rests_until(row: Row, entities: Mapping[str, Any], today: date) -> tuple[date, bool]:
    """Until when an account rests, and whether they named the date (less the lead time, never before tomorrow)."""
    named = (entities.get("follow_up") or {}).get("day")
    if not named:
        return today + timedelta(days=int(row.settings.get("undated_days", 90))), False
    day = date.fromisoformat(named) - timedelta(days=int(row.settings.get("lead_days", 14)))
    return max(day, today + timedelta(days=1)), True


def first_day_back(row: Row, entities: Mapping[str, Any], today: date, country: str = "") -> date:
    """When an absent person works again; they may be written to one working day later."""
    back = (entities.get("return_date") or {}).get("date")
    if back and date.fromisoformat(back) > today:
        return date.fromisoformat(back)
    return add_working_days(today, int(row.settings.get("default_days", 10)) - 1, country)


def away_until(row: Row, entities: Mapping[str, Any], today: date, country: str = "") -> date:
    """The day from which an absent person may be written to: the first day back and one working day."""
    return add_working_days(first_day_back(row, entities, today, country), 1, country)
