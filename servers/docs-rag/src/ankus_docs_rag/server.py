"""The MCP server: its tools by area, its prompts, and the documents and the model that they share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib import metadata
from typing import Annotated, Any

import anyio
from mcp.server import MCPServer
from pydantic import Field

from ankus_docs_rag.embed.catalogue import check_name
from ankus_docs_rag.ingest import tools as ingest
from ankus_docs_rag.named import prompt
from ankus_docs_rag.search import tools as search
from ankus_docs_rag.search.desk import Desk
from ankus_docs_rag.search.opening import searcher_of
from ankus_docs_rag.settings import Settings
from ankus_docs_rag.store.docs import open_docs
from ankus_docs_rag.toolset import Toolset
from ankus_shared.tools import AnkusServer

AREAS = (search, ingest)
"""The modules that add tools, in the order in which a client sees them."""


def build_server(settings: Settings) -> AnkusServer:
    """The server; it opens its database when it begins to serve, and loads its model meanwhile.

    Raises:
        UnknownModel: If the settings name a model that there is not.
    """
    check_name(settings.model)
    opened: list[Desk] = []

    @asynccontextmanager
    async def lifespan(_: MCPServer[Any]) -> AsyncIterator[Desk]:
        async with open_docs(settings) as docs:
            desk = Desk(docs, partial(searcher_of, settings), results=settings.result_cache)
            opened.append(desk)
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(desk.warm)
                    yield desk
                    tasks.cancel_scope.cancel()
            finally:  # the model has been loaded by now, or never will be
                opened.clear()
                desk.close()

    async def check_database() -> None:
        await opened[0].docs.check()

    server = AnkusServer(
        "docs-rag",
        version=metadata.version("ankus-docs-rag"),
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
    def answer_with_citations(
        question: Annotated[str, Field(description="The question, in Russian or English")],
    ) -> str:
        """Answer a question from the documents, with numbered citations."""
        return prompt("answer_with_citations").format(question=question)

    @server.prompt()
    def compare_versions(
        topic: Annotated[str, Field(description="A feature, setting or statement")],
        versions: Annotated[str, Field(description="Such as: 15 and 16")],
    ) -> str:
        """Compare what two versions of the documents say."""
        return prompt("compare_versions").format(topic=topic, versions=versions)
