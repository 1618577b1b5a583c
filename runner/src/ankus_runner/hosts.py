"""The MCP servers of one run: one supervisor task each, which opens, watches, restarts and closes it.

An `mcp.Client` must be closed by the task that opened it, so a supervisor owns it for its whole life;
callers only send requests through it and tell the supervisor when they find the connection dead.
"""

import base64
import json
import math
import os
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

import anyio
import httpx2
from anyio.abc import TaskGroup, TaskStatus
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT, CallToolResult, ImageContent
from mcp_types import Tool as McpTool

from ankus_runner.config import Address, HostConfig, Program, environment, executable
from ankus_runner.errors import CallTimeoutError, ServerDownError
from ankus_runner.tasks import single_error

RESTARTS = 3
"""How often a server is started again in one run before it is given up."""

START_SECONDS = 60.0
"""How long a server may take to start; an embedded database makes its data directory then."""


MOST_TOOLS = 2_000
"""Of one server."""


@dataclass(frozen=True)
class Image:
    """A picture that a tool drew."""

    media_type: str
    data: bytes


@dataclass(frozen=True)
class ToolResult:
    """What a tool answered: text, structured part, whether it says that it failed, and pictures."""

    text: str
    structured: dict[str, Any] | None
    failed: bool
    images: tuple[Image, ...] = ()
    cached: bool = False
    """Whether it is what an earlier call answered."""

    @property
    def advice(self) -> str:
        """What to correct in the call, by the tool: `advice` in its structured part; "" for nothing."""
        advice = (self.structured or {}).get("advice")
        return advice if isinstance(advice, str) else ""


