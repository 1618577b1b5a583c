"""HTTP over addresses that were judged: a network backend and the transport of the client above it.

The name of the host is resolved here and nowhere else, at the moment of connecting, and the connection goes
to an address that was judged. The name stays in the Host header and in the TLS handshake.
"""

import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing, contextmanager

import httpcore2
import httpx2

from ankus_shared.web.guard import Guard

_MOST_CONNECTIONS = 20
_MOST_ADDRESSES = 6


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections to judged addresses only."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._tcp = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is the library's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers."""
        addresses = await self._guard.addresses(host, port)
        failure: Exception | None = None
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                return await self._tcp.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as exc:
                failure = exc
        assert failure is not None, "a guard returns at least one address"
        raise failure


class GuardedTransport(httpx2.AsyncBaseTransport):
    """The transport of `httpx2` without its environment and proxies, over a `GuardedBackend`."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext | None = None) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls or httpx2.create_ssl_context(trust_env=False),
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=_MOST_CONNECTIONS,
            keepalive_expiry=5.0,
            network_backend=GuardedBackend(guard),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; redirects are the caller's."""
        url = request.url
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        inner = httpcore2.Request(
            request.method, target, headers=request.headers.raw, extensions=request.extensions
        )
        with _as_client_errors():
            response = await self._pool.handle_async_request(inner)
        return httpx2.Response(response.status, headers=response.headers, stream=_Body(response))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx2.AsyncByteStream):
    """The body of an answer, its errors those of the client."""

    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_client_errors():
            async with aclosing(self._response.aiter_stream()) as parts:
                async for part in parts:
                    yield part

    async def aclose(self) -> None:
        await self._response.aclose()


@contextmanager
def _as_client_errors() -> Iterator[None]:
    """Errors of the network as those that `httpx2` documents."""
    try:
        yield
    except httpcore2.TimeoutException as exc:
        raise httpx2.TimeoutException(str(exc)) from exc
    except httpcore2.ProtocolError as exc:
        raise httpx2.ProtocolError(str(exc)) from exc
    except (httpcore2.NetworkError, httpcore2.UnsupportedProtocol) as exc:
        raise httpx2.NetworkError(str(exc)) from exc
