"""Which hosts outgoing connections may reach: public ones, and the inside addresses an operator lists."""

import ipaddress
import socket
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


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
        if not address.is_global and not any(
            address in network for network in networks if network.version == address.version
        ):
            raise NotAllowed(f"{host} is an inside address; an operator can allow it with INSIDE_ADDRESSES")
    return numbers[0]


def plain(number: str) -> Address:
    """An address without its disguise: IPv4 mapped into IPv6 or translated (NAT64) counts as IPv4."""
    address = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped or address.sixtofour
        if mapped is None and address in ipaddress.ip_network("64:ff9b::/96"):
            mapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return mapped or address
    return address
