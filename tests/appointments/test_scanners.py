"""Who follows links by machine changes nothing: every address open without signing in, by every safe method and in a browser."""

import hashlib
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import get_resolver
from playwright.sync_api import Error

from appointments.models import Meeting, Offer
from appointments.services import booking, meeting_mails, offers, outcomes
from crm import clock
from crm.models import Suppression
from prospecting.services import letters
from tests import rows
from tests.appointments.world import item_of, reached, replied
from tests.hostile import Page
from tests.prospecting.world import MONDAY
from tests.test_architecture import declared, routes

# Django's own tables of who is signed in; no noun of the product.
BESIDE = {"django_session", "usersessions_usersession"}
OPEN = ("guest", "public")
# Behind these a signed link is read: each needs a link that works, or nothing would be shown.
SIGNED = ("u/<str:token>/", "b/<str:token>/", "m/<str:token>/", "o/<str:token>/")
PLAIN = {"int": "1", "str": "x", "slug": "x", "uuid": "00000000-0000-4000-8000-000000000000", "path": "x"}
SCANNERS = (
    {"purpose": "prefetch"}, {"sec-purpose": "prefetch;prerender"}, {"x-moz": "prefetch"}, {"x-http-method-override": "POST"},
    {"x-method-override": "DELETE"}, {"user-agent": "Mozilla/5.0 (compatible; LinkScanner/1.0)"},
)  # fmt: skip


def digest() -> dict[str, str]:
    """A mark of every table: equal when no row of it is another."""
    found = {table: sorted(lines) for table, lines in rows.read().items() if table not in BESIDE}
    return {table: hashlib.sha256(b"".join(lines)).hexdigest() for table, lines in found.items()}


def open_routes() -> list[str]:
    """What the URLconf opens to strangers, by the declared policy; pages of frameworks too, the admin's own apart."""
    found = [(route, declared(view)) for route, view in routes(get_resolver().url_patterns)]
    return [
        route.replace("^", "").replace("$", "")
        for route, policy in found
        if policy in OPEN or (policy is None and route.startswith("accounts/sign-in/"))
    ]


def addresses(links: dict[str, str]) -> list[str]:
    """Each open route as an address: with a link that works where one is signed, else with plain values."""
    return [links.get(route) or "/" + filled(route) for route in open_routes()]


def filled(route: str) -> str:
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "x", route)
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: PLAIN.get(found[1] or "str", "x"), plain)


@pytest.fixture
def opened(world: SimpleNamespace) -> SimpleNamespace:
    """One working link behind each signed route."""
    return working(world)


def working(world: SimpleNamespace) -> SimpleNamespace:
    item = item_of(replied(world, "Tuesday works, can you send an invite?"))
    first, *others = offers.propose(item)
    meeting = booking.book_for(item, first.start, by=world.ada)
    anna = item_of(replied(world, "I would like to talk too.", sender="anna@maas-dekker.example", name="Anna"))
    offer = offers.offer(anna, others, by=world.ada)
    one = {"contact": world.joost.pk, "account": world.account.pk}
    signed = (
        letters.unsubscribe_url(world.joost.email, **one), offers.link(offer), meeting_mails.manage_link(meeting),
        outcomes.link(meeting),
    )  # fmt: skip
    links = {route: urlsplit(address).path for route, address in zip(SIGNED, signed, strict=True)}
    return SimpleNamespace(links=links, offer=offer, meeting=meeting)


def test_every_route_for_guests_has_a_link_that_works(opened: SimpleNamespace, client: Client) -> None:
    guests = [route for route, view in routes(get_resolver().url_patterns) if declared(view) == "guest"]

    assert sorted(guests) == sorted(SIGNED)
    assert [client.get(link).status_code for link in opened.links.values()] == [200] * len(SIGNED)


@pytest.mark.long
def test_safe_methods_change_no_row_behind_any_open_address(opened: SimpleNamespace) -> None:
    client, before, tried = Client(), digest(), 0
    for address in addresses(opened.links):
        for method in ("get", "head", "options", "trace"):
            for headers in ({}, *SCANNERS):
                for asked in ({}, {"List-Unsubscribe": "One-Click", "stop": "yes", "do": "cancel", "_method": "POST"}):
                    call = client.get if method == "get" else getattr(client, method)
                    kwargs = {"data": asked} if method in ("get", "head") else {}
                    assert call(address, headers=headers, **kwargs).status_code < 500, address
                    tried += 1

    assert tried > 500
    assert changed(before) == []


def changed(before: dict[str, str]) -> list[str]:
    return [table for table, mark in digest().items() if before[table] != mark]


