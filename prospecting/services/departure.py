"""The last look before a message leaves: lock, guard, words, and an attempt that is committed before DATA."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, NoReturn

from crm import clock, failpoints
from crm.errors import Refused
from crm.models import Mailbox, Organisation
from crm.rules.addresses import dedupe_key
from crm.services import suppression
from prospecting.models import Attempt, Enrollment, Outgoing, Touch
from prospecting.models.touch import TOUCH, Flight
from prospecting.rules import guard, headers, sender
from prospecting.rules.compose import Unsendable
from prospecting.rules.guard import Verdict
from prospecting.services import hands
from prospecting.services.claims import Hold, lease, release
from prospecting.services.guard import by_hand, facts_and_verdict
from prospecting.services.guard_facts import gather
from prospecting.services.letters import Letter, beside_letters, outgoing_letter, touch_letter
from prospecting.services.mailbox_choice import mailboxes_for
from prospecting.services.mailbox_load import limits_of, mailbox_zone, used_by, window_of, zone_of
from prospecting.services.queueing import queue_up_for

LOOK_AGAIN = timedelta(minutes=5)
IN_A_MOMENT = timedelta(seconds=3)
TOMORROW = timedelta(days=1)
ANOTHER_DAY = timedelta(hours=3)
BY = "the sender"


_BESIDE: dict[Any, tuple[str, ...]] = {
    Touch: (
        "account__owner", "contact", "enrollment__prospector__team", "enrollment__sequence_version", "step__template__template",
    ),
    Outgoing: ("account__owner", "contact", "conversation__mailbox__team", "mailbox__team", "by"),
}  # fmt: skip


class Held(Exception):
    """The message does not leave now; its row already says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def prepare_touch(pk: int, fence: int) -> Attempt:
    """Everything that must be true in the moment of sending, in one transaction. Raises Held when it is not."""
    return _prepare(Touch, pk, fence, _check_touch)


def prepare_outgoing(pk: int, fence: int) -> Attempt:
    return _prepare(Outgoing, pk, fence, _check_outgoing)


def _prepare(model: type[Touch] | type[Outgoing], pk: int, fence: int, check: Any) -> Attempt:
    with failpoints.commit("attempt"):
        row = _lock(model, pk, fence)
        held = None
        try:
            mailbox, letter, verdict = check(row, fence)
            attempt = _attempt(row, fence, mailbox, letter, verdict)
        except Held as error:
            held = error  # what the row says about it must be committed
    if held:
        raise held
    return attempt


def _lock(model: type[Touch] | type[Outgoing], pk: int, fence: int) -> Any:
    """The account before the row: everyone who pauses or sends at an account queues up at the same place."""
    queue_up_for(model, pk)
    rows = model._base_manager.select_for_update(of=("self",)).select_related(*_BESIDE[model])
    row = rows.filter(pk=pk, fence=fence, state=Flight.PLANNED).first()
    if row is None or (isinstance(row, Touch) and not row.released):
        raise Held("taken by someone else, paused or taken back")
    return row


def _check_touch(touch: Touch, fence: int) -> tuple[Mailbox, Letter | None, dict[str, Any]]:
    now, organisation = clock.now(), Organisation.objects.first()
    if touch.enrollment.state != Enrollment.State.ACTIVE:
        _hold(touch, fence, now + LOOK_AGAIN, "The walk is paused.")
    mailbox = mailboxes_for([touch], organisation, now).get(touch.pk)
    if mailbox is None:
        _hold(touch, fence, now + LOOK_AGAIN, f"{touch.enrollment.prospector} has no mailbox to send from.")
    _hand_is_free(touch, fence, mailbox, now)
    one_at_a_time = Mailbox.objects.select_for_update(no_key=True).filter(pk=mailbox.pk)  # or the gap is none
    one_at_a_time.values_list("pk").get()
    used = used_by([mailbox], organisation, now)
    pair = (touch.account_id, touch.contact_id)
    facts = gather(
        [pair], purpose=guard.OUTREACH, now=now, mailbox=mailbox, used=used[mailbox.pk], organisation=organisation
    )[pair]
    verdict = guard.decide(facts, purpose=guard.OUTREACH, now=now)
    if not verdict.allowed:
        _obey(touch, fence, verdict, now)
    minute = minute_of(touch, mailbox, used[mailbox.pk], organisation, now)
    if minute > now:
        _hold(touch, fence, minute, later_words(touch, minute, now, organisation))
    return mailbox, _words(touch, fence, mailbox, organisation, now), kept(verdict, facts)


