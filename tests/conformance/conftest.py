"""One process for each server over HTTP, and one client for each (server, transport), for a whole module."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest
from mcp import Client

from tests.conformance.servers import SERVERS, Server
from tests.fixtures.mcp import TRANSPORTS, HttpServer, Transport, connected, http_server


@dataclass(frozen=True)
class Connection:
    """A client of one server over one transport."""

    server: Server
    transport: Transport
    client: Client


class Servers:
    """Servers with a data directory of their own, started when first asked for."""

    def __init__(self, stack: ExitStack, factory: pytest.TempPathFactory) -> None:
        self._stack = stack
        self._factory = factory
        self._prepared: dict[str, Server] = {}
        self._http: dict[str, HttpServer] = {}

    def prepared(self, name: str) -> Server:
        """The server by that name, with a data directory for this session."""
        if name not in self._prepared:
            folder = str(self._factory.mktemp(name))
            program = replace(SERVERS[name].program, env={"ANKUS_DATA_DIR": folder})
            self._prepared[name] = replace(SERVERS[name], program=program)
            if prepare := SERVERS[name].prepare:
                prepare(program)
        return self._prepared[name]

    def over_http(self, name: str) -> HttpServer:
        """Its process that listens."""
        if name not in self._http:
            program = self.prepared(name).program
            self._http[name] = self._stack.enter_context(http_server(program, "--max-result-kb", "256"))
        return self._http[name]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Every server of the suite."""
    with ExitStack() as stack:
        yield Servers(stack, tmp_path_factory)


@pytest.fixture(scope="module", params=[(name, way) for name in SERVERS for way in TRANSPORTS], ids="-".join)
async def connection(
    request: pytest.FixtureRequest, servers: Servers, anyio_backend: str
) -> AsyncIterator[Connection]:
    """A client of each server over each transport."""
    name, transport = request.param
    server = servers.prepared(name)
    listening = None if transport == "stdio" else servers.over_http(name)
    async with connected(server.program, transport, listening) as client:
        yield Connection(server, transport, client)
