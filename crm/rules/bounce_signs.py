"""Whether a mail without a standard report tells of a failed delivery: who writes it, under which subject, with which words."""

import re

from crm.rules.bounce_recipients import failed_recipients
from crm.rules.mime import ParsedMail

_READ = 8000
_MAILERS = re.compile(
    r"mailer[-_.]?daemon|post_?master|mail[. ]delivery[. ](?:sub)?system|mail deliver system|administrator|^admin$|-admin$|mail administrator|mail system|mdaemon|"
    r"mail(?:er)? delivery|system administrator|internet mail delivery|delivery[-_.]?(?:status|report)|bounce|\bndr\b|"
    r"mmdf|exchange administrator|microsoftexchange|failure[-_.]?notice|daemon|uucp|amavis|email delivery|no-?reply|smtp|nobody|root|^staff$",
    re.IGNORECASE,
)
# Names that only mail systems bear.
_DAEMONS = re.compile(
    r"mailer[-_.]?daemon|post_?master|mail[. ]deliver|mail ?system|daemon|microsoftexchange|\bndr\b", re.IGNORECASE
)
_FAILED = re.compile(
    r"undeliver(?:able|ed)|unzustellbar|delivery (?:status|failure|failed|report|has failed|problem|incomplete|delayed|warning)|returned (?:to sender|mail)|"
    r"failure notice|mail delivery (?:failed|failure|system|problem|warning)|non[ -]?delivery|failure (?:delivery|notice)|delivery notification|could not be delivered|"
    r"mail (?:could not be|not) delivered|message (?:delivery|you sent)|rejected mail|bounced?\b|mail system error|unable to deliver|mail failed|"
    r"delivery status|mailer[- ]daemon|undelivered|nondeliverable|[ée]chec de|不達|配信不能|送信できません|送信エラー|nicht zugestellt|notification d'[ée]tat|"
    r"warning: (?:message|could not)|delayed mail|delivery error|mail failure|failed mail|error sending|considered unsolicited|недоставлен|не доставлен|non remis|"
    r"not delivered|delivery has been delayed|mail error|user unknown|unknown (?:user|address)|non recens|results of your|are not member|processing error|rejected|onbestelbaar|address (?:not found|error)|"
    r"sendung|message status|returned e?-?mail|retourn|delayed|notify|loop alert|nicht zustellbar|no (?:se )?(?:ha )?(?:pudo|podido|puede)[^\n]{0,20} entreg|notificaci[oó]n de estado|"
    r"no entregad|n[aã]o (?:foi )?(?:poss[ií]vel|p[oô]de)?[^\n]{0,20}entreg|mancat[ao] (?:recapito|consegna)|non recapitabil|recapito non riuscito|kan inte leverer|ikke leveret|olevererbart|"
    r"niedostarcz|nie można dostarczyć|nedoručiteln|kézbesíthetetlen|teslim edilem|退信|投递失败|无法投递|無法傳遞|未送達|전송 ?실패|배달되지|발송실패|quota exceeded|automatically rejected",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"could not be delivered|(?:un)?able to (?:deliver|send)|delivery (?:to|of|has|status|failed|failure)|permanent (?:fatal )?error|did not reach|"
    r"following address|user unknown|failed (?:permanently|recipient)|returned (?:message|mail)|(?:5[0-5]\d|4[25]\d)[ -]|[45]\.\d\.\d|no such user|"
    r"unknown (?:user|address|recipient)|not (?:be )?delivered|undeliver|mailbox (?:is )?full|quota|had (?:delivery|permanent|transient)|"
    r"配信|送信できません|nicht zugestellt|не может быть доставлено|original message|deliver|(?:automatically|was) rejected|duplicated message-id",
    re.IGNORECASE,
)
# How mail programs begin their reports; no person does.
_OPENING = re.compile(
    r"(?:hi[.!]\s+)?(?:this (?:message|mail|e-?mail|report) (?:was|is|has been) (?:created|generated|an? automatic)[^\n]{0,20} (?:automatically|generated)[^\n]{0,60}(?:mail delivery|deliver|mail server|mail system)|"
    r"this is the (?:mail system|qmail|postfix|deliver|mail delivery|machine generated message|mailer)|i'm (?:sorry to have to inform|afraid i wasn't able)|"
    r"this is an automatically generated delivery|(?:the )?original message was received at|your message did not reach some|delivery has failed to these|"
    r"this report relates to a message you sent|sorry, we were unable to deliver|your (?:mail|message) to (?:the following|<?[^\s<>]{1,64}@[^\s<>]{1,200}>? )[^\n]{0,40}"
    r"(?:could(?:n't| not)|was(?:n't| not)|has been|was automatically) (?:be )?(?:delivered|rejected)|"
    r"a message (?:that )?you sent could not be delivered|message from [^\s]{1,100}\s+unable to deliver|unable to deliver message to|delivery to the following recipients?)",
    re.IGNORECASE,
)
_PLAIN_FAILURE = re.compile(
    r"(?:mail ?box|account|user|recipient)[^.\n]{0,40}(?:\bfull\b|over (?:its |their )?quota|unknown|does not exist|not found)|"
    r"quota (?:is |was )?exceeded|(?:could|can) ?not be delivered|no such user|delivery (?:has )?failed|was rejected|undeliverable",
    re.IGNORECASE,
)
_CODED = re.compile(r"(?:^|\s)[45]\d\d[ -]|[45]\.\d\.\d")
_REPLY = re.compile(r"\s*(?:re|aw|sv|antw|rv|fwd?|wg|tr|vs|odp)\s*:", re.IGNORECASE)
_NULL_PATH = re.compile(r"\s*<(?:mailer-daemon(?:@[^>]*)?)?>", re.IGNORECASE)
_ENCLOSED = frozenset({"message/rfc822", "text/rfc822-headers"})


