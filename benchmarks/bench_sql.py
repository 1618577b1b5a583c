"""postgres-sql beside another MCP server for PostgreSQL: CPU, latency and bytes, in one run.

    python -m benchmarks.bench_sql [--calls 300] [--no-peer] [--only-search]

Both serve the example database over stdio, as the same reader role, and take turns. The peer is pglens, which
of those named in the issue is the one that installs on this Python; it is put into an environment of its own.
CPU is the server process's own (user and system), without PostgreSQL's. A server that limits the rows of one
call pages until it has them all. `search_schema` is measured on a schema of more than 300 tables: the first
call of a fresh server, at once and a few seconds after its start, beside its later calls.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import psutil
import psycopg
from cyclopts import App
from mcp import Client, StdioServerParameters
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.table import Table

from ankus_shared.postgres import EmbeddedServer, embedded_server, ensure_reader
from ankus_shared.postgres.roles import READER
from examples.shop.database import load_embedded
from tests.fixtures.estate import build_estate

PEER = "pglens==1.5.0"
ROWS = "SELECT order_item_id, order_id, product_id, quantity, unit_price, line_total FROM order_items"
HUNDRED = "SELECT customer_id, full_name, email, segment, registered_on FROM customers ORDER BY 1 LIMIT 100"
CALLERS = 50
OURS = "ankus-postgres-sql"
QUESTION = "сколько клиентов купили дважды"
PAUSE = 5
"""Seconds after a server's start, in which a person or a model has asked nothing yet."""

app = App(help=__doc__, version_flags=[])


@dataclass(frozen=True)
class Contender:
    """One server: how it is started, and how it is asked."""

    name: str
    command: str
    environment: Mapping[str, str]
    tool: str
    page: Callable[["Open", str], Awaitable[None]]
    """Reads 10,000 rows of a query, in as many calls as it takes."""


@dataclass
class Open:
    """A running server and what was measured of it."""

    contender: Contender
    client: Client
    process: psutil.Process
    figures: dict[str, float] = field(default_factory=dict)

    async def call(self, tool: str, arguments: dict[str, Any]) -> Any:
        """Call a tool, which must not fail."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result
        return result

    async def query(self, sql: str) -> Any:
        """Run a query by the tool that runs queries."""
        return await self.call(self.contender.tool, {"sql": sql})

    def cpu(self) -> float:
        """Seconds of CPU that the server has used."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


async def _ours(server: Open, sql: str) -> None:
    result = await server.call("run_query", {"sql": sql, "max_rows": 1000})
    name = result.structured_content["result_id"]
    for offset in range(1000, 10_000, 1000):
        await server.call("get_result", {"result_id": name, "offset": offset, "limit": 1000})


async def _theirs(server: Open, sql: str) -> None:
    for offset in range(0, 10_000, 500):
        await server.call("query", {"sql": sql, "limit": 500, "offset": offset})


@asynccontextmanager
async def opened(contender: Contender) -> AsyncGenerator[Open]:
    """Start a server over stdio; its process is the new child of this one."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    parameters = StdioServerParameters(
        command=contender.command, args=[], env={**os.environ, **contender.environment}
    )
    async with Client(parameters) as client:
        children = [c for c in psutil.Process().children(recursive=True) if c.pid not in before]
        [process] = [child for child in children if contender.name in " ".join(child.cmdline())]
        yield Open(contender, client, process)


async def measure(servers: list[Open], calls: int) -> None:
    """Each figure of every server, the servers taking turns."""
    for server in servers:
        tools = (await server.client.list_tools()).tools
        dumped = [tool.model_dump(by_alias=True, exclude_none=True, mode="json") for tool in tools]
        server.figures["bytes of tools/list"] = len(json.dumps(dumped, separators=(",", ":")).encode())
        result = await server.query(HUNDRED)
        server.figures["bytes of 100 rows"] = len(
            result.model_dump_json(by_alias=True, exclude_none=True).encode()
        )
        for _ in range(20):
            await server.query("select 1")
    await _measure_cpu(servers, "CPU ms of select 1", _select_one, calls)
    await _measure_cpu(servers, "CPU ms of 10,000 rows", lambda one: one.contender.page(one, ROWS), 3)
    for server in servers:
        latencies = await _together(server)
        server.figures[f"p50 ms, {CALLERS} callers"] = statistics.median(latencies) * 1000
        server.figures[f"p95 ms, {CALLERS} callers"] = statistics.quantiles(latencies, n=20)[18] * 1000


async def _measure_cpu(
    servers: list[Open], what: str, work: Callable[[Open], Awaitable[None]], times: int
) -> None:
    """The median of three turns of each server, in milliseconds a piece of work."""
    spent: dict[str, list[float]] = {server.contender.name: [] for server in servers}
    for _ in range(3):
        for server in servers:
            begin = server.cpu()
            for _ in range(times):
                await work(server)
            spent[server.contender.name].append((server.cpu() - begin) / times * 1000)
    for server in servers:
        server.figures[what] = statistics.median(spent[server.contender.name])


async def _select_one(server: Open) -> None:
    await server.query("select 1")


async def _together(server: Open) -> list[float]:
    """Latencies of ten calls of each of fifty callers at the same time, in seconds."""
    latencies = []

    async def caller() -> None:
        for _ in range(10):
            begin = time.monotonic()
            await server.query("SELECT count(*) FROM orders WHERE status = 'paid'")
            latencies.append(time.monotonic() - begin)

    async with anyio.create_task_group() as tasks:
        for _ in range(CALLERS):
            tasks.start_soon(caller)
    return latencies


async def _measure_search(url: str) -> dict[str, float]:
    """Milliseconds of a fresh server's first call, at once and after a pause, and of later ones."""
    contender = Contender(OURS, _program(), {"ANKUS_DATABASE_URL": url}, "run_query", _ours)
    figures: dict[str, float] = {}
    for what, pause in (("first call, at once", 0), (f"first call, after {PAUSE} s", PAUSE)):
        taken = []
        for _ in range(3):
            async with opened(contender) as server:
                await anyio.sleep(pause)
                taken.append(await _search(server))
                later = [await _search(server) for _ in range(20)]
        figures[what] = statistics.median(taken)
    return figures | {"later calls": statistics.median(later)}


