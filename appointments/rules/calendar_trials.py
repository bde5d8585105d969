"""What went wrong with somebody's calendar, in words: what it is, and what one does about it."""

_WORDS = {
    "not_https": ("The address must begin with https://.", ""),
    "no_address": ("This is no address of a calendar.", "Copy it whole from the calendar's settings, without user name and password."),
    "unknown_host": ("There is no host called {host}.", "Look for a typing mistake."),
    "unsure_host": ("The name {host} could not be looked up just now.", "It is tried again."),
    "inside": ("{host} is an address inside this network, and those are not allowed.",
               "If it is your own server, an operator lists it in the setting INSIDE_ADDRESSES."),
    "closed": ("{host} is there, but does not take connections.", "It is tried again."),
    "silent": ("{host} did not answer in time.", "It is tried again."),
    "unreachable": ("{host} cannot be reached from here.", "It is tried again."),
    "hung_up": ("{host} closed the connection.", "It is tried again."),
    "not_tls": ("{host} does not speak TLS at this address.", "Ask whoever runs it for an address with https://."),
    "expired": ("The TLS certificate of {host} has expired.", "Whoever runs the server must renew it."),
    "not_yet": ("The TLS certificate of {host} is not valid yet.", "Look at the clocks of the server and of this machine."),
    "other_name": ("The TLS certificate that answered is not for {host}.", "Use the host name that the provider names."),
    "self_signed": ("{host} signed its TLS certificate itself, so nobody vouches for it.", "Whoever runs the server needs a certificate of a known authority."),
    "unknown_issuer": ("The TLS certificate of {host} was issued by someone this machine does not know.", "An operator can install the authority here."),
    "tls": ("The encrypted connection to {host} could not be made.", "The server may speak only old versions of TLS."),
    "moved": ("The calendar is at another address: {said}", "If you trust it, enter that one."),
    "elsewhere": ("{host} names another server, {said}, and your password is not sent there.", "If it is the right one, enter its address."),
    "login": ("{host} does not let us in.", "Type user name and password again; many providers want an app password. The secret address of a feed may have been reset."),
    "not_found": ("There is no calendar at this address.", "Copy it again from the calendar's settings."),
    "no_calendar": ("What {host} answers is no calendar.", "Use the CalDAV address, or the address of the ICS feed."),
    "too_long": ("The calendar is longer than 8 MB.", "Choose a feed with fewer past events."),
    "refused": ("{host} cannot answer just now ({said}).", "It is tried again."),
    "not_written": ("{host} does not let us write into this calendar ({said}).", "Choose one that you may change."),
    "key": ("Its password cannot be read with the present key.", "Enter it again."),
}  # fmt: skip


def explain(kind: str, said: str = "", *, host: str) -> str:
    """One or two sentences for whoever connected it; `kind` as the gateway names it."""
    what, remedy = _WORDS.get(kind, _WORDS["no_calendar"])
    return f"{what} {remedy}".format(host=host, said=said or "no reason given").strip()[:300]
