"""The MCP server: its tools by area, its prompts, and the graphs that they share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from typing import Annotated, Any

from mcp.server import MCPServer
from pydantic import Field

from ankus_code_graph.cypher import tools as cypher
from ankus_code_graph.maps import tools as maps
from ankus_code_graph.named import prompt
from ankus_code_graph.query import tools as query
from ankus_code_graph.search import tools as search
from ankus_code_graph.settings import Settings
from ankus_code_graph.store import tools as store
from ankus_code_graph.store.graphs import Graphs, open_graphs
from ankus_code_graph.suspicious import tools as suspicious
from ankus_code_graph.toolset import Toolset
from ankus_shared.tools import AnkusServer

AREAS = (store, search, query, maps, suspicious, cypher)
"""The modules that add tools, in the order in which a client sees them."""


def build_server(settings: Settings) -> AnkusServer:
    """The server; it opens its database when it begins to serve."""
    opened: list[Graphs] = []

    @asynccontextmanager
    async def lifespan(_: MCPServer[Any]) -> AsyncIterator[Graphs]:
        async with open_graphs(settings) as graphs:
            opened.append(graphs)
            yield graphs
            opened.clear()

    async def check_database() -> None:
        await opened[0].check()

    server = AnkusServer(
        "code-graph",
        version=metadata.version("ankus-code-graph"),
        instructions=prompt("instructions"),
        lifespan=lifespan,
    )
    server.add_readiness_check("database", check_database)
    toolset = Toolset(server, settings)
    for area in AREAS:
        area.add_tools(toolset)
    _add_prompts(server)
    return server


def _add_prompts(server: AnkusServer) -> None:
    @server.prompt()
    def find_behaviour(
        question: Annotated[str, Field(description="What the code does, in plain words")],
    ) -> str:
        """Find where a behaviour is implemented, with citations."""
        return prompt("find_behaviour").replace("{question}", question)

    @server.prompt()
    def assess_change(
        symbol: Annotated[str, Field(description="Function, macro, struct, field or global")],
    ) -> str:
        """Say what a change of one symbol would break."""
        return prompt("assess_change").replace("{symbol}", symbol)

    @server.prompt()
    def audit(
        path: Annotated[str, Field(description="Folder or file below the root; empty for all")] = "",
        topic: Annotated[str, Field(description="What to look for, in plain words; empty for all")] = "",
    ) -> str:
        """Audit a part of the code and triage what is found."""
        text = prompt("audit").replace("{path}", path or "the whole tree")
        return text.replace("{topic}", topic or "anything suspicious")
