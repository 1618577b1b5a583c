"""`AnkusServer`: an MCP server whose tools answer, fail and are limited in one way.

    server = AnkusServer("postgres-sql", version="0.1.0", instructions="…")

    @server.tool(annotations=READ_ONLY)
    async def count_rows(table: Annotated[str, Field(description="…")]) -> CallToolResult:
        return answer("12 rows", {"rows": 12})

A tool raises an `AnkusError` for what it saw coming. `AnkusServer.call_tool` is the one place that turns
every failure into a result with `isError`, whose text says what is wrong and what to do next, and whose
structured part is `{"error": {"code", "message", "hint"}}`.
"""

import inspect
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, redirect_stdout
from functools import partial
from typing import Any, Protocol, TypeVar

import anyio
from mcp import stdio_server
from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, Icon, InputRequiredResult, Tool, ToolAnnotations

from ankus_shared.access import Authenticator, caller_of
from ankus_shared.errors import AnkusError
from ankus_shared.metrics import ToolMetrics
from ankus_shared.results import (
    answer,
    anticipated,
    crash,
    failure,
    unknown_parameters,
    unknown_tool,
    within_limit,
    without_titles,
)

__all__ = [
    "ADDITIVE",
    "DESTRUCTIVE",
    "IDEMPOTENT_WRITE",
    "READ_ONLY",
    "READ_ONLY_OPEN_WORLD",
    "AnkusServer",
    "answer",
]

MAX_RESULT_BYTES = 262_144
"""Largest result of one call by default: 256 KiB of JSON, text and structured part together."""

READINESS_SECONDS = 5.0
"""How long one readiness check may take before it counts as failed."""


def _annotations(
    *, read_only: bool, destructive: bool, idempotent: bool, open_world: bool
) -> ToolAnnotations:
    return ToolAnnotations(
        read_only_hint=read_only,
        destructive_hint=destructive,
        idempotent_hint=idempotent,
        open_world_hint=open_world,
    )


READ_ONLY = _annotations(read_only=True, destructive=False, idempotent=True, open_world=False)
"""Looks at a closed world, such as one database, and changes nothing."""

READ_ONLY_OPEN_WORLD = _annotations(read_only=True, destructive=False, idempotent=True, open_world=True)
"""Looks at the open world, such as the web, and changes nothing."""

ADDITIVE = _annotations(read_only=False, destructive=False, idempotent=False, open_world=False)
"""Adds something each time it is called; never alters what is there."""

IDEMPOTENT_WRITE = _annotations(read_only=False, destructive=False, idempotent=True, open_world=False)
"""Makes something so; the second call with the same arguments changes nothing more."""

DESTRUCTIVE = _annotations(read_only=False, destructive=True, idempotent=False, open_world=False)
"""May alter or remove what is there."""

Lifespan = Callable[[MCPServer[Any]], AbstractAsyncContextManager[Any]]
ReadinessCheck = Callable[[], Awaitable[object]]
ToolResult = CallToolResult | InputRequiredResult
_Function = TypeVar("_Function", bound=Callable[..., Any])
_log = logging.getLogger(__name__)


class CallPolicy(Protocol):
    """Who may call what: a server that tells its callers apart sets one as `AnkusServer.policy`."""

    @property
    def authenticate(self) -> Authenticator | None:
        """Who a token belongs to; None where callers are not told apart by tokens."""
        ...

    def may_see(self, caller: str | None, tool: str) -> bool:
        """Whether the tool is in the caller's list."""
        ...

    async def around(
        self,
        caller: str | None,
        tool: str,
        arguments: dict[str, Any],
        proceed: Callable[[], Awaitable[ToolResult]],
    ) -> ToolResult:
        """Make one call by `proceed`, or raise an `AnkusError` that refuses it."""
        ...


