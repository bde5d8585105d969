"""What a delivery report says: for whom, why and about which message (RFC 3464 and the forms older servers write)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from crm.rules.bounce_reasons import is_hard, reason_for
from crm.rules.bounce_recipients import failed_recipients
from crm.rules.bounce_stage import stage
from crm.rules.charsets import decode
from crm.rules.html import to_text
from crm.rules.mime import Attached, ParsedMail, addresses, message_ids

_MAX_REPORT = 20_000
_MAX_LINES = 400
_SENTENCE_LINES = 3
_MAX_LINE = 2000
_MAX_MARK = 200


@dataclass(frozen=True, slots=True)
class Bounce:
    """A refusal or delay; ``hard`` when it holds for good for at least one recipient, ``gone`` names those."""

    recipients: tuple[str, ...] = ()
    status: str = ""
    reason: str = "undefined"
    hard: bool = False
    action: str = "failed"
    diagnostic: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refusal:
    recipient: str
    status: str
    action: str
    diagnostic: str
    section: str = ""


_REFUSING = frozenset({"failed", "delayed", "undeliverable", "error", ""})
_NO_WORDS = re.compile(r"^\s*[\w-]*\s*;\s*$")
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_ANY_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_CODE = re.compile(r"(?<![\d.\-:])([45]\d\d)(?=[ \-.:,;>\])])")
_ADDRESS = re.compile(r"[^\s<>\"(),:;\[\]'`=/\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,252})")
_OWN_LINE = re.compile(
    r"^\W{0,6}<?\"?([^\s<>\"(),;\[\]']{1,64}@[A-Za-z0-9][A-Za-z0-9.\-]{0,252})[>\"]?\s*[\W]*(?:$|[:;,(\s])"
)
_ORIGINAL = re.compile(
    r"^[^\w\-]{0,12}(?:-{2,}.{0,12}(?:below this line|original message|this is a copy|returned message|message header|"
    r"original mail|message text|unsent message|enclosed is|copy of the message|copia del|undelivered message)|"
    r"original message (?:follows|headers?)|original headers|message headers? follow|received: (?:from|by)\b|"
    r"return-path:|the (?:first|following) .{0,30}(?:lines|text|bytes) of (?:the|your) message|"
    r"-{3,} message (?:body|headers?)|hier .{0,30}ihre nachricht|returned message follows|your message reads|"
    r"the header of the original message|-+ ?undeliverable message|here is the (?:original|returned))",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{2,60})[ \t]*:[ \t]*(.*)$")
_MESSAGE_ID = re.compile(r"(?im)^message-id:\s*<?([^<>\s]{3,990})>?")
_REFERENCES = re.compile(r"(?im)^(?:references|in-reply-to):\s*((?:.|\n[ \t])*)$")
_ADVICE = re.compile(r"contact|postmaster@|abuse@|support@|help ?desk|from:|sender", re.IGNORECASE)
_TELLING = re.compile(
    r"[45]\d\d[ \-]|[45]\.\d\.\d|unknown|fail|reject|denied|full|quota|not (?:found|exist|listed|deliver)|expired|"
    r"unable|cannot|could ?n[o']t|refused|error|timed? ?out|does ?n[o']t|invalid|no such|blocked|suspend|disabled|"
    r"delay|said|permission|ありません|送信できません|не (?:может|существует)",
    re.IGNORECASE,
)


def from_report(mail: ParsedMail) -> Bounce | None:
    """A report in the standard form; None when it only says that mail was delivered, or says nothing."""
    refusals = [one for part in status_parts(mail) for one in _groups(text_of(part))]
    refused = [one for one in refusals if one.action in _REFUSING]
    if not refused:
        return None
    told = _told(mail)
    if len(refused) > 1:
        sections = sections_of(told, [one.recipient for one in refused if one.recipient])
        refused = [replace(one, section=sections.get(one.recipient, "")) for one in refused]
    return _bounce(mail, refused, told)


def delivered(mail: ParsedMail) -> bool:
    """True when a standard report names only recipients that got the message."""
    actions = {one.action for part in status_parts(mail) for one in _groups(text_of(part))}
    return bool(actions) and actions <= {"delivered", "relayed", "expanded", "deliverable"}


def from_words(mail: ParsedMail) -> Bounce:
    """A report that only speaks to people: recipients and cause read from its sentences."""
    told = _told(mail)
    recipients = mail_failed_recipients(mail) or failed_recipients(mail) or _recipients_in(told)
    diagnostic = _telling_lines(told)
    status = _status_in(diagnostic) or _status_in(told)
    action = "delayed" if _is_delay(mail.subject, told) and not status.startswith("5") else "failed"
    sections = sections_of(told, recipients) if len(recipients) > 1 else {}
    refusals = [_worded(one, sections.get(one, ""), status, action, diagnostic) for one in recipients]
    return _bounce(mail, refusals or [_Refusal("", status, action, diagnostic)], told)


def _worded(recipient: str, section: str, status: str, action: str, diagnostic: str) -> _Refusal:
    own = _telling_lines(section)
    return _Refusal(recipient, _status_in(own) if own else status, action, own or diagnostic, section)


def mail_failed_recipients(mail: ParsedMail) -> list[str]:
    """Addresses of the ``X-Failed-Recipients`` header that Exim and Gmail write."""
    return [address for _, address in addresses(mail.headers.get("x-failed-recipients", ""))]


def status_parts(mail: ParsedMail) -> list[Attached]:
    """The machine-readable parts of a delivery report."""
    kinds = {"message/delivery-status", "message/global-delivery-status", "text/delivery-status"}
    return [part for part in mail.attachments if part.content_type in kinds]


def text_of(part: Attached) -> str:
    """An attached text part, decoded."""
    return decode(part.payload[: 4 * _MAX_REPORT]).replace("\r\n", "\n")


def _bounce(mail: ParsedMail, refusals: list[_Refusal], told: str) -> Bounce:
    reasons = [_reason(one, told) for one in refusals]
    hard = [is_hard(reason) and not _passing(one) for one, reason in zip(refusals, reasons, strict=True)]
    first = hard.index(True) if any(hard) else 0
    chosen = refusals[first]
    message_id, references = original_ids(mail)
    return Bounce(
        recipients=tuple(dict.fromkeys(one.recipient for one in refusals if one.recipient)),
        status=chosen.status or _status_in(chosen.diagnostic) or _status_in(told),
        reason=reasons[first],
        hard=hard[first],
        action=chosen.action or "failed",
        diagnostic=chosen.diagnostic[:1000],
        message_id=message_id,
        references=references,
        gone=tuple(
            dict.fromkeys(
                one.recipient for one, for_good in zip(refusals, hard, strict=True) if for_good and one.recipient
            )
        ),
    )


def _passing(refusal: _Refusal) -> bool:
    """A class 4 status without any class 5 beside it: the server itself calls it temporary (RFC 3463 §2)."""
    said = f"{refusal.status} {refusal.diagnostic}"
    classes = {code[0] for code in (*_STATUS.findall(said), *_CODE.findall(f"{said} "))}
    return "4" in classes and "5" not in classes


def _reason(refusal: _Refusal, told: str) -> str:
    status = _status_in(refusal.diagnostic) or refusal.status
    about = refusal.section or told
    at = stage(refusal.diagnostic, refusal.section, told)
    reason = reason_for(refusal.diagnostic, status, refusal.action, at)
    if reason in {"onhold", "undefined"} or not refusal.diagnostic:
        return reason_for(about, status, refusal.action, at)
    return reason


def _groups(report: str) -> Iterator[_Refusal]:
    """The per-recipient groups of a delivery-status part."""
    for block in re.split(r"\n[ \t]*\n", report):
        fields: dict[str, str] = {}
        name = ""
        for line in block.split("\n")[:_MAX_LINES]:
            field = _FIELD.match(line)
            if field:
                name = field[1].lower()
                fields.setdefault(name, field[2])
            elif name and line[:1] in " \t":
                fields[name] += " " + line.strip()
        if {"final-recipient", "original-recipient", "action"} & fields.keys():
            yield _refusal(fields)


def _refusal(fields: dict[str, str]) -> _Refusal:
    # The address as the sender wrote it is the one on our list (RFC 3464 §2.3.1).
    named = (_address(fields.get(name, "")) for name in ("original-recipient", "final-recipient", "x-actual-recipient"))
    action = fields.get("action", "").split("(")[0].split(";")[0].strip().lower()
    stated = _ANY_STATUS.search(fields.get("status", ""))
    status = stated[0] if stated else ""
    return _Refusal(next(filter(None, named), ""), status, action, _NO_WORDS.sub("", fields.get("diagnostic-code", "")))


def _address(value: str) -> str:
    found = _ADDRESS.search(value.split(";", 1)[-1])
    return found[0].rstrip(".") if found else ""


def _told(mail: ParsedMail) -> str:
    """The report's own sentences, without the returned message."""
    text = mail.text if mail.text.strip() else to_text(mail.html)
    lines = [line[:_MAX_LINE] for line in text[: 4 * _MAX_REPORT].split("\n")[:_MAX_LINES]]
    end = next((i for i, line in enumerate(lines) if i > 1 and _ORIGINAL.match(line[:_MAX_MARK])), len(lines))
    return "\n".join(lines[:end])[:_MAX_REPORT]


