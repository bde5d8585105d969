"""Why an account is on a list or not: the rule term by term, with the account's own value beside each."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Case, Q, Value, When
from djangoql.ast import Logical

from crm import clock
from crm.errors import Refused
from crm.models import Account
from prospecting.models import ListEntry, Pin, Segment, SegmentVersion
from prospecting.queries import rule_parser
from prospecting.queries.rule_language import parsed


@dataclass(frozen=True)
class Asked:
    """One term as it was written, whether it holds, and what the account says."""

    text: str
    field: str
    holds: bool
    own: str
    depth: int = 0
    joined: str = ""  # "and" or "or", as it stands before the term


@dataclass(frozen=True)
class Why:
    """The answer for one segment: `decided` names what decides, `sentence` says it."""

    segment: Segment
    version: SegmentVersion
    on_list: bool
    sentence: str
    fits: bool = False
    terms: list[Asked] = field(default_factory=list)
    when: list[Asked] = field(default_factory=list)
    window_open: bool = True
    entry: ListEntry | None = None
    history: list[ListEntry] = field(default_factory=list)

    @property
    def failing(self) -> list[Asked]:
        return [term for term in self.terms if not term.holds]


def explained(rule: str, account: Account) -> tuple[bool, list[Asked]]:
    """Whether a rule holds for an account, and each of its terms; one query for the terms."""
    if not rule.strip():
        return True, []
    tree, schema = parsed(rule)
    found: list[tuple[Any, int, str]] = []
    walk(tree, 0, "", found)
    fields = [schema.resolve_name(leaf.left) for leaf, _, _ in found]
    asked = {
        f"t{n}": truth(fields[n].get_lookup([], leaf.operator.operator, leaf.right.value))
        for n, (leaf, _, _) in enumerate(found)
    }
    answers: dict[str, Any] = dict(Account.objects.filter(pk=account.pk).values(**asked)[0])
    own = {one.name: own_value(one, account) for one in fields}
    terms = [
        Asked(rule[leaf.left.start : leaf.right.end], leaf.left.value, answers[f"t{n}"], own[fields[n].name], depth, by)
        for n, (leaf, depth, by) in enumerate(found)
    ]
    return holds(tree, iter([term.holds for term in terms])), terms


def first_failing(rule: str, accounts: list[Account]) -> dict[int, Asked]:
    """For each account the first term that does not hold; one query for all of them."""
    try:
        tree, schema = parsed(rule)
    except Refused:
        return {}
    leaves = rule_parser.leaves(tree)
    fields = [schema.resolve_name(leaf.left) for leaf in leaves]
    asked = {
        f"t{n}": truth(fields[n].get_lookup([], leaf.operator.operator, leaf.right.value))
        for n, leaf in enumerate(leaves)
    }
    by_id = {account.pk: account for account in accounts}
    found = {}
    rows: Any = Account.objects.filter(pk__in=by_id).values("pk", **asked)
    for row in rows:
        wrong = next((n for n in range(len(leaves)) if not row[f"t{n}"]), None)
        if wrong is not None:
            text = rule[leaves[wrong].left.start : leaves[wrong].right.end]
            own = own_value(fields[wrong], by_id[row["pk"]])
            found[row["pk"]] = Asked(text, fields[wrong].name, False, own)
    return found


def truth(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def own_value(one: Any, account: Account) -> str:
    return str(one.own_value(account))[:200]


def walk(node: Any, depth: int, joined: str, found: list[tuple[Any, int, str]]) -> None:
    """The terms in their order, each with how deep it stands and the word before it."""
    if not isinstance(node.operator, Logical):
        found.append((node, depth, joined))
        return
    word = node.operator.operator
    for side, before in ((node.left, joined), (node.right, word)):
        nested = isinstance(side.operator, Logical) and side.operator.operator != word
        walk(side, depth + nested, before, found)


def holds(node: Any, answers: Any) -> bool:
    if not isinstance(node.operator, Logical):
        return bool(next(answers))
    left, right = holds(node.left, answers), holds(node.right, answers)
    return left and right if node.operator.operator == "and" else left or right


def why(segment: Segment, account: Account, version: SegmentVersion) -> Why:
    """Under the version in use: what the rule says, what a person said, and who else has the account."""
    fits, terms = readable(version.rule, account)
    window, when = readable(version.when_rule, account)
    entries = ListEntry.objects.filter(target_list__segment=segment, account=account)
    history = list(entries.select_related("version_in", "version_out").order_by("-entered_at", "-pk")[:20])
    entry = next((one for one in history if one.left_at is None), None)
    return Why(
        segment, version, entry is not None, sentence(segment, account, version, entry, fits, terms), fits, terms,
        when, window, entry, history,
    )  # fmt: skip


def readable(rule: str, account: Account) -> tuple[bool, list[Asked]]:
    try:
        return explained(rule, account)
    except Refused:
        return False, []


def sentence(
    segment: Segment, account: Account, version: SegmentVersion, entry: ListEntry | None, fits: bool, terms: list[Asked]
) -> str:
    """Who decides, in this order: a person's pin, a segment that goes first, the rule."""
    pin = live_pins().filter(target_list__segment=segment, account=account).select_related("by").first()
    if pin:
        until = f" until {pin.expires_on:%d %b %Y}" if pin.expires_on else ""
        said = "keeps it on the list" if pin.kind == Pin.Kind.INCLUDE else "keeps it off the list"
        return f"{pin.by or 'Someone'} {said}{until}: {pin.reason}"
    if entry and fits:
        return f"On the list: it fits the rule of v{version.number}."
    if entry:
        return f"On the list since the last refresh, and no longer fits v{version.number}; the next refresh lets it go."
    if not fits:
        return f"Not on the list: {failing_words(terms)}"
    holder = holder_before(segment, account)
    if holder:
        return f"Not on the list: it fits, and stands on the list of {holder}, which goes first."
    return f"Not on the list yet: it fits v{version.number}, and the next refresh lets it in."


def failing_words(terms: list[Asked]) -> str:
    wrong = [f"{one.text} does not hold (here: {one.own})" for one in terms if not one.holds]
    more = f", and {len(wrong) - 2} more" if len(wrong) > 2 else ""
    return "; ".join(wrong[:2]) + more + "." if wrong else "the rule cannot be read any more."


def live_pins() -> Any:
    return Pin.objects.filter(Q(expires_on=None) | Q(expires_on__gt=clock.today()))


def holder_before(segment: Segment, account: Account) -> Segment | None:
    """The segment that has the account among those with a priority, where this one has one too."""
    if segment.priority is None:
        return None
    others = Segment.objects.filter(priority__isnull=False, archived_at=None).exclude(pk=segment.pk)
    held = others.filter(target_list__entries__account=account, target_list__entries__left_at=None)
    return held.order_by("priority").first()
