"""Which SMTP command was answered with the refusal: it says what was disliked, the sender, the address or the text."""

import re

CONNECT, SENDER, RECIPIENT, CONTENT = "connect", "sender", "recipient", "content"

# What programs write about themselves; a sentence that names the command outright comes before any transcript.
_SAID = (
    (CONTENT, r"(?:reply|response) to (?:the )?(?:end of )?(?:data|message)|\bafter (?:the )?(?:end of data|data\b|message data|sending the message)|"
     r"\bfor (?:text|data|\.) command|failed on data command|failed after i sent the message|(?:smtp command|command):? ?data\b|"
     r"5\.3\.0 - other mail system problem|\[(?:data|eom|end_of_message)\]|\bstate 1[578]\b|(?:data command|body of message) generated response"),
    (RECIPIENT, r"(?:reply|response) to (?:the )?rcpt|\bafter (?:the )?rcpt|\bfor rcpt(?: to)? command|does not like recipient|smtp:rcpt|"
     r"(?:smtp command|command):? ?rcpt|\brcpt to response|rcpt to (?:not accepted|failed|rejected)|\[rcpt_?to\]|need rcpt|rcpt (?:first|(?:command )?(?:is )?required)|no valid recipients|\brcpt (?:to:? ?)?[<(]|recipient address rejected|\bstate 14\b|additional rcpt to generated"),
    (SENDER, r"(?:reply|response) to (?:the )?mail|\bafter (?:the )?mail from|\bfor mail(?: from)? command|sender was rejected|"
     r"(?:smtp command|command):? ?mail\b|mail from (?:not accepted|failed|rejected)|\[mail_?from\]|server response to mail from"),
    (CONNECT, r"(?:reply|response) to (?:the )?(?:he|eh|lh)lo|\bafter (?:the )?(?:helo|ehlo|initial connection)|my name was rejected|"
     r"(?:smtp command|command):? ?(?:helo|ehlo|conn)|\[(?:helo|ehlo|banner|connect)\]|refused to talk to me|while performing the (?:he|eh)lo|unexpected (?:connection response|response to (?:he|eh)lo)|smtp connection failed|\bstate 13\b"),
)  # fmt: skip
_RULES = tuple((stage, re.compile(pattern)) for stage, pattern in _SAID)
_TRANSCRIPT = re.compile(r">>> (data|rcpt|mail|helo|ehlo|\.)(?![a-z])")
_REFUSED = re.compile(r"<<< [45]\d\d")
_OF_COMMAND = {"data": CONTENT, ".": CONTENT, "rcpt": RECIPIENT, "mail": SENDER, "helo": CONNECT, "ehlo": CONNECT}


def stage(*texts: str) -> str:
    """The stage of the first text that names one; empty when none does."""
    for text in texts:
        words = " ".join(text.lower().split())[:8000]
        named = next((one for one, rule in _RULES if rule.search(words)), "")
        if named:
            return named
        sent = _TRANSCRIPT.findall(_until_refused(words))
        if sent:
            return _OF_COMMAND[sent[-1]]
    return ""


def _until_refused(words: str) -> str:
    """A transcript up to the first refusal in it."""
    refused = _REFUSED.search(words)
    return words[: refused.start()] if refused and ">>>" in words[: refused.start()] else words
