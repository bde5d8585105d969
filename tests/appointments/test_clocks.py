"""Clocks of replies: in the hours of whoever has them, warned of, run out, told to the lead, carried along."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from appointments.models import SetterTurn, Vacation, WorkItem
from appointments.rules import clocks
from appointments.services import answering, belongings, claiming, escalating, presence, setters, work_items
from crm import clock
from crm.models import Event, Heartbeat, Notification, Team, User
from crm.rules.working_time import NINE_TO_FIVE, holidays_of
from crm.services import people
from prospecting.models import Outgoing
from tests.appointments.world import item_of, later, replied

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
CURIOUS = "Sounds interesting, tell me more."


@pytest.fixture
def item(world):
    return item_of(replied(world, CURIOUS))


def now_of(item):
    return WorkItem.objects.select_related("setter").get(pk=item.pk)


def told(user, kind):
    return Notification.objects.filter(user=user, kind=kind).count()


# Plain hours -----------------------------------------------------------------------------------------------------


def test_the_hour_that_summer_time_takes_is_not_worked():
    night = clocks.Hours({day: ((time(0), time(6)),) for day in range(7)}, LONDON)
    assert clocks.runs_out(datetime(2026, 3, 29, 0, 0, tzinfo=UTC), 120, [night]) == datetime(
        2026, 3, 29, 2, 0, tzinfo=UTC
    )
    assert clocks.left(datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 23, tzinfo=UTC), [night]) == 300


def test_a_bank_holiday_moves_the_promise():
    here = clocks.Hours(NINE_TO_FIVE, LONDON, holidays_of("GB"))
    assert clocks.runs_out(datetime(2026, 12, 24, 16, 30, tzinfo=UTC), 60, [here]) == datetime(
        2026, 12, 29, 9, 30, tzinfo=UTC
    )


def test_the_clock_of_a_pool_runs_while_any_of_the_team_works():
    team = [clocks.Hours(NINE_TO_FIVE, LONDON), clocks.Hours(NINE_TO_FIVE, NEW_YORK)]
    evening = datetime(2026, 6, 8, 15, 50, tzinfo=UTC)
    assert clocks.runs_out(evening, 60, team) == evening + timedelta(minutes=60)
    assert clocks.runs_out(evening, 60, team[:1]) == datetime(2026, 6, 9, 8, 50, tzinfo=UTC)


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK])
def test_what_is_left_and_when_it_runs_out_say_the_same(zone):
    here, dice = [clocks.Hours(NINE_TO_FIVE, zone, holidays_of("GB"))], random.Random(6)
    for _ in range(40):
        moment = datetime(2026, 3, 20, tzinfo=UTC) + timedelta(minutes=dice.randrange(20_000))
        minutes = dice.uniform(1, 3000)
        assert abs(clocks.left(moment, clocks.runs_out(moment, minutes, here), here) - minutes) < 0.01


# Running out -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_whoever_has_it_is_warned_once_when_a_quarter_is_left(item, ada):
    with later(minutes=44):
        assert escalating.warn_due() == 0
    with later(minutes=46):
        assert (escalating.warn_due(), escalating.warn_due()) == (1, 0)
    assert told(ada, "warning") == 1


@pytest.mark.django_db
def test_the_lead_is_told_in_app_and_by_mail_with_the_link_once(item, ruth):
    with later(hours=2):
        for _ in range(3):
            escalating.escalate_due()
    mail = Outgoing.objects.get(purpose="internal", to_address=ruth.email)
    assert told(ruth, "escalation") == 1
    assert f"/replies/{item.pk}/" in mail.body and "Joost Dekker" in mail.body and mail.automatic


@pytest.mark.django_db
def test_who_wants_no_mail_is_told_in_app_only(item, ruth):
    User.objects.filter(pk=ruth.pk).update(mail_alerts=False)
    with later(hours=2):
        escalating.escalate_due()
    assert told(ruth, "escalation") == 1 and not Outgoing.objects.filter(purpose="internal").exists()


@pytest.mark.django_db
def test_the_next_one_gets_the_whole_time_and_the_promise_stays_late(item, ben, monday):
    with later(hours=2):
        escalating.escalate_due()
    found = now_of(item)
    assert (found.setter, found.due_at, found.runs_out_at) == (
        ben,
        monday + timedelta(hours=1),
        monday + timedelta(hours=3),
    )


@pytest.mark.django_db
def test_when_everybody_was_silent_it_stays_and_the_lead_hears_of_each(item, ada, ben, ruth):
    with later(hours=2):
        escalating.escalate_due()
    with later(hours=4):
        assert (escalating.escalate_due(), escalating.escalate_due()) == (1, 0)
    found = now_of(item)
    assert (found.state, found.setter, found.silent, found.runs_out_at) == ("open", ben, [ada.pk, ben.pk], None)
    assert told(ruth, "escalation") == 2
    with later(days=3):
        assert escalating.escalate_due() == 0


@pytest.mark.django_db
def test_nobody_there_is_said_once_and_whoever_comes_gets_it(item, ada, ben, ruth, monday):
    people.go_away(ben, monday + timedelta(hours=5))
    with later(hours=2):
        escalating.escalate_due()
        assert (now_of(item).setter, now_of(item).runs_out_at) == (ada, monday + timedelta(hours=5))
    with later(hours=5, minutes=1):
        assert escalating.escalate_due() == 0
    assert now_of(item).setter == ben and told(ruth, "escalation") == 1


@pytest.mark.django_db
def test_whoever_is_not_at_work_gets_nothing_that_runs_out(world, ada, ben, monday):
    ben.hours.all().delete()
    item = item_of(replied(world, CURIOUS))
    with later(hours=2):
        escalating.escalate_due()
    assert now_of(item).setter == ada


@pytest.mark.django_db
def test_many_that_run_out_at_once_are_one_note_and_one_mail(world, ruth):
    for who, text in ((world.joost, CURIOUS), (world.willem, "What does it cost?")):
        replied(world, text, sender=who.email, name=who.name)
    with later(hours=2):
        assert escalating.escalate_due() == 2
    mail = Outgoing.objects.get(purpose="internal", to_address=ruth.email)
    assert told(ruth, "escalation") == 1 and mail.subject == "2 people wait too long." and "Willem Maas" in mail.body


@pytest.mark.django_db
def test_a_task_that_someone_took_stays_theirs_and_the_lead_hears_of_it(world, ada, ruth):
    item = item_of(replied(world, "Not interested, thanks."))
    work_items.claim(item, by=ada)
    with later(days=2):
        escalating.escalate_due()
    assert now_of(item).setter == ada and told(ruth, "escalation") == 1
    assert not User.objects.get(pk=ada.pk).is_away


@pytest.mark.django_db
def test_what_ran_out_while_nothing_watched_gets_a_quarter_of_an_hour_first(item):
    Heartbeat.objects.create(name="clocks", at=datetime(2026, 1, 1, tzinfo=UTC))
    with later(hours=2):
        assert escalating.escalate_due() == 0
    with later(hours=2, minutes=16):
        assert escalating.escalate_due() == 1


@pytest.mark.django_db
def test_a_clock_set_back_does_not_repeat_anything(item, ruth):
    for minutes in (120, 30, 125, 60, 121):
        with later(minutes=minutes):
            escalating.warn_due()
            escalating.escalate_due()
    assert Event.objects.filter(kind="workitem.escalated").count() == 1 and told(ruth, "escalation") == 1


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_two_steps_repeats_and_loses_nothing(item, ben, ruth, monkeypatch):
    def dies(*args, **more):
        raise ConnectionError("the worker died")

    with later(hours=2):
        with monkeypatch.context() as broken, pytest.raises(ConnectionError):
            broken.setattr(escalating, "give", dies)
            escalating.escalate_due()
        assert now_of(item).escalated_at is None
        with monkeypatch.context() as broken, pytest.raises(ConnectionError):
            broken.setattr(escalating.sending, "internal_mail", dies)
            escalating.escalate_due()
        assert (now_of(item).setter, told(ruth, "escalation")) == (ben, 0)
        escalating.escalate_due()
    assert (told(ruth, "escalation"), Event.objects.filter(kind="workitem.escalated").count()) == (1, 1)


# Away ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_whatever_the_silent_one_does_brings_them_back(item, ada, as_):
    with later(hours=2):
        escalating.escalate_due()
        client = as_(ada)
        client.get("/")
        assert User.objects.get(pk=ada.pk).is_away
        client.post("/notifications/read/")
        assert not User.objects.get(pk=ada.pk).is_away


@pytest.mark.django_db
def test_time_away_that_one_said_oneself_stays(ada, as_, monday):
    people.go_away(ada, monday + timedelta(days=3))
    as_(ada).post("/notifications/read/")
    assert User.objects.get(pk=ada.pk).is_away


@pytest.mark.django_db
def test_days_off_are_not_working_time_and_replies_go_to_somebody_there(world, ada, ben, monday):
    Vacation.objects.create(host=ada, first_day=monday.date(), last_day=monday.date() + timedelta(days=4))
    assert item_of(replied(world, CURIOUS)).setter == ben
    assert presence.hours_of([ada], monday)[ada.pk].away


@pytest.mark.django_db
def test_a_further_message_to_someone_on_holiday_finds_a_teammate(world, item, ada, ben, monday):
    work_items.claim(item, by=ada)
    people.go_away(ada, monday + timedelta(days=9))
    with later(hours=1):
        replied(world, "And what does it cost?")
    found = now_of(item)
    assert found.setter == ben and found.due_at == monday + timedelta(hours=2)


# Hands -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_is_left_of_the_promise_goes_on_in_the_hours_of_whoever_gets_it(item, ada, ben, monday):
    User.objects.filter(pk=ben.pk).update(zone="America/New_York")
    with later(minutes=20):
        work_items.hand_over(item, User.objects.get(pk=ben.pk), by=ada)
    assert now_of(item).due_at == datetime(2026, 6, 8, 13, 40, tzinfo=UTC)


@pytest.mark.django_db
def test_handing_over_within_the_same_hours_keeps_the_promise(item, ada, ben):
    before = item.due_at
    with later(minutes=20):
        work_items.hand_over(item, ben, by=ada)
    assert now_of(item).due_at == before


@pytest.mark.django_db
def test_what_is_done_is_not_handed_over(item, ada, ben):
    work_items.done(item, outcome="answered", next="resume", by=ada)
    with pytest.raises(work_items.Refused, match="Open it again"):
        work_items.hand_over(item, ben, by=ada)


@pytest.mark.django_db
def test_what_was_put_off_has_its_time_when_it_is_back(item, ada, monday):
    work_items.snooze(item, monday + timedelta(hours=3), by=ada)
    with later(hours=3, minutes=30):
        work_items.wake_snoozed()
        assert escalating.escalate_due() == 0
    with later(hours=4, minutes=1):
        assert escalating.escalate_due() == 1


@pytest.mark.django_db
def test_opened_again_long_after_it_has_its_time_anew(item, ada, monday):
    work_items.done(item, outcome="answered", next="resume", by=ada)
    with later(days=7):
        work_items.reopen(item, by=ada)
        assert escalating.escalate_due() == 0
    assert now_of(item).runs_out_at == monday + timedelta(days=7, hours=1)


# Who -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_turn(world, north):
    Team.objects.filter(pk=north.pk).update(setters=Team.Setters.ROUND_ROBIN)


@pytest.fixture
def pool(world, north):
    Team.objects.filter(pk=north.pk).update(setters=Team.Setters.POOL)


@pytest.mark.django_db
def test_round_robin_goes_round_and_keeps_a_ledger(in_turn, ada, ben, monday):
    team = Team.objects.get(pk=ada.team_id)
    took = [setters.next_of(team, monday).pk for _ in range(6)]
    assert took == [ada.pk, ben.pk] * 3 or took == [ben.pk, ada.pk] * 3
    assert dict(SetterTurn.objects.values_list("user", "count")) == {ada.pk: 3, ben.pk: 3}


@pytest.mark.django_db
def test_whoever_was_away_has_no_debt_to_work_off(in_turn, ada, ben, monday):
    team = Team.objects.get(pk=ada.team_id)
    people.go_away(ben, monday + timedelta(hours=1))
    assert {setters.next_of(team, monday).pk for _ in range(4)} == {ada.pk}
    with later(hours=2):
        took = [setters.next_of(team, clock.now()).pk for _ in range(4)]
    assert sorted(took) == sorted([ada.pk, ben.pk] * 2)


@pytest.mark.django_db
def test_in_turn_a_conversation_stays_with_whoever_worked_it(in_turn, world, ada):
    item = item_of(replied(world, CURIOUS))
    work_items.done(item, outcome="answered", next="resume", by=ada)
    with later(hours=1):
        assert item_of(replied(world, "What does it cost?")).setter == item.setter


@pytest.mark.django_db
def test_in_a_pool_nobody_has_it_until_someone_takes_it(pool, world, ada, ben, monday):
    item = item_of(replied(world, CURIOUS))
    assert (item.setter, item.due_at) == (None, monday + timedelta(hours=1))
    assert work_items.claim(item, by=ben).setter == ben and now_of(item).due_at == monday + timedelta(hours=1)


@pytest.mark.django_db
def test_what_nobody_took_from_the_pool_is_given_to_someone_there(pool, world, ada, ben, ruth):
    item = item_of(replied(world, CURIOUS))
    with later(minutes=50):
        escalating.warn_due()
    assert (told(ada, "warning"), told(ben, "warning")) == (1, 1)
    with later(hours=2):
        escalating.escalate_due()
    assert now_of(item).setter in (ada, ben) and told(ruth, "escalation") == 1


@pytest.mark.django_db
def test_changing_the_setting_leaves_what_is_open_with_whoever_has_it(item, pool, world, ada):
    with later(minutes=5):
        replied(world, "And what does it cost?")
    assert now_of(item).setter == ada


# Never out of the queue without an outcome -----------------------------------------------------------------------

LOST = """
    SELECT count(*) FROM appointments_reaction fired
      JOIN appointments_classification said ON said.id = fired.classification_id
      JOIN prospecting_reply reply ON reply.id = said.reply_id
     WHERE fired.cell = 'item' AND fired.facts ? 'item' AND reply.counts
       AND NOT EXISTS (SELECT 1 FROM appointments_workitem item
                        WHERE item.id = (fired.facts->>'item')::bigint
                          AND (item.state <> 'done' OR (item.outcome <> '' AND item.done_at IS NOT NULL)))
