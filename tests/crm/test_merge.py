"""Two records become one with everything that hangs on them, and two again exactly as they were."""

import random
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps

from appointments.models import WorkItem
from appointments.services import belongings as appointments_belongings
from crm import clock
from crm.errors import Refused
from crm.models import (
    Account,
    AccountDomain,
    Contact,
    Conversation,
    DuplicatePair,
    Event,
    ExternalId,
    Membership,
    Merge,
    Note,
)
from crm.services import accounts, belongings, contacts, duplicates, merging, notes, suppression
from crm.services.journal import as_row, relations_to
from prospecting.models import Enrollment, ListEntry, Pin, Reply, Snapshot, SnapshotEntry, Touch
from prospecting.services import belongings as prospecting_belongings
from prospecting.services import segments, sending
from tests.appointments.world import hear, reached
from tests.prospecting.world import MONDAY, Server, account_named, enrolled, person_at, small_world


@pytest.fixture
def monday() -> Any:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def world(ada: Any, monday: Any) -> Any:
    return small_world(ada)


def digest() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours, but for merges and what the timeline gained."""
    models = [m for app in ("crm", "prospecting", "appointments") for m in apps.get_app_config(app).get_models()]
    rows = {
        m._meta.label: [as_row(one) for one in m._base_manager.order_by("pk")]
        for m in models
        if m not in (Merge, Event)
    }
    return rows | {"events": [as_row(one) for one in Event.objects.order_by("pk")]}


def same(before: dict[str, Any], after: dict[str, Any]) -> None:
    old = {one["id"] for one in before["events"]}
    after = after | {"events": [one for one in after["events"] if one["id"] in old]}
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert after == before


# What moves


def test_no_column_that_points_to_an_account_or_a_person_is_left_out() -> None:
    covered = {
        Account: {f"crm.{name}" for name in belongings.ACCOUNT_COLUMNS},
        Contact: {f"crm.{name}" for name in belongings.CONTACT_COLUMNS},
    }
    for module in (prospecting_belongings, appointments_belongings):
        covered[Account] |= {f"{model._meta.label}.account" for model in module.ON_ACCOUNTS}
        covered[Contact] |= {f"{model._meta.label}.contact" for model in module.ON_CONTACTS}

    for model, known in covered.items():
        found = {f"{column.model._meta.label}.{column.name}" for column in relations_to(model)}
        assert found == known


def test_what_hangs_on_an_account_moves_and_its_number_and_domain_stay_known(world: Any, ada: Any) -> None:
    kept = account_named("Maas und Dekker", owner=ada, external_id="A1")
    Account.objects.filter(pk=world.account.pk).update(external_id="B2")
    notes.add_note(world.account, "They moved.", by=ada)

    merging.merge(kept, world.account, by=ada)

    assert not Account.objects.filter(pk=world.account.pk).exists()
    assert Membership.objects.filter(account=kept, until=None).count() == 2
    assert Note.objects.get().account == kept
    assert Event.objects.filter(account=kept, kind="account.merged").count() == 1
    assert AccountDomain.objects.get(account=kept).domain == "maas-dekker.example"
    assert ExternalId.objects.get(account=kept).value == "B2"


def test_the_kept_record_fills_its_gaps_and_takes_what_was_chosen(ada: Any) -> None:
    kept = accounts.create_account(name="Maas", city="Utrecht", by=ada)
    gone = accounts.create_account(name="Maas & Dekker B.V.", city="Zeist", phone="030 123 4567", by=ada)

    merging.merge(kept, gone, by=ada, choose={"name": "gone"})

    kept.refresh_from_db()
    assert (kept.name, kept.city, kept.phone) == ("Maas & Dekker B.V.", "Utrecht", "030 123 4567")
    assert kept.name_norm == "maas & dekker"


def test_only_the_walk_of_the_kept_account_stays_open_and_a_point_in_time_is_on_a_list_once(
    world: Any, ada: Any
) -> None:
    other = account_named("Other", owner=ada)
    person_at(other, "Otto Other", "problem-owner")
    segments.refresh_list(world.segment)
    enrolled(world)
    enrolled(world, other)

    merging.merge(other, world.account, by=ada)

    assert sorted(Enrollment.objects.filter(account=other).values_list("state", flat=True)) == ["active", "closed"]
    assert ListEntry.objects.filter(account=other, left_at=None).count() == 1


def test_nobody_merges_while_something_is_being_sent(world: Any, ada: Any) -> None:
    enrolled(world)
    Touch.objects.update(state="in_flight", lease_until=clock.now())

    with pytest.raises(Refused, match="being sent"):
        merging.merge(account_named("Other", owner=ada), world.account, by=ada)


def test_sites_follow_and_nobody_becomes_their_own_parent(ada: Any) -> None:
    top = accounts.create_account(name="Group", by=ada)
    gone = accounts.create_account(name="Holding", parent=top, by=ada)
    site = accounts.create_account(name="Site", parent=gone, by=ada)
    kept = accounts.create_account(name="Holding Ltd", parent=site, by=ada)
    before = digest()

    merge = merging.merge(kept, gone, by=ada)

    kept.refresh_from_db()
    site.refresh_from_db()
    assert (kept.parent, site.parent) == (top, kept)
    merging.undo_merge(merge, by=ada)
    same(before, digest())


# Suppression


def test_a_suppressed_account_stays_so_under_its_new_number_and_after_the_undo(ada: Any) -> None:
    kept, gone = (accounts.create_account(name=name, by=ada) for name in ("Maas", "Maas BV"))
    suppression.suppress_account(gone, reason="They said no.", by=ada)

    merge = merging.merge(kept, gone, by=ada)

    assert suppression.standing([], [kept.pk]) == {kept.pk}
    merging.undo_merge(merge, by=ada)
    assert suppression.standing([], [kept.pk, gone.pk]) == {gone.pk}


def test_a_person_who_said_no_under_one_address_is_not_written_to_under_the_other(ada: Any) -> None:
    kept = contacts.add_contact(None, by=ada, first_name="Joost", last_name="Dekker", email="joost@maas.example")
    gone = contacts.add_contact(None, by=ada, first_name="J.", last_name="Dekker", email="j.dekker@old.example")
    suppression.suppress_address(gone.email, reason="unsubscribed", by=ada)

    merge = merging.merge(kept, gone, by=ada)

    both = ["joost@maas.example", "j.dekker@old.example"]
    assert suppression.standing(both) == set(both)
    merging.undo_merge(merge, by=ada)
    assert suppression.standing(both) == {"j.dekker@old.example"}


def test_a_wish_that_may_have_been_repeated_since_stands_after_the_undo(ada: Any, noor: Any, monday: Any) -> None:
    world = reached(ada, noor)
    gone = account_named("Maas double", owner=ada)
    suppression.suppress_account(gone, reason="They said no.", by=ada)
    merge = merging.merge(world.account, gone, by=ada)
    with clock.at(MONDAY + timedelta(hours=1)):
        hear(world, "As I said: do not write to us again.")

        merging.undo_merge(merge, by=ada)

    assert suppression.standing([], [world.account.pk, gone.pk]) == {world.account.pk, gone.pk}
    assert Event.objects.filter(kind="account.unmerged", facts__suppression_stays=True).count() == 2


def test_a_stopped_person_stays_stopped(ada: Any) -> None:
    kept, gone = (contacts.add_contact(None, by=ada, first_name="Joost", last_name=n) for n in ("Dekker", "Decker"))
    contacts.stop_contact(gone, "said no", by=ada)

    merging.merge(kept, gone, by=ada)

    kept.refresh_from_db()
    assert kept.stopped_reason == "said no"


# Undo


def test_merge_and_undo_of_accounts_in_the_middle_of_their_walks_is_as_before(ada: Any, noor: Any, monday: Any) -> None:
    world = reached(ada, noor)
    hear(world, "Yes, interested. When could we talk?")
    other = crowded_double(world, ada)
    for kept, gone in ((other, world.account), (world.account, other)):
        before = digest()
        merge = merging.merge(kept, gone, by=ada)
        assert WorkItem.objects.filter(account=kept).exists()
        merging.undo_merge(merge, by=ada)
        same(before, digest())


def test_merge_and_undo_of_people_that_one_step_both_reached_is_as_before(world: Any, ada: Any) -> None:
    double = person_at(world.account, "Johannes Dekker", "problem-owner")
    enrolled(world)
    sending.send_due(hand_over=Server())
    touch = Touch.objects.filter(state="sent").get()
    other = double if touch.contact_id != double.pk else world.joost
    Touch.objects.filter(enrollment=touch.enrollment, contact=other).delete()
    copy = Touch.objects.get(pk=touch.pk)
    copy.pk, copy.contact, copy.message = None, other, None
    copy.save(force_insert=True)
    for kept, gone in ((world.joost, double), (double, world.joost)):
        before = digest()
        merge = merging.merge(kept, gone, by=ada)
        assert Touch.objects.filter(contact=kept, state="sent").count() == 1
        assert merge.dropped["prospecting.Touch"]
        merging.undo_merge(merge, by=ada)
        same(before, digest())


@pytest.mark.parametrize("seed", range(12))
def test_merge_then_undo_is_as_before_whatever_hangs_on_the_two(seed: int, ada: Any, ruth: Any, monday: Any) -> None:
    chance = random.Random(seed)
    world = small_world(ada)
    pair = [world.account, account_named("Maas en Dekker", owner=chance.choice([ada, None]))]
    people = [world.joost, world.willem]
    for one in pair:
        people.append(person_at(one, f"Pim Pauw{one.pk}", chance.choice(["user", "unknown", "approver"])))
    for _ in range(12):
        something(chance, chance.choice(pair), chance.choice(people), world, ada)
    kept, gone = chance.sample(pair, 2) if chance.random() < 0.6 else chance.sample(people, 2)
    names = chance.sample(merging.CHOICES[merging.kind_of(kept)], 5)
    before = digest()

    merge = merging.merge(kept, gone, by=ruth, choose={name: chance.choice(["kept", "gone"]) for name in names})
    assert digest() != before
    merging.undo_merge(merge, by=ruth)

    same(before, digest())


def test_what_came_since_goes_with_its_thread(ada: Any, noor: Any, monday: Any) -> None:
    world = reached(ada, noor)
    kept = account_named("Other", owner=ada)
    merge = merging.merge(kept, world.account, by=ada)
    with clock.at(MONDAY + timedelta(hours=1)):
        message = hear(world, "Interested, tell me more.")
        assert (
            message.account_id == kept.pk or Conversation.objects.get(pk=message.conversation_id).account_id == kept.pk
        )

        merging.undo_merge(merge, by=ada)

    message.refresh_from_db()
    assert message.account_id == Reply.objects.get(message=message).account_id == merge.gone_id
    assert WorkItem.objects.get().account_id == merge.gone_id
    assert not Touch.objects.filter(account=kept).exists()


def test_a_later_merge_is_undone_first(ada: Any) -> None:
    one, two, three = (accounts.create_account(name=name, by=ada) for name in ("One", "Two", "Three"))
    first = merging.merge(two, three, by=ada)
    second = merging.merge(one, two, by=ada)

    with pytest.raises(Refused, match="Undo that first"):
        merging.undo_merge(first, by=ada)
    assert merging.successor("accounts", three.pk) == one.pk
    merging.undo_merge(second, by=ada)
    merging.undo_merge(first, by=ada)
    assert Account.objects.count() == 3
    with pytest.raises(Refused, match="undone already"):
        merging.undo_merge(first, by=ada)


def test_what_was_edited_after_the_merge_stays(ada: Any) -> None:
    kept = accounts.create_account(name="Maas", by=ada)
    gone = accounts.create_account(name="Maas BV", city="Utrecht", phone="030 1234567", by=ada)
    merge = merging.merge(kept, gone, by=ada)
    kept.refresh_from_db()
    accounts.edit_account(kept, city="Amersfoort", by=ada)

    merging.undo_merge(merge, by=ada)

    kept.refresh_from_db()
    assert (kept.city, kept.phone) == ("Amersfoort", "")
    assert Account.objects.get(pk=gone.pk).city == "Utrecht"


def test_other_proposals_follow_the_record_that_stays(ada: Any) -> None:
    one, two, three = (accounts.create_account(name=name, by=ada) for name in ("One", "Two", "Three"))
    duplicates.propose("accounts", [(one.pk, two.pk, "likely", 0.9, []), (two.pk, three.pk, "likely", 0.9, [])])

    merge = merging.merge(one, two, by=ada)

    states = dict(DuplicatePair.objects.values_list("state", "high_id"))
    assert states == {"merged": two.pk, "proposed": three.pk}
    assert DuplicatePair.objects.get(state="proposed").low_id == one.pk
    merging.undo_merge(merge, by=ada)
    assert DuplicatePair.objects.filter(state="proposed").count() == 2


def test_an_account_is_not_merged_with_itself_nor_with_a_person(ada: Any) -> None:
    account = accounts.create_account(name="Maas", by=ada)
    person = contacts.add_contact(account, by=ada, first_name="Joost")

    for other in (account, person):
        with pytest.raises(Refused):
            merging.merge(account, other, by=ada)


def crowded_double(world: Any, ada: Any) -> Any:
    """A second account with a walk, a list entry, pins and people of its own, and one person who is at both."""
    other = account_named("Maas Double", owner=ada, city="Utrecht", tags=["cold"])
    person_at(other, "Otto Other", "problem-owner")
    contacts.join(world.joost, other, role="approver", by=ada)
    target = world.segment.target_list
    segments.refresh_list(world.segment)
    for one in (other, world.account):
        segments.pin(world.segment, one, "include", "x", by=ada)
    enrolled(world, other)
    snapshot = Snapshot.objects.create(target_list=target, name="June", at=clock.now(), by=ada)
    for one in (other, world.account):
        SnapshotEntry.objects.create(snapshot=snapshot, account=one, name=one.name, rung="targeted")
    return other


def something(chance: random.Random, account: Any, contact: Any, world: Any, ada: Any) -> None:
    """One of the things that happen to an account or a person."""
    target = world.segment.target_list
    acts = [
        lambda: notes.add_note(account, "A note.", by=ada, contact=chance.choice([contact, None])),
        lambda: suppression.suppress_account(account, reason="no", by=ada),
        lambda: suppression.suppress_address(contact.email, reason="no", by=ada),
        lambda: contacts.join(contact, account, role=chance.choice(["user", None]), by=ada),
        lambda: accounts.edit_account(account, city=chance.choice(["Utrecht", "Zeist"]), custom={"a": chance.random()}, by=ada),
        lambda: AccountDomain.objects.get_or_create(account=account, domain=chance.choice(["a.example", "b.example"])),
        lambda: ExternalId.objects.get_or_create(system="erp", value=str(chance.random()), defaults={"account": account}),
        lambda: Pin.objects.update_or_create(
            target_list=target, account=account,
            defaults={"kind": chance.choice(["include", "exclude"]), "reason": "x", "by": ada, "at": clock.now()},
        ),
        lambda: enrolled(world, account),
        lambda: sending.send_due(hand_over=Server()),
        lambda: contacts.stop_contact(contact, "no", by=ada),
        lambda: accounts.write_rest(account, date(2026, 9, chance.randint(1, 28)), "later", by=ada),
        lambda: ListEntry.objects.create(
            target_list=target, account=account, version_in=target.segment.versions.first(),
            entered_at=clock.now() - timedelta(days=chance.randint(5, 9)), left_at=clock.now() - timedelta(days=chance.randint(1, 4)),
        ),
    ]  # fmt: skip
    with suppress(Refused):
        chance.choice(acts)()
