"""Which hosts outgoing connections may reach: public ones, and the inside addresses an operator lists."""

import ipaddress
import socket
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))  # RFC 6052, RFC 8215


class NotAllowed(OSError):
    """The host resolves to an address that nobody allowed."""


def pinned(host: str, port: int, inside: Sequence[str]) -> str:
    """The numeric address to connect to; resolved once, so that no second answer can differ. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    numbers = list(dict.fromkeys(str(row[4][0]) for row in found))
    if not numbers:
        raise OSError(f"{host} has no address")
    networks = [ipaddress.ip_network(one, strict=False) for one in inside]
    for number in numbers:
        address = plain(number)
        if not is_public(address) and not any(
            address in network for network in networks if network.version == address.version
        ):
            raise NotAllowed(f"{host} is an inside address; an operator can allow it with INSIDE_ADDRESSES")
    return numbers[0]


def is_public(address: Address) -> bool:
    """One host of the open internet: Python calls groups, site-local and IPv4-compatible addresses global too."""
    if address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global:
        return False
    return address.version == 4 or not (address.is_site_local or int(address) >> 32 == 0)


def plain(number: str) -> Address:
    """An address without its disguise: IPv4 mapped into IPv6, carried by 6to4 or translated (NAT64) counts as IPv4."""
    address = ipaddress.ip_address(number.partition("%")[0])
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if any(address in network for network in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
