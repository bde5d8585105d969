"""A guest's page in a real browser: impatient fingers book once."""

import os
from typing import Any
from urllib.parse import urlsplit

import pytest

from appointments.models import Availability, Meeting, Offer
from appointments.services import offers
from appointments.services.offers import meeting_type_for
from tests.make import make_account

pytestmark = [pytest.mark.chromium, pytest.mark.long]
DOUBLE_CLICKS = int(os.environ.get("DOUBLE_CLICKS", "20"))  # 200 in the long form


def test_so_many_double_clicks_book_once_each(site: str, ada: Any, noor: Any, page_as: Any) -> None:
    kind = meeting_type_for(ada.team_id)
    Availability.objects.create(host=noor, daily_maximum=99, horizon_days=60, notice_hours=0)
    links = [urlsplit(offers.link(offered(kind, ada, n))).path for n in range(DOUBLE_CLICKS)]
    page = page_as()
    for link in links:
        page.goto(link, wait_until="load")
        page.evaluate("document.querySelector('input[name=slot]').click()")
        page.fill("input[name=name]", "Joost Dekker")
        page.fill("input[name=email]", "joost@maas-dekker.example")
        page.dblclick(".confirm-bar button", no_wait_after=True)
        page.wait_for_url("**/m/**")

    booked = Meeting.objects.filter(state="booked")
    assert booked.count() == DOUBLE_CLICKS
    assert booked.values("offer").distinct().count() == DOUBLE_CLICKS
    assert booked.values("starts_at").distinct().count() == DOUBLE_CLICKS


def offered(kind: Any, ada: Any, number: int) -> Offer:
    account = make_account(f"Clicks {number}", owner=ada)
    return offers.make_offer(kind, [], account=account, by=ada, team=ada.team)
