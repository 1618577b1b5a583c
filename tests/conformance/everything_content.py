"""Resources, prompts and completion of the server for the official conformance suite."""

import base64
import struct
import zlib

from mcp.server import ServerRequestContext
from mcp.server.mcpserver import UserMessage
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    PromptReference,
    ResourceTemplateReference,
    SubscribeRequestParams,
    TextResourceContents,
    UnsubscribeRequestParams,
)

from ankus_shared.tools import AnkusServer


def _png_of_one_red_pixel() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _wav_of_silence() -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", 8) + b"\x80" * 8
    return b"RIFF" + struct.pack("<I", len(body)) + body


_PNG = _png_of_one_red_pixel()
PIXEL = base64.b64encode(_PNG).decode()
SILENCE = base64.b64encode(_wav_of_silence()).decode()


def add_content(server: AnkusServer) -> None:
    """Add what the suite reads, and what it subscribes to."""
    _add_resources(server)
    _add_subscriptions(server)
    _add_prompts(server)
    _add_completion(server)


def _add_resources(server: AnkusServer) -> None:
    @server.resource("test://static-text", mime_type="text/plain")
    def static_text() -> str:
        """A text that never changes."""
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png")
    def static_binary() -> bytes:
        """A picture that never changes."""
        return _PNG

    @server.resource("test://watched-resource", mime_type="text/plain")
    def watched_resource() -> str:
        """A text to subscribe to."""
        return "Watched."

    @server.resource("test://template/{id}/data", mime_type="application/json")
    def template_data(id: str) -> dict[str, object]:
        """What belongs to an id."""
        return {"id": id, "templateTest": True, "data": f"Data for ID: {id}"}


def _add_subscriptions(server: AnkusServer) -> None:
    """resources/subscribe, which protocol versions up to 2025-11-25 have and `MCPServer` does not serve."""

    async def subscribe(
        _ctx: ServerRequestContext[object], _params: SubscribeRequestParams | UnsubscribeRequestParams
    ) -> EmptyResult:
        return EmptyResult()

    add = server._lowlevel_server.add_request_handler
    add("resources/subscribe", SubscribeRequestParams, subscribe)
    add("resources/unsubscribe", UnsubscribeRequestParams, subscribe)


def _add_prompts(server: AnkusServer) -> None:
    @server.prompt()
    def test_simple_prompt() -> str:
        """A prompt without arguments."""
        return "This is a simple prompt for testing."

    @server.prompt()
    def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
        """A prompt with two arguments."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @server.prompt()
    def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
        """A prompt that embeds a resource."""
        text = TextResourceContents(
            uri=resourceUri, mime_type="text/plain", text="Embedded resource content for testing."
        )
        return [
            UserMessage(EmbeddedResource(resource=text)),
            UserMessage("Please process the embedded resource above."),
        ]

    @server.prompt()
    def test_prompt_with_image() -> list[UserMessage]:
        """A prompt that shows an image."""
        image = ImageContent(data=PIXEL, mime_type="image/png")
        return [UserMessage(image), UserMessage("Please analyze the image above.")]


def _add_completion(server: AnkusServer) -> None:
    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator] # the SDK leaves it untyped
    async def complete(
        _ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        _context: CompletionContext | None,
    ) -> Completion:
        known = ["paris", "park", "party", "test"]
        values = [value for value in known if value.startswith(argument.value)]
        return Completion(values=values, total=len(values), has_more=False)
