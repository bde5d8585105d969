"""Reading mailboxes on their servers: every folder that matters, each message once, the cursor always behind what is stored."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from crm import clock
from crm.errors import Refused
from crm.gateways import imap, reach
from crm.models import Event, FolderSighting, Mailbox, MailFolder
from crm.rules import folder_names
from crm.rules.hashing import keyed
from crm.services import fetching, mailboxes, notifications
from crm.services.fetching import Pace

OVERLAP = timedelta(days=2)  # before a mailbox was added, and before the last known mail when numbers start anew
COUNT_EVERY = timedelta(hours=1)
COUNTED_AT_LEAST = timedelta(days=1)
LOGIN_AGAIN = timedelta(hours=1)  # a wrong password is not tried more often: servers lock accounts
MOST_FOLDERS = 200
BY = "the mail reader"
log = logging.getLogger(__name__)


def read_here() -> QuerySet[Mailbox]:
    """Mailboxes that are read by IMAP. A paused one too: a pause is about sending, answers to it still come."""
    return Mailbox.objects.exclude(imap_host="").filter(internal=False).select_related("team", "owner")


def login_of(mailbox: Mailbox) -> imap.Login:
    """How its server is reached and as whom."""
    who = mailboxes.login_of(mailbox)
    there = (mailbox.imap_host, mailbox.imap_port, mailbox.imap_security)
    return imap.Login(*there, who.username or mailbox.address, who.token or who.password, token=bool(who.token))


def login_mark(mailbox: Mailbox) -> str:
    """Tells one log-in from another without showing either."""
    parts = [mailbox.imap_host, mailbox.imap_port, mailbox.imap_security, mailbox.username or mailbox.address]
    return keyed(settings.SECRET_KEY, "imap-login:" + "\x00".join(map(str, [*parts, mailbox.secret])))[:64]


def may_log_in(mailbox: Mailbox) -> bool:
    """Not while the server has refused this very log-in within the hour."""
    waits = mailbox.reading_again_at is not None and mailbox.reading_again_at > clock.now()
    return not (waits and mailbox.refused_login == login_mark(mailbox))


def session(mailbox: Mailbox) -> AbstractContextManager[imap.Session]:
    """A signed-in session with its server. Raises what `imap.opened` raises."""
    return imap.opened(login_of(mailbox))


def look_through(mailbox: Mailbox, *, pace: Pace | None = None) -> int:
    """Read all folders once, over a connection of its own; how many messages were new. Raises as `imap.opened` does."""
    pace = pace or Pace()
    with session(mailbox) as talk:
        return read_folders(talk, mailbox, discover(talk, mailbox), pace)


def discover(talk: imap.Session, mailbox: Mailbox) -> list[MailFolder]:
    """The folders to read as they are on the server now; the inbox comes first."""
    told = [(one.name.replace("\x00", "")[:500], one.uses) for one in talk.folders()]
    found = folder_names.readable(told)[:MOST_FOLDERS]
    known = {row.name: row for row in mailbox.folders.all()}
    gone = [row.pk for name, row in known.items() if name not in dict(found)]
    MailFolder.objects.filter(pk__in=gone).update(
        on_server=0, stored=0, missing=0, checked_at=clock.now(), last_error="The server no longer shows this folder."
    )
    return [_folder(mailbox, known.get(name), name, role) for name, role in found]


def _folder(mailbox: Mailbox, row: MailFolder | None, name: str, role: str) -> MailFolder:
    if row is None:
        row, _ = MailFolder.objects.get_or_create(mailbox=mailbox, name=name, defaults={"role": role})
    elif row.role != role:
        MailFolder.objects.filter(pk=row.pk).update(role=role)
        row.role = role
    row.mailbox = mailbox
    return row


def read_folders(talk: imap.Session, mailbox: Mailbox, folders: list[MailFolder], pace: Pace) -> int:
    """Look into every folder; one that the server will not open is noted and does not stop the others."""
    new = 0
    for folder in folders:
        try:
            if _has_news(talk, folder):
                new += read_folder(talk, folder, pace)
            if _count_is_due(folder):
                reconcile(talk, folder, pace)
            _note(folder, "")
        except imap.NotNow as refused:
            _note(folder, f"The server does not show it: {refused}")
    reads_well(mailbox)
    return new


def _has_news(talk: imap.Session, folder: MailFolder) -> bool:
    """STATUS costs a line where opening the folder costs a search; of one that was not read to its end nothing need be asked."""
    if not folder.uidvalidity or folder.last_uid < folder.epoch_uidnext - 1:
        return True
    there = talk.status(folder.name)
    return there.uidvalidity != folder.uidvalidity or not there.uidnext or there.uidnext > folder.last_uid + 1


def read_folder(talk: imap.Session, folder: MailFolder, pace: Pace) -> int:
    """Store and handle what came since the last look; how many were new. Raises imap.Trouble with the work so far kept."""
    there = talk.examine(folder.name)
    if folder.uidvalidity != there.uidvalidity:
        _begin_epoch(folder, there)
    new = 0
    try:
        for end, uids in _numbers(talk, folder, there, pace, folder.epoch_since, folder.last_uid + 1):
            new += fetching.fetch(talk, folder, uids, pace, cursor=True)
            fetching.move_cursor(folder, end - 1)
    except imap.Trouble:
        pace.shrink()
        raise
    return new


def _begin_epoch(folder: MailFolder, there: imap.There) -> None:
    """The server numbers its messages anew (or we see them for the first time): what was known by number is known no more."""
    since = folder.last_internaldate - OVERLAP if folder.last_internaldate else None
    if folder.last_uid < folder.epoch_uidnext - 1:
        since = folder.epoch_since  # it was not read to its end, and its mails need not lie in the order of their dates
    since = since or _answered_for(folder.mailbox)
    columns = {
        "uidvalidity": there.uidvalidity, "last_uid": 0, "epoch_uidnext": there.uidnext,
        "epoch_since": max(since, _answered_for(folder.mailbox)),
    }  # fmt: skip
    MailFolder.objects.filter(pk=folder.pk).update(**columns)
    for name, value in columns.items():
        setattr(folder, name, value)


def _answered_for(mailbox: Mailbox) -> datetime:
    """Years of mail from before the product are none of its business."""
    return mailbox.created_at - OVERLAP


def _numbers(
    talk: imap.Session, folder: MailFolder, there: imap.There, pace: Pace, since: datetime | None, first: int
) -> Iterator[tuple[int, list[int]]]:
    """UIDs from `first` on: of what lay there when the epoch began only the recent, of what came later all."""
    middle = min(folder.epoch_uidnext, there.uidnext)
    recent = imap.day_before(since) if since else None
    yield from talk.numbers(first, middle, since=recent, width=pace.listed)
    yield from talk.numbers(max(first, middle), there.uidnext, since=None, width=pace.listed)


# Counting ---------------------------------------------------------------------------------------------------------


def _count_is_due(folder: MailFolder) -> bool:
    return folder.checked_at is None or clock.now() - folder.checked_at >= COUNT_EVERY


def reconcile(talk: imap.Session, folder: MailFolder, pace: Pace) -> int:
    """Compare the server's list of a folder with ours, fetch what we lack, count what cannot be had. How many are missing."""
    there = talk.examine(folder.name)
    if there.uidvalidity != folder.uidvalidity:
        return folder.missing  # the next reading begins the new epoch
    count = pace.count_of(folder)
    try:
        for end, uids in _numbers(talk, folder, there, pace, _answered_for(folder.mailbox), count.first):
            fetching.fetch(talk, folder, uids, pace, cursor=False)
            have = fetching.stored(folder, uids)
            lacking = [uid for uid in uids if uid not in have and talk.still_there(uid)]
            count.on_server, count.stored = count.on_server + len(have) + len(lacking), count.stored + len(have)
            count.first = end
            pace.steps += 1
    except imap.Trouble:
        pace.shrink()
        raise
    pace.count = None
    FolderSighting.objects.filter(folder=folder).exclude(uidvalidity=folder.uidvalidity).delete()
    _counted(folder, count.on_server, count.stored)
    return count.on_server - count.stored