def minute_of(
    touch: Touch, mailbox: Mailbox, used: sender.Used, organisation: Organisation | None, now: datetime
) -> datetime:
    window = window_of(mailbox, touch.contact, touch.account, organisation)
    zone = mailbox_zone(mailbox, organisation)
    day = sender.to_utc(touch.due_on, window.start, sender.ZoneInfo(window.zone))
    return sender.next_minute(
        window, limits_of(mailbox), used, not_before=max(now, day), mailbox_zone=zone, seed=f"touch:{touch.pk}"
    )


def later_words(touch: Touch, minute: datetime, now: datetime, organisation: Organisation | None) -> str:
    if minute - now < ANOTHER_DAY:
        return "Mails of a mailbox keep a distance."
    day = guard.day_words(minute, zone_of(touch.contact, touch.account, organisation))
    return f"{day} at the earliest: {touch.why or 'that is its day'}."


def _words(
    touch: Touch, fence: int, mailbox: Mailbox, organisation: Organisation | None, now: datetime
) -> Letter | None:
    """The letter, or None when the same bytes go out again after a deferral."""
    if _same_again(touch, mailbox):
        return None
    try:
        return touch_letter(touch, mailbox, beside_letters([touch], organisation))
    except Refused as error:
        _hold(touch, fence, now + TOMORROW, error.sentence)


def _check_outgoing(row: Outgoing, fence: int) -> tuple[Mailbox, Letter | None, dict[str, Any]]:
    now = clock.now()
    mailbox = row.mailbox or (row.conversation.mailbox if row.conversation else None) or _mailbox_of_sender(row)
    if mailbox is None:
        _hold(row, fence, now + LOOK_AGAIN, "There is no mailbox to send this from.")
    _hand_is_free(row, fence, mailbox, now)
    outreach = row.purpose == Outgoing.Purpose.OUTREACH
    verdict, facts = _may_write(row, mailbox) if outreach else (_may_answer(row, mailbox, now), None)
    if not verdict.allowed:
        _obey(row, fence, verdict, now)
    said = kept(verdict, facts)
    if _same_again(row, mailbox):
        return mailbox, None, said
    try:
        return mailbox, outgoing_letter(row, mailbox), said
    except Refused as error:
        TOUCH.move(row, Flight.SKIPPED, by=BY, why=error.sentence, set={"waits_because": error.sentence[:200]})
        raise Held(error.sentence) from error


def _mailbox_of_sender(row: Outgoing) -> Mailbox | None:
    """Internal mail from the installation's own; else the writer's, the account owner's, or their team's."""
    if row.purpose == Outgoing.Purpose.INTERNAL:
        return Mailbox.objects.filter(internal=True).first()
    owner = row.account.owner if row.account else None
    people = [person for person in (row.by, owner) if person]
    own = Mailbox.objects.filter(internal=False, owner__in=people).order_by("state", "pk").first()
    teams = [person.team_id for person in people if person.team_id]
    return own or Mailbox.objects.filter(internal=False, team__in=teams).order_by("state", "pk").first()


def _may_write(row: Outgoing, mailbox: Mailbox) -> tuple[Verdict, guard.Facts | None]:
    """Outreach by hand passes every reason, and keeps to the mailbox's cap and window as a step does."""
    if row.account is None or row.contact is None:
        return Verdict(
            guard.REFUSE, guard.ROLE_UNKNOWN, None, "The person it was written to is not on file any more."
        ), None
    Mailbox.objects.select_for_update(no_key=True).filter(pk=mailbox.pk).values_list("pk").get()
    reasons = list(row.overrides.values_list("reason", flat=True))
    facts, verdict = by_hand(row.account, row.contact, by=row.by, mailbox=mailbox, overridden=reasons)
    return verdict, facts


def _may_answer(row: Outgoing, mailbox: Mailbox, now: datetime) -> Verdict:
    if row.purpose == Outgoing.Purpose.INTERNAL:
        return Verdict(guard.ALLOW)
    if row.account and row.contact and row.contact.email.lower() == row.to_address.lower():
        return facts_and_verdict(row.account, row.contact, mailbox=mailbox, purpose=guard.ANSWER, now=now)[1]
    barred = suppression.barred({(row.account_id or 0, 0): (row.to_address, row.account_id)})
    facts = guard.Facts(
        person=row.to_name or row.to_address,
        account=str(row.account or ""),
        suppressed=next(iter(barred.values()), ""),
        account_closed=bool(row.account and row.account.is_closed),
        mailbox=guard.MailboxFacts(
            mailbox.address, (mailbox.paused_reason or "it is paused.") if mailbox.state == "paused" else ""
        ),
    )
    return guard.decide(facts, purpose=guard.ANSWER, now=now)


