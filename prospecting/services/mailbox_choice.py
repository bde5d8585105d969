"""Which mailbox a touch leaves from: its thread's, else shared ones its sequence names, else its prospector's own."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from crm.models import Mailbox, Organisation
from prospecting.models import SequenceVersion, Touch
from prospecting.models.touch import Flight
from prospecting.rules import sender
from prospecting.services.mailbox_load import limits_of, used_by


def mailboxes_for(touches: Sequence[Touch], organisation: Organisation | None, now: datetime) -> dict[int, Mailbox]:
    """Touch → its mailbox, for those that have one; a constant number of queries however many touches there are."""
    threads = _threads(touches)
    shared = _shared({touch.enrollment.sequence_version_id for touch in touches})
    named = {box for boxes in shared.values() for box in boxes}
    owners = {touch.enrollment.prospector_id for touch in touches}
    ours = Q(owner__in=owners) | Q(pk__in=threads.values())
    rows = Mailbox.objects.filter(Q(ours, internal=False) | Q(pk__in=named)).select_related("team", "owner")
    boxes = {box.pk: box for box in rows.order_by("pk")}
    used = used_by(boxes.values() if named else (), organisation, now)
    found: dict[int, Mailbox] = {}
    for touch in touches:
        walk = touch.enrollment
        mine, thread = shared[walk.sequence_version_id], threads.get(touch.pk)
        choice = [
            sender.Box(
                id=box.pk, own=box.owner_id == walk.prospector_id, shared=box.pk in mine,
                paused=box.state == Mailbox.State.PAUSED, limits=limits_of(box), used=used.get(box.pk, sender.Used()),
            )
            for box in boxes.values()
            if box.owner_id == walk.prospector_id or box.pk in mine or box.pk == thread
        ]  # fmt: skip
        if chosen := sender.choose(choice, thread=thread, today=now.date()):
            found[touch.pk] = boxes[chosen.id]
    return found


def _threads(touches: Sequence[Touch]) -> dict[int, int]:
    """Touch → the mailbox that wrote to the person last on this walk."""
    walks = {touch.enrollment_id for touch in touches}
    sent = Touch.objects.filter(enrollment__in=walks, state=Flight.SENT).exclude(mailbox=None).order_by("sent_at")
    last = {
        (walk, contact): box for walk, contact, box in sent.values_list("enrollment_id", "contact_id", "mailbox_id")
    }
    found = {touch.pk: last.get((touch.enrollment_id, touch.contact_id)) for touch in touches}
    return {pk: box for pk, box in found.items() if box is not None}


def _shared(versions: set[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = SequenceVersion.mailboxes.through.objects.filter(sequenceversion__in=versions)
    for version, box in rows.values_list("sequenceversion_id", "mailbox_id"):
        found[version].add(box)
    return found
