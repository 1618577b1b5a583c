"""Which addresses are public: the table, held against examples, itself and Python's own."""

import ipaddress
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_shared.web.addresses import BLOCKED, NEVER, Network, refusal

EVERYTHING = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
# public for IANA, and still no place of web pages
REFUSED_THOUGH_GLOBAL = [
    IPv4Network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4", "168.63.129.16/32")
]


def forms(inside: IPv4Address) -> dict[str, IPv6Address]:
    """The ways to write an IPv4 address as an IPv6 one, by the RFC that has it."""
    number = int(inside)
    high, low = number >> 16, number & 0xFFFF
    return {
        "mapped, RFC 4291": IPv6Address(0xFFFF << 32 | number),
        "compatible, RFC 4291": IPv6Address(number),
        "translated, RFC 2765": IPv6Address(0xFFFF << 48 | number),
        "NAT64, RFC 6052": IPv6Address(0x64FF9B << 96 | number),
        "local NAT64 of /48, RFC 8215": IPv6Address(0x64FF9B0001 << 80 | high << 64 | low << 40),
        "local NAT64 of /96, RFC 8215": IPv6Address(0x64FF9B0001 << 80 | number),
        "6to4, RFC 3056": IPv6Address(0x2002 << 112 | number << 80 | 1),
        "Teredo's client, RFC 4380": IPv6Address(0x20010000 << 96 | 0x08080808 << 64 | number ^ 0xFFFFFFFF),
        "Teredo's server, RFC 4380": IPv6Address(0x20010000 << 96 | number << 64 | 0x1234),
        "ISATAP, RFC 5214": IPv6Address(0x2606470000000000 << 64 | 0x00005EFE << 32 | number),
        "ISATAP of a global one, RFC 5214": IPv6Address(0x2606470000000000 << 64 | 0x02005EFE << 32 | number),
    }


def inside(networks: Sequence[Network]) -> st.SearchStrategy[IPv4Address | IPv6Address]:
    """Addresses of any of the networks, each network as often."""
    return st.sampled_from(networks).flatmap(lambda network: st.ip_addresses(network=network))


REFUSED = [*NEVER, *BLOCKED]
REFUSED_V4 = [network for network in REFUSED if network.version == 4]
NEVER_V4 = [network for network in NEVER if network.version == 4]


@given(inside(REFUSED))
def test_every_address_of_the_table_is_refused(address: IPv4Address | IPv6Address) -> None:
    assert refusal(address)


@given(inside(REFUSED_V4))
def test_every_refused_ipv4_address_is_refused_inside_ipv6_too(address: IPv4Address) -> None:
    assert [name for name, form in forms(address).items() if not refusal(form)] == []


@given(inside(list(NEVER)))
def test_metadata_addresses_are_refused_whatever_is_allowed(address: IPv4Address | IPv6Address) -> None:
    assert refusal(address, EVERYTHING)


@given(inside(NEVER_V4))
def test_metadata_addresses_inside_ipv6_are_refused_whatever_is_allowed(address: IPv4Address) -> None:
    assert [name for name, form in forms(address).items() if not refusal(form, EVERYTHING)] == []


@given(st.ip_addresses(v=4))
def test_ipv4_is_refused_where_python_says_so_and_in_a_few_networks_more(address: IPv4Address) -> None:
    more = any(address in network for network in REFUSED_THOUGH_GLOBAL)
    assert bool(refusal(address)) == (more or not address.is_global)


@given(inside(REFUSED_V4))
def test_near_the_table_too_python_agrees(address: IPv4Address) -> None:
    for number in (int(address) ^ 1 << bit for bit in range(32)):
        near = IPv4Address(number)
        more = any(near in network for network in REFUSED_THOUGH_GLOBAL)
        assert bool(refusal(near)) == (more or not near.is_global)


@given(st.ip_addresses(v=6))
def test_ipv6_outside_of_global_unicast_is_refused(address: IPv6Address) -> None:
    carried = address in IPv6Network("::ffff:0:0/96") or address in IPv6Network("64:ff9b::/96")
    if not carried and address not in IPv6Network("2000::/3"):
        assert refusal(address)


@given(st.ip_addresses(v=6))
def test_what_python_calls_private_of_ipv6_is_refused(address: IPv6Address) -> None:
    if not address.is_global and address.ipv4_mapped is None:  # of mapped ones Python's versions disagree
        assert refusal(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.215.14",
        "2606:4700:4700::1111",
        "2a00:1450:4001:82a::200e",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_public_addresses_pass(address: str) -> None:
    assert refusal(ipaddress.ip_address(address)) == ""


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1", "loopback"),
        ("0.0.0.0", "this network"),
        ("10.1.2.3", "private"),
        ("100.64.0.1", "carrier"),
        ("169.254.169.254", "metadata"),
        ("::ffff:169.254.169.254", "metadata"),
        ("fd00:ec2::254", "AWS"),
        ("168.63.129.16", "Azure"),
        ("::ffff:10.0.0.1", "private"),
        ("64:ff9b::a00:1", "private"),
        ("2002:808:808::1", "6to4"),
        ("fec0::1", "site-local"),
        ("4000::1", "reserved"),
    ],
)
def test_the_reason_names_the_kind_of_address(address: str, reason: str) -> None:
    assert reason in refusal(ipaddress.ip_address(address))


def test_an_allowed_network_lets_its_addresses_in_written_as_ipv6_too() -> None:
    allowed: list[Network] = [IPv4Network("127.0.0.0/8"), IPv6Network("fd12::/16")]
    for text in ("127.0.0.1", "::ffff:127.0.0.1", "fd12::7"):
        assert refusal(ipaddress.ip_address(text), allowed) == ""


def test_an_allowed_network_lets_in_nothing_else() -> None:
    allowed = [IPv4Network("127.0.0.0/8")]
    for text in ("10.0.0.1", "2002:7f00:1::1", "::7f00:1", "169.254.169.254"):
        assert refusal(ipaddress.ip_address(text), allowed)


def test_an_address_with_a_zone_is_refused_even_in_an_allowed_network() -> None:
    assert refusal(IPv6Address("fe80::1%eth0"), EVERYTHING)
    assert refusal(IPv6Address("2606:4700::1%1"), EVERYTHING)
