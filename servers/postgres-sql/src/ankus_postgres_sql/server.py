"""The MCP server: its tools by area, its prompts, and the database that they share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib import metadata, resources
from typing import Annotated, Any

from mcp.server import MCPServer
from pydantic import Field

from ankus_postgres_sql import read_tools
from ankus_postgres_sql.database import Database, open_database, posture
from ankus_postgres_sql.settings import Settings
from ankus_postgres_sql.toolset import Toolset
from ankus_shared.tools import AnkusServer


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
    toolset = Toolset(server)
    read_tools.add_tools(toolset)
    _add_prompts(server)
    return server


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
