"""The search for groups that do worse: an exact test, every look counted, words and rules that say the same."""

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prospecting.queries.rule_parser import holds, narrowed
from prospecting.rules import cuts
from prospecting.rules.cuts import HELD, Walked, search
from prospecting.rules.exact import fisher, least_p

TABLE = st.integers(0, 40).flatmap(
    lambda of: st.integers(0, 60).flatmap(
        lambda rest: st.tuples(st.integers(0, of), st.just(of), st.integers(0, rest), st.just(rest))
    )
)


def by_definition(count: int, of: int, rest_count: int, rest_of: int) -> float:
    """Everything that is at most as likely as what was seen, in whole numbers."""
    hits = count + rest_count
    ways = [comb(of, n) * comb(rest_of, hits - n) for n in range(max(0, hits - rest_of), min(of, hits) + 1)]
    seen = comb(of, count) * comb(rest_of, rest_count)
    return float(Fraction(sum(way for way in ways if way <= seen), sum(ways)))


@given(TABLE)
@settings(max_examples=150, deadline=None)
def test_the_test_is_fishers_to_the_last_digit(table: tuple[int, int, int, int]) -> None:
    assert fisher(*table) == pytest.approx(by_definition(*table), rel=1e-6)


@given(TABLE)
@settings(max_examples=80, deadline=None)
def test_no_outcome_is_less_likely_than_the_margins_allow(table: tuple[int, int, int, int]) -> None:
    count, of, rest_count, rest_of = table
    assert least_p(of, rest_of, count + rest_count) <= fisher(*table) * (1 + 1e-9)


def test_the_test_holds_for_very_many() -> None:
    assert fisher(2_000, 20_000, 2_000, 20_000) == pytest.approx(1.0)
    assert 0 <= fisher(0, 20_000, 4_000, 20_000) < 1e-100


def world(many: int, seed: int, *, few_sites: float = 0.3, rest: float = 0.3, unknown: bool = False) -> list[Walked]:
    dice, rows = random.Random(seed), []
    for _ in range(many):
        sites = dice.randint(1, 8)
        facts = {
            "sites": sites, "employees": dice.choice([60, 120, 240, 480]), "country": dice.choice(["GB", "DE", "NL"]),
            "industry": dice.choice(["Dairy", "Bakery"]), "tag": dice.sample(["refit", "old"], dice.randint(0, 2)),
            "role_filled": dice.sample(["Approver", "Champion"], dice.randint(0, 2)), "custom": {"fleet": str(dice.randint(1, 30))},
        }  # fmt: skip
        if unknown and dice.random() < 0.3:
            del facts["sites"]
        answered = dice.random() < (few_sites if sites < 3 else rest)
        rows.append(Walked(facts, answered, answered and dice.random() < 0.5))
    return rows


def test_a_group_that_never_meets_is_found_with_the_term_that_leaves_it_out() -> None:
    found = search(world(300, 1, few_sites=0.0, rest=0.4)).proposals[0]

    assert found.group.words == "fewer than 3 sites"
    assert (found.group.rule, found.keep.rule) == ("sites < 3", "sites >= 3")
    assert found.count == 0
    assert found.sentence.startswith("Fewer than 3 sites: ")
    assert "0 answered" in found.sentence or "0 held a meeting" in found.sentence


def test_who_is_not_known_of_is_not_thrown_out_with_them() -> None:
    found = search(world(400, 2, few_sites=0.0, rest=0.5, unknown=True)).proposals[0]

    assert found.keep.rule == "(sites >= 3 or sites = None)"


def test_where_nothing_differs_hardly_ever_anything_is_found() -> None:
    """The promise is one segment in twenty; of forty that would be two, and more than six is beyond chance."""
    assert sum(bool(search(world(200, seed)).findings) for seed in range(40)) <= 6


def test_more_looks_make_it_harder() -> None:
    rows = [Walked({"sites": 1 if n < 30 else 5}, n % 30 < (4 if n < 30 else 12), False) for n in range(90)]
    alone = search(rows)
    dice = random.Random(7)
    beside = [
        Walked({**row.facts, "custom": {f"a{k}": dice.randint(0, 5) for k in range(20)}}, row.engaged, row.held)
        for row in rows
    ]

    assert alone.proposals
    assert not [one for one in search(beside).proposals if one.fields == ("sites",)]
    assert search(beside).looked > 20 * alone.looked


def test_of_few_it_says_too_few_and_how_many_are_needed() -> None:
    found = search(world(20, 3, few_sites=0.0))

    assert found.too_few
    assert found.sentence.startswith("Too few to say: 20 accounts, need about ")
    assert search([]).sentence.startswith("Too few to say: 0 accounts")


