"""The guard on what the database knows."""

from datetime import timedelta

import pytest

from crm.errors import Refused
from crm.services import accounts, contacts, suppression
from prospecting.models import Override
from prospecting.services import guard, reactions, routes, segments, sending
from tests.prospecting.world import MONDAY, account_named, enrolled, person_at


def verdict(world, contact=None, **how):
    return guard.may_contact(world.account, contact or world.joost, **how)


def test_the_problem_owner_of_an_enrolled_account_may_be_written_to(world):
    enrolled(world)
    assert verdict(world).allowed


def test_a_later_role_is_refused_until_its_stage_opens(world):
    enrolled(world)
    found = verdict(world, world.willem)
    assert found.words == "Refused: stage not open"
    assert found.sentence == (
        "Willem Maas cannot be written to yet. Their stage, Approver, opens "
        "after silence: 2 touches and 3 working days or when a colleague names the approver."
    )


def test_without_an_enrollment_no_stage_is_open(world):
    assert verdict(world).sentence == "Maas Dekker is not enrolled, so no stage is open."


def test_a_weak_guess_of_a_role_is_not_used(world):
    enrolled(world)
    eline = person_at(world.account, "Eline Smit", "problem-owner", confidence="low")
    assert verdict(world, eline).reason == "role_unknown"


def test_a_role_that_the_route_does_not_pass_is_refused(world):
    enrolled(world)
    lars = person_at(world.account, "Lars Legal", "legal")
    assert verdict(world, lars).reason == "role_not_on_route"


def test_a_department_out_of_route_is_refused(world, ada):
    version = routes.draft(world.route.route, [{"roles": ["problem-owner"]}], by=ada, departments_out=["Marketing "])
    routes.publish(version, by=ada)
    draft = segments.draft(world.segment, rule="sites > 1", route_version=version, by=ada)
    segments.publish(draft, reason="Never marketing.", by=ada)
    enrolled(world)
    membership = contacts.current_membership(world.joost, world.account)
    membership.department = "Marketing"
    membership.save()
    assert verdict(world).sentence == "Joost Dekker works in Marketing: department out of route."


def test_suppression_of_the_account_holds_for_everyone(world, ada):
    enrolled(world)
    suppression.suppress_account(world.account, reason="Legal threat.", by=ada)
    assert verdict(world).reason == "suppressed"
    assert verdict(world, purpose="answer").reason == "suppressed"


def test_a_closed_account_is_not_even_answered(world, ada):
    accounts.close_account(world.account, "Bankrupt.", by=ada)
    assert verdict(world, purpose="answer").reason == "account_closed"


def test_mail_nobody_has_read_yet_holds_everything(world):
    enrolled(world)
    world.account.unhandled_mail = 1
    world.account.save()
    assert verdict(world).reason == "unhandled_mail"
    assert verdict(world, purpose="answer").allowed


def test_while_one_talks_the_colleague_waits(world):
    walk = enrolled(world)
    reactions.pause_account(world.account, "Joost Dekker wrote.", by="the intake")
    found = verdict(world)
    assert (found.reason, found.waits) == ("colleague_in_conversation", True)
    walk.refresh_from_db()
    assert walk.in_conversation


def test_someone_written_to_for_another_account_waits(world, ada, server):
    enrolled(world)
    sending.send_due(hand_over=server)
    other = account_named("Other Store", owner=ada)
    person_at(other, "Owen Other", "problem-owner")
    contacts.join(world.joost, other, by=ada, role="problem-owner")
    segments.refresh_list(world.segment)
    enrolled(world, other)
    assert guard.may_contact(other, world.joost).reason == "contacted_for_another_account"


def test_the_week_is_full_over_all_people(world, server):
    walk = enrolled(world)
    policy = walk.policy
    policy.touches_a_week = 1
    policy.save()
    sending.send_due(hand_over=server)
    found = verdict(world)
    assert (found.reason, found.until) == ("account_cap", MONDAY + timedelta(days=7))


def test_different_people_are_two_working_days_apart(world, server, ada):
    walk = enrolled(world)
    sending.send_due(hand_over=server)
    reactions.next_role(walk, "Ada knows that Willem decides.", by=ada)
    found = verdict(world, world.willem)
    assert found.reason == "account_cap"
    assert found.sentence == "A colleague was written to just before. Willem Maas not before Wed 10 June."


def test_a_batch_asks_no_more_queries_than_one(world, ada, django_assert_max_num_queries):
    enrolled(world)
    pairs = [(world.account, world.joost), (world.account, world.willem)]
    for n in range(15):
        account = account_named(f"Store {n}", owner=ada)
        pairs.append((account, person_at(account, f"Pia P{n}", "problem-owner")))
    with django_assert_max_num_queries(16):
        found = guard.may_contact_many(pairs)
    assert found[(world.account.pk, world.joost.pk)].allowed


def test_an_override_needs_a_sentence_and_is_counted(world, ada):
    enrolled(world)
    with pytest.raises(Refused, match="Say in a sentence"):
        guard.override(world.account, world.willem, "stage_not_open", "", by=ada)
    guard.override(world.account, world.willem, "stage_not_open", "He asked me on the fair.", by=ada)
    assert verdict(world, world.willem).allowed
    assert Override.objects.count() == 1


def test_nobody_goes_against_a_suppression(world, ada):
    with pytest.raises(Refused, match="cannot be overridden"):
        guard.override(world.account, world.joost, "suppressed", "But I really want to.", by=ada)
