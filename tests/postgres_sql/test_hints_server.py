"""Hints checked against a statement: names, the extension's own verdicts, and what the plan shows."""

import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mcp import Client

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.hints.check import check_hints
from ankus_postgres_sql.hints.grammars import hint_grammar
from ankus_postgres_sql.server import build_server
from ankus_postgres_sql.settings import Settings
from ankus_shared.errors import AnkusError
from tests.fixtures import db
from tests.fixtures.db import Clone, Server
from tests.postgres_sql.conftest import Open

README = Path(__file__).parents[2] / "servers" / "postgres-sql" / "README.md"
JOIN = "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'paid'"


@pytest.fixture
async def hinted(debian_17: Server, open_clone: Open) -> AsyncIterator[Database]:
    """A database on the server that has pg_hint_plan."""
    with db._cloned(debian_17) as copy:
        with copy.admin() as admin:  # the packages come without LLVM
            admin.execute(f"ALTER ROLE ankus_reader IN DATABASE {copy.name} SET jit = off".encode())
        yield await open_clone(copy)


def verdicts(answer: object) -> dict[str, tuple[str, str]]:
    """What the extension and the plan say, by hint."""
    rows = answer.structured["hints"]  # type: ignore[attr-defined]
    return {row["hint"]: (row["extension"], row["plan"]) for row in rows}


async def test_the_extension_is_asked_and_the_plan_is_read(hinted: Database) -> None:
    hints = "NestLoop(o c) Leading((o c)) IndexScan(c customers_pkey) SeqScan(o) Rows(o c #7) Set(jit off)"
    answer = await check_hints(hinted, JOIN, hints)
    assert answer.structured["valid"] is True
    assert verdicts(answer) == {
        "NestLoop(o c)": ("used", "obeyed"),
        "Leading((o c))": ("used", "obeyed"),
        "IndexScan(c customers_pkey)": ("used", "obeyed"),
        "SeqScan(o)": ("used", "obeyed"),
        "Rows(o c #7)": ("used", "obeyed"),
        "Set(jit off)": ("used", "not to be seen"),
    }


async def test_what_is_doubled_or_not_there_is_told_by_the_extension(hinted: Database) -> None:
    answer = await check_hints(hinted, JOIN, "HashJoin(o c) MergeJoin(o c) SeqScan(x)")
    assert verdicts(answer)["HashJoin(o c)"] == ("duplication", "not obeyed")
    assert verdicts(answer)["MergeJoin(o c)"] == ("used", "obeyed")
    assert verdicts(answer)["SeqScan(x)"] == ("not used", "not obeyed")
    assert "Conflict join method hint" in answer.text


async def test_used_is_not_obeyed(hinted: Database) -> None:
    # The extension counts it as used, though no condition fits the index, so the plan reads the table.
    answer = await check_hints(hinted, "SELECT max(placed_at) FROM orders o GROUP BY status", "TidScan(o)")
    assert verdicts(answer) == {"TidScan(o)": ("used", "not obeyed")}
    assert "is Seq Scan on orders o" in answer.text


async def test_hints_in_the_statement_itself_are_checked(hinted: Database) -> None:
    answer = await check_hints(hinted, f"/*+ HashJoin(o c) */ {JOIN}", "")
    assert verdicts(answer) == {"HashJoin(o c)": ("used", "obeyed")}
    two = await check_hints(hinted, f"/*+ HashJoin(o c) */ {JOIN} /*+ SeqScan(o) */", "")
    assert two.structured["problems"][0]["code"] == "two_comments"
    with pytest.raises(AnkusError) as caught:
        await check_hints(hinted, f"/*+ HashJoin(o c) */ {JOIN}", "SeqScan(o)")
    assert caught.value.code == "hint_in_statement"


