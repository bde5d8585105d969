"""The relay once across, as its users live it: a real browser, the real processes, real mail."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.story.product import Product, wait_for

pytestmark = [pytest.mark.chromium, pytest.mark.long]
SCENE = (Path(__file__).parent / "setting_the_scene.py").read_text()
PASSWORD = "correct horse battery"
ANSWER = "Tuesday works, can you send an invite?"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product, empty but for its scene, on a Tuesday at ten in the morning."""
    running = Product(tmp_path_factory.mktemp("story"))
    try:
        running.start()
        running.shell(SCENE)
        running.move_clock_to(next_tuesday_at_ten())
        yield running
    finally:
        assert running.stop() == 0


def next_tuesday_at_ten() -> dt.datetime:
    now = dt.datetime.now(dt.UTC)
    ahead = (1 - now.weekday()) % 7 or 7
    return now.replace(hour=10, minute=0, second=0, microsecond=0) + dt.timedelta(days=ahead)


@pytest.fixture
def browse(product: Product, chromium: Any) -> Iterator[Any]:
    """`browse("ada@…")`: a page signed in as somebody through the sign-in form; `browse()`: a guest."""
    contexts = []

    def open_page(email: str = "", **options: Any) -> Any:
        seen = {"locale": "en-GB", "timezone_id": "Europe/London", "viewport": {"width": 1440, "height": 900}}
        context = chromium.new_context(base_url=product.address, **{**seen, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        if email:
            page.goto("/")
            page.locator("input[name=login]").fill(email)
            page.locator("input[name=password]").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(re.compile(r"/(today/)?$"))
        return page

    yield open_page
    for context in contexts:
        context.close()


def sandbox_mail(page: Any, to: str, subject: str) -> str:
    """The address of the newest sandbox message to somebody whose subject holds the words, once it is there."""

    def newest() -> str:
        page.goto(f"/sandbox/?to={to}")
        found = page.locator("a.hit", has_text=subject)
        return found.first.get_attribute("href") if found.count() else ""

    return wait_for(newest, f"mail to {to} about {subject!r}")


def link_in(page: Any, mail: str, part: str) -> str:
    """The link of a sandbox message that holds `part`."""
    page.goto(mail)
    return page.locator(f"article a[href*='{part}']").first.get_attribute("href")


def test_from_a_segment_to_a_held_meeting(product: Product, browse: Any) -> None:
    ada, guest = browse("ada@halden.example"), browse(timezone_id="Europe/Amsterdam")
    enroll_from_the_segment(ada)
    first_mail = sandbox_mail(ada, "joost@", "One place for all your sites?")

    mail = browse("ada@halden.example")
    mail.goto(first_mail)
    ada.goto("/today/")
    answer_as_the_prospect(mail)
    see_it_arrive_live(ada)
    see_everyone_else_paused(mail)

    qualify(ada)
    send_three_times(ada)
    book_as_the_guest(ada, guest)
    starts_at = the_meeting(product)["starts_at"]

    product.move_clock_to(starts_at - dt.timedelta(hours=23, minutes=58))
    reminder = sandbox_mail(ada, "joost@", "Our meeting:")
    confirm_as_the_guest(guest, link_in(ada, reminder, "/m/"))

    product.move_clock_to(starts_at + dt.timedelta(hours=1))
    mark(ada, the_meeting(product)["pk"], "No-show")
    recovery = sandbox_mail(ada, "joost@", "Another time for us")
    pick_a_time(guest, link_in(ada, recovery, "/b/"))

    again = the_meeting(product)
    product.move_clock_to(again["starts_at"] + dt.timedelta(hours=1))
    mark(ada, again["pk"], "Held")

    the_timeline_tells_it_in_order(ada)
    the_funnel_counts_it(ada)
    nothing_was_sent_twice(product)


def enroll_from_the_segment(ada: Any) -> None:
    ada.get_by_role("link", name="Segments").first.click()
    ada.get_by_role("link", name="Ops-led example").click()
    ada.get_by_role("link", name="The list", exact=True).click()
    ada.get_by_role("link", name="Maas & Dekker Cold Stores").first.click()
    ada.get_by_role("link", name="Enroll Maas & Dekker").click()
    ada.get_by_role("button", name="See what would happen").click()
    ada.get_by_role("button", name="Enroll Maas & Dekker").click()
    ada.get_by_text("Whoever runs the work").first.wait_for()


def answer_as_the_prospect(mail: Any) -> None:
    mail.locator("textarea[name=text]").fill(ANSWER)
    mail.get_by_role("button", name="Answer Ctrl Enter").click()
    mail.get_by_text("Answered as the prospect").wait_for()


def see_it_arrive_live(ada: Any) -> None:
    """Nobody reloads the page."""
    ada.get_by_text(ANSWER).first.wait_for()


def see_everyone_else_paused(page: Any) -> None:
    page.goto("/accounts/")
    page.get_by_role("link", name="Maas & Dekker Cold Stores").first.click()
    page.get_by_text("Paused", exact=True).first.wait_for()
    page.get_by_text("Everything paused").wait_for()


def qualify(ada: Any) -> None:
    ada.locator("a.hit[href^='/replies/']").first.click()
    ada.get_by_role("link", name="Answer Q").click()
    for yes in ada.get_by_role("radio", name="Yes").all():
        yes.check()
    ada.get_by_role("button", name="Keep the answers").click()
    ada.get_by_role("button", name="Mark as qualified").click()
    ada.get_by_text("Since today").first.wait_for()
    ada.goto("/today/")
    ada.locator("a.hit[href^='/replies/']").first.click()


def send_three_times(ada: Any) -> None:
    ada.get_by_role("button", name="Send the three times").click()
    ada.get_by_text("Sent to Joost Dekker with 3 times").wait_for()


def book_as_the_guest(ada: Any, guest: Any) -> None:
    answer = sandbox_mail(ada, "joost@", "Re: One place for all your sites?")
    pick_a_time(guest, link_in(ada, answer, "/b/"))
    sandbox_mail(ada, "joost@", "Booked:")


def pick_a_time(guest: Any, link: str) -> None:
    """In the guest's own zone, by a click on a time and one on the button."""
    guest.goto(link)
    guest.wait_for_function("document.querySelector('#zone').value === 'Europe/Amsterdam'")
    guest.locator("input[name=slot]").first.check(force=True)
    guest.locator("form.pick-form button[type=submit]").click()
    guest.wait_for_url("**/m/**")


def confirm_as_the_guest(guest: Any, link: str) -> None:
    guest.goto(link)
    guest.locator("button[value=confirm]").click()
    guest.locator(".note.after").wait_for()


def mark(ada: Any, meeting: int, outcome: str) -> None:
    ada.goto(f"/meetings/{meeting}/")
    ada.locator("summary", has_text=outcome).first.click()
    ada.get_by_role("button", name=outcome, exact=True).click()
    ada.locator(".page-head").get_by_text(outcome).first.wait_for()


def the_meeting(product: Product) -> dict[str, Any]:
    """The newest meeting, read from the database."""
    pk, starts_at = (
        product.shell(
            "from appointments.models import Meeting\n"
            "m = Meeting.objects.order_by('-pk')[0]\n"
            "print(m.pk, m.starts_at.isoformat())"
        )
        .splitlines()[-1]
        .split()
    )
    return {"pk": int(pk), "starts_at": dt.datetime.fromisoformat(starts_at)}


NEWEST_FIRST = [
    "Held",
    "Rebooked",
    "Meeting booked",
    "New times offered",
    "No-show",
    "The guest confirmed",
    "Reminded",
    "Meeting booked",
    "Times offered",
    "Qualified",
    "In the queue",
    "Engaged",
    "Everything paused",
    "Joost Dekker wrote",
    "Contacted",
    "Mail to Joost Dekker",
    "Targeted",
    "Enrolled",
]


def the_timeline_tells_it_in_order(ada: Any) -> None:
    ada.goto("/accounts/1/timeline/")
    told = ada.locator(".timeline").inner_text()
    while (earlier := ada.get_by_role("link", name="Earlier")).count():
        ada.goto(earlier.get_attribute("href"))
        told += ada.locator(".timeline").inner_text()
    at = -1
    for words in NEWEST_FIRST:
        found = told.find(words, at + 1)
        assert found > at, f"{words!r} is missing or out of order in:\n{told}"
        at = found


def the_funnel_counts_it(ada: Any) -> None:
    """One account engaged of one contacted, one held of one engaged; too few to judge, and it says so."""
    ada.goto("/funnel/")
    ada.get_by_text("Too few to say").first.wait_for()


def nothing_was_sent_twice(product: Product) -> None:
    """Counted in the mailbox, by Message-ID and recipient."""
    doubles = product.shell(
        "from django.db.models import Count\n"
        "from crm.models import SandboxMessage\n"
        "rows = SandboxMessage.objects.values('message_id', 'rcpt_to').annotate(n=Count('pk'))\n"
        "print(rows.filter(n__gt=1).count(), rows.count())"
    ).splitlines()[-1]
    assert doubles.split()[0] == "0"
    assert int(doubles.split()[1]) >= 6
