"""An address that lost in a merge stays the person's: for answers, for what they wish, and for the next file."""

from typing import Any

import pytest

from crm.errors import Refused
from crm.models import Contact, ContactAddress, Suppression
from crm.services import contacts, imports, matching, merging, suppression
from prospecting.services import unsubscribe

OLD, NEW = "j.dekker@old.example", "joost@maas.example"


@pytest.fixture
def merge(ada: Any) -> Any:
    kept = contacts.add_contact(None, by=ada, first_name="Joost", last_name="Dekker", email=NEW)
    gone = contacts.add_contact(None, by=ada, first_name="J.", last_name="Dekker", email=OLD)
    return merging.merge(kept, gone, by=ada)


def survivor() -> Contact:
    return Contact.objects.get(email=NEW)


def test_an_answer_from_the_old_address_is_the_survivors(merge: Any) -> None:
    assert matching.contact_of("J.Dekker+crm@old.example") == survivor()


def test_whichever_address_was_chosen_the_other_one_stays_known(ada: Any) -> None:
    kept = contacts.add_contact(None, by=ada, last_name="Dekker", email=NEW)
    gone = contacts.add_contact(None, by=ada, last_name="Dekker", email=OLD)

    merging.merge(kept, gone, by=ada, choose={"email": "gone"})

    assert Contact.objects.get().email == OLD
    assert ContactAddress.objects.get().email == NEW


def test_a_third_record_brings_its_addresses_along_and_undo_gives_each_its_own(merge: Any, ada: Any) -> None:
    third = contacts.add_contact(None, by=ada, last_name="Dekker", email="jd@new.example")

    second = merging.merge(third, survivor(), by=ada)

    assert set(third.addresses.values_list("email", flat=True)) == {OLD, NEW}
    merging.undo_merge(second, by=ada)
    assert list(ContactAddress.objects.values_list("contact__email", "email")) == [(NEW, OLD)]
    merging.undo_merge(merge, by=ada)
    assert not ContactAddress.objects.exists()
    assert matching.contact_of(OLD) != matching.contact_of(NEW)


def test_nobody_else_gets_it(merge: Any, ada: Any) -> None:
    other = contacts.add_contact(None, by=ada, last_name="Pauw", email="pim@maas.example")

    with pytest.raises(Refused, match="Someone else"):
        contacts.edit_contact(other, by=ada, email=OLD)
    assert contacts.add_contact(None, by=ada, last_name="Dekker", email=OLD) == survivor()


def test_who_says_no_under_one_address_is_not_written_to_under_any(merge: Any) -> None:
    unsubscribe.unsubscribe({"address": OLD}, how="one click")

    assert suppression.standing([OLD, NEW]) == {OLD, NEW}
    assert set(Suppression.objects.values_list("contact", flat=True)) == {survivor().pk}


def test_a_dead_address_does_not_silence_the_one_that_works(ada: Any) -> None:
    kept = contacts.add_contact(None, by=ada, last_name="Dekker", email=NEW)
    gone = contacts.add_contact(None, by=ada, last_name="Dekker", email=OLD)
    suppression.suppress_address(OLD, reason=suppression.BOUNCED, by=ada)

    merging.merge(kept, gone, by=ada)

    assert suppression.standing([OLD, NEW]) == {OLD}


def test_a_file_under_the_old_address_is_about_the_survivor_and_changes_nothing_twice(merge: Any, ada: Any) -> None:
    file = f"first_name,last_name,email,phone\nJoost,Dekker,{OLD},030 1234567\n".encode()

    first = imports.import_rows(file, "contacts", by=ada, file_name="people.csv")
    again = imports.import_rows(file, "contacts", by=ada, file_name="people.csv")

    assert (first["created"], first["updated"]) == (0, 1)
    assert (again["created"], again["unchanged"]) == (0, 1)
    assert (survivor().email, survivor().phone) == (NEW, "030 1234567")


def test_a_file_with_both_addresses_says_that_they_are_one_person(merge: Any, ada: Any) -> None:
    file = f"last_name,email\nDekker,{NEW}\nDekker,{OLD}\n".encode()

    done = imports.import_rows(file, "contacts", by=ada, file_name="people.csv")

    assert (done["created"], done["unchanged"], done["skipped"]) == (0, 1, 1)
    assert "same mail address as row 1" in done["errors"][0]["reason"]


def test_the_person_is_found_and_shown_under_it(merge: Any, ada: Any, as_: Any) -> None:
    found = as_(ada).get("/people/", {"q": OLD}).content.decode()
    page = as_(ada).get(f"/people/{survivor().pk}/").content.decode()

    assert "Joost Dekker" in found
    assert f"Also writes as</dt><dd>{OLD}" in page
