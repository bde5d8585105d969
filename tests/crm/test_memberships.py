"""Where people work: given an account, moved, corrected, ended, without anything being forgotten; and the clock they live by."""

from typing import Any

import pytest

from crm import clock, lookups
from crm.errors import Refused
from crm.models import Account, Contact, Event, Membership
from crm.rules import countries, phones, zones
from crm.services import accounts, contacts, facts, memberships


@pytest.fixture
def maas(ada: Any) -> Account:
    return accounts.create_account(
        name="Maas", domain="maas.example", country="Netherlands", city="Utrecht", owner=ada, by=ada
    )


@pytest.fixture
def north_wind(ada: Any) -> Account:
    return accounts.create_account(
        name="Northwind", domain="northwind.example", country="US", state_name="Texas", owner=ada, by=ada
    )


@pytest.fixture
def joost(ada: Any, maas: Account) -> Contact:
    return contacts.add_contact(
        maas,
        by=ada,
        first_name="Joost",
        last_name="Dekker",
        email="joost@maas.example",
        role="champion",
        source="by hand",
    )


# Moving -------------------------------------------------------------------------------------------------------------


def test_a_move_ends_the_old_part_and_keeps_all_it_said(ada: Any, joost: Contact, north_wind: Account) -> None:
    old = joost.memberships.get()

    new = memberships.move(old, north_wind, by=ada, why="their own post", title="Head of Purchasing")

    old.refresh_from_db()
    assert (old.role.slug, old.until, old.account.name) == ("champion", clock.today(), "Maas")
    assert (new.role.slug, new.main, new.evidence) == ("procurement", True, "their own post")
    assert list(Event.objects.filter(contact=joost).order_by("pk").values_list("kind", flat=True)[2:]) == [
        "membership.ended",
        "membership.started",
    ]


def test_who_has_left_cannot_be_moved_again(ada: Any, joost: Contact, north_wind: Account) -> None:
    old = joost.memberships.get()
    memberships.end_membership(old, by=ada, why="left")

    with pytest.raises(Refused, match="not at Maas any more"):
        memberships.move(old, north_wind, by=ada, why="x")


def test_a_move_to_where_they_are_is_refused(ada: Any, joost: Contact, maas: Account) -> None:
    with pytest.raises(Refused, match="already"):
        memberships.move(joost.memberships.get(), maas, by=ada, why="x")


def test_when_the_main_part_ends_another_becomes_the_main_one(
    ada: Any, joost: Contact, maas: Account, north_wind: Account
) -> None:
    contacts.join(joost, north_wind, by=ada)
    memberships.end_membership(contacts.current_membership(joost, maas), by=ada, why="left")  # type: ignore[arg-type]

    assert contacts.main_account(joost) == north_wind
    assert joost.memberships.get(until=None).main


def test_one_part_is_the_main_one(ada: Any, joost: Contact, north_wind: Account) -> None:
    second = contacts.join(joost, north_wind, by=ada)

    memberships.make_main(second, by=ada)

    assert list(joost.memberships.filter(main=True)) == [second]


def test_a_new_title_at_an_account_is_read_again_but_a_set_role_stands(
    ada: Any, joost: Contact, north_wind: Account
) -> None:
    given, read = joost.memberships.get(), contacts.join(joost, north_wind, by=ada)

    memberships.edit_membership(given, by=ada, title="CFO", department="Finance")
    memberships.edit_membership(read, by=ada, title="CFO")

    assert (given.role.slug, given.function, given.department) == ("champion", "finance", "Finance")
    assert read.role.slug == "budget-owner"


# The person's page --------------------------------------------------------------------------------------------------


def test_the_page_moves_someone_and_shows_past_and_present(
    as_: Any, ada: Any, joost: Contact, north_wind: Account
) -> None:
    old = joost.memberships.get()
    said = {"membership": old.pk, "account": "Northwind", "why": "called them", "title": "VP Operations"}

    as_(ada).post(f"/people/{joost.pk}/move/", said)
    page = as_(ada).get(f"/people/{joost.pk}/").content.decode()

    assert contacts.main_account(joost) == north_wind
    assert "Before" in page and "Problem owner" in page and "Champion" in page