def _obey(row: Touch | Outgoing, fence: int, verdict: Verdict, now: datetime) -> NoReturn:
    """A wait comes back at its time; a refusal ends the touch, and the planner finds what else may be done."""
    if verdict.waits:
        _hold(row, fence, *wait_of(verdict, now))
    why = verdict.sentence
    TOUCH.move(row, Flight.SKIPPED, by=BY, why=why, set={"waits_because": why[:200]}, reason=verdict.reason)
    if isinstance(row, Touch):
        Enrollment.objects.filter(pk=row.enrollment_id).update(plan_at=now + LOOK_AGAIN)
    raise Held(why)


def wait_of(verdict: Verdict, now: datetime) -> Hold:
    """Never a moment that is over, or the same row would be claimed again and again before all others."""
    return max(verdict.until or now, now + LOOK_AGAIN), verdict.sentence


def _hold(row: Touch | Outgoing, fence: int, until: datetime, why: str) -> NoReturn:
    release(row, fence, not_before=until, waits_because=why[:200])
    raise Held(why)


def _hand_is_free(row: Touch | Outgoing, fence: int, mailbox: Mailbox, now: datetime) -> None:
    """A server that is slow or away keeps its own mail waiting, not everybody's."""
    if rest := hands.rests_for(mailbox.pk):
        _hold(row, fence, now + timedelta(seconds=rest), f"The server of {mailbox} does not answer.")
    if not hands.take(mailbox.pk):
        _hold(row, fence, now + IN_A_MOMENT, f"Other messages of {mailbox} are leaving.")


def kept(verdict: Verdict, facts: guard.Facts | None = None) -> dict[str, Any]:
    """The verdict and what it was decided on, to answer “why was this sent” later."""
    known = {name: _plain(value) for name, value in vars(facts).items() if value} if facts else {}
    return {"decision": verdict.decision, "reason": verdict.reason, "sentence": verdict.sentence, "facts": known}


def _plain(value: Any) -> Any:
    return (
        value
        if isinstance(value, bool | int | str)
        else str(asdict(value) if isinstance(value, guard.MailboxFacts) else value)
    )


def _is_internal(row: Touch | Outgoing) -> bool:
    return isinstance(row, Outgoing) and row.purpose == Outgoing.Purpose.INTERNAL


def _same_again(row: Touch | Outgoing, mailbox: Mailbox) -> Attempt | None:
    """The attempt whose bytes go out once more: put off by a server, never arrived, or sent again by a person's word.

    The Message-ID is then the same, and a copy that did arrive can be told from a second message.
    """
    last = row.attempts.filter(mailbox=mailbox, recipient=_recipient(row)).order_by("-pk").first()
    return last if last and last.outcome in ("temporary", "unknown") else None


def _recipient(row: Touch | Outgoing) -> str:
    return (row.to_address if isinstance(row, Outgoing) else row.contact.email).lower()


def _check_headers(row: Touch | Outgoing, fence: int, mailbox: Mailbox, recipient: str, raw: bytes) -> None:
    """The very bytes that will be handed over, looked at once more: nothing unmeant stands in their headers."""
    try:
        headers.check(raw, mail_from=mailbox.address, recipient=recipient)
    except Unsendable as error:
        _hold(row, fence, clock.now() + TOMORROW, str(error))


def _attempt(
    row: Touch | Outgoing, fence: int, mailbox: Mailbox, letter: Letter | None, verdict: dict[str, Any]
) -> Attempt:
    """Write down what is about to be handed over; from the commit on, a death makes it uncertain, never twice."""
    before = _same_again(row, mailbox) if letter is None else None
    recipient = _recipient(row)
    if letter is None and before is None:
        raise Held("nothing to hand over")
    raw = letter.raw if letter else bytes(before.raw)  # type: ignore[union-attr]
    _check_headers(row, fence, mailbox, recipient, raw)
    attempt = Attempt.objects.create(
        touch=row if isinstance(row, Touch) else None,
        outgoing=row if isinstance(row, Outgoing) else None,
        mailbox=mailbox,
        message_id=letter.message_id if letter else before.message_id,  # type: ignore[union-attr]
        recipient=recipient,
        raw=raw,
        address_hash="" if _is_internal(row) else suppression.hashed("address", dedupe_key(recipient)),
        barred_by=[] if _is_internal(row) else suppression.hashes_of(recipient, row.account_id),
        verdict=verdict,
        fence=fence,
        started_at=clock.now(),
    )
    TOUCH.move(row, Flight.IN_FLIGHT, by=BY, set={"mailbox": mailbox, "lease_until": lease()})
    return attempt
