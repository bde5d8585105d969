"""Round robin over a ledger: shares follow weights, and nobody pays for being new or away."""

from collections import Counter
from decimal import Decimal

from appointments.rules.turns import Hand, average, in_turn, share_missed


def dealt(weights, n, had=()):
    """Who got what of so many meetings, each going to whose turn it is."""
    counts = Counter({pk: Decimal(amount) for pk, amount in dict(had).items()})
    got = Counter()
    for _ in range(n):
        first = in_turn([Hand(pk, weight, counts[pk]) for pk, weight in weights.items()])[0]
        counts[first] += 1
        got[first] += 1
    return got


def test_meetings_follow_the_weights():
    assert dealt({1: 1, 2: 2, 3: 3}, 600) == {1: 100, 2: 200, 3: 300}


def test_a_heavier_share_is_mixed_in_evenly():
    order = []
    had = {1: Decimal(0), 2: Decimal(0)}
    for _ in range(8):
        first = in_turn([Hand(1, 1, had[1]), Hand(2, 3, had[2])])[0]
        had[first] += 1
        order.append(first)
    assert [order[:4].count(2), order[4:].count(2)] == [3, 3]


def test_a_weight_of_nothing_is_never_in_turn():
    assert in_turn([Hand(1, 0), Hand(2, 1, Decimal(99))]) == [2]


def test_who_knows_the_account_comes_before_the_turn_and_strangers_do_not():
    assert in_turn([Hand(1), Hand(2, 1, Decimal(9))], first=[2, 77]) == [2, 1]


def test_a_joiner_at_the_average_is_not_flooded():
    others = [Hand(1, 1, Decimal(10)), Hand(2, 1, Decimal(12))]
    starts = average(others, 1)
    got = dealt({1: 1, 2: 1, 3: 1}, 30, {1: 10, 2: 12, 3: starts})
    assert starts == 11 and max(got.values()) - min(got.values()) <= 2


def test_the_average_goes_by_weight():
    assert average([Hand(1, 1, Decimal(10)), Hand(2, 2, Decimal(20))], 3) == 30


def test_who_was_away_is_given_what_the_others_had_meanwhile():
    assert share_missed([Hand(1, 1, Decimal(6)), Hand(2, 1, Decimal(4))], Decimal(1), 1) == 4


def test_being_away_never_takes_meetings_from_anybody():
    assert share_missed([Hand(1, 1, Decimal(1))], Decimal(5), 1) == 0
