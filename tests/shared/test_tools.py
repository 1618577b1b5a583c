"""What an `AnkusServer` answers, through a connected client."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult
from pydantic import BaseModel, Field

from ankus_shared.errors import AnkusError, DependencyError
from ankus_shared.results import LONGEST_MESSAGE
from ankus_shared.tools import READ_ONLY, AnkusServer, answer

Count = Annotated[int, Field(description="How many.", ge=1, le=10)]
SECRET = "password=hunter2"


def make_server(**options: Any) -> AnkusServer:
    server = AnkusServer("test", version="1.0", instructions="Test.", **options)

    @server.tool(annotations=READ_ONLY)
    def count_sheep(count: Count, name: str = "Dolly") -> CallToolResult:
        """Count sheep.

        They have names.
        """
        return answer(f"{count} {name}", {"count": count})

    return server


def failing_server(error: BaseException) -> AnkusServer:
    server = make_server()

    @server.tool(annotations=READ_ONLY)
    def fail_always() -> CallToolResult:
        """Fail."""
        raise error

    return server


async def call(server: AnkusServer, tool: str, arguments: dict[str, Any] | None = None) -> CallToolResult:
    async with Client(server) as client:
        return await client.call_tool(tool, arguments or {})


def text_of(result: CallToolResult) -> str:
    block = result.content[0]
    assert block.type == "text"
    return block.text


def error_of(result: CallToolResult) -> dict[str, str]:
    assert result.is_error
    error: dict[str, str] = result.structured_content["error"]
    return error


async def test_an_answer_carries_text_and_a_structured_object() -> None:
    result = await call(make_server(), "count_sheep", {"count": 3})
    assert not result.is_error
    assert text_of(result) == "3 Dolly"
    assert result.structured_content == {"count": 3}


async def test_a_tool_is_listed_closed_and_without_an_output_schema() -> None:
    async with Client(make_server()) as client:
        (tool,) = (await client.list_tools()).tools
    assert tool.description == "Count sheep.\n\nThey have names."
    assert tool.output_schema is None
    assert tool.input_schema["additionalProperties"] is False
    assert tool.annotations == READ_ONLY


async def test_a_tool_that_asks_for_an_output_schema_gets_one() -> None:
    class Sheep(BaseModel):
        name: str

    server = make_server()

    @server.tool(structured_output=True)
    def get_sheep() -> Sheep:
        """Get one."""
        return Sheep(name="Dolly")

    async with Client(server) as client:
        schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        result = await client.call_tool("get_sheep", {})
    assert schemas["count_sheep"] is None
    assert schemas["get_sheep"] is not None
    assert result.structured_content == {"name": "Dolly"}


async def test_an_anticipated_failure_says_what_is_wrong_and_what_to_do_next() -> None:
    error = DependencyError("The barn is closed.", hint="Open it.", code="barn_closed")
    result = await call(failing_server(error), "fail_always")
    assert text_of(result) == "The barn is closed. Open it."
    assert error_of(result) == {"code": "barn_closed", "message": "The barn is closed.", "hint": "Open it."}


async def test_a_failure_in_a_tools_own_task_group_is_still_anticipated() -> None:
    server = make_server()

    @server.tool()
    async def fail_inside() -> CallToolResult:
        """Fail in a task."""

        async def fail() -> None:
            raise DependencyError("The barn is closed.", code="barn_closed")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fail)
        raise AssertionError

    assert error_of(await call(server, "fail_inside"))["code"] == "barn_closed"


async def test_a_failure_of_a_tool_that_another_tool_calls_is_still_anticipated() -> None:
    server = failing_server(DependencyError("The barn is closed.", code="barn_closed"))

    @server.tool()
    async def fail_by_proxy(ctx: Context[Any, Any]) -> CallToolResult:
        """Fail through another tool."""
        await MCPServer.call_tool(server, "fail_always", {}, ctx)
        raise AssertionError

    assert error_of(await call(server, "fail_by_proxy"))["code"] == "barn_closed"


async def test_a_crash_is_logged_under_a_trace_id_and_answered_without_internals(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        result = await call(failing_server(RuntimeError(SECRET)), "fail_always")
    error = error_of(result)
    assert error["code"] == "internal_error"
    assert SECRET not in result.model_dump_json()
    trace_id = error["message"].partition("trace id ")[2].rstrip(").")
    assert len(trace_id) == 32
    (record,) = [record for record in caplog.records if trace_id in record.getMessage()]
    assert record.exc_info is not None
    assert "hunter2" in str(record.exc_info[1].__cause__ if record.exc_info[1] else None)


async def test_an_error_of_the_sdk_raised_on_purpose_is_answered_without_its_prefix() -> None:
    error = error_of(await call(failing_server(ToolError("Not today.")), "fail_always"))
    assert error == {"code": "tool_error", "message": "Not today.", "hint": ""}


async def test_a_protocol_error_stays_a_protocol_error() -> None:
    server = failing_server(MCPError(-32000, "not this way"))
    with pytest.raises(MCPError, match="not this way"):
        await server.call_tool("fail_always", {})
    assert 'outcome="protocol_error",tool="fail_always"} 1.0' in server.metrics.render().decode()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "parameter 'count': field required"),
        ({"count": 0}, "parameter 'count': input should be greater than or equal to 1"),
        ({"count": "many"}, "parameter 'count': input should be a valid integer"),
        ({"count": 1, "name": 7}, "parameter 'name': input should be a valid string"),
        ({"count": 1, "colour": "black"}, "no parameter 'colour'"),
    ],
)
async def test_wrong_arguments_are_named(arguments: dict[str, Any], said: str) -> None:
    error = error_of(await call(make_server(), "count_sheep", arguments))
    assert error["code"] == "invalid_arguments"
    assert said in error["message"]
    assert error["hint"]


async def test_the_values_of_wrong_arguments_are_not_repeated() -> None:
    result = await call(make_server(), "count_sheep", {"count": SECRET})
    assert SECRET not in result.model_dump_json()


async def test_an_unknown_tool_is_answered_with_the_nearest_names() -> None:
    error = error_of(await call(make_server(), "count_ship"))
    assert error["code"] == "unknown_tool"
    assert error["hint"] == "Did you mean count_sheep?"


@given(size=st.integers(1000, 3000))
async def test_a_result_is_refused_exactly_above_the_limit(size: int) -> None:
    server = make_server(max_result_bytes=2000)

    @server.tool()
    def fill_barn() -> CallToolResult:
        """Fill it with text and structure together."""
        return answer("x" * (size // 2), {"y": "y" * (size - size // 2)})

    result = await server.call_tool("fill_barn", {})
    assert isinstance(result, CallToolResult)
    envelope = len(answer("", {"y": ""}).model_dump_json(by_alias=True, exclude_none=True))
    assert result.is_error == (size + envelope > 2000)
    if result.is_error:
        assert error_of(result)["code"] == "result_too_large"


async def test_bytes_are_counted_not_characters() -> None:
    server = make_server(max_result_bytes=4096)

    @server.tool()
    def write_russian() -> CallToolResult:
        """Write 3000 letters of two bytes."""
        return answer("ы" * 3000)

    assert error_of(await call(server, "write_russian"))["code"] == "result_too_large"


async def test_a_very_long_error_message_is_cut_and_says_so() -> None:
    error = error_of(await call(failing_server(AnkusError("x" * 100_000)), "fail_always"))
    assert len(error["message"]) < LONGEST_MESSAGE + 100
    assert "96,000 characters left out" in error["message"]


async def test_calls_are_counted_by_tool_and_outcome() -> None:
    server = failing_server(DependencyError("The barn is closed.", code="barn_closed"))
    async with Client(server) as client:
        await client.call_tool("count_sheep", {"count": 1})
        await client.call_tool("fail_always", {})
        await client.call_tool("made_up", {})
    shown = server.metrics.render().decode()
    assert 'ankus_tool_calls_total{outcome="ok",tool="count_sheep"} 1.0' in shown
    assert 'ankus_tool_calls_total{outcome="barn_closed",tool="fail_always"} 1.0' in shown
    assert 'ankus_tool_calls_total{outcome="unknown_tool",tool="unknown"} 1.0' in shown
    assert "made_up" not in shown
    assert 'ankus_tool_calls_in_flight{tool="count_sheep"} 0.0' in shown
    assert 'ankus_tool_seconds_count{tool="count_sheep"} 1.0' in shown


async def test_a_call_that_the_client_gives_up_is_cancelled_and_counted() -> None:
    server, begun, ended = make_server(), anyio.Event(), anyio.Event()

    @server.tool()
    async def sleep_long() -> CallToolResult:
        """Sleep."""
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()
        raise AssertionError

    async with Client(server, mode="legacy") as client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.call_tool, "sleep_long", {})
        await begun.wait()
        assert 'ankus_tool_calls_in_flight{tool="sleep_long"} 1.0' in server.metrics.render().decode()
        tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await ended.wait()
    assert 'outcome="cancelled",tool="sleep_long"} 1.0' in server.metrics.render().decode()


async def test_what_the_tools_share_is_opened_once_for_all_clients() -> None:
    opened: list[str] = []

    @asynccontextmanager
    async def lifespan(_: MCPServer[Any]) -> AsyncIterator[str]:
        opened.append("open")
        yield "barn"
        opened.append("closed")

    server = make_server(lifespan=lifespan)

    @server.tool()
    def name_barn(ctx: Context[str, Any]) -> CallToolResult:
        """Name it."""
        return answer(ctx.request_context.lifespan_context)

    async with server.opened():
        assert text_of(await call(server, "name_barn")) == "barn"
        assert text_of(await call(server, "name_barn")) == "barn"
        assert opened == ["open"]
    assert opened == ["open", "closed"]
    assert text_of(await call(server, "name_barn")) == "barn"


async def test_a_readiness_check_that_raises_is_named() -> None:
    server = make_server()

    async def fine() -> None:
        return None

    async def broken() -> None:
        raise OSError(SECRET)

    server.add_readiness_check("hay", fine)
    server.add_readiness_check("water", broken)
    assert await server.failing_checks() == ["water"]
