"""One question over HTTPS to an outside model."""

from dataclasses import dataclass

from crm.gateways import posting


@dataclass(frozen=True)
class Said:
    """The body of a 200, or what went wrong in a sentence."""

    content: bytes = b""
    problem: str = ""


def ask(url: str, key: str, body: bytes) -> Said:
    """POST the question. Never raises for what is outside; a server that drips is cut off."""
    if not url.startswith("https://"):
        return Said(problem="The address is not one of HTTPS.")
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    answer = posting.post(url, body, headers)
    if answer.status != 200:
        return Said(problem=answer.problem or f"It answered {answer.status}.")
    if len(answer.content) > posting.MOST_BYTES:
        return Said(problem="Its answer was too long.")
    return Said(answer.content)
