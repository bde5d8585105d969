"""What two subjects of one thread share."""

import re

_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw|antwort|ref|rif|r|odp|vs|ynt|回复|回覆|答复|fw|fwd|wg|tr|rv|i|enc|doorst|vb|vl|pd)\s*(?:\[\d+\])?\s*[:：]"
    r"|(?:automatic reply|autoreply|automatische antwort|réponse automatique|out of office|abwesenheitsnotiz|abwesend)\s*[:：]|\[[^\]]{1,40}\])\s*",
    re.IGNORECASE,
)


def bare(subject: str) -> str:
    """A subject without the marks that answering and forwarding put before it, in lower case."""
    text = " ".join(subject.split())
    for _ in range(12):
        shorter = _PREFIX.sub("", text, count=1)
        if shorter == text:
            break
        text = shorter
    return text.strip().casefold()
