"""Whom we talk to: lists of hosts, and the judgement of every address that a name has."""

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Protocol

import anyio
import httpx2

from ankus_shared.web.addresses import Address, Network, refusal
from ankus_shared.web.errors import BadUrl, BlockedAddress, BlockedHost, FetchFailed
from ankus_shared.web.urls import host_of, parse


class Resolver(Protocol):
    """A name and a port -> the addresses, best first; an OSError where there are none."""

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Resolve a name once."""
        ...


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the machine's own resolver."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class Guard:
    """Decides which hosts and addresses may be talked to.

    Args:
        allow: Domains that are let in, with all below them; empty for every domain.
        deny: Domains that are kept out, with all below them; it goes before `allow`.
        networks: Networks that are let in although they are not public; metadata addresses never are.
        resolver: How a name becomes addresses.
    """

    def __init__(
        self,
        *,
        allow: Iterable[str] = (),
        deny: Iterable[str] = (),
        networks: Iterable[Network] = (),
        resolver: Resolver = system_resolver,
    ) -> None:
        self._allow = frozenset(map(_domain, allow))
        self._deny = frozenset(map(_domain, deny))
        self._networks = tuple(networks)
        self._resolver = resolver

    def parse(self, text: str, base: httpx2.URL | None = None) -> httpx2.URL:
        """Read a URL (or a reference from `base`) and check its host against the lists.

        Raises:
            BadUrl: If it is no proper http(s) URL.
            BlockedHost: If its host is kept out.
        """
        url = parse(text, base)
        domains = _with_parents(_canonical(host_of(url)))
        if self._deny & domains:
            raise BlockedHost(f"The host {host_of(url)!r} is on the deny list.")
        if self._allow and not self._allow & domains:
            allowed = ", ".join(sorted(self._allow)[:5])
            raise BlockedHost(
                f"The host {host_of(url)!r} is not on the allow list.",
                hint=f"Pages come from these domains only: {allowed}.",
            )
        return url

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Resolve a host once and judge every address that it has.

        Raises:
            BlockedAddress: If any of them is not public and not in an allowed network.
            FetchFailed: If there is none.
        """
        found = [_address(text, host) for text in await self._resolve(host, port)]
        for address in found:
            reason = refusal(address, self._networks)
            if reason:
                raise BlockedAddress(
                    f"The host {host!r} is {reason}, not a host of the public internet.",
                    hint="Only public pages are fetched; an operator can allow a private network.",
                )
        return tuple(map(str, found))

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        literal = _literal(host)
        if literal is not None:
            return (str(literal),)
        try:
            found = await self._resolver(host, port)
        except (OSError, UnicodeError) as exc:
            raise _unknown(host) from exc
        if not found:
            raise _unknown(host)
        return found


def _unknown(host: str) -> FetchFailed:
    return FetchFailed(f"The host {host!r} has no address.", hint="Check the spelling of the host.")


def _address(text: str, host: str) -> Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError as exc:
        raise FetchFailed(f"The host {host!r} resolves to {text[:60]!r}, which is no address.") from exc


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _canonical(host: str) -> str:
    """A host in the form in which lists are compared: no dot at the end, addresses in their short form."""
    return str(_literal(host) or host.rstrip("."))


def _with_parents(host: str) -> frozenset[str]:
    """A domain and all domains above it; an address alone."""
    if _literal(host):
        return frozenset({host})
    labels = host.split(".")
    return frozenset(".".join(labels[start:]) for start in range(len(labels)))


def _domain(entry: str) -> str:
    """An entry of a list as IDNA; `*.example.org` is the same as `example.org`."""
    host = entry.strip().removeprefix("*.").strip(".")
    try:
        return _canonical(host_of(parse(f"http://[{host}]/" if ":" in host else f"http://{host}/")))
    except BadUrl as exc:
        raise BadUrl(f"{entry[:100]!r} is not a domain.", hint="Write it as example.org.") from exc
