"""What hangs on an account or a person follows when it is merged, erased or exported."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from crm.services import registries
from prospecting.models import Attempt, Enrollment, Pin, Touch
from prospecting.services import belongings, sending
from tests.prospecting.world import account_named, enrolled, person_at


def sent(world, server):
    walk = enrolled(world)
    sending.send_due(hand_over=server)
    return walk


def test_a_merged_account_brings_its_walk_and_its_history(world, server, ada):
    walk = sent(world, server)
    kept = account_named("Maas and Dekker", owner=ada)
    belongings.merge_accounts(kept, world.account)
    walk.refresh_from_db()
    assert (walk.account, Touch.objects.get().account) == (kept, kept)
    assert walk.milestones.filter(account=kept).count() == 2


def test_of_two_walks_only_that_of_the_kept_account_stays_open(world, ada):
    walk = enrolled(world)
    other = account_named("Other", owner=ada)
    person_at(other, "Otto Other", "problem-owner")
    belongings.pin_imported(world.segment.target_list, [other.pk], by=ada)
    second = enrolled(world, other)
    belongings.merge_accounts(other, world.account)
    walk.refresh_from_db()
    second.refresh_from_db()
    assert (walk.state, second.state) == ("closed", "active")
    assert Enrollment.objects.filter(account=other).count() == 2


def test_an_import_into_a_list_makes_pins(world, ada):
    other = account_named("Bakery", owner=ada, industry="Bakery")
    belongings.pin_imported(world.segment.target_list, [other.pk], by=ada)
    assert Pin.objects.get().reason == "import"


def test_of_a_double_person_what_was_done_counts_for_the_one_that_is_kept(world, server, ada):
    sent(world, server)
    kept = person_at(world.account, "Johannes Dekker", "user")
    belongings.merge_contacts(kept, world.joost)
    assert Touch.objects.get(state="sent").contact == kept


def test_erasing_a_person_takes_texts_and_addresses_and_keeps_the_counts(world, server):
    sent(world, server)
    belongings.erase_contact(world.joost)
    attempt = Attempt.objects.get()
    assert (bytes(attempt.raw), attempt.recipient, attempt.verdict) == (b"", "erased", {})
    assert Touch.objects.filter(state="sent").count() == 1


def test_a_persons_own_copy_names_what_was_sent(world, server):
    sent(world, server)
    assert belongings.export_contact(world.joost)["touches"][0]["state"] == "sent"


def test_the_shared_record_reaches_it_all():
    assert belongings.merge_accounts in registries.merge_accounts
    assert belongings.erase_contact in registries.erase_contact
    assert belongings.being_worked in registries.being_worked


def test_refresh_lists_prints_one_json_line_a_list(world):
    out = StringIO()
    call_command("refresh_lists", "cold-store operators", stdout=out)
    line = json.loads(out.getvalue())
    assert (line["segment"], line["version"], line["members"]) == ("Cold-store operators", 1, 1)


def test_refresh_lists_refuses_a_segment_it_does_not_know(world):
    with pytest.raises(CommandError, match="There is no segment"):
        call_command("refresh_lists", "moon")
