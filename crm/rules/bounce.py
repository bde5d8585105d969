"""What a delivery report says: for whom, why and about which message (RFC 3464 and the forms older servers write)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crm.rules.bounce_reasons import is_hard, reason_for
from crm.rules.charsets import decode
from crm.rules.html import to_text
from crm.rules.mime import Attached, ParsedMail, addresses, message_ids

_MAX_REPORT = 20_000
_MAX_LINES = 400


@dataclass(frozen=True, slots=True)
class Bounce:
    """A refusal or delay; ``hard`` when it holds for good for at least one recipient."""

    recipients: tuple[str, ...] = ()
    status: str = ""
    reason: str = "undefined"
    hard: bool = False
    action: str = "failed"
    diagnostic: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Refusal:
    recipient: str
    status: str
    action: str
    diagnostic: str


_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.\-:])([45]\d\d)(?=[ \-.:,;>\])])")
_ADDRESS = re.compile(r"[^\s<>\"(),:;\[\]'`=/\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,252})")
_OWN_LINE = re.compile(
    r"^\W{0,6}<?\"?([^\s<>\"(),;\[\]']{1,64}@[A-Za-z0-9][A-Za-z0-9.\-]{0,252})[>\"]?\s*[\W]*(?:$|[:;,(\s])"
)
_ORIGINAL = re.compile(
    r"^\W*(?:-{2,}.{0,12}(?:below this line|original message|this is a copy|returned message|message header|"
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
    refused = [one for one in refusals if one.action in {"failed", "delayed", "undeliverable", ""}]
    if not refused:
        return None
    told = _told(mail)
    return _bounce(mail, refused, told)


def delivered(mail: ParsedMail) -> bool:
    """True when a standard report names only recipients that got the message."""
    actions = {one.action for part in status_parts(mail) for one in _groups(text_of(part))}
    return bool(actions) and actions <= {"delivered", "relayed", "expanded", "deliverable"}


def from_words(mail: ParsedMail) -> Bounce:
    """A report that only speaks to people: recipients and cause read from its sentences."""
    told = _told(mail)
    failed = mail_failed_recipients(mail)
    recipients = failed or _recipients_in(told)
    diagnostic = _telling_lines(told)
    status = _status_in(diagnostic) or _status_in(told)
    action = "delayed" if _is_delay(mail.subject, told) and not status.startswith("5") else "failed"
    own = _by_recipient(told, recipients) if len(recipients) > 1 else {}
    refusals = [
        _Refusal(one, _status_in(own.get(one, "")) or status, action, own.get(one) or diagnostic) for one in recipients
    ]
    return _bounce(mail, refusals or [_Refusal("", status, action, diagnostic)], told)


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
    first = next((i for i, reason in enumerate(reasons) if is_hard(reason)), 0)
    chosen = refusals[first]
    message_id, references = original_ids(mail)
    return Bounce(
        recipients=tuple(dict.fromkeys(one.recipient for one in refusals if one.recipient)),
        status=chosen.status or _status_in(chosen.diagnostic) or _status_in(told),
        reason=reasons[first],
        hard=is_hard(reasons[first]),
        action=chosen.action or "failed",
        diagnostic=chosen.diagnostic[:1000],
        message_id=message_id,
        references=references,
    )


def _reason(refusal: _Refusal, told: str) -> str:
    status = _status_in(refusal.diagnostic) or refusal.status
    after_data = _AFTER_DATA.search(told)
    sentence = f"{refusal.diagnostic} {after_data[0]}" if after_data and refusal.diagnostic else refusal.diagnostic
    reason = reason_for(sentence, status, refusal.action)
    if reason == "undefined" or not refusal.diagnostic:
        reason = reason_for(told, status, refusal.action)
    # Whoever is still trying has not found out that the address is no good (RFC 3464 §2.3.3).
    return "expired" if refusal.action == "delayed" and is_hard(reason) else reason


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
    recipient = _address(fields.get("final-recipient", "")) or _address(fields.get("original-recipient", ""))
    recipient = recipient or _address(fields.get("x-actual-recipient", ""))
    action = fields.get("action", "").split("(")[0].split(";")[0].strip().lower()
    diagnostic = fields.get("diagnostic-code", "")
    status = _status_in(fields.get("status", ""))
    return _Refusal(recipient, status, action, diagnostic)


def _address(value: str) -> str:
    found = _ADDRESS.search(value.split(";", 1)[-1])
    return found[0].rstrip(".") if found else ""


def _told(mail: ParsedMail) -> str:
    """The report's own sentences, without the returned message."""
    text = mail.text if mail.text.strip() else to_text(mail.html)
    lines = text[: 4 * _MAX_REPORT].split("\n")[:_MAX_LINES]
    end = next((i for i, line in enumerate(lines) if i > 1 and _ORIGINAL.match(line)), len(lines))
    return "\n".join(lines[:end])[:_MAX_REPORT]


def _recipients_in(told: str) -> list[str]:
    lines = [line for line in told.split("\n") if "@" in line]
    own = [match[1] for line in lines if (match := _OWN_LINE.match(line))]
    named = own or [str(one) for line in lines if not _ADVICE.search(line) for one in _ADDRESS.findall(line)]
    return list(dict.fromkeys(one.rstrip(".") for one in named))[:50]


def _by_recipient(told: str, recipients: list[str]) -> dict[str, str]:
    """What is said about each of several recipients: the lines from its address to the next one's."""
    said: dict[str, list[str]] = {}
    current = ""
    for line in told.split("\n"):
        current = next((one for one in recipients if one in line and one not in said), current)
        if current:
            said.setdefault(current, []).append(line)
    return {one: _telling_lines("\n".join(lines)) for one, lines in said.items()}


def _telling_lines(told: str) -> str:
    lines = [line.strip() for line in told.split("\n")]
    coded = [i for i, line in enumerate(lines) if _CODE.search(line + " ") or _STATUS.search(line)]
    if coded:
        near = sorted({j for i in coded for j in (i, i + 1)})
        return " ".join(lines[j] for j in near if j < len(lines))[:2000]
    return " ".join(line for line in lines if _TELLING.search(line))[:2000]


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


_AFTER_DATA = re.compile(
    r"(?i)(?:reply to|response to|after) (?:the )?(?:end of )?data command|>>> data\s+<<< 5\d\d[^\n]*\s+554 5\.0\.0 service unavailable"
)
_RETURNED = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global",
                       "message/global-headers", "text/rfc822"})  # fmt: skip
