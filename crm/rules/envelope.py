"""What kind of mail this is, told by standards (RFC 3464, 3834, 5965, 6047, 8098) and the headers of vendors."""

import re
from dataclasses import dataclass

from crm.rules import automatic, bounce_signs
from crm.rules import bounce as bounces
from crm.rules.bounce import Bounce
from crm.rules.mime import Attached, ParsedMail, parse

HUMAN, BOUNCE, OUT_OF_OFFICE, AUTO = "human", "bounce", "out_of_office", "auto"
CALENDAR, COMPLAINT, RECEIPT = "calendar", "complaint", "receipt"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail's kind; ``certainly_machine`` when no person can have written a word of it."""

    kind: str
    certainly_machine: bool = False
    bounce: Bounce | None = None


_METHOD = re.compile(rb"(?im)^METHOD(?:;[^:\r\n]*)?:\s*([A-Za-z]+)")
_MAX_ENCLOSED = 256 * 1024
# What Microsoft's programme for complaints writes into the mail it returns; it knows no report type.
_JUNK_PROGRAMME = re.compile(rb"(?im)^X-HmXmrOriginalRecipient:")
# A refusal by a Sieve filter comes in the form of a receipt (RFC 5429 §2.1.3): deleted, by itself, and why.
_DELETED = re.compile(
    rb"(?im)^Disposition:[ \t]*automatic-action/MDN-sent-automatically;[ \t]*(?:deleted|denied|failed)"
)
_REFUSED = re.compile(r"(?i)automatically rejected|was rejected|rejected mail|refused|quota exceeded|undeliver")


def kind(mail: ParsedMail) -> Envelope:
    """The kind of a mail. Headers make it *probably* automatic; only report types make it certain."""
    return _report(mail) or _calendar(mail) or _worded_bounce(mail) or _automatic(mail) or Envelope(HUMAN)


def _report(mail: ParsedMail) -> Envelope | None:
    if _complains(mail):
        return Envelope(COMPLAINT, True)
    if "notificationType" in mail.text[:3000]:
        return _amazon(mail)
    receipts = [part for part in mail.attachments if part.content_type == "message/disposition-notification"]
    if receipts:
        return _receipt(mail, receipts)
    if not bounces.status_parts(mail):
        return _enclosed_report(mail)
    found = bounces.from_report(mail)
    if found:
        return Envelope(BOUNCE, True, found)
    return Envelope(AUTO, True) if bounces.delivered(mail) else None


def _complains(mail: ParsedMail) -> bool:
    declared = mail.headers.get("content-type", "").lower().replace('"', "")
    if "report-type=feedback-report" in declared or "x-hmxmroriginalrecipient" in mail.headers:
        return True
    if any(part.content_type == "message/feedback-report" for part in mail.attachments):
        return True
    return any(
        part.content_type == "message/rfc822" and _JUNK_PROGRAMME.search(part.payload[:20_000])
        for part in mail.attachments
    )


def _receipt(mail: ParsedMail, receipts: list[Attached]) -> Envelope:
    deleted = any(_DELETED.search(part.payload[:20_000]) for part in receipts)
    if deleted and _REFUSED.search(f"{mail.subject}\n{mail.text[:2000]}"):
        return Envelope(BOUNCE, True, bounces.from_words(mail))
    return Envelope(RECEIPT, True)


def _enclosed_report(mail: ParsedMail) -> Envelope | None:
    """A report that a gateway wrapped once more: the mail says it is a report, its only part is one."""
    declared = "report-type=" in mail.headers.get("content-type", "").lower()
    wrapped = [part for part in mail.attachments if part.content_type == "message/rfc822"]
    if not declared or len(wrapped) != 1:
        return None
    inner = parse(wrapped[0].payload[:_MAX_ENCLOSED])
    found = bounces.from_report(inner) if bounces.status_parts(inner) else None
    return Envelope(BOUNCE, True, found) if found else None


def _amazon(mail: ParsedMail) -> Envelope | None:
    """Amazon SES writes its notices as JSON text."""
    said = mail.text[:8000].replace("\\", "").replace(" ", "")
    if '"notificationType":"Complaint"' in said:
        return Envelope(COMPLAINT, True)
    return Envelope(BOUNCE, True, bounces.from_words(mail)) if '"notificationType":"Bounce"' in said else None


def _calendar(mail: ParsedMail) -> Envelope | None:
    methods = {method for part in mail.attachments if (method := calendar_method(part.content_type, part.payload))}
    if methods & {"REPLY", "COUNTER"} and not _typed_note(mail):
        return Envelope(CALENDAR, True)
    return None


def calendar_method(content_type: str, payload: bytes) -> str:
    """METHOD of a calendar part in capitals; empty when the part is none."""
    if content_type not in {"text/calendar", "application/ics"}:
        return ""
    found = _METHOD.search(payload[:20_000])
    return found[1].decode("ascii").upper() if found else ""


def _typed_note(mail: ParsedMail) -> bool:
    """True when someone typed a sentence beside the calendar part (the client's own lines do not count)."""
    lines = [line.strip() for line in mail.text.split("\n")]
    own = ("has accepted", "has declined", "tentatively", "accepted:", "declined:", "when:", "where:", "invitation from", "view your",
           "hat die einladung", "a accepté", "has proposed", "---", "***", "http")  # fmt: skip
    typed = [line for line in lines if len(line) > 2 and not any(mark in line.lower() for mark in own)]
    return bool(typed)


def _worded_bounce(mail: ParsedMail) -> Envelope | None:
    named = bool(mail.headers.get("x-failed-recipients"))
    if named or (not automatic.is_vacation(mail) and _tells_of_failure(mail)):
        return Envelope(BOUNCE, True, bounces.from_words(mail))
    return None


def _tells_of_failure(mail: ParsedMail) -> bool:
    written_by_itself = bounce_signs.null_path(mail) or automatic.marked(mail)
    return (written_by_itself and bounce_signs.says_failed(mail)) or bounce_signs.tells_of_failure(mail)


def _automatic(mail: ParsedMail) -> Envelope | None:
    if not automatic.answers_by_itself(mail):
        return None
    return Envelope(OUT_OF_OFFICE if automatic.speaks_of_absence(mail) else AUTO)
