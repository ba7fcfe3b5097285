"""URLs that somebody sets through the API lead out of the site, not into it: a server that fetches what it is told to
would else be a way past the firewall."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from marque.errors import Unacceptable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
INSIDE = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure's metadata, at a public address
        "2002::/16",  # 6to4, Teredo and NAT64 hold an IPv4 address that may be any
        "2001::/32",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
    )
)
"""not public, though Python's ``is_global`` may say so"""


def resolve(host: str) -> list[str]:
    """Every address of a name. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


class UrlGuard:
    """``allowed``: names (``nvr.local``), addresses and networks (``192.168.10.0/24``) that may be used though they are
    inside."""

    def __init__(self, allowed: Sequence[str] = (), lookup: Callable[[str], list[str]] = resolve) -> None:
        self._lookup = lookup
        self._names = {text.lower().rstrip(".") for text in allowed if _network(text) is None}
        self._networks = [network for text in allowed if (network := _network(text)) is not None]

    def check(self, url: str, schemes: Sequence[str] = ("https", "http"), field: str = "url") -> None:
        """Raises Unacceptable, for ``field``, unless every address the URL leads to is public or allowed. A name may
        lead elsewhere a moment later: check again before each use."""
        host = _host(url, schemes, field)
        name = host.lower().rstrip(".")
        if name in self._names:
            return
        try:
            found = [ip_address(text.partition("%")[0]) for text in self._lookup(host)]
        except (OSError, UnicodeError, ValueError) as error:
            raise Unacceptable(f"{name} cannot be looked up", field=field, hint="Is it spelt right?") from error
        if not found or not all(self._open(address) for address in found):
            raise Unacceptable(
                f"{name} is not a public address",
                field=field,
                hint="It lies inside the site, where this server fetches nothing for others.",
            )

    def _open(self, address: Address) -> bool:
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address in network for network in self._networks):
            return True
        inside = any(address in network for network in INSIDE)
        return address.is_global and not address.is_multicast and not address.is_reserved and not inside


def _host(url: str, schemes: Sequence[str], field: str) -> str:
    """The host of a URL."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Unacceptable("this is no URL", field=field) from error
    if parts.scheme not in schemes or not host or any(c.isspace() or not c.isprintable() for c in url):
        raise Unacceptable(f"this is no URL of {' or '.join(schemes)}", field=field)
    return host


def _network(text: str) -> Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
