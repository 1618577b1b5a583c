"""How a plain function over the documents becomes an MCP tool.

    def add_tools(toolset: Toolset) -> None:
        @toolset.tool()
        async def list_sources(desk: Desk) -> Answer:
            \"\"\"What the model reads of the tool.\"\"\"
            return await listing.list_sources(desk.docs)

The first parameter is what the tools share and no part of the tool's schema. A parameter annotated with
`DocsContext` is the call's, for progress.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations

from ankus_docs_rag.search.desk import Desk
from ankus_docs_rag.settings import Settings
from ankus_shared.answers import Answer
from ankus_shared.results import result_of
from ankus_shared.tools import READ_ONLY, AnkusServer

DocsContext = Context[Desk, Any]
P = ParamSpec("P")
Function = Callable[Concatenate[Desk, P], Awaitable[Answer]]


class Toolset:
    """Registers functions over the documents as tools of one server.

    Args:
        server: Where they are registered.
        settings: Of the whole server, for a tool whose work depends on one.
    """

    def __init__(self, server: AnkusServer, settings: Settings) -> None:
        self.server = server
        self.settings = settings

    def tool(self, annotations: ToolAnnotations = READ_ONLY) -> Callable[[Function[P]], Function[P]]:
        """Decorate a function `(desk, …) -> Answer` as the tool of its name and docstring."""

        def register(function: Function[P]) -> Function[P]:
            self.server.add_tool(_as_tool(function), annotations=annotations)
            return function

        return register


def _as_tool(function: Callable[..., Awaitable[Answer]]) -> Callable[..., Any]:
    """The function with the call's context in the place of the desk, as the SDK reads signatures."""

    @functools.wraps(function)
    async def tool(ankus_context: DocsContext, **arguments: Any) -> CallToolResult:
        desk = ankus_context.request_context.lifespan_context
        return result_of(await function(desk, **arguments | dict.fromkeys(contexts, ankus_context)))

    first, *rest = inspect.signature(function, eval_str=True).parameters.values()
    contexts = [parameter.name for parameter in rest if parameter.annotation is DocsContext]
    shown = [parameter for parameter in rest if parameter.name not in contexts]
    context = first.replace(name="ankus_context", annotation=DocsContext)
    vars(tool)["__signature__"] = inspect.Signature([context, *shown])
    tool.__annotations__ = {p.name: p.annotation for p in (context, *shown)}
    del vars(tool)["__wrapped__"]  # or the SDK would read the function's own signature
    return tool