class AnkusServer(MCPServer[Any]):
    """An `MCPServer` with Ankus's contract for tools.

    Args:
        name: The server's key in `mcp.json`, such as `postgres-sql`.
        version: Version of the package that serves.
        instructions: How a model should use the tools together; hosts show it to the model.
        max_result_bytes: Largest result of one call as JSON; `serve.run` sets it from its settings.
        lifespan: Opens what the tools share (a pool). It is entered once per process, however many
            clients connect; its value is `ctx.request_context.lifespan_context`.
        options: Further arguments of `MCPServer`.
    """

    def __init__(
        self,
        name: str,
        *,
        version: str,
        instructions: str,
        max_result_bytes: int = MAX_RESULT_BYTES,
        lifespan: Lifespan | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            name,
            version=version,
            instructions=instructions,
            lifespan=None if lifespan is None else self._shared_lifespan,
            middleware=[self._hide_tools, *options.pop("middleware", ())],
            **options,
        )
        self.policy: CallPolicy | None = None
        self.max_result_bytes = max_result_bytes
        self.metrics = ToolMetrics()
        self._own_lifespan = lifespan
        self._opened: list[Any] = []  # the lifespan's value, while `opened` is entered
        self._readiness: dict[str, ReadinessCheck] = {}

    def add_readiness_check(self, name: str, check: ReadinessCheck) -> None:
        """Let /readyz await `check`, which raises while the server cannot do its work."""
        self._readiness[name] = check

    async def failing_checks(self) -> list[str]:
        """Names of the readiness checks that fail now; the reasons go to the log only."""
        return [name for name, check in self._readiness.items() if not await _passes(name, check)]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Enter the lifespan once, for every client that connects meanwhile."""
        if self._own_lifespan is None:
            yield
            return
        async with self._own_lifespan(self) as value:
            self._opened.append(value)
            try:
                yield
            finally:
                self._opened.clear()

    @asynccontextmanager
    async def _shared_lifespan(self, _: MCPServer[Any]) -> AsyncIterator[Any]:
        """What the SDK enters for each connection: the open lifespan, or one of its own in a test."""
        if self._opened:
            yield self._opened[0]
            return
        async with self.opened():
            yield self._opened[0]

    def add_tool(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        title: str | None = None,
        description: str | None = None,
        annotations: ToolAnnotations | None = None,
        icons: list[Icon] | None = None,
        meta: dict[str, Any] | None = None,
        structured_output: bool | None = False,
    ) -> None:
        """Register `fn`, described by its docstring; it has an output schema only where it asks for one."""
        super().add_tool(
            fn, name, title, description or inspect.getdoc(fn), annotations, icons, meta, structured_output
        )

    def tool(
        self,
        name: str | None = None,
        title: str | None = None,
        description: str | None = None,
        annotations: ToolAnnotations | None = None,
        icons: list[Icon] | None = None,
        meta: dict[str, Any] | None = None,
        structured_output: bool | None = False,
    ) -> Callable[[_Function], _Function]:
        """Decorate a function as a tool; see `add_tool`."""
        return super().tool(name, title, description, annotations, icons, meta, structured_output)

    async def run_stdio_async(self, stdin: anyio.AsyncFile[str] | None = None) -> None:
        """Serve one client over standard output and `stdin` (standard input) until the client closes it.

        Meanwhile descriptor 1 and `sys.stdout` are standard error: a stray `print` harms nothing.
        """
        async with stdio_server(stdin=stdin) as (read, write):
            with redirect_stdout(sys.stderr):
                options = self._lowlevel_server.create_initialization_options()
                await self._lowlevel_server.run(read, write, options)

    async def list_tools(self) -> list[Tool]:
        """The tools; a schema says that further arguments are refused, because `call_tool` refuses them.

        The titles that pydantic makes from names are left out: they cost a model tokens and tell it nothing.
        """
        tools = await super().list_tools()
        for tool in tools:
            tool.input_schema = {"additionalProperties": False} | without_titles(tool.input_schema)
        return tools

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> ToolResult:
        """Call a tool; every failure but a protocol error becomes a result with `isError`.

        Raises:
            MCPError: If the tool itself answers with a protocol error.
        """
        schema = self._tool_input_schema(name)
        with self.metrics.observe(name if schema is not None else "unknown") as call:
            try:
                result = await self._permitted_call(name, arguments, context, schema)
                call.outcome = "ok"
            except AnkusError as error:
                call.outcome, result = error.code, failure(error)
            except MCPError:
                call.outcome = "protocol_error"
                raise
        return result

    async def _permitted_call(
        self,
        name: str,
        arguments: dict[str, Any],
        context: Context[Any, Any] | None,
        schema: dict[str, Any] | None,
    ) -> ToolResult:
        proceed = partial(self._checked_call, name, arguments, context, schema)
        if self.policy is None:
            return await proceed()
        caller = None if context is None else caller_of(context.request_context.request)
        return await self.policy.around(caller, name, arguments, proceed)

    async def _hide_tools(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """The SDK's middleware: leave out of tools/list what the caller may not see."""
        result = await call_next(ctx)
        if self.policy is None or ctx.method != "tools/list":
            return result
        assert isinstance(result, dict)  # the SDK serializes before its middleware
        caller = caller_of(ctx.request)
        seen = [tool for tool in result["tools"] if self.policy.may_see(caller, tool["name"])]
        return {**result, "tools": seen, **({"cacheScope": "private"} if "cacheScope" in result else {})}

    async def _checked_call(
        self,
        name: str,
        arguments: dict[str, Any],
        context: Context[Any, Any] | None,
        schema: dict[str, Any] | None,
    ) -> ToolResult:
        """Call the tool and check its result; every failure is raised as an `AnkusError` or `MCPError`."""
        if schema is None:
            raise unknown_tool(name, [tool.name for tool in await self.list_tools()])
        if wrong := unknown_parameters(name, arguments, schema):
            raise wrong
        try:
            result = await super().call_tool(name, arguments, context)
        except ToolError as error:
            raise _meaning(error, name) from error
        if isinstance(result, CallToolResult) and not result.is_error:
            return within_limit(result, self.max_result_bytes)
        return result


def _meaning(error: ToolError, tool: str) -> AnkusError:
    """What `error` says to the client; a crash is logged here, under the trace id that the client gets."""
    known = anticipated(error, tool)
    if known is not None:
        _log.info("tool failed", extra={"tool": tool, "code": known.code})
        return known
    unknown = crash(tool)
    _log.error(unknown.message, exc_info=error)
    return unknown


async def _passes(name: str, check: ReadinessCheck) -> bool:
    try:
        with anyio.fail_after(READINESS_SECONDS):
            await check()
    except Exception as error:  # a process edge: whatever a check raises means "not ready"
        _log.warning("not ready", extra={"check": name, "error": str(error)})
        return False
    return True
