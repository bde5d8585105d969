"""How a mailbox does: its queue with why not yet, what came back, and when it stops by itself."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from crm import clock
from crm.models import Mailbox, Message, Notification, Organisation, Sighting
from crm.services import conversations, mailboxes
from prospecting.models import Attempt, Reply, Touch
from prospecting.rules import reputation
from prospecting.rules.reputation import Limits, Record, why_pause
from prospecting.services import mailbox_health, sending
from prospecting.tasks import watch_mailboxes
from tests.prospecting.world import MONDAY, Server, enrolled, mailbox_of

# When it stops --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (Record(sent=39, bounced=39), ""),
        (Record(sent=40, bounced=2), ""),
        (Record(sent=40, bounced=3), "3 of its last 40 mails came back for good."),
        (Record(sent=100, bounced=5), ""),
        (Record(sent=100, bounced=6), "6 of its last 100 mails came back for good."),
        (Record(complaints_today=1, complaints=2), ""),
        (Record(complaints_today=2, complaints=2), "2 people marked its mail as spam within a day."),
        (Record(complaints=3), "3 of its last 1,000 mails were marked as spam."),
        (Record(ripe=199), ""),
        (Record(ripe=200, answered=1), ""),
        (Record(ripe=201, answered=1), "Of its last 201 mails only 1 got an answer"),
        (Record(ripe=300), "Of its last 300 mails none got an answer"),
        (Record(), ""),
    ],
)
def test_it_stops_for_harm_and_never_below_the_floor(record: Record, said: str) -> None:
    assert why_pause(record, Limits()).startswith(said) if said else why_pause(record, Limits()) == ""


def test_each_line_can_be_switched_off() -> None:
    off = Limits(bounces_percent=0, complaints_day=0, complaints_thousand=0, replies_thousand=0)

    assert why_pause(Record(100, 100, 9, 99, 300, 0), off) == ""


@pytest.fixture
def sent(world: SimpleNamespace) -> Callable[..., list[Attempt]]:
    """`sent(40, bounced=3)`: outreach that left from Ada's mailbox, an hour ago."""
    enrolled(world)
    first = Touch.objects.filter(channel="email").first()

    def make(count: int, *, bounced: int = 0, ago: timedelta = timedelta(hours=1)) -> list[Attempt]:
        return Attempt.objects.bulk_create(
            Attempt(
                touch=first, mailbox=world.mailbox, message_id=f"m{n}@baton.example", recipient="x@x.example", address_hash=f"h{n}",
                raw=b"x", fence=n, outcome="permanent" if n < bounced else "accepted", started_at=clock.now() - ago,
            )
            for n in range(count)
        )  # fmt: skip

    return make


def test_too_many_bounces_pause_the_mailbox_and_tell_once(world: SimpleNamespace, sent: Any, ruth: Any) -> None:
    sent(40, bounced=3)
    other = mailbox_of(ruth)

    assert [watch_mailboxes(), watch_mailboxes()] == [1, 0]
    world.mailbox.refresh_from_db()
    other.refresh_from_db()
    assert (
        world.mailbox.paused_reason == "3 of its last 40 mails came back for good. Check where the addresses are from."
    )
    assert other.state == Mailbox.State.ACTIVE
    assert Notification.objects.filter(kind="mailbox").count() == 2  # Ada, whose it is, and her lead


def test_what_came_back_before_it_was_resumed_does_not_pause_it_again(
    world: SimpleNamespace, sent: Any, ada: Any
) -> None:
    sent(40, bounced=3)
    watch_mailboxes()
    world.mailbox.refresh_from_db()
    mailboxes.resume_mailbox(world.mailbox, by=ada)

    assert watch_mailboxes() == 0
    with clock.at(MONDAY + timedelta(days=1)):
        sent(40, bounced=40)
        assert watch_mailboxes() == 1


def test_an_admin_sets_the_numbers(
    as_: Callable[..., Any], world: SimpleNamespace, sent: Any, adm: Any, ada: Any
) -> None:
    sent(40, bounced=3)
    given = {"name": "Baton Works", "postal_address": "x", "country": "GB", "zone": "Europe/London", "sites_share_budget": "on",
             "pause_bounces_percent": 20, "pause_bounces_floor": 40, "pause_complaints_day": 2, "pause_complaints_thousand": 3,
             "pause_replies_thousand": 5, "pause_replies_floor": 200}  # fmt: skip
    answer = as_(adm).post("/settings/organisation/", given)

    assert answer.status_code == 302
    assert Organisation.objects.get().pause_bounces_percent == 20
    assert watch_mailboxes() == 0


def complaint(world: SimpleNamespace, n: int, *, matched: bool = True) -> None:
    thread = conversations.start_conversation(
        team=world.ada.team, mailbox=world.mailbox, account=world.account, contact=world.joost, subject="x",
        root_message_id=f"c{n}@baton.example", at=MONDAY,
    )  # fmt: skip
    message = Message.objects.create(
        direction="in", kind="complaint", message_id=f"fbl{n}@x.example", at=clock.now(), from_address="fbl@x.example",
        conversation=thread if matched else None, content_hash=f"{n}",
    )  # fmt: skip
    Sighting.objects.create(message=message, mailbox=world.mailbox, at=clock.now())