@pytest.mark.long
def test_whatever_a_page_links_to_may_be_followed(opened: SimpleNamespace) -> None:
    client, before = Client(), digest()
    followed = [url for address in addresses(opened.links) for url in onward(client, address)]
    for url in followed:
        client.get(url)

    assert len(followed) > 10
    assert changed(before) == []


def onward(client: Client, address: str) -> Iterator[str]:
    """The links of a page, and its forms that only ask."""
    page = client.get(address)
    if "html" not in page.get("Content-Type", "") or page.streaming:
        return
    found = Page(page.content.decode())
    yield from (urljoin(address, link) for link in found.links if not urlsplit(link).netloc and "static" not in link)
    yield from (urljoin(address, form["action"] or address) for form in found.forms if form["method"] == "get")


@pytest.mark.chromium
def test_a_browser_that_runs_scripts_loads_and_waits_changes_no_row(
    site: str, ada: Any, noor: Any, ben: Any, ruth: Any, page_as: Any
) -> None:
    with clock.at(MONDAY):
        world = reached(ada, noor)
    opened = working(world)
    page, before = page_as(), digest()
    prefetch = "(urls) => urls.forEach((url) => { const one = document.createElement('link'); one.rel = 'prefetch'; one.href = url; document.head.append(one); })"
    for address in addresses(opened.links):
        if not shows(page, address):
            continue
        page.wait_for_load_state("networkidle")
        links = page.eval_on_selector_all("a[href]", "(all) => all.map((one) => one.href)")
        page.evaluate(prefetch, [link for link in links if link.startswith(site)])
        page.mouse.move(200, 300)
        page.keyboard.press("Tab")
        page.wait_for_timeout(150)

    assert changed(before) == []


def shows(page: Any, address: str) -> bool:
    """Whether there is a page: an address that only takes posts answers a browser with a status and nothing else."""
    try:
        page.goto(address, wait_until="load")
    except Error as error:
        if "interrupted by another navigation" in str(error):  # the browser's own page about the one before came late
            return shows(page, address)
        assert "ERR_HTTP_RESPONSE_CODE_FAILURE" in str(error)
        return False
    return True


# One click (RFC 8058) -------------------------------------------------------------------------------------------


def test_one_click_needs_no_cookie_and_no_token_of_a_form(opened: SimpleNamespace) -> None:
    answer = Client(enforce_csrf_checks=True).post(opened.links[SIGNED[0]], {"List-Unsubscribe": "One-Click"})

    assert (answer.status_code, answer.cookies.output()) == (200, "")
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart"])
def test_one_click_comes_in_either_form_that_the_standard_names(opened: SimpleNamespace, kind: str) -> None:
    client, link, said = Client(enforce_csrf_checks=True), opened.links[SIGNED[0]], {"List-Unsubscribe": "One-Click"}
    answer = client.post(link, said) if kind == "multipart" else client.post(link, "List-Unsubscribe=One-Click", kind)

    assert (answer.status_code, Suppression.objects.count()) == (200, 1)


BODIES = (
    "", "List-Unsubscribe", "List-Unsubscribe=", "List-Unsubscribe=one-click", "list-unsubscribe=One-Click", "List-Unsubscribe=One-Click%20",
    "List-Unsubscribe=One-Click&x=1", "List-Unsubscribe=One-Click&List-Unsubscribe=One-Click", "stop", "stop=no", "x=1", "stop=yes&x=1",
    '{"List-Unsubscribe": "One-Click"}', "%4Cist-Unsubscribe=One-Clic",
)  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_any_other_body_changes_nothing_and_shows_the_button(opened: SimpleNamespace, body: str) -> None:
    before = digest()
    answer = Client().post(opened.links[SIGNED[0]], body, "application/x-www-form-urlencoded")

    assert (answer.status_code, "Do not write to me again" in answer.content.decode()) == (400, True)
    assert changed(before) == []


def test_a_body_of_another_kind_or_to_another_link_changes_nothing(opened: SimpleNamespace) -> None:
    before, said = digest(), "List-Unsubscribe=One-Click"
    for kind in ("text/plain", "application/json", "application/xml"):
        assert Client().post(opened.links[SIGNED[0]], said, kind).status_code == 400
    for link in (opened.links[SIGNED[1]], opened.links[SIGNED[2]]):
        Client().post(link, said, "application/x-www-form-urlencoded")
        strict = Client(enforce_csrf_checks=True).post(link, {"do": "cancel", "slot": "x"})
        assert strict.status_code == 403

    assert changed(before) == []
    assert (Meeting.objects.filter(state="booked").count(), Offer.objects.count() > 0) == (1, True)
