"""What the outcomes of a route say, in words: whom to begin with, and when there are too few to tell."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.rules.proportions import needed, wilson

USUAL = 0.1  # held meetings of accounts contacted, where there are none yet to go by


@dataclass(frozen=True)
class First:
    """Accounts that were written to first in one role, and how many of them held a meeting."""

    role: str
    accounts: int
    held: int


@dataclass(frozen=True)
class Share:
    """A part of a whole, with what it can say."""

    part: int
    whole: int
    needed: int

    @property
    def too_few(self) -> bool:
        return self.whole < self.needed

    @property
    def words(self) -> str:
        """12 of 100: 12 %, likely 7 to 20 %. Never a rate from too few."""
        if not self.whole:
            return "nobody yet"
        if self.too_few:
            return f"Too few to say: {self.whole:,}, need about {self.needed:,}"
        low, high = wilson(self.part, self.whole)
        return f"{self.part / self.whole:.0%}, likely {low:.0%} to {high:.0%}".replace("%", " %")


def needed_for_half() -> int:
    """How many closed walks it takes before the share of a cause is said at all."""
    return needed(0.5)


def enough(rows: Sequence[First]) -> int:
    """How many accounts a role needs before its share is said: by what the whole route usually has."""
    whole, held = sum(row.accounts for row in rows), sum(row.held for row in rows)
    share = held / whole if whole else 0.0
    return needed(share if 0 < share < 1 else USUAL)


def verdict_of_routes(rows: Sequence[First]) -> str:
    """Which route gets held meetings, said as carefully as whom to begin with."""
    least = enough(rows)
    known = sorted(
        (row for row in rows if row.accounts >= least), key=lambda row: row.held / row.accounts, reverse=True
    )
    if len(rows) < 2:
        return (
            "All of them walked one route; there is nothing to compare it with."
            if rows
            else "Nobody walked a route yet."
        )
    if len(known) < 2:
        most = sorted((row.accounts for row in rows), reverse=True)[1]
        return f"Too few to say which route: {most:,} on the second, need about {least:,}."
    best, *others = known
    low = wilson(best.held, best.accounts)[0]
    if all(low > wilson(row.held, row.accounts)[1] for row in others):
        return f"“{best.role}” gets the meetings: {best.held:,} of {best.accounts:,} held one, more than on any other route."
    return "No route gets more held meetings than another; the difference may be chance."


def verdict(rows: Sequence[First]) -> str:
    """Which first role gets held meetings, said only where chance does not say it as well."""
    least = enough(rows)
    known = [row for row in rows if row.accounts >= least]
    if not rows:
        return "Nobody was written to on this route yet."
    if len(known) < 2:
        most = max(row.accounts for row in rows)
        if not known:
            return f"Too few to say whom to begin with: {most:,}, need about {least:,}."
        return f"Every account with enough to count begins with the {known[0].role.lower()}; there is nothing to compare it with."
    best, *others = sorted(known, key=lambda row: row.held / row.accounts, reverse=True)
    low = wilson(best.held, best.accounts)[0]
    if all(low > wilson(row.held, row.accounts)[1] for row in others):
        return f"Begin with the {best.role.lower()}: {best.held} of {best.accounts} held a meeting, more than with anyone else first."
    return "No first role gets more held meetings than another; the difference may be chance."
