"""Several databases in one server: one parameter more, and each stands alone."""

import sys
from pathlib import Path

import httpx2
import pytest
from mcp import Client

from ankus_postgres_sql.databases import read_databases
from ankus_postgres_sql.settings import Settings
from ankus_shared.errors import SettingsError
from tests.fixtures.db import Clone
from tests.fixtures.mcp import Program, connected, http_server

PROGRAM = str(Path(sys.executable).with_name("ankus-postgres-sql"))


def _program(folder: Path, clone: Clone) -> Program:
    (folder / "url").write_text(clone.server.url("postgres", "ankus_reader"))
    path = folder / "databases.toml"
    path.write_text(
        f'[shop]\nurl = "{clone.reader_url}"\ndescription = "Orders"\n'
        f'[other]\nurl_file = "{folder / "url"}"\n'
        '[gone]\nurl = "postgresql://reader:hunter2@127.0.0.1:1/gone"\n'
    )
    return Program("postgres-sql", (PROGRAM, "--databases", str(path)))


async def test_each_tool_takes_the_database_by_name_and_the_first_by_default(
    clone: Clone, tmp_path: Path
) -> None:
    async with connected(_program(tmp_path, clone), "stdio") as client:
        tools = (await client.list_tools()).tools
        for tool in tools:
            assert tool.input_schema["properties"]["database"]["enum"] == ["shop", "other", "gone"]
            assert "database" not in tool.input_schema.get("required", [])
        assert "shop (Orders); other; gone" in (client.instructions or "")
        assert clone.name in await _current(client)
        assert "postgres" in await _current(client, "other")


async def test_one_that_is_down_is_said_and_takes_no_other_down(clone: Clone, tmp_path: Path) -> None:
    with http_server(_program(tmp_path, clone)) as server:
        async with connected(_program(tmp_path, clone), "http", server) as client:
            down = await client.call_tool("list_schemas", {"database": "gone"})
            assert down.structured_content is not None
            assert down.structured_content["error"]["code"] == "database_unavailable"
            assert "hunter2" not in str(down)
            assert clone.name in await _current(client, "shop")
        async with httpx2.AsyncClient() as http:
            ready = await http.get(f"{server.base}/readyz")
    assert (ready.status_code, ready.json()["failing"]) == (503, ["database gone"])


async def test_with_one_database_the_tools_have_no_such_parameter(clone: Clone) -> None:
    program = Program("postgres-sql", (PROGRAM, "--database-url", clone.reader_url))
    async with connected(program, "stdio") as client:
        for tool in (await client.list_tools()).tools:
            assert "database" not in tool.input_schema["properties"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[shop]\nurk = 'x'", "unknown key shop.urk"),
        ("[shop]", "shop needs either url or url_file"),
        ("", "names no database"),
        ("['a b']\nurl = 'x'", "'a b' is no name"),
    ],
)
def test_a_wrong_file_is_refused_by_the_key(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "databases.toml"
    path.write_text(content)
    with pytest.raises(SettingsError) as raised:
        read_databases(Settings(databases=path))
    assert said in str(raised.value)


async def _current(client: Client, name: str | None = None) -> str:
    chosen = {} if name is None else {"database": name}
    result = await client.call_tool("run_query", {"sql": "SELECT current_database()", **chosen})
    assert not result.is_error
    return str(result.content)
