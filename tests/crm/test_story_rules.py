"""A long story made short: runs of machine entries are one line, and nothing is lost in it."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from crm.rules.story import Counted, Told, told

MAIL, STAGE = Counted("mail", "mails", to_people=True), Counted("stage moved", "stages moved")
TODAY = date(2026, 11, 23)


def entry(n: int, counted: Counted | None, person: int | None = None, day: date = TODAY) -> Told:
    return Told(f"e{n}", day, counted, person)


def test_mails_in_a_row_are_one_line_with_their_people() -> None:
    rows = [entry(n, MAIL, n % 3) for n in range(6)] + [entry(7, STAGE)]
    [run] = told(rows, TODAY)

    assert (run.folded, run.words) == (True, "6 mails to 3 people, 1 stage moved")


def test_what_a_person_did_stands_by_itself_and_ends_a_run() -> None:
    runs = told([entry(1, MAIL, 1), entry(2, MAIL, 1), entry(3, None), entry(4, MAIL, 2)], TODAY)

    assert [(run.folded, len(run.entries)) for run in runs] == [(True, 2), (False, 1), (False, 1)]
    assert runs[0].words == "2 mails to 1 person"


def test_a_run_over_days_says_from_when_to_when_and_ends_with_the_month() -> None:
    days = [date(2026, 6, 17), date(2026, 6, 3), date(2026, 5, 30), date(2026, 5, 28)]
    runs = told([entry(n, MAIL, n, day) for n, day in enumerate(days)], TODAY)

    assert [run.days for run in runs] == ["3 to 17 Jun", "28 to 30 May"]


def test_what_was_asked_for_is_never_hidden_in_a_run() -> None:
    runs = told([entry(n, MAIL, n) for n in range(5)], TODAY, keep=lambda one: one.key == "e2")

    assert [run.folded for run in runs] == [True, False, True]


@given(st.lists(st.tuples(st.sampled_from([None, MAIL, STAGE]), st.integers(0, 400)), max_size=40))
@settings(max_examples=100, deadline=None)
def test_folding_loses_nothing_and_keeps_the_order(made: list[tuple[Counted | None, int]]) -> None:
    made.sort(key=lambda one: one[1])
    rows = [entry(n, counted, n, TODAY - timedelta(days=back)) for n, (counted, back) in enumerate(made)]
    runs = told(rows, TODAY)

    assert [one.key for run in runs for one in run.entries] == [row.key for row in rows]
    assert all(run.days == "" or run.folded for run in runs)
