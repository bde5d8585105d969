"""Which accounts of a segment come to nothing: every simple cut of what was known of them, tested without fooling ourselves.

Each cut is a table of two groups and one outcome. Its p-value is Fisher's exact test, two-sided (R. A. Fisher, *Statistical
Methods for Research Workers*, 1934, §21.02), which is right for any number of accounts. Whoever looks often enough finds
something: the whole search keeps to one false finding in twenty segments by Tarone's method (R. E. Tarone, *Biometrics* 46,
1990): tables that could never show anything, whoever answered, are not counted, the others share the 5 %.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import Any

from crm.rules.proportions import needed, wilson

LEAST = 12  # accounts on either side of a cut, or it is not looked at
THRESHOLDS = 9
VALUES = 40  # of one field, most frequent first
PAIRED = 8  # fields that pairs are made of, each by its widest cut
ALPHA, ALPHA_PAIRS = 0.04, 0.01  # of the 5 % in all
SHOWN = 3
MOST_REMOVED = 2  # times as many as stay
TWIN = 0.7  # two findings that share so much of their accounts say the same

ENGAGED, HELD = "engaged", "held"
OUTCOMES = {HELD: "held a meeting", ENGAGED: "answered"}

# field → noun for numbers, or what it is called.
NUMBERS = {"sites": ("site", "sites"), "employees": ("person", "people")}
TEXTS = {"industry": "industry", "country": "country", "state_name": "state", "city": "city"}
LISTS = {"regulated": "regulated as", "tag": "tagged"}
YES = {"is_site": ("a site of a parent", "no site of a parent"), "has_sites": ("with sites of its own on file", "without sites of its own on file")}  # fmt: skip
ROLES = "role_filled"


@dataclass(frozen=True)
class Walked:
    """One account that was contacted: what was known of it when it was enrolled, and how far it came."""

    facts: Mapping[str, Any]
    engaged: bool
    held: bool


@dataclass(frozen=True)
class Side:
    """One side of a cut: in words, and as a term of the rule language."""

    words: str
    rule: str


@dataclass(frozen=True)
class Cut:
    field: str
    here: Side
    there: Side
    mask: int  # bit n: the nth account is on this side

    def sides(self, everyone: int) -> list["Group"]:
        """Either side may be the one that does worse."""
        there = everyone & ~self.mask
        return [
            Group((self.field,), self.here, self.there, self.mask),
            Group((self.field,), self.there, self.here, there),
        ]


@dataclass(frozen=True)
class Group:
    """Accounts that a term describes, and the term that keeps everybody else."""

    fields: tuple[str, ...]
    group: Side
    keep: Side
    mask: int


@dataclass(frozen=True)
class Finding:
    """A group that does worse than everybody else of the segment, or better, and by how much chance could do that too."""

    fields: tuple[str, ...]
    group: Side
    keep: Side  # the term that keeps everybody else
    outcome: str
    count: int
    of: int
    rest_count: int
    rest_of: int
    p: float
    adjusted: float
    held: int = 0
    mask: int = field(default=0, repr=False, compare=False)

    @property
    def worse(self) -> bool:
        return self.count * self.rest_of < self.rest_count * self.of

    @property
    def removable(self) -> bool:
        """A term takes away two thirds at most; whoever would throw out more wants another segment."""
        return self.worse and self.of <= MOST_REMOVED * self.rest_of

    @property
    def sentence(self) -> str:
        """“Fewer than 3 sites: 41 accounts, 0 held a meeting; of the 599 others 61 did.”"""
        words = self.group.words[:1].upper() + self.group.words[1:]
        return f"{words}: {self.of:,} accounts, {self.count:,} {OUTCOMES[self.outcome]}; of the {self.rest_of:,} others {self.rest_count:,} did."

    @property
    def own_share(self) -> str:
        return share_words(self.count, self.of)

    @property
    def rest_share(self) -> str:
        return share_words(self.rest_count, self.rest_of)

    @property
    def ranges(self) -> str:
        """Both shares with their likely range (Wilson, 95 %)."""
        return f"{share_words(self.count, self.of)} against {share_words(self.rest_count, self.rest_of)}"


@dataclass(frozen=True)
class Search:
    """What was looked at, and what stood out."""

    accounts: int
    engaged: int
    held: int
    looked: int  # tables: cuts times outcomes
    telling: int  # of them, those that could have shown something
    small: int  # cuts with too few accounts on one side
    findings: tuple[Finding, ...] = ()
    nearest: Finding | None = None
    needed: int = 0

    @property
    def proposals(self) -> list[Finding]:
        return [one for one in self.findings if one.removable]

    @property
    def better(self) -> list[Finding]:
        return [one for one in self.findings if not one.removable]

    @property
    def too_few(self) -> bool:
        return not self.findings and (self.telling == 0 or self.accounts < self.needed)

    @property
    def sentence(self) -> str:
        if self.proposals:
            return self.proposals[0].sentence
        if self.too_few:
            return f"Too few to say: {self.accounts:,} accounts, need about {max(self.needed, 2 * LEAST):,}."
        return "No part of this segment does clearly worse than the rest."

    @property
    def looks(self) -> str:
        """How many looks it took, in words: whoever looks a hundred times finds five that mean nothing."""
        if not self.looked:
            return "No cut has enough accounts on both sides to be looked at."
        looked = f"{self.looked:,} comparisons were made over {self.accounts:,} accounts"
        chance = f"about {max(1, round(self.looked * 0.05)):,} would look like something by chance alone"
        return f"{looked}. {chance.capitalize()}, so what is said here has passed a test for all of them together: a segment in which nothing differs would show something once in twenty times."


def share_words(count: int, of: int) -> str:
    low, high = wilson(count, of)
    return f"{count / of if of else 0:.0%} (likely {low:.0%} to {high:.0%})".replace("%", " %")


# The test ---------------------------------------------------------------------------------------------------------


def fisher(count: int, of: int, rest_count: int, rest_of: int) -> float:
    """Two-sided p-value of Fisher's exact test: `count` of `of` against `rest_count` of `rest_of`."""
    weights, first = _weights(of, rest_of, count + rest_count)
    return _tail(weights, weights[count - first])


