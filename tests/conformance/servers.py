"""The servers that the conformance suite runs over, and what it has to know about each.

Tools are discovered; a server adds here only the calls that no schema tells: one that works, one that runs
long, one that reports progress, one whose result is too large.
"""

import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio.to_thread
import psycopg
from mcp import Client

from ankus_shared.postgres import embedded_server
from tests.fixtures.mcp import EVERYTHING, ROOT, Program

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class LongCall:
    """A call that does not end by itself, and how to learn that it has begun and that it was cancelled."""

    tool: str
    arguments: Arguments
    has_begun: Callable[[Client], Awaitable[None]]
    was_cancelled: Callable[[Client], Awaitable[None]]
    meanwhile: Callable[[], AbstractContextManager[object]] = nullcontext
    """What keeps it from ending, from before it begins until it was cancelled."""


@dataclass(frozen=True)
class Server:
    """One server under test."""

    program: Program
    plain_call: tuple[str, Arguments]
    long_call: LongCall
    large_call: tuple[str, Arguments]
    progress_call: tuple[str, Arguments] | None = None
    noise_call: tuple[str, Arguments] | None = None
    prepare: Callable[[Program], None] | None = None
    """Makes in its data directory what its calls need."""


def _told_by(tool: str, arguments: Arguments) -> Callable[[Client], Awaitable[None]]:
    """Wait for a tool that answers when it happened."""

    async def told(client: Client) -> None:
        result = await client.call_tool(tool, dict(arguments))
        assert not result.is_error, result

    return told


everything = Server(
    EVERYTHING,
    plain_call=("repeat_text", {"text": "small"}),
    long_call=LongCall(
        "wait_forever",
        {"label": "conformance"},
        has_begun=_told_by("await_begun", {"label": "conformance"}),
        was_cancelled=_told_by("await_cancelled", {"label": "conformance"}),
    ),
    large_call=("repeat_text", {"text": "large ", "times": 1_000_000}),
    progress_call=("test_tool_with_progress", {}),
    noise_call=("print_noise", {}),
)

_ENDLESS = "SELECT count(*) FROM generate_series(1, 1000000) AS a, generate_series(1, 1000000) AS b"
_RUNNING = (
    "SELECT 'running: ' || count(*) AS found FROM pg_stat_activity "
    "WHERE query LIKE 'SELECT count(*) FROM generate_series%' AND state = 'active'"
)


def _running(count: int) -> Callable[[Client], Awaitable[None]]:
    """Ask the database until it runs so many endless queries."""

    async def asked(client: Client) -> None:
        while f"running: {count}" not in str(await client.call_tool("run_query", {"sql": _RUNNING})):
            pass

    return asked


postgres_sql = Server(
    Program("postgres-sql", (str(Path(sys.executable).with_name("ankus-postgres-sql")),)),
    plain_call=("run_query", {"sql": "SELECT 1 AS one"}),
    long_call=LongCall("run_query", {"sql": _ENDLESS}, has_begun=_running(1), was_cancelled=_running(0)),
    large_call=("run_query", {"sql": "SELECT repeat('large', 1000000) AS large"}),
)


class SmallGraph:
    """A graph in the data directory of the code-graph server, and what that server's database runs."""

    def __init__(self) -> None:
        self._data = Path()

    def prepare(self, program: Program) -> None:
        """Store it, before the server starts."""
        self._data = Path(program.env["ANKUS_DATA_DIR"])
        command = [sys.executable, "-m", "tests.code_graph.small"]
        subprocess.run(command, check=True, cwd=ROOT, env=program.environment())

    def running(self, count: int) -> Callable[[Client], Awaitable[None]]:
        """Ask the database until it runs so many queries of Cypher."""

        async def asked(_: Client) -> None:
            while await anyio.to_thread.run_sync(self._count) != count:
                pass

        return asked

    def _count(self) -> int:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND query LIKE '%cypher(%'"  # not its parallel workers
        )
        with embedded_server(self._data / "postgres") as server, psycopg.connect(server.url()) as connection:
            [(count,)] = connection.execute(query).fetchall()
        return int(count)


_small = SmallGraph()
_CROSSED = "MATCH (a), (b), (c), (d), (e), (f), (g), (h), (i), (j), (k) RETURN count(*)"
_flags = ("--statement-timeout", "600", "--answer-limit", "10000000")
code_graph = Server(
    Program("code-graph", (str(Path(sys.executable).with_name("ankus-code-graph")), *_flags)),
    plain_call=("list_graphs", {}),
    long_call=LongCall(
        "query_graph", {"query": _CROSSED, "graph": "small"}, _small.running(1), _small.running(0)
    ),
    large_call=(
        "query_graph",
        {
            "query": "UNWIND range(1, 1000) AS x RETURN $large",
            "parameters": {"large": "x" * 500},
            "limit": 1000,
        },
    ),
    progress_call=("index_repository", {"path": "tests/conformance/tree", "name": "tree"}),
    prepare=_small.prepare,
)


class SmallDocs:
    """Ten pages in the data directory of the docs-rag server, which can be withheld from its searches."""

    def __init__(self) -> None:
        self._data = Path()

    def prepare(self, program: Program) -> None:
        """Ingest them, before the server starts."""
        self._data = Path(program.env["ANKUS_DATA_DIR"])
        folder = self._data / "small"
        folder.mkdir()
        for number in range(10):
            days = (f"## День {day}\n\n" + f"Сова {number} летит за мышью. " * 60 for day in range(5))
            (folder / f"{number}.md").write_text(f"# Сова {number}\n\n" + "\n\n".join(days), "utf-8")
        command = [program.command[0], "ingest", str(folder), "--source", "small"]
        subprocess.run(command, check=True, cwd=ROOT, env=program.environment())

    @contextmanager
    def withheld(self) -> Iterator[None]:
        """Lock them, so that a search waits in the database."""
        with self._database("docs_rag") as connection:
            connection.execute("LOCK TABLE ankus_docs.passage IN ACCESS EXCLUSIVE MODE")
            yield

    def waiting(self, count: int) -> Callable[[Client], Awaitable[None]]:
        """Ask the database until so many queries wait for that lock."""

        async def asked(_: Client) -> None:
            while await anyio.to_thread.run_sync(self._count) != count:
                pass

        return asked

    def _count(self) -> int:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = 'docs_rag' AND wait_event_type = 'Lock'"
        )
        with self._database("postgres") as connection:
            [(count,)] = connection.execute(query).fetchall()
        return int(count)

    @contextmanager
    def _database(self, name: str) -> Iterator[psycopg.Connection]:
        with embedded_server(self._data / "postgres") as server, psycopg.connect(server.url(name)) as opened:
            yield opened


_pages = SmallDocs()
docs_rag = Server(
    Program(
        "docs-rag",
        (str(Path(sys.executable).with_name("ankus-docs-rag")), "--statement-timeout", "600"),
    ),
    plain_call=("search_docs", {"question": "За кем летит сова?"}),
    long_call=LongCall(
        "search_docs",
        {"question": "Чья это сова?"},
        _pages.waiting(1),
        _pages.waiting(0),
        meanwhile=_pages.withheld,
    ),
    large_call=("search_docs", {"question": "Сова и мышь", "context": "section", "limit": 50}),
    progress_call=("ingest_source", {"path": "tests/conformance/tree", "source": "tree"}),
    prepare=_pages.prepare,
)

SERVERS = {server.program.name: server for server in (everything, postgres_sql, code_graph, docs_rag)}
