"""Serving over HTTP: where, to whom, how it is watched and how it ends."""

import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from ankus_shared.errors import SettingsError
from ankus_shared.http import open_listener
from ankus_shared.settings import ServeSettings
from tests.fixtures.mcp import HttpServer, Program, http_server, started

TOKEN = "a-token-of-some-length"
MCP_PATHS = [("POST", "/mcp"), ("GET", "/mcp"), ("GET", "/sse"), ("POST", "/messages/?session_id=0")]


def _request(server: HttpServer, method: str, path: str, **headers: str) -> httpx2.Response:
    return httpx2.request(method, f"{server.base}{path}", headers=headers)


def test_the_chosen_port_is_announced_at_every_log_level(barn: Program) -> None:
    with http_server(barn, "--log-level", "error") as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert server.process.errors == [f"ankus-barn: listening on {server.url}\n"]
        assert _request(server, "GET", "/healthz").status_code == 200


async def test_streamable_http_and_sse_are_served_by_one_process(barn: Program) -> None:
    with http_server(barn) as server:
        async with (
            Client(server.url) as client,
            Client(sse_client(f"{server.base}/sse"), mode="legacy") as old,
        ):
            assert not (await client.call_tool("count_sheep", {})).is_error
            assert not (await old.call_tool("count_sheep", {})).is_error


async def test_sse_alone_does_not_serve_streamable_http(barn: Program) -> None:
    with http_server(barn, transport="sse") as server:
        assert server.url.endswith("/sse")
        assert _request(server, "POST", "/mcp").status_code == 404
        async with Client(sse_client(server.url), mode="legacy") as client:
            assert not (await client.call_tool("count_sheep", {})).is_error


def test_a_port_in_use_is_one_line_and_a_failure(barn: Program, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started(barn, "--transport", "http", "--port", port) as process:
            assert process.wait() == 2
            (line,) = process.errors
    assert line.startswith(f"barn: Cannot listen on 127.0.0.1, port {port}: address already in use")
    assert not (tmp_path / "opened").exists()


def test_an_address_that_others_reach_needs_a_token(barn: Program, tmp_path: Path) -> None:
    with started(barn, "--transport", "http", "--host", "0.0.0.0", "--port", "0") as process:
        assert process.wait() == 2
        (line,) = process.errors
    assert line.startswith("barn: Refusing to listen on 0.0.0.0 without a token")
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"])
def test_no_socket_is_bound_where_others_reach_without_a_token(host: str) -> None:
    with pytest.raises(SettingsError) as raised:
        open_listener(ServeSettings(host=host, port=0))
    assert raised.value.code == "token_required"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (ServeSettings(host="no such host"), "is not an address of this machine"),
        (ServeSettings(host=""), "is not an address of this machine"),
        (ServeSettings(host="192.0.2.1"), "Cannot listen on 192.0.2.1"),
        (ServeSettings(token_file=Path("/no/such/file")), "cannot be read: No such file"),
        (ServeSettings(token_file=Path("/dev/null")), "holds no usable token"),
    ],
)
def test_a_wrong_address_or_token_file_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, settings: ServeSettings, said: str
) -> None:
    monkeypatch.setenv("ANKUS_TOKEN", TOKEN)
    with pytest.raises(SettingsError) as raised:
        open_listener(settings)
    assert said in raised.value.message
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize("token", ["", "  ", "two words", "ключ"])
def test_a_token_that_no_header_can_carry_is_refused(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("ANKUS_TOKEN", token)
    with pytest.raises(SettingsError, match="ANKUS_TOKEN holds no usable token"):
        open_listener(ServeSettings(port=0))


def test_without_the_token_nothing_but_the_probes_answers(barn: Program) -> None:
    program = Program(barn.name, barn.command, {**barn.env, "ANKUS_TOKEN": TOKEN})
    with http_server(program) as server:
        for method, path in [*MCP_PATHS, ("GET", "/metrics"), ("GET", "/no-such-path")]:
            for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
                refused = _request(server, method, path, **given)
                assert refused.status_code == 401, (method, path, given)
                assert refused.headers["www-authenticate"] == "Bearer"
        assert _request(server, "GET", "/healthz").status_code == 200
        assert _request(server, "GET", "/readyz").status_code == 200
        assert _request(server, "GET", "/metrics", Authorization=f"Bearer {TOKEN}").status_code == 200


async def test_with_the_token_from_a_file_every_transport_works_on_every_address(
    barn: Program, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    arguments = ["--host", "0.0.0.0", "--token-file", str(tmp_path / "token")]
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with http_server(barn, *arguments) as server:
        base = server.base.replace("0.0.0.0", "127.0.0.1")
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(f"{base}/mcp", http_client=http)) as client,
            Client(sse_client(f"{base}/sse", headers=headers), mode="legacy") as old,
        ):
            assert not (await client.call_tool("count_sheep", {})).is_error
            assert not (await old.call_tool("count_sheep", {})).is_error


