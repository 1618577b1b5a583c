"""What every Ankus server owes to every client, over every transport."""

import asyncio
import json
import os
import re
import signal
import subprocess
from typing import Any

import anyio
import psutil
import pytest
from jsonschema import Draft202012Validator
from mcp.types import CallToolResult, Tool

from ankus_runner.config import HostConfig
from ankus_runner.errors import ServerDownError
from ankus_runner.hosts import Hosts, open_hosts
from tests.conformance.conftest import Connection, Servers
from tests.conformance.servers import SERVERS
from tests.fixtures.mcp import Process, started

VERB_NOUN = re.compile(r"[a-z]+(_[a-z0-9]+)+")
LONGEST_NAME = 64
LARGEST_RESULT = 256 * 1024
STOPPED_WITHIN = 60.0
"""Seconds until a cancelled call must have stopped in the server."""
_WRONG = {"nested": ["object"]}  # no parameter of ours takes this, whatever its type


async def _tools(connection: Connection) -> list[Tool]:
    tools = (await connection.client.list_tools()).tools
    assert tools
    return tools


def _properties(tool: Tool) -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = tool.input_schema.get("properties", {})
    return properties


def _error(result: CallToolResult) -> dict[str, str]:
    """The structured part of a failure, which says the same as its text."""
    assert result.is_error
    error: dict[str, str] = result.structured_content["error"]
    assert set(error) == {"code", "message", "hint"}
    assert re.fullmatch(r"[a-z][a-z0-9_]*", error["code"])
    text = result.content[0]
    assert text.type == "text"
    assert text.text == f"{error['message']} {error['hint']}".strip()
    return error


async def test_the_instructions_say_how_to_use_the_server(connection: Connection) -> None:
    assert connection.client.instructions


async def test_tool_names_are_a_verb_and_a_noun_of_at_most_64_characters(connection: Connection) -> None:
    for tool in await _tools(connection):
        assert VERB_NOUN.fullmatch(tool.name), tool.name
        assert len(tool.name) <= LONGEST_NAME


async def test_every_tool_is_described_without_indentation(connection: Connection) -> None:
    for tool in await _tools(connection):
        assert tool.description
        assert not any(line.startswith("    ") for line in tool.description.splitlines()), tool.name


async def test_every_input_schema_is_a_closed_object_of_json_schema_2020_12(connection: Connection) -> None:
    for tool in await _tools(connection):
        Draft202012Validator.check_schema(tool.input_schema)
        assert tool.input_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False


async def test_every_parameter_is_described(connection: Connection) -> None:
    for tool in await _tools(connection):
        undescribed = [name for name, schema in _properties(tool).items() if not schema.get("description")]
        assert not undescribed, tool.name


async def test_every_tool_says_what_it_may_change(connection: Connection) -> None:
    for tool in await _tools(connection):
        hints = tool.annotations
        assert hints is not None, tool.name
        assert None not in (hints.read_only_hint, hints.destructive_hint), tool.name
        assert None not in (hints.idempotent_hint, hints.open_world_hint), tool.name
        assert not (hints.read_only_hint and hints.destructive_hint), tool.name


async def test_no_tool_has_an_output_schema_of_content_blocks(connection: Connection) -> None:
    for tool in await _tools(connection):
        assert "content" not in (tool.output_schema or {}).get("properties", {}), tool.name


async def test_an_unknown_tool_is_an_error_that_names_the_nearest(connection: Connection) -> None:
    name = (await _tools(connection))[0].name
    error = _error(await connection.client.call_tool(f"{name}x", {}))
    assert error["code"] == "unknown_tool"
    assert name in error["hint"]


async def test_an_unknown_parameter_is_an_error_that_names_it(connection: Connection) -> None:
    for tool in await _tools(connection):
        error = _error(await connection.client.call_tool(tool.name, {"no_such_parameter": 1}))
        assert error["code"] == "invalid_arguments"
        assert "no_such_parameter" in error["message"]


async def test_a_wrong_type_is_an_error_that_names_the_parameter(connection: Connection) -> None:
    for tool in await _tools(connection):
        for name in _properties(tool):
            error = _error(await connection.client.call_tool(tool.name, {name: _WRONG}))
            assert error["code"] == "invalid_arguments", tool.name
            assert f"'{name}" in error["message"], tool.name


async def test_a_missing_parameter_is_an_error_that_names_it(connection: Connection) -> None:
    for tool in await _tools(connection):
        required = tool.input_schema.get("required", [])
        if required:
            error = _error(await connection.client.call_tool(tool.name, {}))
            assert error["code"] == "invalid_arguments"
            assert all(f"'{name}'" in error["message"] for name in required)


