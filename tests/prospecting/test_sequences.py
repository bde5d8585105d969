"""Sequences: drafts, what a step is from version to version, publishing, and how versions differ."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import Error, transaction

from crm.errors import Refused
from crm.models import Event
from prospecting.models import Enrollment, SequenceVersion, Step
from prospecting.queries import sequences as asked
from prospecting.rules import step_calendar
from prospecting.services import enrollment, sequences
from tests.prospecting.world import enrolled

OWNER = "problem-owner"


def steps_of(version: SequenceVersion, role: str = OWNER) -> list[dict[str, Any]]:
    keep = ("key", "channel", "wait_days", "template", "same_thread", "task")
    rows = version.steps.filter(role__slug=role).order_by("order")
    return [{"role": role, **{name: getattr(step, name) for name in keep}} for step in rows]


def keys(version: SequenceVersion, role: str = OWNER) -> list[int]:
    return list(version.steps.filter(role__slug=role).order_by("order").values_list("key", flat=True))


def test_a_step_keeps_its_key_when_it_moves(world: SimpleNamespace) -> None:
    first, second = steps_of(world.sequence)
    assert keys(sequences.draft(world.sequence.sequence, [second, first], by=world.ada)) == [2, 1]


def test_a_new_step_never_takes_the_key_of_one_that_was_taken_out(world: SimpleNamespace) -> None:
    first, _ = steps_of(world.sequence)
    call = {"role": OWNER, "channel": "call", "task": "Ask who keeps the log.", "key": 0}

    assert keys(sequences.draft(world.sequence.sequence, [first, call], by=world.ada)) == [1, 3]


def test_a_text_that_was_taken_out_and_put_back_is_the_same_step(world: SimpleNamespace) -> None:
    first, second = steps_of(world.sequence)
    sequences.draft(world.sequence.sequence, [first], by=world.ada)

    assert keys(sequences.draft(world.sequence.sequence, [first, {**second, "key": 0}], by=world.ada)) == [1, 2]


def test_a_step_that_is_copied_is_a_step_of_its_own(world: SimpleNamespace) -> None:
    first, second = steps_of(world.sequence)

    assert keys(sequences.draft(world.sequence.sequence, [first, {**first, "key": 0}, second], by=world.ada)) == [
        1,
        3,
        2,
    ]


def test_without_a_word_about_it_the_same_place_is_the_same_step(world: SimpleNamespace) -> None:
    other = sequences.save_template("Other", subject="Another", body="Other words.", by=world.ada)
    steps = [{"role": OWNER, "template": world.hello}, {"role": OWNER, "template": other}]

    assert keys(sequences.draft(world.sequence.sequence, steps, by=world.ada)) == [1, 2]


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ([{"role": OWNER, "channel": "email"}], "needs a text"),
        ([{"role": "nobody", "channel": "call"}], "no role"),
        ([{"role": OWNER, "channel": "fax"}], "no way"),
        ([{"role": OWNER, "channel": "call", "wait_days": 999}], "working days"),
        (
            [{"role": OWNER, "channel": "call", "order": 1}, {"role": OWNER, "channel": "task", "order": 1}],
            "same number",
        ),
        ([{"role": OWNER, "channel": "call"}] * 41, "at most 40"),
    ],
)
def test_a_step_that_cannot_be_is_refused_and_the_draft_stays_as_it_was(
    world: SimpleNamespace, steps: list[dict[str, Any]], word: str
) -> None:
    kept = sequences.draft(world.sequence.sequence, [{"role": OWNER, "channel": "call"}], by=world.ada)
    with pytest.raises(Refused, match=word):
        sequences.draft(world.sequence.sequence, steps, by=world.ada)

    assert list(kept.steps.values_list("channel", flat=True)) == ["call"]


def test_publishing_says_why_and_is_on_the_timeline(world: SimpleNamespace, ruth: Any) -> None:
    version = sequences.draft(world.sequence.sequence, steps_of(world.sequence)[:1], by=ruth)
    sequences.publish(version, reason="Two mails were one too many.", by=ruth)

    assert SequenceVersion.objects.get(pk=version.pk).reason == "Two mails were one too many."
    assert (
        Event.objects.get(kind="sequenceversion.published", subject_id=version.pk).why == "Two mails were one too many."
    )


def test_a_thread_begins_with_a_subject(world: SimpleNamespace) -> None:
    first, second = steps_of(world.sequence)
    alone = sequences.draft(world.sequence.sequence, [second], by=world.ada)
    with pytest.raises(Refused, match="the first mail to someone needs a subject"):
        sequences.publish(alone, by=world.ada)
    parted = sequences.draft(world.sequence.sequence, [first, {**second, "same_thread": False}], by=world.ada)
    with pytest.raises(Refused, match="a new thread needs a subject"):
        sequences.publish(parted, by=world.ada)


def test_a_published_version_and_its_steps_never_change(world: SimpleNamespace) -> None:
    for change in (
        lambda: Step.objects.filter(version=world.sequence).update(wait_days=9),
        lambda: SequenceVersion.objects.filter(pk=world.sequence.pk).update(reason="later"),
    ):
        with pytest.raises(Error), transaction.atomic():
            change()


def test_versions_differ_in_words(world: SimpleNamespace) -> None:
    first, second = steps_of(world.sequence)
    call = {"role": OWNER, "channel": "call", "task": "Ask who keeps the log.", "wait_days": 1, "key": 0}
    version = sequences.draft(
        world.sequence.sequence, [first, call, {**second, "wait_days": 5, "same_thread": True}], by=world.ada
    )
    said = asked.changes(world.sequence, version)

    assert said == [
        "Problem owner: step 2, call “Ask who keeps the log.”, is new, 1 working day after the one before.",
        "Problem owner: step 3, mail “Again”, waits 5 working days instead of 2.",
        "Approver: all 2 steps are taken out.",
    ]


def test_a_draft_with_the_newest_texts_changes_nothing_else(world: SimpleNamespace) -> None:
    sequences.save_template("Again", subject="", body="Is it still you, {{first_name}}?", by=world.ada)
    version = sequences.draft_newest_texts(world.sequence.sequence, by=world.ada)

    assert asked.changes(world.sequence, version) == [
        "Problem owner: step 2, mail “Again”, has its text in v2 instead of v1.",
        "Approver: step 2, mail “Again”, has its text in v2 instead of v1.",
    ]
    assert keys(version) == [1, 2]


def test_one_segment_runs_ops_led_and_it_led_sequences_and_its_rule_stays(world: SimpleNamespace) -> None:
    it_led = sequences.draft(
        sequences.create_sequence("IT-led", by=world.ada),
        [{"role": OWNER, "template": world.hello}, {"role": "approver", "template": world.hello}],
        by=world.ada,
    )
    sequences.publish(it_led, by=world.ada)
    rule_before = world.segment.versions.get().rule
    walk = enrollment.enroll(
        world.account, segment=world.segment, sequence_version=it_led, prospector=world.ada, by=world.ada
    )

    assert (walk.sequence_version, walk.segment_version.rule) == (it_led, rule_before)
    assert world.segment.versions.count() == 1


def test_those_in_flight_stay_on_their_version(world: SimpleNamespace) -> None:
    walk = enrolled(world)
    sequences.publish(sequences.draft(world.sequence.sequence, steps_of(world.sequence), by=world.ada), by=world.ada)

    assert Enrollment.objects.get(pk=walk.pk).sequence_version == world.sequence


# The calendar ------------------------------------------------------------------------------------------------------


def test_steps_fall_on_working_days_and_holidays_are_named() -> None:
    found = step_calendar.placed([0, 2, 1], date(2026, 4, 2), "DE")  # the Thursday before Easter

    assert [step.day for step in found] == [date(2026, 4, 2), date(2026, 4, 8), date(2026, 4, 9)]
    assert [day for day, _ in found[1].around] == [date(2026, 4, 3), date(2026, 4, 6)]
    assert all(name in ("Good Friday", "Karfreitag", "Easter Monday", "Ostermontag") for _, name in found[1].around)


def test_the_same_steps_fall_on_other_days_in_another_country() -> None:
    days = {country: step_calendar.placed([0, 1], date(2026, 4, 24), country)[1].day for country in ("NL", "GB")}

    assert days == {"NL": date(2026, 4, 28), "GB": date(2026, 4, 27)}  # the King's birthday is a Monday


def test_the_weeks_show_every_step_once() -> None:
    found = step_calendar.placed([0, 3, 10, 0], date(2026, 6, 6), "GB")  # a Saturday
    weeks = step_calendar.weeks(found, "GB")

    assert all(len(week) == 7 and week[0].day.weekday() == 0 for week in weeks)
    assert sorted(n for week in weeks for cell in week for n in cell.steps) == [1, 2, 3, 4]
    assert all(cell.works for week in weeks for cell in week if cell.steps)
