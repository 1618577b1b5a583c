"""Identities: what each sees and may call, over stdio and HTTP, with limits and a record of every call."""

import hashlib
import json
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from ankus_postgres_sql.access.audit import verify
from ankus_postgres_sql.access.matrix import Access, read_access
from ankus_postgres_sql.databases import Entry
from ankus_shared.errors import SettingsError
from tests.fixtures.db import Clone
from tests.fixtures.mcp import Program, connected, http_server
from tests.postgres_sql.test_program import SERVER, run

PROGRAM = str(Path(sys.executable).with_name("ankus-postgres-sql"))
MATRIX = """
[identity.anna]
token_sha256 = "{anna}"
tools = ["list_*", "run_query"]
statements = ["select"]
row_limit = 2

[identity.bert]
token_sha256 = "{bert}"
calls_per_minute = 1
"""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@pytest.fixture
def program(clone: Clone, tmp_path: Path) -> Program:
    """The server with two identities and an audit log."""
    access = tmp_path / "access.toml"
    access.write_text(MATRIX.format(anna=_hash("anna-token"), bert=_hash("bert-token")))
    options = ("--access", str(access), "--audit-log", str(tmp_path / "audit"))
    return Program("postgres-sql", (PROGRAM, "--database-url", clone.reader_url, *options))


@asynccontextmanager
async def _client(url: str, token: str) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            yield client


def _code(result: Any) -> str:
    assert result.is_error
    return str(result.structured_content["error"]["code"])


async def test_each_token_has_its_own_tools_rows_and_rate(program: Program, tmp_path: Path) -> None:
    with http_server(program) as server:
        async with _client(server.url, "anna-token") as anna, _client(server.url, "bert-token") as bert:
            seen = {tool.name for tool in (await anna.list_tools()).tools}
            assert {"run_query", "list_schemas"} <= seen
            assert "explain_query" not in seen
            assert "explain_query" in {tool.name for tool in (await bert.list_tools()).tools}
            assert _code(await anna.call_tool("explain_query", {"sql": "SELECT 1"})) == "tool_not_allowed"
            assert _code(await anna.call_tool("explain_query", {"no": 1})) == "tool_not_allowed"
            assert (
                _code(await anna.call_tool("run_query", {"sql": "SHOW work_mem"})) == "statement_not_allowed"
            )
            rows = await anna.call_tool(
                "run_query", {"sql": "SELECT 'sesame', n FROM generate_series(1, 9) n"}
            )
            assert rows.structured_content["row_count"] == 2
            assert not (await bert.call_tool("list_schemas", {})).is_error
            limited = await bert.call_tool("list_schemas", {})
            assert _code(limited) == "rate_limited"
            assert "retry after" in str(limited.content)
        async with httpx2.AsyncClient() as http:
            for token in ("x", "anna-tokem", _hash("anna-token")):
                answer = await http.post(server.url, headers={"Authorization": f"Bearer {token}"}, json={})
                assert answer.status_code == 401
    log = (tmp_path / "audit").read_text()
    assert "sesame" not in log
    assert verify(tmp_path / "audit").records == 6
    records = [json.loads(line) for line in log.splitlines()]
    assert [(r["identity"], r["outcome"], r["rows"]) for r in records] == [
        ("anna", "tool_not_allowed", 0),
        ("anna", "tool_not_allowed", 0),
        ("anna", "statement_not_allowed", 0),
        ("anna", "ok", 2),
        ("bert", "ok", 0),
        ("bert", "rate_limited", 0),
    ]
    assert records[3]["statement"] == "SELECT ?, n FROM generate_series(?, ?) n"


async def test_over_stdio_the_identity_is_the_one_that_the_settings_name(program: Program) -> None:
    async with connected(program, "stdio") as client:
        assert (await client.list_tools()).tools == []
        assert _code(await client.call_tool("list_schemas", {})) == "identity_required"
    named = Program(program.name, (*program.command, "--identity", "anna"))
    async with connected(named, "stdio") as client:
        assert "explain_query" not in {tool.name for tool in (await client.list_tools()).tools}
        assert not (await client.call_tool("list_schemas", {})).is_error


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[identity.anna]\ntolls = []", "unknown key identity.anna.tolls"),
        ("[role.x]\n[identity.a]\nrole = 'y'", "role.x is the role of no identity"),
        ("[identity.anna]\ntoken_sha256 = 'hunter2'", "identity.anna.token_sha256"),
        ("[people]", "unknown key people"),
        ("[identity.anna", "is not TOML"),
        ("[identity.a]\nstatements = ['drop']", "identity.a.statements.0"),
    ],
)
def test_a_wrong_access_file_is_refused_by_the_key(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "access.toml"
    path.write_text(content)
    with pytest.raises(SettingsError) as raised:
        read_access(path)
    assert said in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_the_token_command_prints_a_token_and_its_hash() -> None:
    token, digest = run("token").stdout.splitlines()
    assert digest == f'token_sha256 = "{_hash(token.removeprefix("token: "))}"'


def test_the_files_of_the_readme_are_accepted() -> None:
    readme = (SERVER / "README.md").read_text(encoding="utf-8").split("## Access")[1]
    databases, access = (part.split("```")[0] for part in readme.split("```ini\n")[1:3])
    Entry.model_validate(tomllib.loads(databases)["shop"])
    found = Access.model_validate(tomllib.loads(access.replace('"…"', f'"{_hash("x")}"')))
    assert found.role["support"].mask_of("public", "customers", "email") == "hash"
    assert found.role["support"].mask_of("sales", "leads", "phone") == "last4"
    assert not found.role["support"].may_read("public", "salaries")
    assert found.authenticate(b"x") == "anna"
    assert found.authenticate(b"y") is None
