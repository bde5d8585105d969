"""The story of an account: all of it, folded, narrowed, linked and on paper, and their words only for their team."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.models import Event
from crm.services import accounts, notes
from prospecting.services import segments, sending
from tests.make import NOW
from tests.prospecting.world import MONDAY, Server, enrolled, small_world

pytestmark = pytest.mark.django_db


def happened(account, kind, n, **fields):
    return Event(at=NOW + timedelta(minutes=n), kind=kind, account=account, actor_name="the planner", **fields)


def shown(response):
    """(words, how many are in it) of each line, newest first."""
    return [
        (run["words"] or run["one"]["text"], len(run["rows"]))
        for day in response.context["days"]
        for run in day["runs"]
    ]


def keys(response):
    return [row["key"] for day in response.context["days"] for run in day["runs"] for row in run["rows"]]


@pytest.fixture
def maas(thread, ada):
    """Ten planned mails to two people, a message from them, and a note."""
    rows = [happened(thread.account, "touch.sent", n, contact=thread.joost if n % 2 else None) for n in range(10)]
    rows.append(
        happened(thread.account, "message.received", 20, contact=thread.joost, team=ada.team, message=thread.sent)
    )
    Event.objects.bulk_create(rows)
    with clock.at(NOW + timedelta(minutes=30)):
        notes.add_note(thread.account, "They open a site in spring.", by=ada)
    thread.path = f"/accounts/{thread.account.pk}/story/"
    return thread


def test_machine_entries_are_one_line_and_what_people_did_stands_by_itself(maas, ada, as_):
    lines = shown(as_(ada).get(maas.path, {"until": f"{NOW:%Y-%m-%d}"}))

    assert lines[:3] == [("Note", 1), ("Joost Maas wrote", 1), ("10 mails to 1 person", 10)]


def test_another_team_sees_that_a_message_came_and_not_its_words(maas, ada, stranger, as_):
    assert "How do you route vendors?" in as_(ada).get(maas.path).content.decode()
    answer = as_(stranger).get(maas.path)

    assert ("A message came in", 1) in shown(answer)
    for words in ("How do you route vendors?", "They open a site in spring."):
        assert words not in answer.content.decode()
    assert ("A message came in", 1) not in shown(as_(stranger).get(maas.path, {"contact": maas.joost.pk}))


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        ({"direction": "in"}, [("Joost Maas wrote", 1)]),
        ({"direction": "out"}, [("10 mails to 1 person", 10)]),
        ({"about": "mail"}, [("Joost Maas wrote", 1), ("10 mails to 1 person", 10)]),
        ({"about": "meetings"}, []),
        ({"until": "1999-01-01"}, []),
        ({"about": "nonsense", "direction": "x", "contact": "y", "since": "z", "direction2": ""}, None),
    ],
)
def test_the_story_is_narrowed_by_subject_direction_and_day(maas, ada, as_, asked, lines):
    answer = as_(ada).get(maas.path, asked)

    assert answer.status_code == 200
    assert lines is None or shown(answer) == lines


def test_by_person_it_is_theirs_alone(maas, ada, as_):
    lines = shown(as_(ada).get(maas.path, {"contact": maas.joost.pk, "about": "mail"}))

    assert lines == [("Joost Maas wrote", 1), ("5 mails to 1 person", 5)]


def test_a_link_opens_the_page_on_which_its_entry_stands_unfolded(maas, ada, as_):
    rows = Event.objects.bulk_create(happened(maas.account, "touch.paused", 60 + n) for n in range(400))
    answer = as_(ada).get(maas.path, {"at": f"e{rows[50].pk}"})

    [line] = [run for day in answer.context["days"] for run in day["runs"] if run["one"]["key"] == f"e{rows[50].pk}"]
    assert not line["folded"]
    assert f'id="e{rows[50].pk}" class="here"' in answer.content.decode()
    assert as_(ada).get(maas.path, {"at": "e99999999999"}).status_code == 200
    assert as_(ada).get(maas.path, {"at": "x<"}).status_code == 200


def test_ten_thousand_entries_are_paged_without_losing_one_by_eight_questions(maas, ada, as_):
    Event.objects.bulk_create(happened(maas.account, "touch.paused", n // 3) for n in range(10_000))
    client, seen, after = as_(ada), [], ""
    client.get(maas.path)
    with CaptureQueriesContext(connection) as asked:
        client.get(maas.path)
    assert len(asked) <= 8
    for _ in range(4):
        answer = client.get(maas.path, {"after": after})
        seen, after = seen + keys(answer), answer.context["page"].next
    expected = Event.objects.filter(account=maas.account).exclude(kind="contact.added").order_by("-at", "-pk")
    assert [key for key in seen if key.startswith("e")] == [
        f"e{pk}" for pk in expected.values_list("pk", flat=True)[:600]
    ]


def test_on_paper_stands_the_whole_range(maas, ada, as_):
    Event.objects.bulk_create(
        happened(maas.account, "account.resting", 60 + n, facts={"until": "2027-01-01"}) for n in range(200)
    )
    answer = as_(ada).get(maas.path, {"print": "1", "about": "record"})

    assert len([key for key in keys(answer) if key.startswith("e")]) > 200
    assert not answer.context["page"].next


def test_a_group_tells_of_its_sites_and_can_leave_them_out(maas, ada, as_):
    site = accounts.create_account(name="Maas Utrecht", by=ada, owner=ada, parent=maas.account)
    Event.objects.bulk_create([happened(site, "account.closed", 50, why="swallowed by a rival")])

    assert "Maas Utrecht" in as_(ada).get(maas.path).content.decode()
    assert "by a rival" in as_(ada).get(maas.path).content.decode()
    assert "by a rival" not in as_(ada).get(maas.path, {"sites": "no"}).content.decode()
    assert as_(ada).get("/accounts/999999/story/").status_code == 404


def test_lists_and_rule_versions_are_told_and_why_a_mail_left(ada, ruth, as_):
    with clock.at(MONDAY):
        world = small_world(ada)
        enrolled(world)
        sending.send_due(hand_over=Server())
    with clock.at(MONDAY + timedelta(days=2)):
        segments.draft(
            world.segment, rule='industry = "Cold storage" and sites > 1', route_version=world.route, by=ruth
        )
        segments.publish(segments.draft_of(world.segment), reason="One site is no group.", expected="x", by=ruth)
    with clock.at(MONDAY + timedelta(days=3)):
        answer = as_(ruth).get(f"/accounts/{world.account.pk}/story/")
        lists = as_(ruth).get(f"/accounts/{world.account.pk}/story/?about=lists")

    text = answer.content.decode()
    assert "Onto the list Cold-store operators" in text
    assert "v2 of its rule came into use" in text
    assert "One site is no group." in text
    assert "Why it was sent" in text
    assert "Planned because: first touch of Problem owner" in text
    assert "The plan said from Mon 8 June" in text
    assert len(shown(lists)) == 2