def _recipients_in(told: str) -> list[str]:
    lines = [line for line in told.split("\n") if "@" in line]
    own = [match[1] for line in lines if (match := _OWN_LINE.match(line))]
    named = own or [str(one) for line in lines if not _ADVICE.search(line) for one in _ADDRESS.findall(line)]
    return list(dict.fromkeys(one.rstrip(".") for one in named))[:50]


def sections_of(told: str, recipients: list[str]) -> dict[str, str]:
    """What is said about each of several recipients: the lines from its address to the next one's."""
    said: dict[str, list[str]] = {}
    current = ""
    for line in told.split("\n"):
        current = next((one for one in recipients if one in line), current)
        if current:
            said.setdefault(current, []).append(line)
    return {one: "\n".join(lines) for one, lines in said.items()}


def _telling_lines(told: str) -> str:
    """The lines that hold a code, else those that sound like a cause, with what their sentence goes on to say."""
    lines = [line.strip() for line in told.split("\n")]
    starts = [i for i, line in enumerate(lines) if _CODE.search(line + " ") or _STATUS.search(line)]
    starts = starts or [i for i, line in enumerate(lines) if _TELLING.search(line)]
    near = sorted({j for i in starts for j in _sentence_from(lines, i)})
    return " ".join(lines[j] for j in near)[:2000]


def _sentence_from(lines: list[str], start: int) -> Iterator[int]:
    for at in range(start, min(start + _SENTENCE_LINES, len(lines))):
        if not lines[at]:
            return
        yield at


def _status_in(text: str) -> str:
    found = _STATUS.findall(text)
    return next((one for one in found if not one.endswith(".0.0")), found[0] if found else "")


def _is_delay(subject: str, told: str) -> bool:
    words = f"{subject}\n{told[:600]}".lower()
    return any(
        w in words for w in ("delayed", "warning:", "will keep trying", "not yet been delivered", "delay)", "still")
    )


def original_ids(mail: ParsedMail) -> tuple[str, tuple[str, ...]]:
    """Message-ID and References of the message that came back."""
    texts = [decode(p.payload[:_MAX_REPORT]) for p in mail.attachments if p.content_type in _RETURNED]
    texts.append(mail.text)
    for text in texts:
        found = _MESSAGE_ID.search(text)
        if found:
            refs = _REFERENCES.search(text)
            return found[1], message_ids(refs[1]) if refs else ()
    return "", mail.references


_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global",
                       "message/global-headers", "text/rfc822"})  # fmt: skip
