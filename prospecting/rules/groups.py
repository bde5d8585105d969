"""Every simple group of accounts that a rule can name: each field of what was known of them, cut at its values."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

THRESHOLDS = 9
VALUES = 40  # of one field, most frequent first

# field → noun for numbers, or what it is called.
NUMBERS = {"sites": ("site", "sites"), "employees": ("person", "people")}
TEXTS = {"industry": "industry", "country": "country", "state_name": "state", "city": "city"}
LISTS = {"regulated": "regulated as", "tag": "tagged"}
YES = {"is_site": ("a site of a parent", "no site of a parent"), "has_sites": ("with sites of its own on file", "without sites of its own on file")}  # fmt: skip
ROLES = "role_filled"


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


def bits(flags: Iterable[bool]) -> int:
    return int("".join("1" if flag else "0" for flag in flags)[::-1] or "0", 2)


def singles(facts: Sequence[Mapping[str, Any]]) -> list[Cut]:
    """Each field cut at its values; a cut that splits the accounts as another did is looked at once."""
    everyone = (1 << len(facts)) - 1
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
    values = [as_number(row.get(name)) for row in facts]
    known = sorted(value for value in values if value is not None)
    unknown = bits(value is None for value in values)
    found = []
    for at in thresholds(known):
        less = Side(f"fewer than {spelled(at, ',')} {one if at == 1 else many}", f"{path} < {spelled(at)}")
        more = Side(f"{spelled(at, ',')} {many} or more", f"{path} >= {spelled(at)}")
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


def thresholds(known: Sequence[Decimal]) -> list[Decimal]:
    """Where to cut: at each value that occurs, or evenly among many."""
    distinct = sorted(set(known))[1:]
    if len(distinct) <= THRESHOLDS:
        return distinct
    steps = [known[len(known) * n // (THRESHOLDS + 1)] for n in range(1, THRESHOLDS + 1)]
    return sorted({value for value in steps if value > known[0]})


def spelled(number: Decimal, grouped: str = "") -> str:
    """In full: the language of rules would not read 1e+06, and six digits are not the number."""
    return format(number.quantize(1) if number == number.to_integral_value() else number.normalize(), f"{grouped}f")


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
        if known and all(as_number(value) is not None for value in known):
            found += of_number(own, key, plain, plain, path)
        elif all(isinstance(value, str) for value in known):
            found += [cut for cut in of_text(own, key, path, plain) if '= ""' not in cut.here.rule]
    return [Cut(f"custom.{cut.field}", cut.here, cut.there, cut.mask) for cut in found]


def as_number(value: Any) -> Decimal | None:
    """What a rule compares as a number, exactly as it is written; None for anything else, and for what is beyond its digits."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = value.strip() if isinstance(value, str) else format(Decimal(str(value)), "f")
    return Decimal(text) if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", text) else None


def writable(value: str) -> bool:
    """What stands between double quotes of a rule as it is."""
    return len(value) <= 80 and not re.search(r'["\\\x00-\x1f]', value)
