"""What a reply is offered times for: chosen on its page, said by the draft, or the team's first."""

import re

import pytest

from appointments.models import AnswerDraft, MeetingHost, MeetingType, Offer, Playbook
from appointments.rules.time_lines import exchange
from appointments.services import answering, offers
from crm.errors import Refused
from crm.models import Team
from tests.appointments.world import item_of, later, read_as

WANTS = "Tuesday works, can you send an invite?"


@pytest.fixture
def item(world):
    return item_of(read_as(world, "meeting_request", WANTS))


@pytest.fixture
def walk(world):
    """A longer kind of meeting that only Noor holds."""
    offers.meeting_type_for(world.ada.team_id)
    kind = MeetingType.objects.create(name="Site walk", slug="site-walk", minutes=60)
    MeetingHost.objects.create(meeting_type=kind, user=world.noor)
    return kind


def picked(page):
    return re.findall(r'name="slots" value="([^"]+)" checked', page)


def typed(page):
    return page.partition('id="id_body"')[2].partition(">")[2].partition("</textarea>")[0]


@pytest.mark.django_db
def test_the_times_of_the_chosen_kind_are_offered_for_it(item, walk, world, as_):
    client = as_(world.ada)
    page = client.get(f"/replies/{item.pk}/?kind={walk.pk}").content.decode()
    assert f'name="kind" value="{walk.pk}"' in page and len(picked(page)) == 3
    client.post(f"/replies/{item.pk}/answer/", {"body": typed(page), "slots": picked(page), "kind": walk.pk})
    made = Offer.objects.get(work_item=item)
    assert made.meeting_type == walk and {slot["host"] for slot in made.slots} == {world.noor.pk}


@pytest.mark.django_db
def test_a_time_that_several_hold_together_names_all_of_them(item, walk, world, ruth, as_):
    MeetingHost.objects.create(meeting_type=walk, user=ruth)
    MeetingType.objects.filter(pk=walk.pk).update(hosting=MeetingType.Hosting.TOGETHER)
    assert f"{world.noor}, {ruth}" in as_(world.ada).get(f"/replies/{item.pk}/?kind={walk.pk}").content.decode()


@pytest.mark.django_db
def test_without_a_choice_the_teams_first_kind_is_offered(item, walk, world, as_):
    page = as_(world.ada).get(f"/replies/{item.pk}/").content.decode()
    first = offers.meeting_type_for(world.ada.team_id)
    assert f'name="kind" value="{first.pk}"' in page and f"kind={walk.pk}" in page


@pytest.mark.django_db
def test_a_draft_says_what_it_offers_times_for(item, walk, world):
    Playbook.objects.create(name="Walk them", label="meeting_request", body="Gladly.", meeting_type=walk)
    answering.send_answer(item, answering.draft(item, by=world.ada), by=world.ada)
    assert Offer.objects.get(work_item=item).meeting_type == walk


@pytest.mark.django_db
def test_a_drafts_kind_of_another_team_is_not_offered(item, walk, world):
    walk.team = Team.objects.create(name="Elsewhere")
    walk.save()
    Playbook.objects.create(name="Walk them", label="meeting_request", body="Gladly.", meeting_type=walk)
    assert answering.kind_for(item) == offers.meeting_type_for(world.ada.team_id) != walk


@pytest.mark.django_db
def test_what_was_typed_takes_the_times_of_another_kind(item, walk, world, as_):
    client = as_(world.ada)
    page = client.get(f"/replies/{item.pk}/").content.decode()
    first = offers.meeting_type_for(world.ada.team_id)
    words = typed(page).replace("Hello", "Good day")
    client.post(f"/replies/{item.pk}/draft/", {"body": words, "version": 0, "slots": picked(page), "kind": first.pk})
    walk.minutes = 240  # other times than the short one's
    walk.save()
    other = client.get(f"/replies/{item.pk}/?kind={walk.pk}").content.decode()
    lines = [line for line in typed(other).splitlines() if line.startswith("- ")]
    assert typed(other).startswith("Good day") and len(lines) == 3
    assert lines == re.findall(r'data-line="([^"]+)"', other)


@pytest.mark.django_db
def test_the_kind_is_kept_with_what_is_typed(item, walk, world, as_):
    client = as_(world.ada)
    client.post(f"/replies/{item.pk}/draft/", {"body": "Gladly.", "version": 0, "kind": walk.pk})
    assert AnswerDraft.objects.get().meeting_type == walk
    assert f'name="kind" value="{walk.pk}"' in client.get(f"/replies/{item.pk}/").content.decode()


@pytest.mark.django_db
def test_a_time_accepted_in_words_is_booked_for_what_it_was_offered(item, walk, world, as_):
    slot = offers.propose(item, kind=walk)[0]
    answering.send_answer(item, "Here: [booking link]", by=world.ada, slots=[slot], meeting_type=walk)
    with later(hours=1):
        again = item_of(
            read_as(world, "meeting_request", f"{slot.start:%A} at {slot.start.hour + 1}:{slot.start:%M} works for me.")
        )
        client = as_(world.ada)
        page = client.get(f"/replies/{again.pk}/").content.decode()
        value = re.search(r'formnovalidate name="start" value="([^"]*)"', page).group(1)
        client.post(f"/replies/{again.pk}/book/", {"start": value})
    meeting = again.meetings.get()
    assert (meeting.meeting_type, meeting.starts_at, meeting.host) == (walk, slot.start, world.noor)


@pytest.mark.django_db
def test_the_setter_books_the_kind_that_is_shown(item, walk, world, as_):
    client = as_(world.ada)
    page = client.get(f"/replies/{item.pk}/?kind={walk.pk}").content.decode()
    client.post(f"/replies/{item.pk}/book/", {"start": picked(page)[0], "kind": walk.pk})
    assert item.meetings.get().meeting_type == walk


@pytest.mark.django_db
def test_a_kind_put_away_meanwhile_is_refused_with_everything_kept(item, walk, world, as_):
    client = as_(world.ada)
    page = client.get(f"/replies/{item.pk}/?kind={walk.pk}").content.decode()
    MeetingType.objects.filter(pk=walk.pk).update(archived_at="2026-06-01T00:00Z")
    answer = client.post(f"/replies/{item.pk}/answer/", {"body": "My words", "slots": picked(page), "kind": walk.pk})
    assert answer.status_code == 409 and "My words" in answer.content.decode() and not Offer.objects.exists()


@pytest.mark.django_db
def test_the_api_offers_only_what_the_team_offers(item, walk, world):
    offers.check_kind(item.team_id, walk)
    walk.team = Team.objects.create(name="Elsewhere")
    walk.save()
    with pytest.raises(Refused):
        offers.check_kind(item.team_id, walk)


def test_times_stand_where_the_others_stood():
    text = "Hello,\n\n- Tuesday\n- Thursday\n\nTell me which"
    assert exchange(text, ["- Tuesday", "- Thursday"], ["- Monday"]) == "Hello,\n\n- Monday\n\nTell me which"
    assert exchange("No times here", ["- Tuesday"], ["- Monday"]) == "No times here"
