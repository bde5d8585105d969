"""What a list shows is what its export takes along: the same rows, whatever tab, box or filter is chosen."""

import csv
import html
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments.services import booking, offers, outcomes
from crm import clock
from crm.services import contacts
from prospecting.services import role_templates, segments, snapshots
from tests.appointments.world import at, hear, item_of, later, replied
from tests.prospecting.world import account_named, person_at

pytestmark = pytest.mark.django_db
GUEST = {"guest_name": "Joost Dekker", "guest_email": "joost@maas-dekker.example", "guest_zone": "Europe/Amsterdam"}
SAID = "Tuesday works, can you send an invite?"


@pytest.fixture
def filled(world: Any, ada: Any, ruth: Any, noor: Any) -> Any:
    """Something on every list: replies, a machine, mail of nobody, a meeting held and one missed, people to find."""
    for n in range(4):
        person_at(account_named(f"Store {n}", owner=ada), f"Rita Rest{n}", "user")
    contacts.add_contact(None, by=ada, first_name="Nowhere", last_name="Man", email="nowhere@man.example")
    segments.refresh_list(world.segment)
    role_templates.set_template(world.segment, {"approver": 2}, by=ruth)
    segments.pin(world.segment, world.account, "include", "They asked.", by=ruth)
    world.snapshot = snapshots.take(world.segment, name="June", by=ruth)
    reply = replied(world, SAID)
    hear(world, "I am out of office.", sender="willem@maas-dekker.example", Auto_Submitted="auto-replied")
    hear(world, "Who are you?", sender="someone@else.example", In_Reply_To="<no@where.example>")
    meeting = booking.book(offers.offer(item_of(reply), [at(16, 9)], by=ada), at(16, 9), key="form-1", **GUEST)
    with clock.at(meeting.ends_at):
        outcomes.mark_no_show(meeting, side="guest", by=noor)
    return world


def shown(page: Any) -> list[Any]:
    """The rows of a page: of its keyset page, or whatever it calls them."""
    for name in ("page", "timeline_page"):
        if name in page.context:
            return list(page.context[name].rows)
    return list(page.context["rows"])


def exported(client: Any, page: Any) -> list[list[str]]:
    links = [html.unescape(link) for link in re.findall(r'href="(/export/[^"]+)"', page.content.decode())]
    assert [link.partition("?")[0].rpartition(".")[2] for link in links] == ["csv", "xlsx"]
    assert b"".join(client.get(links[1]).streaming_content)
    return lines(client.get(links[0]))[1:]


def lines(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline="")))


SCREENS = [
    "/accounts/", "/accounts/?q=store", "/people/", "/people/?q=rest1", "/people/without-account/", "/unmatched/",
    "/titles/?q=chief", "/segments/{segment}/list/", "/segments/{segment}/list/?look=free", "/segments/{segment}/list/?look=left",
    "/segments/{segment}/pinned/", "/segments/{segment}/pinned/?kind=exclude", "/segments/{segment}/refreshes/",
    "/segments/{segment}/snapshots/", "/segments/{segment}/snapshots/{snapshot}/",
    "/segments/{segment}/snapshots/{snapshot}/?show=moved", "/segments/{segment}/roles/unknown/",
    "/roles/missing/", "/roles/missing/?owner=none", "/sending/",
    "/sending/?tab=paused", "/sending/?tab=sent", "/intakes/", "/approvals/", "/guard/overrides/", "/inbox/", "/inbox/?box=team", "/inbox/?box=done", "/inbox/?box=team&label=referral",
    "/inbox/?box=machines", "/meetings/", "/meetings/?when=past", "/meetings/?when=all&q=nobody", "/accounts/{account}/timeline/",
    "/accounts/{account}/timeline/?family=said", "/accounts/{account}/?tab=messages", "/funnel/accounts/?step=engaged",
]  # fmt: skip


def address(path: str, world: Any) -> str:
    return path.format(segment=world.segment.pk, snapshot=world.snapshot.pk, account=world.account.pk)


def test_an_export_holds_the_rows_that_its_screen_shows(filled: Any, as_: Any) -> None:
    client = as_(filled.ada)
    found = {}
    with later(days=20):
        for path in SCREENS:
            page = client.get(address(path, filled))
            found[path] = (len(shown(page)), len(exported(client, page)))

    assert {path: both for path, both in found.items() if both[0] != both[1]} == {}
    assert sum(rows > 0 for rows, _ in found.values()) > 20, found


def test_the_queue_of_stale_facts_can_be_taken_along_whole(filled: Any, as_: Any) -> None:
    client = as_(filled.ada)
    with later(days=900):
        for path in ("/segments/{segment}/stale/", "/segments/{segment}/stale/?of=contact&field=email"):
            page = client.get(address(path, filled))
            assert len(exported(client, page)) >= len(page.context["rows"]) > 0


def test_a_worklist_says_whom_to_find(filled: Any, as_: Any) -> None:
    header, *rows = lines(as_(filled.ada).get("/export/missing-roles.csv"))

    first = dict(zip(header, rows[0], strict=True))
    assert (first["account"], first["Baton: missing"]) == ("Maas Dekker", "Approver × 1")
    assert first["Baton: known"] == "Willem Maas (Approver)"


CONTENT = ["inbox", "replies", "messages", "timeline", "meetings", "no-shows", "machines"]


def test_what_was_said_leaves_only_with_its_team(filled: Any, stranger: Any, as_: Any) -> None:
    with later(days=20):
        for name in CONTENT:
            mine = lines(as_(filled.ada).get(f"/export/{name}.csv"))
            theirs = lines(as_(stranger).get(f"/export/{name}.csv"))
            assert 1 < len(mine) > len(theirs), name
            assert SAID not in str(theirs), name


def test_what_was_said_stands_in_the_exports_of_the_team(filled: Any, as_: Any) -> None:
    for name in ("inbox", "replies", "messages", "timeline"):
        assert SAID in str(lines(as_(filled.ada).get(f"/export/{name}.csv"))), name


def test_the_queries_of_an_export_do_not_grow_with_its_rows(filled: Any, as_: Any) -> None:
    client = as_(filled.ada)
    asked = {name: queries(client, name) for name in ("missing-roles", "timeline", "list", "people")}
    for n in range(8):
        person_at(account_named(f"More {n}", owner=filled.ada), f"Mo More{n}", "user")
    segments.refresh_list(filled.segment)

    assert {name: queries(client, name) for name in asked} == asked


def queries(client: Any, name: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        lines(client.get(f"/export/{name}.csv"))
    return sum("clockoffset" not in one["sql"] for one in seen)
