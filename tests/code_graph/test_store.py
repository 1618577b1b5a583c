"""The store: what is written can be read, by whom, and what remains of a writer that was killed."""

from ankus_code_graph.model import FIRST_LABEL, LABELS
from ankus_code_graph.store.graphs import open_graphs
from ankus_code_graph.store.writer import open_writer
from tests.code_graph.conftest import GraphDatabase
from tests.code_graph.small import small_changes, store

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
    assert ("read token",) in words
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