async def _search(server: Open) -> float:
    begin = time.monotonic()
    await server.call("search_schema", {"question": QUESTION})
    return (time.monotonic() - begin) * 1000


def report_search(tables: int, figures: Mapping[str, float]) -> None:
    """Print what `search_schema` takes, each beside its later calls."""
    table = Table(f"search_schema, {tables} tables", "ms", "ratio to later calls")
    for what, value in figures.items():
        table.add_row(what, f"{value:,.0f}", f"{value / figures['later calls']:.1f}")
    Console(width=110).print(table)


def report(servers: list[Open]) -> None:
    """Print the figures, and with a peer the ratio of each."""
    names = [server.contender.name for server in servers]
    table = Table("", *names, *(["ratio"] if len(servers) > 1 else []))
    for what in servers[0].figures:
        values = [server.figures[what] for server in servers]
        ratio = [f"{values[0] / values[1]:.2f}"] if len(values) > 1 else []
        table.add_row(what, *(f"{value:,.1f}" for value in values), *ratio)
    Console(width=110).print(table)


def _peer(folder: Path, url: str) -> Contender:
    """pglens in an environment of its own, reading the same database as the same role."""
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", PEER], check=True)
    given = conninfo_to_dict(url)
    keys = ("host", "port", "user", "password")
    environment = {f"PG{key.upper()}": str(given[key]) for key in keys if given.get(key)}
    environment["PGDATABASE"] = str(given["dbname"])
    return Contender("pglens", str(folder / "bin" / "pglens"), environment, "query", _theirs)


async def _run(contenders: list[Contender], calls: int) -> None:
    async with _all(contenders) as servers:
        await measure(servers, calls)
    report(servers)


@asynccontextmanager
async def _all(contenders: list[Contender]) -> AsyncGenerator[list[Open]]:
    if not contenders:
        yield []
        return
    async with opened(contenders[0]) as first, _all(contenders[1:]) as rest:
        yield [first, *rest]


@contextmanager
def _estate(running: EmbeddedServer) -> Iterator[tuple[int, str]]:
    """A database of more than 300 tables: how many, and the reader's URL."""
    name = f"bench_estate_{os.getpid()}"
    with psycopg.connect(running.url("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            with psycopg.connect(running.url(name), autocommit=True) as own:
                tables = build_estate(own)
                own.execute("ANALYZE")
                ensure_reader(own, own_database=True)
            yield tables, running.url(name, READER)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _program() -> str:
    return str(Path(sys.executable).with_name(OURS))


@app.default
def main(*, calls: int = 300, peer: bool = True, only_search: bool = False) -> None:
    """Measure postgres-sql, and the peer beside it.

    Parameters
    ----------
    calls:
        How often `select 1` is called in each of three turns.
    peer:
        Install and measure the peer too.
    only_search:
        Measure `search_schema` alone.
    """
    with embedded_server() as running, tempfile.TemporaryDirectory() as folder:
        if not only_search:
            load_embedded(force=False)
            with psycopg.connect(running.url("shop"), autocommit=True) as admin:
                ensure_reader(admin, own_database=True)
            url = running.url("shop", READER)
            contenders = [Contender(OURS, _program(), {"ANKUS_DATABASE_URL": url}, "run_query", _ours)]
            if peer:
                contenders.append(_peer(Path(folder), url))
            anyio.run(_run, contenders, calls)
        with _estate(running) as (tables, url):
            report_search(tables, anyio.run(_measure_search, url))


if __name__ == "__main__":
    app()
