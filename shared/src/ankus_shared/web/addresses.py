"""Which IP addresses are on the public internet: a table of our own, IPv4 inside IPv6 included.

`ipaddress.is_global` is not used: it answers wrongly for NAT64, 6to4, IPv4-compatible, site-local and some
documentation addresses. The table follows IANA's special-purpose registries (RFC 6890); of IPv6, only
2000::/3 is in use at all (RFC 4291).
"""

import ipaddress
from collections.abc import Iterable, Mapping
from types import MappingProxyType

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _table(rows: Mapping[str, str]) -> Mapping[Network, str]:
    return MappingProxyType({ipaddress.ip_network(network): name for network, name in rows.items()})


NEVER = _table(
    {
        "169.254.0.0/16": "a link-local address, where clouds keep their metadata",
        "fe80::/10": "a link-local address, where clouds keep their metadata",
        "fd00:ec2::/32": "a metadata address of AWS",
        "fd20:ce::254/128": "a metadata address of Google Cloud",
        "fd00:42::42/128": "a metadata address of Scaleway",
        "100.100.100.200/32": "a metadata address of Alibaba Cloud",
        "192.0.0.192/32": "a metadata address of Oracle Cloud",
        "168.63.129.16/32": "a metadata address of Azure",
    }
)
"""Refused whatever a caller allows: what answers there gives out the credentials of a machine."""

BLOCKED = _table(
    {
        "0.0.0.0/8": "an address of 'this network'",
        "10.0.0.0/8": "a private address",
        "100.64.0.0/10": "a shared address of a carrier",
        "127.0.0.0/8": "a loopback address",
        "172.16.0.0/12": "a private address",
        "192.0.0.0/24": "a protocol assignment",
        "192.0.2.0/24": "a documentation address",
        "192.88.99.0/24": "a 6to4 relay",
        "192.168.0.0/16": "a private address",
        "198.18.0.0/15": "a benchmarking address",
        "198.51.100.0/24": "a documentation address",
        "203.0.113.0/24": "a documentation address",
        "224.0.0.0/4": "a multicast address",
        "240.0.0.0/4": "a reserved address",
        "::/128": "the unspecified address",
        "::1/128": "a loopback address",
        "::/96": "an IPv4-compatible address",
        "::ffff:0:0:0/96": "an IPv4-translated address",
        "64:ff9b:1::/48": "a local NAT64 address",
        "100::/64": "a discard address",
        "2001::/23": "a protocol assignment, such as Teredo",
        "2001:db8::/32": "a documentation address",
        "2002::/16": "a 6to4 address",
        "3ffe::/16": "a returned address",
        "3fff::/20": "a documentation address",
        "5f00::/16": "a segment routing address",
        "fc00::/7": "a unique local address",
        "fec0::/10": "a site-local address",
        "ff00::/8": "a multicast address",
    }
)
"""Refused, unless a caller allows the network."""

_IN_USE = ipaddress.IPv6Network("2000::/3")
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_TEREDO = ipaddress.IPv6Network("2001::/32")
_6TO4 = ipaddress.IPv6Network("2002::/16")
_TAIL = (ipaddress.IPv6Network("::/96"), ipaddress.IPv6Network("::ffff:0:0:0/96"), _MAPPED, _NAT64)
_ISATAP = (0x00005EFE, 0x02005EFE)


def refusal(address: Address, allowed: Iterable[Network] = ()) -> str:
    """Why nothing is fetched from an address; "" where it is public, or in an allowed network."""
    if getattr(address, "scope_id", None) is not None:
        return "an address of one link only"
    inside = embedded(address)
    never = next(filter(None, (_name(NEVER, form) for form in (address, *inside))), "")
    meant = _carried(address)
    if never or any(meant in network or address in network for network in allowed):
        return never
    return _blocked(meant) or next(filter(None, map(_blocked, inside)), "")


def embedded(address: Address) -> tuple[ipaddress.IPv4Address, ...]:
    """Every IPv4 address that an IPv6 address may stand for."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    number = int(address)
    found: list[int] = []
    if any(address in network for network in _TAIL):
        found = [number]
    elif address in _6TO4:  # RFC 3056
        found = [number >> 80]
    elif address in _TEREDO:  # RFC 4380: the server, and the client inverted
        found = [number >> 64, ~number]
    elif address in _NAT64_LOCAL:  # RFC 6052 for /48, which goes round bits 64 to 71, and for /96
        found = [(number >> 64 & 0xFFFF) << 16 | number >> 40 & 0xFFFF, number]
    elif number >> 32 & 0xFFFFFFFF in _ISATAP:  # RFC 5214
        found = [number]
    return tuple(ipaddress.IPv4Address(each & 0xFFFFFFFF) for each in found)


def _carried(address: Address) -> Address:
    """The address that packets go to: the IPv4 one, where IPv6 only carries it (RFC 4291, RFC 6052)."""
    if address in _MAPPED or address in _NAT64:
        return embedded(address)[0]
    return address


def _blocked(address: Address) -> str:
    name = _name(BLOCKED, address)
    if name or address.version == 4:
        return name
    return "" if address in _IN_USE else "a reserved address"


def _name(table: Mapping[Network, str], address: Address) -> str:
    return next((name for network, name in table.items() if address in network), "")
