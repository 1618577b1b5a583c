"""The servers that the conformance suite runs over, and what it has to know about each.

Tools are discovered; a server adds here only the calls that no schema tells: one that works, one that runs
long, one that reports progress, one whose result is too large.
"""

import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp import Client

from tests.fixtures.mcp import EVERYTHING, Program

Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class LongCall:
    """A call that does not end by itself, and how to learn that it has begun and that it was cancelled."""

    tool: str
    arguments: Arguments
    has_begun: Callable[[Client], Awaitable[None]]
    was_cancelled: Callable[[Client], Awaitable[None]]


@dataclass(frozen=True)
class Server:
    """One server under test."""

    program: Program
    plain_call: tuple[str, Arguments]
    long_call: LongCall
    large_call: tuple[str, Arguments]
    progress_call: tuple[str, Arguments] | None = None
    noise_call: tuple[str, Arguments] | None = None


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

SERVERS = {server.program.name: server for server in (everything, postgres_sql)}