class Server:
    """One MCP server, kept running for as long as the supervisor task runs."""

    def __init__(self, name: str, spec: Program | Address) -> None:
        self.name = name
        self.spec = spec
        self.tools: list[McpTool] = []
        self.up = False
        self._client: Client | None = None
        self._broken = anyio.Event()
        self._settled = anyio.Event()

    async def supervise(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Open the server, and open it again with a growing pause whenever its connection breaks.

        Raises:
            ServerDownError: The first start failed; later failures only leave the server down.
        """
        for attempt in range(RESTARTS + 1):
            if attempt:
                await anyio.sleep(0.2 * 2**attempt)
            try:
                await self._serve(task_status if attempt == 0 else anyio.TASK_STATUS_IGNORED)
            except ServerDownError:
                if attempt == 0:
                    raise
        self._settled.set()

    async def _serve(self, task_status: TaskStatus[None]) -> None:
        """Open the server and keep it open until its connection breaks."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
            started = False
            try:
                with anyio.CancelScope(deadline=anyio.current_time() + START_SECONDS) as starting:
                    async with AsyncExitStack() as stack:
                        client = await stack.enter_async_context(self._open(stack, log))
                        self.tools = await _tools(client)
                        starting.deadline = math.inf
                        started = True
                        await self._stay_up(client, task_status)
            except (MCPError, OSError, httpx2.HTTPError, ExceptionGroup) as error:
                raise ServerDownError(self._start_failure(log, error)) from error
            if not started:
                overdue = TimeoutError(f"no answer within {START_SECONDS:g} s")
                raise ServerDownError(self._start_failure(log, overdue))

    async def _stay_up(self, client: Client, task_status: TaskStatus[None]) -> None:
        self._client, self._broken = client, anyio.Event()
        self.up = True
        self._settled.set()
        task_status.started()
        try:
            await self._broken.wait()
        finally:
            self._restarting()

    def _open(self, stack: AsyncExitStack, log: IO[str]) -> Client:
        if isinstance(self.spec, Address):
            http = httpx2.AsyncClient(headers=self.spec.headers, timeout=httpx2.Timeout(30, read=300))
            stack.push_async_callback(http.aclose)
            return Client(streamable_http_client(self.spec.url, http_client=http))
        parameters = StdioServerParameters(
            command=executable(self.name, self.spec),
            args=list(self.spec.args),
            env=environment(self.spec, os.environ),
            cwd=self.spec.cwd,
        )
        return Client(stdio_client(parameters, errlog=cast(Any, log)))

    def _start_failure(self, log: IO[str], error: Exception) -> str:
        log.seek(0)
        lines = [line.strip() for line in log if line.strip()]
        cause = lines[-1] if lines else _cause(error)
        return f"The MCP server '{self.name}' did not start: {cause}"

    async def call(self, tool: str, arguments: Mapping[str, Any], *, seconds: float) -> ToolResult:
        """Call a tool; a cancelled or overdue call is cancelled in the server too.

        Raises:
            CallTimeoutError: There was no answer in `seconds`.
            ServerDownError: The server is down, or died during the call.
        """
        if not self.up or self._client is None:
            raise ServerDownError(f"The MCP server '{self.name}' is down.", hint="Use another tool.")
        try:
            with anyio.fail_after(seconds):
                result = await self._client.call_tool(tool, dict(arguments))
        except TimeoutError as error:
            raise CallTimeoutError(
                f"{tool} did not answer within {seconds:g} s and was cancelled.", hint="Ask for less."
            ) from error
        except (anyio.ClosedResourceError, anyio.BrokenResourceError, httpx2.HTTPError) as error:
            raise self._died(tool) from error
        except MCPError as error:
            if error.code in (CONNECTION_CLOSED, REQUEST_TIMEOUT):
                raise self._died(tool) from error
            return ToolResult(error.message, None, failed=True)
        return _result(result)

    def _died(self, tool: str) -> ServerDownError:
        self._restarting()
        self._broken.set()
        return ServerDownError(
            f"The MCP server '{self.name}' died during {tool} and is being restarted.",
            hint="Try the call again.",
        )

    def _restarting(self) -> None:
        self.up = False
        if self._settled.is_set():  # whoever waits already keeps the event that will be set
            self._settled = anyio.Event()

    async def settle(self, seconds: float) -> bool:
        """Wait until the server is up or given up; whether it is up."""
        with anyio.move_on_after(seconds):
            await self._settled.wait()
        return self.up


async def _tools(client: Client) -> list[McpTool]:
    """All tools of a server, page by page; one whose pages do not end is left at some point."""
    page = await client.list_tools()
    tools = list(page.tools)
    while page.next_cursor and len(tools) < MOST_TOOLS and page.tools:
        page = await client.list_tools(cursor=page.next_cursor)
        tools += page.tools
    return tools[:MOST_TOOLS]


def _cause(error: BaseException) -> str:
    """The first failure of a group in words; a program that ends at once leaves nothing but closed pipes."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    closed = isinstance(error, (anyio.BrokenResourceError, anyio.ClosedResourceError)) or (
        isinstance(error, MCPError) and error.code == CONNECTION_CLOSED
    )
    return "it ended without a word." if closed else str(error) or type(error).__name__


def _result(result: CallToolResult) -> ToolResult:
    text = "\n".join(block.text for block in result.content if block.type == "text")
    structured = result.structured_content if isinstance(result.structured_content, dict) else None
    images = tuple(_image(block) for block in result.content if block.type == "image")
    whole = tuple(image for image in images if image is not None)
    return ToolResult(text or _instead(result), structured, failed=result.is_error, images=whole)


def _image(block: ImageContent) -> Image | None:
    try:
        return Image(block.mime_type, base64.b64decode(block.data, validate=True))
    except ValueError:
        return None  # it is no picture that anybody could see


def _instead(result: CallToolResult) -> str:
    """What the model reads of a result without a text: never nothing, which it would take for a mistake."""
    kinds = ", ".join(dict.fromkeys(block.type for block in result.content if block.type != "text"))
    if kinds:
        return f"(The tool answered without a text: {kinds}.)"
    structured = result.structured_content
    return json.dumps(structured, ensure_ascii=False) if structured else "(The tool answered nothing.)"


class Hosts:
    """All servers of one run, by name."""

    def __init__(self, servers: Mapping[str, Server]) -> None:
        self.servers = dict(servers)

    def up(self) -> frozenset[str]:
        """The names of the servers that can be called now."""
        return frozenset(name for name, server in self.servers.items() if server.up)

    async def call(
        self, server: str, tool: str, arguments: Mapping[str, Any], *, seconds: float
    ) -> ToolResult:
        """Call a tool of a server; see `Server.call`."""
        return await self.servers[server].call(tool, arguments, seconds=seconds)

    async def settle(self, seconds: float = 10.0) -> None:
        """Wait until no server is in the middle of a restart, at most `seconds`."""
        for server in self.servers.values():
            await server.settle(seconds)


@asynccontextmanager
async def open_hosts(config: HostConfig) -> AsyncGenerator[Hosts]:
    """Start every server of `config` side by side; on leaving, each is closed by the task that opened it.

    Raises:
        ConfigError: A command does not exist.
        ServerDownError: A server does not start.
    """
    hosts = Hosts({name: Server(name, spec) for name, spec in config.mcpServers.items()})
    for server in hosts.servers.values():
        if isinstance(server.spec, Program):
            executable(server.name, server.spec)
    with single_error():
        async with anyio.create_task_group() as supervisors:
            async with anyio.create_task_group() as starting:
                for server in hosts.servers.values():
                    starting.start_soon(_start, supervisors, server)
            yield hosts
            supervisors.cancel_scope.cancel()


async def _start(supervisors: TaskGroup, server: Server) -> None:
    await supervisors.start(server.supervise)
