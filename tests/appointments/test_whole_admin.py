"""The admin: admins only, every noun, bounded queries, nothing written past a verb."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm import words
from crm.models import Account, ApiToken, Event, Mailbox, Organisation, Suppression, TitleRule, User
from crm.services import accounts, api_tokens, mailboxes
from prospecting.models import Enrollment, SegmentVersion
from prospecting.services import segments
from tests.prospecting.world import account_named, enrolled, person_at, small_world

NOUNS = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry)
VERB_OWNED = ("rung", "rests_until", "closed_at", "unhandled_mail", "last_touched_at")


def act(client: Any, noun: str, action: str, *rows: Any, **answers: Any) -> Any:
    """Post an admin action; with answers, as its form does."""
    given = {"answered": "1", **answers} if answers else {}
    url = reverse(f"admin:{noun}_changelist")
    return client.post(url, {"action": action, "_selected_action": [row.pk for row in rows], **given}, follow=True)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_only_admins_come_in(cast: Any, as_: Any) -> None:
    for user in (cast.ada, cast.ruth, cast.noor, cast.stranger):
        client = as_(user)

        assert client.get("/admin/", follow=True).status_code == 403
        assert client.get("/admin/crm/account/", follow=True).status_code == 403


def test_a_user_with_the_flag_but_without_the_job_stays_outside(ada: Any, as_: Any) -> None:
    User.objects.filter(pk=ada.pk).update(is_staff=True)

    assert as_(ada).get("/admin/crm/account/", follow=True).status_code == 403


def test_whoever_is_not_signed_in_meets_the_products_own_door(client: Any, db: None) -> None:
    answer = client.get("/admin/crm/account/", follow=True)

    assert answer.redirect_chain[-1][0].startswith("/accounts/sign-in/")


@pytest.mark.long
def test_every_noun_has_its_list(adm: Any, as_: Any) -> None:
    client = as_(adm)

    answers = {noun: client.get(reverse(f"admin:{noun}_changelist")).status_code for noun in NOUNS}

    assert len(answers) > 50
    assert set(answers.values()) == {200}


@pytest.mark.long
def test_no_list_asks_more_for_more_rows(adm: Any, as_: Any, world: Any, walked: Any) -> None:
    client = as_(adm)
    before = {noun: queries(client, noun) for noun in NOUNS}
    for number in range(4):
        account = account_named(f"Cold {number}", owner=world.ada)
        person_at(account, f"Eva Number{number}", "problem-owner")
        person_at(account, f"Max Number{number}", "approver")
        segments.refresh_list(world.segment, by=world.ada)
        enrolled(world, account)

    after = {noun: queries(client, noun) for noun in NOUNS}

    assert {noun: count for noun, count in after.items() if count > before[noun]} == {}
    assert {noun: count for noun, count in after.items() if count > 8} == {}


def queries(client: Any, noun: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse(f"admin:{noun}_changelist")).status_code == 200
    return len(asked)


@pytest.mark.long
def test_every_noun_shows_its_rows(ada: Any, adm: Any, as_: Any, walked: Any) -> None:
    client = as_(adm)
    rows = [model._default_manager.order_by("-pk").first() for model in admin.site._registry]

    answers = {
        row._meta.label: client.get(
            reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        ).status_code
        for row in rows
        if row is not None
    }

    assert len(answers) > 20
    assert set(answers.values()) == {200}


def test_no_library_of_ours_is_edited_here() -> None:
    assert {model._meta.app_label for model in admin.site._registry} == {"crm", "prospecting", "appointments"}


def test_the_list_of_accounts_asks_as_often_for_many_rows_as_for_one(
    ada: Any, adm: Any, as_: Any, django_assert_max_num_queries: Any
) -> None:
    client = as_(adm)
    for number in range(60):
        accounts.create_account(name=f"Account {number:02}", owner=ada, by=ada)

    with django_assert_max_num_queries(8):
        assert b"Account 49" in client.get("/admin/crm/account/").content


def test_an_undeclared_filter_is_refused_even_for_admins(adm: Any, as_: Any) -> None:
    client = as_(adm)
    for noun in ("crm_user", "crm_mailbox", "crm_apitoken", "crm_account"):
        for column in ("password", "secret", "key_hash", "owner__password"):
            answer = client.get(reverse(f"admin:{noun}_changelist") + f"?{column}__startswith=a")

            assert answer.status_code == 400, (noun, column)


def test_the_lists_filters_are_those_of_the_page_and_the_api(ada: Any, adm: Any, as_: Any) -> None:
    accounts.create_account(name="Owned One", owner=ada, by=ada)
    accounts.create_account(name="Free One", by=ada)

    page = as_(adm).get("/admin/crm/account/", {"unowned": "true", "rung": "addressable"}).content

    assert b"Free One" in page
    assert b"Owned One" not in page


def test_a_rule_finds_accounts_and_a_bad_one_says_what_is_wrong(ada: Any, adm: Any, as_: Any) -> None:
    accounts.create_account(name="Cold One", industry="Cold storage", by=ada)
    accounts.create_account(name="Warm One", industry="Bakery", by=ada)
    client = as_(adm)

    found = client.get("/admin/crm/account/", {"q": 'industry = "Cold storage"'}).content
    bad = client.get("/admin/crm/account/", {"q": "salary = 3"})

    assert b"Cold One" in found
    assert b"Warm One" not in found
    assert len(said(bad)) == 1


def test_an_account_is_saved_by_its_verb(adm: Any, as_: Any) -> None:
    client = as_(adm)
    form = {
        "name": "Brightline",
        "regulated": "",
        "tags": "cold",
        "custom": "{}",
        "country": "GB",
        **empty("memberships"),
        **empty("domains"),
        **empty("external_ids"),
        **empty("children"),
    }

    client.post("/admin/crm/account/add/", form)

    account = Account.objects.get(name="Brightline")
    assert account.tags == ["cold"]
    assert Event.objects.filter(kind="account.created", account=account, actor=adm).exists()
    client.post(f"/admin/crm/account/{account.pk}/change/", {**form, "city": "Leeds", "rung": "held"})
    account.refresh_from_db()
    assert (account.city, account.rung) == ("Leeds", "addressable")
    assert account.facts["city"]


def empty(prefix: str) -> dict[str, str]:
    return {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}


def test_what_verbs_write_is_for_reading(ada: Any, adm: Any, as_: Any) -> None:
    account = accounts.create_account(name="Northwind", by=ada)

    page = as_(adm).get(f"/admin/crm/account/{account.pk}/change/")

    fields = page.context["adminform"].form.fields
    assert not set(VERB_OWNED) & set(fields)
    assert "Timeline, newest first" in page.content.decode()


def test_a_selection_gets_an_owner_and_each_account_its_event(ada: Any, adm: Any, as_: Any) -> None:
    rows = [accounts.create_account(name=name, by=ada) for name in ("One", "Two")]

    asked = act(as_(adm), "crm_account", "assign_owner", *rows)
    done = act(as_(adm), "crm_account", "assign_owner", *rows, owner=ada.pk)

    assert b"2 selected" in asked.content
    assert said(done) == ["Assign an owner: 2 done."]
    assert set(Account.objects.values_list("owner", flat=True)) == {ada.pk}


def test_a_selection_is_enrolled_and_the_guards_refusals_are_told(ada: Any, adm: Any, as_: Any, world: Any) -> None:
    outside = accounts.create_account(name="Elsewhere", owner=ada, by=ada)
    road = {"segment": world.segment.pk, "sequence_version": world.sequence.pk, "prospector": ada.pk}

    done = act(as_(adm), "crm_account", "enrol", world.account, outside, **road)

    assert said(done)[0] == "Enroll in a sequence: 1 done."
    assert len(said(done)) == 2
    assert Enrollment.objects.get().account == world.account


def test_never_write_again_suppresses(ada: Any, adm: Any, as_: Any) -> None:
    account = accounts.create_account(name="Northwind", by=ada)

    act(as_(adm), "crm_account", "suppress", account, reason="asked", proof="")

    assert Suppression.objects.get().account == account


def test_a_published_version_cannot_be_changed(adm: Any, as_: Any, world: Any) -> None:
    version = SegmentVersion.objects.get(state="published")
    client = as_(adm)

    client.post(f"/admin/prospecting/segmentversion/{version.pk}/change/", {"rule": "employees > 1"})

    page = client.get(f"/admin/prospecting/segmentversion/{version.pk}/change/")
    assert SegmentVersion.objects.get(pk=version.pk).rule == version.rule
    assert not page.context["adminform"].form.fields


def test_the_password_of_a_mailbox_goes_in_and_never_comes_out(adm: Any, as_: Any, ada: Any) -> None:
    box = mailboxes.create_mailbox(
        address="ada@baton.example", owner=ada, smtp_host="mail.example", secret="first", by=adm
    )
    client, url = as_(adm), f"/admin/crm/mailbox/{box.pk}/change/"
    form = client.get(url).context["adminform"].form
    values = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "")}

    client.post(url, {**values, "password": "hunter2-long", "daily_cap": "7"})

    box = Mailbox.objects.get(pk=box.pk)
    page = client.get(url).content.decode()
    assert (mailboxes.open_secret(box), box.daily_cap) == ("hunter2-long", 7)
    assert "hunter2" not in page
    assert box.secret not in page


def test_a_mailbox_is_paused_and_resumed(adm: Any, as_: Any, ada: Any) -> None:
    box = mailboxes.create_mailbox(address="ada@baton.example", owner=ada, smtp_host="mail.example", by=adm)

    act(as_(adm), "crm_mailbox", "pause", box, reason="wrong password")

    box.refresh_from_db()
    assert (box.state, box.paused_reason) == ("paused", "wrong password")
    act(as_(adm), "crm_mailbox", "resume", box)
    box.refresh_from_db()
    assert box.state == "active"


def test_an_admin_cannot_lock_themselves_out(adm: Any, as_: Any) -> None:
    hours = {"hours-TOTAL_FORMS": "0", "hours-INITIAL_FORMS": "0"}
    form = {
        "email": adm.email,
        "name": adm.name,
        "job": "sdr",
        "zone": "Europe/London",
        "country": "GB",
        "is_active": "on",
    }

    answer = as_(adm).post(f"/admin/crm/user/{adm.pk}/change/", {**form, **hours})

    adm.refresh_from_db()
    assert (answer.status_code, adm.job) == (409, "admin")


def test_a_new_person_gets_the_usual_hours(adm: Any, as_: Any, north: Any) -> None:
    form = {"email": "kim@baton.example", "name": "Kim", "job": "sdr", "team": north.pk, "zone": "Europe/London"}

    as_(adm).post("/admin/crm/user/add/", form)

    kim = User.objects.get(email="kim@baton.example")
    assert kim.hours.count() == 5
    assert not kim.has_usable_password()


def test_no_hash_of_a_key_is_shown(adm: Any, ada: Any, as_: Any) -> None:
    token, plain = api_tokens.issue(ada, "script")

    page = as_(adm).get(f"/admin/crm/apitoken/{token.pk}/change/").content.decode()

    assert plain not in page
    assert ApiToken.objects.get().key_hash not in page


def test_the_timeline_cannot_be_edited(adm: Any, as_: Any, ada: Any, organisation: Organisation) -> None:
    accounts.create_account(name="Northwind", by=ada)
    event = Event.objects.latest("pk")

    assert as_(adm).post(f"/admin/crm/event/{event.pk}/change/", {"why": "forged"}).status_code == 403
    assert as_(adm).post(f"/admin/crm/event/{event.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.fixture
def world(ada: Any) -> Any:
    return small_world(ada)


@pytest.fixture
def walked(world: Any) -> Any:
    """An account under way, so that most nouns have a row."""
    return enrolled(world)


def test_the_search_for_doubles_begins_when_it_is_answered_not_when_its_link_is_opened(
    adm: Any, as_: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client, path = as_(adm), "/admin/crm/duplicatepair/search-accounts/"

    with django_capture_on_commit_callbacks() as opened:
        asked = client.get(path)
    with django_capture_on_commit_callbacks() as answered:
        done = client.post(path, {"answered": "1"})

    assert b"Search the accounts for doubles" in asked.content
    assert (len(opened), len(answered)) == (0, 1)
    assert done.url == reverse("admin:crm_duplicatepair_changelist")


def test_the_page_of_a_noun_leads_to_where_people_work_with_it(adm: Any, as_: Any, world: Any) -> None:
    client, version = as_(adm), world.segment.versions.get()
    pages = {
        f"/admin/crm/account/{world.account.pk}/change/": f"/accounts/{world.account.pk}/",
        f"/admin/crm/contact/{world.joost.pk}/change/": f"/people/{world.joost.pk}/",
        f"/admin/prospecting/segment/{world.segment.pk}/change/": f"/segments/{world.segment.pk}/",
        f"/admin/prospecting/segmentversion/{version.pk}/change/": f"/segments/{world.segment.pk}/versions/",
    }

    for path, page in pages.items():
        assert f'href="{page}"' in client.get(path).content.decode(), path


def test_a_list_says_how_many_were_found_only_where_it_was_narrowed(adm: Any, as_: Any, world: Any) -> None:
    client, path = as_(adm), "/admin/crm/account/"

    assert "found (" not in client.get(path).content.decode()
    assert "1 found (" in client.get(path, {"q": world.account.name}).content.decode()


def test_the_admin_writes_the_hour_as_the_product_does(adm: Any, as_: Any, world: Any) -> None:
    page = as_(adm).get(f"/admin/prospecting/segment/{world.segment.pk}/change/").content.decode()

    assert not any(half in page for half in ("a.m.", "p.m."))


def test_what_happened_to_segments_rules_and_imports_is_told_in_words(db: None) -> None:
    kinds = [
        "segment.created", "segment.archived", "segmentversion.published", "targetlist.refreshed", "snapshot.taken",
        "titlerule.changed", "import.done", "import.undone", "duplicatepair.proposed",
    ]  # fmt: skip

    assert [kind for kind in kinds if kind not in words.EVENTS] == []


def test_a_rule_for_titles_names_its_verbs_in_words(adm: Any, as_: Any) -> None:
    rule = TitleRule.objects.first()

    page = as_(adm).get(f"/admin/crm/titlerule/{rule.pk}/change/").content.decode()

    assert "Put out of use" in page
    assert "verbose_name" not in page


def test_tags_are_written_in_one_line_with_commas(adm: Any, as_: Any, world: Any) -> None:
    page = as_(adm).get(f"/admin/crm/account/{world.account.pk}/change/").content.decode()

    assert '<input type="text" name="tags"' in page
    assert "Separated by commas." in page
