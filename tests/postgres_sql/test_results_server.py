"""Results and charts as a client of the server meets them."""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any, cast

from mcp import Client

from ankus_postgres_sql import Settings, build_server
from tests.fixtures.db import Clone
from tests.fixtures.mcp import Program, connected, http_server

README = Path(__file__).parents[2] / "servers" / "postgres-sql" / "README.md"


async def test_the_example_of_the_readme_is_true(clone: Clone) -> None:
    readme = README.read_text(encoding="utf-8").split("## Results and charts")[1]
    example = tomllib.loads(readme.split("```toml\n")[1].split("```")[0])
    with clone.admin() as admin:
        admin.execute(example["setup"].encode())
        admin.execute("GRANT SELECT ON visits TO PUBLIC")
    async with Client(build_server(Settings(database_url=clone.reader_url))) as client:
        for call in example["call"]:
            result = await client.call_tool(call["tool"], call["arguments"])
            assert call["answer"].strip() in text_of(result)
            assert [part.type for part in result.content[1:]] == ["image"] * (call["tool"] == "plot_result")


async def test_sessions_do_not_see_each_others_results(clone: Clone) -> None:
    program = Program("postgres-sql", (sys.executable, "-m", "ankus_postgres_sql"))
    with http_server(program, "--database-url", clone.reader_url) as server:
        async with (
            connected(program, "http-2025-11-25", server) as one,
            connected(program, "http-2025-11-25", server) as two,
            connected(program, "sse", server) as three,
            connected(program, "http", server) as without,
        ):
            made = await one.call_tool("run_query", {"sql": "SELECT 'secret' AS word"})
            assert made.structured_content is not None
            assert made.structured_content["result_id"] == "r1"
            for other in (two, three, without):
                await expect_expired(other, "r1")
            seen = await one.call_tool("get_result", {"result_id": "r1"})
            assert "secret" in text_of(seen)
            free = await without.call_tool("run_query", {"sql": "SELECT 'free' AS word"})
            assert free.structured_content is not None
            name = free.structured_content["result_id"]
            assert re.fullmatch("r[0-9a-f]{16}", name)
            joined = await without.call_tool("run_query", {"sql": f"SELECT word FROM {name}"})
            assert "free" in text_of(joined)
            await expect_expired(one, name)


async def test_users_of_one_client_do_not_see_each_others_results(clone: Clone) -> None:
    anna, boris = cast(Any, {"ankus/whose": "a"}), cast(Any, {"ankus/whose": "b"})
    async with Client(build_server(Settings(database_url=clone.reader_url))) as client:
        for whose, word in ((anna, "one"), (boris, "two")):
            made = await client.call_tool("run_query", {"sql": f"SELECT '{word}' AS word"}, meta=whose)
            assert made.structured_content is not None
            assert made.structured_content["result_id"] == "r1"

        asked = {"sql": "SELECT word FROM r1"}
        seen = [text_of(await client.call_tool("run_query", asked, meta=whose)) for whose in (anna, boris)]

        assert [("one" in text, "two" in text) for text in seen] == [(True, False), (False, True)]
        assert "no result r1" in text_of(await client.call_tool("get_result", {"result_id": "r1"}))


async def test_tools_for_results_are_small(clone: Clone) -> None:
    server = build_server(Settings(database_url=clone.reader_url))
    found = [tool for tool in await server.list_tools() if tool.name in ("get_result", "plot_result")]
    assert len(found) == 2
    assert sum(len(tool.model_dump_json(by_alias=True, exclude_none=True).encode()) for tool in found) < 1910


async def expect_expired(client: Client, name: str) -> None:
    result = await client.call_tool("get_result", {"result_id": name})
    assert result.is_error
    assert result.structured_content is not None
    assert result.structured_content["error"]["code"] == "result_expired"


def text_of(result: Any) -> str:
    """The text of a tool's result."""
    return str(result.content[0].text)
