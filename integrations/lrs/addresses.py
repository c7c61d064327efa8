"""Which hosts may be called: public ones, and private ones that the council has named.

A name is resolved once, every address it has is checked, and the connection then goes to a checked address: a
name that answers differently the second time changes nothing.
"""

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int, float], Sequence[str]]

PORTS = {"https": 443, "http": 80}
TRANSLATED = ip_network("64:ff9b::/96")  # NAT64: the last four bytes are an IPv4 address (RFC 6052)


class Unreachable(Exception):
    """The exchange did not succeed; the message is a sentence without credentials."""


class NotAllowed(Unreachable):
    """The address may not be called at all: no later try will succeed."""


@dataclass(frozen=True, slots=True)
class Target:
    """A host that may be called, at the addresses that were checked."""

    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


def origin_of(url: str) -> tuple[str, str, int]:
    """(scheme, host, port) of an address. Raises NotAllowed when it is not http(s) or names a user."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotAllowed("The address cannot be read.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise NotAllowed("The address must begin with https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("The address must not contain a user or a password.")
    return parts.scheme, parts.hostname.lower().rstrip("."), port or PORTS[parts.scheme]


def find_target(
    url: str,
    *,
    allowed_private_hosts: Sequence[str] = (),
    allow_http: bool = False,
    seconds: float = 5.0,
    resolve: Resolve | None = None,
) -> Target:
    """Resolve and check the host of an address.

    Raises NotAllowed for plain HTTP or a private address that is not allowed, Unreachable when the name has
    no address within ``seconds``.
    """
    scheme, host, port = origin_of(url)
    if scheme == "http" and not allow_http:
        raise NotAllowed(f"{host} is asked for without encryption, which is not allowed.")
    addresses = (resolve or resolve_in_time)(host, port, seconds)
    if not addresses:
        raise Unreachable(f"{host} has no address.")
    trusted = host in {one.lower() for one in allowed_private_hosts}
    if not trusted and not all(is_public(ip_address(one.partition("%")[0])) for one in addresses):
        raise NotAllowed(f"{host} has a private address, and it is not one of the allowed hosts.")
    return Target(scheme, host, port, tuple(addresses))


def is_public(address: Address) -> bool:
    """Whether an address, or the IPv4 address wrapped inside it, is on the open internet."""
    wrapped = _wrapped(address)
    if wrapped is not None:
        return is_public(wrapped)
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    )


def resolve_in_time(host: str, port: int, seconds: float) -> Sequence[str]:
    """All addresses of a name; the resolver has no time-out, so it is asked on a thread that may be left."""
    found: list[str] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    thread = threading.Thread(target=ask, daemon=True, name="resolve")
    thread.start()
    thread.join(seconds)
    return tuple(found)


def _wrapped(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in TRANSLATED:
        return IPv4Address(address.packed[-4:])
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour
