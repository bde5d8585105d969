"""Content belongs to the team of its conversation; a stranger gets the same 404 as for what does not exist."""

import pytest
from django.http import Http404

from appointments import access
from appointments.models import Playbook
from appointments.services import booking, offers, qualifying
from tests.appointments.world import at, item_of, replied

pytestmark = pytest.mark.django_db
GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}


@pytest.fixture
def item(world):
    return item_of(replied(world, "Tuesday works, can you send an invite?"))


@pytest.fixture
def meeting(item, ada):
    return booking.book(offers.offer(item, [at(16, 9)], by=ada), at(16, 9), key="form", **GUEST)


def test_the_team_reads_and_works_its_items(item, ada, ben, ruth):
    assert all(access.item_write(user, item.pk) == item for user in (ada, ben, ruth))


def test_a_stranger_finds_no_item_no_reply_and_no_meeting(item, meeting, stranger):
    for lookup, row in (
        (access.item_read, item), (access.reply_read, item.reply), (access.meeting_read, meeting),
    ):  # fmt: skip
        with pytest.raises(Http404):
            lookup(stranger, row.pk)


def test_an_executive_reads_the_reply_behind_their_meeting_and_no_other(item, noor, ada):
    with pytest.raises(Http404):
        access.item_read(noor, item.pk)
    booking.book(offers.offer(item, [at(16, 9)], by=ada), at(16, 9), key="form", **GUEST)
    assert access.item_read(noor, item.pk) == item


def test_an_executive_does_not_relabel(item, meeting, noor):
    with pytest.raises(Http404):
        access.reply_write(noor, item.reply.pk)


def test_an_executive_judges_the_accounts_they_met(world, meeting, noor, stranger):
    found = qualifying.qualification_for(world.account, world.enrollment)
    assert access.qualification_write(noor, found.pk) == found
    with pytest.raises(Http404):
        access.qualification_write(stranger, found.pk)


def test_leads_keep_the_playbooks(ada, ruth):
    row = Playbook.objects.create(name="Meeting", label="meeting_request", body="Gladly.")
    assert access.playbook_write(ruth, row.pk) == row
    with pytest.raises(Http404):
        access.playbook_write(ada, row.pk)