@transaction.atomic
def _counted(folder: MailFolder, on_server: int, stored: int) -> None:
    missing, before, now = on_server - stored, folder.missing, clock.now()
    folder.on_server, folder.stored, folder.missing, folder.checked_at = on_server, stored, missing, now
    folder.save(update_fields=["on_server", "stored", "missing", "checked_at"])
    if missing > before:
        why = f"{missing} of {on_server} messages in {folder.name} cannot be fetched."
        facts = {"folder": folder.name, "on_server": on_server, "stored": stored, "missing": missing}
        Event.record("mailbox.mail_missing", by=BY, subject=folder.mailbox, why=why, facts=facts)
        _tell_keepers(folder.mailbox, f"{folder.mailbox.address}: {why}")
        log.error("mailbox %s: %s messages are missing", folder.mailbox_id, missing)


def folder_counts(mailbox: Mailbox) -> list[MailFolder]:
    """Per folder: name, role, on_server, stored, missing, checked_at, last_error; the inbox first."""
    order = list(MailFolder.Role.values)
    return sorted(mailbox.folders.all(), key=lambda row: (order.index(row.role), row.name))


def count_overdue(limit: int = 50) -> int:
    """Mailboxes that nobody has counted for a day, because no reader runs or it cannot get through: try it from here."""
    old = Q(folders__checked_at__lt=clock.now() - COUNTED_AT_LEAST) | Q(folders=None)
    done = 0
    for mailbox in read_here().filter(old).distinct()[:limit]:
        if may_log_in(mailbox):
            done += _counted_from_here(mailbox)
    return done