async def test_an_answer_is_text_with_an_object_beside_it(connection: Connection) -> None:
    tool, arguments = connection.server.plain_call
    result = await connection.client.call_tool(tool, dict(arguments))
    assert not result.is_error, result
    assert result.content[0].type == "text"
    assert isinstance(result.structured_content, dict)


async def test_no_result_is_larger_than_the_limit(connection: Connection) -> None:
    tool, arguments = connection.server.large_call
    result = await connection.client.call_tool(tool, dict(arguments))
    assert len(result.model_dump_json(exclude_none=True).encode()) <= LARGEST_RESULT + 1024
    if result.is_error:
        assert _error(result)["hint"]


async def test_a_cancelled_call_stops_in_the_server_too(connection: Connection) -> None:
    client, long_call = connection.client, connection.server.long_call
    answers: list[CallToolResult] = []
    with long_call.meanwhile():
        async with anyio.create_task_group() as tasks:

            async def call() -> None:
                answers.append(await client.call_tool(long_call.tool, dict(long_call.arguments)))

            tasks.start_soon(call)
            await long_call.has_begun(client)
            tasks.cancel_scope.cancel()
        assert not answers
        with anyio.move_on_after(STOPPED_WITHIN) as waiting:
            await long_call.was_cancelled(client)
    assert not waiting.cancelled_caught, "the server still works on it"


async def test_progress_reaches_the_client_in_order(connection: Connection) -> None:
    if connection.server.progress_call is None:
        pytest.skip(f"no tool of {connection.server.program.name} reports progress")
    seen: list[tuple[float, float | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        seen.append((progress, total))

    tool, arguments = connection.server.progress_call
    result = await connection.client.call_tool(tool, dict(arguments), progress_callback=note)
    assert not result.is_error
    assert seen == sorted(seen)
    assert seen


@pytest.mark.parametrize("name", SERVERS)
def test_nothing_but_the_protocol_is_written_to_standard_output(servers: Servers, name: str) -> None:
    server = servers.prepared(name)
    calls = [("no_such_tool", {}), server.large_call, *([server.noise_call] if server.noise_call else [])]
    with started(server.program, "--log-level", "debug", stdin=subprocess.PIPE) as process:
        _ask(process, 0, "initialize", _INITIALIZE)
        for number, (tool, arguments) in enumerate(calls, start=1):
            _ask(process, number, "tools/call", {"name": tool, "arguments": arguments})
        assert process.popen.stdin is not None
        assert process.popen.stdout is not None
        process.popen.stdin.close()
        assert process.popen.stdout.read() == ""
        assert process.wait() == 0


_INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "purity", "version": "1"},
}


def _ask(process: Process, number: int, method: str, params: dict[str, Any]) -> None:
    """Send a request; the very next line has to be its response."""
    assert process.popen.stdin is not None
    assert process.popen.stdout is not None
    request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    process.popen.stdin.write(json.dumps(request) + "\n")
    process.popen.stdin.flush()
    response = json.loads(process.popen.stdout.readline())
    assert response["id"] == number
    assert response["jsonrpc"] == "2.0"
    assert "result" in response


def started_last(command: str) -> int:
    """Of the programs of that name which this process has started, the last."""
    ours = [child for child in psutil.Process().children() if command in child.cmdline()]
    return max(ours, key=psutil.Process.create_time).pid


async def calling_while_it_dies(hosts: Hosts, pid: int, name: str) -> None:
    """Call a stopped server and kill it once the call has been sent."""
    tool, arguments = SERVERS[name].plain_call
    calling = asyncio.create_task(hosts.call(name, tool, arguments, seconds=60))
    for _ in range(20):
        await anyio.lowlevel.checkpoint()
    os.kill(pid, signal.SIGKILL)
    await calling


@pytest.mark.parametrize("name", [name for name in SERVERS if name != "everything"])
async def test_a_call_of_a_killed_server_fails_at_once_and_the_next_is_answered(
    servers: Servers, name: str
) -> None:
    program = servers.prepared(name).program
    tool, arguments = SERVERS[name].plain_call
    command = program.command[0]
    spec = {"command": command, "args": list(program.command[1:]), "env": dict(program.env)}
    config = HostConfig.model_validate({"mcpServers": {name: spec}})

    async with open_hosts(config) as hosts:
        killed = started_last(command)
        os.kill(killed, signal.SIGSTOP)  # so that the call is surely on its way when the server dies
        with pytest.raises(ServerDownError, match="died during"):
            with anyio.fail_after(30):
                await calling_while_it_dies(hosts, killed, name)
        await hosts.settle(60)
        result = await hosts.call(name, tool, arguments, seconds=60)

        assert not result.failed
        assert started_last(command) != killed