def test_a_foreign_host_or_origin_is_refused_on_every_path(barn: Program) -> None:
    with http_server(barn, "--allowed-host", "db.example.org:8000") as server:
        for method, path in [*MCP_PATHS, ("GET", "/healthz"), ("GET", "/metrics")]:
            json = {"Content-Type": "application/json"}
            assert _request(server, method, path, Host="evil.example.com", **json).status_code == 421
            assert _request(server, method, path, Origin="http://evil.example.com", **json).status_code == 403
        for host in ("localhost:1", "127.0.0.1", "[::1]:8000", "db.example.org:8000"):
            assert _request(server, "GET", "/healthz", Host=host, Origin=f"http://{host}").status_code == 200


def test_readyz_names_what_fails_and_nothing_else(barn: Program, tmp_path: Path) -> None:
    with http_server(barn) as server:
        assert _request(server, "GET", "/readyz").json() == {"status": "ready", "failing": []}
        (tmp_path / "thirsty").touch()
        refused = _request(server, "GET", "/readyz")
        assert refused.status_code == 503
        assert refused.json() == {"status": "not ready", "failing": ["water"]}
        assert _request(server, "GET", "/healthz").status_code == 200
    assert "hunter2" not in "".join(server.process.errors)


async def test_metrics_count_what_clients_called(barn: Program) -> None:
    with http_server(barn) as server:
        async with Client(server.url) as client:
            await client.call_tool("count_sheep", {})
        shown = _request(server, "GET", "/metrics")
    assert shown.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'ankus_tool_calls_total{outcome="ok",tool="count_sheep"} 1.0' in shown.text


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
async def test_a_signal_ends_open_streams_and_calls_and_the_server(
    barn: Program, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    with http_server(barn) as server:
        async with _open_streams(server), _sleeping_call(server):
            assert await anyio.to_thread.run_sync(server.process.stop, number) == status
        assert "Traceback" not in "".join(server.process.errors)
        assert not [line for line in server.process.errors if "[error" in line]
    assert (tmp_path / "cancelled").exists()
    assert (tmp_path / "closed").exists()


@asynccontextmanager
async def _open_streams(server: HttpServer) -> AsyncIterator[None]:
    """An SSE stream that is open, as an idle older client has one."""
    async with httpx2.AsyncClient() as http, http.stream("GET", f"{server.base}/sse") as stream:
        lines = stream.aiter_lines()
        assert (await anext(lines)).startswith("event: endpoint")
        yield
        assert not [line async for line in lines if line.startswith("event: message")]


@asynccontextmanager
async def _sleeping_call(server: HttpServer) -> AsyncIterator[None]:
    """A call over Streamable HTTP that has begun, and gets no answer."""
    begun = anyio.Event()
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {
            "name": "sleep_long",
            "arguments": {},
            "_meta": {
                "progressToken": 1,
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    }
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "sleep_long",
    }

    async def calling() -> None:
        async with (
            httpx2.AsyncClient() as http,
            http.stream("POST", server.url, json=call, headers=headers) as stream,
        ):
            async for line in stream.aiter_lines():
                if "notifications/progress" in line:
                    begun.set()
                assert '"result"' not in line

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(calling)
        await begun.wait()
        yield
        tasks.cancel_scope.cancel()


def test_what_cannot_be_opened_is_one_line_and_nothing_listens(barn: Program, tmp_path: Path) -> None:
    (tmp_path / "burnt").touch()
    with started(barn, "--transport", "http", "--port", "0") as process:
        assert process.wait() == 1
        assert process.errors == ["barn: The barn is burnt. Build it.\n"]
