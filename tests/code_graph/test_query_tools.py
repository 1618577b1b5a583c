"""The tools of queries as a client sees them."""

from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import TextContent, TextResourceContents

from ankus_code_graph.server import build_server
from ankus_code_graph.store.writer import open_writer
from tests.code_graph import heap
from tests.code_graph.conftest import GraphDatabase

CALLS: dict[str, dict[str, Any]] = {
    "find_symbol": {"name": "heap_insert"},
    "get_source": {"symbol": "heap_insert"},
    "find_callers": {"symbol": "palloc", "depth": 3},
    "find_callees": {"symbol": "heap_scan", "depth": 2},
    "find_call_path": {"from_symbol": "heap_scan", "to_symbol": "palloc"},
    "assess_impact": {"symbol": "Heap.insert"},
    "find_references": {"symbol": "counter", "access": "write"},
    "list_includes": {"file": "heap.c", "transitive": True},
}


@pytest.fixture
def server_settings(each_graph_database: GraphDatabase, tmp_path: Path) -> GraphDatabase:
    heap.write_tree(tmp_path)
    with open_writer(each_graph_database.settings()) as writer:
        heap.draw().store(writer, tmp_path)
    return each_graph_database


async def test_every_tool_answers_a_client_and_only_reads(server_settings: GraphDatabase) -> None:
    async with Client(build_server(server_settings.settings())) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert {*CALLS, "diff_impact"} <= set(tools)
        for name, arguments in CALLS.items():
            annotations = tools[name].annotations
            assert annotations is not None
            assert annotations.read_only_hint
            result = await client.call_tool(name, arguments)
            assert not result.is_error, result.content
            assert isinstance(result.content[0], TextContent)
            assert "src/" in result.content[0].text
            assert result.structured_content


async def test_a_wrong_name_and_a_wrong_range_reach_the_client_with_their_codes(
    server_settings: GraphDatabase,
) -> None:
    async with Client(build_server(server_settings.settings())) as client:
        unknown = await client.call_tool("find_callers", {"symbol": "pallok"})
        several = await client.call_tool("find_callers", {"symbol": "helper"})
        range_ = await client.call_tool("diff_impact", {"range": "a..b"})
    found = [(result.structured_content or {})["error"]["code"] for result in (unknown, several, range_)]
    assert found == ["unknown_symbol", "ambiguous_symbol", "bad_source"]


async def test_the_schema_is_a_resource_with_the_counts(server_settings: GraphDatabase) -> None:
    async with Client(build_server(server_settings.settings())) as client:
        read = await client.read_resource("code-graph://schema/drawn")
        words = await client.read_resource("code-graph://schema")
    [content], [alone] = read.contents, words.contents
    assert isinstance(content, TextResourceContents)
    assert isinstance(alone, TextResourceContents)
    assert alone.text in content.text
    assert "# Graph drawn\n" in content.text
    assert "Function 9\n" in content.text
    assert "rule: direct" in content.text
