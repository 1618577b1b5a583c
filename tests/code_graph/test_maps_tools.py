"""search_code and describe_architecture as a client of the server meets them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mcp import Client
from mcp.types import ImageContent

from ankus_code_graph.server import build_server
from ankus_code_graph.store.writer import open_writer
from tests.code_graph.conftest import GraphDatabase
from tests.code_graph.tree import modules


@pytest.fixture
async def client(graph_database: GraphDatabase, tmp_path: Path) -> AsyncIterator[Client]:
    with open_writer(graph_database.settings()) as writer:
        modules(tmp_path, {"app": ["lib"], "lib": []}).store(writer)
    async with Client(build_server(graph_database.settings())) as opened:
        yield opened


async def test_both_tools_only_read_and_describe_their_parameters(client: Client) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    for name in ("search_code", "describe_architecture"):
        tool = tools[name]
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert all("description" in each for each in tool.input_schema["properties"].values())
        assert "graphs" not in tool.input_schema["properties"]


async def test_a_map_comes_as_image_content_beside_the_text(client: Client) -> None:
    result = await client.call_tool("describe_architecture", {"depth": 1})
    assert not result.is_error
    [image] = [content for content in result.content if isinstance(content, ImageContent)]
    assert image.mime_type == "image/png"
    assert result.structured_content == {
        "graph": "tree",
        "modules": 2,
        "shown": 2,
        "cycles": [],
        "against_layers": 0,
    }


async def test_a_search_answers_with_a_small_structured_part(client: Client) -> None:
    result = await client.call_tool("search_code", {"query": "does its part"})
    assert not result.is_error
    assert result.structured_content is not None
    assert result.structured_content["mode"] == "meaning"
    found = await client.call_tool("search_code", {"query": "does its part", "mode": "text", "limit": 1})
    assert found.structured_content is not None
    assert found.structured_content["next_offset"] == 1


async def test_a_bad_pattern_is_an_error_with_a_code(client: Client) -> None:
    result = await client.call_tool("search_code", {"query": "(", "mode": "regex"})
    assert result.is_error
    assert result.structured_content is not None
    assert result.structured_content["error"]["code"] == "bad_query"
