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
from typing import Annotated, Any, Concatenate, Literal, ParamSpec

from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.databases import Databases
from ankus_shared.access import caller_of
from ankus_shared.answers import Answer
from ankus_shared.results import result_of
from ankus_shared.tools import READ_ONLY, AnkusServer

DatabaseContext = Context[Databases, Any]
P = ParamSpec("P")
Function = Callable[Concatenate[Database, P], Awaitable[Answer]]


class Toolset:
    """Registers functions over a database as tools of one server.

    Args:
        server: Where they are registered.
        chosen: Names of the sets that are switched on.
        databases: Names of the databases.
        name: The set that the tools belong to; one that is not chosen is not registered.
    """

    def __init__(
        self, server: AnkusServer, chosen: frozenset[str], databases: list[str], name: str = "read"
    ) -> None:
        self.server = server
        self._databases = databases
        self._chosen = chosen
        self._name = name

    def only(self, name: str) -> "Toolset":
        """The same for tools of another set: `read`, `tuning` or `write`."""
        return Toolset(self.server, self._chosen, self._databases, name)

    def tool(self, annotations: ToolAnnotations = READ_ONLY) -> Callable[[Function[P]], Function[P]]:
        """Decorate a function `(database, …) -> Answer` as the tool of its name and docstring."""

        def register(function: Function[P]) -> Function[P]:
            if self._name in self._chosen:
                self.server.add_tool(_as_tool(function, self._databases), annotations=annotations)
            return function

        return register


def _as_tool(function: Callable[..., Awaitable[Answer]], names: list[str]) -> Callable[..., Any]:
    """The function with the call's context in the place of the database, as the SDK reads signatures.

    Args:
        names: Those of the databases; more than one become the parameter `database`.
    """

    @functools.wraps(function)
    async def tool(ankus_context: DatabaseContext, **arguments: Any) -> CallToolResult:
        chosen = arguments.pop("database", "") if several else ""
        database = await database_of(ankus_context, chosen)
        return result_of(await function(database, **arguments | dict.fromkeys(contexts, ankus_context)))

    several = len(names) > 1
    first, *rest = inspect.signature(function, eval_str=True).parameters.values()
    contexts = [parameter.name for parameter in rest if parameter.annotation is DatabaseContext]
    shown = [parameter for parameter in rest if parameter.name not in contexts]
    context = first.replace(name="ankus_context", annotation=DatabaseContext)
    choice = [_choice(names)] if several else []
    vars(tool)["__signature__"] = inspect.Signature([context, *shown, *choice])
    tool.__annotations__ = {p.name: p.annotation for p in (context, *shown, *choice)}
    del vars(tool)["__wrapped__"]  # or the SDK would read the function's own signature
    return tool


def _choice(names: list[str]) -> inspect.Parameter:
    """The parameter that says which database is meant, by default the first."""
    return inspect.Parameter(
        "database",
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=names[0],
        annotation=Annotated[Literal[tuple(names)], Field(description="Database to use")],
    )


async def database_of(context: DatabaseContext, name: str = "") -> Database:
    """The database that a call means, as its caller sees it."""
    caller = caller_of(context.request_context.request)
    return await context.request_context.lifespan_context.of(name, caller)
