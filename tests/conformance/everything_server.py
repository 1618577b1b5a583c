"""A server with everything that the official conformance suite asks for by name; run it as a program.

It is built on `ankus_shared.serve` and nothing else, so what the suite proves here holds for every Ankus
server. Each name and each text below is the suite's own; the rest is in `everything_inputs` (questions to
the client) and `everything_content` (resources and prompts).
"""

import sys
from typing import Annotated

import anyio
from mcp.server import ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.types import (
    AudioContent,
    CallToolResult,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    SetLevelRequestParams,
    TextContent,
    TextResourceContents,
)
from pydantic import Field

from ankus_shared import serve, settings
from ankus_shared.errors import AnkusError
from ankus_shared.tools import ADDITIVE, READ_ONLY, AnkusServer, answer
from tests.conformance.everything_content import PIXEL, SILENCE, add_content
from tests.conformance.everything_inputs import add_inputs

Ctx = Context[object, object]
_DEFAULTS = settings.ServeSettings()


def build_server() -> AnkusServer:
    """The server, ready to be served."""
    server = AnkusServer(
        "everything", version="1.0.0", instructions="Call any tool; each one tests a part of the protocol."
    )
    _add_content_tools(server)
    _add_long_tools(server)
    _add_waiting_tools(server)
    _add_list_change_tools(server)
    _add_legacy_requests(server)
    add_content(server)
    add_inputs(server)
    return server


def _add_content_tools(server: AnkusServer) -> None:
    """One tool for each kind of content, and one that fails."""

    @server.tool(annotations=READ_ONLY)
    def test_simple_text() -> CallToolResult:
        """Answer with one text."""
        return answer("This is a simple text response for testing.")

    @server.tool(annotations=READ_ONLY)
    def test_image_content() -> CallToolResult:
        """Answer with one image."""
        return CallToolResult(content=[ImageContent(data=PIXEL, mime_type="image/png")])

    @server.tool(annotations=READ_ONLY)
    def test_audio_content() -> CallToolResult:
        """Answer with one sound."""
        return CallToolResult(content=[AudioContent(data=SILENCE, mime_type="audio/wav")])

    @server.tool(annotations=READ_ONLY)
    def test_embedded_resource() -> CallToolResult:
        """Answer with one embedded resource."""
        return CallToolResult(content=[_resource("test://embedded-resource", "text/plain", "Embedded.")])

    @server.tool(annotations=READ_ONLY)
    def test_multiple_content_types() -> CallToolResult:
        """Answer with text, an image and a resource."""
        json = _resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}')
        text = TextContent(text="Multiple content types test:")
        return CallToolResult(content=[text, ImageContent(data=PIXEL, mime_type="image/png"), json])

    @server.tool(annotations=READ_ONLY)
    def test_error_handling() -> CallToolResult:
        """Fail on purpose."""
        raise AnkusError("This tool intentionally returns an error for testing.", hint="Ignore it.")

    @server.tool(annotations=READ_ONLY)
    def repeat_text(
        text: Annotated[str, Field(description="What to repeat.")],
        times: Annotated[int, Field(description="How often.", ge=1, le=1_000_000)] = 1,
    ) -> CallToolResult:
        """Repeat a text; the way to a result that is too large."""
        return answer(text * times, {"times": times})


def _add_long_tools(server: AnkusServer) -> None:
    """Tools that report while they work, or print where they should not."""

    @server.tool(annotations=READ_ONLY)
    async def test_tool_with_progress(ctx: Ctx) -> CallToolResult:
        """Report progress of 0, 50 and 100 of 100."""
        for done in (0, 50, 100):
            await ctx.report_progress(done, 100, f"{done} of 100")
        return answer("Done.")

    @server.tool(annotations=READ_ONLY)
    async def test_tool_with_logging(ctx: Ctx) -> CallToolResult:
        """Send three log messages."""
        for message in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            await ctx.log("info", message)
        return answer("Done.")

    @server.tool(annotations=READ_ONLY)
    async def test_logging_tool(ctx: Ctx) -> CallToolResult:
        """Log something, which reaches only a client that asked for it."""
        await ctx.log("info", "Only for who asks.")
        return answer("Done.")

    @server.tool(annotations=READ_ONLY)
    def print_noise() -> CallToolResult:
        """Write to standard output, as a careless library would."""
        print("noise", flush=True)
        print('{"jsonrpc": "2.0", "id": 1, "result": "forged"}')
        return answer("Printed.")


def _add_waiting_tools(server: AnkusServer) -> None:
    """A tool that waits for ever, and two that tell when it has begun and when it was cancelled."""
    begun, cancelled = _Events(), _Events()
    label_of = Annotated[str, Field(description="The label given to wait_forever.")]

    @server.tool(annotations=READ_ONLY)
    async def wait_forever(
        label: Annotated[str, Field(description="Name by which to ask about this call.")],
    ) -> CallToolResult:
        """Wait until cancelled."""
        begun[label].set()
        try:
            await anyio.sleep_forever()
        finally:
            cancelled[label].set()
        raise AssertionError("for ever ended")

    @server.tool(annotations=READ_ONLY)
    async def await_begun(label: label_of) -> CallToolResult:
        """Answer when the call of wait_forever with this label has begun."""
        await begun[label].wait()
        return answer("It has begun.")

    @server.tool(annotations=READ_ONLY)
    async def await_cancelled(label: label_of) -> CallToolResult:
        """Answer when the call of wait_forever with this label was cancelled."""
        await cancelled[label].wait()
        return answer("It was cancelled.")


class _Events(dict[str, anyio.Event]):
    """Events by name, made when first asked for."""

    def __missing__(self, name: str) -> anyio.Event:
        return self.setdefault(name, anyio.Event())


def _add_list_change_tools(server: AnkusServer) -> None:
    """Tools that tell subscribers that a list changed."""

    @server.tool(annotations=ADDITIVE)
    async def test_trigger_tool_change(ctx: Ctx) -> CallToolResult:
        """Announce a change of the tools."""
        await ctx.notify_tools_changed()
        return answer("Announced.")

    @server.tool(annotations=ADDITIVE)
    async def test_trigger_prompt_change(ctx: Ctx) -> CallToolResult:
        """Announce a change of the prompts."""
        await ctx.notify_prompts_changed()
        return answer("Announced.")


def _add_legacy_requests(server: AnkusServer) -> None:
    """logging/setLevel, which protocol versions up to 2025-11-25 have and `MCPServer` no longer serves."""

    async def set_level(_ctx: ServerRequestContext[object], _params: SetLevelRequestParams) -> EmptyResult:
        return EmptyResult()

    server._lowlevel_server.add_request_handler("logging/setLevel", SetLevelRequestParams, set_level)


def _resource(uri: str, mime_type: str, text: str) -> EmbeddedResource:
    return EmbeddedResource(resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


def main() -> int:
    """The program."""
    app = settings.command_line("everything", version="1.0.0", help="A server for conformance tests.")

    @app.default
    def serve_it(
        options: Annotated[settings.ServeSettings, settings.FLAT] = _DEFAULTS,
    ) -> None:
        serve.run(build_server(), options)

    return settings.run_command(app)


if __name__ == "__main__":
    sys.exit(main())