def test_a_stranger_moves_nobody(as_: Any, stranger: Any, joost: Contact, north_wind: Account) -> None:
    old = joost.memberships.get()
    for path in ("move", "part", "main", "join", "role", "left"):
        answer = as_(stranger).post(
            f"/people/{joost.pk}/{path}/", {"membership": old.pk, "account": north_wind.pk, "why": "x"}
        )
        assert answer.status_code == 404

    old.refresh_from_db()
    assert old.until is None and joost.memberships.count() == 1


def test_nobody_is_moved_to_an_account_of_another_team(as_: Any, stranger: Any, ada: Any, joost: Contact) -> None:
    theirs = accounts.create_account(name="Theirs", owner=stranger, by=stranger)
    said = {"membership": joost.memberships.get().pk, "account": f"Theirs (#{theirs.pk})", "why": "x"}

    assert as_(ada).post(f"/people/{joost.pk}/move/", said).status_code == 404
    assert joost.memberships.get().until is None


def test_an_account_that_is_not_certain_is_asked_for_again(as_: Any, ada: Any, joost: Contact) -> None:
    accounts.create_account(name="Twin", by=ada)
    accounts.create_account(name="Twin", by=ada)
    said = {"membership": joost.memberships.get().pk, "account": "Twin", "why": "x"}

    page = as_(ada).post(f"/people/{joost.pk}/move/", said, follow=True).content.decode()

    assert "Several accounts are called" in page
    assert joost.memberships.count() == 1


def test_people_without_an_account_wait_in_a_worklist_with_a_likely_one(as_: Any, ada: Any, maas: Account) -> None:
    wim = contacts.add_contact(None, by=ada, last_name="Waiting", email="wim@maas.example", title="Inkoper")
    page = as_(ada).get("/people/without-account/").content.decode()
    assert f"(#{maas.pk})" in page

    as_(ada).post(f"/people/{wim.pk}/join/", {"account": f"Maas (#{maas.pk})", "back": "/people/without-account/"})

    assert wim.memberships.get().role.slug == "procurement"
    assert "Waiting" not in as_(ada).get("/people/without-account/").content.decode().split("<main")[1]


def test_who_is_left_out_leaves_the_worklist_and_stays_on_file(as_: Any, ada: Any) -> None:
    wim = contacts.add_contact(None, by=ada, last_name="Waiting")

    as_(ada).post(f"/people/{wim.pk}/stop/", {"why": "a private person", "back": "/people/without-account/"})

    assert not lookups.unplaced(Contact.objects.all()).exists()
    assert Contact.objects.filter(pk=wim.pk, stopped_reason="a private person").exists()


def test_the_worklist_asks_as_often_for_many_as_for_one(as_: Any, ada: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        contacts.add_contact(None, by=ada, last_name=f"W{number}", email=f"w{number}@maas{number}.example")

    client = as_(ada)
    with django_assert_max_num_queries(9):
        client.get("/people/without-account/")


# Places, phones, clocks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "zone"),
    [
        (("NL",), "Europe/Amsterdam"), (("US", "TX", "El Paso"), "America/Denver"), (("US", "Texas"), "America/Chicago"),
        (("US",), ""), (("US", "", "Chicago"), "America/Chicago"), (("CA", "Quebec"), "America/Toronto"),
        (("AU", "Western Australia"), "Australia/Perth"), (("BR", "AM"), "America/Manaus"), (("MX", "Sonora"), "America/Hermosillo"),
        (("RU", "Novosibirskaya oblast'"), "Asia/Novosibirsk"), (("ES", "", "Madrid"), "Europe/Madrid"),
        (("ES", "", "", "35001"), "Atlantic/Canary"), (("PT", "", "Funchal"), "Atlantic/Madeira"), (("US", "Nowhere", "Chicago"), ""),
        (("XX",), ""), (("",), ""),
    ],
)  # fmt: skip
def test_the_place_says_the_time_zone_or_nothing(place: tuple[str, ...], zone: str) -> None:
    assert zones.zone_of(*place) == zone


def test_every_zone_of_the_tables_exists() -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - only here

    named = {z for states in zones._STATES.values() for z in states} | {
        z for towns in zones._TOWNS.values() for z in towns.values()
    }

    assert all(ZoneInfo(name) for name in named | set(zones._USUAL.values()))


