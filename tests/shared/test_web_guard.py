"""The guard: lists of hosts, one resolution, and a judgement of all that it gave."""

import ipaddress
import socket
from collections.abc import Sequence

import pytest

from ankus_shared.web import BadUrl, BlockedAddress, BlockedHost, FetchFailed, Guard, system_resolver

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


class Names:
    """A resolver with answers by name; each question takes the next answer, the last one for ever."""

    def __init__(self, **answers: list[Sequence[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.answers.get(host.replace(".", "_"), [])
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]


async def test_a_public_host_has_its_addresses_in_the_order_of_the_resolver() -> None:
    guard = Guard(resolver=Names(example_org=[["2606:4700::1111", "8.8.8.8"]]))
    assert await guard.addresses("example.org", 443) == ("2606:4700::1111", "8.8.8.8")


async def test_one_private_address_among_public_ones_blocks_the_host() -> None:
    guard = Guard(resolver=Names(example_org=[["8.8.8.8", "10.0.0.1"]]))
    with pytest.raises(BlockedAddress, match="private address") as caught:
        await guard.addresses("example.org", 443)
    assert caught.value.code == "blocked_address"
    assert "10.0.0.1" not in str(caught.value), "a model is told nothing of an inner network"


async def test_a_name_is_resolved_once_for_each_connection_and_judged_each_time() -> None:
    names = Names(example_org=[["8.8.8.8"], ["127.0.0.1"]])
    guard = Guard(resolver=names)
    assert await guard.addresses("example.org", 443) == ("8.8.8.8",)
    with pytest.raises(BlockedAddress):
        await guard.addresses("example.org", 443)
    assert names.asked == ["example.org"] * 2


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "::", "::ffff:10.0.0.1", "fd00:ec2::254"])
async def test_an_address_in_the_url_is_judged_without_a_resolver(host: str) -> None:
    names = Names()
    with pytest.raises(BlockedAddress):
        await Guard(resolver=names).addresses(host, 80)
    assert names.asked == []


@pytest.mark.parametrize("found", ["fe80::1%eth0", "169.254.169.254", "64:ff9b::a9fe:a9fe"])
async def test_metadata_services_stay_blocked_where_everything_is_allowed(found: str) -> None:
    everything = [ipaddress.ip_network(each) for each in ("0.0.0.0/0", "::/0")]
    guard = Guard(networks=everything, resolver=Names(metadata=[[found]]))
    with pytest.raises(BlockedAddress):
        await guard.addresses("metadata", 80)


async def test_an_allowed_network_is_let_in() -> None:
    guard = Guard(networks=[LOOPBACK], resolver=Names(localhost=[["127.0.0.1"]]))
    assert await guard.addresses("localhost", 80) == ("127.0.0.1",)


async def test_a_name_that_nobody_knows_and_one_without_addresses_are_no_host() -> None:
    guard = Guard(resolver=Names(empty_example=[[]], odd_example=[["not an address"]]))
    for host in ("nobody.example", "empty.example", "odd.example"):
        with pytest.raises(FetchFailed) as caught:
            await guard.addresses(host, 80)
        assert host in caught.value.message


async def test_the_system_s_resolver_knows_this_machine() -> None:
    assert set(await system_resolver("localhost", 80)) & {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    "url",
    ["http://example.org/", "http://www.EXAMPLE.org./", "http://a.b.example.org:8080/", "http://пример.рф/"],
)
def test_a_domain_of_the_allow_list_is_let_in_with_all_below_it(url: str) -> None:
    guard = Guard(allow=["*.example.org", "ПРИМЕР.рф"])
    assert guard.parse(url)


@pytest.mark.parametrize(
    "url", ["http://example.com/", "http://badexample.org/", "http://example.org.evil.com/", "http://org/"]
)
def test_any_other_domain_is_kept_out_and_the_hint_names_the_allowed(url: str) -> None:
    with pytest.raises(BlockedHost) as caught:
        Guard(allow=["example.org"]).parse(url)
    assert "example.org" in caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/",
        "http://WWW.evil.example/",
        "http://evil.example./",
        "http://xn--e1afmkfd.xn--p1ai/",
        "http://пример.рф/",
        "http://[2606:4700:0:0::1111]/",
        "http://8.8.8.8/",
    ],
)
def test_a_domain_of_the_deny_list_is_kept_out_however_it_is_written(url: str) -> None:
    guard = Guard(deny=["evil.example", "пример.рф", "2606:4700::1111", "8.8.8.8"])
    with pytest.raises(BlockedHost):
        guard.parse(url)


def test_the_deny_list_goes_before_the_allow_list() -> None:
    guard = Guard(allow=["example.org"], deny=["private.example.org"])
    assert guard.parse("http://www.example.org/")
    with pytest.raises(BlockedHost):
        guard.parse("http://private.example.org/")


@pytest.mark.parametrize("entry", ["", "*", "exa mple.org", "http://example.org", "127.1"])
def test_an_entry_that_is_no_domain_is_said_at_once(entry: str) -> None:
    with pytest.raises(BadUrl, match="is not a domain"):
        Guard(allow=[entry])
