"""What a tool hands back: an answer, or a failure that says what to do next."""

import difflib
import uuid
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.types import CallToolResult, ContentBlock, ImageContent, TextContent
from opentelemetry import trace
from pydantic import ValidationError

from ankus_shared.answers import Answer
from ankus_shared.errors import AnkusError, LimitError

LONGEST_MESSAGE = 4000
"""Characters of an error message that reach the client; databases quote whole statements in theirs."""


class ArgumentError(AnkusError):
    """Raised when a tool is called with a parameter it does not have, or with a wrong value for one."""

    code = "invalid_arguments"


class UnknownToolError(AnkusError):
    """Raised when a tool is called that the server does not have."""

    code = "unknown_tool"


def answer(text: str, structured: Mapping[str, Any] | None = None) -> CallToolResult:
    """Make a successful result from readable text and, beside it, a small JSON object."""
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content=None if structured is None else dict(structured),
    )


def result_of(found: Answer) -> CallToolResult:
    """Make the successful result of a domain function's answer, pictures included."""
    result = answer(found.text, found.structured)
    pictures = [
        ImageContent(type="image", data=b64encode(picture.data).decode(), mime_type=picture.media_type)
        for picture in found.pictures
    ]
    content: list[ContentBlock] = [*result.content, *pictures]
    return result.model_copy(update={"content": content})


def failure(error: AnkusError) -> CallToolResult:
    """Make the result with `isError` that stands for an anticipated failure."""
    message = _shortened(error.message)
    text = f"{message} {error.hint}".strip()
    return CallToolResult(
        content=[TextContent(type="text", text=text)],
        structured_content={"error": {"code": error.code, "message": message, "hint": error.hint}},
        is_error=True,
    )


def within_limit(result: CallToolResult, max_bytes: int) -> CallToolResult:
    """Return `result` if it takes at most `max_bytes` as JSON, text and structured part together.

    Raises:
        LimitError: With code `result_too_large`, if it takes more.
    """
    size = len(result.model_dump_json(by_alias=True, exclude_none=True).encode())
    if size <= max_bytes:
        return result
    raise LimitError(
        f"The result takes {size:,} bytes; at most {max_bytes:,} are allowed.",
        hint="Ask for less: fewer rows, fewer columns, a narrower filter or a smaller page.",
        code="result_too_large",
    )


_NAMED_SCHEMAS = frozenset({"properties", "$defs"})
_NO_SCHEMAS = frozenset({"default", "const", "enum", "examples"})


def without_titles(schema: Any) -> Any:
    """A JSON Schema without the keyword `title`; properties, definitions and values of that name stay."""
    if isinstance(schema, list):
        return [without_titles(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {key: _part_without_titles(key, value) for key, value in schema.items() if key != "title"}


def _part_without_titles(key: str, value: Any) -> Any:
    if key in _NO_SCHEMAS:
        return value
    if key in _NAMED_SCHEMAS:
        return {name: without_titles(schema) for name, schema in value.items()}
    return without_titles(value)


def unknown_tool(name: str, known: Iterable[str]) -> UnknownToolError:
    """The error for a tool that does not exist, with the nearest names."""
    names = sorted(known)
    nearest = difflib.get_close_matches(name, names, n=3)
    hint = f"Did you mean {' or '.join(nearest)}?" if nearest else f"The tools are: {', '.join(names)}."
    return UnknownToolError(f"There is no tool named {name[:80]!r}.", hint=hint)


def unknown_parameters(tool: str, given: Iterable[str], schema: Mapping[str, Any]) -> ArgumentError | None:
    """The error for arguments that `schema` does not describe, or None where it describes them all."""
    known = schema.get("properties", {})
    unknown = sorted(name[:80] for name in given if name not in known)
    if not unknown or schema.get("additionalProperties"):
        return None
    return ArgumentError(
        f"Tool '{tool}' has no parameter {', '.join(map(repr, unknown))}.",
        hint=f"Its parameters are: {', '.join(known)}." if known else "It takes no parameters.",
    )


def anticipated(error: ToolError, tool: str) -> AnkusError | None:
    """The `AnkusError` that `error`, as the SDK raises it around a tool, stands for; None for a crash."""
    cause = error.__cause__
    while isinstance(cause, UnexpectedToolError):  # a tool that called another tool
        cause = cause.__cause__
    if isinstance(cause, BaseExceptionGroup):  # what a tool's own task group raises
        cause = _first_leaf(cause)
    if isinstance(cause, AnkusError):
        return cause
    if isinstance(error, UnexpectedToolError):
        return None
    if isinstance(cause, ValidationError):
        return _invalid_arguments(cause, tool)
    return AnkusError(str(cause or error), code="tool_error")


def crash(tool: str) -> AnkusError:
    """The error for a failure that nobody saw coming: a trace id for the log, and no internals."""
    context = trace.get_current_span().get_span_context()
    trace_id = f"{context.trace_id:032x}" if context.is_valid else uuid.uuid4().hex
    return AnkusError(
        f"Tool '{tool}' failed unexpectedly (trace id {trace_id}).",
        hint="Try other arguments or another tool; the server's log tells more under this trace id.",
        code="internal_error",
    )


def _invalid_arguments(error: ValidationError, tool: str) -> ArgumentError:
    """Name each wrong parameter and what was expected, from pydantic's own words."""
    wrong = [
        f"parameter '{'.'.join(map(str, item['loc']))}': {item['msg'][:1].lower()}{item['msg'][1:]}"
        for item in error.errors(include_url=False, include_input=False, include_context=False)[:5]
    ]
    return ArgumentError(
        f"Tool '{tool}' was called with wrong arguments: {'; '.join(wrong)}.",
        hint="Correct them by the tool's input schema and call it again.",
    )


def _first_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first anticipated failure in a group that holds nothing else, or the group itself."""
    anticipated_part, rest = group.split(AnkusError)
    leaf: BaseException = group if anticipated_part is None or rest is not None else anticipated_part
    while isinstance(leaf, BaseExceptionGroup) and leaf is not group:
        leaf = leaf.exceptions[0]
    return leaf


def _shortened(message: str) -> str:
    if len(message) <= LONGEST_MESSAGE:
        return message
    return f"{message[:LONGEST_MESSAGE]}… ({len(message) - LONGEST_MESSAGE:,} characters left out)"
