"""A mail by hand passes every reason of the guard, leaves by the same sender, and spends the same budget."""

from datetime import timedelta

import pytest

from crm import clock
from crm.errors import Refused
from crm.models import Conversation
from crm.services import suppression
from prospecting.models import Attempt, Milestone, Outgoing, Override, Touch
from prospecting.queries import checks, overrides
from prospecting.services import guard, reactions, sending, writing
from tests.prospecting.world import MONDAY, enrolled, mailbox_of

pytestmark = pytest.mark.django_db
WORDS = {"subject": "One question", "body": "Who signs the logbook?"}
AFTER = MONDAY + timedelta(seconds=11)


@pytest.fixture
def walking(world):
    """The account walks, and its first mail is taken out of the way."""
    world.walk = enrolled(world)
    Touch.objects.all().delete()
    return world


def written(world, **how):
    return writing.write(world.account, world.joost, by=world.ada, **{**WORDS, **how})


def test_it_leaves_in_ten_seconds_with_the_way_out_under_it(walking, server):
    written(walking)
    assert sending.send_due(hand_over=server) == 0
    with clock.at(AFTER):
        assert sending.send_due(hand_over=server) == 1
    raw = bytes(server.kept[0].raw).decode()
    assert "List-Unsubscribe-Post" in raw and "No more mail from us" in raw and "Who signs the logbook?" in raw
    assert Conversation.objects.get().contact == walking.joost


def test_until_then_it_can_be_taken_back(walking, server, ada):
    sending.undo(written(walking), by=ada)
    with clock.at(AFTER):
        assert sending.send_due(hand_over=server) == 0


def test_it_counts_as_contact_and_for_the_budget(walking, server):
    written(walking)
    with clock.at(AFTER):
        sending.send_due(hand_over=server)
        walking.walk.policy.touches_a_week = 1
        walking.walk.policy.save()
        assert Milestone.objects.filter(rung="contacted", enrollment=walking.walk).exists()
        assert guard.may_contact(walking.account, walking.joost).reason == "account_cap"


def test_two_to_the_same_person_at_once_are_refused(walking):
    written(walking)
    with pytest.raises(Refused, match="about to leave already"):
        written(walking)


def test_the_guard_is_asked_when_it_is_written(world):
    with pytest.raises(Refused, match="is not enrolled, so no stage is open"):
        written(world)
    assert not Outgoing.objects.exists()


def test_the_guard_is_asked_again_when_it_leaves(walking, server, ada):
    row = written(walking)
    suppression.suppress_address(walking.joost.email, reason="asked us to stop", by=ada)
    with clock.at(AFTER):
        assert sending.send_due(hand_over=server) == 0
    row.refresh_from_db()
    assert (row.state, row.waits_because) == ("skipped", "We never write to Joost Dekker again.")


def test_while_somebody_there_writes_to_us_it_waits(walking, server):
    row = written(walking)
    reactions.pause_account(walking.account, "Willem wrote.", by="the intake")
    with clock.at(AFTER):
        assert sending.send_due(hand_over=server) == 0
    row.refresh_from_db()
    assert row.state == "planned" and "talking with us" in row.waits_because


def test_somebody_elses_account_is_not_written_to(walking, ben):
    mailbox_of(ben)
    with pytest.raises(Refused, match="already being worked: Ada"):
        writing.write(walking.account, walking.joost, by=ben, **WORDS)


def test_a_sentence_goes_against_one_reason_for_this_mail_alone(walking, server, ruth):
    mailbox_of(ruth)
    row = writing.write(walking.account, walking.joost, by=ruth, sentence="He asked me on the fair.", **WORDS)
    found = Override.objects.get()
    assert (found.outgoing, found.by, found.reason) == (row, ruth, "competing_enrollment")
    assert guard.by_hand(walking.account, walking.joost, by=ruth)[1].reason == "competing_enrollment"
    with clock.at(AFTER):
        assert sending.send_due(hand_over=server) == 1


def test_nobody_goes_against_the_law(walking, ruth):
    suppression.suppress_address(walking.joost.email, reason="asked us to stop", by=ruth)
    with pytest.raises(Refused, match="never write"):
        writing.write(walking.account, walking.joost, by=ruth, sentence="But I really want to.", **WORDS)


@pytest.mark.parametrize("wrong", [{"subject": ""}, {"body": " "}, {"body": "Hello {{first_name}}"}])
def test_words_that_cannot_be_sent_are_refused(walking, wrong):
    with pytest.raises(Refused):
        written(walking, **wrong)


def test_a_bounce_takes_the_contact_back(walking, server):
    from prospecting.services.bounces import bounced  # noqa: PLC0415 - one bounce for this test alone

    row = written(walking)
    with clock.at(AFTER):
        sending.send_due(hand_over=server)
        row.refresh_from_db()
        bounced(row, walking.joost.email, why="The address does not take mail.")
    assert Milestone.objects.filter(rung="contacted", voids=True).exists()


# Why it was sent --------------------------------------------------------------------------------------------------


