"""Fetching messages by their numbers: bounded in memory, resumed after a cut, stored before the cursor moves."""

import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from crm import clock
from crm.gateways import imap
from crm.models import FolderSighting, MailFolder, Message, Sighting
from crm.rules import mime
from crm.services import identity, intake

MOST_BYTES = 60 * 1024 * 1024
LEAST, MOST = 16 * 1024, 2 * 1024 * 1024  # bytes asked for at once, after cuts and in quiet times
MOST_AT_ONCE = 50
LISTED = 40  # numbers listed at once for each mail asked for at once: each takes some eight bytes, and the server a look at its mail
TRIES = 5  # connections that one message may cost before it is noted and passed
_ONE_LARGE_AT_A_TIME = threading.Semaphore(1)
_CONTENT_HEADERS = re.compile(rb"(?im)^content-[a-z\-]+:[^\n]*\n(?:[ \t][^\n]*\n)*|^mime-version:[^\n]*\n")
log = logging.getLogger(__name__)


@dataclass
class Count:
    """How far a folder has been compared with the server, up to but not with the number `first`."""

    folder: int
    uidvalidity: int
    first: int = 1
    on_server: int = 0
    stored: int = 0


@dataclass
class Pace:
    """How much is asked for at once: less after each cut, more again as it goes well; and what a cut left half done."""

    size: int = MOST
    many: int = MOST_AT_ONCE
    begun: tuple[tuple[int, int], bytearray] | None = None
    count: Count | None = None
    blamed: tuple[int, int] | None = None
    blames: int = 0
    steps: int = 0

    def shrink(self) -> None:
        self.size, self.many = max(LEAST, self.size // 4), 1

    def went_well(self) -> None:
        self.size, self.many = min(MOST, self.size * 2), min(MOST_AT_ONCE, self.many * 2)
        self.blamed, self.blames = None, 0
        self.steps += 1

    def count_of(self, folder: MailFolder) -> Count:
        """The one that a cut left half done, or a new one: a list of fifty thousand may not come through one connection."""
        begun = self.count
        if begun is None or (begun.folder, begun.uidvalidity) != (folder.pk, folder.uidvalidity):
            begun = self.count = Count(folder.pk, folder.uidvalidity)
        return begun

    def listed(self) -> int:
        """How many numbers are asked for at once: a list that breaks on its way is asked for again whole."""
        return LISTED * self.many

    def blame(self, folder: MailFolder, uid: int) -> None:
        """The connection broke over this message, as far as one can tell."""
        self.blames = self.blames + 1 if self.blamed == (folder.pk, uid) else 1
        self.blamed = (folder.pk, uid)

    def gave_up_on(self, folder: MailFolder, uid: int) -> bool:
        return self.blamed == (folder.pk, uid) and self.blames >= TRIES


@dataclass(frozen=True)
class Arrived:
    """One mail as it was fetched; without `raw` the reason why it could not be."""

    uid: int
    internaldate: datetime | None = None
    raw: bytes = field(default=b"", repr=False)
    why: str = ""


def stored(folder: MailFolder, uids: list[int]) -> set[int]:
    """Those of these rising numbers that we have a message for."""
    if not uids:
        return set()
    here = FolderSighting.objects.filter(
        folder=folder, uidvalidity=folder.uidvalidity, uid__range=(uids[0], uids[-1]), message__isnull=False
    )
    return set(here.values_list("uid", flat=True)).intersection(uids)


def fetch(talk: imap.Session, folder: MailFolder, uids: list[int], pace: Pace, *, cursor: bool) -> int:
    """Fetch, store and handle these messages of the open folder; how many were new. Raises imap.Trouble."""
    have = stored(folder, uids)
    new, rest = 0, [uid for uid in uids if uid not in have]
    while rest:
        now, rest = rest[: pace.many], rest[pace.many :]
        for group in _groups(now, talk.sizes(now), pace.size):
            new += _take_in(folder, _fetched(talk, folder, group, pace), cursor=cursor)
    return new


def _groups(uids: list[int], sizes: dict[int, int], most: int) -> Iterator[list[int]]:
    """As many together as fit into one answer; the sizes are the server's word, so the answer is bounded as well."""
    group: list[int] = []
    total = 0
    for uid in uids:
        size = min(sizes.get(uid, most), most)
        if group and total + size > most:
            yield group
            group, total = [], 0
        group.append(uid)
        total += size
    if group:
        yield group


def _fetched(talk: imap.Session, folder: MailFolder, uids: list[int], pace: Pace) -> list[Arrived]:
    """What the server gives of these; what it gives together with others fails alone."""
    if len(uids) == 1:
        return _one(talk, folder, uids[0], pace)
    try:
        pieces = talk.fetch(uids, most=pace.size, in_all=pace.size * 2)
    except imap.NotNow:
        pieces = {}  # one of them was expunged or is broken: ask for each
    pace.went_well()
    got = []
    for uid in uids:
        piece = pieces.get(uid)
        got += [Arrived(uid, piece.internaldate, piece.raw)] if piece and piece.whole else _one(talk, folder, uid, pace)
    return got


def _one(talk: imap.Session, folder: MailFolder, uid: int, pace: Pace) -> list[Arrived]:
    """One message, in parts if it is long; nothing when it is gone, a reason when it cannot be had."""
    if pace.gave_up_on(folder, uid):
        return [Arrived(uid, why=f"The connection broke {TRIES} times over this message.")]
    try:
        if pace.begun and pace.begun[0] == (folder.pk, uid):
            return [_rest(talk, uid, talk.dated(uid), pace.begun[1], pace)]
        piece = talk.fetch([uid], most=pace.size, in_all=pace.size).get(uid)
        if piece is None:
            return [Arrived(uid, why="The server lists it and does not give it.")] if talk.still_there(uid) else []
        if piece.whole:
            pace.went_well()
            return [Arrived(uid, piece.internaldate, piece.raw)]
        pace.begun = ((folder.pk, uid), bytearray(piece.raw))
        return [_rest(talk, uid, piece.internaldate, pace.begun[1], pace)]
    except imap.NotNow as refused:
        return [Arrived(uid, why=f"The server does not give it: {refused}"[:300])] if talk.still_there(uid) else []
    except imap.Trouble:
        pace.blame(folder, uid)
        raise


def _rest(talk: imap.Session, uid: int, internaldate: datetime | None, begun: bytearray, pace: Pace) -> Arrived:
    """The parts of a long message, one long message at a time in this process; a cut keeps what came."""
    with _ONE_LARGE_AT_A_TIME:
        asked = got = pace.size
        while got == asked and len(begun) <= MOST_BYTES:
            asked = pace.size
            part = talk.more(uid, len(begun), asked)
            begun += part
            got = len(part)
            pace.went_well()
        pace.begun = None
        raw = bytes(begun) if len(begun) <= MOST_BYTES else _head_of(bytes(begun))
        begun.clear()
        return Arrived(uid, internaldate, raw)


def _head_of(raw: bytes) -> bytes:
    """Of a mail beyond the limit: its headers, and a note in place of the rest."""
    head, _, _ = raw[: mime.MAX_HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")
    kept = _CONTENT_HEADERS.sub(b"", head + b"\n").rstrip(b"\n")
    note = f"[This message is longer than {MOST_BYTES // 1024**2} MB. It lies whole in the mailbox; only its headers are kept here.]"
    return kept.replace(b"\n", b"\r\n") + b"\r\n\r\n" + note.encode() + b"\r\n"


# Storing ----------------------------------------------------------------------------------------------------------


def _take_in(folder: MailFolder, got: list[Arrived], *, cursor: bool) -> int:
    """Store, then move the cursor, then handle: whoever dies in between leaves nothing undone and nothing doubled."""
    if not got:
        return 0
    here, fresh = _stored(folder, got)
    _noted(folder, got, here, cursor=cursor)
    got.clear()  # a long mail is read again from the database; it need not lie here twice
    for message in fresh:
        intake.handle(message)
    return len(fresh)


def _stored(folder: MailFolder, got: list[Arrived]) -> tuple[dict[int, int], list[int]]:
    """Message by UID, and the messages that nobody has handled yet; each is stored in a transaction of its own."""
    here, fresh = {}, []
    mails = [(one, mime.parse_head(one.raw), identity.content_hash(one.raw)) for one in got if not one.why]
    known = _known(folder, [identity.message_id_of(head.message_id, digest) for _, head, digest in mails])
    for one, head, digest in mails:
        name = identity.message_id_of(head.message_id, digest)
        pk = known.get((name, digest)) or _own_copy(folder, name, head.from_address)
        if pk is None:
            at = min(one.internaldate, clock.now()) if one.internaldate else None
            message = intake.store(one.raw, mailbox=folder.mailbox, at=at, sent=folder.role == MailFolder.Role.SENT)
            pk = message.pk
            if message.state == Message.State.STORED:
                fresh.append(pk)
        here[one.uid] = pk
    return here, fresh


def _known(folder: MailFolder, names: list[str]) -> dict[tuple[str, str], int]:
    """Messages on file that this mailbox saw already: a re-scan costs one query for many."""
    rows = Message.objects.filter(message_id__in=names, sightings__mailbox=folder.mailbox_id)
    return {(name, digest): pk for pk, name, digest in rows.values_list("pk", "message_id", "content_hash")}


def _own_copy(folder: MailFolder, name: str, sender: str) -> int | None:
    """In Sent lies what we sent ourselves, perhaps with a header more: that is a sighting, not a new message."""
    all_mail = folder.role == MailFolder.Role.ALL and sender.lower() == folder.mailbox.address.lower()
    if folder.role != MailFolder.Role.SENT and not all_mail:
        return None
    mine = Message.objects.filter(direction=Message.Direction.OUT, message_id=name, team=folder.mailbox.team_id)
    message = mine.exclude(conversation=None).only("pk", "conversation").first()
    if message is None:
        return None
    Sighting.objects.get_or_create(
        message=message,
        mailbox=folder.mailbox,
        defaults={"at": clock.now(), "conversation_id": message.conversation_id},
    )
    return message.pk


@transaction.atomic
def _noted(folder: MailFolder, got: list[Arrived], here: dict[int, int], *, cursor: bool) -> None:
    """Tie messages to their numbers; a message that could not be fetched gets a row too, so that it is counted and tried again."""
    now = clock.now()
    rows = [
        FolderSighting(
            folder=folder, uidvalidity=folder.uidvalidity, uid=one.uid, message_id=here.get(one.uid), why=one.why, at=now
        )
        for one in got
    ]  # fmt: skip
    lies = [row for row in rows if row.message_id]
    place = ["folder", "uidvalidity", "uid"]
    FolderSighting.objects.bulk_create(
        lies, update_conflicts=True, update_fields=["message", "why"], unique_fields=place
    )
    FolderSighting.objects.bulk_create([row for row in rows if not row.message_id], ignore_conflicts=True)
    if cursor:
        dates = [one.internaldate for one in got if one.internaldate]
        move_cursor(folder, max(one.uid for one in got), latest=max(dates, default=None))


def move_cursor(folder: MailFolder, uid: int, *, latest: datetime | None = None) -> None:
    """Everything up to this number is done with. It never moves back, whoever else reads the folder."""
    if uid <= folder.last_uid and latest is None:
        return
    folder.last_uid = max(uid, folder.last_uid)
    if latest and (folder.last_internaldate is None or latest > folder.last_internaldate):
        folder.last_internaldate = min(latest, clock.now())
    MailFolder.objects.filter(pk=folder.pk, uidvalidity=folder.uidvalidity, last_uid__lte=folder.last_uid).update(
        last_uid=folder.last_uid, last_internaldate=folder.last_internaldate
    )