def test_two_complaints_in_a_day_pause_it_and_forged_ones_do_not(world: SimpleNamespace, sent: Any) -> None:
    sent(5)
    complaint(world, 1)
    complaint(world, 2, matched=False)
    assert watch_mailboxes() == 0
    complaint(world, 3)

    assert watch_mailboxes() == 1


def test_silence_counts_only_after_people_had_time_to_answer(world: SimpleNamespace, sent: Any) -> None:
    sent(250)
    assert watch_mailboxes() == 0
    with clock.at(MONDAY + timedelta(days=6)):
        record = mailbox_health.record_of(world.mailbox)
        assert (record.ripe, record.answered) == (250, 0)
        assert "none got an answer" in reputation.why_pause(record, Limits())


def test_an_answer_counts_as_one(world: SimpleNamespace, server: Server) -> None:
    enrolled(world)
    sending.send_due(hand_over=server)
    touch = Touch.objects.get(state="sent")
    with clock.at(MONDAY + timedelta(days=1)):
        message = Message.objects.create(
            direction="in", kind="human", message_id="re@x.example", at=clock.now(), from_address=world.joost.email,
            conversation=touch.message.conversation, content_hash="re",
        )  # fmt: skip
        Reply.objects.create(
            message=message, account=world.account, contact=world.joost, conversation=touch.message.conversation,
            team=world.ada.team, counts=True, at=clock.now(),
        )  # fmt: skip
    with clock.at(MONDAY + timedelta(days=7)):
        record = mailbox_health.record_of(world.mailbox)

    assert (record.ripe, record.answered) == (1, 1)


def test_a_password_that_cannot_be_read_pauses_the_mailbox_and_burns_nobody(world: SimpleNamespace) -> None:
    enrolled(world)
    Mailbox.objects.filter(pk=world.mailbox.pk).update(secret="locked with a key that is gone", username="ada")
    sending.send_due()

    world.mailbox.refresh_from_db()
    assert world.mailbox.paused_reason.startswith("The password of this mailbox cannot be read with the present key")
    assert [*Touch.objects.filter(attempts__isnull=False).values_list("state", flat=True)] == ["planned"]


# The page -------------------------------------------------------------------------------------------------------


def test_each_waiting_mail_says_why_not_yet(as_: Callable[..., Any], world: SimpleNamespace, ada: Any) -> None:
    enrolled(world)
    place, client = f"/sending/mailboxes/{world.mailbox.pk}/", as_(ada)
    assert "Its turn comes with the next look of the sender." in client.get(place).content.decode()
    with clock.at(MONDAY.replace(hour=3)):
        Mailbox.objects.update(window_from="09:00", window_until="17:00")
        sending.send_due(hand_over=Server())
        waits = Touch.objects.get(state="planned").waits_because
        assert waits
        assert waits in client.get(place, headers={"HX-Request": "true"}).content.decode().replace("&#x27;", "'")
    world.mailbox.refresh_from_db()
    mailboxes.pause_mailbox(world.mailbox, "Ada is on leave", by=ada)

    assert "The mailbox is paused: Ada is on leave" in client.get(place).content.decode()


def test_figures_rates_and_the_last_trouble_are_shown(
    as_: Callable[..., Any], world: SimpleNamespace, sent: Any, ruth: Any
) -> None:
    rows = sent(40, bounced=1)
    Attempt.objects.filter(pk=rows[5].pk).update(outcome="temporary", response="451 greylisted", started_at=clock.now())
    page = as_(ruth).get(f"/sending/mailboxes/{world.mailbox.pk}/").content.decode()

    assert "1 of 39, 2.6" in page
    assert "451 greylisted" in page
    assert "counted from 40 mails on" in page


def test_only_who_runs_it_sees_its_queue(as_: Callable[..., Any], world: SimpleNamespace, cast: Any) -> None:
    place = f"/sending/mailboxes/{world.mailbox.pk}/"

    assert [as_(one).get(place).status_code for one in (cast.ada, cast.ruth, cast.adm, cast.ben, cast.stranger)] == [
        200,
        200,
        200,
        404,
        404,
    ]


def test_a_mail_waits_in_the_mailbox_it_will_leave_from(world: SimpleNamespace, ben: Any, server: Server) -> None:
    bens = mailbox_of(ben)
    enrolled(world)
    here, there = mailbox_health.waiting_touches(world.mailbox), mailbox_health.waiting_touches(bens)
    assert (here.count(), there.count()) == (1, 0)
    world.sequence.mailboxes.add(bens)
    assert (here.all().count(), there.all().count()) == (0, 1)
    sending.send_due(hand_over=server)
    with clock.at(MONDAY + timedelta(days=2)):
        sending.send_due(hand_over=Server("temporary", "451"))

    assert Touch.objects.filter(state="sent", mailbox=bens).exists()
    assert mailbox_health.waiting_touches(world.mailbox).count() == 0


def test_a_slow_start_says_when_it_is_over(world: SimpleNamespace) -> None:
    world.mailbox.ramp_from, world.mailbox.daily_cap = MONDAY.date(), 20

    assert mailbox_health.full_from(world.mailbox, MONDAY.date()) == MONDAY.date() + timedelta(days=2)
    assert mailbox_health.figures([world.mailbox])[world.mailbox.pk].starts_slowly
