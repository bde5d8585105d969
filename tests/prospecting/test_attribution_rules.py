"""What closed work came down to, from what happened: the surest sign first."""

from datetime import date, timedelta

import pytest

from prospecting.rules.attribution import CAUSES, FROM_LABEL, FROM_REASON, Ended, propose


@pytest.mark.parametrize(
    ("walk", "cause", "says"),
    [
        (Ended(labels=["not_now"], reason="fit"), "list", "As it was said"),
        (Ended(labels=["interested"], unfit=True), "list", "Not a fit"),
        (Ended(labels=["interested"], went_cold_after=timedelta(hours=26)), "slow_answer", "waited 1 day 2 h"),
        (Ended(labels=["question", "not_now"], went_cold_after=timedelta(hours=26)), "timing", "another time"),
        (Ended(labels=["interested"], not_theirs=True), "role", "not theirs"),
        (Ended(labels=["referral"], route_switched=True), "route", "another department"),
        (Ended(labels=["interested", "wrong_person"]), "role", "not the one"),
        (Ended(labels=["left_company"]), "role", "had left"),
        (Ended(labels=["unsubscribe"]), "copy", "no more mail"),
        (Ended(labels=["interested"], rested_until=date(2027, 3, 1)), "timing", "rested until 1 March 2027"),
        (Ended(labels=["interested"]), "", "no meeting was held"),
        (Ended(bounced=2), "list", "2 mails came back"),
        (Ended(role_missing=True), "role", "Nobody was known for the role"),
        (Ended(window_closed=True), "timing", "window was closed"),
        (Ended(), "", "before anything left"),
        (Ended(mails=3, people=2, role_missing=True), "role", "3 touches to 2 people, and then nobody"),
        (Ended(mails=3, people=1), "list", "3 touches to 1 person, no answer, and nobody else"),
        (Ended(mails=9, people=3), "copy", "9 touches to 3 people, and nobody answered"),
    ],
)
def test_what_happened_proposes_a_cause_and_says_what_shows_it(walk: Ended, cause: str, says: str) -> None:
    found = propose(walk)

    assert (found.cause, says in found.because) == (cause, True), found


def test_a_person_s_reason_and_every_label_lead_to_a_cause_that_exists() -> None:
    assert {*FROM_REASON.values(), *(cause for cause, _ in FROM_LABEL.values())} <= set(CAUSES)


def test_what_gives_away_their_words_says_so() -> None:
    assert propose(Ended(labels=["not_now"])).said
    assert propose(Ended(labels=["x"], reason="budget")).said
    assert propose(Ended(labels=["interested"], went_cold_after=timedelta(hours=26))).said  # that it was welcome
    assert not propose(Ended(mails=9, people=3)).said
