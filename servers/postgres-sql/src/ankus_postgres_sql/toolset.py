"""How a plain function over a database becomes an MCP tool.

    def add_tools(toolset: Toolset) -> None:
        @toolset.tool()
        async def list_tables(database: Database, schema: Annotated[str, Field(…)] = "") -> Answer:
            \"\"\"What the model reads of the tool.\"\"\"
            return await explore.list_tables(database, schema)

The first parameter is the open database and no part of the tool's schema. A parameter annotated with
`Context` is the call's, for progress and elicitation.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ContentBlock, ToolAnnotations

from ankus_postgres_sql.answer import Answer
from ankus_postgres_sql.database import Database
from ankus_shared.tools import READ_ONLY, AnkusServer, answer

DatabaseContext = Context[Database, Any]
P = ParamSpec("P")
Function = Callable[Concatenate[Database, P], Awaitable[Answer]]


class Toolset:
    """Registers functions over a database as tools of one server."""

    def __init__(self, server: AnkusServer) -> None:
        self.server = server

    def tool(self, annotations: ToolAnnotations = READ_ONLY) -> Callable[[Function[P]], Function[P]]:
        """Decorate a function `(database, …) -> Answer` as the tool of its name and docstring."""

        def register(function: Function[P]) -> Function[P]:
            self.server.add_tool(_as_tool(function), annotations=annotations)
            return function

        return register


def _as_tool(function: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[CallToolResult]]:
    """The function with the call's context in the place of the database, as the SDK reads signatures."""

    @functools.wraps(function)
    async def tool(ankus_context: DatabaseContext, **arguments: Any) -> CallToolResult:
        database = ankus_context.request_context.lifespan_context
        return _result(await function(database, **arguments | dict.fromkeys(contexts, ankus_context)))

    first, *rest = inspect.signature(function, eval_str=True).parameters.values()
    contexts = [parameter.name for parameter in rest if parameter.annotation is DatabaseContext]
    shown = [parameter for parameter in rest if parameter.name not in contexts]
    context = first.replace(name="ankus_context", annotation=DatabaseContext)
    vars(tool)["__signature__"] = inspect.Signature([context, *shown])
    tool.__annotations__ = {p.name: p.annotation for p in (context, *shown)}
    del vars(tool)["__wrapped__"]  # or the SDK would read the function's own signature
    return tool


def _result(found: Answer) -> CallToolResult:
    result = answer(found.text, found.structured)
    content: list[ContentBlock] = [*result.content, *found.more]
    return result.model_copy(update={"content": content})
