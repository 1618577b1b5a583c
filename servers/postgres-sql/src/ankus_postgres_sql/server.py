"""The MCP server: five tools over one database, each a thin call into the domain."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib import metadata, resources
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from pydantic import Field

from ankus_postgres_sql import explore, query
from ankus_postgres_sql.answer import Answer
from ankus_postgres_sql.database import Database, open_database, posture
from ankus_postgres_sql.settings import Settings
from ankus_shared.tools import READ_ONLY, AnkusServer, answer

Select = Annotated[str, Field(description="One SELECT in PostgreSQL's SQL", min_length=1)]
DatabaseContext = Context[Database, Any]


def build_server(settings: Settings) -> AnkusServer:
    """The server; it opens its database when it begins to serve."""
    opened: list[Database] = []

    @asynccontextmanager
    async def lifespan(_: MCPServer[Any]) -> AsyncIterator[Database]:
        async with open_database(settings) as database:
            opened.append(database)
            try:
                yield database
            finally:
                opened.clear()

    server = AnkusServer(
        "postgres-sql",
        version=metadata.version("ankus-postgres-sql"),
        instructions=_text("instructions"),
        lifespan=lifespan,
    )

    async def check_database() -> None:
        await posture(opened[0])

    server.add_readiness_check("database", check_database)
    _add_tools(server)
    _add_prompts(server)
    return server


def _add_tools(server: AnkusServer) -> None:
    @server.tool(annotations=READ_ONLY)
    async def list_schemas(ctx: DatabaseContext) -> CallToolResult:
        """List the database's schemas and how many tables each has."""
        return _result(await explore.list_schemas(_database(ctx)))

    @server.tool(annotations=READ_ONLY)
    async def list_tables(
        ctx: DatabaseContext,
        schema: Annotated[str, Field(description="Only this schema; empty for all")] = "",
    ) -> CallToolResult:
        """List the tables with columns, types, keys, foreign keys and the values of columns with few."""
        return _result(await explore.list_tables(_database(ctx), schema))

    @server.tool(annotations=READ_ONLY)
    async def describe_table(
        ctx: DatabaseContext,
        table: Annotated[str, Field(description="Name of a table or view", min_length=1)],
    ) -> CallToolResult:
        """Describe one table: columns, keys both ways, comments, indexes, values and ranges."""
        return _result(await explore.describe_table(_database(ctx), table))

    @server.tool(annotations=READ_ONLY)
    async def run_query(
        ctx: DatabaseContext,
        sql: Select,
        max_rows: Annotated[int, Field(description="Rows at most; 0 for the default", ge=0, le=1000)] = 0,
    ) -> CallToolResult:
        """Run one SELECT and return its rows. Only reads run; an error says what to correct."""
        return _result(await query.run_query(_database(ctx), sql, max_rows))

    @server.tool(annotations=READ_ONLY)
    async def explain_query(
        ctx: DatabaseContext,
        sql: Select,
        analyze: Annotated[bool, Field(description="Run it and measure")] = False,
    ) -> CallToolResult:
        """Show PostgreSQL's plan for one SELECT, with estimated costs."""
        return _result(await query.explain_query(_database(ctx), sql, analyze))


def _add_prompts(server: AnkusServer) -> None:
    @server.prompt()
    def answer_question(
        question: Annotated[str, Field(description="What to find out, in plain words")],
    ) -> str:
        """Answer a question about the data with a query that was run."""
        return _text("answer_question").replace("{question}", question)


def _database(ctx: DatabaseContext) -> Database:
    return ctx.request_context.lifespan_context


def _result(found: Answer) -> CallToolResult:
    return answer(found.text, found.structured)


@cache
def _text(name: str) -> str:
    """The text of `prompts/<name>.md`."""
    file = resources.files("ankus_postgres_sql").joinpath("prompts", f"{name}.md")
    return file.read_text(encoding="utf-8").strip()