@pytest.mark.parametrize(
    ("hints", "code", "advice"),
    [
        ("SeqScan(O)", "name_case", "Write o."),
        ("SeqScan(orders)", "unknown_alias", "Write o."),
        ("SeqScan(zzz)", "unknown_alias", "There are: o, c."),
        ("IndexScan(o nope)", "unknown_index", "Its indexes: orders_pkey, orders_placed."),
        ("HashJoin(o o)", "named_twice", "Name each once"),
        ("SeqScan(o, c)", "comma", "SeqScan(o c)"),
        ("Set(statement_timeout 0)", "setting_refused", "enable_…"),
    ],
)
async def test_wrong_names_are_found_on_every_server(
    each_database: Database, hints: str, code: str, advice: str
) -> None:
    answer = await check_hints(each_database, JOIN, hints)
    assert answer.structured["valid"] is False
    assert code in [problem["code"] for problem in answer.structured["problems"]]
    assert advice in answer.text


async def test_ambiguous_aliases_views_and_tables_without_index_are_told(database: Database) -> None:
    twice = "SELECT * FROM orders WHERE id IN (SELECT id FROM orders)"
    for sql, hints, code in (
        (twice, "SeqScan(orders)", "ambiguous_alias"),
        ("SELECT * FROM paid_orders", "SeqScan(paid_orders)", "view"),
        ('SELECT * FROM "Odd Names" n', "IndexScan(n)", "no_index"),
    ):
        answer = await check_hints(database, sql, hints)
        assert [problem["code"] for problem in answer.structured["problems"]] == [code]


async def test_a_comment_that_an_older_version_does_not_see_is_told(
    debian_15: Server, open_clone: Open
) -> None:
    text = "SELECT o.id + 1 /*+ SeqScan(o) */ FROM orders o"
    with db._cloned(debian_15) as copy:
        answer = await check_hints(await open_clone(copy), text, "")
    assert [problem["code"] for problem in answer.structured["problems"]] == ["placement"]


async def test_without_the_extension_the_plan_shows_what_settings_can_do(database: Database) -> None:
    answer = await check_hints(database, JOIN, "MergeJoin(o c)")
    assert answer.structured["extension"] is False
    assert verdicts(answer) == {"MergeJoin(o c)": ("not loaded", "obeyed")}
    assert "settings of the whole statement" in answer.text


async def test_the_grammar_is_bound_to_aliases_and_indexes(each_database: Database) -> None:
    query = 'WITH w AS (SELECT 1 AS x) SELECT * FROM orders o, "Odd Names" n, w'
    answer = await hint_grammar(each_database, query, "pg_hint_plan", "gbnf")
    assert answer.structured["aliases"] == ["o", "n"]
    assert '"orders_pkey" | "orders_placed"' in answer.text
    assert "customers" not in answer.text
    free = await hint_grammar(each_database, "", "pg_plan_advice", "ebnf")
    assert "JOIN_ORDER" in free.text


async def test_the_tools_and_the_grammar_resource_are_served(clone: Clone) -> None:
    server = build_server(Settings(database_url=clone.reader_url, toolsets="read,tuning"))
    async with Client(server) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert {"explain_query", "compare_plans", "check_hints", "measure_hints", "hint_grammar"} <= names
        read = await client.read_resource("hints://grammar/pg_hint_plan/lark")
        assert "HashJoin" in read.contents[0].text  # type: ignore[union-attr]
        seen: list[float] = []

        async def note(progress: float, total: float | None, message: str | None) -> None:
            seen.append(progress)

        arguments = {"sql": "SELECT count(*) FROM orders", "hint_sets": ["Set(jit off)"]}
        result = await client.call_tool("measure_hints", arguments, progress_callback=note)
    assert not result.is_error
    assert seen[-1] >= 9


async def test_tuning_tools_are_absent_by_default(clone: Clone) -> None:
    async with Client(build_server(Settings(database_url=clone.reader_url))) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
    assert "explain_query" in names
    assert not names & {"compare_plans", "check_hints", "measure_hints", "hint_grammar"}


async def test_the_example_of_the_readme_is_true(clone: Clone) -> None:
    readme = README.read_text(encoding="utf-8").split("## Plans and hints")[1]
    example = tomllib.loads(readme.split("```toml\n")[1].split("```")[0])
    with clone.admin() as admin:
        admin.execute(example["setup"].encode())
    server = build_server(Settings(database_url=clone.reader_url, toolsets="read,tuning"))
    async with Client(server) as client:
        for call in example["call"]:
            result = await client.call_tool(call["tool"], call["arguments"])
            assert call["answer"] in result.content[0].text  # type: ignore[union-attr]
