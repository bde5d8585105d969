"""The label vocabulary."""

import pytest

from prospecting.rules import labels


def test_there_are_17_labels_in_9_families():
    assert len(labels.LABELS) == 17
    assert {label.family for label in labels.LABELS.values()} == set(labels.FAMILIES)


def test_a_machine_is_no_reply():
    machines = [key for key in labels.LABELS if not labels.counts(key)]
    assert machines == ["bounce", "out_of_office", "auto_reply"]


def test_an_unlabelled_message_does_not_count_yet():
    assert not labels.counts("")


@pytest.mark.parametrize(
    ("said", "main"),
    [
        ({"meeting_request", "unsubscribe"}, "unsubscribe"),
        ({"referral", "meeting_request"}, "meeting_request"),
        ({"objection_competitor", "not_now"}, "not_now"),
        ({"question", "objection_price"}, "objection_price"),
        ({"interested", "question"}, "question"),
        (set(), "other"),
    ],
)
def test_the_main_label_is_the_first_that_applies(said, main):
    assert labels.main_label(said) == main