def test_every_american_state_has_a_zone() -> None:
    states = set(zones._states("US").values()) - {"AS", "GU", "MP", "UM", "VI"}

    assert [code for code in sorted(states) if not zones.zone_of("US", code)] == []


@pytest.mark.parametrize(
    ("name", "code"),
    [("Netherlands", "NL"), ("Deutschland", "DE"), ("Allemagne", "DE"), ("UK", "GB"), ("u.s.a.", "US"), ("fra", "FR"), ("nl", "NL"), ("Atlantis", "")],
)  # fmt: skip
def test_a_country_is_known_by_its_names(name: str, code: str) -> None:
    assert countries.code_of(name) == code


def test_a_phone_is_kept_internationally_and_compared_by_its_digits(ada: Any, maas: Account) -> None:
    accounts.edit_account(maas, by=ada, phone="020-794 0000")

    assert (maas.phone, maas.phone_norm) == ("+31 20 794 0000", "+31207940000")
    assert phones.problem("12", "NL") and not phones.problem("020-794 0000", "NL")


def test_the_zone_follows_the_place_until_someone_chooses_another(ada: Any, north_wind: Account) -> None:
    assert north_wind.zone == "America/Chicago"

    accounts.edit_account(north_wind, by=ada, state_name="California")
    assert north_wind.zone == "America/Los_Angeles"

    accounts.edit_account(north_wind, by=ada, zone="America/New_York")
    accounts.edit_account(north_wind, by=ada, state_name="Texas")
    assert north_wind.zone == "America/New_York"


def test_a_person_with_a_place_of_their_own_has_its_clock(ada: Any, joost: Contact) -> None:
    assert (joost.zone, lookups.place_of(joost, list(joost.memberships.all()))["zone"]) == ("", "Europe/Amsterdam")

    contacts.edit_contact(joost, by=ada, country="Japan")

    assert (joost.country, joost.zone) == ("JP", "Asia/Tokyo")


def test_a_country_nobody_knows_is_refused(ada: Any) -> None:
    with pytest.raises(Refused, match="Atlantis"):
        accounts.create_account(name="Maas", country="Atlantis", by=ada)


# Facts --------------------------------------------------------------------------------------------------------------


def test_what_an_edit_changes_is_dated_and_what_it_empties_is_not(ada: Any, maas: Account) -> None:
    accounts.edit_account(maas, by=ada, city="", industry="Cold storage", source="their site")

    assert "city" not in maas.facts
    assert maas.facts["industry"] == {"source": "their site", "at": clock.today().isoformat()}


def test_a_fact_past_its_shelf_life_is_stale_until_someone_looks(ada: Any, maas: Account) -> None:
    accounts.edit_account(maas, by=ada, employees=40)
    Account.objects.filter(pk=maas.pk).update(facts={"employees": {"source": "a list", "at": "2020-01-01"}})
    maas.refresh_from_db()
    assert [fact["field"] for fact in lookups.facts_shown(maas) if fact["stale"]] == ["employees"]

    maas = facts.confirm(maas, ["employees"], by=ada)

    assert not [fact for fact in lookups.facts_shown(maas) if fact["stale"]]


def test_an_attribute_of_ones_own_has_a_source_and_can_be_taken_away(ada: Any, maas: Account) -> None:
    maas = facts.set_attribute(maas, "freezers", "12", by=ada, source="site visit")
    assert (maas.custom, maas.facts["freezers"]["source"]) == ({"freezers": "12"}, "site visit")

    maas = facts.set_attribute(maas, "freezers", "", by=ada)

    assert maas.custom == {} and "freezers" not in maas.facts


def test_a_number_elsewhere_belongs_to_one_account(ada: Any, maas: Account, north_wind: Account) -> None:
    facts.add_number(maas, "ERP", "17", by=ada)

    with pytest.raises(Refused, match="number of Maas"):
        facts.add_number(north_wind, "ERP", "17", by=ada)


def test_domains_are_kept_registrable_and_once(ada: Any, maas: Account) -> None:
    assert facts.add_domain(maas, "https://mail.maas-group.example/x", by=ada).domain == "maas-group.example"

    for again in ("maas-group.example", "maas.example"):
        with pytest.raises(Refused):
            facts.add_domain(maas, again, by=ada)


