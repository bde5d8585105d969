"""From the guard's answer to DATA: one letter of a batch is in flight, if nothing has happened at its account since."""

import json
import time

from django.db import connection

from crm import clock, failpoints
from crm.rules.addresses import dedupe_key
from crm.services import suppression
from prospecting.models import Attempt
from prospecting.models.touch import TOUCH, Flight
from prospecting.services.batches import Ready
from prospecting.services.claims import lease

BY = "the sender"
# Whoever plans, pauses, ends or takes mail in holds the account; whoever counts what the mailbox sends holds the mailbox.
_HOLD = """
    SELECT id FROM crm_account WHERE id = %s FOR NO KEY UPDATE;
    SELECT id FROM crm_mailbox WHERE id = %s FOR NO KEY UPDATE
"""
# What the guard was asked about stands as it stood. The trigger on the table looks for suppressions once more.
_BEGIN = """
    INSERT INTO prospecting_attempt (touch_id, mailbox_id, message_id, recipient, address_hash, barred_by, raw, verdict,
                                     fence, outcome, response, started_at)
    SELECT t.id, m.id, %(message_id)s, %(recipient)s, %(mark)s, %(marks)s::varchar[], %(raw)s, %(verdict)s::jsonb,
           t.fence, 'in_flight', '', %(now)s
      FROM prospecting_touch t
      JOIN prospecting_enrollment e ON e.id = t.enrollment_id AND e.state = 'active'
      JOIN crm_account a ON a.id = t.account_id AND a.closed_at IS NULL AND a.unhandled_mail = 0
      JOIN crm_contact c ON c.id = t.contact_id AND lower(c.email) = %(recipient)s AND c.stopped_at IS NULL
      JOIN crm_mailbox m ON m.id = %(mailbox)s AND m.state = 'active'
     WHERE t.id = %(touch)s AND t.fence = %(fence)s AND t.state = 'planned' AND t.released
       AND NOT EXISTS (SELECT 1 FROM crm_suppression WHERE value_hash = ANY(%(marks)s) AND lifted_at IS NULL)
       AND NOT EXISTS (SELECT 1 FROM crm_event
                        WHERE account_id = ANY(%(family)s) AND at >= %(since)s - interval '1 hour' AND id > %(seen)s)
       AND NOT EXISTS (SELECT 1 FROM crm_event
                        WHERE contact_id = t.contact_id AND at >= %(since)s - interval '1 hour' AND id > %(seen)s)
       AND NOT EXISTS (SELECT 1 FROM prospecting_attempt o
                         LEFT JOIN prospecting_touch ot ON ot.id = o.touch_id
                         LEFT JOIN prospecting_outgoing oo ON oo.id = o.outgoing_id
                        WHERE o.id > %(handed_over)s AND o.started_at >= %(since)s - interval '1 hour'
                          AND (o.touch_id IS NULL OR o.touch_id <> ALL(%(ours)s))
                          AND (o.mailbox_id = m.id OR COALESCE(ot.account_id, oo.account_id) = ANY(%(family)s)
                               OR COALESCE(ot.contact_id, oo.contact_id) = t.contact_id))
       FOR NO KEY UPDATE OF t
 RETURNING id
"""


def begin(ready: Ready, ours: list[int]) -> Attempt | None:
    """Write down what is about to be handed over; from the commit on, a death makes it uncertain, never twice.

    None where anything changed since the guard was asked, or anything left to the account, its family or the person by
    whatever mailbox (`ours`: touches of the same batch, which it counted): then it is asked again. The caller holds the address.
    """
    if time.monotonic() > ready.until:
        return None
    touch, letter, now = ready.touch, ready.letter, clock.now()
    mark = suppression.hashed("address", dedupe_key(ready.recipient))
    marks = suppression.hashes_of(ready.recipient, touch.account_id)
    with failpoints.commit("attempt of a batch"):
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, [touch.account_id, ready.mailbox.pk])
            if time.monotonic() > ready.until:  # it was waited for too long
                return None
            cursor.execute(_BEGIN, {
                "message_id": letter.message_id, "recipient": ready.recipient, "mark": mark, "marks": marks,
                "raw": letter.raw, "verdict": json.dumps(ready.verdict), "now": now, "mailbox": ready.mailbox.pk,
                "touch": touch.pk, "fence": ready.fence, "family": list(ready.family), "since": ready.decided_at,
                "seen": ready.seen, "handed_over": ready.handed_over, "ours": ours,
            })  # fmt: skip
            made = cursor.fetchone()
        if made is None:
            return None
        TOUCH.move(touch, Flight.IN_FLIGHT, by=BY, set={"mailbox": ready.mailbox, "lease_until": lease()})
    return Attempt(
        pk=made[0], touch=touch, mailbox=ready.mailbox, message_id=letter.message_id, recipient=ready.recipient,
        address_hash=mark, barred_by=marks, raw=letter.raw, verdict=ready.verdict, fence=ready.fence, started_at=now,
    )  # fmt: skip


def accepted(attempt: Attempt, response: str) -> None:
    """The server took it, and that stays; the rest of what it means is written with the rest of the batch."""
    attempt.outcome, attempt.response, attempt.ended_at = "accepted", response[:500], clock.now()
    with failpoints.commit("answer kept"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE prospecting_attempt SET outcome = 'accepted', response = %s, ended_at = %s WHERE id = %s",
            [attempt.response, attempt.ended_at, attempt.pk],
        )