"""
SAID = (
    CURIOUS,
    "What does it cost?",
    "Not interested, thanks.",
    "Tuesday works, can you send an invite?",
    "Not now, sorry.",
)


def live_on(world, what, team):
    """One thing that happens to the queue; what is refused changes nothing."""
    items = work_items.open_items().select_related("account", "contact", "conversation", "setter", "team", "reply")
    item = items.order_by("pk").first()
    try:
        if what < 3:
            replied(world, f"{SAID[what]} {clock.now():%d %H:%M}")
        elif what == 3:
            escalating.escalate_due()
        elif item is None:
            return
        elif what == 4:
            work_items.claim(item, by=team[1])
        elif what == 5:
            work_items.snooze(item, clock.now() + timedelta(hours=5), by=team[0])
        elif what == 6:
            answering.send_answer(item, "Gladly.", by=item.setter or team[0])
        elif what == 7:
            work_items.done(item, outcome="closed", next="resume", reason="no_need", by=team[0])
        elif what == 8:
            work_items.hand_over(item, team[1], by=team[0])
        else:
            people.go_away(team[0], clock.now() + timedelta(hours=4))
    except work_items.Refused:
        pass


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["prospector", "round_robin", "pool"])
def test_a_reply_never_leaves_the_queue_without_an_outcome(world, north, ada, ben, ruth, way):
    Team.objects.filter(pk=north.pk).update(setters=way)
    dice = random.Random(way)
    steps = [(dice.randrange(10), dice.randint(1, 400)) for _ in range(16)]
    passed = 0
    for what, minutes in [(0, 5), *steps]:
        passed += minutes
        with later(minutes=passed):
            work_items.wake_snoozed()
            escalating.warn_due()
            live_on(world, what, (ada, ben))
            escalating.escalate_due()
    with connection.cursor() as cursor:
        cursor.execute(LOST)
        assert cursor.fetchone() == (0,)
    waits = work_items.open_items().filter(answered_at=None)
    assert not waits.filter(runs_out_at=None, escalated_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_act_once(item, ben, ruth, monday):
    def sweep(_):
        with clock.at(monday + timedelta(hours=2)):
            found = escalating.warn_due() + escalating.escalate_due()
        connection.close()
        return found

    with ThreadPoolExecutor(4) as sweepers:
        assert sum(sweepers.map(sweep, range(8))) == 1
    assert (now_of(item).setter, told(ruth, "escalation"), told(ben, "work_item")) == (ben, 1, 1)
    assert Outgoing.objects.filter(purpose="internal", to_address=ruth.email).count() == 1


@pytest.mark.django_db
def test_an_erased_person_is_gone_from_what_was_told_about_them(item, world, ruth, adm):
    with later(hours=2):
        escalating.escalate_due()
    belongings.erase_contact(world.joost)
    assert not Notification.objects.filter(text__contains="Joost", url__contains=f"/replies/{item.pk}/").exists()
    assert not Outgoing.objects.filter(purpose="internal", body__contains="Joost").exists()


@pytest.mark.django_db
def test_whoever_is_writing_the_answer_is_not_interrupted(item, ada, monday):
    with later(minutes=58):
        claiming.begin(item, by=ada)
    with later(minutes=61):
        assert escalating.escalate_due() == 0
    with later(minutes=69):
        assert escalating.escalate_due() == 1
