"""Many accounts at once: what would happen to each, and an order that takes them in by batches, whatever dies meanwhile."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from crm import clock
from crm.errors import Refused
from crm.models import Account, User
from crm.services import live
from prospecting.models import EnrollOrder, Segment, SequenceVersion
from prospecting.models.intake import ORDER
from prospecting.services import enrollment

log = logging.getLogger(__name__)
BATCH = 500
AT_ONCE = 500  # so many are enrolled while the reader waits; more go on by themselves
LOOKED_AT = 20_000  # the preview judges so many one by one
SAMPLE = 5
Picked = tuple[int, str]
Rows = Callable[[EnrollOrder], QuerySet[Account]]  # what an order asks for, as the one who gave it may work it


@dataclass
class Group:
    """Accounts with the same answer: how many, and the first few."""

    n: int = 0
    sample: list[Picked] = field(default_factory=list)

    def add(self, account: Account) -> None:
        self.n += 1
        if len(self.sample) < SAMPLE:
            self.sample.append((account.pk, account.name))


@dataclass
class Foreseen:
    """What enrolling would do, counted, with a sample of each answer."""

    starts: Group = field(default_factory=Group)
    waits: dict[str, Group] = field(default_factory=dict)
    refused: dict[str, Group] = field(default_factory=dict)
    whole: int = 0  # how many there are
    looked: int = 0  # how many were judged

    @property
    def waiting(self) -> int:
        return sum(group.n for group in self.waits.values())

    @property
    def refusals(self) -> int:
        return sum(group.n for group in self.refused.values())

    @property
    def willing(self) -> int:
        return self.starts.n + self.waiting

    @property
    def sentence(self) -> str:
        said = f"{self.starts.n:,} start, {self.waiting:,} wait, {self.refusals:,} cannot be enrolled."
        more = f" The other {self.whole - self.looked:,} are judged when it is their turn."
        return said + (more if self.whole > self.looked else "")

    def take(self, seen: enrollment.Preview) -> None:
        for account in seen.starts:
            self.starts.add(account)
        for account, _ in seen.waits:
            self.waits.setdefault(seen.kind(account), Group()).add(account)
        for reason, accounts in seen.refused.items():
            group = self.refused.setdefault(reason, Group())
            for account in accounts:
                group.add(account)
        self.looked += len(seen.verdicts)


def foresee(
    rows: QuerySet[Account], sequence_version: SequenceVersion, segment: Segment, *, prospector: User
) -> Foreseen:
    """Judge every account of a view, in a constant number of queries for each batch."""
    found = Foreseen(whole=rows.order_by().count())
    for batch in in_batches(rows, enrollment.BATCH, LOOKED_AT):
        found.take(enrollment.preview(batch, sequence_version, segment, prospector=prospector))
    return found


def in_batches(rows: QuerySet[Account], size: int, most: int) -> Iterator[list[Account]]:
    """The rows by their keys, so many at a time."""
    position, left = 0, most
    while left > 0:
        batch = list(rows.filter(pk__gt=position).order_by("pk")[: min(size, left)])
        if not batch:
            return
        yield batch
        position, left = batch[-1].pk, left - len(batch)


# An order -------------------------------------------------------------------------------------------------------


@transaction.atomic
def order(
    *,
    segment: Segment,
    sequence_version: SequenceVersion,
    prospector: User,
    by: User,
    wanted: int,
    query: str = "",
    picked: Iterable[int] = (),
    approval: bool = False,
) -> EnrollOrder:
    """Enroll everything a view shows, or the picked accounts; `wanted` is how many the reader was told."""
    if sequence_version.state != SequenceVersion.State.PUBLISHED:
        raise Refused("Publish the sequence first; a draft cannot be walked.")
    return EnrollOrder.objects.create(
        segment=segment, sequence_version=sequence_version, prospector=prospector, by=by, wanted=wanted, query=query,
        picked=sorted(picked), approval=approval or sequence_version.sequence.approval, created_at=clock.now(),
    )  # fmt: skip


def run(order: EnrollOrder, rows: Rows) -> EnrollOrder:
    """Batch after batch until it is through or stopped; each is written whole or not at all."""
    while run_batch(order.pk, rows):
        pass
    order.refresh_from_db()
    return order


@transaction.atomic
def run_batch(pk: int, rows: Rows) -> bool:
    """The next batch of an order; False when there is none, it was stopped, or somebody else is at it."""
    row = EnrollOrder.objects.select_for_update(skip_locked=True).filter(pk=pk, state=EnrollOrder.State.RUNNING).first()
    if row is None:
        return False
    batch = list(rows(row).filter(pk__gt=row.position).order_by("pk")[:BATCH])
    if not batch:
        ORDER.move(row, EnrollOrder.State.DONE, by=row.by, set={"ended_at": clock.now()})
        live.tell("enrolling", user=row.by_id, order=row.pk)
        return False
    _take(row, batch)
    live.tell("enrolling", user=row.by_id, order=row.pk)
    return True


def _take(row: EnrollOrder, batch: list[Account]) -> None:
    seen = enrollment.take_in(
        batch, segment=row.segment, sequence_version=row.sequence_version, prospector=row.prospector,
        by=row.by or row.prospector, approval=row.approval,
    )  # fmt: skip
    row.position = batch[-1].pk
    row.started, row.waiting = row.started + len(seen.starts), row.waiting + len(seen.waits)
    for reason, accounts in seen.refused.items():
        kept: dict[str, Any] = row.refused.setdefault(reason, {"n": 0, "sample": []})
        kept["n"] += len(accounts)
        kept["sample"] = [*kept["sample"], *(account.pk for account in accounts)][:SAMPLE]
    row.save(update_fields=["position", "started", "waiting", "refused"])


def run_waiting(rows: Rows) -> int:
    """Orders that nobody has finished; one that cannot be read any more is stopped with the reason."""
    done = 0
    for pk in EnrollOrder.objects.filter(state=EnrollOrder.State.RUNNING).order_by("pk").values_list("pk", flat=True):
        try:
            while run_batch(pk, rows):
                done += 1
        except Refused as refused:
            stop(EnrollOrder.objects.get(pk=pk), by="the order", why=refused.sentence)
        except Exception:
            log.exception("order %s could not go on; it is tried again", pk)
    return done


def stop(order: EnrollOrder, *, by: Any, why: str = "") -> None:
    """What is enrolled stays enrolled; nothing more is taken in."""
    ORDER.move(order, EnrollOrder.State.STOPPED, by=by, why=why, set={"ended_at": clock.now()})


def progress(order: EnrollOrder) -> int:
    """How many accounts were looked at so far."""
    return order.started + order.waiting + sum(group["n"] for group in order.refused.values())
