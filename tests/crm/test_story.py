"""The story of an account: all of it, folded, narrowed, linked and on paper, and their words only for their team."""

import base64
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.models import Event, Message
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


def test_messages_without_new_words_are_told_by_how_they_begin_and_asked_for_together(maas, ada, as_):
    Message.objects.filter(pk=maas.sent.pk).update(newest="", text="\n\n" + "We route them by depot. " * 40)
    client = as_(ada)

    def questions():
        with CaptureQueriesContext(connection) as asked:
            shown = client.get(maas.path).content.decode()
        assert "We route them by depot. We route them" in shown
        return len(asked)

    client.get(maas.path)
    few = questions()
    received = {"contact": maas.joost, "team": ada.team, "message": maas.sent}
    Event.objects.bulk_create(happened(maas.account, "message.received", 25 + n, **received) for n in range(5))
    assert questions() == few


def test_what_is_told_beside_has_a_link_of_its_own(listed, ruth, as_):
    Event.objects.bulk_create(happened(listed.account, "touch.paused", 60 * 24 * 400 + n) for n in range(400))
    Event.objects.bulk_create(
        Event(at=MONDAY + timedelta(days=9, minutes=n), kind="touch.paused", account=listed.account) for n in range(400)
    )
    entry = listed.account_entry
    path = f"/accounts/{listed.account.pk}/story/"
    answer = as_(ruth).get(path, {"at": f"l{entry.pk}-in", "on": entry.entered_at.isoformat()})

    assert f'id="l{entry.pk}-in" class="here"' in answer.content.decode()
    for on in ("", "2026-06-08T07:00", "yesterday", "9" * 40):
        assert as_(ruth).get(path, {"at": f"l{entry.pk}-in", "on": on}).status_code == 200


def test_an_event_that_is_not_shown_opens_nothing(maas, ada, as_):
    other = accounts.create_account(name="Elsewhere", by=ada, owner=ada)
    [far] = Event.objects.bulk_create([happened(other, "touch.paused", -90_000)])
    Event.objects.bulk_create(happened(maas.account, "touch.paused", 60 + n) for n in range(400))

    assert keys(as_(ada).get(maas.path, {"at": f"e{far.pk}"})) == keys(as_(ada).get(maas.path))


@pytest.mark.parametrize("said", [["2026-06-08T07:00:00", 1], ["x", 1], [7, 7], ["0001-01-01T00:00:00+14:00", 1]])
def test_a_token_nobody_gave_is_none(maas, ada, as_, said):
    token = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    answer = as_(ada).get(maas.path, {"after": token})

    assert answer.status_code == 200
    assert answer.context["page"].back == (said[0][:4] == "0001" if isinstance(said[0], str) else False)


def test_lists_are_asked_for_as_far_as_the_page_goes(listed, ruth, as_):
    Event.objects.bulk_create(happened(listed.account, "touch.paused", 60 * 24 * 400 + n) for n in range(400))
    client, path = as_(ruth), f"/accounts/{listed.account.pk}/story/"
    with CaptureQueriesContext(connection) as asked:
        first = client.get(path)
    entries = [one["sql"] for one in asked if 'FROM "prospecting_listentry"' in one["sql"]]
    last = client.get(path, {"after": client.get(path, {"after": first.context["page"].next}).context["page"].next})

    assert '"entered_at" >= ' in entries[0]
    assert f"l{listed.account_entry.pk}-in" not in keys(first)
    assert f"l{listed.account_entry.pk}-in" in keys(last)


def test_a_message_of_one_long_word_is_cut_all_the_same(maas, ada, as_):
    Message.objects.filter(pk=maas.sent.pk).update(newest="x" * 900)

    assert f"<blockquote>{'x' * 280} …</blockquote>" in as_(ada).get(maas.path).content.decode()


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


@pytest.fixture
def listed(ada):
    with clock.at(MONDAY):
        world = small_world(ada)
        enrolled(world)
        sending.send_due(hand_over=Server())
    world.account_entry = world.segment.target_list.entries.get(account=world.account)
    return world


def test_lists_and_rule_versions_are_told_and_why_a_mail_left(listed, ruth, as_):
    world = listed
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
    assert '<th scope="col">At planning</th>' in text
    assert "At planning" not in as_(ruth).get(f"/accounts/{world.account.pk}/story/?print=1").content.decode()