def test_who_does_better_is_told_and_not_thrown_out() -> None:
    rows = [Walked({"country": "DE" if n < 40 else "GB"}, n < 30 or n % 20 == 0, False) for n in range(200)]
    found = search(rows)

    assert not found.proposals
    assert found.better[0].group.words in ("country DE", "country not GB")
    assert not found.better[0].worse


def test_two_terms_are_looked_at_where_none_alone_says_it() -> None:
    dice, rows = random.Random(5), []
    for _ in range(600):
        facts = {"country": dice.choice(["GB", "DE"]), "industry": dice.choice(["Dairy", "Bakery"])}
        odd = facts == {"country": "DE", "industry": "Dairy"} or facts == {"country": "GB", "industry": "Bakery"}
        rows.append(Walked(facts, dice.random() < (0.05 if odd else 0.4), False))
    found = search(rows).proposals[0]

    assert found.fields == ("country", "industry")
    assert found.keep.rule in (
        '(country != "DE" or industry != "Dairy")', '(country = "GB" or industry = "Bakery")',
        '(country != "GB" or industry != "Bakery")', '(country = "DE" or industry = "Dairy")',
    )  # fmt: skip


def test_a_finding_is_told_once_for_a_field() -> None:
    found = search(world(600, 4, few_sites=0.02, rest=0.5))

    assert [one.fields for one in found.findings].count(("sites",)) == 1


def test_no_text_can_break_out_of_a_rule() -> None:
    rows = [Walked({"industry": 'x" or name != "' if n < 30 else "Dairy"}, n >= 30, False) for n in range(90)]

    assert all('x"' not in one.keep.rule for one in search(rows).findings)


@pytest.mark.parametrize(
    ("rule", "becomes"),
    [
        ("sites > 1", "sites > 1\nand sites >= 3"),
        ('a = "1" or b = "2"', '(a = "1" or b = "2")\nand sites >= 3'),
        ('(a = "1" or b = "2") and c = "x or y"', '(a = "1" or b = "2") and c = "x or y"\nand sites >= 3'),
        ('a = "so \\" or b" and c = 1', 'a = "so \\" or b" and c = 1\nand sites >= 3'),
        ('a = "(" or b = ")"', '(a = "(" or b = ")")\nand sites >= 3'),
        ('a = "\\"" or b = "\\""', '(a = "\\"" or b = "\\"")\nand sites >= 3'),
        ("a = ", "(a =)\nand sites >= 3"),
        (" ", "sites >= 3"),
    ],
)
def test_a_term_narrows_the_rule_as_a_whole(rule: str, becomes: str) -> None:
    assert narrowed(rule, "sites >= 3") == becomes


@pytest.mark.parametrize(
    ("rule", "term", "there"),
    [
        ("sites >= 30", "sites >= 3", False),
        ('a = "x"\nand sites  >=  3', "sites >= 3", True),
        ("(a = 1 and (sites >= 3)) and b = 2", "sites >= 3", True),
        ("a = 1 or sites >= 3", "sites >= 3", False),
        ('name = "and sites >= 3"', "sites >= 3", False),
        ("b = 1 and (sites >= 3 or sites = None)", "(sites >= 3 or sites = None)", True),
        ('country in ("DE", "NL")', 'country in ("DE", "NL")', True),
        ("a = ", "sites >= 3", False),
    ],
)
def test_a_term_is_in_a_rule_that_asks_it_of_everybody(rule: str, term: str, there: bool) -> None:
    assert holds(rule, term) is there


@pytest.mark.parametrize(
    ("values", "term", "words"),
    [
        ((900_000, 1_000_001), "employees < 1000001", "fewer than 1,000,001 people"),
        ((900_000, 1_000_000), "employees < 1000000", "fewer than 1,000,000 people"),
        ((1, 3), "employees < 3", "fewer than 3 people"),
    ],
)
def test_a_threshold_is_written_in_full(values: tuple[int, int], term: str, words: str) -> None:
    rows = [Walked({"employees": values[n >= 40]}, n >= 40, False) for n in range(80)]
    [found] = search(rows).proposals

    assert (found.group.rule, found.group.words) == (term, words)


def test_an_own_number_is_cut_where_it_was_written() -> None:
    rows = [Walked({"custom": {"load": "0.1" if n < 40 else "1234567.250"}}, n >= 40, False) for n in range(80)]
    rows += [Walked({"custom": {"load": 0.00001}}, False, False)] * 5
    found = search(rows).proposals[0]

    assert found.keep.rule == "custom.load >= 1234567.25"
    assert found.group.words == "fewer than 1,234,567.25 load"


def test_a_share_has_its_range() -> None:
    assert cuts.share_words(0, 41) == "0 % (likely 0 % to 9 %)"
    assert cuts.OUTCOMES[HELD] == "held a meeting"