def tells_of_failure(mail: ParsedMail) -> bool:
    """True for reports that speak to people only: a mailer writes, and words, codes or the enclosed original say why."""
    told = f"{mail.text or mail.html}"[:_READ]
    if _opens_as_report(mail, told):
        return True
    if not _speaks_as_mailer(mail, told):
        return False
    failed = bool(_FAILED.search(mail.subject))
    if failed and (is_daemon(mail) or _TOLD.search(told) or not told.strip()):
        return True
    return _looks_returned(mail, told)


def says_failed(mail: ParsedMail) -> bool:
    """What a program wrote speaks of a failed delivery outright: its subject does, or the original or a code stands beside."""
    told = f"{mail.text or mail.html}"[:_READ]
    return bool(_PLAIN_FAILURE.search(told)) and (bool(_FAILED.search(mail.subject)) or _has_proof(mail, told))


def null_path(mail: ParsedMail) -> bool:
    """Whether the envelope said that nobody waits for an answer (RFC 5321 §4.5.5)."""
    return bool(_NULL_PATH.match(mail.headers.get("return-path", "")))


def is_daemon(mail: ParsedMail) -> bool:
    """Whether the sender is called what only mail systems are called."""
    return bool(_DAEMONS.search(f"{mail.from_address.rsplit('@', 1)[0]} {mail.from_name}"))


def is_reply(subject: str) -> bool:
    """Whether a subject begins as an answer or a forwarded mail does."""
    return bool(_REPLY.match(subject))


def _opens_as_report(mail: ParsedMail, told: str) -> bool:
    opening = bool(_OPENING.match(told.lstrip(" \t\r\n#*-")))
    return opening and not is_reply(mail.subject) and (bool(_FAILED.search(mail.subject)) or is_daemon(mail))


def _speaks_as_mailer(mail: ParsedMail, told: str) -> bool:
    nobody_waits = null_path(mail)
    local = mail.from_address.rsplit("@", 1)[0]
    named = _MAILERS.search(local) or _MAILERS.search(mail.from_name) or not mail.from_address
    if not (nobody_waits or named):
        return False
    answers = is_reply(mail.subject) and bool(mail.in_reply_to) and not nobody_waits
    return not answers or (is_daemon(mail) and bool(_CODED.search(told)))


def _looks_returned(mail: ParsedMail, told: str) -> bool:
    """Reports whose subject says nothing, from a mailer, with the original enclosed or an SMTP code in the text."""
    if not is_daemon(mail):
        return False
    told_why = _TOLD.search(told) and (_has_proof(mail, told) or null_path(mail))
    return bool(told_why) or bool(failed_recipients(mail))


def _has_proof(mail: ParsedMail, told: str) -> bool:
    """The original enclosed, or a server's code."""
    return any(part.content_type in _ENCLOSED for part in mail.attachments) or bool(_CODED.search(told))
