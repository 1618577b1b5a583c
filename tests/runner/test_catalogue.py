"""One catalogue of the tools of many servers."""

from typing import Any

import pytest
from mcp_types import Tool as McpTool
from mcp_types import ToolAnnotations

from ankus_runner.catalogue import Tool, UnknownTool, build_catalogue, signature, validate
from ankus_runner.errors import ConfigError
from tests.fixtures.grammar import plain_tools, postgres_catalogue


def tool(
    name: str = "make",
    schema: dict[str, Any] | None = None,
    *,
    description: str = "",
    hints: dict[str, bool] | None = None,
) -> McpTool:
    annotations = ToolAnnotations.model_validate(hints) if hints is not None else None
    full = {"type": "object", **(schema or {})}
    return McpTool(name=name, description=description, input_schema=full, annotations=annotations)


def having(**properties: Any) -> McpTool:
    """A tool with these parameters, all optional."""
    return tool(schema={"properties": properties})


def only(mcp_tool: McpTool) -> Tool:
    (found,) = build_catalogue({"s": [mcp_tool]}).tools
    return found


def test_tools_are_named_by_server_and_tool_in_the_order_given() -> None:
    catalogue = build_catalogue({"z": [tool("b"), tool("a")], "y": [tool("a")]})
    assert [entry.name for entry in catalogue] == ["z__b", "z__a", "y__a"]
    assert len(catalogue) == 3
    assert (catalogue.find("y__a").server, catalogue.find("y__a").tool) == ("y", "a")


@pytest.mark.parametrize(
    ("servers", "message"),
    [
        ({"a": [tool("b__c")], "a__b": [tool("c")]}, "Two tools would be named 'a__b__c'."),
        ({"a": [tool("b"), tool("b")]}, "Two tools would be named 'a__b'."),
        ({"a" * 40: [tool("b" * 23)]}, "has 65 characters; 64 is the most"),
        ({"my server": [tool("b")]}, "may hold only letters, digits"),
    ],
)
def test_a_name_that_cannot_be_used_is_an_error(servers: dict[str, list[McpTool]], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_catalogue(servers)
    assert message in caught.value.message
    assert "mcp.json" in caught.value.hint


def test_an_unknown_tool_is_answered_with_the_nearest() -> None:
    catalogue = postgres_catalogue()
    with pytest.raises(UnknownTool, match=r"Did you mean postgres-sql__list_tables") as caught:
        catalogue.find("postgres-sql__list_table")
    assert caught.value.code == "unknown_tool"
    with pytest.raises(UnknownTool, match=r"Did you mean postgres-sql__run_query\?"):
        catalogue.find("run_query")
    with pytest.raises(UnknownTool, match=r"The tools are postgres-sql__list_schemas, "):
        catalogue.find("плотник")


def test_a_profile_sees_only_the_tools_it_allows() -> None:
    catalogue = build_catalogue({"a": [tool("x"), tool("y")], "b": [tool("x")]})
    assert [entry.name for entry in catalogue.allowed(["b__*", "a__x"])] == ["a__x", "b__x"]
    with pytest.raises(UnknownTool, match="No tool matches 'c__"):
        catalogue.allowed(["a__*", "c__*"])


@pytest.mark.parametrize("depth", [40, 200, 300, 500, 2000])
def test_a_tool_that_no_grammar_can_be_made_of_is_left_out_with_the_reason(depth: int) -> None:
    tree = {
        "$defs": {"T": {"type": "array", "items": {"$ref": "#/$defs/T"}}},
        "properties": {"t": {"$ref": "#/$defs/T"}},
    }
    broken = {"properties": {"a": {"type": "strin"}}}
    deep: dict[str, Any] = {}
    for _ in range(depth):
        deep = {"properties": {"a": deep}}
    catalogue = build_catalogue(
        {"s": [tool("tree", tree), tool("ok"), tool("broken", broken), tool("deep", deep)]}
    )
    assert [entry.name for entry in catalogue] == ["s__ok"]
    reasons = {entry.name: entry.reason for entry in catalogue.left_out}
    assert reasons["s__tree"] == "its schema refers to itself by #/$defs/T"
    assert "its schema is not valid: 'strin'" in reasons["s__broken"]
    assert reasons["s__deep"] == "its schema is nested too deeply"
    assert catalogue.allowed(["s__tree"]).left_out == catalogue.left_out[:1]


@pytest.mark.parametrize(
    ("hints", "read_only", "destructive"),
    [
        (None, False, True),
        ({}, False, True),
        ({"readOnlyHint": True}, True, False),
        ({"destructiveHint": False}, False, False),
    ],
)
def test_what_a_server_does_not_promise_is_not_assumed(
    hints: dict[str, bool] | None, read_only: bool, destructive: bool
) -> None:
    found = only(tool(hints=hints))
    assert (found.read_only, found.destructive) == (read_only, destructive)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("run_query", {"sql": "SELECT 1"}, []),
        ("run_query", {}, ["sql: missing; it is required"]),
        (
            "run_query",
            {"sql": "x", "max_rows": 5000},
            ["max_rows: 5000 is greater than the maximum of 1000"],
        ),
        ("run_query", {"sql": 1}, ["sql: expected string, got 1"]),
        ("run_query", {"sql": "x", "limit": 1}, ["limit: unknown; known are sql, max_rows"]),
        ("list_tables", {"schema": None}, []),
        ("list_tables", {"schema": ["a"]}, ['schema: expected string, got ["a"]']),
    ],
)
def test_arguments_are_checked_against_the_full_schema(
    name: str, arguments: dict[str, Any], expected: list[str]
) -> None:
    closed = [
        entry.model_copy(update={"input_schema": {**entry.input_schema, "additionalProperties": False}})
        for entry in plain_tools()
    ]
    catalogue = build_catalogue({"postgres-sql": closed})
    assert validate(catalogue.find(f"postgres-sql__{name}"), arguments) == expected