def test_tags_change_in_place(as_: Any, ada: Any, stranger: Any, maas: Account) -> None:
    answer = as_(ada).post(f"/accounts/{maas.pk}/tags/", {"tags": "cold, key , cold"}, headers={"HX-Request": "true"})
    maas.refresh_from_db()
    assert maas.tags == ["cold", "key"] and answer.status_code == 200

    assert as_(stranger).post(f"/accounts/{maas.pk}/tags/", {"tags": "x"}).status_code == 404


def test_a_parent_shows_the_furthest_of_its_sites(
    as_: Any, ada: Any, maas: Account, django_assert_num_queries: Any
) -> None:
    site = accounts.create_account(name="Maas Breda", parent=maas, by=ada)
    cellar = accounts.create_account(name="Maas Breda cellar", parent=site, by=ada)
    accounts.write_rung(cellar, "engaged", clock.now())

    with django_assert_num_queries(1):
        stands = lookups.furthest([maas, site, cellar])

    assert [(stands[one.pk]["rung"], (stands[one.pk]["site"] or {}).get("name")) for one in (maas, site, cellar)] == [
        ("engaged", "Maas Breda cellar"),
        ("engaged", "Maas Breda cellar"),
        ("engaged", None),
    ]
    assert "Furthest of the group" in as_(ada).get(f"/accounts/{maas.pk}/").content.decode()


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_an_attribute_needs_a_name(ada: Any, maas: Account, name: str) -> None:
    with pytest.raises(Refused, match="Name the attribute"):
        facts.set_attribute(maas, name, "1", by=ada)


def test_the_edit_page_takes_names_and_keeps_what_it_cannot_use(
    as_: Any, ada: Any, maas: Account, north_wind: Account
) -> None:
    form = {
        "name": "Maas",
        "parent": f"Northwind (#{north_wind.pk})",
        "country": "BE",
        "phone": "12",
        "tags": "",
        "regulated": "",
    }
    page = as_(ada).post(f"/accounts/{maas.pk}/edit/", form).content.decode()
    assert "is no phone number" in page

    as_(ada).post(f"/accounts/{maas.pk}/edit/", {**form, "phone": "02 555 12 12"})

    maas.refresh_from_db()
    assert (maas.parent, maas.country, maas.zone, maas.phone) == (
        north_wind,
        "BE",
        "Europe/Brussels",
        "+32 2 555 12 12",
    )


def test_who_was_found_for_a_missing_role_is_added_from_the_worklist(as_: Any, ada: Any, maas: Account) -> None:
    path = f"/accounts/{maas.pk}/people/new/?role=approver&back=/roles/missing/"
    assert "selected" in as_(ada).get(path).content.decode()

    answer = as_(ada).post(path, {"last_name": "Found", "role": "approver", "back": "/roles/missing/"})

    assert answer["Location"] == "/roles/missing/"
    assert Membership.objects.get(account=maas).role.slug == "approver"


def test_an_admin_adds_a_domain_by_its_verb(as_: Any, adm: Any, maas: Account) -> None:
    path = f"/admin/crm/account/{maas.pk}/change/"
    page = as_(adm).get(path)
    sets, form = [one.formset for one in page.context["inline_admin_formsets"]], page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    data |= {"custom": "{}", "regulated": "", "tags": ""}
    for one in sets:
        data |= {f"{one.prefix}-{key}": value for key, value in one.management_form.initial.items()}
    domains = next(one.prefix for one in sets if one.model.__name__ == "AccountDomain")
    data |= {
        f"{domains}-TOTAL_FORMS": 1,
        f"{domains}-0-domain": "https://www.maas-group.example/",
        f"{domains}-0-account": maas.pk,
    }

    as_(adm).post(path, data)

    assert [row.domain for row in maas.domains.all()] == ["maas-group.example"]


def test_the_timeline_of_someone_at_several_accounts_says_at_which(
    as_: Any, ada: Any, joost: Contact, north_wind: Account
) -> None:
    client = as_(ada)
    before = client.get(f"/people/{joost.pk}/").context["days"]
    memberships.move(joost.memberships.get(), north_wind, by=ada, why="Her mail.")

    after = client.get(f"/people/{joost.pk}/").context["days"]

    assert {row["place"] for group in before for row in group["rows"]} == {""}
    assert {row["place"] for group in after for row in group["rows"]} >= {"Maas", "Northwind"}
