"""Telling others what happened: each event at least once under one id, in order for each account."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from crm import clock, failpoints
from crm.errors import Refused
from crm.gateways import posting, reach
from crm.models import Delivery, Event, Team, User, Webhook
from crm.models.webhook import DELIVERY, WEBHOOK
from crm.rules import webhooks as rules
from crm.services import notifications, registries
from crm.services.secrets_kept import locked, opened

LEASE_SECONDS = 60
HANDS = 8  # posts on their way at once
HANDS_EACH = 4  # to one webhook: who hangs keeps half of them waiting, not all
OLD_SECRET_SIGNS = timedelta(days=1)
PATIENCE = timedelta(days=5)  # then a webhook that only fails is paused
KEPT = timedelta(days=30)
BY = "the webhooks"
log = logging.getLogger(__name__)
S = Delivery.State


# Who hears ------------------------------------------------------------------------------------------------------


@transaction.atomic
def create(
    url: str, kinds: list[str], *, by: User, team: Team | None = None, description: str = ""
) -> tuple[Webhook, str]:
    """A new webhook and its secret in the clear, which is shown this once."""
    secret = rules.new_secret()
    row = Webhook(by=by, created_at=clock.now(), secret=locked(secret))
    return _written(row, url, kinds, team, description, by, "webhook.created"), secret


@transaction.atomic
def change(
    row: Webhook, url: str, kinds: list[str], *, by: User, team: Team | None = None, description: str = ""
) -> Webhook:
    return _written(row, url, kinds, team, description, by, "webhook.edited")


def _written(
    row: Webhook, url: str, kinds: list[str], team: Team | None, description: str, by: User, done: str
) -> Webhook:
    check_address(url)
    if not kinds or set(kinds) - set(rules.KINDS):
        raise Refused("Choose what it hears.")
    row.url, row.kinds, row.listens = url, list(kinds), rules.patterns(kinds)
    row.team, row.description = team, description[:120]
    row.save()
    Event.record(done, by=by, subject=row, why=urlsplit(url).hostname or "", facts={"kinds": list(kinds)})
    return row


def check_address(url: str) -> None:
    """Raises Refused for what could never be posted to: no https, sign-in words in it, an inside address."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as wrong:
        raise Refused("This is not an address of the web.") from wrong
    if (
        parts.scheme not in ("https", "http")
        or not parts.hostname
        or len(url) > 500
        or parts.username
        or parts.fragment
    ):
        raise Refused("Give an address that begins with https://, without a user name in it.")
    try:
        pinned = reach.pinned(parts.hostname, port, settings.INSIDE_ADDRESSES)
    except reach.NotAllowed as refused:
        raise Refused(f"{refused}.") from refused
    except (OSError, UnicodeError) as unknown:
        raise Refused(f"There is no server called {parts.hostname}.") from unknown
    if parts.scheme == "http" and reach.is_public(reach.plain(pinned)):
        raise Refused("Outside this network only https:// will do.")


@transaction.atomic
def rotate(row: Webhook, *, by: User) -> str:
    """A new secret, in the clear; for a day posts are signed by the old one too."""
    row = Webhook.objects.select_for_update(of=("self",)).get(pk=row.pk)
    secret = rules.new_secret()
    row.old_secret, row.old_until, row.secret = row.secret, clock.now() + OLD_SECRET_SIGNS, locked(secret)
    row.save(update_fields=["secret", "old_secret", "old_until"])
    Event.record("webhook.secret_replaced", by=by, subject=row)
    return secret


@transaction.atomic
def pause(row: Webhook, *, by: Any, why: str = "By hand.") -> None:
    """Nothing new is noted for it; what waits goes on waiting."""
    WEBHOOK.move(row, Webhook.State.PAUSED, by=by, why=why, set={"paused_reason": why[:300]})


@transaction.atomic
def resume(row: Webhook, *, by: Any) -> None:
    columns = {"paused_reason": "", "failing_since": None}
    WEBHOOK.move(row, Webhook.State.ACTIVE, by=by, set=columns)
    Delivery.objects.filter(webhook=row, state=S.PLANNED).update(due_at=clock.now())


@transaction.atomic
def send_test(row: Webhook, *, by: User) -> Delivery:
    """A post that says nothing but that it comes from here."""
    now = clock.now()
    body = {"type": rules.TEST, "timestamp": now.isoformat(), "data": {"by": str(by)}}
    return Delivery.objects.create(
        webhook=row, uid=f"msg_{uuid4().hex}", kind=rules.TEST, body=json.dumps(body), due_at=now, created_at=now
    )


@transaction.atomic
def replay(row: Delivery, *, by: Any) -> None:
    """Post the same bytes under the same id once more."""
    DELIVERY.move(row, S.PLANNED, by=by, set={"tries": 0, "due_at": clock.now(), "ended_at": None, "lease_until": None})


# Posting --------------------------------------------------------------------------------------------------------

# Of one account only the oldest may leave; the choice stands apart so that its LIMIT holds.
_CLAIM = """
    WITH due AS MATERIALIZED (
         SELECT d.id FROM crm_delivery d JOIN crm_webhook w ON w.id = d.webhook_id
          WHERE d.state = 'planned' AND d.due_at <= %s AND w.state = 'active'
            AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp())
            AND NOT EXISTS (SELECT 1 FROM crm_delivery e WHERE e.webhook_id = d.webhook_id AND e.state = 'planned'
                               AND e.account_key = d.account_key AND e.id < d.id)
            AND (SELECT count(*) FROM crm_delivery l WHERE l.webhook_id = d.webhook_id AND l.state = 'planned'
                    AND l.lease_until > clock_timestamp()) < %s
          ORDER BY d.due_at, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
    UPDATE crm_delivery taken
       SET lease_until = clock_timestamp() + make_interval(secs => %s), fence = fence + 1, tries = tries + 1
      FROM due WHERE taken.id = due.id
 RETURNING taken.id, taken.fence
"""


