"""How a message that was labelled would have acted under another row of the matrix; plain values."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from appointments.rules import matrix
from crm.rules import saying

HOURS = 60


def differences(
    before: matrix.Row, after: matrix.Row, entities: Mapping[str, Any], today: date, country: str = ""
) -> list[str]:
    """Each thing that would have gone another way, in words; empty where nothing would."""
    found = [
        *_cell("The person", matrix.CONTACT_ACTIONS, before.contact, after.contact),
        *_cell("The account", matrix.ACCOUNT_ACTIONS, before.account, after.account),
        *_item(before, after, entities),
    ]
    if before.account == after.account == "rest":
        found += _day(
            "Rests until", *_both(lambda row: matrix.rests_until(row, entities, today)[0], before, after), today
        )
    if before.account == after.account == "rest_or_next_role":
        days = [row.settings.get("rest_days", 180) for row in (before, after)]
        found += [f"Rests {days[1]} days instead of {days[0]}, where the writer decides"] if days[0] != days[1] else []
    if before.contact == after.contact == "pause_until_back":
        found += _day(
            "Away until", *_both(lambda row: matrix.away_until(row, entities, today, country), before, after), today
        )
    if matrix.may_cite(before) != matrix.may_cite(after):
        found.append(f"A text to the person named may {'' if matrix.may_cite(after) else 'not '}say who sent us")
    second = [row.settings.get(matrix.SECOND_ANSWER, matrix.WITH_REASON) for row in (before, after)]
    if second[0] != second[1]:
        found.append(
            "A second answer is refused"
            if second[1] == matrix.REFUSED
            else "A second answer may be given with a reason"
        )
    return found


def _cell(who: str, words: Mapping[str, str], before: str, after: str) -> list[str]:
    if before == after:
        return []
    return [f"{who}: {words.get(after, after).lower()}, instead of: {words.get(before, before).lower()}"]


def _item(before: matrix.Row, after: matrix.Row, entities: Mapping[str, Any]) -> list[str]:
    old, new = matrix.item_plan(before, entities), matrix.item_plan(after, entities)
    if old == new:
        return []
    if old is None or new is None:
        return [f"To do: {_said(new)}, instead of: {_said(old)}"]
    if old.what != new.what:
        return [f"To do: {_said(new)}, instead of: {_said(old)}"]
    return [f"Its clock runs {_time(new.minutes)} instead of {_time(old.minutes)}"]


def _said(plan: matrix.ItemPlan | None) -> str:
    return f"{matrix.ITEM_ACTIONS.get(plan.what, plan.what).lower()} in {_time(plan.minutes)}" if plan else "nothing"


def _time(minutes: int) -> str:
    if minutes % matrix.DAY == 0:
        return saying.count(minutes // matrix.DAY, "working day")
    if minutes % HOURS == 0:
        return saying.count(minutes // HOURS, "working hour")
    return saying.count(minutes, "working minute")


def _both(day_of: Callable[[matrix.Row], date], before: matrix.Row, after: matrix.Row) -> tuple[date, date]:
    return day_of(before), day_of(after)


def _day(words: str, before: date, after: date, today: date) -> list[str]:
    if before == after:
        return []
    return [f"{words} {saying.dated(after, today)} instead of {saying.dated(before, today)}"]
