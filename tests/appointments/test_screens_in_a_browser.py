"""Calendar, hours, meeting, confirmations, no-shows and the guest's pages: usable by everyone, on a phone too."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from appointments.models import Availability, Meeting
from appointments.services import booking, meeting_mails, offers
from appointments.services.offers import meeting_type_for
from crm import clock
from crm.models import Contact
from tests.make import make_account

pytestmark = [pytest.mark.chromium, pytest.mark.long]
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "ja-JP", "timezone_id": "Asia/Tokyo"}


def violations(page: Any) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")]


def faults_of(page: Any, path: str) -> list[Any]:
    """What axe finds in light and dark, and whether the page is wider than its window."""
    page.emulate_media(reduced_motion="reduce")  # no colour is looked at while it changes
    page.goto(path, wait_until="load")
    light = violations(page)
    page.emulate_media(color_scheme="dark")
    dark = violations(page)
    page.emulate_media(color_scheme="light")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [(path, one) for one in [*light, *dark, *(["wider than its window"] if wide else [])]]


@pytest.fixture
def meeting(site: str, ada: Any, noor: Any) -> Meeting:
    """Booked with Noor by a guest in Tokyo, and a second one whose hour has passed without a word."""
    Availability.objects.create(host=noor, daily_maximum=99, horizon_days=60, notice_hours=0)
    account = make_account("Maas Dekker", owner=ada)
    guest = Contact.objects.create(
        first_name="Yuki", last_name="Tanaka", email="yuki@maas.example", created_at=clock.now()
    )
    kind = meeting_type_for(ada.team_id)
    made = []
    for number in range(2):
        free = [slot.start for slot in offers.free_slots(kind, team_id=ada.team_id)][number * 4 :]
        link = offers.make_offer(kind, free[:3], account=account, by=ada, contact=guest, team=ada.team)
        who = {"guest_name": "Yuki Tanaka", "guest_email": guest.email, "guest_zone": "Asia/Tokyo"}
        made.append(booking.book(link, free[0], key=f"{number}", **who))
    start, end = clock.now() - timedelta(hours=3), clock.now() - timedelta(hours=2)
    Meeting.objects.filter(pk=made[1].pk).update(starts_at=start, ends_at=end, busy_from=start, busy_until=end)
    return made[0]


def test_hosts_screens_can_be_used_by_everyone(meeting: Meeting, noor: Any, ruth: Any, page_as: Any) -> None:
    paths = ["/calendar/", "/hours/", "/meetings/", "/confirmations/", "/no-shows/", f"/meetings/{meeting.pk}/"]
    page = page_as(ruth)
    assert [fault for path in paths for fault in faults_of(page, path)] == []


def test_guests_pages_can_be_used_by_everyone_on_a_phone(meeting: Meeting, ada: Any, page_as: Any) -> None:
    free = offers.make_offer(meeting.meeting_type, [], account=meeting.account, by=ada, team=ada.team)
    paths = [urlsplit(address).path for address in (offers.link(free), meeting_mails.manage_link(meeting))]
    page = page_as(**PHONE)
    assert [fault for path in paths for fault in faults_of(page, path)] == []
    assert page.locator("html").get_attribute("lang") == "en"
