"""Mailboxes as people run them: added after a trial, seen by those who may, changed, paused, resumed; secrets stay in."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from crm import clock
from crm.errors import Refused
from crm.models import Event, Mailbox, Notification, Organisation
from crm.services import mailboxes
from tests import servers
from tests.make import NOW, make_mailbox

NEW = "/settings/mailboxes/new/"
SECRET = "hunter2-but-longer"


def asked(dovecot: Any, postfix: Any, **more: Any) -> dict[str, Any]:
    given = {
        "address": "ada@halden.example", "belongs": "", "display_name": "Ada Mensah", "username": "ada@halden.example",
        "password": servers.PASSWORD, "smtp_host": "127.0.0.1", "smtp_port": postfix.smtp if postfix else 1, "smtp_security": "none",
        "imap_host": "127.0.0.1", "imap_port": dovecot.imap if dovecot else 1, "imap_security": "none", "slowly": "on", "do": "add",
    }  # fmt: skip
    return given | more


# The wizard -----------------------------------------------------------------------------------------------------


def test_a_mailbox_that_works_is_added(as_: Callable[..., Any], ada: Any, dovecot: Any, postfix: Any) -> None:
    answer = as_(ada).post(NEW, asked(dovecot, postfix, belongs=f"person-{ada.pk}"))

    box = Mailbox.objects.get()
    assert answer.headers["Location"] == f"/settings/mailboxes/{box.pk}/"
    assert (box.owner, box.team, box.state, box.smtp_port, box.imap_port) == (
        ada,
        ada.team,
        "active",
        postfix.smtp,
        dovecot.imap,
    )
    assert servers.PASSWORD not in box.secret
    assert mailboxes.open_secret(box) == servers.PASSWORD
    assert box.ramp_from is not None
    assert box.domain_found["spf"]["state"] == "unknown"


def test_a_wrong_password_is_explained_and_nothing_typed_is_lost_but_it(
    as_: Callable[..., Any], ada: Any, dovecot: Any, postfix: Any
) -> None:
    answer = as_(ada).post(NEW, asked(dovecot, postfix, belongs=f"person-{ada.pk}", password=SECRET))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert page.count("does not accept this user name and password") == 2
    assert f'value="{postfix.smtp}"' in page
    assert 'value="Ada Mensah"' in page
    assert SECRET not in page
    assert not Mailbox.objects.exists()


def test_what_does_not_work_can_be_added_paused(as_: Callable[..., Any], ada: Any) -> None:
    as_(ada).post(NEW, asked(None, None, belongs=f"person-{ada.pk}", do="keep"))

    box = Mailbox.objects.get()
    assert (box.state, box.paused_reason) == (
        "paused", "It was added before its servers let us in. Put that right, then resume it.",
    )  # fmt: skip
    assert not Notification.objects.exists()


def test_only_trying_adds_nothing(as_: Callable[..., Any], ada: Any, dovecot: Any, postfix: Any) -> None:
    page = as_(ada).post(NEW, asked(dovecot, postfix, belongs=f"person-{ada.pk}", do="try")).content.decode()

    assert "Connected and signed in: 6 folders, what is sent is kept in “Sent”." in page
    assert not Mailbox.objects.exists()


def test_the_servers_are_guessed_from_the_address(as_: Callable[..., Any], ada: Any) -> None:
    page = as_(ada).get(NEW, {"address": "ada@gmail.com", "belongs": f"person-{ada.pk}"}).content.decode()

    assert "smtp.gmail.com" in page
    assert "app password" in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("smtp_host", "https://mail.halden.example/", "A host name alone"),
        ("smtp_host", "ada@mail.halden.example", "A host name alone"),
        ("imap_host", "mail.halden.example:993", "A host name alone"),
        ("smtp_port", "99999", "65535"),
        ("password", "", "Type the password of this user."),
        ("smtp_security", "rot13", "valid choice"),
    ],
)
def test_bad_input_stays_on_the_page_with_its_reason(
    as_: Callable[..., Any], ada: Any, field: str, value: str, said: str
) -> None:
    answer = as_(ada).post(NEW, asked(None, None, belongs=f"person-{ada.pk}", **{field: value}))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert said in page
    assert 'value="Ada Mensah"' in page


def test_the_same_address_is_not_added_twice(as_: Callable[..., Any], ada: Any) -> None:
    make_mailbox(ada)
    answer = as_(ada).get(NEW, {"address": "ADA@baton.example", "belongs": f"person-{ada.pk}"})

    assert "This mailbox is already here." in answer.content.decode()


def test_an_inside_server_is_refused_where_no_operator_allows_it(as_: Callable[..., Any], ada: Any) -> None:
    with override_settings(INSIDE_ADDRESSES=[]):
        given = asked(None, None, belongs=f"person-{ada.pk}", smtp_security="starttls", imap_security="tls")
        page = as_(ada).post(NEW, given).content.decode()

    assert page.count("127.0.0.1 is an address inside this network") == 2
    assert not Mailbox.objects.exists()


# Who may --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "may"), [("ada", True), ("ruth", True), ("adm", True), ("ben", False), ("noor", False), ("stranger", False)]
)
def test_a_mailbox_is_run_by_its_owner_the_lead_and_admins(
    as_: Callable[..., Any], cast: Any, who: str, may: bool
) -> None:
    box = make_mailbox(cast.ada)
    client, place = as_(getattr(cast, who)), f"/settings/mailboxes/{box.pk}/"
    reads = [client.get(place + tail).status_code for tail in ("", "limits/", "servers/")]
    writes = [
        client.post(place + tail).status_code
        for tail in ("pause/", "resume/", "try/", "domain/", "limits/", "servers/")
    ]

    assert reads == [200 if may else 404] * 3
    assert (404 in writes, {404} == {*writes}) == (not may, not may)
    assert (box.address in client.get("/settings/mailboxes/").content.decode()) is may


def test_nobody_adds_a_mailbox_for_somebody_else_s_team(as_: Callable[..., Any], cast: Any) -> None:
    for belongs in (f"person-{cast.stranger.pk}", f"team-{cast.stranger.team_id}"):
        for user in (cast.ada, cast.ruth):
            as_(user).post(NEW, asked(None, None, belongs=belongs, do="keep"))
    as_(cast.ada).post(NEW, asked(None, None, belongs=f"team-{cast.ada.team_id}", do="keep"))

    assert not Mailbox.objects.exists()


def test_a_lead_adds_a_shared_one(as_: Callable[..., Any], ruth: Any) -> None:
    as_(ruth).post(NEW, asked(None, None, belongs=f"team-{ruth.team_id}", do="keep"))

    assert (Mailbox.objects.get().owner, Mailbox.objects.get().team) == (None, ruth.team)


def test_a_guest_is_sent_to_sign_in(client: Any, ada: Any) -> None:
    box = make_mailbox(ada)

    assert client.get(f"/settings/mailboxes/{box.pk}/").status_code == 302
    assert client.get(f"/settings/mailboxes/{box.pk + 1}/").status_code == 302


def test_the_list_costs_the_same_for_many(as_: Callable[..., Any], adm: Any, ada: Any, ben: Any) -> None:
    client = as_(adm)
    with clock.at(NOW):
        make_mailbox(ada)
        client.get("/settings/mailboxes/")
        with CaptureQueriesContext(connection) as few:
            client.get("/settings/mailboxes/")
        make_mailbox(ben)
        for n in range(8):
            Mailbox.objects.create(address=f"m{n}@baton.example", team=ada.team, smtp_host="x", created_at=NOW)
        with CaptureQueriesContext(connection) as many:
            client.get("/settings/mailboxes/")

    assert len(many) == len(few)


# Pause, resume, change ------------------------------------------------------------------------------------------


def test_someone_pauses_it_with_a_reason_and_resumes_it(as_: Callable[..., Any], ruth: Any, ada: Any) -> None:
    box, client = make_mailbox(ada), as_(ruth)
    client.post(f"/settings/mailboxes/{box.pk}/pause/", {"reason": "Ada moves to another team"})
    assert "Ada moves to another team" in client.get(f"/settings/mailboxes/{box.pk}/").content.decode()
    client.post(f"/settings/mailboxes/{box.pk}/resume/")

    box.refresh_from_db()
    assert (box.state, box.paused_reason, box.resumed_at is not None) == ("active", "", True)
    assert [*Event.objects.filter(kind__startswith="mailbox.").order_by("pk").values_list("kind", "actor")] == [
        ("mailbox.paused", ruth.pk), ("mailbox.active", ruth.pk),
    ]  # fmt: skip
    assert not Notification.objects.exists()


def test_a_pause_by_the_product_tells_those_who_run_it_once(ada: Any, ruth: Any, adm: Any, ben: Any) -> None:
    box = make_mailbox(ada)
    mailboxes.pause_mailbox(box, "535 wrong password", by="the sender")
    mailboxes.pause_mailbox(box, "535 wrong password", by="the sender")

    told = Notification.objects.values_list("user__name", "text", "url").order_by("user__name")
    assert [*told] == [
        (name, "ada@baton.example is paused: 535 wrong password", f"/settings/mailboxes/{box.pk}/")
        for name in ("Ada", "Ruth")
    ]


def test_limits_are_changed(as_: Callable[..., Any], ada: Any) -> None:
    box = make_mailbox(ada)
    given = {
        "daily_cap": 25,
        "weekly_cap": 100,
        "gap_seconds": 120,
        "window_from": "09:00",
        "window_until": "16:00",
        "ramp_from": "",
    }
    as_(ada).post(f"/settings/mailboxes/{box.pk}/limits/", given)
    worse = as_(ada).post(f"/settings/mailboxes/{box.pk}/limits/", given | {"window_until": "08:00"})

    box.refresh_from_db()
    assert (box.daily_cap, box.gap_seconds, f"{box.window_until:%H:%M}") == (25, 120, "16:00")
    assert "The window ends after it begins." in worse.content.decode()


def servers_of(box: Mailbox, **more: Any) -> dict[str, Any]:
    names = ("username", "smtp_host", "smtp_port", "smtp_security", "imap_host", "imap_port", "imap_security")
    return {name: getattr(box, name) for name in names} | {"do": "keep", **more}


@pytest.mark.parametrize(
    "change", [{"smtp_host": "evil.example"}, {"imap_host": "evil.example"}, {"smtp_port": 2526}, {"username": "x"}]
)
def test_a_stored_password_never_goes_to_another_server(
    as_: Callable[..., Any], ruth: Any, ada: Any, change: dict[str, Any]
) -> None:
    box = make_mailbox(ada, username="ada", secret=mailboxes.locked(SECRET))
    answer = as_(ruth).post(f"/settings/mailboxes/{box.pk}/servers/", servers_of(box, **change))

    assert "Type the password again" in answer.content.decode()
    with pytest.raises(Refused):
        mailboxes.change_mailbox(box, by=ruth, **change)
    box.refresh_from_db()
    assert box.smtp_host == "127.0.0.1"


def test_a_new_password_takes_the_place_of_the_old(
    as_: Callable[..., Any], ada: Any, dovecot: Any, postfix: Any
) -> None:
    box = make_mailbox(ada, username="ada", secret=mailboxes.locked("old"))
    client, place = as_(ada), f"/settings/mailboxes/{box.pk}/servers/"
    there = {
        "smtp_port": postfix.smtp,
        "imap_host": "127.0.0.1",
        "imap_port": dovecot.imap,
        "imap_security": "none",
        "do": "save",
    }
    wrong = client.post(place, servers_of(box, password="wrong", **there))
    right = client.post(place, servers_of(box, password=servers.PASSWORD, **there))

    box.refresh_from_db()
    assert (wrong.status_code, right.status_code, mailboxes.open_secret(box)) == (422, 302, servers.PASSWORD)
    assert "Connected and signed in" in client.post(f"/settings/mailboxes/{box.pk}/try/").content.decode()


def test_safe_methods_change_nothing(as_: Callable[..., Any], ada: Any) -> None:
    box = make_mailbox(ada)
    answers = [
        as_(ada).get(f"/settings/mailboxes/{box.pk}/{tail}/").status_code
        for tail in ("pause", "resume", "try", "domain")
    ]

    assert answers == [405] * 4


# Secrets --------------------------------------------------------------------------------------------------------


def test_a_secret_is_nowhere_but_encrypted_in_its_row(as_: Callable[..., Any], ada: Any, adm: Any, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    as_(ada).post(NEW, asked(None, None, belongs=f"person-{ada.pk}", password=SECRET, do="keep"))
    box = Mailbox.objects.get()
    place = f"/settings/mailboxes/{box.pk}/"
    mine = [
        as_(ada).get(path).content.decode()
        for path in (place, place + "servers/", place + "limits/", "/settings/mailboxes/")
    ]
    tried = as_(ada).post(place + "try/").content.decode()
    theirs = [
        as_(adm).get(path).content.decode()
        for path in (f"/admin/crm/mailbox/{box.pk}/change/", "/api/v1/mailboxes/", "/admin/crm/mailbox/")
    ]
    events = str([*Event.objects.values()])
    login = repr(mailboxes.login_of(box))

    for text in [*mine, tried, *theirs, events, caplog.text, login]:
        assert SECRET not in text
        assert box.secret not in text


def test_secrets_go_under_the_newest_key(ada: Any, ben: Any, capsys: Any) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with override_settings(MAILBOX_KEYS=[old]):
        box = make_mailbox(ada, secret=mailboxes.locked(SECRET))
    with override_settings(MAILBOX_KEYS=[new, old]):
        call_command("rotate_mailbox_keys")
    with override_settings(MAILBOX_KEYS=[new]):
        box.refresh_from_db()
        assert mailboxes.open_secret(box) == SECRET
        other = make_mailbox(ben, secret=Fernet(old).encrypt(b"lost").decode())
        with pytest.raises(CommandError, match=r"ben@baton\.example"):
            call_command("rotate_mailbox_keys")
    other.refresh_from_db()
    assert Fernet(old).decrypt(other.secret.encode()) == b"lost"
    assert SECRET not in capsys.readouterr().out


def test_the_alarm_goes_to_admins_where_nobody_else_runs_it(organisation: Organisation, adm: Any) -> None:
    box = mailboxes.create_mailbox(address="baton@baton.example", internal=True, smtp_host="127.0.0.1")
    mailboxes.pause_mailbox(box, "no route", by="the sender")

    assert [note.user for note in Notification.objects.all()] == [adm]
