"""The store: what is written can be read, by whom, and what remains of a writer that was killed."""

from pathlib import Path

import psycopg
import pytest

from ankus_code_graph.model import FIRST_LABEL, LABELS
from ankus_code_graph.settings import Settings
from ankus_code_graph.store.connect import LOAD_AGE, READER
from ankus_code_graph.store.graphs import open_graphs
from ankus_code_graph.store.writer import open_writer
from tests.code_graph.conftest import GraphDatabase
from tests.code_graph.small import small_changes, store

BY_NAME = (
    "EXPLAIN SELECT * FROM cypher('small', $$MATCH (a:Function {name: 'main'}) RETURN a$$) AS (a agtype)"
)
CALLERS = (
    "SELECT * FROM cypher('small', $$MATCH (a)-[:CALLS]->(b {name: 'fail'}) RETURN a.name$$) AS (a agtype)"
)


async def test_a_stored_graph_is_read_by_cypher_and_by_its_tables(each_graph_database: GraphDatabase) -> None:
    settings = each_graph_database.settings()
    with open_writer(settings) as writer:
        store(writer, small_changes())
    async with open_graphs(settings) as graphs, graphs.reading() as (connection, graph):
        callers = await (await connection.execute(CALLERS)).fetchall()
        rows = await (await connection.execute('SELECT count(*) FROM "small"."CALLS"')).fetchall()
        words = await (await connection.execute("SELECT words FROM ankus_code_graph.document")).fetchall()
    assert sorted(callers) == [('"main"',), ('"read_token"',)]
    assert rows == [(4,)]
    assert any("read token" in text for (text,) in words)
    assert (graph.name, str(graph.root), graph.revision) == ("small", "/tree", "abc")
    assert graph.statistics == {"functions": 4}


def test_every_label_has_its_number_and_its_indexes(each_graph_database: GraphDatabase) -> None:
    with open_writer(each_graph_database.settings()) as writer:
        store(writer, small_changes())
    with each_graph_database.admin() as admin:
        labels = admin.execute(
            "SELECT name::text, id FROM ag_catalog.ag_label WHERE id > 2 ORDER BY id"
        ).fetchall()
        indexes = [
            text for (text,) in admin.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'small'")
        ]
    assert labels == [(label, number) for number, label in enumerate(LABELS, FIRST_LABEL)]
    of_calls = [text for text in indexes if '"CALLS"' in text]
    for column in ("(id)", "(start_id)", "(end_id)"):
        assert len([text for text in of_calls if text.endswith(column)]) == 1
    of_functions = [text for text in indexes if '"Function"' in text]
    assert [len([text for text in of_functions if part in text]) for part in ("(id)", "name", "file")] == [
        1,
        1,
        1,
    ]


async def test_a_property_in_braces_uses_the_index(each_graph_database: GraphDatabase) -> None:
    settings = each_graph_database.settings()
    with open_writer(settings) as writer:
        store(writer, small_changes())
    async with open_graphs(settings) as graphs, graphs.reading("small") as (connection, _):
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = str(await (await connection.execute(BY_NAME)).fetchall())
    assert "Index Cond" in plan


async def test_a_fresh_data_directory_becomes_a_store_whose_reader_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path))
    async with open_graphs(Settings()) as graphs:
        assert await graphs.list() == []
        with open_writer(Settings()) as writer:
            store(writer, small_changes())
        async with graphs.reading() as (connection, _):
            [who] = await (await connection.execute("SELECT current_user")).fetchall()
            assert "@>" not in str(await (await connection.execute(BY_NAME)).fetchall())
        assert who == (READER,)
        for statement in WRITES:
            async with graphs.pool.connection() as connection:  # without the transaction of `reading`
                await connection.execute(f"SET default_transaction_read_only = off; {LOAD_AGE}")
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    await connection.execute(statement.encode())


WRITES = (
    """DELETE FROM "small"."Function" """,
    "UPDATE ankus_code_graph.graph SET root = '/'",
    "SELECT * FROM ag_catalog.cypher('small', $$CREATE (x:Function) RETURN x$$) AS (x ag_catalog.agtype)",
    "SELECT * FROM ag_catalog.cypher('small', $$MATCH (x) DETACH DELETE x$$) AS (x ag_catalog.agtype)",
    "SELECT ag_catalog.create_graph('mine')",
    "SELECT ag_catalog.drop_graph('small', true)",
    "CREATE TABLE ankus_code_graph.mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
)