def test_each_sent_step_says_the_checks_it_passed_twice(world, server, as_, ada):
    enrolled(world)
    sending.send_due(hand_over=server)
    found = {one.reason: (one.planned, one.sent) for one in checks.of_touch(Touch.objects.get(state="sent"))}
    assert found["suppressed"] == ("passed", "passed")
    assert found["mailbox_cap"] == ("not asked", "passed")
    page = as_(ada).get(f"/accounts/{world.account.pk}/why/", headers={"HX-Request": "true"}).content.decode()
    assert "The checks it passed" in page
    touch = Touch.objects.get(state="sent")
    told = as_(ada).get(f"/api/v1/touches/{touch.pk}/why/").json()
    assert {"reason": "cool_off", "planned": "passed", "sent": "passed"} in told["checks"]
    whole = as_(ada).get(f"/api/v1/accounts/{world.account.pk}/why/").json()
    assert whole["record"][0]["decision"] == "Sent" and "Four sites, v1" in whole["versions"]


def test_what_was_gone_against_stands_beside_the_check(walking, server, ruth):
    mailbox_of(ruth)
    writing.write(walking.account, walking.joost, by=ruth, sentence="He asked me on the fair.", **WORDS)
    with clock.at(AFTER):
        sending.send_due(hand_over=server)
    row = Attempt.objects.get().outgoing
    found = {one.reason: one.sent for one in checks.of_outgoing(row)}
    assert found["competing_enrollment"] == "gone against" and found["suppressed"] == "passed"


def test_what_stood_against_an_unsent_step_is_named(world, server, ada):
    enrolled(world)
    suppression.suppress_address(world.joost.email, reason="asked us to stop", by=ada)
    sending.send_due(hand_over=server)
    assert [row["decision"] for row in checks.sent_or_not(world.account)] == ["Refused"]


# Overrides and what came of them ------------------------------------------------------------------------------------


def test_the_report_says_what_came_of_each(walking, ruth, as_, ada):
    guard.override(walking.account, walking.joost, "stage_not_open", "He asked me on the fair.", by=ruth)
    guard.override(walking.account, walking.willem, "cool_off", "New year, new budget.", by=ruth)
    with clock.at(MONDAY + timedelta(days=1)):
        suppression.suppress_address(walking.willem.email, reason="asked us to stop", by=ruth, contact=walking.willem)
        found = {row["reason"]: row for row in overrides.by_reason()}
        page = as_(ada).get("/guard/overrides/?came=opted_out").content.decode()
    assert (found["cool_off"]["n_opted_out"], found["stage_not_open"]["n_opted_out"]) == (1, 0)
    assert "New year, new budget." in page and "on the fair" not in page


# Pages ------------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_guard_and_sends(walking, ada, as_):
    client, address = as_(ada), f"/accounts/{walking.account.pk}/write/"
    page = client.get(f"{address}?contact={walking.joost.pk}").content.decode()
    assert "may be written to" in page
    client.post(f"{address}?contact={walking.joost.pk}&purpose=outreach", WORDS)
    assert Outgoing.objects.get().purpose == "outreach"


def test_a_text_may_be_the_start(walking, ada, as_):
    address = f"/accounts/{walking.account.pk}/write/?contact={walking.joost.pk}&template={walking.hello.pk}"
    assert "Hello Joost," in as_(ada).get(address).content.decode()


def test_an_sdr_has_no_way_round_and_a_lead_is_asked_for_a_sentence(world, ada, ruth, as_):
    mailbox_of(ruth)
    address = f"/accounts/{world.account.pk}/write/?contact={world.joost.pk}&purpose=outreach"
    assert "A lead may go ahead" in as_(ada).get(address).content.decode()
    as_(ada).post(address, {**WORDS, "sentence": "I want to."})
    assert not Outgoing.objects.exists()
    as_(ruth).post(address, {**WORDS, "sentence": "He asked me on the fair."})
    assert Override.objects.get().reason == "stage_not_open"


def test_an_answer_without_a_letter_is_no_answer(walking, ada, as_):
    address = f"/accounts/{walking.account.pk}/write/?contact={walking.joost.pk}&purpose=answer"
    assert "nothing to answer" in as_(ada).get(address).content.decode()
    assert "has not written to your team" in as_(ada).post(address, WORDS).content.decode()


def test_a_stranger_finds_nothing(walking, stranger, as_):
    row = written(walking)
    client = as_(stranger)
    assert client.get(f"/accounts/{walking.account.pk}/write/").status_code == 404
    assert client.post(f"/mails/{row.pk}/unsend/").status_code == 404


def test_the_api_writes_by_the_same_verb(walking, ada, as_):
    body = {"contact": walking.joost.pk, **WORDS}
    made = as_(ada).post(f"/api/v1/accounts/{walking.account.pk}/write-to/", body, "application/json")
    assert made.json()["purpose"] == "outreach"
    again = as_(ada).post(f"/api/v1/accounts/{walking.account.pk}/write-to/", body, "application/json")
    assert again.status_code == 409


def test_the_admin_reads_the_same_record(world, server, adm, as_):
    walk = enrolled(world)
    sending.send_due(hand_over=server)
    client = as_(adm)
    touch = Touch.objects.get(state="sent")
    assert (
        "Suppressed: planning passed; sending passed"
        in client.get(f"/admin/prospecting/touch/{touch.pk}/change/").content.decode()
    )
    assert (
        "Under: Cold-store operators, v1"
        in client.get(f"/admin/prospecting/enrollment/{walk.pk}/change/").content.decode()
    )
