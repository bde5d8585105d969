"""Mailboxes in a real browser: added after a wrong password, paused and resumed, an uncertain mail settled; every page reads well."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from crm import clock
from crm.models import Mailbox
from crm.services import mailboxes, suppression
from prospecting.models import Touch
from prospecting.services import sending
from tests import servers
from tests.prospecting.world import MONDAY, Server, enrolled, small_world

pytestmark = pytest.mark.chromium


@pytest.fixture
def live(site: str, ada: Any, ruth: Any) -> SimpleNamespace:
    with clock.at(MONDAY):
        world = small_world(ada)
        enrolled(world)
        sending.send_due(hand_over=Server("unknown", "no answer after the message: timed out"))
    world.paused = mailboxes.create_mailbox(
        address="north@baton.example", team=ada.team, smtp_host="mail.baton.example"
    )
    mailboxes.pause_mailbox(world.paused, "535 5.7.8 authentication failed", by="the sender")
    mailboxes.change_mailbox(world.paused, by=ruth, domain_found={
        "spf": {"state": "weak", "words": "It lets any server send.", "record": "v=spf1 +all", "publish": "v=spf1 ~all"},
        "dkim": {"state": "good", "words": "A key is published.", "record": "v=DKIM1; p=" + "A" * 300, "publish": ""},
        "dmarc": {"state": "missing", "words": "There is none.", "record": "", "publish": '_dmarc.baton.example. TXT "v=DMARC1; p=none"'},
    })  # fmt: skip
    suppression.suppress_domain("tarn.example", reason="A competitor", by=ruth)
    return world


def addresses(world: SimpleNamespace) -> list[str]:
    boxes = "/settings/mailboxes/"
    places = [
        "",
        "new/",
        "new/?address=ruth.second%40halden.example&belongs=person-{}",
        "{}/",
        "{}/limits/",
        "{}/servers/",
    ]
    keys = ["", "", world.ruth.pk, world.paused.pk, world.paused.pk, world.paused.pk]
    more = [
        f"/sending/mailboxes/{world.mailbox.pk}/",
        "/sending/outbox/",
        "/sending/outbox/?tab=left",
        "/sending/outbox/?tab=uncertain",
    ]
    stops = ["/settings/do-not-contact/", "/settings/do-not-contact/import/"]
    return [boxes + place.format(key) for place, key in zip(places, keys, strict=True)] + more + stops


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_every_page_of_a_mailbox_is_accessible_and_holds_on_a_phone(
    page_as: Callable[..., Any], ruth: Any, live: SimpleNamespace, scheme: str, width: int
) -> None:
    live.ruth = ruth
    page = page_as(ruth, color_scheme=scheme, viewport={"width": width, "height": 900})
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    wrong = []
    for address in addresses(live):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        wrong += [(address, row["id"], row["nodes"][0]["html"][:120]) for row in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append((address, "scrolls sideways", ""))

    assert wrong == []
    assert errors == []


def test_a_mailbox_is_added_after_a_wrong_password_then_paused_and_resumed(
    page_as: Callable[..., Any], ada: Any, live: SimpleNamespace, dovecot: servers.Dovecot, postfix: servers.Postfix
) -> None:
    page = page_as(ada, viewport={"width": 1440, "height": 900})
    page.goto("/settings/mailboxes/")
    page.click("a:has-text('Mailbox'):visible >> text='Mailbox'")
    page.fill("[name=address]", "ada.new@halden.example")
    page.click("text=Continue")
    typed = {"smtp_host": "127.0.0.1", "smtp_port": postfix.smtp, "imap_host": "127.0.0.1", "imap_port": dovecot.imap}
    for name, value in typed.items():
        page.fill(f"[name={name}]", str(value))
    for name in ("smtp_security", "imap_security"):
        page.select_option(f"[name={name}]", "none")
    page.fill("[name=password]", "wrong")
    page.click("text=Try it and add it")
    page.locator(".trial-row.fails").nth(1).wait_for()
    assert page.input_value("[name=smtp_port]") == str(postfix.smtp)
    assert page.input_value("[name=password]") == ""
    page.fill("[name=password]", servers.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/settings/mailboxes/*/")

    page.click("summary:has-text('Pause')")
    page.fill("[name=reason]", "On leave")
    page.click("text=Pause it")
    page.locator("text=Nothing leaves from here until someone resumes it.").wait_for()
    assert Mailbox.objects.get(address="ada.new@halden.example").paused_reason == "On leave"
    page.click("button:has-text('Resume')")
    page.locator("summary:has-text('Pause')").wait_for()


def test_a_day_s_queue_says_why_not_yet_and_an_uncertain_mail_is_settled(
    page_as: Callable[..., Any], ada: Any, live: SimpleNamespace
) -> None:
    page = page_as(ada, viewport={"width": 1440, "height": 900})
    page.goto(f"/settings/mailboxes/{live.mailbox.pk}/")
    page.locator("text=What waits, and why not yet").wait_for()
    page.goto("/sending/outbox/")
    assert "timed out" in page.inner_text(".unsure-row")
    page.click("button:has-text('Do not send again')")
    page.locator("text=It is not sent again.").wait_for()

    assert Touch.objects.get(attempts__isnull=False).state == "dropped"
