"""Everything a view shows is enrolled: first what would happen, then by batches."""

from datetime import timedelta

import pytest

from crm.errors import Refused
from crm.models import Account
from crm.services import suppression
from prospecting import access
from prospecting.models import Enrollment, EnrollOrder, Touch
from prospecting.services import enrolling, segments
from tests.prospecting.world import MONDAY, account_named, enrolled, person_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(world, ada):
    """Thirty accounts on the list: some without anybody, one suppressed, one resting, one walking."""
    for n in range(30):
        account = account_named(f"Store {n:02}", owner=ada)
        if n % 5:
            person_at(account, f"Pia P{n}", "problem-owner")
    segments.refresh_list(world.segment)
    world.stores = list(Account.objects.filter(name__startswith="Store").order_by("pk"))
    suppression.suppress_account(world.stores[1], reason="Legal.", by=ada)
    Account.objects.filter(pk=world.stores[2].pk).update(rests_until=(MONDAY + timedelta(days=9)).date())
    enrolled(world, world.stores[3])
    world.outside = account_named("Store outside", owner=ada, industry="Bakery")
    return world


def foreseen(world, rows=None):
    rows = Account.objects.filter(name__startswith="Store") if rows is None else rows
    return enrolling.foresee(rows, world.sequence, world.segment, prospector=world.ada)


def ordered(world, **how):
    how = {"query": "q=Store", "wanted": 31, **how}
    return enrolling.order(
        segment=world.segment, sequence_version=world.sequence, prospector=world.ada, by=world.ada, **how
    )


def test_the_preview_counts_every_answer_with_a_sample(many):
    seen = foreseen(many)
    assert seen.sentence == "21 start, 1 wait, 9 cannot be enrolled."
    assert {reason: group.n for reason, group in seen.refused.items()} == {
        "Role unknown": 6, "Suppressed": 1, "Competing enrollment": 1, "Not on this segment's list": 1,
    }  # fmt: skip
    assert seen.waits["Cool-off"].sample == [(many.stores[2].pk, "Store 02")]
    assert len(seen.starts.sample) == 5


def test_a_batch_is_judged_in_a_constant_number_of_queries(many, django_assert_max_num_queries):
    with django_assert_max_num_queries(18):
        foreseen(many)


def test_an_order_enrolls_exactly_whom_the_preview_named(many):
    seen = foreseen(many)
    row = enrolling.run(ordered(many), access.accounts_ordered)
    assert (row.state, row.started, row.waiting) == ("done", seen.starts.n, seen.waiting)
    assert {reason: group["n"] for reason, group in row.refused.items()} == {
        reason: group.n for reason, group in seen.refused.items()
    }


def test_an_order_killed_between_batches_goes_on_where_it_was(many, monkeypatch):
    monkeypatch.setattr(enrolling, "BATCH", 7)
    row = ordered(many)
    assert enrolling.run_batch(row.pk, access.accounts_ordered)
    first = Enrollment.objects.count()
    assert enrolling.run_waiting(access.accounts_ordered) > 1
    row.refresh_from_db()
    assert row.state == "done" and Enrollment.objects.count() == 23 > first
    assert not Enrollment.objects.values("account").distinct().count() < 23


def test_the_same_order_again_enrolls_nobody_twice(many):
    enrolling.run(ordered(many), access.accounts_ordered)
    again = enrolling.run(ordered(many), access.accounts_ordered)
    assert again.started == 0 and again.refused["Competing enrollment"]["n"] == 23


def test_a_stopped_order_takes_nobody_in_any_more(many, ada):
    row = ordered(many)
    enrolling.stop(row, by=ada, why="stopped by hand")
    assert enrolling.run(row, access.accounts_ordered).started == 0


def test_a_filter_that_is_none_is_refused_and_stops_the_order(many, ada):
    with pytest.raises(Refused, match="no filter called colour"):
        access.accounts_asked(ada, "colour=red")
    row = ordered(many, query="colour=red")
    enrolling.run_waiting(access.accounts_ordered)
    row.refresh_from_db()
    assert row.state == "stopped"


def test_another_teams_accounts_are_not_taken(many, stranger):
    far = account_named("Store far", owner=stranger)
    person_at(far, "Fay Far", "problem-owner")
    segments.refresh_list(many.segment)
    enrolling.run(ordered(many), access.accounts_ordered)
    assert not Enrollment.objects.filter(account=far).exists()


def test_an_account_without_an_owner_gets_one(many):
    Account.objects.filter(pk=many.stores[4].pk).update(owner=None)
    enrolling.run(ordered(many), access.accounts_ordered)
    many.stores[4].refresh_from_db()
    assert (many.stores[4].owner, many.stores[4].rung) == (many.ada, "targeted")


def test_who_comes_back_gets_no_step_twice(world, ada, server):
    from prospecting.services import enrollment, planner, sending, stages  # noqa: PLC0415 - for this test alone

    walk = enrolled(world)
    sending.send_due(hand_over=server)
    stages.close(walk, by=ada, why="Start anew.")
    again = enrollment.enroll(
        world.account, segment=world.segment, sequence_version=world.sequence, prospector=ada, by=ada
    )
    planner.plan(again)
    assert [touch.step.order for touch in Touch.objects.filter(enrollment=again)] == [2]


# Pages ------------------------------------------------------------------------------------------------------------


def road(world, **more):
    return {
        "view": "q=Store", "segment": world.segment.pk, "sequence_version": world.sequence.pk,
        "prospector": world.ada.pk, **more,
    }  # fmt: skip


def test_the_page_previews_and_enrolls_a_filtered_view(many, ada, as_):
    client = as_(ada)
    assert "Enroll all 31" in client.get("/accounts/?q=Store").content.decode()
    page = client.get("/enroll/", road(many)).content.decode()
    assert "21 start, 1 wait, 9 cannot be enrolled." in page and "Store 02" in page
    assert Enrollment.objects.count() == 1
    answer = client.post("/enroll/", road(many, told="31"))
    row = EnrollOrder.objects.get()
    assert answer.headers["Location"] == f"/enroll/orders/{row.pk}/"
    assert "22 accounts enrolled" in client.get(f"/enroll/orders/{row.pk}/").content.decode()


def test_a_view_that_changed_meanwhile_is_shown_again_first(many, ada, as_):
    page = as_(ada).post("/enroll/", road(many, told="30")).content.decode()
    assert "The accounts have changed meanwhile" in page
    assert not EnrollOrder.objects.exists()


def test_the_picked_are_enrolled_and_no_others(many, ada, as_):
    chosen = [many.stores[6].pk, many.stores[7].pk]
    data = {**road(many, told="2"), "account": chosen}
    data.pop("view")
    as_(ada).post("/enroll/", data)
    assert Enrollment.objects.filter(account__in=chosen).count() == 2
    assert Enrollment.objects.count() == 3


def test_an_order_is_for_who_gave_it(many, stranger, as_):
    row = ordered(many)
    client = as_(stranger)
    assert client.get(f"/enroll/orders/{row.pk}/").status_code == 404
    assert client.post(f"/enroll/orders/{row.pk}/stop/").status_code == 404


def test_the_api_previews_and_orders(many, ada, as_):
    client = as_(ada)
    body = {"query": "q=Store", "segment": many.segment.pk, "sequence_version": many.sequence.pk}
    seen = client.post("/api/v1/enroll-orders/preview/", body, "application/json").json()
    assert (seen["starts"], seen["refused"]["Role unknown"]["n"]) == (21, 6)
    made = client.post("/api/v1/enroll-orders/", body, "application/json")
    assert made.status_code == 201 and made.json()["wanted"] == 31