def test_a_nested_error_names_the_place_and_stays_on_one_line() -> None:
    rows = {
        "type": "array",
        "items": {"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"]},
    }
    found = only(having(rows=rows))
    assert validate(found, {"rows": [{"kind": "a"}, {"kind": "c\nd"}, {}]}) == [
        'rows[1].kind: expected one of "a", "b", got "c\\nd"',
        "rows[2].kind: missing; it is required",
    ]


def test_at_most_five_errors_are_told_and_long_values_are_cut() -> None:
    found = only(having(**{f"p{i}": {"type": "integer"} for i in range(9)}))
    lines = validate(found, {f"p{i}": "x" * 1000 for i in range(9)})
    assert len(lines) == 5
    assert all(len(line) < 200 for line in lines)


def test_validation_checks_what_the_grammar_leaves_out() -> None:
    schema = {"type": "string", "maxLength": 3, "pattern": "^a", "not": {"const": "abc"}}
    found = only(having(p=schema))
    assert validate(found, {"p": "ab"}) == []
    assert all(len(validate(found, {"p": value})) == 1 for value in ("abcd", "b", "abc"))


def test_a_pattern_that_python_cannot_read_is_left_to_the_server() -> None:
    found = only(having(p={"type": "string", "pattern": r"^\p{L}+$"}, pattern={"type": "string"}))
    assert validate(found, {"p": "1", "pattern": "x"}) == []
    assert list(found.schema["properties"]) == ["p", "pattern"]


def test_an_older_draft_is_validated_as_its_own() -> None:
    pair = {"type": "array", "items": [{"type": "integer"}, {"type": "string"}]}
    found = only(
        tool(schema={"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"pair": pair}})
    )
    assert validate(found, {"pair": [1, "a"]}) == []
    assert validate(found, {"pair": ["a", 1]}) == [
        'pair[0]: expected integer, got "a"',
        "pair[1]: expected string, got 1",
    ]
    assert signature(found) == "s__make(pair?: [integer, string])"


def test_a_signature_is_one_lean_line() -> None:
    assert [signature(entry) for entry in build_catalogue({"postgres-sql": plain_tools()})] == [
        "postgres-sql__list_schemas(): List the schemas.",
        "postgres-sql__list_tables(schema?: string): List tables with their sizes.",
        "postgres-sql__describe_table(table: string): Columns, keys and comments.",
        "postgres-sql__run_query(sql: string, max_rows: integer = 100): Run one SELECT.",
        "postgres-sql__explain_query(sql: string, analyze: boolean = false): The plan of one SELECT.",
    ]


def test_a_signature_shows_every_kind_of_type() -> None:
    inner = {"type": "object", "properties": {"x": {"type": "number"}, "y": {}}, "required": ["x"]}
    properties = {
        "kind": {"enum": ["a", 1]},
        "either": {"type": ["string", "integer"]},
        "many": {"type": "array", "items": {"enum": ["a", "b"]}},
        "inner": inner,
        "free": {"type": "object"},
    }
    found = only(
        tool(
            "make", {"properties": properties, "required": ["kind"]}, description="Do\n  things. " + "x" * 400
        )
    )
    assert signature(found, most=10) == (
        's__make(kind: "a" | 1, either?: integer | string, many?: ("a" | "b")[], '
        "inner?: {x: number, y?: any}, free?: object): Do things.…"
    )


@pytest.mark.parametrize(
    ("properties", "required", "raw"),
    [
        ({"sql": {"type": "string", "contentMediaType": "application/sql"}}, ["sql"], "sql"),
        ({"sql": {"type": "string", "contentMediaType": "application/sql"}}, [], ""),
        ({"sql": {"type": "string"}}, ["sql"], ""),
        (
            {"a": {"type": "string", "contentMediaType": "text/x"}} | {"b": {"type": "integer"}},
            ["a", "b"],
            "a",
        ),
        ({n: {"type": "string", "contentMediaType": "text/x"} for n in "ab"}, ["a", "b"], ""),
        ({"a": {"type": "string", "contentMediaType": "image/png", "contentEncoding": "base64"}}, ["a"], ""),
        ({"a b": {"type": "string", "contentMediaType": "text/x"}}, ["a b"], ""),
    ],
)
def test_the_one_required_string_that_is_code_may_be_written_raw(
    properties: dict[str, Any], required: list[str], raw: str
) -> None:
    schema = {"type": "object", "properties": properties, "required": required}
    tool = build_catalogue({"a": [McpTool(name="b", input_schema=schema)]}).find("a__b")
    assert tool.raw == raw