def deliver_due(most: int = 200) -> int:
    """Post what is due; how many were taken by their receivers."""

    def hand() -> int:
        try:
            return _by_one_hand(most // HANDS + 1)
        finally:
            connection.close()

    if not _is_due():
        return 0
    with ThreadPoolExecutor(HANDS) as hands:
        return sum(one.result() for one in [hands.submit(copy_context().run, hand) for _ in range(HANDS)])


def _is_due() -> bool:
    return Delivery.objects.filter(state=S.PLANNED, due_at__lte=clock.now(), webhook__state="active").exists()


def _by_one_hand(most: int) -> int:
    taken = 0
    for _ in range(most):
        claim = _claim()
        if claim is None:
            break
        taken += _deliver(*claim)
    return taken


def _claim() -> tuple[int, int] | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [clock.now(), HANDS_EACH, LEASE_SECONDS])
        found = cursor.fetchone()
    return (found[0], found[1]) if found else None


def _deliver(pk: int, fence: int) -> bool:
    """One post. From its claim to its outcome nothing is locked; who is too late finds another fence."""
    row = Delivery.objects.select_related("webhook", "event__account", "event__team", "event__actor").get(pk=pk)
    try:
        body = row.body or _body(row)
    except Exception:  # one event that cannot be told must not hold up its account for ever
        log.exception("Delivery %s could not be written", pk)
        return _settle(row, fence, posting.Answer(problem="An error of ours."))
    if not body:
        _ended(row, fence, S.DROPPED, posting.Answer())
        return False
    if not row.body:
        Delivery.objects.filter(pk=pk, fence=fence).update(body=body)
    answer = _posted(row, body.encode())
    failpoints.reach("webhook: answered")
    return _settle(row, fence, answer)


def _posted(row: Delivery, raw: bytes) -> posting.Answer:
    try:
        headers = rules.headers(_secrets(row.webhook), row.uid, int(clock.now().timestamp()), raw)
    except Refused as refused:
        return posting.Answer(problem=refused.sentence)
    return posting.post(row.webhook.url, raw, headers)


def _secrets(row: Webhook) -> list[str]:
    old = [row.old_secret] if row.old_secret and row.old_until and row.old_until > clock.now() else []
    return [opened(one, "secret of this webhook") for one in [row.secret, *old]]


def _settle(row: Delivery, fence: int, answer: posting.Answer) -> bool:
    if 200 <= answer.status < 300:
        _ended(row, fence, S.DELIVERED, answer)
        Webhook.objects.filter(pk=row.webhook_id).exclude(failing_since=None).update(failing_since=None)
        return True
    wait = rules.wait_before(row.tries)
    if wait is None:
        _ended(row, fence, S.FAILED, answer)
    else:
        Delivery.objects.filter(pk=row.pk, fence=fence, state=S.PLANNED).update(
            due_at=clock.now() + wait, lease_until=None, **_said(answer)
        )
    _failing(row.webhook, answer)
    return False


def _ended(row: Delivery, fence: int, state: str, answer: posting.Answer) -> None:
    columns = {"ended_at": clock.now(), "lease_until": None, **_said(answer)}
    DELIVERY.move_many(Delivery.objects.filter(pk=row.pk, fence=fence), state, by=BY, set=columns)


def _said(answer: posting.Answer) -> dict[str, Any]:
    words = answer.problem or answer.content[:300].decode(errors="replace").replace("\x00", "")
    return {"last_status": answer.status or None, "last_answer": words[:300]}


@transaction.atomic
def _failing(row: Webhook, answer: posting.Answer) -> None:
    """Remember since when; an address that is gone (410), or fails for days, is paused and whoever made it is told."""
    now = clock.now()
    row = Webhook.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.state != Webhook.State.ACTIVE:
        return
    if row.failing_since is None:
        Webhook.objects.filter(pk=row.pk).update(failing_since=now)
    if answer.status == 410:
        why = "It answered 410: the address is gone."
    elif row.failing_since and row.failing_since < now - PATIENCE:
        why = f"Nothing could be posted for {PATIENCE.days} days."
    else:
        return
    pause(row, by=BY, why=why)
    if row.by:
        page = reverse("admin:crm_webhook_change", args=[row.pk])
        notifications.notify(row.by, "webhook.paused", f"The webhook {row} is paused. {why}", page)


def _body(row: Delivery) -> str:
    """What is told, made once; empty where the event turns out to be nothing that this webhook hears."""
    event = row.event
    name = rules.told_as(row.kind, row.webhook.kinds)
    if event is None or not name:
        return ""
    more = registries.webhook_facts.get(event.subject_type)
    facts = more(event) if more else {}
    if facts is None:
        return ""
    data = {
        "event": event.pk, "kind": event.kind, "account": _account(event), "contact": event.contact_id,
        "team": event.team.name if event.team else None, "by": str(event.actor or event.actor_name), **rules.rung_told(event.kind), **facts,
    }  # fmt: skip
    return json.dumps({"type": name, "timestamp": event.at.isoformat(), "data": data}, default=str)


def _account(event: Event) -> dict[str, Any] | None:
    if event.account is None:
        return None
    page = settings.BASE_URL + reverse("crm:account", args=[event.account.pk])
    return {"id": event.account.pk, "name": event.account.name, "rung": event.account.rung, "url": page}


def forget_old() -> int:
    """Posts that ended a month ago."""
    old = Delivery.objects.exclude(state=S.PLANNED).filter(ended_at__lt=clock.now() - KEPT)
    return old.delete()[0]
