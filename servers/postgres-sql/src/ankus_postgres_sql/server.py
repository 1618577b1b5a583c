"""The MCP server: its tools by area, its prompts, and the database that they share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib import metadata, resources
from typing import Annotated, Any

import anyio
from mcp.server import MCPServer
from pydantic import Field

from ankus_postgres_sql import read_tools
from ankus_postgres_sql.access.gate import build_gate
from ankus_postgres_sql.changes import tools as changes
from ankus_postgres_sql.charts import tools as chart_tools
from ankus_postgres_sql.databases import Databases, instructions, read_databases
from ankus_postgres_sql.hints import tools as hints
from ankus_postgres_sql.linking import tools as linking
from ankus_postgres_sql.linking.warm import warm_up
from ankus_postgres_sql.plans import tools as plans
from ankus_postgres_sql.results import tools as result_tools
from ankus_postgres_sql.settings import Settings
from ankus_postgres_sql.toolset import Toolset
from ankus_postgres_sql.tuning import tools as tuning
from ankus_shared.tools import AnkusServer


def build_server(settings: Settings) -> AnkusServer:
    """The server; it opens its database when it begins to serve."""
    entries, gate = read_databases(settings), build_gate(settings)
    databases = Databases(settings, entries, gate)

    @asynccontextmanager
    async def lifespan(_: MCPServer[Any]) -> AsyncIterator[Databases]:
        async with databases.opened(), anyio.create_task_group() as background:
            background.start_soon(warm_up, partial(databases.of, "", None))
            yield databases
            background.cancel_scope.cancel()

    server = AnkusServer(
        "postgres-sql",
        version=metadata.version("ankus-postgres-sql"),
        instructions=_text("instructions") + instructions(entries),
        lifespan=lifespan,
    )
    if settings.access is not None or settings.audit_log is not None:
        server.policy = gate
    for name in entries:
        server.add_readiness_check(f"database {name}".strip(), partial(databases.check, name))
    _add_tools(Toolset(server, settings.chosen_toolsets(), list(entries)))
    _add_prompts(server)
    return server


def _add_tools(toolset: Toolset) -> None:
    """Every area's tools; `toolset.only("tuning")` where they are not among the default ones."""
    read_tools.add_tools(toolset)
    linking.add_tools(toolset)
    plans.add_tools(toolset)
    hints.add_tools(toolset)
    result_tools.add_tools(toolset)
    chart_tools.add_tools(toolset)
    changes.add_tools(toolset)
    tuning.add_tools(toolset.only("tuning"))


def _add_prompts(server: AnkusServer) -> None:
    @server.prompt()
    def answer_question(
        question: Annotated[str, Field(description="What to find out, in plain words")],
    ) -> str:
        """Answer a question about the data with a query that was run."""
        return _text("answer_question").replace("{question}", question)


@cache
def _text(name: str) -> str:
    """The text of `prompts/<name>.md`."""
    file = resources.files("ankus_postgres_sql").joinpath("prompts", f"{name}.md")
    return file.read_text(encoding="utf-8").strip()
