"""The guard row by row: every reason of the closed list on what the database knows, for outreach and for an answer."""

from datetime import timedelta

import pytest

from crm import clock
from crm.models import Account, Mailbox
from crm.services import accounts, contacts, suppression
from prospecting.models import Enrollment, ListEntry
from prospecting.rules import guard as rules
from prospecting.services import guard, reactions, routes, sending
from tests.prospecting.world import MONDAY, account_named, enrolled, mailbox_of, person_at

pytestmark = pytest.mark.django_db
SUNDAY = MONDAY - timedelta(days=1)


def suppressed(w):
    suppression.suppress_address(w.joost.email, reason="asked us to stop", by=w.ada)


def closed(w):
    accounts.close_account(w.account, "Bankrupt.", by=w.ada)


def unowned(w):
    Account.objects.filter(pk=w.account.pk).update(owner=None)


def unknown(w):
    w.person = person_at(w.account, "Una Unknown", "unknown")


def off_route(w):
    w.person = person_at(w.account, "Lars Legal", "legal")


def out(w):
    part = contacts.current_membership(w.joost, w.account)
    part.department = "Marketing"
    part.save()
    version = routes.draft(w.route.route, [{"roles": ["problem-owner"]}], by=w.ada, departments_out=["Marketing"])
    Enrollment.objects.update(route_version=routes.publish(version, by=w.ada) or version)


def shut(w):
    w.person = w.willem


def unread(w):
    Account.objects.filter(pk=w.account.pk).update(unhandled_mail=1)


def talking(w):
    reactions.pause_account(w.account, "Willem wrote.", by="the intake")


def elsewhere(w):
    other = account_named("Other Store", owner=w.ada)
    contacts.join(w.joost, other, by=w.ada, role="problem-owner")
    from prospecting.services import segments  # noqa: PLC0415 - the list anew for this row alone

    w.walk.touches.update(state="cancelled")
    segments.refresh_list(w.segment)
    enrolled(w, other)


def resting(w):
    accounts.write_rest(w.account, (MONDAY + timedelta(days=9)).date(), "Asked for June.", by=w.ada)


def window(w):
    ListEntry.objects.update(window_open=False)


def full(w):
    w.walk.policy.touches_a_week = 1
    w.walk.policy.save()
    sending.send_due(hand_over=w.server)


def box_paused(w):
    Mailbox.objects.filter(pk=w.mailbox.pk).update(state="paused", paused_reason="wrong password.")


def night(w):
    w.now = SUNDAY


def used_up(w):
    Mailbox.objects.filter(pk=w.mailbox.pk).update(daily_cap=0)


def somebody_elses(w):
    w.by = w.ben


TABLE = [
    (rules.SUPPRESSED, suppressed, "refuse", True),
    (rules.ACCOUNT_CLOSED, closed, "refuse", True),
    (rules.NO_OWNER, unowned, "refuse", False),
    (rules.COMPETING_ENROLLMENT, somebody_elses, "refuse", False),
    (rules.ROLE_UNKNOWN, unknown, "refuse", False),
    (rules.ROLE_NOT_ON_ROUTE, off_route, "refuse", False),
    (rules.DEPARTMENT_OUT_OF_ROUTE, out, "refuse", False),
    (rules.STAGE_NOT_OPEN, shut, "refuse", False),
    (rules.UNHANDLED_MAIL, unread, "wait", False),
    (rules.COLLEAGUE_IN_CONVERSATION, talking, "wait", False),
    (rules.CONTACTED_FOR_ANOTHER_ACCOUNT, elsewhere, "wait", False),
    (rules.COOL_OFF, resting, "wait", False),
    (rules.TIMING_CLOSED, window, "wait", False),
    (rules.ACCOUNT_CAP, full, "wait", False),
    (rules.MAILBOX_PAUSED, box_paused, "wait", True),
    (rules.OUTSIDE_SENDING_WINDOW, night, "wait", False),
    (rules.MAILBOX_CAP, used_up, "wait", False),
]


@pytest.fixture
def w(world, server, ben):
    world.walk, world.server, world.ben = enrolled(world), server, ben
    world.person, world.now, world.by = world.joost, MONDAY, world.ada
    mailbox_of(ben)
    return world


def asked(w, purpose):
    """As the sender asks: with a mailbox in hand. Outreach in somebody's name also asks whose account it is."""
    w.account.refresh_from_db()
    box = Mailbox.objects.get(pk=w.mailbox.pk)
    with clock.at(w.now):
        if purpose == rules.OUTREACH:
            return guard.by_hand(w.account, w.person, by=w.by, mailbox=box)[1]
        return guard.may_contact(w.account, w.person, mailbox=box, purpose=purpose)


def test_the_table_has_a_row_for_every_reason():
    assert tuple(row[0] for row in TABLE) == rules.REASONS


def test_with_nothing_in_the_way_both_purposes_are_allowed(w):
    assert asked(w, rules.OUTREACH).allowed and asked(w, rules.ANSWER).allowed


@pytest.mark.parametrize(("reason", "happens", "decision", "answers_ask"), TABLE, ids=[row[0] for row in TABLE])
def test_what_stands_against_outreach_and_what_against_an_answer(w, reason, happens, decision, answers_ask):
    happens(w)
    said = asked(w, rules.OUTREACH)
    assert (said.decision, said.reason) == (decision, reason)
    assert said.sentence.endswith(".")
    answer = asked(w, rules.ANSWER)
    assert answer.reason == (reason if answers_ask else "")
    assert Enrollment.objects.filter(pk=w.walk.pk).exists()


@pytest.mark.parametrize("reason", [rules.MAILBOX_PAUSED, rules.OUTSIDE_SENDING_WINDOW, rules.MAILBOX_CAP])
def test_before_a_mailbox_is_known_its_reasons_are_left_to_the_sender(w, reason):
    {row[0]: row[1] for row in TABLE}[reason](w)
    with clock.at(w.now):
        assert guard.may_contact(w.account, w.person).allowed