def _counted_from_here(mailbox: Mailbox) -> bool:
    try:
        look_through(mailbox)
    except imap.LoginRefused as refused:
        login_refused(mailbox, str(refused))
    except (imap.Trouble, imap.NotNow, reach.NotAllowed, Refused) as trouble:
        reads_badly(mailbox, str(trouble))
    else:
        return True
    return False


# How it goes ------------------------------------------------------------------------------------------------------


def reads_well(mailbox: Mailbox) -> None:
    """All folders were looked through."""
    was_refused = bool(mailbox.refused_login)
    _told(mailbox, last_read_at=clock.now(), reading_error="", reading_again_at=None, refused_login="")
    if was_refused:
        Event.record("mailbox.reading_again", by=BY, subject=mailbox)


def reads_badly(mailbox: Mailbox, why: str) -> None:
    """The server cannot be reached or breaks off: tried again soon, told where its health is shown."""
    _told(mailbox, reading_error=why[:300])


@transaction.atomic
def login_refused(mailbox: Mailbox, why: str) -> None:
    """One alert for each log-in that is refused, and an hour of silence towards the server."""
    mark = login_mark(mailbox)
    first = mailbox.refused_login != mark
    words = f"The server refused to sign in: {why}"[:300]
    _told(mailbox, reading_error=words, reading_again_at=clock.now() + LOGIN_AGAIN, refused_login=mark)
    if first:
        Event.record("mailbox.reading_failed", by=BY, subject=mailbox, why=words)
        _tell_keepers(mailbox, f"{mailbox.address} cannot be read. {words}")


def _tell_keepers(mailbox: Mailbox, text: str) -> None:
    for user in mailboxes.keepers(mailbox):
        notifications.notify(user, "mailbox", text, reverse("crm:mailbox", args=[mailbox.pk]))


def _told(mailbox: Mailbox, **columns: object) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(**columns)
    for name, value in columns.items():
        setattr(mailbox, name, value)


def _note(folder: MailFolder, why: str) -> None:
    why = why[:300]
    if folder.last_error != why:
        MailFolder.objects.filter(pk=folder.pk).update(last_error=why)
        folder.last_error = why


# Evidence ---------------------------------------------------------------------------------------------------------

LOOK_EVERY = timedelta(minutes=1)


def seen_on_server(message_id: str) -> bool:
    """Whether a mail with this Message-ID was met in any folder we read."""
    return FolderSighting.objects.filter(message__message_id=message_id).exists()


def look_for_sent(mailbox: Mailbox, message_ids: list[str]) -> set[str] | None:
    """Which of these lie in the mailbox's Sent folder; None where that cannot be told now. At most once a minute."""
    if not mailbox.imap_host or not may_log_in(mailbox) or not _my_turn(mailbox):
        return None
    try:
        with session(mailbox) as talk:
            folders = [row.name for row in discover(talk, mailbox) if row.role in ("sent", "all")]
            return _found_in(talk, folders, message_ids) if folders else None
    except imap.LoginRefused as refused:
        login_refused(mailbox, str(refused))
    except (imap.Trouble, imap.NotNow, reach.NotAllowed, Refused):
        log.warning("the Sent folder of mailbox %s cannot be searched now", mailbox.pk)
    return None


def _found_in(talk: imap.Session, folders: list[str], message_ids: list[str]) -> set[str]:
    found: set[str] = set()
    for name in folders:
        talk.examine(name)
        found |= {one for one in message_ids if one not in found and talk.holds(one)}
    return found


def _my_turn(mailbox: Mailbox) -> bool:
    now = clock.now()
    free = Q(sent_looked_at=None) | Q(sent_looked_at__lt=now - LOOK_EVERY) | Q(sent_looked_at__gt=now)
    return bool(Mailbox.objects.filter(free, pk=mailbox.pk).update(sent_looked_at=now))


def keeps_copies(mailbox: Mailbox) -> None:
    """Something we sent was met in its Sent folder: there, absence says something."""
    _told(mailbox, sent_copies_at=clock.now())
