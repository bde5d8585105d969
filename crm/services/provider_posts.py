"""What a provider posts: proved, stored and acknowledged in one transaction; acted on, once, in a second one."""

import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.db.models import F

from crm import clock, failpoints
from crm.errors import Refused
from crm.gateways import provider as gateway
from crm.models import Mailbox, Provider, ProviderPost, ProviderToken
from crm.models.provider import PROVIDER_POST
from crm.rules import provider_post as rules
from crm.services import intake, registries
from crm.services.secrets_kept import opened

MOST_FAILURES = 3
TOKENS_KEPT = timedelta(days=2)
BY = "the provider"
MAIL, EVENT = ProviderPost.Kind.MAIL, ProviderPost.Kind.EVENT
WAITING = ProviderPost.State.WAITING
log = logging.getLogger(__name__)
_refused = itertools.count(1)


class Unproven(Exception):
    """The post is not taken; `status` is what its sender is told. Nothing was stored."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


# Taking in ------------------------------------------------------------------------------------------------------


def take(tag: str, kind: str, content_type: str, body: bytes) -> int | None:
    """Prove a post and store it, once: its id, or None when it is here already. Raises Unproven, and counts it in the log."""
    try:
        return _take(tag, kind, content_type, body)
    except rules.BadPost as bad:
        raise _turned_away(400, str(bad)) from bad


def _take(tag: str, kind: str, content_type: str, body: bytes) -> int | None:
    door = next(iter(Provider.objects.filter(tag=tag)), None)
    if door is None:
        raise _turned_away(404, "there is no such address")
    found: Any = rules.fields(content_type, body) if kind == MAIL else rules.event(body)
    stamp = rules.stamp_of(found if kind == MAIL else found["signature"])
    if not stamp.is_genuine(_signing_key(door)):
        raise _turned_away(401, "the signature is another key's", door)
    if not stamp.is_fresh(clock.now().timestamp(), settings.PROVIDER_POST_SECONDS):
        raise _turned_away(403, "it was signed too long ago, or the clocks disagree", door)
    key = rules.mail_key(found, door.tag) if kind == MAIL else rules.event_key(found)
    return _store(door, key, stamp.token, kind, content_type, body)


def _signing_key(door: Provider) -> str:
    try:
        return opened(door.signing_key)
    except Refused as refused:  # the operator's trouble: the provider is to try again
        raise _turned_away(503, "the signing key cannot be read with the present key", door) from refused


@failpoints.commit("post stored")
def _store(door: Provider, key: str, token: str, kind: str, content_type: str, body: bytes) -> int | None:
    """A token that came with another post before is a replay with a body of somebody else's."""
    now = clock.now()
    post, new = ProviderPost.keep(
        door.name, key, body, kind=str(kind), mailbox_id=door.mailbox_id, content_type=content_type[:200], at=now
    )
    if not ProviderToken.spend(door.name, token, post, now):
        raise _turned_away(403, "its token was used for another post", door)
    return post if new else None


def _turned_away(status: int, why: str, door: Provider | None = None) -> Unproven:
    about = f"mailbox {door.mailbox_id}" if door else "no mailbox"
    log.warning(
        "a provider's post was refused with %s: %s (%s, %s since the start)", status, why, about, next(_refused)
    )
    return Unproven(status, why)


# Acting on it ---------------------------------------------------------------------------------------------------


def handle(pk: int) -> bool:
    """Act on a post whole or not at all; True when this call did. A failure is counted, and tried again."""
    with _alone(pk) as mine:
        return mine and _counted(pk) and _tried(pk)


