"""The matrix in the admin: only what can be carried out, what a change would have done, what it was, and back again."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from appointments.models import MatrixRow, WorkItem
from appointments.rules import matrix as rules
from appointments.rules import matrix_changes, matrix_settings
from appointments.services import matrix, matrix_edits
from crm import clock
from crm.models import Event
from tests.appointments.world import item_of, judgement, replied

pytestmark = pytest.mark.django_db
SOUNDS = "Sounds interesting, tell me more."


def row(label="interested"):
    return MatrixRow.objects.get(label=label, segment=None)


def typed(stored, **changes):
    said = {name: getattr(stored, name) for name in matrix_edits.COLUMNS} | changes
    return {**said, "settings": json.dumps(said["settings"]), "minutes": said["minutes"] or ""}


def address(stored):
    return f"/admin/appointments/matrixrow/{stored.pk}/change/"


@pytest.mark.parametrize("seeded", rules.ROWS, ids=lambda one: one.label)
def test_every_row_the_product_was_built_with_can_be_kept(seeded):
    assert matrix_settings.wrong(seeded) == {}


@pytest.mark.parametrize(
    "label, changes, column, words",
    [
        ("interested", {"item": "sing"}, "item_action", "Choose from the list"),
        ("interested", {"minutes": None}, "minutes", "needs a clock"),
        ("interested", {"minutes": 10_000}, "minutes", "working minutes"),
        ("out_of_office", {"minutes": 5}, "minutes", "no clock"),
        ("not_now", {"settings": {"undated_days": 0}}, "settings", "1 to 730"),
        ("not_now", {"settings": {"undated_days": True}}, "settings", "whole number"),
        ("not_now", {"settings": {"lead_dyas": 3}}, "settings", "no setting “lead_dyas”"),
        ("interested", {"settings": {"rest_days": 30}}, "settings", "none of its cells reads it"),
        ("objection_price", {"settings": {"second_answer": "maybe"}}, "settings", "“refused” or “with_a_reason”"),
        ("unsubscribe", {"contact": "nothing"}, "contact_action", "never written to again"),
    ],
)
def test_what_cannot_be_is_said_in_words_at_its_column(label, changes, column, words):
    found = matrix_settings.wrong(replace(rules.BY_LABEL[label], **changes))
    assert words in found[column]


def test_a_change_is_looked_at_before_it_is_kept_and_nothing_changes_backwards(world, adm, as_):
    item = item_of(replied(world, SOUNDS))
    stored, client = row(), as_(adm)
    page = client.post(address(stored), typed(stored, minutes=30)).content.decode()
    assert "1 of 1 would have acted differently" in page
    assert "Its clock runs 30 working minutes instead of 1 working hour" in page
    assert f"/admin/prospecting/reply/{item.reply_id}/change/" in page
    assert "open work item" in page and row().minutes == 60
    client.post(address(stored), {**typed(stored, minutes=30), "_seen": "1"})
    assert (row().minutes, WorkItem.objects.get(pk=item.pk).due_at) == (30, item.due_at)


def test_who_changed_what_is_kept_for_good_and_the_row_goes_back(adm, as_):
    stored = row("not_now")
    as_(adm).post(address(stored), {**typed(stored, settings={"undated_days": 60, "lead_days": 14}), "_seen": "1"})
    told = Event.objects.get(kind="matrix.changed")
    assert (told.actor, told.facts["before"]["settings"]["undated_days"], told.facts["after"]["settings"]["undated_days"]) == (adm, 90, 60)  # fmt: skip
    action = {"action": "put_back", "_selected_action": stored.pk, "index": 0}
    as_(adm).post("/admin/appointments/matrixrow/", action)
    assert row("not_now").settings == {"undated_days": 90, "lead_days": 14}
    assert Event.objects.filter(kind="matrix.changed").count() == 2


def test_what_cannot_be_carried_out_is_not_kept(adm, as_):
    stored = row()
    answer = as_(adm).post(address(stored), {**typed(stored, minutes=""), "_seen": "1"})
    assert "A work item needs a clock" in answer.content.decode()
    assert row().minutes == 60


def test_a_row_of_its_own_is_for_a_segment_only(world, adm, as_):
    said = {**typed(row()), "label": "interested", "_seen": "1"}
    answer = as_(adm).post("/admin/appointments/matrixrow/add/", said)
    assert "Name a segment" in answer.content.decode()
    as_(adm).post("/admin/appointments/matrixrow/add/", {**said, "segment": world.segment.pk, "minutes": 15})
    assert MatrixRow.objects.get(label="interested", segment=world.segment).minutes == 15


def test_the_preview_of_a_segments_row_leaves_the_others_out(world, adm):
    replied(world, SOUNDS)
    MatrixRow.objects.create(label="interested", segment=world.segment, contact_action="stop", account_action="pause", item_action="answer", minutes=15)  # fmt: skip
    after = rules.Row("interested", "stop", "pause", "answer", 30)
    assert (matrix_edits.preview(after, None).read, matrix_edits.preview(after, world.segment).read) == (0, 1)


def test_only_the_last_days_count(world):
    replied(world, SOUNDS)
    after = rules.Row("interested", "stop", "nothing", "answer", 60)
    with clock.at(clock.now() + timedelta(days=31)):
        assert matrix_edits.preview(after, None).read == 0


def test_a_longer_rest_is_told_by_its_day(world):
    reply = replied(world, "Not now. Please write again on 15 September.")
    before = matrix.row_for("not_now", None)
    after = rules.Row("not_now", before.contact, before.account, before.item, before.minutes, {"lead_days": 30})
    found = matrix_changes.differences(before, after, judgement(reply).entities, reply.at.date())
    assert found == ["Rests until Sun 16 August instead of Tue 1 September"]


def test_nobody_but_an_admin_sees_it(ruth, as_):
    assert as_(ruth).get(address(row())).status_code in (302, 403, 404)
