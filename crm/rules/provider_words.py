"""What a provider's refusal means for whoever set the mailbox up, and what one does about it."""

_WORDS = {
    "401": "Mailgun does not accept this key. Copy a sending key of the domain again; one made for Europe counts in Europe only.",
    "402": "Mailgun wants the account's bill settled before it sends on.",
    "403": "Mailgun does not let this key send for {domain}.",
    "404": "Mailgun knows no domain {domain} in this region. Look at its spelling, and whether it was set up in the other region.",
    "413": "Mailgun takes no mail of this size.",
}
ACCEPTED, SENDER, AWAY, UNKNOWN = "accepted", "sender", "away", "unknown"


def explain(outcome: str, response: str, *, domain: str) -> str:
    """One or two sentences about a hand-over, or about a trial of one."""
    if outcome == ACCEPTED:
        return "The provider took a test message, which it delivers to nobody."
    if known := _WORDS.get(response[:3]):
        return known.format(domain=domain)
    if outcome in (AWAY, UNKNOWN):
        return "The provider did not answer as it should. Try again in a minute; its status page may say more."
    return "The provider did not take the message. Its own words below may say why."