def least_p(of: int, rest_of: int, hits: int) -> float:
    """The smallest p-value that these margins can have at all, whatever had happened."""
    weights, _ = _weights(of, rest_of, hits)
    return _tail(weights, min(weights[0], weights[-1]))


def _tail(weights: Sequence[float], observed: float) -> float:
    """The share of everything that is as unlikely as what was observed; equal ones may differ in the last digits."""
    return min(1.0, sum(weight for weight in weights if weight <= observed * (1 + 1e-9)) / sum(weights))


@lru_cache(maxsize=512)
def _weights(of: int, rest_of: int, hits: int) -> tuple[list[float], int]:
    """How likely each number of hits in the first group is, up to a common factor, from the least possible on.

    Built outwards from the likeliest one, so that nothing overflows and only what is negligible underflows.
    """
    low, high = max(0, hits - rest_of), min(of, hits)
    middle = min(high, max(low, (of + 1) * (hits + 1) // (of + rest_of + 2)))
    down, up = [1.0], [1.0]
    for n in range(middle, low, -1):
        down.append(down[-1] * (n * (rest_of - hits + n)) / ((of - n + 1) * (hits - n + 1)))
    for n in range(middle, high):
        up.append(up[-1] * ((of - n) * (hits - n)) / ((n + 1) * (rest_of - hits + n + 1)))
    return [*reversed(down), *up[1:]], low


def bar(least: Sequence[float], alpha: float) -> int:
    """Tarone's K: by how many the error is shared, tables that cannot pass left out."""
    ordered = sorted(least)
    for k in range(1, len(ordered) + 1):
        if sum(1 for p in ordered if p <= alpha / k) <= k:
            return k
    return max(1, len(ordered))


# The cuts ---------------------------------------------------------------------------------------------------------


def search(walked: Sequence[Walked]) -> Search:
    """Every single cut, and pairs of them where no single one says it; each group at least `LEAST` accounts."""
    everyone = (1 << len(walked)) - 1
    hits = {HELD: bits(row.held for row in walked), ENGAGED: bits(row.engaged for row in walked)}
    engaged, held = hits[ENGAGED].bit_count(), hits[HELD].bit_count()
    cuts = singles(walked)
    wide = [cut for cut in cuts if big_enough(cut.mask, len(walked))]
    found = look([cut.sides(everyone) for cut in wide], everyone, hits, ALPHA)
    taken = {name for one in found.passed for name in one.fields}
    more = look([[group] for group in paired(wide, everyone, taken)], everyone, hits, ALPHA_PAIRS)
    share = engaged / len(walked) if walked else 0.0
    return Search(
        accounts=len(walked), engaged=engaged, held=held, looked=found.tables + more.tables,
        telling=found.telling + more.telling, small=len(cuts) - len(wide),
        findings=tuple(told_once([*found.passed, *more.passed])[:SHOWN]), nearest=found.nearest,
        needed=needed(share) if 0 < share < 1 else 0,
    )  # fmt: skip


def big_enough(mask: int, whole: int) -> bool:
    return LEAST <= mask.bit_count() <= whole - LEAST


@dataclass(frozen=True)
class Looked:
    """One round: what passed, how many tables were looked at, how many could have shown anything, and what came nearest."""

    passed: list[Finding]
    tables: int
    telling: int
    nearest: Finding | None


def look(cuts: Sequence[list[Group]], everyone: int, hits: Mapping[str, int], alpha: float) -> Looked:
    """Test each cut against everybody else for both outcomes; `alpha` is what all of them may err together."""
    tables = [
        (sides, outcome, *tested(sides[0].mask, everyone, hit)) for sides in cuts for outcome, hit in hits.items()
    ]
    if not tables:
        return Looked([], 0, 0, None)
    shared = bar([least for *_, least in tables], alpha)
    found = []
    for sides, outcome, p, _ in tables:
        adjusted = min(1.0, p * shared * (ALPHA + ALPHA_PAIRS) / alpha)
        found.append(told([finding(side, outcome, p, adjusted, everyone, hits) for side in sides]))
    found.sort(key=lambda one: (one.adjusted, one.p, -one.of))
    passed = [one for one in found if one.adjusted <= ALPHA + ALPHA_PAIRS]
    nearest = next((one for one in found if one not in passed and one.removable), None)
    return Looked(passed, len(tables), sum(1 for *_, least in tables if least <= alpha / shared), nearest)


def tested(mask: int, everyone: int, hit: int) -> tuple[float, float]:
    """(the p-value, the least one that these margins allow)"""
    of, whole, count, hits = mask.bit_count(), everyone.bit_count(), (mask & hit).bit_count(), hit.bit_count()
    return fisher(count, of, hits - count, whole - of), least_p(of, whole - of, hits)


def finding(side: Group, outcome: str, p: float, adjusted: float, everyone: int, hits: Mapping[str, int]) -> Finding:
    of, whole, hit = side.mask.bit_count(), everyone.bit_count(), hits[outcome]
    count = (side.mask & hit).bit_count()
    return Finding(
        side.fields, side.group, side.keep, outcome, count, of, hit.bit_count() - count, whole - of, p, adjusted,
        held=(side.mask & hits[HELD]).bit_count(), mask=side.mask,
    )  # fmt: skip


def told(sides: Sequence[Finding]) -> Finding:
    """The side that does worse where a rule may leave it out, else the smaller side."""
    return next((one for one in sides if one.removable), None) or min(sides, key=lambda one: one.of)


def paired(wide: Sequence[Cut], everyone: int, taken: set[str]) -> list[Group]:
    """Groups that two terms of different fields describe; the widest cuts first, none of a field that says it alone."""
    whole = everyone.bit_count()
    open_ones = [cut for cut in wide if cut.field not in taken]
    widest: dict[str, Cut] = {}
    for cut in sorted(open_ones, key=lambda cut: (abs(cut.mask.bit_count() - whole / 2), cut.here.rule)):
        widest.setdefault(cut.field, cut)
    even = list(widest.values())[:PAIRED]
    found: dict[int, Group] = {}
    for one, two in combinations(even, 2):
        for a, b in ((x, y) for x in one.sides(everyone) for y in two.sides(everyone)):
            both = a.mask & b.mask
            if LEAST <= both.bit_count() <= whole // 2 and both not in (a.mask, b.mask):
                here = Side(f"{a.group.words} and {b.group.words}", f"{a.group.rule} and {b.group.rule}")
                keep = Side(f"{a.keep.words}, or {b.keep.words}", f"({bare(a.keep.rule)} or {bare(b.keep.rule)})")
                found.setdefault(both, Group((one.field, two.field), here, keep, both))
    return list(found.values())


def bare(rule: str) -> str:
    return rule[1:-1] if rule.startswith("(") and rule.endswith(")") else rule


def told_once(found: Sequence[Finding]) -> list[Finding]:
    """Of findings about one field, or nearly the same accounts, the clearest; those that a rule can act on first."""
    kept: list[Finding] = []
    for one in sorted(found, key=lambda row: (not row.removable, row.adjusted, row.p, -row.of)):
        if all(one.fields != other.fields and alike(one, other) < TWIN for other in kept):
            kept.append(one)
    return kept


def alike(one: Finding, two: Finding) -> float:
    """How much of their accounts two findings share (Jaccard)."""
    either = (one.mask | two.mask).bit_count()
    return (one.mask & two.mask).bit_count() / either if either else 1.0


def bits(flags: Iterable[bool]) -> int:
    return int("".join("1" if flag else "0" for flag in flags)[::-1] or "0", 2)


def singles(walked: Sequence[Walked]) -> list[Cut]:
    """Each field cut at its values; a cut that splits the accounts as another did is looked at once."""
    facts = [row.facts for row in walked]
    everyone = (1 << len(walked)) - 1
    found = [cut for name, one in NUMBERS.items() for cut in of_number(facts, name, *one)]
    found += [cut for name, called in TEXTS.items() for cut in of_text(facts, name, name, called)]
    found += [cut for name, called in LISTS.items() for cut in of_list(facts, name, called)]
    found += [cut for name, words in YES.items() for cut in of_yes(facts, name, words)]
    found += of_roles(facts) + of_own(facts)
    once: dict[int, Cut] = {}
    for cut in found:
        if 0 < cut.mask < everyone:
            once.setdefault(min(cut.mask, everyone & ~cut.mask), cut)
    return list(once.values())


def of_number(facts: Sequence[Mapping[str, Any]], name: str, one: str, many: str, path: str = "") -> list[Cut]:
    """Below each of some thresholds; who is not known of stands with the others, and is a group of its own."""
    path = path or name
    values = [value if is_number(value := row.get(name)) else None for row in facts]
    known = sorted(value for value in values if value is not None)
    unknown = bits(value is None for value in values)
    found = []
    for at in thresholds(known):
        less = Side(f"fewer than {at:g} {one if at == 1 else many}", f"{path} < {at:g}")
        more = Side(f"{at:g} {many} or more", f"{path} >= {at:g}")
        below = bits(value is not None and value < at for value in values)
        above = bits(value is not None and value >= at for value in values)
        if not unknown:
            found.append(Cut(name, less, more, below))
            continue
        found.append(Cut(name, less, or_unknown(more, path), below))
        found.append(Cut(name, more, or_unknown(less, path), above))
    if unknown and known:
        found.append(Cut(name, Side(f"no number of {many} on file", f"{path} = None"), Side(f"the number of {many} is on file", f"{path} != None"), unknown))  # fmt: skip
    return found


def or_unknown(side: Side, path: str) -> Side:
    return Side(f"{side.words}, or not known", f"({side.rule} or {path} = None)")


def thresholds(known: Sequence[float]) -> list[float]:
    """Where to cut: at each value that occurs, or evenly among many."""
    distinct = sorted(set(known))[1:]
    if len(distinct) <= THRESHOLDS:
        return distinct
    steps = [known[len(known) * n // (THRESHOLDS + 1)] for n in range(1, THRESHOLDS + 1)]
    return sorted({value for value in steps if value > known[0]})


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def of_text(facts: Sequence[Mapping[str, Any]], name: str, path: str, called: str) -> list[Cut]:
    values = [str(row.get(name) or "") for row in facts]
    found = []
    for value, _ in Counter(values).most_common(VALUES):
        if not writable(value):
            continue
        here = Side(f"{called} {value}" if value else f"no {called} on file", f'{path} = "{value}"')
        there = Side(f"{called} not {value}" if value else f"{called} on file", f'{path} != "{value}"')
        found.append(Cut(name, here, there, bits(one == value for one in values)))
    return found


def of_list(facts: Sequence[Mapping[str, Any]], name: str, called: str) -> list[Cut]:
    values = [set(row.get(name) or ()) for row in facts]
    counted = Counter(item for row in values for item in row)
    return [
        Cut(
            name, Side(f"{called} {item}", f'{name} = "{item}"'), Side(f"not {called} {item}", f'{name} != "{item}"'),
            bits(item in row for row in values),
        )
        for item, _ in counted.most_common(VALUES)
        if writable(item)
    ]  # fmt: skip


def of_roles(facts: Sequence[Mapping[str, Any]]) -> list[Cut]:
    values = [set(row.get(ROLES) or ()) for row in facts]
    counted = Counter(item for row in values for item in row)
    return [
        Cut(
            ROLES, Side(f"nobody known as {item.lower()}", f'{ROLES} != "{item}"'),
            Side(f"somebody known as {item.lower()}", f'{ROLES} = "{item}"'), bits(item not in row for row in values),
        )
        for item, _ in counted.most_common(VALUES)
        if writable(item)
    ]  # fmt: skip


def of_yes(facts: Sequence[Mapping[str, Any]], name: str, words: tuple[str, str]) -> list[Cut]:
    yes, no = words
    return [
        Cut(name, Side(yes, f"{name} = True"), Side(no, f"{name} = False"), bits(bool(row.get(name)) for row in facts))
    ]


def of_own(facts: Sequence[Mapping[str, Any]]) -> list[Cut]:
    """Attributes that imports brought: numbers by thresholds, anything else by its values."""
    own = [row.get("custom") or {} for row in facts]
    found = []
    for key, _ in Counter(key for row in own for key in row).most_common(VALUES):
        if not re.fullmatch(r"[_A-Za-z][_0-9A-Za-z]*", key) or len(key) > 60:
            continue
        known = [row[key] for row in own if row.get(key) not in (None, "")]
        path, plain = f"custom.{key}", key.replace("_", " ")
        if known and all(is_number(as_number(value)) for value in known):
            rows = [{key: as_number(row[key])} if row.get(key) not in (None, "") else {} for row in own]
            found += of_number(rows, key, plain, plain, path)
        elif all(isinstance(value, str) for value in known):
            found += [cut for cut in of_text(own, key, path, plain) if '= ""' not in cut.here.rule]
    return [Cut(f"custom.{cut.field}", cut.here, cut.there, cut.mask) for cut in found]


def as_number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", value.strip()):
        return float(value)
    return value


def writable(value: str) -> bool:
    """What stands between double quotes of a rule as it is."""
    return len(value) <= 80 and not re.search(r'["\\\x00-\x1f]', value)


def narrowed(rule: str, keep: str) -> str:
    """The rule with one more term at its end."""
    rule = rule.strip()
    if not rule:
        return keep
    loose = re.search(r"\bor\b", re.sub(r"\"[^\"]*\"|'[^']*'|\([^()]*\)", "", rule))
    return f"({rule})\nand {keep}" if loose else f"{rule}\nand {keep}"