@contextmanager
def _alone(pk: int) -> Iterator[bool]:
    """Between counting a try and making it nobody else counts one; the lock dies with its connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"provider post:{pk}"])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"provider post:{pk}"])


def handle_waiting(limit: int = 500) -> int:
    """What waits, the oldest first; a try is counted before it is made, for a post that takes its worker down."""
    waiting = ProviderPost.objects.filter(state=WAITING).order_by("pk").values_list("pk", flat=True)
    done = sum(handle(pk) for pk in list(waiting[:limit]))
    ProviderToken.objects.filter(at__lt=clock.now() - TOKENS_KEPT).delete()
    return done


@failpoints.commit("post counted")
def _counted(pk: int) -> bool:
    """False when someone else is at it, and when it failed too often: then it is set aside, with its body."""
    rows = ProviderPost.objects.defer("body").select_for_update(skip_locked=True, of=("self",))
    post = rows.filter(pk=pk, state=WAITING).first()
    if post is None:
        return False
    if post.failures >= MOST_FAILURES:
        why = post.last_error or "It took its worker down."
        PROVIDER_POST.move(post, ProviderPost.State.QUARANTINED, by=BY, why=why)
        return False
    return bool(ProviderPost.objects.filter(pk=pk).update(failures=F("failures") + 1))


def _tried(pk: int) -> bool:
    try:
        return _handle(pk)
    except (OperationalError, InterfaceError):
        raise  # the database is away: that says nothing about the post
    except Exception as error:
        log.exception("a provider's post could not be handled: %s", pk)
        note = type(error).__name__ if isinstance(error, IntegrityError) else f"{type(error).__name__}: {error}"
        with failpoints.commit("post failed"):
            ProviderPost.objects.filter(pk=pk).update(last_error=note[:300].replace("\x00", ""))
        return False


def _handle(pk: int) -> bool:
    with failpoints.commit("post handled"):
        rows = ProviderPost.objects.defer("body").select_for_update(skip_locked=True, of=("self",))
        post = rows.select_related("mailbox").filter(pk=pk, state=WAITING).first()
        if post is None:
            return False
        message, told = (_mail(post), {}) if post.kind == MAIL else (None, _event(post))
        columns = {"handled_at": clock.now(), "body": b"", "last_error": "", **told}
        PROVIDER_POST.move(post, ProviderPost.State.HANDLED, by=BY, set=columns)
    if message:
        intake.handle(message)
    return True


def _mail(post: ProviderPost) -> int:
    """The mail goes the way of every other door, for the mailbox whose address it was posted to."""
    raw = rules.raw_mail(rules.fields(post.content_type, post.posted))
    return intake.store(raw, mailbox=post.mailbox, at=post.at).pk


def _event(post: ProviderPost) -> dict[str, str]:
    told = gateway.event_of(post.posted)
    for listener in registries.provider_told:
        listener(post.mailbox, told)
    return {"event": told.event[:12], "message_id": told.message_id}


# What it shows --------------------------------------------------------------------------------------------------

SHOWS_ARRIVAL = ("delivered", "deferred", "bounced", "complained", "unsubscribed")


def shows_arrival(mailbox: Mailbox, message_id: str) -> bool:
    """Whether the provider of this mailbox has spoken of a mail: then it has taken it."""
    if mailbox.kind != Mailbox.Kind.PROVIDER:
        return False
    about = ProviderPost.objects.filter(message_id=message_id, event__in=SHOWS_ARRIVAL)
    return about.filter(mailbox__provider__domain=mailbox.provider.domain).exists()


def standing(mailbox: Mailbox) -> dict[str, Any]:
    """For its page: when the last post came, and what waits or was set aside."""
    rows = ProviderPost.objects.filter(mailbox=mailbox)
    return {
        "last_at": rows.order_by("-at").values_list("at", flat=True).first(),
        "waiting": rows.filter(state=WAITING).count(),
        "aside": rows.filter(state=ProviderPost.State.QUARANTINED).count(),
    }


@failpoints.commit("post released")
def release(mailbox: Mailbox, *, by: Any) -> int:
    """Try what was set aside once more."""
    rows = ProviderPost.objects.filter(mailbox=mailbox, state=ProviderPost.State.QUARANTINED)
    return len(PROVIDER_POST.move_many(rows, WAITING, by=by, set={"failures": 0, "last_error": ""}))
