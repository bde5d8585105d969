"""What the domain name system says: texts and mail exchanges, within seconds, from servers an operator may name."""

import contextlib
from functools import lru_cache

import dns.exception
import dns.resolver
from django.conf import settings


class NoAnswer(OSError):
    """Nobody could tell; that is not the same as “there is none”."""


def texts(name: str) -> list[str]:
    """The TXT records of a name, each put together from its parts (RFC 7208 §3.3); empty when there is none."""
    return [b"".join(row.strings).decode("utf-8", "replace") for row in _answers(name, "TXT")]


def exchanges(domain: str) -> list[str]:
    """Hosts that take a domain's mail, the preferred first; empty also where nobody answers."""
    with contextlib.suppress(NoAnswer):
        rows = sorted(_answers(domain, "MX"), key=lambda row: row.preference)
        return [str(row.exchange).rstrip(".").lower() for row in rows]
    return []


def _answers(name: str, kind: str) -> list:
    try:
        return list(_resolver(tuple(settings.DNS_SERVERS)).resolve(name, kind, search=False))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise NoAnswer(f"{name} could not be looked up") from error


@lru_cache(maxsize=4)
def _resolver(servers: tuple[str, ...]) -> dns.resolver.Resolver:
    """`servers` are addresses, with a port where it is not 53 (`127.0.0.1:5353`); none: those of this machine."""
    found = dns.resolver.Resolver(configure=not servers)
    if servers:
        split = [one.rpartition(":") if one.count(":") == 1 else (one, "", "53") for one in servers]
        found.nameservers = [host for host, _, _ in split]
        found.nameserver_ports = {host: int(port) for host, _, port in split}
    found.timeout, found.lifetime = settings.DNS_SECONDS / 2, settings.DNS_SECONDS
    return found
