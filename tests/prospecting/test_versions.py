"""How versions of a segment compare."""

from prospecting.rules import versions


def test_overlap_of_four_fifths_is_comparable():
    assert versions.compare(set(range(8)), set(range(10)), same_route=True).verdict == versions.COMPARABLE


def test_less_overlap_is_shifted():
    found = versions.compare_counts(staying=340, entering=96, leaving=31, same_route=True)
    assert (found.verdict, round(found.overlap, 2)) == (versions.SHIFTED, 0.73)


def test_another_route_breaks_the_comparison_whatever_the_overlap():
    assert versions.compare({1, 2}, {1, 2}, same_route=False).verdict == versions.BROKEN


def test_two_empty_lists_are_the_same_list():
    assert versions.compare(set(), set(), same_route=True).overlap == 1.0
