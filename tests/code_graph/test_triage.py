"""The tools over a real graph: findings, pages, verdicts that are kept, conditions that ask the graph."""

import re
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from ankus_code_graph.model import Changes
from ankus_code_graph.server import build_server
from ankus_code_graph.store.writer import Writer
from tests.code_graph.conftest import GraphDatabase
from tests.code_graph.small import edge, quiet, vertex

CODE = """
Datum from_sql(PG_FUNCTION_ARGS)
{
	char buf[10];

	strcpy(buf, PG_GETARG_CSTRING(0));
	PG_RETURN_VOID();
}

void elsewhere(char *to, const char *from)
{
	strcpy(to, from);
	gets(to);
}

void section(Page page)
{
	START_CRIT_SECTION();
	allocates(page);
	quiet_one(page);
	END_CRIT_SECTION();
}
"""


def changes() -> Changes:
    """from_sql implements an SQL function; allocates calls helper, which calls palloc."""
    names = ("from_sql", "elsewhere", "section", "allocates", "quiet_one", "helper", "palloc")
    functions = {name: vertex("Function", name, "a.c", static=False, origin="source") for name in names}
    sql_function = vertex("SqlFunction", "from_sql", "a.c", oid=0)
    edges = [
        edge("IMPLEMENTS", functions["from_sql"], sql_function, 1),
        edge("CALLS", functions["section"], functions["allocates"], 19),
        edge("CALLS", functions["allocates"], functions["helper"], 1),
        edge("CALLS", functions["helper"], functions["palloc"], 1),
    ]
    return Changes([], [*functions.values(), sql_function], edges, [], [], [])


@pytest.fixture
def tree(tmp_path: Path, writer: Writer) -> Path:
    """A tree of one file, and its graph."""
    (tmp_path / "a.c").write_text(CODE)
    with writer.lock("audited"):
        writer.apply("audited", tmp_path, "abc", changes(), {}, quiet)
    return tmp_path


async def call(client: Client, tool: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    result = await client.call_tool(tool, arguments)
    text = "".join(getattr(part, "text", "") for part in result.content)
    return text, dict(result.structured_content or {})


async def test_findings_are_paged_judged_and_then_left_out(tree: Path, graph_database: GraphDatabase) -> None:
    async with Client(build_server(graph_database.settings())) as client:
        text, first = await call(client, "find_suspicious", severity="error", limit=1)
        assert "a.c:" in text
        assert "<untrusted" in text
        assert first["total"] > first["count"] == 1
        more, second = await call(client, "find_suspicious", result=first["result"], offset=1, limit=50)
        assert second["count"] == first["total"] - 1
        match = re.search(r"(?m)^([0-9a-f]{16}) a\.c:\d+ elsewhere\(\): gets", text + more)
        assert match is not None
        said, _ = await call(
            client,
            "note_finding",
            fingerprint=match[1],
            verdict="false_positive",
            note="a.c:13 is never built",
        )
        assert "Kept: gets-call" in said
        text, third = await call(client, "find_suspicious", severity="error", limit=50)
        assert third["judged_and_left_out"] == 1
        assert match[1] not in text
        text, _ = await call(client, "find_suspicious", severity="error", limit=50, show_judged=True)
        assert "judged false_positive: a.c:13 is never built" in text


async def test_conditions_ask_the_graph(tree: Path, graph_database: GraphDatabase) -> None:
    rules = ["sql-function-strcpy", "call-that-allocates-in-critical-section"]
    async with Client(build_server(graph_database.settings())) as client:
        text, found = await call(client, "find_suspicious", rules=rules, limit=50)
    assert found["by_rule"] == dict.fromkeys(rules, 1)
    assert "from_sql(): strcpy" in text
    assert "allocates(page)" in text


async def test_a_rule_of_ones_own_is_checked_and_run(tree: Path, graph_database: GraphDatabase) -> None:
    rule = {"id": "my-rule", "title": "x", "severity": "note", "why": "x", "fix": "x"}
    good = rule | {"queries": ["(return_statement) @hit", '((identifier) @hit (#eq? @hit "quiet_one"))']}
    async with Client(build_server(graph_database.settings())) as client:
        text, found = await call(client, "find_suspicious", rule=good)
        assert found["by_rule"] == {"my-rule": 1}
        assert "quiet_one(page);" in text
        text, failed = await call(client, "find_suspicious", rule=rule | {"queries": ["(nothing) @hit"]})
        assert failed["error"]["code"] == "bad_rule"
        assert "line 1, column 2" in text


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("find_suspicious", {"path": "../.."}, "bad_source"),
        ("find_suspicious", {"rules": ["no-such-rule"]}, "unknown_rule"),
        ("find_suspicious", {"result": "f0"}, "unknown_finding"),
        ("find_suspicious", {"graph": "missing"}, "unknown_graph"),
        ("note_finding", {"fingerprint": "0", "verdict": "unsure", "note": "x"}, "unknown_finding"),
    ],
)
async def test_a_wrong_question_is_answered_with_what_to_do(
    tree: Path, graph_database: GraphDatabase, tool: str, arguments: dict[str, Any], code: str
) -> None:
    async with Client(build_server(graph_database.settings())) as client:
        _, failed = await call(client, tool, **arguments)
    assert failed["error"]["code"] == code
    assert failed["error"]["hint"]
