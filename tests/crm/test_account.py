"""Accounts and the people at them: on file, owned, resting, stopped, gone; each with its row on the timeline."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from crm import clock
from crm.errors import Refused
from crm.models import Contact, Event
from crm.services import accounts, contacts, notes


def kinds(account: Any) -> list[str]:
    return list(Event.objects.filter(account=account).order_by("pk").values_list("kind", flat=True))


def test_a_new_account_has_its_normal_forms_and_the_source_of_its_facts(ada: Any) -> None:
    account = accounts.create_account(
        name="The Maas & Dekker B.V.", domain="https://www.maasdekker.example/about", by=ada
    )

    assert (account.name_norm, account.domain) == ("maas & dekker", "maasdekker.example")
    assert account.facts["domain"]["source"] == "by hand, Ada"
    assert kinds(account) == ["account.created"]


def test_an_edit_tells_what_was_and_what_is(ada: Any) -> None:
    account = accounts.create_account(name="Maas", by=ada)

    accounts.edit_account(account, by=ada, city="Utrecht")
    accounts.edit_account(account, by=ada, city="Utrecht")

    assert Event.objects.get(kind="account.edited").facts == {"changed": {"city": ["", "Utrecht"]}}


def test_the_ladder_cannot_be_edited_by_hand(ada: Any) -> None:
    account = accounts.create_account(name="Maas", by=ada)

    with pytest.raises(Refused):
        accounts.edit_account(account, by=ada, rung="held")


def test_an_account_cannot_be_part_of_itself(ada: Any) -> None:
    top = accounts.create_account(name="Group", by=ada)
    site = accounts.create_account(name="Site", by=ada, parent=top)

    with pytest.raises(Refused, match="part of itself"):
        accounts.edit_account(top, by=ada, parent=site)


def test_two_accounts_cannot_have_one_number(ada: Any) -> None:
    accounts.create_account(name="Maas", external_id="7", by=ada)

    with pytest.raises(Refused, match="number 7"):
        accounts.create_account(name="Northwind", external_id="7", by=ada)


def test_rest_close_and_reopen_are_told_in_order(ada: Any) -> None:
    account = accounts.create_account(name="Maas", by=ada)

    accounts.write_rest(account, clock.today() + timedelta(days=30), "moving house", by=ada)
    accounts.end_rest(account, by=ada)
    accounts.close_account(account, "out of business", by=ada)
    accounts.reopen_account(account, by=ada)

    assert kinds(account)[1:] == ["account.resting", "account.rest_ended", "account.closed", "account.reopened"]
    assert (account.rests_until, account.closed_at) == (None, None)


def test_a_rest_that_is_over_already_is_refused(ada: Any) -> None:
    account = accounts.create_account(name="Maas", by=ada)

    with pytest.raises(Refused):
        accounts.write_rest(account, clock.today(), "x", by=ada)


def test_the_last_touch_only_moves_ahead(ada: Any) -> None:
    account, now = accounts.create_account(name="Maas", by=ada), clock.now()

    accounts.mark_touched(account, now)
    accounts.mark_touched(account, now - timedelta(days=2))

    account.refresh_from_db()
    assert account.last_touched_at == now


def test_a_note_is_content_of_its_writers_team(thread: SimpleNamespace, ada: Any) -> None:
    note = notes.add_note(thread.account, "Asks for Joost first.", by=ada)

    assert note.team == ada.team
    assert Event.objects.get(kind="account.noted").team == ada.team


def test_the_same_person_at_two_accounts_is_one_contact_with_two_memberships(ada: Any) -> None:
    first, second = accounts.create_account(name="One", by=ada), accounts.create_account(name="Two", by=ada)

    joost = contacts.add_contact(first, by=ada, email="joost@maas.example", role="champion")
    again = contacts.add_contact(second, by=ada, email="Joost@MAAS.example", first_name="Joost")

    assert joost.pk == again.pk and Contact.objects.get().first_name == "Joost"
    assert list(joost.memberships.order_by("pk").values_list("role__slug", "main")) == [
        ("champion", True),
        ("unknown", False),
    ]


def test_a_role_is_set_with_its_evidence(thread: SimpleNamespace, ada: Any) -> None:
    membership = contacts.current_membership(thread.joost, thread.account)
    assert membership is not None

    contacts.set_role(membership, "approver", by=ada, evidence="Signs the contracts.")

    membership.refresh_from_db()
    assert (membership.role.slug, membership.evidence, membership.confidence) == (
        "approver",
        "Signs the contracts.",
        "certain",
    )


def test_someone_who_left_stays_on_record(thread: SimpleNamespace, ada: Any) -> None:
    membership = contacts.current_membership(thread.joost, thread.account)
    assert membership is not None

    contacts.end_membership(membership, by=ada, why="left in May")

    assert contacts.current_membership(thread.joost, thread.account) is None
    assert thread.joost.memberships.get().until == clock.today()


@pytest.mark.parametrize(
    "address", ["a@b.example,c@d.example", "x", "a b@c.example", '"x"<y@z.example>', "a@b@c.example", "a@localhost"]
)
def test_an_address_that_is_not_exactly_one_is_refused(ada: Any, address: str) -> None:
    account = accounts.create_account(name="Maas", by=ada)

    with pytest.raises(Refused):
        contacts.add_contact(account, by=ada, email=address)


def test_a_stopped_person_is_stopped_once(thread: SimpleNamespace, ada: Any) -> None:
    contacts.stop_contact(thread.joost, "said no", by=ada)
    contacts.stop_contact(thread.joost, "again", by=ada)
    assert thread.joost.stopped_reason == "said no"

    contacts.unstop_contact(thread.joost, by=ada)

    assert thread.joost.stopped_at is None
    assert Event.objects.filter(kind="contact.stopped").count() == 1
